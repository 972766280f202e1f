// How large a text can be, and on how many lines, so that all of its ink is inside a box. What measures it is handed in.

/** How far the ink of a line reaches from the middle of its baseline. */
export interface Ink {
  left: number;
  right: number;
  up: number;
  down: number;
}

/** Of a line whose middle stands at a point. */
export type Measure = (line: string, size: number) => Ink;

export interface Fitted {
  size: number;
  lines: { text: string; ink: Ink }[];
  /** From one baseline to the next. */
  step: number;
  /** From the box's top to the first baseline. */
  first: number;
}

const MOST_LINES = 4;
const STEP = 0.97;

/** `largest`: the size where there is room. Ends with what fits; a box of no size at all gets the smallest letters. */
export function fit(text: string, box: { width: number; height: number }, largest: number, measure: Measure): Fitted {
  for (let size = largest; ; size *= STEP) {
    const lines = wrapped(text, box.width, size, measure).map((line) => ({ text: line, ink: measure(line, size) }));
    const up = Math.max(...lines.map(({ ink }) => ink.up));
    const down = Math.max(...lines.map(({ ink }) => ink.down));
    const step = Math.max(size * 1.2, (up + down) * 1.05);
    const height = (lines.length - 1) * step + up + down;
    const narrow = lines.every(({ ink }) => ink.left + ink.right <= box.width);
    if ((narrow && lines.length <= MOST_LINES && height <= box.height) || size < 1) {
      return { size, lines, step, first: (box.height - height) / 2 + up };
    }
  }
}

/** The words or letters of a text; a browser that does not know them breaks anywhere. */
function parts(text: string, granularity: "word" | "grapheme"): string[] {
  if (typeof Intl.Segmenter !== "function") return [...text];
  return [...new Intl.Segmenter(undefined, { granularity }).segment(text)].map(({ segment }) => segment);
}

/** Lines that are no wider, as far as single letters are not. Between words first; within one that is too wide. */
function wrapped(text: string, width: number, size: number, measure: Measure): string[] {
  const wide = (line: string) => {
    const { left, right } = measure(line, size);
    return left + right;
  };
  if (wide(text) <= width) return [text];
  const pieces = text.includes(" ") ? text.split(/(?<= )/) : parts(text, "word");
  const whole = pieces.flatMap((piece) => (wide(piece.trim()) <= width ? [piece] : parts(piece, "grapheme")));
  const lines: string[] = [];
  let line = "";
  for (const part of whole) {
    if (line.trim() && wide((line + part).trim()) > width) {
      lines.push(line.trim());
      line = "";
    }
    line += part;
  }
  return line.trim() ? [...lines, line.trim()] : lines;
}

/** Whether a text begins in a script that is written from right to left. */
export function rightToLeft(text: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0];
  return first !== undefined && /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(first);
}
