// What stands on the exam's page before one is begun: what is under way, what was done, and how to begin.
import { button, element, plural, when } from "../page/elements.ts";
import type { Lying } from "./desk.ts";
import { LENGTH, isSeed } from "./form.ts";
import type { Sat } from "./record.ts";
import { PASS } from "./score.ts";
import { type Sitting, unanswered } from "./sitting.ts";

/** How an exam is to be begun. */
export interface Wish {
  /** null for as long as it takes. */
  minutes: number | null;
  /** "" for a form of one's own. */
  seed: string;
}

export interface Start {
  element: HTMLElement;
  /** What was asked for; a sentence where something of it cannot be. */
  wish(): Wish | string;
}

export interface Found {
  lying: Lying | undefined;
  /** "" or why what is under way cannot be gone on with. */
  problem: string;
  /** Whether another page has it open; undefined where that cannot be known. */
  elsewhere: boolean | undefined;
  sat: Sat[];
}

/** As long as a day; whoever needs longer needs no limit. */
const MOST_MINUTES = 600;
/** So many exams are listed. */
const MOST_LISTED = 5;

export function start(
  { lying, problem, elsewhere, sat }: Found,
  hears: { begin(): void; goOn(): void; giveUp(): void; undo(): void; look(sat: Sat): void },
): Start {
  const parts: HTMLElement[] = [];
  const bar = (...buttons: HTMLElement[]) => element("div", { class: "ka-x-bar" }, ...buttons);
  const underWay = lying && !lying.gaveUp;
  if (problem) parts.push(element("p", {}, `${problem} Beginning another puts it away.`));
  if (underWay) {
    parts.push(element("h2", {}, "An exam is under way"), element("p", {}, `${about(lying.sitting)}.`));
    if (elsewhere) parts.push(element("p", {}, "It is open in another tab. Going on here takes it over from there, with every answer."));
    parts.push(bar(button("Go on", hears.goOn, "ka-x-button ka-x-first"), button("Give up", hears.giveUp, "ka-x-button")));
  }
  if (sat.length) {
    const rows = sat
      .slice(-MOST_LISTED)
      .reverse()
      .map((each) => {
        const said = `${when(each.at)}: ${each.right} of ${each.form.items.length} right, ${each.passed ? "passed" : "not passed"} `;
        const look = button("Look at it", () => hears.look(each), "ka-x-link");
        look.setAttribute("aria-label", `Look at the exam of ${when(each.at)}`);
        return element("li", {}, said, look);
      });
    parts.push(element("h2", {}, "Your exams"), element("ul", {}, ...rows));
  }
  if (underWay) return { element: element("div", {}, ...parts), wish: () => ({ minutes: null, seed: "" }) };
  if (lying) {
    const undo = bar(button("Undo", hears.undo, "ka-x-button"));
    parts.push(element("p", {}, `You gave an exam up. ${about(lying.sitting)}. It can be gone on with until you begin another.`), undo);
  }
  const minutes = field("ka-e-minutes", "Minutes", { inputmode: "numeric", size: "4" }, "For a workshop. Left empty, it takes as long as it takes. At the end of the time it is handed in as it is.");
  const seed = field("ka-e-seed", "Seed of the form", { size: "16", maxlength: "32", autocapitalize: "none" }, "For a workshop: the same seed gives everybody the same questions, whether seen before or not. Left empty, the questions are drawn for you.");
  const options = element("details", { class: "ka-e-options" }, element("summary", {}, "Options"), minutes.element, seed.element);
  parts.push(
    element("h2", {}, sat.length ? "Take another" : "Begin"),
    element("p", {}, `${LENGTH} questions. ${PASS} right answers pass.`),
    bar(button(sat.length ? "Begin another exam" : "Begin the exam", hears.begin, "ka-x-button ka-x-first")),
    options,
  );
  return {
    element: element("div", {}, ...parts),
    wish() {
      const asked = { minutes: minutes.input.value.trim(), seed: seed.input.value.trim().toLowerCase() };
      const count = /^[0-9]{1,3}$/.test(asked.minutes) ? Number(asked.minutes) : 0;
      const refused = (box: typeof minutes, text: string) => {
        options.open = true;
        box.input.setAttribute("aria-invalid", "true");
        box.input.focus();
        return text;
      };
      for (const box of [minutes, seed]) box.input.removeAttribute("aria-invalid");
      if (asked.minutes && (count < 1 || count > MOST_MINUTES)) return refused(minutes, `Minutes are a whole number from 1 to ${MOST_MINUTES}, or nothing.`);
      if (asked.seed && !isSeed(asked.seed)) return refused(seed, "A seed is small letters, digits and hyphens, 32 at most, or nothing.");
      return { minutes: asked.minutes ? count : null, seed: asked.seed };
    },
  };
}

function about(sitting: Sitting): string {
  const count = sitting.form.items.length;
  const flags = sitting.flags.length ? `, ${sitting.flags.length} flagged` : "";
  const limit = sitting.minutes === null ? "" : `, with a limit of ${plural(sitting.minutes, "minute")}`;
  return `Begun ${when(sitting.began)}${limit}: ${count - unanswered(sitting).length} of ${count} answered${flags}`;
}

function field(id: string, name: string, attributes: Record<string, string>, help: string): { element: HTMLElement; input: HTMLInputElement } {
  const input = element("input", { type: "text", id, class: "ka-q-field", autocomplete: "off", "aria-describedby": `${id}-help`, ...attributes });
  const text = element("p", { id: `${id}-help`, class: "ka-x-quiet" }, help);
  return { element: element("div", { class: "ka-e-option" }, element("label", { for: id }, name), input, text), input };
}
