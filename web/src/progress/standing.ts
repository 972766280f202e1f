// How far somebody is, from what they did: each chapter, each objective, and what is to be reviewed. The same functions
// as keepalive.course.standing; a test holds both to the same results on random histories.
import { judge } from "../questions/key.ts";
import { isPass, isTable, type Event } from "../store/shape.ts";
import type { Asked, Outline, Stage } from "./outline.ts";

/** What stands before a chapter's id in the `ref` of its events: an exercise may have the same id. */
export const CHAPTER = "chapter:";

/** How an objective stands, and how that is said. */
export const LEVELS = {
  nothing: "nothing yet",
  begun: "begun",
  shaky: "needs another look",
  holds: "holds",
} as const;
export type Level = keyof typeof LEVELS;

/** After so many days without a question of it, an objective is reviewed. */
export const REVIEW_DAYS = 7;
const PER_OBJECTIVE = 2;
const REVIEW_MOST = 10;
const DAY = 24 * 60 * 60 * 1000;
/** A time behind which no week can be counted any more. */
const LAST = "9999-12-24";

/** An answer to a question as it reads now, in practice or in an exam. `at` is UTC, ISO 8601. */
interface Given {
  question: Asked;
  at: string;
  right: boolean;
  exam: boolean;
}

/** How an objective stands: keepalive.course.standing.Mastery says what each means. */
export interface Mastery {
  objective: number;
  of: number;
  asked: number;
  first: number;
  right: number;
  wrong: string[];
  exam: boolean | null;
  solved: number;
  exercises: number;
  level: Level;
}

/** How a chapter stands. `exercise` is "passed", "tried", "open", or "" for a chapter without one. */
export interface Place {
  id: string;
  read: boolean;
  of: number;
  answered: number;
  right: number;
  exercise: "" | "passed" | "tried" | "open";
  minutes_left: number;
}

/** What is to be reviewed, in the order in which it is asked. `next`: when something will be due where nothing is. */
export interface Review {
  due: string[];
  begun: boolean;
  next: string | null;
}

/** The ids of the chapters that are read, each with when it was marked so last. */
export function chaptersRead(counting: readonly Event[]): Map<string, string> {
  const takenBack = new Set<unknown>();
  for (const { type, data } of counting) {
    if (type === "unread" && Array.isArray(data.events)) for (const id of data.events) takenBack.add(id);
  }
  const read = new Map<string, string>();
  for (const { id, at, type, ref } of counting) {
    if (type === "read" && ref.startsWith(CHAPTER) && !takenBack.has(id)) read.set(ref.slice(CHAPTER.length), at);
  }
  return read;
}

/** The ids of the events that say that a chapter is read. */
export function readEvents(counting: readonly Event[], chapter: string): string[] {
  return counting.filter(({ type, ref }) => type === "read" && ref === CHAPTER + chapter).map(({ id }) => id);
}

/** Every answer to a question as it reads now, oldest first. What was left open in an exam is not right. */
function given(outline: Outline, counting: readonly Event[]): Given[] {
  const current = new Map(outline.questions.map((each) => [`${each.id} ${each.version}`, each]));
  return counting.flatMap(({ type, ref, at, data }): Given[] => {
    if (type === "answer") {
      const question = current.get(`${ref} ${text(data.version)}`);
      return question ? [{ question, at, right: data.correct === true, exam: false }] : [];
    }
    if (type !== "exam" || !isTable(data.form) || !Array.isArray(data.form.items) || !isTable(data.answers)) return [];
    const answers = data.answers;
    return data.form.items.flatMap((item: unknown): Given[] => {
      const question = isTable(item) ? current.get(`${text(item.id)} ${text(item.version)}`) : undefined;
      if (!question) return [];
      const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined;
      return [{ question, at, right: isRight(question, answer), exam: true }];
    });
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRight({ key }: Asked, answer: unknown): boolean {
  try {
    return judge(key, answer);
  } catch {
    return false; // no answer to it
  }
}

/** Every objective, from the events that count. */
export function mastery(outline: Outline, counting: readonly Event[]): Mastery[] {
  const answers = given(outline, counting);
  const passed = exercisesPassed(counting);
  return outline.objectives.map(({ number, exercises }) => {
    const questions = outline.questions.filter(({ cell }) => cell === number);
    const ofIt = answers.filter(({ question }) => question.cell === number);
    const first = new Map<string, boolean>();
    const latest = new Map<string, boolean>();
    for (const { question, right } of ofIt) {
      if (!first.has(question.id)) first.set(question.id, right);
      latest.set(question.id, right);
    }
    const found = {
      objective: number,
      of: questions.length,
      asked: latest.size,
      first: count(first.values()),
      right: count(latest.values()),
      wrong: questions.filter(({ id }) => latest.get(id) === false).map(({ id }) => id),
      exam: ofIt.findLast(({ exam }) => exam)?.right ?? null,
      solved: exercises.filter((id) => passed.has(id)).length,
      exercises: exercises.length,
    };
    return { ...found, level: levelOf(found) };
  });
}

function levelOf({ asked, first, right, exam, solved, exercises }: Omit<Mastery, "level">): Level {
  if (!asked && !solved) return "nothing";
  if (3 * right < 2 * asked) return "shaky";
  const sure = asked >= 4 && 6 * right >= 5 * asked && 2 * first >= asked;
  return sure && solved === exercises && exam !== false ? "holds" : "begun";
}

/** Every chapter, from the events that count. */
export function places(outline: Outline, counting: readonly Event[]): Place[] {
  const latest = latestOf(outline, counting);
  const read = chaptersRead(counting);
  const passed = exercisesPassed(counting);
  const tried = exercisesTried(counting);
  return outline.stages.map((stage) => {
    const standings = stage.questions.flatMap((id) => latest.get(id)?.right ?? []);
    const exercise = !stage.exercise ? "" : passed.has(stage.exercise) ? "passed" : tried.has(stage.exercise) ? "tried" : "open";
    const [teaching, practice] = stage.minutes;
    return {
      id: stage.id,
      read: read.has(stage.id),
      of: stage.questions.length,
      answered: standings.length,
      right: count(standings),
      exercise,
      minutes_left: (read.has(stage.id) ? 0 : teaching) + (practised(stage, exercise, standings.length) ? 0 : practice),
    };
  });
}

/** Whether a chapter's practice is done: its exercise; where it has none, its questions. */
function practised(stage: Stage, exercise: Place["exercise"], answered: number): boolean {
  return exercise ? exercise === "passed" : answered === stage.questions.length;
}

/** Minutes that are left on the core path. */
export function minutesLeft(outline: Outline, counting: readonly Event[]): number {
  const core = new Set(outline.stages.filter((stage) => stage.core).map(({ id }) => id));
  return places(outline, counting).reduce((sum, { id, minutes_left }) => sum + (core.has(id) ? minutes_left : 0), 0);
}

/** What is to be reviewed at a time: what was answered wrong, then what was not seen for REVIEW_DAYS. */
export function review(outline: Outline, counting: readonly Event[], now: Date): Review {
  const latest = latestOf(outline, counting);
  const wrong = [...latest.values()].filter(({ question, right }) => !right && question.review);
  wrong.sort((one, other) => order(one.at, other.at) || order(one.question.id, other.question.id));
  const due = wrong.map(({ question }) => question.id);
  const seen = [...seenOf(outline, counting)].filter(([number]) => longestUnseen(outline, latest, number).length);
  seen.sort(([a, one], [b, other]) => order(one, other) || a - b);
  for (const [number, at] of seen) {
    if (now.getTime() - moment(at) < REVIEW_DAYS * DAY) continue;
    due.push(...longestUnseen(outline, latest, number).filter((id) => !due.includes(id)).slice(0, PER_OBJECTIVE));
  }
  const first = seen[0]?.[1] ?? LAST;
  const next = !due.length && first < LAST ? new Date(moment(first) + REVIEW_DAYS * DAY).toISOString() : null;
  return { due: due.slice(0, REVIEW_MOST), begun: latest.size + seen.length > 0, next };
}

/**
 * What to ask somebody who wants to practise though nothing is due: one question of each objective, the one that was not
 * seen for the longest time, beginning with the objectives that were not.
 */
export function ahead(outline: Outline, counting: readonly Event[]): string[] {
  const latest = latestOf(outline, counting);
  const seen = seenOf(outline, counting);
  const numbers = outline.objectives.map(({ number }) => number);
  numbers.sort((one, other) => order(seen.get(one) ?? "", seen.get(other) ?? "") || one - other);
  return numbers.flatMap((number) => longestUnseen(outline, latest, number).slice(0, 1)).slice(0, REVIEW_MOST);
}

function latestOf(outline: Outline, counting: readonly Event[]): Map<string, Given> {
  return new Map(given(outline, counting).map((each) => [each.question.id, each]));
}

/** When each objective was seen last, of those that were: in a question, or by reading a chapter that teaches it. */
function seenOf(outline: Outline, counting: readonly Event[]): Map<number, string> {
  const seen = new Map<number, string>();
  const saw = (cell: number, at: string) => {
    if (at > (seen.get(cell) ?? "")) seen.set(cell, at);
  };
  for (const { question, at } of given(outline, counting)) saw(question.cell, at);
  const numbers = new Map(outline.stages.map(({ id, number }) => [id, number]));
  for (const [chapter, at] of chaptersRead(counting)) {
    const number = numbers.get(chapter);
    for (const question of outline.questions) if (question.chapter === number) saw(question.cell, at);
  }
  return seen;
}

/** The questions of an objective that can be asked: those of chapters that exist, never answered ones first. */
function longestUnseen(outline: Outline, latest: ReadonlyMap<string, Given>, number: number): string[] {
  const there = new Set(outline.stages.map((stage) => stage.number));
  const asked = outline.questions.filter(({ cell, review, chapter }) => cell === number && review && there.has(chapter));
  const at = ({ id }: Asked) => latest.get(id)?.at ?? "";
  return asked.sort((one, other) => order(at(one), at(other))).map(({ id }) => id);
}

function exercisesPassed(counting: readonly Event[]): Set<string> {
  return new Set(counting.filter((event) => event.type === "check" && isPass(event)).map(({ ref }) => ref));
}

function exercisesTried(counting: readonly Event[]): Set<string> {
  const tried = ({ type, data }: Event) => type === "check" && (data.status ?? "not_attempted") !== "not_attempted";
  return new Set(counting.filter(tried).map(({ ref }) => ref));
}

/** The time of an event. One that is no day of any calendar, out of a file somebody wrote, is long ago. */
function moment(at: string): number {
  const found = new Date(at);
  return found.getFullYear() > 0 && !Number.isNaN(found.getTime()) && found.toISOString() === at ? found.getTime() : 0;
}

function count(values: Iterable<boolean>): number {
  return [...values].filter(Boolean).length;
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
