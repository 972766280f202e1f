// Places in a learner's code: from what was found to marks in the editor, the tasks that are still open, and what a result
// says of a line.
import type { Verdict } from "../messages.ts";
import type { Mark } from "./editor.ts";
import { button } from "./elements.ts";

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

const GAP = /^\s*raise NotImplementedError\(["']task [\w-]+["']\)/;

/** The lines, from 1, where a task is still to be written. */
export function gapsOf(text: string): number[] {
  return text.split("\n").flatMap((line, place) => (GAP.test(line) ? [place + 1] : []));
}

const LINE = /\bline ([1-9][0-9]{0,4})\b/g;

/** Make each line that the result names a button that leads there. Code, output and pictures stay text. */
export function linkLines(result: HTMLElement, goTo: (line: number) => void): void {
  const walker = document.createTreeWalker(result, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (!text.data.includes("line ") || text.parentElement!.closest("pre, code, svg, button, style, summary")) continue;
    const parts: (Node | string)[] = [];
    let from = 0;
    for (const found of text.data.matchAll(LINE)) {
      parts.push(text.data.slice(from, found.index), button(found[0], () => goTo(Number(found[1])), "ka-x-link"));
      from = found.index + found[0].length;
    }
    if (from) text.replaceWith(...parts, text.data.slice(from));
  }
}
