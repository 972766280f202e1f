// The certificate as a picture. Lengths are millimetres on the paper; the browser brings the letters of every script.
import type { Certificate } from "./contents.ts";
import { PASS } from "../exam/score.ts";
import { type Fitted, type Measure, fit, rightToLeft } from "./fit.ts";
import { type Paper, dots } from "./paper.ts";

/** One objective: how many of its questions were answered right. */
export interface Cell {
  title: string;
  right: number;
  of: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif';
const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, "Noto Serif", "Liberation Serif", "DejaVu Serif", serif';
// The colours of the pages, on white paper.
const INK = "#17212b";
const SOFT = "#4a5764";
const LINE = "#d5dbe0";
const GREEN = "#0b6e4f";

const MONTHS = "January February March April May June July August September October November December".split(" ");

export const STATEMENT = [
  "Self-attested: the name was typed by whoever took the exam, and nobody watched. The questions and their keys are open to every reader.",
  "The answers are embedded in the file. Whoever has it can score them again: keepalive verify FILE, or the course’s page “Verify”.",
];

/** Where the name may have ink, and nothing else has. */
export function nameBox({ width, height }: Paper): Box {
  const wide = width - 2 * 32;
  return { left: (width - wide) / 2, top: height * 0.255, width: wide, height: 31 };
}

export function spelled(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  return `${date} ${MONTHS[month! - 1]} ${year}`;
}

/** Everything that the picture says, for those who do not see it. */
export function inWords({ name, day, course, form, right }: Certificate, cells: readonly Cell[]): string {
  const each = cells.map((cell) => `${cell.title}: ${verdict(cell)}`);
  const of = form.items.length;
  return [
    `Certificate of the course Keepalive, self-attested. ${name || "(no name yet)"} passed the final exam.`,
    `Score: ${right} of ${of} right, ${PASS} pass. Date: ${spelled(day)}. Seed: ${form.seed}. Course version: ${course}.`,
    `By objective: ${each.join("; ")}.`,
    ...STATEMENT,
  ].join(" ");
}

function verdict({ right, of }: Cell): string {
  if (of === 1) return right ? "right" : "missed";
  return `${right} of ${of}`;
}

/** Draw it, and give the canvas the size that it needs. */
export function draw(canvas: HTMLCanvasElement, paper: Paper, certificate: Certificate, cells: readonly Cell[]): void {
  canvas.width = dots(paper.width);
  canvas.height = dots(paper.height);
  const context = canvas.getContext("2d")!;
  context.scale(canvas.width / paper.width, canvas.height / paper.height);
  const pen = new Pen(context);
  const { width, height } = paper;
  const middle = width / 2;

  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  frame(context, paper);

  const head = height * 0.098;
  const wide = pen.widthOf("Keepalive", 10, 700);
  mark(context, middle - wide / 2 - 7, head, 11); // of its 11 the last 2 and the first 2.5 are empty
  pen.line("Keepalive", { x: middle + 4.5, y: head + 9.2, width: wide, size: 10, weight: 700 });
  const title = "SELF-ATTESTED CERTIFICATE OF A PASSED FINAL EXAM";
  pen.line(title, { x: middle, y: height * 0.215, width: width - 80, size: 4, colour: GREEN, weight: 600, spacing: 0.8 });

  const box = nameBox(paper);
  if (certificate.name) pen.inBox(certificate.name, box, 15.5);

  const below = box.top + box.height + 3;
  connection(context, middle, below, 64);
  pen.line("passed the final exam of Keepalive, a course on async API clients in Python", {
    x: middle,
    y: below + 9.5,
    width: width - 70,
    size: 4.9,
    font: SERIF,
  });

  const facts = [
    ["Score", `${certificate.right} of ${certificate.form.items.length}`, `${PASS} pass`],
    ["Date", spelled(certificate.day), ""],
    ["Seed of the form", certificate.form.seed, ""],
    ["Course version", certificate.course, ""],
  ] as const;
  const side = 26;
  const row = below + 20;
  const part = (width - 2 * side) / facts.length;
  for (const [place, [label, value, also]] of facts.entries()) {
    const x = side + part * (place + 0.5);
    pen.line(label, { x, y: row, width: part - 6, size: 3.1, colour: SOFT });
    pen.line(also ? `${value} (${also})` : value, { x, y: row + 6.2, width: part - 6, size: 5, weight: 600 });
    if (place) stroke(context, [[side + part * place, row - 3], [side + part * place, row + 7]], LINE, 0.25);
  }

  const top = row + 15;
  const bottom = height - 30;
  const rows = Math.ceil(cells.length / 2);
  const gap = 10;
  const column = (width - 2 * side - gap) / 2;
  const step = Math.min((bottom - top) / Math.max(rows, 1), 9);
  for (const [place, cell] of cells.entries()) {
    const left = side + (place < rows ? 0 : column + gap);
    const y = top + step * ((place % rows) + 0.5);
    objective(context, pen, cell, { left, y, width: column, step });
  }

  STATEMENT.forEach((sentence, place) => {
    pen.line(sentence, { x: middle, y: height - 22.5 + place * 4.8, width: width - 2 * 20, size: 3.2, colour: SOFT });
  });
}

interface Look {
  x: number;
  y: number;
  /** It gets smaller where it would be wider. */
  width: number;
  size: number;
  font?: string;
  weight?: number;
  colour?: string;
  align?: "left" | "center" | "right";
  spacing?: number;
}

class Pen {
  readonly #context: CanvasRenderingContext2D;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
    context.textBaseline = "alphabetic";
  }

  line(text: string, { x, y, width, size, font = SANS, weight = 400, colour = INK, align = "center", spacing = 0 }: Look): void {
    const context = this.#context;
    context.direction = "ltr";
    context.textAlign = align;
    context.letterSpacing = `${spacing}px`;
    context.fillStyle = colour;
    context.font = `${weight} ${size}px ${font}`;
    const wide = context.measureText(text).width;
    if (wide > width) context.font = `${weight} ${(size * width) / wide}px ${font}`;
    context.fillText(text, x, y);
    context.letterSpacing = "0px";
  }

  widthOf(text: string, size: number, weight: number): number {
    this.#context.font = `${weight} ${size}px ${SANS}`;
    return this.#context.measureText(text).width;
  }

  /** In the middle of a box, as large as there is room. */
  inBox(text: string, box: Box, largest: number): Fitted {
    const context = this.#context;
    context.direction = rightToLeft(text) ? "rtl" : "ltr";
    context.textAlign = "center";
    context.fillStyle = INK;
    // Measured large, where no rounding of the letters' widths shows, and taken for every size: ink grows evenly.
    const large = 200;
    const known = new Map<string, TextMetrics>();
    const measure: Measure = (line, size) => {
      context.font = `400 ${large}px ${SERIF}`;
      const found = known.get(line) ?? context.measureText(line);
      known.set(line, found);
      const by = size / large;
      return {
        left: found.actualBoundingBoxLeft * by,
        right: found.actualBoundingBoxRight * by,
        up: found.actualBoundingBoxAscent * by,
        down: found.actualBoundingBoxDescent * by,
      };
    };
    const edge = 0.5; // what smooths the edges of letters stays inside as well
    const inner = { width: box.width - 2 * edge, height: box.height - 2 * edge };
    const fitted = fit(text, inner, largest, measure);
    context.font = `400 ${fitted.size}px ${SERIF}`;
    for (const [place, { text: line, ink }] of fitted.lines.entries()) {
      const x = box.left + box.width / 2 + (ink.left - ink.right) / 2;
      context.fillText(line, x, box.top + edge + fitted.first + place * fitted.step);
    }
    context.direction = "ltr";
    return fitted;
  }
}

function objective(
  context: CanvasRenderingContext2D,
  pen: Pen,
  cell: Cell,
  { left, y, width, step }: { left: number; y: number; width: number; step: number },
): void {
  const all = cell.right === cell.of;
  const radius = 1.55;
  context.beginPath();
  context.arc(left + radius, y, radius, 0, 2 * Math.PI);
  if (all) {
    context.fillStyle = GREEN;
    context.fill();
    stroke(context, [[left + 0.8, y + 0.05], [left + 1.35, y + 0.6], [left + 2.3, y - 0.55]], "#ffffff", 0.42);
  } else {
    context.strokeStyle = SOFT;
    context.lineWidth = 0.35;
    context.stroke();
  }
  pen.line(cell.title, { x: left + 5.4, y: y + 1.35, width: width - 21, size: 3.9, align: "left" });
  pen.line(verdict(cell), { x: left + width, y: y + 1.35, width: 14, size: 3.7, colour: all ? GREEN : SOFT, weight: 600, align: "right" });
  stroke(context, [[left, y + step / 2], [left + width, y + step / 2]], LINE, 0.18);
}

/** The course's sign, as in docs/assets/icon.svg: 32 units in `size`. */
function mark(context: CanvasRenderingContext2D, left: number, top: number, size: number): void {
  context.save();
  context.translate(left, top);
  context.scale(size / 32, size / 32);
  context.lineJoin = context.lineCap = "round";
  stroke(context, [[7.5, 4], [7.5, 28]], INK, 3.6);
  stroke(context, [[25, 4.5], [14, 16], [25, 27.5]], INK, 3.6);
  context.lineCap = "butt";
  stroke(context, [[7.5, 16], [14, 16]], GREEN, 3.6);
  dot(context, 14, 16, 4.5);
  context.restore();
}

/** A line with a held connection in its middle. */
function connection(context: CanvasRenderingContext2D, x: number, y: number, half: number): void {
  stroke(context, [[x - half, y], [x + half, y]], GREEN, 0.45);
  context.fillStyle = "#ffffff";
  context.fillRect(x - 3.4, y - 1, 6.8, 2);
  dot(context, x, y, 1.25);
}

function frame(context: CanvasRenderingContext2D, { width, height }: Paper): void {
  const outer = 10;
  const inner = 12.2;
  context.strokeStyle = GREEN;
  context.lineWidth = 0.7;
  context.strokeRect(outer, outer, width - 2 * outer, height - 2 * outer);
  context.strokeStyle = LINE;
  context.lineWidth = 0.3;
  context.strokeRect(inner, inner, width - 2 * inner, height - 2 * inner);
  for (const x of [outer, width - outer]) for (const y of [outer, height - outer]) {
    context.fillStyle = "#ffffff";
    context.fillRect(x - 3.2, y - 3.2, 6.4, 6.4);
    dot(context, x, y, 1.35);
  }
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = GREEN;
  context.fill();
}

function stroke(context: CanvasRenderingContext2D, points: [number, number][], colour: string, width: number): void {
  context.beginPath();
  for (const [place, [x, y]] of points.entries()) place ? context.lineTo(x, y) : context.moveTo(x, y);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
