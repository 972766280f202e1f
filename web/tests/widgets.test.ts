// What of a widget needs no page: values in an address, numbers as they are typed and shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { read, written } from "../src/widgets/state.ts";
import { count, fixed, milliseconds } from "../src/widgets/text.ts";
import { defaults, fitted, told, type Control } from "../src/widgets/widget.ts";

const CONTROLS: Control[] = [
  { id: "rtt", label: "Round-trip time", kind: "number", default: 80, least: 0, most: 300, step: 1, unit: "ms" },
  { id: "wait", label: "Wait", kind: "number", default: 0.5, least: 0.1, most: 10, step: 0.1 },
  { id: "how", label: "How", kind: "choice", default: "a", options: [["a", "This"], ["b", "That"]] },
  { id: "kept", label: "Kept", kind: "flag", default: true },
];

test("without anything in the address, all is as at the start", () => {
  assert.deepEqual(read("", "one", CONTROLS), { values: defaults(CONTROLS), step: 0, ignored: [] });
  assert.equal(written("", "one", CONTROLS, defaults(CONTROLS), 0), "");
});

test("what is written is read again, and only what differs is written", () => {
  const values = { rtt: 20, wait: 0.3, how: "b", kept: false };
  const query = written("", "one", CONTROLS, values, 3);
  assert.equal(query, "?one.rtt=20&one.wait=0.3&one.how=b&one.kept=0&one.step=4");
  assert.deepEqual(read(query, "one", CONTROLS), { values, step: 3, ignored: [] });
  assert.equal(written(query, "one", CONTROLS, defaults(CONTROLS), 0), "");
});

test("what belongs to others stays", () => {
  const query = written("?h=pool&two.rtt=5&one.rtt=9", "one", CONTROLS, { ...defaults(CONTROLS), rtt: 7 }, 0);
  assert.equal(query, "?h=pool&two.rtt=5&one.rtt=7");
  assert.equal(read(query, "one", CONTROLS).values["rtt"], 7);
  assert.equal(read(query, "one-more", CONTROLS).values["rtt"], 80);
});

for (const wrong of ["rtt=-1", "rtt=301", "rtt=1.5", "rtt=", "rtt=x", "wait=0.25", "how=c", "kept=yes", "speed=3", "step=0", "step=1e9"]) {
  test(`ignored, and said: ${wrong}`, () => {
    const found = read(`?one.${wrong}`, "one", CONTROLS);
    assert.deepEqual(found.values, defaults(CONTROLS));
    assert.equal(found.step, 0);
    assert.deepEqual(found.ignored, [wrong]);
  });
}

test("what is ignored is said in a few letters", () => {
  const [said] = read(`?one.rtt=${"9".repeat(500)}`, "one", CONTROLS).ignored;
  assert.equal(said, `rtt=${"9".repeat(24)}…`);
});

test("a typed number is brought within bounds and onto a step", () => {
  const [rtt, wait] = CONTROLS as [Control, Control, ...Control[]];
  assert.deepEqual(["12", " 12.4 ", "-5", "1e3", "", "abc", "Infinity"].map((text) => fitted(rtt, text)), [
    12, 12, 0, 300, undefined, undefined, undefined,
  ]);
  assert.deepEqual(["0.3", "0.26", "0", "99"].map((text) => fitted(wait, text)), [0.3, 0.3, 0.1, 10]);
});

test("settings are said with their units", () => {
  assert.deepEqual(
    CONTROLS.map((control) => told(control, control.default)),
    ["Round-trip time: 80 ms", "Wait: 0.5", "How: This", "Kept: yes"],
  );
});

test("numbers as a reader sees them", () => {
  assert.deepEqual([0, 0.5, 9.6, 12.4, 999.4, 999.6, 1234, 9994, 9996, 12_340, 99_960, 125_000].map(milliseconds), [
    "0 ms", "0.5 ms", "9.6 ms", "12 ms", "999 ms", "1.00 s", "1.23 s", "9.99 s", "10.0 s", "12.3 s", "100 s", "125 s",
  ]);
  assert.deepEqual([fixed(0.5, 0), fixed(2.5, 0), fixed(1.005, 2)], ["1", "3", "1.00"]);
  assert.deepEqual([count(1, "call"), count(2, "call")], ["1 call", "2 calls"]);
});
