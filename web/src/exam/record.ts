// Exams that were handed in, kept with the learner's progress: the same events as keepalive.exam.record writes.
import type { Answer } from "../questions/key.ts";
import { isTable } from "../store/shape.ts";
import type { Event } from "../store/shape.ts";
import type { Store } from "../store/store.ts";
import type { Form } from "./form.ts";
import type { Result } from "./score.ts";
import { type Sitting, isForm } from "./sitting.ts";

/** The type of the events. `data`: form, answers, right, passed, began, minutes. */
export const EXAM = "exam";
/** Their `ref`: the course has one exam. */
export const FINAL = "final";

/** An exam that was handed in. */
export interface Sat {
  /** UTC, ISO 8601: when. */
  at: string;
  form: Form;
  answers: Readonly<Record<string, Answer>>;
  /** Right answers, as they were counted then. */
  right: number;
  passed: boolean;
}

export function record(store: Store, { form, answers, began, minutes }: Sitting, { right, passed }: Result): Sat {
  return satOf(store.add(EXAM, FINAL, { form, answers, right, passed, began, minutes }))!;
}

/** Every exam that counts, oldest first. */
export function sat(store: Store): Sat[] {
  return store.answers.of(EXAM, FINAL).flatMap((event) => satOf(event) ?? []);
}

/** The day of an exam where the learner is, as 2026-03-01. */
export function dayOf({ at }: Sat): string {
  const day = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function satOf({ at, data }: Event): Sat | undefined {
  const { form, answers, right, passed } = data;
  if (!isForm(form) || !isTable(answers) || !Number.isInteger(right)) return undefined;
  return { at, form, answers: answers as Record<string, Answer>, right: right as number, passed: passed === true };
}
