// One exam in a browser, and one page that writes on it: what several tabs, a full storage and a reload do to that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk } from "../src/exam/desk.ts";
import { type Form, newSeed } from "../src/exam/form.ts";
import { dayOf, record, sat } from "../src/exam/record.ts";
import { NotASitting, answered, begin, moved } from "../src/exam/sitting.ts";
import { Browser, turns } from "./store-browser.ts";

const FORM: Form = {
  seed: "abc",
  bank: "0123",
  excluded: [],
  items: [
    { id: "one", version: "1", options: ["yes", "no"] },
    { id: "two", version: "1", options: ["yes", "no"] },
  ],
};
const SITTING = begin(FORM, new Date("2026-03-01T12:00:00Z"));

function desks(browser: Browser, count: number): Desk[] {
  return Array.from({ length: count }, (_, place) => new Desk(browser.tab().store, `page-${place}`));
}

test("What lies there after a reload is what was written last.", () => {
  const browser = new Browser();
  const [before, after] = desks(browser, 2) as [Desk, Desk];
  assert.equal(before.look(), undefined);
  before.take(SITTING);
  const now = moved(answered(SITTING, "one", "yes"), 1);
  assert.equal(before.put(now), true);
  assert.deepEqual(after.look(), { owner: "page-0", gaveUp: false, sitting: now });
});

test("A page that goes on takes it over, and the page that had it writes no more.", () => {
  const browser = new Browser();
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  first.take(SITTING);
  let heard = 0;
  first.onChange(() => (heard += 1));
  second.take(answered(SITTING, "one", "no"));
  assert.equal(heard, 1);
  assert.equal(first.mine, false);
  assert.equal(first.put(answered(SITTING, "two", "yes")), false);
  assert.deepEqual(first.look()!.sitting.answers, { one: "no" });
});

test("Another page can tell that it is open, and that it is not any more.", async () => {
  const browser = new Browser();
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  first.take(SITTING);
  await turns();
  assert.equal(await second.elsewhere(), true);
  assert.equal(await first.elsewhere(), false);
  first.leave();
  await turns();
  assert.equal(await second.elsewhere(), false);
});

test("A tab that is closed has it open no more.", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  new Desk(tab.store, "closing").take(SITTING);
  await turns();
  const [other] = desks(browser, 1) as [Desk];
  assert.equal(await other.elsewhere(), true);
  await tab.end();
  assert.equal(await other.elsewhere(), false);
  assert.equal(other.busy, true);
});

test("Without locks it is not known whether another page has it open, and it is taken over all the same.", async () => {
  const browser = new Browser();
  browser.lockless = true;
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  first.take(SITTING);
  assert.equal(await second.elsewhere(), undefined);
  second.take(SITTING);
  assert.equal(first.put(SITTING), false);
});

test("Giving up can be taken back, after a reload as well.", () => {
  const browser = new Browser();
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  const there = answered(SITTING, "two", "no");
  first.take(there);
  first.giveUp(there);
  assert.equal(second.busy, false);
  second.undo();
  assert.deepEqual(second.look()!.sitting, there);
  assert.equal(second.busy, true);
  second.clear();
  assert.equal(second.look(), undefined);
  second.undo();
  assert.equal(second.look(), undefined);
});

test("A full storage is said, the page goes on, and what fits again is kept again.", () => {
  const browser = new Browser();
  browser.room = 10;
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  first.take(SITTING);
  assert.equal(first.kept, false);
  assert.equal(first.put(answered(SITTING, "one", "yes")), true);
  assert.equal(second.look(), undefined);
  browser.room = Infinity;
  const whole = answered(answered(SITTING, "one", "yes"), "two", "no");
  assert.equal(first.put(whole), true);
  assert.equal(first.kept, true);
  assert.deepEqual(second.look()!.sitting, whole);
});

test("A storage that fills up in between leaves nothing stale behind a reload but the last that was kept.", () => {
  const browser = new Browser();
  const [first, second] = desks(browser, 2) as [Desk, Desk];
  first.take(SITTING);
  browser.room = 10;
  const later = answered(SITTING, "one", "yes");
  assert.equal(first.put(later), true);
  assert.deepEqual(first.look()!.sitting, later);
  assert.deepEqual(second.look()!.sitting, SITTING);
});

test("A storage that is blocked is as good as a full one.", () => {
  const browser = new Browser();
  browser.blocked = true;
  const [desk] = desks(browser, 1) as [Desk];
  desk.take(SITTING);
  assert.equal(desk.kept, false);
  assert.deepEqual(desk.look()!.sitting, SITTING);
  desk.clear();
  assert.equal(desk.look(), undefined);
});

test("What somebody else wrote there, or a later version, is no exam to go on with.", () => {
  const browser = new Browser();
  const { store } = browser.tab();
  const desk = new Desk(store, "me");
  for (const text of ["", "{}", "[1]", '{"owner": "x"}', '{"owner": 1, "sitting": {}}']) {
    store.keepText("exam", text);
    assert.throws(() => desk.look(), NotASitting);
    assert.equal(desk.busy, false);
  }
  store.keepText("exam", '{"owner": "x", "sitting": {"schema": 2}}');
  assert.throws(() => desk.look(), /newer version/);
});

test("A result is an event that is exported, imported, reset and taken back with the rest.", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  const given = answered(SITTING, "one", "yes");
  const kept = record(store, given, { items: [], right: 1, passed: false });
  assert.deepEqual(sat(store), [kept]);
  assert.deepEqual([kept.form, kept.answers, kept.right, kept.passed], [FORM, { one: "yes" }, 1, false]);
  assert.match(dayOf(kept), /^2026-03-0[12]$/);
  await store.idle();
  const elsewhere = new Browser();
  elsewhere.newId(); // the other machine's ids are others
  const other = elsewhere.tab().store;
  assert.deepEqual(other.imported(store.exported()), { events: 1, drafts: 0 });
  assert.deepEqual(sat(other), [kept]);
  other.reset();
  assert.deepEqual(sat(other), []);
  other.undo();
  assert.deepEqual(sat(other), [kept]);
});

test("An event of another shape is no result.", () => {
  const { store } = new Browser().tab();
  const form = { ...FORM };
  for (const data of [{}, { form }, { form, answers: {} }, { form, answers: [], right: 1 }, { form: {}, answers: {}, right: 1 }]) {
    store.add("exam", "final", data);
  }
  assert.deepEqual(sat(store), []);
});

test("A seed is made of letters that are not misread.", () => {
  let number = 0;
  assert.equal(newSeed(() => (number += 1)), "bcdefghj");
});
