// Where somebody was last: a chapter and a section of it, in this browser. Not progress: neither exported nor merged.
import { isTable } from "../store/shape.ts";
import type { Store } from "../store/store.ts";

const PLACE = "place";
const SEEN = "seen:";

export interface Left {
  chapter: string;
  /** The page, below the site. */
  page: string;
  /** The id of the section's heading, and what it says; "" at a chapter's top. */
  section: string;
  title: string;
}

export function leave(store: Store, left: Left): void {
  const text = JSON.stringify(left);
  if (store.text(PLACE) !== text) store.keepText(PLACE, text);
}

/** undefined where nobody was anywhere, or where it cannot be read. */
export function leftOff(store: Store): Left | undefined {
  const left = parsed(store.text(PLACE));
  if (!isTable(left)) return undefined;
  const { chapter, page, section, title } = left;
  return [chapter, page, section, title].every((each) => typeof each === "string") ? (left as unknown as Left) : undefined;
}

/** The ids of a chapter's sections that were on the screen long enough to begin to read them. */
export function sectionsSeen(store: Store, chapter: string): Set<string> {
  const seen = parsed(store.text(SEEN + chapter));
  return new Set(Array.isArray(seen) ? seen.filter((each) => typeof each === "string") : []);
}

export function sawSections(store: Store, chapter: string, seen: ReadonlySet<string>): void {
  store.keepText(SEEN + chapter, seen.size ? JSON.stringify([...seen]) : null);
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
