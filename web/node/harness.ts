// node harness.ts < request.json > answer.json
//
// Grades under Node as the page does. keepalive.website.runtime.harness is the other end.
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { Grader, type Start } from "../src/grader.ts";
import type { Marks, Order, Outcome, Picture, Problem, RunOrder, Said, Verdict } from "../src/messages.ts";

interface Request {
  /** The folder that keepalive.website.runtime.build wrote. */
  runtime: string;
  /** What the engine's file system holds: base64 by path. */
  files: Record<string, string>;
  jobs: (Check | Run | Compile)[];
}

interface Check {
  kind: "check";
  order: Order;
  /** Milliseconds that one scenario may take. */
  limit: number;
  /** Draw each scenario, too. */
  draw: boolean;
}

interface Run {
  kind: "run";
  order: RunOrder;
  /** Milliseconds that all of it may take. */
  limit: number;
  /** Stop it as soon as this has been printed. */
  stopOn: string | null;
}

interface Compile {
  kind: "compile";
  source: string;
}

type Result =
  | { verdict: Verdict; took: number; drawn: Picture[] }
  | { outcome: Outcome; heard: string[]; whileBusy: Problem | null | undefined }
  | { problem: Problem | null | undefined };

interface Answer {
  results: Result[];
  boots: Marks[];
  /** What was tried to be fetched from elsewhere than the runtime's folder. */
  foreign: string[];
}

const request: Request = JSON.parse(await text(process.stdin));
const foreign: string[] = [];

const start: Start = (hear) => {
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: { runtime: request.runtime } });
  worker.on("message", (said: Said | { kind: "foreign"; what: string }) => {
    if (said.kind === "foreign") foreign.push(said.what);
    else hear(said);
  });
  worker.on("error", (error) => hear({ kind: "failed", text: String(error) }));
  // Node ends the worker in which Python ended its process; a page is told that it broke.
  worker.on("exit", () => hear({ kind: "broke" }));
  return {
    post: (asked) => worker.postMessage(asked),
    end: () => {
      worker.removeAllListeners();
      void worker.terminate();
    },
  };
};

const grader = new Grader(start);
grader.write(Object.fromEntries(Object.entries(request.files).map(([path, content]) => [path, decoded(content)])));
await grader.ready();
const results: Result[] = [];
for (const job of request.jobs) {
  if (job.kind === "check") results.push(await checked(job));
  else if (job.kind === "run") results.push(await ran(job));
  else results.push({ problem: await grader.problem(job.source) });
}
const answer: Answer = { results, boots: grader.boots, foreign };
process.stdout.write(JSON.stringify(answer), () => process.exit(0));

async function checked({ order, limit, draw }: Check): Promise<Result> {
  const found = await grader.check(order, limit);
  const drawn = [];
  if (draw) for (const scenario of found.verdict.scenarios) drawn.push(await grader.draw(scenario));
  return { ...found, drawn };
}

async function ran({ order, limit, stopOn }: Run): Promise<Result> {
  const heard: string[] = [];
  const outcome = grader.run(order, limit, (text) => {
    heard.push(text);
    if (stopOn !== null && text.includes(stopOn)) grader.stop();
  });
  const whileBusy = await grader.problem("(");
  return { outcome: await outcome, heard, whileBusy };
}

function decoded(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
