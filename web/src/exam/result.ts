// What came of an exam: the score, each objective, and every question with all that there is to say of it.
import { button, element, plural, when } from "../page/elements.ts";
import { formOf } from "../questions/form.ts";
import { type Answer, amount } from "../questions/key.ts";
import { type Data, type Question, itemFor, keysOf } from "./data.ts";
import type { Form } from "./form.ts";
import { type Sat, dayOf } from "./record.ts";
import { type ItemScore, PASS, score } from "./score.ts";

/** An objective of the exam. */
export interface Cell {
  cell: number;
  title: string;
  right: number;
  of: number;
}

/** What a certificate is made of. `day`: as 2026-03-01, where the learner is. */
export interface Passed {
  form: Form;
  answers: Readonly<Record<string, Answer>>;
  day: string;
  right: number;
  cells: Cell[];
}

/** Puts what makes a certificate where it is wanted. */
export type Offer = (into: HTMLElement, result: Passed) => void;

export interface Shown {
  element: HTMLElement;
  heading: HTMLElement;
}

export function result(data: Data, sat: Sat, hears: { again(): void; back(): void }, offer?: Offer): Shown {
  const found = score(keysOf(data), sat.form, sat.answers);
  const gone = found.items.filter((item) => item.right === null).length;
  // What has changed since cannot be counted again.
  const { right, passed } = gone ? sat : found;
  const of = found.items.length;
  const heading = element("h2", { tabindex: "-1" }, `${right} of ${of} right: ${passed ? "passed" : "not passed"}`);
  const facts = `Handed in ${when(sat.at)}. Form ${sat.form.seed}. ${PASS} right answers pass.`;
  const whole = element("div", { class: "ka-e-result" }, heading, element("p", {}, facts));
  if (gone) {
    const are = gone === 1 ? "question has" : "questions have";
    whole.append(element("p", {}, `${gone} ${are} changed since, or left the course. What was counted then stands; they are not shown.`));
  }
  if (passed && offer) {
    const place = element("div", { class: "ka-e-certificate" });
    whole.append(place);
    offer(place, { form: sat.form, answers: sat.answers, day: dayOf(sat), right, cells: cellsOf(data, found.items) });
  }
  whole.append(
    element("h3", {}, "By objective"),
    report(data, found.items),
    element("h3", {}, "Question by question"),
    ...found.items.map((item, at) => explained(data, sat, item, at)),
    element(
      "div",
      { class: "ka-x-bar" },
      button("Take another", hears.again, "ka-x-button ka-x-first"),
      button("Back to the beginning", hears.back, "ka-x-button"),
    ),
  );
  return { element: whole, heading };
}

/** What was missed last time, before another form is begun. */
export function again(data: Data, sat: Sat, hears: { begin(): void; back(): void }): Shown | undefined {
  const missed = score(keysOf(data), sat.form, sat.answers).items.filter((item) => item.right === false);
  if (!missed.length) return undefined;
  const heading = element("h2", { tabindex: "-1" }, "Before you begin again");
  const rows = missed.map((item) => {
    const row = element("li", {}, element("strong", {}, data.cells[item.cell] ?? ""), ": ");
    row.append(repair(data, questionOf(data, item)) ?? "its chapter has still to be written");
    return row;
  });
  const whole = element(
    "div",
    {},
    heading,
    element("p", {}, `Last time ${plural(missed.length, "question")} ${missed.length === 1 ? "was" : "were"} missed. What helps:`),
    element("ul", {}, ...rows),
    element(
      "div",
      { class: "ka-x-bar" },
      button("Begin a fresh form", hears.begin, "ka-x-button ka-x-first"),
      button("Not yet", hears.back, "ka-x-button"),
    ),
  );
  return { element: whole, heading };
}

function cellsOf(data: Data, items: ItemScore[]): Cell[] {
  return Object.entries(data.cells).flatMap(([number, title]) => {
    const asked = items.filter((item) => item.cell === Number(number));
    if (!asked.length) return [];
    return [{ cell: Number(number), title, right: asked.filter((item) => item.right === true).length, of: asked.length }];
  });
}

function report(data: Data, items: ItemScore[]): HTMLElement {
  const rows = items.flatMap((item, at) => {
    if (item.right === null) return [];
    const help = item.right ? undefined : repair(data, questionOf(data, item));
    const said = element("td", { class: item.right ? "ka-e-good" : "ka-e-bad" }, verdict(item));
    if (help) said.append(". Read again: ", help);
    const link = element("a", { href: `#${anchor(at)}` }, String(at + 1));
    link.addEventListener("click", () => document.querySelector<HTMLDetailsElement>(`#${anchor(at)}`)!.open = true);
    const title = element("th", { scope: "row" }, data.cells[item.cell] ?? "");
    return element("tr", {}, title, element("td", {}, link), said);
  });
  const head = ["Objective", "Question", "Answer"].map((text) => element("th", { scope: "col" }, text));
  return element("table", { class: "ka-e-report" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

function explained(data: Data, sat: Sat, item: ItemScore, at: number): HTMLElement {
  const question = questionOf(data, item);
  if (!question || item.right === null) return element("p", {}, `Question ${at + 1} has changed since.`);
  const shown = itemFor(question);
  const stem = element("div", { class: "ka-q-asked", id: `ka-e-stem-${at + 1}` }, ...shown.stem);
  const form = formOf(shown, sat.form.seed, { describedBy: stem.id });
  if (item.answer !== null) form.set(item.answer);
  form.explain(item.answer ?? undefined);
  const title = element("h4", {}, `Question ${at + 1}: ${verdict(item)}`);
  const help = repair(data, question);
  const box = element(
    "details",
    { class: `ka-e-question ${item.right ? "ka-e-right" : "ka-e-missed"}`, id: anchor(at) },
    element("summary", {}, title, element("span", { class: "ka-e-of" }, data.cells[item.cell] ?? "")),
    stem,
    form.element,
    ...inWords(question, item),
    ...(help ? [element("p", {}, "Taught in ", help, ".")] : []),
  );
  box.open = !item.right;
  return box;
}

/** What the form cannot show of an answer. */
function inWords({ key }: Question, { answer, right }: ItemScore): HTMLElement[] {
  const said = [];
  if (answer === null) said.push("You gave no answer.");
  else if (typeof answer === "number") said.push(`Your answer: ${amount(answer, key.unit)}.`);
  else if (key.format === "spot" && !key.options.includes(answer as string)) said.push(`You chose line ${(answer as string).slice(5)}.`);
  if (key.format === "number" && !right) said.push(`Right is ${amount(key.answer!, key.unit)}.`);
  return said.length ? [element("p", { class: "ka-e-said" }, said.join(" "))] : [];
}

function verdict({ answer, right }: ItemScore): string {
  return right ? "right" : answer === null ? "no answer" : "not right";
}

function questionOf(data: Data, { id }: ItemScore): Question | undefined {
  return data.questions.find((question) => question.id === id);
}

/** A link to the chapter that teaches it, where it exists. */
function repair(data: Data, question: Question | undefined): HTMLElement | undefined {
  const chapter = question && data.chapters[question.chapter];
  return chapter && element("a", { href: chapter.href }, `${question.chapter} ${chapter.title}`);
}

function anchor(at: number): string {
  return `ka-e-question-${at + 1}`;
}

