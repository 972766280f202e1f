// What the thread that waits and the thread with the engine in it say to one another.

/** What an exercise is to the grader: `keepalive.grading.ExerciseCode`, its paths in the engine's file system. */
export interface ExerciseCode {
  id: string;
  version: string;
  entry: string | string[];
  tasks: string[];
  /** Those of its tasks that a pass does not need. */
  extensions: string[];
  drive: string;
  grader: string;
}

/** Why a scenario has no outcome: the worker had to be ended, or Python itself broke down in it. */
export type Ended = "time_limit" | "ended_early";

export interface Order {
  exercise: ExerciseCode;
  /** Path of the learner's file. */
  learner: string;
  seed?: number;
  frontend?: string;
  /** What cost an earlier worker its life: ids of scenarios, or "" for importing the file. */
  ended?: Record<string, Ended>;
}

/** A verdict, by `verdict.schema.json` of keepalive.grading. */
export interface Verdict {
  status: string;
  /** Whether the exercise is passed; extensions do not count. */
  passed: boolean;
  points: number;
  max: number;
  /** Points of extensions, which stand beside. */
  bonus: number;
  bonus_max: number;
  extension?: "passed" | "failed" | "not_attempted";
  scenarios: Scenario[];
  [more: string]: unknown;
}

export interface Scenario {
  id: string;
  title: string;
  status: string;
  timeline: unknown[];
}

export interface Picture {
  svg: string;
  text: string;
}

export interface RunOrder {
  /** Path of the learner's file. */
  learner: string;
  seed?: number;
}

export interface Diagnosis {
  kind: string;
  file: string | null;
  line: number | null;
  text: string;
  trace?: string;
}

/** What came of a learner's `main()`: as keepalive.grading.script_run.run says it, or what is known from outside. */
export interface Outcome {
  status: "finished" | "raised" | "stopped" | "stopped_by_you" | "no_main" | "error" | "fault";
  /** What ended it first, then what else was noticed. */
  diagnoses: Diagnosis[];
  output: string;
  /** On the virtual clock. This and the next two are missing where the worker had to be ended. */
  seconds?: number;
  server?: { requests: number; connections: number; open: number; text: string };
  scenario?: Scenario;
  [more: string]: unknown;
}

/** Why a source does not compile; lines and columns from 1, the end behind the last character. */
export interface Problem {
  line: number;
  column: number;
  end_line?: number;
  end_column?: number;
  text: string;
}

/** What keepalive.website.runtime.telling can be asked: to `tell` of a verdict or of a `script_run`, or `compare` two texts. */
export interface Telling {
  what: "tell" | "script_run" | "compare";
  order: unknown;
}

/** Milliseconds since the boot began, at the end of each step. */
export type Marks = Record<"python" | "unpacked" | "imported", number>;

/** To the engine. It answers in the order in which it was asked. */
export type Asked =
  | { kind: "write"; files: Record<string, string | Uint8Array> }
  | { kind: "check"; order: Order }
  | { kind: "run"; order: RunOrder }
  | { kind: "compile"; source: string }
  | { kind: "draw"; scenario: Scenario; title?: string; width?: number }
  | ({ kind: "tell" } & Telling);

/** From the engine. `write` has no answer. */
export type Said =
  /** So many bytes more have arrived of what the boot needs. */
  | { kind: "fetched"; bytes: number }
  | { kind: "step"; step: keyof Marks }
  | { kind: "ready"; marks: Marks }
  | { kind: "began"; scenario: string }
  | { kind: "checked"; verdict: Verdict; took: number }
  /** What the learner's code printed, while it runs. */
  | { kind: "printed"; text: string }
  | { kind: "ran"; outcome: Outcome }
  | { kind: "compiled"; problem: Problem | null }
  | { kind: "drawn"; picture: Picture }
  | { kind: "told"; answer: unknown }
  /** The learner's code brought Python down. The thread is of no use any more. */
  | { kind: "broke" }
  /** Something of ours went wrong, and is told in `text`. */
  | { kind: "failed"; text: string };
