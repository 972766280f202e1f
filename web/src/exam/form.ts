// Which questions an exam asks, and in which order their options stand: the same as keepalive.exam.form. A test holds both
// to the same forms.
import type { Key } from "../questions/key.ts";
import { inOrder, shownOrder } from "../questions/shuffle.ts";

/** What of a question decides a form and a score. */
export interface Asked {
  id: string;
  version: string;
  cell: number;
  key: Key;
}

/** The questions that an exam may draw, in the order of the bank. */
export interface Bank {
  version: string;
  questions: Asked[];
}

/** One question of a form: which, as it read, and its options in the order shown. */
export interface Item {
  id: string;
  version: string;
  options: string[];
}

export interface Form {
  seed: string;
  /** The version of the bank that it was drawn from. */
  bank: string;
  /** Ids that were left out. */
  excluded: string[];
  items: Item[];
}

/** One question from each cell of the blueprint. */
export const LENGTH = 14;
/** So many questions a cell needs before the exam is opened. */
export const CELL_SIZE = 6;

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const SEED = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function isSeed(text: unknown): text is string {
  return typeof text === "string" && SEED.test(text);
}

/** A seed of eight letters and digits. `random` gives whole numbers of 32 bits. */
export function newSeed(random: () => number): string {
  return Array.from({ length: 8 }, () => LETTERS[random() % LETTERS.length]).join("");
}

const CELLS = Array.from({ length: LENGTH }, (_, place) => place + 1);

/** How many questions each cell still needs before the exam is opened; empty when it is open. */
export function missing(bank: Bank): Map<number, number> {
  const found = new Map<number, number>();
  for (const cell of CELLS) {
    const count = bank.questions.filter((question) => question.cell === cell).length;
    if (count < CELL_SIZE) found.set(cell, CELL_SIZE - count);
  }
  return found;
}

/** The form of this seed. `exclude`: ids not to be asked; where a cell has no other it is asked all the same. */
export function draw(bank: Bank, seed: string, exclude: Iterable<string> = []): Form {
  if (!isSeed(seed)) throw new RangeError("A seed is small letters, digits and hyphens, 32 at most.");
  if (missing(bank).size) throw new Error("The exam is not open yet: its bank of questions is not full.");
  const unwanted = new Set(exclude);
  const items = CELLS.map((cell) => {
    const there = new Map(bank.questions.filter((each) => each.cell === cell).map((each) => [each.id, each]));
    const order = inOrder(seed, String(cell), [...there.keys()]);
    return item(there.get(order.find((id) => !unwanted.has(id)) ?? order[0]!)!, seed);
  });
  const excluded = bank.questions.map(({ id }) => id).filter((id) => unwanted.has(id));
  return { seed, bank: bank.version, excluded: excluded.sort(byCodePoint), items };
}

/** The question as this seed shows it; the options of spot and number stand as they are written. */
export function item({ id, version, key }: Asked, seed: string): Item {
  const asWritten = key.format === "spot" || key.format === "number";
  const answer = key.format === "order" ? key.right : [];
  return { id, version, options: asWritten ? key.options : shownOrder(seed, id, key.options, answer) };
}

function byCodePoint(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
