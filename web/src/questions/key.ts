// A question's key, and what an answer is worth: the same as keepalive.course.questions.key. Tests hold both to it.

/** An option's id; several; a line that no option speaks of, as `line-7`; a number. */
export type Answer = string | string[] | number;

export type Format = "single" | "multiple" | "trace" | "spot" | "order" | "number";

export interface Key {
  format: Format;
  /** The ids of all options, as written. */
  options: string[];
  /** The ids of the right ones; for order in their order. Not for number. */
  right?: string[];
  /** For number. */
  answer?: number;
  tolerance?: number;
  unit?: string;
  /** For number: what each option's mistake gives. */
  values?: (number | null)[];
}

/** What was given is no answer; the message is a sentence that says what would be one. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** How far binary fractions may be off: 0.3 is not 0.1 + 0.2. */
const SLACK = 1e-9;
const NUMBER = /^([+-]?)([0-9]{1,15}(?:[.,][0-9]{1,15})?|[.,][0-9]{1,15})$/;
const LINE = /^line-[1-9][0-9]{0,2}$/;

/** Whether the answer is right. Throws NoAnswer. */
export function judge(key: Key, answer: unknown): boolean {
  const given = taken(key, answer);
  const right = key.right ?? [];
  if (typeof given === "number") return Math.abs(given - key.answer!) <= key.tolerance! + SLACK;
  if (typeof given === "string") return right.includes(given);
  if (key.format === "order") return given.join("|") === right.join("|");
  return given.length === right.length && given.every((id) => right.includes(id));
}

/** The answer as it is kept. Throws NoAnswer where it is none. */
export function taken(key: Key, answer: unknown): Answer {
  if (key.format === "number") {
    if (typeof answer === "string") return number(answer, key.unit);
    if (typeof answer !== "number" || !Number.isFinite(answer)) throw new NoAnswer(`The answer is a number of ${key.unit}.`);
    return answer;
  }
  if (key.format === "multiple" || key.format === "order") {
    if (!Array.isArray(answer)) throw new NoAnswer("The answer is a list of options.");
    const chosen = answer.map((each) => option(key, each));
    if (new Set(chosen).size !== chosen.length) throw new NoAnswer("An option is named twice.");
    if (key.format === "order") {
      if (chosen.length !== key.options.length) {
        throw new NoAnswer(`All ${key.options.length} have a place; this names ${chosen.length}.`);
      }
      return chosen;
    }
    if (!chosen.length) throw new NoAnswer("Choose at least one.");
    return key.options.filter((id) => chosen.includes(id));
  }
  if (key.format === "spot" && typeof answer === "string" && LINE.test(answer)) return answer;
  return option(key, answer);
}

/** The ids of the options that the answer chose; of a number, the mistakes that give it. */
export function met(key: Key, answer: unknown): string[] {
  const given = taken(key, answer);
  if (typeof given === "number") {
    return key.options.filter((_, place) => {
      const value = key.values?.[place];
      return typeof value === "number" && Math.abs(given - value) <= SLACK;
    });
  }
  const chosen = typeof given === "string" ? [given] : given;
  return key.options.filter((id) => chosen.includes(id));
}

/** A number as people write it: a decimal point or comma, the unit behind it or not. Throws NoAnswer. */
export function number(text: string, unit = ""): number {
  let bare = text.trim().replaceAll("\u2212", "-");
  if (unit && bare.toLowerCase().endsWith(unit.toLowerCase())) bare = bare.slice(0, -unit.length).trim();
  const found = NUMBER.exec(bare);
  if (!found) {
    throw new NoAnswer("That is not a number that can be read. Write it like 12 or 12.5, without separators of thousands.");
  }
  return Number(found[1] + found[2]!.replace(",", "."));
}

/** 12 connections, 1 connection, 9.5 s. */
export function amount(value: number, unit = ""): string {
  if (value === 1 && unit.length > 2 && unit.endsWith("s")) unit = unit.slice(0, -1);
  return `${value} ${unit}`.trim();
}

function option(key: Key, answer: unknown): string {
  if (typeof answer !== "string" || !key.options.includes(answer)) throw new NoAnswer(`There is no option ${String(answer)}.`);
  return answer;
}
