// A certificate inside a PNG, as the text of a chunk (PNG, third edition, 11.3.3.4), and the picture's size on paper.
import { KEYWORD, NotACertificate } from "./contents.ts";

export const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Chunk {
  kind: string;
  body: Uint8Array;
  /** Where it begins, and where the next one does. */
  at: number;
  end: number;
  /** As it stands in the file. */
  sum: number;
}

/** The picture with the text in it, and with how many dots it has in an inch of paper. */
export function withText(png: Uint8Array, text: string, dotsPerInch: number): Uint8Array<ArrayBuffer> {
  const chunks = [...chunksOf(png)].filter(({ kind }) => kind !== "pHYs");
  const perMetre = Math.round(dotsPerInch / 0.0254);
  const size = new Uint8Array(9);
  new DataView(size.buffer).setUint32(0, perMetre);
  new DataView(size.buffer).setUint32(4, perMetre);
  size[8] = 1; // dots to a metre
  // Keyword; not compressed; no language, no translated keyword; each of these ends in a zero.
  const told = joined([bytes(`${KEYWORD}\0\0\0\0\0`), new TextEncoder().encode(text)]);
  const [head, ...others] = chunks.map(({ at, end }) => png.subarray(at, end));
  return joined([new Uint8Array(SIGNATURE), head!, chunk("pHYs", size), chunk("iTXt", told), ...others]);
}

/** The text that is ours; undefined is none. Throws NotACertificate. */
export function textOf(png: Uint8Array): Uint8Array | undefined {
  const before = bytes(`${KEYWORD}\0`);
  for (const { kind, body, sum } of chunksOf(png)) {
    if (kind !== "iTXt" || !before.every((byte, place) => body[place] === byte)) continue;
    if (sum !== crc32(joined([bytes(kind), body]))) throw new NotACertificate("The certificate in this picture was damaged.");
    const rest = body.subarray(before.length);
    if (rest[0] !== 0) throw new NotACertificate("The certificate in this picture was packed by another program.");
    const language = rest.indexOf(0, 2);
    const keyword = language < 0 ? -1 : rest.indexOf(0, language + 1);
    return rest.subarray(keyword >= 0 ? keyword + 1 : language >= 0 ? language + 1 : 2);
  }
  return undefined;
}

function* chunksOf(png: Uint8Array): Generator<Chunk> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = SIGNATURE.length; at + 12 <= png.length; ) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    const kind = String.fromCharCode(...png.subarray(at + 4, at + 8));
    yield { kind, body: png.subarray(at + 8, at + 8 + length), at, end, sum: end <= png.length ? view.getUint32(end - 4) : -1 };
    at = end;
  }
}

function chunk(kind: string, body: Uint8Array): Uint8Array {
  const named = joined([bytes(kind), body]);
  const whole = new Uint8Array(named.length + 8);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length);
  whole.set(named, 4);
  view.setUint32(named.length + 4, crc32(named));
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** The sum that ends each chunk of a PNG. */
export function crc32(content: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of content) sum = TABLE[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Of a text whose characters are one byte each. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
