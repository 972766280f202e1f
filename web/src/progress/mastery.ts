// <keepalive-mastery>: how each objective stands, and what mends it.
import { element, plural } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import type { Objective, Outline } from "./outline.ts";
import { LEVELS, type Level, type Mastery, mastery } from "./standing.ts";

const SHAPES: Record<Level, string> = { nothing: "empty", begun: "half", shaky: "open", holds: "full" };
/** So many ways to mend an objective are shown at most. */
const MOST_WAYS = 3;

class MasteryElement extends HTMLElement {
  #outline!: Outline;
  #forget = () => {};

  connectedCallback(): void {
    this.#outline = JSON.parse(this.dataset.outline!) as Outline;
    this.#forget = sharedStore().onChange(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#forget();
  }

  #draw(): void {
    const store = sharedStore();
    const found = mastery(this.#outline, store.answers.counting);
    const many = (level: Level) => found.filter((each) => each.level === level).length;
    const counted = (Object.keys(LEVELS) as Level[]).filter(many).map((level) => `${LEVELS[level]}: ${many(level)}`);
    const sum =
      many("nothing") === found.length
        ? "Nothing was answered or solved in this browser yet. Begin with any chapter; its questions are the first to count."
        : `Of ${found.length} objectives, ${counted.reverse().join(", ")}.`;
    const head = ["Objective", "Standing", "Questions", "Exercises", "Next"].map((each) => element("th", { scope: "col" }, each));
    const rows = found.map((each, place) => this.#row(this.#outline.objectives[place]!, each));
    const table = element(
      "table",
      { class: "ka-p-table" },
      element("caption", { class: "ka-p-hidden" }, "Every objective of the course, and how you stand"),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows),
    );
    const box = element("div", { class: "ka-p-scroll", role: "region", tabindex: "0", "aria-label": "Your progress by objective" }, table);
    this.replaceChildren(element("p", {}, sum), box, element("p", { class: "ka-q-note", role: "status" }, store.trouble));
  }

  #row(objective: Objective, found: Mastery): HTMLElement {
    const shape = element("span", { class: `ka-p-mark ka-p-${SHAPES[found.level]}`, "aria-hidden": "true" });
    const exam = found.exam === null ? "" : found.exam ? ", right in the latest exam" : ", missed in the latest exam";
    const answered = found.asked ? `${found.right} of ${found.asked} right, ${found.first} at once${exam}` : "none answered";
    const solved = found.exercises ? `${found.solved} of ${found.exercises} passed` : "no exercise yet";
    return element(
      "tr",
      { "data-objective": String(objective.number) },
      element("th", { scope: "row" }, `${objective.number} ${objective.title}`),
      element("td", { "data-level": found.level }, shape, LEVELS[found.level]),
      element("td", {}, bar(found), `${answered} (of ${found.of})`),
      element("td", {}, solved),
      element("td", {}, ...this.#next(objective, found)),
    );
  }

  /** What to do about it: the questions that are wrong, where they stand; else an exercise; else a chapter. */
  #next({ number, exercises }: Objective, found: Mastery): Node[] {
    const stages = this.#outline.stages;
    const ways = new Map<string, string>();
    const questions = this.#outline.questions.filter(({ cell }) => cell === number);
    for (const id of found.wrong) {
      const asks = stages.find((stage) => stage.questions.includes(id));
      const teaches = stages.find((stage) => stage.number === questions.find((each) => each.id === id)?.chapter);
      if (asks) ways.set(`${pageOf(asks)}#question-${id}`, `a question of chapter ${asks.number}`);
      else if (teaches) ways.set(pageOf(teaches), `chapter ${teaches.number}, ${teaches.title}`);
    }
    const passed = (id: string) => sharedStore().answers.passed(id);
    for (const stage of stages) {
      if (found.level !== "nothing" && exercises.includes(stage.exercise) && !passed(stage.exercise)) {
        ways.set(`${pageOf(stage)}#exercise`, `the exercise of chapter ${stage.number}`);
      }
    }
    const taught = new Set(questions.map(({ chapter }) => chapter));
    if (!ways.size && found.level !== "holds") {
      for (const stage of stages.filter((each) => taught.has(each.number))) ways.set(pageOf(stage), `chapter ${stage.number}, ${stage.title}`);
    }
    if (!ways.size) {
      const gone = found.level === "holds" ? "" : "its chapters are still to be written";
      return gone ? [document.createTextNode(gone)] : [];
    }
    const links = [...ways].slice(0, MOST_WAYS).map(([href, text]) => element("li", {}, element("a", { href }, text)));
    const more = ways.size - links.length;
    return [element("ul", {}, ...links, ...(more ? [element("li", {}, `and ${plural(more, "other")}`)] : []))];
  }
}

/** A picture of the numbers beside it. */
function bar({ of, asked, right }: Mastery): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("class", "ka-p-bar");
  picture.setAttribute("viewBox", "0 0 60 6");
  picture.setAttribute("aria-hidden", "true");
  const all = Math.max(of, 1);
  for (const [name, from, to] of [["of", 0, of], ["wrong", right, asked], ["right", 0, right]] as const) {
    const part = document.createElementNS(space, "rect");
    part.setAttribute("class", `ka-p-bar-${name}`);
    part.setAttribute("x", String((60 * from) / all));
    part.setAttribute("width", String((60 * (to - from)) / all));
    part.setAttribute("height", "6");
    picture.append(part);
  }
  return picture;
}

function pageOf({ id, number }: { id: string; number: string }): string {
  return `chapters/${number}-${id}.html`;
}

export function defineMastery(): void {
  customElements.define("keepalive-mastery", MasteryElement);
}
