// What the page keeps of reading, in one tab and in several, and where somebody goes on.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { type Left, leave, leftOff, sawSections, sectionsSeen } from "../src/progress/place.ts";
import { markRead, markUnread, readAt } from "../src/progress/reading.ts";
import { Browser, at } from "./store-browser.ts";

const LEFT: Left = { chapter: "a", page: "chapters/01-a.html", section: "build", title: "Build" };

test("a chapter is marked once, whatever is pressed, and is so after a reload", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  markUnread(store, "a");
  assert.equal(store.answers.events.length, 0, "there was nothing to take back");
  markRead(store, "a");
  markRead(store, "a");
  assert.equal(store.answers.events.length, 1);
  await store.idle();
  assert.equal(readAt(browser.tab().store, "a"), at(1));
  assert.equal(readAt(browser.tab().store, "b"), undefined);
});

test("taken back, it is marked anew", () => {
  const { store } = new Browser().tab();
  markRead(store, "a");
  markUnread(store, "a");
  assert.equal(readAt(store, "a"), undefined);
  markRead(store, "a");
  assert.ok(readAt(store, "a"));
});

test("what one tab takes back, the other has set again stands", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  markRead(one.store, "a");
  await one.store.idle();
  markUnread(other.store, "a");
  await other.store.idle();
  assert.equal(readAt(one.store, "a"), undefined);
  markRead(one.store, "a");
  await one.store.idle();
  assert.ok(readAt(other.store, "a"));
});

test("a reset of an exercise leaves the chapter of the same id, a reset of all takes it, an undo brings it back", () => {
  const { store } = new Browser().tab();
  markRead(store, "a");
  store.add("check", "a", { status: "passed" });
  store.reset("a");
  assert.ok(readAt(store, "a"));
  store.reset();
  assert.equal(readAt(store, "a"), undefined);
  store.undo();
  assert.ok(readAt(store, "a"));
});

test("files of two browsers add up, in either order and twice", () => {
  const [here, there] = [new Browser().tab().store, new Browser().tab({ newId: () => crypto.randomUUID() }).store];
  markRead(here, "a");
  markRead(there, "b");
  markUnread(there, "b");
  markRead(there, "c");
  const [mine, theirs] = [here.exported(), there.exported()];
  for (const store of [here, there]) {
    for (const file of [theirs, mine, theirs]) store.imported(file);
    assert.deepEqual([...["a", "b", "c"].filter((chapter) => readAt(store, chapter))], ["a", "c"]);
  }
});

test("an old file loses nothing", () => {
  const text = fs.readFileSync(new URL("../../tests/course/progress/old.json", import.meta.url), "utf8");
  const old = JSON.parse(text);
  const { store } = new Browser().tab();
  markRead(store, "minimal-client");
  store.imported(text);
  assert.ok(readAt(store, "minimal-client"));
  assert.ok(store.answers.passed("minimal-client"));
  const kept = new Map(JSON.parse(store.exported()).events.map((event: { id: string }) => [event.id, event]));
  for (const event of old.events) assert.deepEqual(kept.get(event.id), event);
  assert.deepEqual(JSON.parse(store.exported()).drafts, old.drafts);
});

test("a place is kept, the latest counts, and no export has it", () => {
  const browser = new Browser();
  const { store } = browser.tab();
  assert.equal(leftOff(store), undefined);
  leave(store, LEFT);
  assert.deepEqual(leftOff(browser.tab().store), LEFT);
  leave(browser.tab().store, { ...LEFT, section: "", title: "" });
  assert.equal(leftOff(store)?.section, "");
  assert.doesNotMatch(store.exported(), /chapters/);
});

test("a place that cannot be read is none", () => {
  const { store } = new Browser().tab();
  for (const text of ["{", "7", "null", '{"chapter": "a"}', '{"chapter": 1, "page": "", "section": "", "title": ""}']) {
    store.keepText("place", text);
    assert.equal(leftOff(store), undefined, text);
  }
});

test("sections that were seen are kept by their ids", () => {
  const browser = new Browser();
  const { store } = browser.tab();
  assert.deepEqual(sectionsSeen(store, "a"), new Set());
  sawSections(store, "a", new Set(["x", "y"]));
  assert.deepEqual(sectionsSeen(browser.tab().store, "a"), new Set(["x", "y"]));
  assert.deepEqual(sectionsSeen(store, "b"), new Set());
  sawSections(store, "a", new Set());
  assert.deepEqual(browser.keys("text:"), []);
  store.keepText("seen:a", '["x", 3]');
  assert.deepEqual(sectionsSeen(store, "a"), new Set(["x"]));
});

for (const how of ["full", "blocked"] as const) {
  test(`where the storage is ${how} it lasts as long as the page, and that is said`, async () => {
    const browser = new Browser();
    if (how === "full") browser.room = 0;
    else browser.blocked = true;
    const { store } = browser.tab();
    markRead(store, "a");
    leave(store, LEFT);
    sawSections(store, "a", new Set(["x"]));
    await store.idle();
    assert.ok(readAt(store, "a"));
    assert.deepEqual(leftOff(store), LEFT);
    assert.deepEqual(sectionsSeen(store, "a"), new Set(["x"]));
    assert.match(store.trouble, how === "full" ? /is full/ : /is blocked/);
  });
}
