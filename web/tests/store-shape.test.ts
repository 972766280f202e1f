// The file of progress, read and merged as Python does. tests/course/test_drafts.py reads the same files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Answers } from "../src/store/answers.ts";
import { NotProgress, mergedDrafts, parsed, written, type Drafts, type Raw, type Version } from "../src/store/shape.ts";
import { Browser, at, id } from "./store-browser.ts";

interface Case {
  name: string;
  events: Raw[];
  counting: string[];
  exercises: Record<string, { passed: boolean; tried: boolean; best: number | null; hints: Record<string, number>; tasks: Record<string, string>; solution: boolean }>;
  reset: Record<string, string[]>;
  undo: string | null;
}

function shared(name: string): string {
  return readFileSync(new URL(`../../tests/course/progress/${name}.json`, import.meta.url), "utf-8");
}

const ids = (events: readonly { id: string }[]) => events.map((event) => event.id);

for (const one of (JSON.parse(shared("answers")) as { cases: Case[] }).cases) {
  test(`as the table says: ${one.name}`, () => {
    const answers = new Answers(one.events);
    assert.deepEqual(ids(answers.counting), one.counting);
    for (const [exercise, wanted] of Object.entries(one.exercises)) {
      const found = {
        passed: answers.passed(exercise),
        tried: answers.tried(exercise),
        best: answers.best(exercise) ?? null,
        hints: Object.fromEntries(Object.keys(wanted.hints).map((task) => [task, answers.hintsShown(exercise, task)])),
        tasks: answers.taskStatus(exercise),
        solution: answers.solutionSeen(exercise),
      };
      assert.deepEqual(found, wanted, exercise);
    }
    const file = JSON.stringify({ schema: 1, events: one.events });
    for (const [exercise, wanted] of Object.entries(one.reset)) {
      const { store } = new Browser().tab();
      store.imported(file);
      assert.deepEqual(ids(store.reset(exercise === "*" ? undefined : exercise)), wanted, exercise);
    }
    const { store } = new Browser().tab();
    store.imported(file);
    assert.equal(store.undo()?.id ?? null, one.undo);
  });
}

test("the two files are merged to the third", () => {
  const { store } = new Browser().tab();
  store.imported(shared("one"));
  store.imported(shared("other"));
  const merged = JSON.parse(shared("merged"));
  assert.deepEqual(JSON.parse(store.exported()), merged);
  assert.deepEqual(store.imported(shared("one")), { events: 0, drafts: 0 });
  assert.deepEqual(store.imported(shared("other")), { events: 0, drafts: 0 });
  const back = new Browser().tab().store;
  back.imported(shared("other"));
  back.imported(shared("one"));
  assert.deepEqual(JSON.parse(back.exported()).drafts, merged.drafts);
  assert.deepEqual(ids(back.answers.events), ids(store.answers.events));
});

/** Numbers from 0 up to below 1, the same in every run: mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Drafts of few ids, times and texts, so that versions meet. */
function anyDrafts(draw: () => number): Drafts {
  const one = <T>(values: T[]) => values[Math.floor(draw() * values.length)] as T;
  const drafts: Drafts = new Map();
  for (const exercise of ["a", "b"].filter(() => draw() < 0.8)) {
    const versions = new Map<string, Version>();
    for (const number of [1, 2, 3].filter(() => draw() < 0.7)) {
      const when = at(one([1, 2]));
      const code = one(["", "a", "\uffee", "\u{1f600}", "\ud800"]);
      versions.set(id(number), draw() < 0.25 ? { at: when, code: "", deleted: true } : { at: when, code });
    }
    drafts.set(exercise, versions);
  }
  return drafts;
}

const plain = (drafts: Drafts) => JSON.parse(written({ events: new Map(), drafts, other: {} })).drafts ?? {};
const versionIds = (drafts: Drafts) =>
  new Set([...drafts].flatMap(([exercise, versions]) => [...versions.keys()].map((each) => `${exercise} ${each}`)));

test("merging needs no order and no number of times", () => {
  const draw = random(20260301);
  let met = 0;
  for (let run = 0; run < 500; run += 1) {
    const [one, other, third] = [anyDrafts(draw), anyDrafts(draw), anyDrafts(draw)];
    const union = mergedDrafts(one, other);
    assert.deepEqual(plain(mergedDrafts(other, one)), plain(union));
    assert.deepEqual(plain(mergedDrafts(union, third)), plain(mergedDrafts(one, mergedDrafts(other, third))));
    assert.deepEqual(plain(mergedDrafts(union, one)), plain(union));
    const [mine, theirs] = [versionIds(one), versionIds(other)];
    assert.deepEqual(versionIds(union), new Set([...mine, ...theirs]));
    met += [...mine].filter((each) => theirs.has(each)).length;
    for (const [exercise, versions] of union) {
      for (const [each, version] of versions) {
        const held = [one, other].map((file) => file.get(exercise)?.get(each)).filter((found) => found !== undefined);
        assert.ok(held.includes(version));
        assert.equal(version.at, held.map((found) => found.at).sort().at(-1));
      }
    }
  }
  assert.ok(met > 500, "versions met");
});

test("a file without drafts stays without", () => {
  const text = JSON.stringify({ schema: 1, events: [], later: { a: 1 } });
  assert.deepEqual(JSON.parse(written(parsed(text))), JSON.parse(text));
});

const version = { at: at(1), code: "" };
const NONE: [string, unknown][] = [
  ["a list", []],
  ["no events", { schema: 1 }],
  ["an event that is none", { schema: 1, events: [3] }],
  ["an event without id", { schema: 1, events: [{}] }],
  ["schema in words", { schema: "one", events: [] }],
  ["schema 0", { schema: 0, events: [] }],
  ...[
    [],
    { a: "code" },
    { "": {} },
    { a: { one: version } },
    { a: { [id(1)]: { at: at(1) } } },
    { a: { [id(1)]: { ...version, at: "today" } } },
    { a: { [id(1)]: { ...version, code: 3 } } },
    { a: { [id(1)]: { ...version, deleted: false } } },
    { a: { [id(1)]: null } },
  ].map((drafts): [string, unknown] => [`drafts ${JSON.stringify(drafts)}`, { schema: 1, events: [], drafts }]),
];

for (const [name, data] of NONE) {
  test(`no progress: ${name}`, () => {
    assert.throws(() => parsed(JSON.stringify(data)), { name: "NotProgress", message: /^This is not a file of progress.*\.$/ });
  });
}

test("no progress: no JSON, and a newer version's", () => {
  for (const text of ["", "Dear", '{"schema": 1, "events": [', '{"schema": 1, "events": [], "x": NaN}']) {
    assert.throws(() => parsed(text), NotProgress);
  }
  assert.throws(() => parsed('{"schema": 2}'), { name: "NotProgress", newer: true, message: /newer version/ });
});
