// What was answered, kept in the page's store: the same events as keepalive.course.questions.answers writes.
import type { Event } from "../store/shape.ts";
import type { Store } from "../store/store.ts";
import { type Answer, type Key, judge, taken } from "./key.ts";

/** The type of the events. Their `ref` is the question's id; `data`: version, answer, correct. */
export const ANSWER = "answer";

/** Keep the answer; whether it is right. Throws NoAnswer. */
export function record(store: Store, id: string, version: string, key: Key, answer: unknown): boolean {
  const correct = judge(key, answer);
  store.add(ANSWER, id, { version, answer: taken(key, answer), correct });
  return correct;
}

/** What was answered to the question as it is now, oldest first. A changed question has not been answered. */
export function answers(store: Store, id: string, version: string): Event[] {
  return store.answers.of(ANSWER, id).filter((event) => event.data.version === version);
}

/** The latest answer that can be shown again; undefined where there is none. */
export function latest(store: Store, id: string, version: string, key: Key): Answer | undefined {
  const given = answers(store, id, version).at(-1)?.data.answer;
  if (given === undefined) return undefined;
  try {
    return taken(key, given);
  } catch {
    return undefined; // out of a file that somebody wrote by hand
  }
}
