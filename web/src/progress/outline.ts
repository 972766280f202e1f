// What of the course decides how far somebody is: src/keepalive/course/outline.py writes it.
import type { Key } from "../questions/key.ts";

/** A question: which, as it reads now, the objective it belongs to, the number of the chapter that teaches it. */
export interface Asked {
  id: string;
  version: string;
  cell: number;
  chapter: string;
  review: boolean;
  key: Key;
}

/** One objective of the course. `exercises`: ids of those in a chapter that teaches a question of it. */
export interface Objective {
  number: number;
  title: string;
  exercises: string[];
}

/** A chapter. `minutes`: to read and run it, and for its exercise. `exercise` is an id, "" for none. */
export interface Stage {
  id: string;
  number: string;
  title: string;
  core: boolean;
  minutes: [number, number];
  exercise: string;
  questions: string[];
}

export interface Outline {
  stages: Stage[];
  objectives: Objective[];
  questions: Asked[];
}
