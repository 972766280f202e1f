import assert from "node:assert/strict";
import { test } from "node:test";
import { type Certificate, nameOf, parsed, written } from "../src/certificate/contents.ts";
import { type Ink, fit, rightToLeft } from "../src/certificate/fit.ts";
import { dots, usualPaper } from "../src/certificate/paper.ts";
import { pdf, embeddedIn } from "../src/certificate/pdf.ts";
import { bytes, crc32, textOf, withText } from "../src/certificate/png.ts";

const CERTIFICATE: Certificate = {
  name: "Zoë 山田",
  course: "0.1.0",
  day: "2026-03-01",
  form: { seed: "here", bank: "b", excluded: [], items: [{ id: "one", version: "v", options: ["a", "b"] }] },
  answers: { one: "a" },
  right: 1,
};

/** Letters as wide as half their size, whose ink goes a little below the line. */
const measure = (line: string, size: number): Ink => {
  const half = ([...line].length * size * 0.5) / 2;
  return { left: half, right: half, up: size * 0.7, down: size * 0.2 };
};
const BOX = { width: 200, height: 30 };

function inside(text: string): ReturnType<typeof fit> {
  const fitted = fit(text, BOX, 16, measure);
  const { lines, step, first } = fitted;
  for (const [place, { ink }] of lines.entries()) {
    assert.ok(ink.left + ink.right <= BOX.width, "no wider");
    assert.ok(first + place * step - ink.up >= -1e-9, "not above");
    assert.ok(first + place * step + ink.down <= BOX.height + 1e-9, "not below");
  }
  return fitted;
}

test("a short name is as large as it may be, on one line", () => {
  const { size, lines } = inside("Ada");
  assert.deepEqual([size, lines.length], [16, 1]);
});

test("every length fits, with and without blanks, and no letter is lost", () => {
  for (const word of ["a", "山", "word ", "Schillingsfürst-", "é"]) {
    for (let times = 1; times < 160 / word.length; times += 3) {
      const text = word.repeat(times).trim();
      const { lines } = inside(text);
      assert.equal(lines.map(({ text }) => text).join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
    }
  }
});

test("a long name breaks between words, and within one only where it must", () => {
  const { lines } = inside("Maximiliana Alexandra Wilhelmina von Hohenlohe-Waldenburg und zu Schillingsfürst");
  assert.ok(lines.length > 1);
  const words = lines.flatMap(({ text }) => text.split(" "));
  assert.ok(words.includes("Hohenlohe-Waldenburg") && words.includes("Schillingsfürst"));
});

test("letters that reach far up and down get a line that is as high", () => {
  const tall = (line: string, size: number) => ({ ...measure(line, size), up: size * 6, down: size * 6 });
  const { size } = fit("Z̷a̷l̷g̷o̷", BOX, 16, tall);
  assert.ok(size * 12 <= BOX.height);
});

test("a name says in which direction it is written", () => {
  assert.deepEqual(["محمد", "נועה", "Ada", "1 محمد", "", "山田"].map(rightToLeft), [true, true, false, true, false, false]);
});

test("what cannot be seen is not in a name", () => {
  assert.equal(nameOf("  Ada\u0000\n  Lovelace\t "), "Ada Lovelace");
  assert.equal(nameOf("\u202eada\u2066"), "ada");
  assert.equal(nameOf("e\u0301"), "\u00e9");
  assert.equal(nameOf("\u200f \u00a0"), "");
  assert.equal(nameOf("a\ud800"), "a\ufffd");
});

test("where Letter is the usual paper", () => {
  assert.deepEqual(["en-US", "en", "fr-CA", "es-MX", "en-PH"].map(usualPaper), Array(5).fill("letter"));
  assert.deepEqual(["de", "en-GB", "fr", "ja-JP", "pt-BR", "no such language", ""].map(usualPaper), Array(7).fill("a4"));
  assert.deepEqual([dots(297), dots(210), dots(279.4), dots(215.9)], [3508, 2480, 3300, 2550]);
});

const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (char) => char.charCodeAt(0),
);

test("a PNG keeps its picture and gets the text and its size", () => {
  const made = withText(withText(PNG, "older", 72), written(CERTIFICATE), 300);
  assert.deepEqual(parsed(textOf(made)!), CERTIFICATE);
  const said = new TextDecoder("latin1").decode(made);
  assert.equal(said.split("pHYs").length, 2, "one size");
  assert.ok(said.includes("pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01"), "11811 dots to a metre");
  assert.ok(said.indexOf("IHDR") < said.indexOf("iTXt") && said.indexOf("iTXt") < said.indexOf("IDAT"));
  assert.equal(textOf(PNG), undefined);
  assert.equal(crc32(bytes("IEND")), 0xae426082);
});

test("a PDF has the certificate in it, byte for byte", async () => {
  const picture = { points: new Uint8ClampedArray(2 * 3 * 4).fill(200), width: 2, height: 3 };
  const words = { title: "a <b> & ü", text: "all", maker: "Keepalive", day: CERTIFICATE.day };
  const made = await pdf(picture, { width: 297, height: 210 }, words, written(CERTIFICATE));
  assert.deepEqual(parsed(embeddedIn(made)!), CERTIFICATE);
});
