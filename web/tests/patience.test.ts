// Waiting is counted in looks: a pause of the page counts for next to nothing.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { patience } from "../src/patience.ts";

test("a limit is kept while the page looks, and a pause of ten seconds does not use it up", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    let clock = 0;
    let isLate = false;
    const look = (apart: number) => {
      clock += apart;
      mock.timers.tick(100);
    };
    patience(1000, () => (isLate = true), () => clock);
    for (let n = 0; n < 5; n++) look(100);
    look(10_000);
    assert.equal(isLate, false);
    for (let n = 0; n < 3; n++) look(100);
    assert.equal(isLate, true);
  } finally {
    mock.timers.reset();
  }
});

test("who has rested is not called", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    let clock = 0;
    const rest = patience(100, () => assert.fail("called"), () => clock);
    rest();
    clock = 1000;
    mock.timers.tick(1000);
  } finally {
    mock.timers.reset();
  }
});
