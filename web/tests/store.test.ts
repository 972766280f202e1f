// What the page keeps of the learner's work, in one tab and in several, with a storage that works and with one that
// does not. No browser: store-browser.ts stands in for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST } from "../src/store/store.ts";
import { Browser, at, id, turns, type Tab } from "./store-browser.ts";

const PASSED = { status: "passed", points: 5, max: 5, tasks: { t: "passed" } };
const codes = (tab: Tab, exercise = "a") => tab.store.versions(exercise).map((version) => version.code);
const file = (drafts: unknown, events: unknown[] = []) => JSON.stringify({ schema: 1, events, drafts });

// ---- events ---------------------------------------------------------------------------------------------------------

test("what was done is there after a reload", async () => {
  const browser = new Browser();
  const first = browser.tab();
  assert.equal(first.store.trouble, "");
  first.store.add("check", "a", PASSED);
  first.store.add("hint", "a", { task: "t", number: 1 });
  assert.ok(first.store.answers.passed("a"), "at once, whatever the lock does");
  await first.store.idle();
  const { answers } = browser.tab().store;
  assert.ok(answers.passed("a"));
  assert.equal(answers.hintsShown("a", "t"), 1);
  assert.equal(answers.best("a"), 5);
});

test("events wait for the lock, and a page that goes does not", async () => {
  const browser = new Browser();
  const holder = browser.tab();
  let release = () => {};
  void browser.lock(holder, "keepalive:events", {}, () => new Promise<void>((resolve) => (release = resolve)));
  await turns();
  const tab = browser.tab();
  tab.store.add("solution", "a");
  await turns();
  assert.deepEqual(browser.keys(""), [], "another tab is at it");
  assert.equal(tab.store.trouble, "");
  tab.store.flush();
  assert.ok(browser.tab().store.answers.solutionSeen("a"));
  release();
  await tab.store.idle();
  assert.equal(browser.tab().store.answers.events.length, 1);
});

test("keep writes events that wait, too", () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.add("solution", "a");
  store.keep("b", "x");
  assert.ok(browser.tab().store.answers.solutionSeen("a"));
});

for (const lockless of [false, true]) {
  test(`two tabs that add lose nothing, ${lockless ? "without" : "with"} locks`, async () => {
    const browser = new Browser();
    browser.lockless = lockless;
    const [one, other] = [browser.tab(), browser.tab()];
    one.store.add("solution", "a");
    other.store.add("solution", "b");
    one.store.add("solution", "c");
    await Promise.all([one.store.idle(), other.store.idle()]);
    for (const { store } of [one, other, browser.tab()]) {
      assert.deepEqual(store.answers.events.map((event) => event.ref).sort(), ["a", "b", "c"]);
    }
  });
}

test("a text that another tab wrote without our events is mended", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  one.store.add("solution", "a");
  other.store.add("solution", "b");
  await turns();
  const stale = JSON.stringify({ schema: 1, events: [other.store.answers.events.find((event) => event.ref === "b")] });
  browser.write(other as Tab, "keepalive:events", stale);
  await turns();
  assert.equal(browser.tab().store.answers.events.length, 2);
});

test("reset and undo are kept and withdraw what they say", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.add("check", "a", PASSED);
  store.add("check", "b", PASSED);
  assert.equal(store.reset("a").length, 1);
  assert.equal(store.reset("a").length, 0);
  assert.equal(store.reset().length, 1);
  assert.ok(!store.answers.passed("a") && !store.answers.passed("b"));
  assert.equal(store.undo()?.ref, "*");
  await store.idle();
  const again = browser.tab().store;
  assert.ok(!again.answers.passed("a") && again.answers.passed("b"));
  assert.equal(again.undo()?.ref, "a");
  assert.equal(again.undo(), undefined);
  assert.ok(again.answers.passed("a"));
});

test("two events never have the same time", () => {
  const { store } = new Browser().tab({ now: () => new Date(at(7)) });
  for (const number of [1, 2, 3]) store.add("hint", "a", { task: "t", number });
  assert.deepEqual(store.answers.events.map((event) => event.at.slice(-5)), [".000Z", ".001Z", ".002Z"]);
});

// ---- code -----------------------------------------------------------------------------------------------------------

test("what was typed is there after a reload, and takes the place of what it went on from", async () => {
  const browser = new Browser();
  let tab = browser.tab();
  assert.equal(tab.store.open("a"), undefined);
  for (let load = 0; load < 30; load += 1) {
    tab.store.keep("a", `load ${load}, first`);
    tab.store.keep("a", `load ${load}`);
    await tab.store.idle();
    await tab.end();
    tab = browser.tab();
    assert.equal(tab.store.open("a"), `load ${load}`);
  }
  assert.equal(browser.keys("keepalive:draft:a:").length, 1);
  assert.deepEqual(codes(tab), ["load 29"]);
  assert.equal(tab.store.draft("b"), undefined);
});

test("looking at it keeps nothing, and neither does a page that goes unchanged", async () => {
  const browser = new Browser();
  const first = browser.tab();
  first.store.keep("a", "x");
  await first.end();
  const before = new Map(browser.content);
  const second = browser.tab();
  assert.equal(second.store.open("a"), "x");
  second.store.keep("a", "x");
  await second.store.idle();
  assert.deepEqual(browser.content, before);
});

test("two tabs on one exercise keep both their works, whoever is closed first", async () => {
  const browser = new Browser();
  const before = browser.tab();
  before.store.keep("a", "begun");
  await before.end();
  const [one, other] = [browser.tab(), browser.tab()];
  one.store.open("a");
  other.store.open("a");
  one.store.keep("a", "one");
  other.store.keep("a", "other");
  one.store.keep("a", "one more");
  await turns();
  assert.deepEqual(codes(one), ["one more", "other"]);
  await one.end();
  other.store.keep("a", "other more");
  await other.end();
  const third = browser.tab();
  assert.equal(third.store.open("a"), "other more");
  third.store.keep("a", "third");
  await third.store.idle();
  assert.deepEqual(codes(third), ["third", "one more"], "only what it went on from is replaced");
});

test("a version whose page is there is not replaced, though it was gone on from", async () => {
  const browser = new Browser();
  const one = browser.tab();
  one.store.keep("a", "one");
  await turns();
  const copy = browser.tab();
  assert.equal(copy.store.open("a"), "one");
  copy.store.keep("a", "copy");
  await copy.store.idle();
  assert.deepEqual(codes(copy), ["copy", "one"]);
});

test("a version that changed since it was opened is not replaced, though its page is gone", async () => {
  const browser = new Browser();
  const one = browser.tab();
  one.store.keep("a", "one");
  await turns();
  const copy = browser.tab();
  copy.store.open("a");
  one.store.keep("a", "one more");
  await one.end();
  copy.store.keep("a", "copy");
  await copy.store.idle();
  assert.deepEqual(codes(copy), ["copy", "one more"]);
});

test("a version that another tab removed while its page shows it comes back when the page keeps it", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  tab.store.keep("a", "x");
  browser.content.clear();
  tab.store.keep("a", "x");
  assert.deepEqual(codes(browser.tab()), ["x"]);
});

test("without locks the newest are kept, and nothing that was set aside is lost", async () => {
  const browser = new Browser();
  browser.lockless = true;
  const first = browser.tab();
  first.store.keep("a", "aside");
  first.store.setAside("a");
  for (let load = 0; load < MOST + 5; load += 1) {
    const tab = browser.tab();
    tab.store.open("a");
    tab.store.keep("a", `load ${load}`);
    await tab.store.idle();
    await tab.end();
  }
  const all = codes(browser.tab());
  assert.equal(all.length, MOST + 1);
  assert.deepEqual([all[0], all[MOST - 1], all[MOST]], [`load ${MOST + 4}`, "load 5", "aside"]);
});

test("set aside, it can be taken back", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  tab.store.keep("a", "mine");
  tab.store.setAside("a");
  tab.store.keep("a", "starter");
  tab.store.keep("a", "starter and more");
  assert.deepEqual(codes(tab), ["starter and more", "mine"]);
  tab.store.setAside("a");
  tab.store.keep("a", "mine");
  assert.deepEqual(codes(tab), ["mine", "starter and more"], "of the same code only the newest is listed");
  await tab.end();
  const next = browser.tab();
  next.store.open("a");
  next.store.keep("a", "mine, changed");
  await next.store.idle();
  assert.deepEqual(codes(next), ["mine, changed", "starter and more", "mine"], "what was set aside is not replaced");
});

test("set aside right after a reload, it outlives the version that it was opened from", async () => {
  const browser = new Browser();
  const first = browser.tab();
  first.store.keep("a", "mine");
  await first.end();
  const second = browser.tab();
  second.store.open("a");
  second.store.setAside("a");
  second.store.setAside("a");
  await second.end();
  const third = browser.tab();
  assert.equal(third.store.open("a"), "mine");
  third.store.keep("a", "changed");
  await third.store.idle();
  assert.deepEqual(codes(third), ["changed", "mine"]);
});

test("a page that opens the other tab's newer code keeps its own as a version", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  one.store.keep("a", "one");
  assert.equal(one.store.open("a"), "one", "still its own");
  one.store.keep("a", "one more");
  assert.equal(browser.keys("keepalive:draft:").length, 1);
  other.store.keep("a", "other");
  assert.equal(one.store.open("a"), "other");
  one.store.keep("a", "both");
  await turns();
  assert.deepEqual(codes(one), ["both", "other", "one more"]);
});

test("what is typed now is the newest, even where another machine's clock is ahead", () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.imported(file({ a: { [id(900)]: { at: "2031-01-01T00:00:00.000Z", code: "future" } } }));
  store.keep("a", "mine");
  assert.equal(browser.tab().store.draft("a"), "mine");
  for (const odd of ["9999-12-31T23:59:59.999Z", "9999-99-99T99:99:99.999Z"]) {
    store.imported(file({ b: { [id(901)]: { at: odd, code: "odd" } } }));
    store.keep("b", "typed");
    assert.ok(store.versions("b").some((version) => version.code === "typed"));
    store.imported(store.exported());
  }
});

test("a version that a person removed stays away, whatever is imported", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.keep("a", "secret");
  const before = store.exported();
  store.setAside("a");
  store.keep("a", "else");
  store.setAside("a");
  store.keep("a", "secret");
  const removed = store.versions("a").find((version) => version.code === "secret");
  store.discard("a", removed?.id ?? "");
  assert.deepEqual(store.versions("a").map((version) => version.code), ["else"], "under every id");
  assert.ok(![...browser.content.values()].some((text) => text.includes("secret")), "nor is it in the storage");
  assert.deepEqual(store.imported(before), { events: 0, drafts: 0 });
  assert.deepEqual(new Browser().tab().store.imported(store.exported()), { events: 0, drafts: 1 }, "of those that stand");
  assert.equal(browser.tab().store.draft("a"), "else");
  store.keep("a", "new");
  assert.equal(store.draft("a"), "new");
  store.discard("a", id(999));
  assert.equal(store.draft("a"), "new", "an id that is not there");
});

// ---- files ----------------------------------------------------------------------------------------------------------

test("export and import bring everything to another browser, and twice does no harm", () => {
  const [one, other] = [new Browser().tab(), new Browser().tab({ newId: ((n) => () => id((n += 1)))(500) })];
  one.store.add("check", "a", PASSED);
  one.store.keep("a", "one");
  other.store.keep("a", "other");
  other.store.add("solution", "a");
  assert.deepEqual(other.store.imported(one.store.exported()), { events: 1, drafts: 1 });
  assert.deepEqual(other.store.imported(one.store.exported()), { events: 0, drafts: 0 });
  assert.deepEqual(one.store.imported(other.store.exported()), { events: 1, drafts: 1 });
  const contents = [one, other].map(({ store }) => JSON.parse(store.exported()));
  assert.deepEqual(contents[0].drafts, contents[1].drafts);
  assert.ok(!one.store.exported().includes('"page"'), "which page wrote it is nobody's business");
  assert.deepEqual(one.store.answers.counting, other.store.answers.counting);
});

test("what this version does not know survives, in the storage as well", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  const strange = { id: "x1", type: "dream" };
  store.imported(JSON.stringify({ schema: 1, events: [strange], later: { a: 1 } }));
  await store.idle();
  const { events, later } = JSON.parse(browser.tab().store.exported());
  assert.deepEqual([events, later], [[strange], { a: 1 }]);
});

test("keys alone are worth writing", async () => {
  const browser = new Browser();
  browser.tab().store.imported('{"schema": 1, "events": [], "later": 1}');
  await turns();
  assert.equal(JSON.parse(browser.tab().store.exported()).later, 1);
});

test("of two versions of one time the larger id is the draft", () => {
  const versions = { [id(2)]: { at: at(1), code: "two" }, [id(3)]: { at: at(1), code: "three" }, [id(1)]: { at: at(1), code: "one" } };
  const tab = new Browser().tab();
  tab.store.imported(file({ a: versions }));
  assert.deepEqual(codes(tab), ["three", "two", "one"]);
});

test("an import of something else changes nothing", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.add("solution", "a");
  store.keep("a", "x");
  await store.idle();
  const before = new Map(browser.content);
  const good = { [id(1)]: { at: at(1), code: "good" } };
  for (const text of ["Dear", "[]", '{"schema": 99}', file({ a: good, b: { [id(2)]: 3 } })]) {
    assert.throws(() => store.imported(text), { name: "NotProgress" });
  }
  assert.deepEqual(browser.content, before);
});

test("an imported version is not replaced by a page that goes on from it", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.imported(file({ a: { [id(900)]: { at: at(1), code: "theirs", page: "keepalive" } } }));
  assert.equal(store.open("a"), "theirs");
  store.keep("a", "mine");
  await store.idle();
  assert.deepEqual(store.versions("a").map((version) => version.code), ["mine", "theirs"]);
});

// ---- other tabs -----------------------------------------------------------------------------------------------------

test("a tab is told of what another one kept, and of nothing else", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const foreign = browser.tab({ prefix: "keepalive/other" });
  one.store.keep("a", "x");
  assert.deepEqual([one.told, other.told], [[], ["a"]]);
  one.store.add("check", "b", PASSED);
  await one.store.idle();
  assert.deepEqual(other.told, ["a", "b"]);
  assert.ok(other.store.answers.passed("b"));
  one.store.reset();
  await one.store.idle();
  assert.deepEqual(other.told, ["a", "b", undefined], "all of them");
  browser.write(undefined, "theme", "dark");
  browser.write(undefined, "keepalive:unreadable:events", "x");
  assert.equal(other.told.length, 3);
  other.hear(null);
  assert.deepEqual(other.told.at(-1), undefined);
  assert.equal(other.told.length, 4);
  assert.deepEqual(foreign.told, []);
  const ended: unknown[] = [];
  other.store.onChange((exercise) => ended.push(exercise))();
  one.store.keep("a", "y");
  assert.deepEqual(ended, []);
});

test("a tab is told of what is new, not of what was there when it was loaded", async () => {
  const browser = new Browser();
  const one = browser.tab();
  one.store.add("solution", "before");
  await one.store.idle();
  const other = browser.tab();
  one.store.add("solution", "b");
  await one.store.idle();
  assert.deepEqual(other.told, ["b"]);
});

test("an event that came in before the news of it is told all the same", () => {
  const browser = new Browser();
  const [one, other] = [browser.tab({ locks: undefined }), browser.tab({ locks: undefined })];
  let late = () => {};
  const hear = other.hear;
  other.hear = (key) => (late = () => hear(key));
  one.store.add("check", "b", PASSED);
  other.store.exported();
  assert.ok(other.store.answers.passed("b"));
  late();
  assert.deepEqual(other.told, ["b"]);
});

test("courses on one host do not mix, whatever their prefixes", async () => {
  const browser = new Browser();
  const prefixes = ["keepalive", "keepalive:draft", "keepalive:draft:b", "keepalive%3Adraft", ""];
  const stores = prefixes.map((prefix) => browser.tab({ prefix }).store);
  for (const [number, store] of stores.entries()) {
    store.keep("b", prefixes[number] ?? "");
    store.add("solution", `e${number}`);
    await store.idle();
  }
  for (const [number, prefix] of prefixes.entries()) {
    const { drafts, events } = JSON.parse(browser.tab({ prefix }).store.exported());
    assert.deepEqual(Object.keys(drafts), ["b"]);
    assert.deepEqual(Object.values<{ code: string }>(drafts.b).map((version) => version.code), [prefix]);
    assert.deepEqual(events.map((event: { ref: string }) => event.ref), [`e${number}`]);
  }
});

// ---- storage that does not work -------------------------------------------------------------------------------------

for (const [name, make] of [
  ["none", () => new Browser().tab({ storage: null })],
  ["one that throws", () => Object.assign(new Browser(), { blocked: true }).tab()],
] as const) {
  test(`with a storage that is blocked (${name}) everything goes on in memory`, async () => {
    const { store } = make();
    assert.match(store.trouble, /blocked.*Export/);
    store.add("check", "a", PASSED);
    store.keep("a", "x");
    store.setAside("a");
    store.keep("a", "y");
    store.discard("a", store.versions("a")[1]?.id ?? "");
    store.keep("a", "z");
    assert.deepEqual(store.imported(file({ b: { [id(900)]: { at: at(1), code: "b" } } })), { events: 0, drafts: 1 });
    store.flush();
    await store.idle();
    assert.ok(store.answers.passed("a"));
    assert.deepEqual([store.open("a"), store.open("b")], ["z", "b"]);
    const { events, drafts } = JSON.parse(store.exported());
    assert.deepEqual([events.length, Object.keys(drafts)], [1, ["a", "b"]]);
    assert.match(store.trouble, /blocked/);
  });
}

test("when a blocked storage works again, all is written, over nobody's", async () => {
  const browser = new Browser();
  const before = browser.tab();
  before.store.add("solution", "before");
  await before.store.idle();
  browser.blocked = true;
  const { store } = browser.tab();
  store.add("solution", "a");
  store.keep("a", "x");
  await store.idle();
  assert.notEqual(store.trouble, "");
  browser.blocked = false;
  store.keep("a", "y");
  assert.equal(store.trouble, "");
  const seen = browser.tab().store;
  assert.deepEqual(seen.answers.events.map((event) => event.ref), ["before", "a"]);
  assert.equal(seen.draft("a"), "y");
});

test("events that cannot be read for the moment are not written over", async () => {
  const browser = new Browser();
  const before = browser.tab();
  before.store.add("solution", "before");
  await before.store.idle();
  let refuse = true;
  const storage = {
    length: 0,
    key: () => null,
    getItem: (key: string) => {
      if (refuse) throw new DOMException("not allowed", "SecurityError");
      return browser.content.get(key) ?? null;
    },
    setItem: (key: string, value: string) => browser.write(undefined, key, value),
    removeItem: () => {},
  };
  const { store } = browser.tab({ storage });
  store.add("solution", "a");
  await store.idle();
  assert.deepEqual(browser.tab().store.answers.events.map((event) => event.ref), ["before"]);
  refuse = false;
  store.flush();
  assert.deepEqual(browser.tab().store.answers.events.map((event) => event.ref), ["before", "a"]);
});

test("a full storage costs nothing, and says so until there is room", async () => {
  const browser = new Browser();
  const { store } = browser.tab();
  store.keep("a", "short");
  store.add("solution", "first");
  await store.idle();
  browser.room = 0;
  store.keep("a", "longer than before");
  store.add("check", "a", PASSED);
  await store.idle();
  assert.match(store.trouble, /full.*Export/);
  assert.equal(store.draft("a"), "longer than before");
  assert.ok(store.answers.passed("a"));
  assert.equal(browser.tab().store.draft("a"), "short", "what was kept stays");
  assert.match(store.exported(), /longer than before/);
  browser.room = Infinity;
  store.add("solution", "b");
  await store.idle();
  assert.equal(store.trouble, "");
  const seen = browser.tab().store;
  assert.equal(seen.draft("a"), "longer than before");
  assert.deepEqual(seen.answers.events.map((event) => event.ref), ["first", "a", "b"]);
});

test("where the new version could not be written, the one before is not taken away", async () => {
  const browser = new Browser();
  const first = browser.tab();
  first.store.keep("a", "before");
  await first.end();
  const second = browser.tab();
  second.store.open("a");
  browser.room = 0;
  second.store.keep("a", "after");
  await second.store.idle();
  assert.deepEqual(codes(browser.tab()), ["before"]);
});

// ---- texts that cannot be read ---------------------------------------------------------------------------------------

for (const broken of ["", "{", '{"schema": 1}', '{"schema": 1, "events": [3]}']) {
  test(`events that cannot be read are put aside: ${broken}`, async () => {
    const browser = new Browser();
    browser.content.set("keepalive:unreadable:events", "from before");
    browser.content.set("keepalive:events", broken);
    const { store } = browser.tab();
    store.add("solution", "a");
    await store.idle();
    assert.equal(browser.content.get("keepalive:unreadable:events"), "from before");
    assert.equal(browser.content.get("keepalive:unreadable-2:events"), broken);
    assert.match(store.trouble, /could not be read.*keepalive:unreadable-2:events/);
    assert.ok(store.answers.solutionSeen("a"));
    assert.equal(browser.tab().store.trouble, "", "said once");
  });
}

test("events that cannot be read, and not be put aside either, are not overwritten", async () => {
  const browser = new Browser();
  browser.content.set("keepalive:events", "{");
  browser.room = 20;
  const { store } = browser.tab();
  store.add("solution", "a");
  await store.idle();
  assert.equal(browser.content.get("keepalive:events"), "{");
  assert.match(store.trouble, /full/);
});

test("a draft that cannot be read is put aside, one of another shape left alone", () => {
  const browser = new Browser();
  browser.content.set(`keepalive:draft:a:${id(900)}`, "{");
  browser.content.set(`keepalive:draft:a:${id(901)}`, '{"version": {"at": "later"}}');
  const { store } = browser.tab();
  assert.equal(store.draft("a"), undefined);
  assert.equal(browser.content.get(`keepalive:unreadable:draft:a:${id(900)}`), "{");
  assert.ok(!browser.content.has(`keepalive:draft:a:${id(900)}`));
  assert.ok(browser.content.has(`keepalive:draft:a:${id(901)}`));
  assert.match(store.trouble, /A draft in this browser could not be read/);
  store.keep("a", "x");
  assert.match(store.trouble, /could not be read/);
});

test("events of a newer version are left alone", async () => {
  const browser = new Browser();
  const newer = '{"schema": 2, "everything": "different"}';
  browser.content.set("keepalive:events", newer);
  const { store } = browser.tab();
  store.add("check", "a", PASSED);
  store.keep("a", "x");
  await store.idle();
  assert.equal(browser.content.get("keepalive:events"), newer);
  assert.match(store.trouble, /newer version/);
  assert.ok(store.answers.passed("a"), "in memory it counts");
  assert.equal(browser.tab().store.draft("a"), "x", "code has a place of its own");
  browser.write(undefined, "keepalive:events", '{"schema": 1, "events": []}');
  await store.idle();
  assert.equal(store.trouble, "");
  assert.ok(browser.tab().store.answers.passed("a"), "when it can be read again, it is written again");
});
