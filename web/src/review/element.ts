// <keepalive-review>: questions come back, one at a time: what was wrong, and what was not seen for a week.
import { button, element, plural } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import type { Outline } from "../progress/outline.ts";
import { ahead, review } from "../progress/standing.ts";

const SCHEMA = 1;

const ON_FILE =
  "This page was opened from a folder, and browsers fetch nothing there. Serve the folder instead: " +
  "python3 -m http.server in it, then http://127.0.0.1:8000/review.html. The questions of the chapters work without that.";
const NOT_FETCHED = "The questions could not be fetched. Is the network there? Then press the button again.";
const ANOTHER = "The questions are of another version of the course. Reload the page.";

/** What became of a question of this round; undefined where it was left out. */
type Came = boolean | undefined;

class ReviewElement extends HTMLElement {
  #outline!: Outline;
  #html: Record<string, string> | undefined;
  #place = element("div", {});
  #status = element("p", { class: "ka-q-status", role: "status" });
  #round: string[] = [];
  #came: Came[] = [];
  /** Whether a question is being asked: then news of another tab changes nothing here. */
  #asking = false;
  #forget = () => {};

  connectedCallback(): void {
    this.#outline = JSON.parse(this.dataset.outline!) as Outline;
    this.replaceChildren(this.#place, this.#status);
    if (location.protocol === "file:") {
      this.#place.replaceChildren(element("p", {}, ON_FILE));
      return;
    }
    this.#forget = sharedStore().onChange(() => {
      if (!this.#asking && !this.#place.contains(document.activeElement)) this.#start();
    });
    this.addEventListener("keepalive-answered", (event) => this.#answered(event as CustomEvent<{ id: string }>));
    this.#start();
  }

  disconnectedCallback(): void {
    this.#forget();
    this.#asking = false;
  }

  /** `before`: what is to be said of the round that is over. */
  #start(before: Node[] = [], heading?: HTMLElement): void {
    this.#asking = false;
    const { counting } = sharedStore().answers;
    const { due, begun, next } = review(this.#outline, counting, new Date());
    const ask = (ids: string[], text: string, look = "") => button(text, () => void this.#begin(ids), `ka-x-button ${look}`);
    const bar = element("div", { class: "ka-x-bar" });
    let said: string;
    if (due.length) {
      said = `${plural(due.length, "question")} ${due.length === 1 ? "is" : "are"} due${this.#whyDue(due)}.`;
      bar.append(ask(due, before.length ? "Go on" : "Begin", "ka-x-first"));
    } else {
      said = !begun
        ? "Nothing comes back yet, because nothing was answered or read in this browser. Questions of a chapter come up a " +
          "week after you have read it; what you answer wrong comes up at once."
        : next
          ? `Nothing is due. The next questions come up on ${day(next)}.`
          : "Nothing is due.";
      const others = ahead(this.#outline, counting);
      if (others.length) bar.append(ask(others, begun ? "Practise ahead" : "Ask me some anyway"));
    }
    this.#place.replaceChildren(...before, element("p", {}, said), bar);
    this.#say(sharedStore().trouble);
    heading?.focus({ preventScroll: true });
    if (heading) this.scrollIntoView({ block: "start" });
  }

  #whyDue(due: string[]): string {
    const cells = new Map(this.#outline.questions.map(({ id, cell }) => [id, cell]));
    const topics = new Set(due.map((id) => cells.get(id)));
    const titles = this.#outline.objectives.filter(({ number }) => topics.has(number)).map(({ title }) => title);
    return titles.length > 3 ? `, on ${titles.length} objectives` : `: ${titles.join("; ")}`;
  }

  async #begin(ids: string[]): Promise<void> {
    if (!this.#html) {
      this.#say("Fetching the questions.");
      try {
        const answer = await fetch(new URL(this.dataset.source!, document.baseURI));
        if (!answer.ok) throw new Error(String(answer.status));
        const sent = await answer.json();
        if (sent?.schema !== SCHEMA) return this.#say(ANOTHER);
        this.#html = sent.html as Record<string, string>;
      } catch {
        return this.#say(NOT_FETCHED);
      }
    }
    this.#round = ids.filter((id) => this.#html![id]);
    this.#came = [];
    this.#ask();
  }

  #ask(): void {
    if (this.#came.length >= this.#round.length) return this.#over();
    this.#asking = true;
    const id = this.#round[this.#came.length]!;
    const cell = this.#outline.questions.find((each) => each.id === id)?.cell;
    const title = this.#outline.objectives.find(({ number }) => number === cell)?.title ?? "";
    const heading = element("h2", { tabindex: "-1" }, `Question ${this.#came.length + 1} of ${this.#round.length}`);
    const box = element("div", {});
    box.innerHTML = this.#html![id]!;
    (box.firstElementChild as HTMLElement).dataset.fresh = "";
    const next = button("Leave it out", () => this.#ask(), "ka-x-button ka-p-next");
    const end = button("End here", () => this.#over(), "ka-x-button");
    this.#came.push(undefined);
    this.#place.replaceChildren(heading, element("p", { class: "ka-facts" }, title), box, element("div", { class: "ka-x-bar" }, next, end));
    this.#say("");
    heading.focus({ preventScroll: true });
    this.scrollIntoView({ block: "start" });
  }

  #answered({ detail }: CustomEvent<{ id: string }>): void {
    const { answers } = sharedStore();
    // What counts is the first answer of this round: the explanations are on the screen at the second.
    if (this.#came.at(-1) === undefined) {
      this.#came[this.#came.length - 1] = answers.of("answer", detail.id).at(-1)?.data.correct === true;
    }
    const next = this.querySelector<HTMLButtonElement>(".ka-p-next");
    if (next) {
      next.textContent = this.#came.length < this.#round.length ? "Next question" : "Finish";
      next.classList.add("ka-x-first");
      next.nextElementSibling!.toggleAttribute("hidden", this.#came.length === this.#round.length);
    }
  }

  #over(): void {
    const right = this.#came.filter((came) => came === true).length;
    const wrong = this.#came.filter((came) => came === false).length;
    const out = this.#round.length - right - wrong;
    const said = right + wrong === 0 ? "Nothing was answered." : `${right} of ${right + wrong} right.`;
    const rest = out && right + wrong ? ` ${plural(out, "question")} left out.` : "";
    const heading = element("h2", { tabindex: "-1" }, "That was it for now");
    this.#start([heading, element("p", {}, said + rest)], heading);
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }
}

/** A day as people say it where they are. */
function day(at: string): string {
  return new Date(at).toLocaleDateString([], { dateStyle: "long" });
}

export function defineReview(): void {
  customElements.define("keepalive-review", ReviewElement);
}
