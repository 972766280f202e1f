// <keepalive-map>: at the head of the course map, where to go on and what is left; and at each chapter, what was done.
import { button, element, plural } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import type { Outline, Stage } from "./outline.ts";
import { leftOff } from "./place.ts";
import { markRead, markUnread } from "./reading.ts";
import { type Place, minutesLeft, places } from "./standing.ts";

class MapElement extends HTMLElement {
  #outline!: Outline;
  #status = element("p", { class: "ka-q-note", role: "status" });
  #place = element("div", {});
  #forget: (() => void)[] = [];

  connectedCallback(): void {
    this.#outline = JSON.parse(this.dataset.outline!) as Outline;
    this.replaceChildren(this.#place, this.#status);
    const draw = () => this.#draw();
    const store = sharedStore();
    // The element below the map resets, imports and undoes in this page, and says so.
    document.addEventListener("keepalive-work", draw);
    this.#forget = [store.onChange(draw), store.onText(draw), () => document.removeEventListener("keepalive-work", draw)];
    this.#draw();
  }

  disconnectedCallback(): void {
    for (const forget of this.#forget) forget();
    this.#forget = [];
  }

  #draw(): void {
    const { counting } = sharedStore().answers;
    const found = places(this.#outline, counting);
    this.#place.replaceChildren(this.#goOn(found), this.#sum(found, minutesLeft(this.#outline, counting)), ...this.#more());
    for (const [number, place] of found.entries()) this.#atChapter(this.#outline.stages[number]!, place);
    if (sharedStore().trouble) this.#status.textContent = sharedStore().trouble;
  }

  /** The way on: where somebody left off; else the first chapter of the core path that is not read. */
  #goOn(found: Place[]): HTMLElement {
    const left = leftOff(sharedStore());
    const stages = this.#outline.stages;
    const stage = stages.find(({ id }) => id === left?.chapter);
    if (left && stage) {
      const href = `${pageOf(stage)}${left.section ? `#${left.section}` : ""}`;
      const where = left.title ? `, section ${left.title}` : "";
      return way("Continue where you left off", href, `Chapter ${stage.number}, ${stage.title}${where}`);
    }
    const unread = stages.filter(({ id, core }) => core && !found.find((each) => each.id === id)?.read);
    const next = unread[0] ?? stages[0];
    if (!next) return element("p", {});
    const fresh = found.every(({ read, answered, exercise }) => !read && !answered && exercise !== "passed");
    return way(fresh ? "Begin" : "Go on", pageOf(next), `Chapter ${next.number}, ${next.title}`);
  }

  #sum(found: Place[], left: number): HTMLElement {
    const stages = this.#outline.stages;
    const all = stages.filter(({ core }) => core).reduce((sum, { minutes }) => sum + minutes[0] + minutes[1], 0);
    const exercises = found.filter(({ exercise }) => exercise);
    const said = [
      left ? `${minutes(left)} of ${minutes(all)} left on the core path` : "Core path done",
      `${found.filter(({ read }) => read).length} of ${plural(found.length, "chapter")} read`,
      `${add(found, "right")} of ${plural(add(found, "of"), "question")} right`,
    ];
    if (exercises.length) {
      const passed = exercises.filter(({ exercise }) => exercise === "passed").length;
      said.push(`${passed} of ${plural(exercises.length, "exercise")} passed`);
    }
    return element("ul", { class: "ka-p-sum" }, ...said.map((each) => element("li", {}, each)));
  }

  #more(): HTMLElement[] {
    const pages = JSON.parse(this.dataset.pages ?? "{}") as Record<string, string>;
    const links = [
      ["progress", "Your progress by objective"],
      ["review", "Review: questions that are due"],
    ].flatMap(([name, text]) => (pages[name!] ? [element("a", { href: pages[name!]! }, text!)] : []));
    return links.length ? [element("p", { class: "ka-p-more" }, ...links)] : [];
  }

  #atChapter(stage: Stage, place: Place): void {
    const entry = document.querySelector(`.ka-entry[data-chapter="${stage.id}"]`);
    if (!entry) return;
    let line = entry.querySelector<HTMLElement>(".ka-p-standing");
    if (!line) {
      line = element("div", { class: "ka-p-standing" });
      entry.querySelector(".ka-facts")?.after(line);
    }
    const parts = [mark(place.read ? "full" : "empty", place.read ? "read" : "not read yet")];
    if (place.of) {
      const shape = place.right === place.of ? "full" : place.answered ? "half" : "empty";
      const missed = place.answered - place.right;
      const said = `${place.right} of ${plural(place.of, "question")} right${missed ? `, ${missed} wrong` : ""}`;
      parts.push(mark(shape, place.answered ? said : `${plural(place.of, "question")} to answer`));
    }
    if (place.exercise) {
      const shape = { passed: "full", tried: "half", open: "empty" }[place.exercise];
      parts.push(mark(shape, { passed: "exercise passed", tried: "exercise begun", open: "exercise to solve" }[place.exercise]));
    }
    const toggle = button(
      place.read ? "Mark as not read" : "Mark as read",
      () => {
        if (place.read) markUnread(sharedStore(), stage.id);
        else markRead(sharedStore(), stage.id);
        this.#draw();
        this.#status.textContent = `Chapter ${stage.number} is ${place.read ? "no longer" : "now"} marked as read. ${sharedStore().trouble}`;
        document.querySelector<HTMLElement>(`.ka-entry[data-chapter="${stage.id}"] .ka-p-standing button`)?.focus();
      },
      "ka-x-link",
    );
    toggle.setAttribute("aria-label", `${toggle.textContent}: chapter ${stage.number}`);
    line.replaceChildren(element("ul", {}, ...parts), toggle);
  }
}

function pageOf({ id, number }: Stage): string {
  return `chapters/${number}-${id}.html`;
}

function way(text: string, href: string, where: string): HTMLElement {
  const link = element("a", { class: "md-button md-button--primary", href }, text);
  return element("p", { class: "ka-p-way" }, link, element("span", {}, where));
}

/** What was done, in words; the shape beside it only repeats that. */
function mark(shape: string, said: string): HTMLElement {
  return element("li", {}, element("span", { class: `ka-p-mark ka-p-${shape}`, "aria-hidden": "true" }), said);
}

function add(found: Place[], name: "right" | "of"): number {
  return found.reduce((sum, each) => sum + each[name], 0);
}

function minutes(count: number): string {
  const hours = Math.floor(count / 60);
  const rest = count % 60;
  return [hours ? `${hours} h` : "", rest || !hours ? `${rest} min` : ""].filter(Boolean).join(" ");
}

export function defineMap(): void {
  customElements.define("keepalive-map", MapElement);
}
