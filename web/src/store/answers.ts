// What a learner's events say: the same questions as keepalive.course.progress answers, with the same answers.
import { isEvent, isPass, isTable, type Event, type Raw } from "./shape.ts";

/** The `ref` of a reset of all exercises. */
export const EVERYTHING = "*";

export class Answers {
  /** Every event of a known shape, oldest first. */
  readonly events: readonly Event[];
  /** The events that no reset has withdrawn, oldest first. */
  readonly counting: readonly Event[];
  /** The resets that were not taken back, oldest first. */
  readonly resets: readonly Event[];

  constructor(raw: Iterable<Raw>) {
    this.events = [...raw].filter(isEvent).sort((one, other) => order(one.at, other.at) || order(one.id, other.id));
    const undone = new Set(this.events.filter((event) => event.type === "undo").map((event) => event.data.event));
    this.resets = this.events.filter(
      (event) => event.type === "reset" && !undone.has(event.id) && Array.isArray(event.data.events),
    );
    const withdrawn = new Set(this.resets.flatMap((reset) => reset.data.events as unknown[]));
    this.counting = this.events.filter((event) => !withdrawn.has(event.id));
  }

  /** The counting events of one type for one exercise, oldest first. */
  of(type: string, ref: string): Event[] {
    return this.counting.filter((event) => event.type === type && event.ref === ref);
  }

  /** Whether the exercise was ever passed; no extension is needed for that. */
  passed(exercise: string): boolean {
    return this.of("check", exercise).some(isPass);
  }

  /** Whether the exercise was ever checked with something in it. */
  tried(exercise: string): boolean {
    return this.of("check", exercise).some((event) => (event.data.status ?? "not_attempted") !== "not_attempted");
  }

  /** The most points that a check of the exercise gave, undefined where it was never checked. */
  best(exercise: string): number | undefined {
    return largest(this.of("check", exercise).map((event) => event.data.points));
  }

  /** How many of the task's hints were shown. */
  hintsShown(exercise: string, task: string): number {
    const hints = this.of("hint", exercise).filter((event) => event.data.task === task);
    return largest(hints.map((event) => event.data.number)) ?? 0;
  }

  /** The status of each task in the latest check of the exercise; empty where there was none. */
  taskStatus(exercise: string): Record<string, string> {
    const latest = this.of("check", exercise).findLast((event) => isTable(event.data.tasks));
    const tasks = Object.entries(latest?.data.tasks ?? {});
    return Object.fromEntries(tasks.filter(([, status]) => typeof status === "string"));
  }

  /** Whether the exercise's solution was ever shown. */
  solutionSeen(exercise: string): boolean {
    return this.of("solution", exercise).length > 0;
  }

  /** What a reset of the exercise, or of all, withdraws. */
  toReset(exercise?: string): Event[] {
    return this.counting.filter(
      ({ type, ref }) => type !== "reset" && type !== "undo" && (exercise === undefined || ref === exercise),
    );
  }
}

function largest(values: unknown[]): number | undefined {
  const numbers = values.filter((value): value is number => Number.isInteger(value));
  return numbers.length ? Math.max(...numbers) : undefined;
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
