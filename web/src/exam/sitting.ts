// An exam that is being taken: the same data as keepalive.exam.sitting, and the same rules for going on with it.
import type { Answer } from "../questions/key.ts";
import { isTable } from "../store/shape.ts";
import { type Bank, type Form, isSeed, item } from "./form.ts";

const SCHEMA = 1;

/** Every change makes a new one. */
export interface Sitting {
  form: Form;
  /** UTC, ISO 8601 to the second. */
  began: string;
  /** How long it may take; null for as long as it takes. */
  minutes: number | null;
  answers: Readonly<Record<string, Answer>>;
  flags: readonly string[];
  /** The place, from 0, of the question that is looked at. */
  at: number;
}

/** What was to be gone on with is no sitting, or of a later version; the message is a sentence. */
export class NotASitting extends Error {
  override name = "NotASitting";
}

export function begin(form: Form, now: Date, minutes: number | null = null): Sitting {
  return { form, began: now.toISOString().replace(/\.\d+Z$/, "Z"), minutes, answers: {}, flags: [], at: 0 };
}

/** With this answer to the question `id`; null takes an answer back. */
export function answered(sitting: Sitting, id: string, answer: Answer | null): Sitting {
  const { [id]: _, ...others } = sitting.answers;
  return { ...sitting, answers: answer === null ? others : { ...others, [id]: answer } };
}

export function flagged(sitting: Sitting, id: string, flag: boolean): Sitting {
  const others = sitting.flags.filter((each) => each !== id);
  return { ...sitting, flags: flag ? [...others, id].sort() : others };
}

/** At another question; a place before the first or after the last is the first or the last. */
export function moved(sitting: Sitting, at: number): Sitting {
  return { ...sitting, at: Math.max(0, Math.min(at, sitting.form.items.length - 1)) };
}

/** The places, from 0, of questions without an answer. */
export function unanswered({ form, answers }: Sitting): number[] {
  return form.items.flatMap(({ id }, place) => (Object.hasOwn(answers, id) ? [] : [place]));
}

/** Milliseconds that are left; null without a limit, and never less than none. */
export function left({ began, minutes }: Sitting, now: Date): number | null {
  return minutes === null ? null : Math.max(Date.parse(began) + minutes * 60_000 - now.getTime(), 0);
}

export function written(sitting: Sitting): string {
  return JSON.stringify({ schema: SCHEMA, ...sitting });
}

/** The sitting that `written` wrote, here or in Python. Throws NotASitting. */
export function parsed(text: string): Sitting {
  let data: any;
  try {
    data = JSON.parse(text);
  } catch {
    throw new NotASitting("This is no exam that could be gone on with.");
  }
  if (Number.isInteger(data?.schema) && data.schema > SCHEMA) {
    throw new NotASitting("This exam was begun with a newer version of the course.");
  }
  if (!isSitting(data)) throw new NotASitting("This is no exam that could be gone on with.");
  const { form, began, minutes, at } = data;
  const ids = new Set(form.items.map(({ id }) => id));
  const answers = Object.fromEntries(Object.entries(data.answers).filter(([id]) => ids.has(id)));
  const flags = data.flags.filter((id) => ids.has(id)).sort();
  return moved({ form, began, minutes, answers, flags, at }, at);
}

/**
 * The sitting with the questions as the bank has them now, and the ids of those whose answers were dropped: after a
 * release a question may read otherwise, and is asked again. Throws NotASitting where one is gone.
 */
export function broughtUpTo(sitting: Sitting, bank: Bank): { sitting: Sitting; lost: string[] } {
  const there = new Map(bank.questions.map((question) => [question.id, question]));
  const lost: string[] = [];
  const items = sitting.form.items.map((asked) => {
    const question = there.get(asked.id);
    if (!question) throw new NotASitting("A question of this exam has left the course since: begin a new one.");
    if (question.version === asked.version) return asked;
    lost.push(asked.id);
    return item(question, sitting.form.seed);
  });
  if (!lost.length) return { sitting, lost };
  const answers = Object.fromEntries(Object.entries(sitting.answers).filter(([id]) => !lost.includes(id)));
  return { sitting: { ...sitting, form: { ...sitting.form, bank: bank.version, items }, answers }, lost };
}

function isSitting(data: any): data is Sitting & { schema: number } {
  return (
    data?.schema === SCHEMA &&
    isForm(data.form) &&
    typeof data.began === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(data.began) &&
    !Number.isNaN(Date.parse(data.began)) &&
    (data.minutes === null || (Number.isInteger(data.minutes) && data.minutes > 0)) &&
    isTable(data.answers) &&
    isTexts(data.flags) &&
    Number.isInteger(data.at)
  );
}

/** Whether it has the shape of a form. */
export function isForm(data: any): data is Form {
  return (
    isSeed(data?.seed) &&
    typeof data.bank === "string" &&
    isTexts(data.excluded) &&
    Array.isArray(data.items) &&
    data.items.length > 0 &&
    data.items.every((each: any) => typeof each?.id === "string" && typeof each.version === "string" && isTexts(each.options))
  );
}

function isTexts(data: unknown): data is string[] {
  return Array.isArray(data) && data.every((each) => typeof each === "string");
}
