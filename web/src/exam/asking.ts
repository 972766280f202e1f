// One question of an exam under way, with the answer sheet below it. Nothing here says whether an answer is right.
import { button, element, plural } from "../page/elements.ts";
import { type Form, formOf } from "../questions/form.ts";
import { type Answer, amount, NoAnswer, taken } from "../questions/key.ts";
import { type Question, itemFor } from "./data.ts";
import { type Sitting, unanswered } from "./sitting.ts";

/** What a person did. */
export interface Hears {
  answered(answer: Answer | null): void;
  flagged(flag: boolean): void;
  moved(at: number): void;
  handIn(): void;
  giveUp(): void;
  said(text: string): void;
}

export interface Asking {
  element: HTMLElement;
  heading: HTMLElement;
  /** Show what has changed of the sitting, which is still at this question. */
  update(sitting: Sitting): void;
  /** Show how much time is left; "" without a limit. */
  time(text: string): void;
  /** "", or why what is typed here is no answer. */
  problem(): string;
}

export function asking(question: Question, sitting: Sitting, hears: Hears): Asking {
  const { id, key } = question;
  const count = sitting.form.items.length;
  const at = sitting.at;
  const item = itemFor(question);
  const heading = element("h2", { id: "ka-e-heading", tabindex: "-1" }, `Question ${at + 1} of ${count}`);
  const stem = element("div", { class: "ka-q-asked", id: "ka-e-stem" }, ...item.stem);
  const place = element("div", {});
  const clock = element("p", { class: "ka-e-time", role: "timer" });
  let form: Form;
  let problem = "";

  const heard = () => {
    const given = form.answer();
    problem = "";
    let answer: Answer | null = null;
    try {
      if (given !== undefined) answer = taken(key, given);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      problem = error.message;
    }
    hears.answered(answer);
    return answer;
  };
  const put = () => {
    form = formOf(item, sitting.form.seed, {
      describedBy: stem.id,
      changed: heard,
      entered() {
        const answer = heard();
        hears.said(problem || (answer === null ? "Type a number first." : `Your answer: ${amount(answer as number, key.unit)}.`));
      },
      said: hears.said,
    });
    form.element.addEventListener("change", () => problem && hears.said(problem));
    place.replaceChildren(form.element);
  };
  put();
  const given = sitting.answers[id];
  if (given !== undefined) form!.set(given);

  const flag = button("Flag", () => hears.flagged(flag.getAttribute("aria-pressed") !== "true"), "ka-x-button");
  const clear = button("Clear answer", () => {
    put();
    problem = "";
    hears.answered(null);
    hears.said("The answer is taken back.");
    form.focus();
  }, "ka-x-button");
  // Who finds the order right as it stands has nothing to move, and would give no answer.
  const keep = button("Keep this order", () => {
    heard();
    hears.said("This order is your answer.");
  }, "ka-x-button");
  const to = (text: string, where: number) => {
    const made = button(text, () => made.ariaDisabled !== "true" && hears.moved(where), "ka-x-button");
    if (where < 0 || where >= count) made.ariaDisabled = "true";
    return made;
  };
  const previous = to("Previous", at - 1);
  const next = at + 1 < count ? to("Next", at + 1) : button("Hand in", () => hears.handIn(), "ka-x-button");
  next.classList.add("ka-x-first");
  const sheet = new Sheet(sitting, hears.moved);
  const rest = element("div", { class: "ka-x-bar" }, button("Hand in", () => hears.handIn(), "ka-x-button"), button("Give up", () => hears.giveUp(), "ka-x-button"));

  const update = (now: Sitting) => {
    flag.setAttribute("aria-pressed", String(now.flags.includes(id)));
    clear.ariaDisabled = Object.hasOwn(now.answers, id) || problem ? null : "true";
    sheet.update(now);
  };
  update(sitting);
  const whole = element(
    "div",
    { role: "group", "aria-labelledby": heading.id },
    element("div", { class: "ka-e-head" }, heading, clock),
    element("div", { class: "ka-e-asked" }, stem, place, ...(key.format === "order" ? [keep] : [])),
    element("div", { class: "ka-x-bar" }, previous, next, flag, clear),
    sheet.element,
    rest,
  );
  return {
    element: whole,
    heading,
    update,
    time(text) {
      if (clock.textContent !== text) clock.textContent = text;
      clock.hidden = !text;
    },
    problem: () => problem,
  };
}

/** All questions by number, each with its state in words, and a way to it. */
class Sheet {
  readonly element: HTMLElement;
  readonly #title = element("h3", { class: "ka-e-small", id: "ka-e-sheet" });
  readonly #states: HTMLElement[];

  constructor(sitting: Sitting, moved: (at: number) => void) {
    this.#states = sitting.form.items.map(() => element("span", { class: "ka-e-state" }));
    const rows = sitting.form.items.map((_, at) => {
      const one = button("", () => moved(at), "ka-e-place");
      one.append(element("span", { class: "ka-x-spoken" }, "Question "), element("span", { class: "ka-e-number" }, String(at + 1)), " ", this.#states[at]!);
      if (at === sitting.at) one.setAttribute("aria-current", "true");
      return element("li", {}, one);
    });
    this.element = element("nav", { "aria-labelledby": this.#title.id, class: "ka-e-sheet" }, this.#title, element("ol", {}, ...rows));
  }

  update(sitting: Sitting): void {
    const open = unanswered(sitting);
    for (const [at, { id }] of sitting.form.items.entries()) {
      const said = [open.includes(at) ? "no answer" : "answered"];
      if (sitting.flags.includes(id)) said.push("flagged");
      if (at === sitting.at) said.push("here");
      const state = this.#states[at]!;
      state.textContent = said.join(", ");
      state.parentElement!.classList.toggle("ka-e-done", !open.includes(at));
      state.parentElement!.classList.toggle("ka-e-flagged", said.includes("flagged"));
    }
    const count = sitting.form.items.length;
    this.#title.textContent = `Answer sheet: ${count - open.length} of ${count} answered`;
  }
}

/** What a person is told before they hand in. */
export function handingIn(sitting: Sitting, hears: { handIn(): void; moved(at: number): void }): { element: HTMLElement; heading: HTMLElement } {
  const open = unanswered(sitting);
  const flags = sitting.form.items.flatMap(({ id }, at) => (sitting.flags.includes(id) ? [at] : []));
  const heading = element("h2", { tabindex: "-1" }, "Hand in");
  const list = (places: number[], said: string) => {
    const links = places.map((at) => button(`Question ${at + 1}`, () => hears.moved(at), "ka-x-button"));
    return places.length ? [element("p", {}, said), element("div", { class: "ka-x-bar" }, ...links)] : [];
  };
  const one = (places: number[], rest: [string, string]) => `${plural(places.length, "question")} ${rest[places.length === 1 ? 0 : 1]}`;
  const nothing = open.length || flags.length ? [] : [element("p", {}, "Every question is answered, and none is flagged.")];
  const whole = element(
    "div",
    {},
    heading,
    ...list(open, `${one(open, ["has", "have"])} no answer, and would count as not right:`),
    ...list(flags, `${one(flags, ["is", "are"])} flagged:`),
    ...nothing,
    element("p", {}, "After this, nothing can be changed."),
    element(
      "div",
      { class: "ka-x-bar" },
      button("Hand in now", () => hears.handIn(), "ka-x-button ka-x-first"),
      button(`Back to question ${sitting.at + 1}`, () => hears.moved(sitting.at), "ka-x-button"),
    ),
  );
  return { element: whole, heading };
}
