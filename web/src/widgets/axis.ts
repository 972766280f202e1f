// The axis of time below a picture, and the marks that say what is what.
import { label, line, rect, widthOf } from "./svg.ts";

const LINE = 17;

/** Ticks at round times from 0 to `until` milliseconds, `scale` pixels each, with their words below; 22 pixels high. */
export function timeAxis(y: number, until: number, scale: number, width: number): string {
  const step = roundStep(until, Math.max(2, Math.floor(width / 80)));
  const parts = [line(0, y, width, y, "ka-w-axis")];
  for (let at = 0; at <= until; at += step) {
    const text = `${at / 1000} s`;
    const isFirst = at === 0;
    const isLast = at * scale + widthOf(text) / 2 > width;
    const anchor = isFirst ? "start" : isLast ? "end" : "middle";
    parts.push(line(at * scale, y, at * scale, y + 4, "ka-w-axis"));
    parts.push(label(isLast && !isFirst ? width : at * scale, y + 17, text, "ka-w-quiet", anchor));
  }
  return parts.join("");
}

/** The least of 1, 2, 5, 10 and so on with which `until` has no more than `most` steps. */
export function roundStep(until: number, most: number): number {
  let step = 1;
  for (let turn = 0; until / step > most; turn++) step *= turn % 3 === 1 ? 2.5 : 2;
  return step;
}

/** Words over a picture, in as many lines as they need; and where the next thing may stand. */
export function heading(y: number, width: number, text: string): { drawn: string; y: number } {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (widthOf(longer) > width && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  const drawn = lines.map((each, at) => label(0, y + 12 + at * LINE, each)).join("");
  return { drawn, y: y + lines.length * LINE + 3 };
}

/** Marks with their names, as many in a line as fit; and where the next thing may stand. */
export function marks(y: number, width: number, named: [look: string, name: string][]): { drawn: string; y: number } {
  const parts: string[] = [];
  let x = 0;
  for (const [look, name] of named) {
    const size = 15 + widthOf(name);
    if (x > 0 && x + size > width) [x, y] = [0, y + LINE];
    parts.push(rect(x, y + 1, 10, 10, look), label(x + 15, y + 10, name));
    x += size + 14;
  }
  return { drawn: parts.join(""), y: y + LINE + 3 };
}
