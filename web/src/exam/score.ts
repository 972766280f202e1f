// What the answers of a sitting are worth: the same as keepalive.exam.score.
import { type Answer, type Key, NoAnswer, judge, taken } from "../questions/key.ts";
import { type Form, LENGTH } from "./form.ts";

/** Right answers, of 14, that pass. keepalive.exam.score says why; a test holds the two numbers together. */
export const PASS = 12;

export interface ItemScore {
  id: string;
  cell: number;
  /** What was given; null where nothing was, or nothing that is an answer. */
  answer: Answer | null;
  /** null where no key is known for it. */
  right: boolean | null;
}

export interface Result {
  items: ItemScore[];
  right: number;
  passed: boolean;
}

/** The cell and the key of a question as it once read, by its id and version; undefined where nobody knows it. */
export type Keys = (id: string, version: string) => { cell: number; key: Key } | undefined;

/** Score a form's answers. What is no answer to its question counts as none. */
export function score(keys: Keys, form: Form, answers: Readonly<Record<string, unknown>>): Result {
  const items = form.items.map(({ id, version }): ItemScore => {
    const known = keys(id, version);
    const given = Object.hasOwn(answers, id) ? answers[id] : undefined;
    if (!known) return { id, cell: 0, answer: isAnswer(given) ? given : null, right: null };
    if (given === undefined || given === null) return { id, cell: known.cell, answer: null, right: false };
    try {
      const answer = taken(known.key, given);
      return { id, cell: known.cell, answer, right: judge(known.key, answer) };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { id, cell: known.cell, answer: null, right: false };
    }
  });
  const right = items.filter((item) => item.right === true).length;
  return { items, right, passed: items.length === LENGTH && right >= PASS };
}

function isAnswer(given: unknown): given is Answer {
  return typeof given === "string" || typeof given === "number" || Array.isArray(given);
}
