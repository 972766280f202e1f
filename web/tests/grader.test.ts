// The side of whoever waits, with a worker that says what it is told to: nothing here starts Python.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Grader } from "../src/grader.ts";
import type { Asked, Order, Said } from "../src/messages.ts";

const MARKS = { python: 1, unpacked: 2, imported: 3 };
const ORDER: Order = {
  exercise: { id: "a", version: "1", entry: "A", tasks: [], extensions: [], drive: "/d", grader: "/g" },
  learner: "/l",
};
const VERDICT = { status: "passed", passed: true, points: 1, max: 1, bonus: 0, bonus_max: 0, scenarios: [] };
const FINISHED = { status: "finished" as const, diagnoses: [], output: "" };
const LONG = 1_000_000;

/** Workers that were started, in order: what each was asked, a way to speak for it, and whether it was ended. */
function workers() {
  const started: { asked: Asked[]; say: (said: Said) => void; ended: boolean }[] = [];
  const grader = new Grader((hear) => {
    const worker = { asked: [] as Asked[], say: hear, ended: false };
    started.push(worker);
    return { post: (asked) => worker.asked.push(asked), end: () => (worker.ended = true) };
  });
  return { grader, started };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

async function ready() {
  const { grader, started } = workers();
  const isReady = grader.ready();
  await turns();
  started[0]!.say({ kind: "ready", marks: MARKS });
  await isReady;
  return { grader, started };
}

test("what a run prints is heard while it runs, and its outcome comes last", async () => {
  const { grader, started } = await ready();
  const heard: string[] = [];
  const outcome = grader.run({ learner: "/l" }, LONG, (text) => heard.push(text));
  await turns();
  started[0]!.say({ kind: "printed", text: "a\n" });
  assert.deepEqual(heard, ["a\n"]);
  started[0]!.say({ kind: "ran", outcome: FINISHED });
  assert.deepEqual(await outcome, FINISHED);
  assert.equal(started.length, 1);
});

test("a run that is stopped is an outcome, with what it had printed; the next call starts a new worker", async () => {
  const { grader, started } = await ready();
  const outcome = grader.run({ learner: "/l" }, LONG);
  await turns();
  started[0]!.say({ kind: "printed", text: "a\n" });
  grader.stop();
  assert.deepEqual(await outcome, { status: "stopped_by_you", diagnoses: [], output: "a\n" });
  assert.ok(started[0]!.ended);
  const next = grader.run({ learner: "/l" }, LONG);
  await turns();
  started[0]!.say({ kind: "ran", outcome: { ...FINISHED, output: "of the worker that was ended" } });
  started[1]!.say({ kind: "ready", marks: MARKS });
  await turns();
  assert.deepEqual(started[1]!.asked.map(({ kind }) => kind), ["write", "run"]);
  started[1]!.say({ kind: "ran", outcome: FINISHED });
  assert.deepEqual(await next, FINISHED);
});

test("a check that is stopped rejects, and the grader knows why", async () => {
  const { grader, started } = await ready();
  const checked = grader.check(ORDER, LONG);
  await turns();
  started[0]!.say({ kind: "began", scenario: "s" });
  grader.stop();
  await assert.rejects(checked, (error) => grader.wasStopped(error));
  assert.ok(!grader.wasStopped(new Error("another")));
});

test("stop ends a worker that is still starting", async () => {
  const { grader, started } = workers();
  const outcome = grader.run({ learner: "/l" }, LONG);
  await turns();
  grader.stop();
  assert.equal((await outcome).status, "stopped_by_you");
  assert.ok(started[0]!.ended);
});

test("stop with nothing under way keeps the worker", async () => {
  const { grader, started } = await ready();
  grader.stop();
  assert.ok(!started[0]!.ended);
});

test("a run out of the engine's sight ends at its limit, and one that broke Python at once", async () => {
  const { grader, started } = await ready();
  const late = await grader.run({ learner: "/l" }, 1);
  assert.deepEqual([late.status, late.diagnoses[0]!.kind], ["stopped", "time_limit"]);
  assert.ok(started[0]!.ended);
  const broken = grader.run({ learner: "/l" }, LONG);
  await turns();
  started[1]!.say({ kind: "ready", marks: MARKS });
  await turns();
  started[1]!.say({ kind: "broke" });
  assert.deepEqual([(await broken).status, (await broken).diagnoses[0]!.kind], ["stopped", "exits"]);
  assert.ok(started[1]!.ended);
});

test("a source is looked at where Python waits, and nowhere else", async () => {
  const { grader, started } = workers();
  assert.equal(await grader.problem("("), undefined, "not started");
  assert.equal(started.length, 0, "and it is not started for that");
  const isReady = grader.ready();
  assert.equal(await grader.problem("("), undefined, "still starting");
  started[0]!.say({ kind: "ready", marks: MARKS });
  await isReady;
  const problem = grader.problem("(");
  await turns();
  started[0]!.say({ kind: "compiled", problem: null });
  assert.equal(await problem, null);
  const checked = grader.check(ORDER, LONG);
  assert.equal(await grader.problem("("), undefined, "a check is under way");
  await turns();
  started[0]!.say({ kind: "checked", verdict: VERDICT, took: 1 });
  assert.equal((await checked).verdict.status, "passed");
});

test("a worker that cannot be started is tried again by the next call", async () => {
  const { grader, started } = workers();
  const isReady = grader.ready();
  await turns();
  started[0]!.say({ kind: "failed", text: "no such file" });
  await assert.rejects(isReady, /no such file/);
  const again = grader.ready();
  await turns();
  started[1]!.say({ kind: "ready", marks: MARKS });
  await again;
  assert.equal(grader.boots.length, 1);
});
