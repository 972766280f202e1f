// The file of progress, as the page and `keepalive progress` export and import it: src/keepalive/course/progress.py says
// what is in it, progress.schema.json its shape. Merging is here as well; tests hold both languages to the same results.

export const SCHEMA = 1;

/** One thing that was done. What of a file is not of this shape is kept and passed over. */
export interface Event {
  id: string;
  /** UTC, ISO 8601 to the millisecond. */
  at: string;
  type: string;
  /** The exercise's id; "*" for a reset of all. */
  ref: string;
  data: Record<string, unknown>;
}

/** Whether a check passed. Before extensions had points of their own, `done` said so of a pass without one. */
export function isPass({ data }: Event): boolean {
  return data.status === "passed" || data.passed === true || data.done === true;
}

/** An event as it is in the file, of whatever later version. */
export type Raw = { id: string } & Record<string, unknown>;

/** The learner's code of an exercise as it once was. */
export interface Version {
  at: string;
  code: string;
  /** A person removed it: it stays as an empty one, so that no merge brings it back. */
  deleted?: true;
}

/** Versions by the exercise's id and then by their own. */
export type Drafts = Map<string, Map<string, Version>>;

export interface Content {
  events: Map<string, Raw>;
  drafts: Drafts;
  /** Keys that this version does not know. */
  other: Record<string, unknown>;
}

/** A text that was to be read is no progress; the message is a sentence. */
export class NotProgress extends Error {
  override name = "NotProgress";
  /** Written by a later version of the course. */
  readonly newer: boolean;

  constructor(message: string, newer = false) {
    super(message);
    this.newer = newer;
  }
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isEvent(raw: Raw): raw is Raw & Event {
  const { id, at, type, ref, data } = raw;
  return isId(id) && isTime(at) && isText(type) && isText(ref) && isTable(data);
}

export function isVersion(value: unknown): value is Version {
  if (!isTable(value) || !isTime(value.at) || typeof value.code !== "string") return false;
  return !("deleted" in value) || value.deleted === true;
}

/** What the text of a file holds. Throws NotProgress. */
export function parsed(text: string): Content {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new NotProgress("This is not a file of progress: it is not JSON.");
  }
  if (!isTable(data)) throw new NotProgress("This is not a file of progress.");
  const { schema, events, drafts, ...other } = data;
  if (Number.isInteger(schema) && (schema as number) > SCHEMA) {
    throw new NotProgress("This file of progress was written by a newer version of the course.", true);
  }
  if (schema !== SCHEMA || !Array.isArray(events) || !events.every(isRaw)) {
    throw new NotProgress("This is not a file of progress.");
  }
  return { events: new Map(events.map((raw) => [raw.id, raw])), drafts: draftsIn(drafts), other };
}

/** The text of a file with this in it. */
export function written({ events, drafts, other }: Content): string {
  const data: Record<string, unknown> = { ...other, schema: SCHEMA, events: [...events.values()] };
  const some = [...drafts].filter(([, versions]) => versions.size);
  if (some.length) data.drafts = Object.fromEntries(some.map(([id, versions]) => [id, Object.fromEntries(versions)]));
  return JSON.stringify(data, null, 1) + "\n";
}

/** Whether `one` takes the place of `other`, where both are the same version: it is newer, or wins a tie. */
export function wins(one: Version, other: Version): boolean {
  if (one.at !== other.at) return one.at > other.at;
  if ("deleted" in one !== "deleted" in other) return "deleted" in one;
  return one.code > other.code;
}

/** The union of several drafts; of one version the newest. */
export function mergedDrafts(...files: Drafts[]): Drafts {
  const union: Drafts = new Map();
  for (const drafts of files) {
    for (const [exercise, versions] of drafts) {
      for (const [id, version] of versions) {
        let there = union.get(exercise);
        if (!there) union.set(exercise, (there = new Map()));
        const held = there.get(id);
        if (!held || wins(version, held)) there.set(id, version);
      }
    }
  }
  return union;
}

function draftsIn(value: unknown): Drafts {
  const drafts: Drafts = new Map();
  if (value === undefined) return drafts;
  const bad = new NotProgress("This is not a file of progress: its drafts are of another shape.");
  if (!isTable(value)) throw bad;
  for (const [exercise, versions] of Object.entries(value)) {
    if (!exercise || !isTable(versions)) throw bad;
    const found = new Map<string, Version>();
    for (const [id, version] of Object.entries(versions)) {
      if (!isId(id) || !isVersion(version)) throw bad;
      found.set(id, version);
    }
    drafts.set(exercise, found);
  }
  return drafts;
}

function isRaw(value: unknown): value is Raw {
  return isTable(value) && typeof value.id === "string";
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && AT.test(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
