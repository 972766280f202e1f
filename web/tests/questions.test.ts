// A question's order and key, held to what Python says: tests/course/test_questions_both.py makes the cases.
import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, judge, type Key, met, NoAnswer, number, taken } from "../src/questions/key.ts";
import { fnv1a, inOrder, mixed, shownOrder } from "../src/questions/shuffle.ts";

test("the hash is FNV-1a over UTF-8, mixed by murmur3's finaliser", () => {
  // Of the published test suite of FNV.
  assert.equal(fnv1a(""), 0x811c9dc5);
  assert.equal(fnv1a("a"), 0xe40c292c);
  assert.equal(fnv1a("foobar"), 0xbf9cf968);
  assert.equal(fnv1a("\u00e9"), fnv1a(String.fromCodePoint(0xe9)));
  assert.equal(mixed(0), 0);
  assert.equal(mixed(1), 0x514e28b7);
});

test("an order is a permutation, and another seed gives another", () => {
  const ids = ["ann", "bob", "cid", "dan", "eve", "flo"];
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed += 1) {
    const order = inOrder(String(seed), "q", ids);
    assert.deepEqual([...order].sort(), ids);
    orders.add(order.join());
  }
  assert.ok(orders.size > 40);
});

test("an order that would be the answer is turned", () => {
  const ids = ["ann", "bob", "cid"];
  const found = inOrder("1", "q", ids);
  assert.deepEqual(shownOrder("1", "q", ids, found), [found[1], found[2], found[0]]);
});

test("a number is read as people write it", () => {
  for (const text of ["12,5", " 12.5 ", "12.5 s", "12,5s", "+12.5"]) assert.equal(number(text, "s"), 12.5);
  assert.equal(number("\u22123"), -3);
  for (const text of ["", "1.000,5", "twelve", "1e3", "12 m", "0x10", "Infinity"]) {
    assert.throws(() => number(text, "s"), NoAnswer, text);
  }
});

test("tolerance includes its end, in spite of binary fractions", () => {
  const key: Key = { format: "number", options: ["low"], answer: 0.3, tolerance: 0.1, unit: "s", values: [0.2] };
  assert.equal(judge(key, 0.1 + 0.3), true);
  assert.equal(judge(key, 0.42), false);
  assert.deepEqual(met(key, "0,2"), ["low"]);
});

test("an answer that is none is refused in a sentence", () => {
  const single: Key = { format: "single", options: ["one", "two"], right: ["one"] };
  assert.throws(() => taken(single, "three"), /There is no option three/);
  const multiple: Key = { format: "multiple", options: ["one", "two", "six"], right: ["one", "two"] };
  assert.throws(() => taken(multiple, []), /at least one/);
  assert.throws(() => taken(multiple, ["one", "one"]), /twice/);
  assert.deepEqual(taken(multiple, ["two", "one"]), ["one", "two"]);
  const order: Key = { format: "order", options: ["one", "two", "six"], right: ["six", "one", "two"] };
  assert.throws(() => taken(order, ["one", "two"]), /All 3/);
});

test("an amount is said in its unit", () => {
  assert.equal(amount(12, "connections"), "12 connections");
  assert.equal(amount(1, "connections"), "1 connection");
  assert.equal(amount(1, "s"), "1 s");
});
