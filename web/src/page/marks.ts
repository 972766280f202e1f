// From what was found to marks in the editor.
import type { Verdict } from "../messages.ts";
import type { Mark } from "./editor.ts";

/** What a verdict or an outcome says of a place in the code. */
interface Found {
  file?: string | null;
  line?: number | null;
  text: string;
}

/** Everything that a verdict says of a line of the learner's. */
export function marksOf(verdict: Verdict, file: string): Mark[] {
  const checks = verdict.checks as { status: string; diagnosis?: Found; observed: string }[];
  const found = [...(verdict.diagnoses as Found[]), ...checks.flatMap(({ diagnosis }) => diagnosis ?? [])];
  const marks = new Map(found.flatMap((each) => markOf(each, file)).map((mark) => [`${mark.line} ${mark.text}`, mark]));
  return [...marks.values()].sort((one, other) => one.line - other.line);
}

export function markOf({ file, line, text }: Found, own: string): Mark[] {
  return file === own && line ? [{ line, text: text.replace(/[`*]/g, ""), severity: "error" }] : [];
}
