// The pool simulator. `src/keepalive/widgets/pool.py` has the same controls' meaning and the same words.
import { drawPool } from "./pool-picture.ts";
import { Simulation, type Settings, type Summary } from "./pool-simulation.ts";
import { count, grouped, milliseconds } from "./text.ts";
import type { Twin, Widget } from "./widget.ts";

interface Values extends Settings {
  most: number;
  keep: number;
  no_most: boolean;
  no_keep: boolean;
}

export interface Outcome {
  as_set: Summary;
  all_kept: Summary | null;
  connections: [lane: number, dialled: number, opened: number, closed: number | null][];
  requests: [lane: number, sent: number, answered: number, isKept: boolean][];
  waits: [at: number, pool: number, gate: number][];
}

function model(values: Values): Outcome {
  const most = values.no_most ? null : values.most;
  const keep = values.no_keep ? null : values.keep;
  const settings = { ...values, most, keep };
  const simulation = new Simulation(settings);
  const keepsFewer = keep !== null && (most === null || keep < most);
  return {
    as_set: simulation.summary(),
    all_kept: keepsFewer ? new Simulation({ ...settings, keep: null }).summary() : null,
    connections: simulation.connections.map((each) => [each.lane, each.dialled, each.opened!, each.closed]),
    requests: simulation.connections.flatMap((each) =>
      each.served.map(([from, to], nth): Outcome["requests"][0] => [each.lane, from, to, nth > 0]),
    ),
    waits: simulation.waits,
  };
}

const ROWS: [string, keyof Summary][] = [
  ["Connections opened", "opened"],
  ["Calls on a connection that was kept", "reused"],
  ["Closed by the pool, as more than it may keep", "surplus"],
  ["Closed by the pool, after more than 5 s without a call", "expired"],
  ["Closed by the server", "by_server"],
  ["Connections at one time, at most", "peak"],
  ["Calls that end with PoolTimeout", "timeouts"],
  ["Longest wait in the pool's queue", "pool_wait"],
  ["Longest wait for a permit", "gate_wait"],
  ["All calls take", "total"],
];
const TIMES = new Set<keyof Summary>(["pool_wait", "gate_wait", "total"]);

function twin(values: Values, outcome: Outcome): Twin {
  const columns = [outcome.as_set, outcome.all_kept].filter((each) => each !== null);
  return {
    finding: finding(values, outcome),
    caption: `${count(values.callers * values.calls, "call")} of ${count(values.callers, "caller")}`,
    header: ["What is counted", "As set", "With every connection kept"].slice(0, 1 + columns.length),
    rows: ROWS.map(([name, key]) => [
      name,
      ...columns.map((column) => (TIMES.has(key) ? milliseconds(column[key]) : grouped(column[key]))),
    ]),
  };
}

function finding(values: Values, { as_set: found, all_kept: kept }: Outcome): string {
  const { callers, gate } = values;
  const opened = count(found.opened, "connection");
  const calls = count(callers * values.calls, "call");
  const parts: string[] = [];
  if (found.by_server) {
    parts.push(`The server closes with each answer: ${opened} for ${calls}.`);
  } else if (found.surplus) {
    const byGate = 0 < gate && gate < callers ? ` through ${count(gate, "permit")}` : "";
    const withAll = kept!.opened < found.opened ? `; with all kept, ${kept!.opened}` : "";
    parts.push(`${count(callers, "caller")}${byGate} on ${values.keep} kept: ${opened} for ${calls}${withAll}.`);
  } else if (found.expired) {
    parts.push(`The pauses are longer than a connection is kept: ${opened} for ${calls}.`);
  } else if (found.reused) {
    parts.push(`${opened} for ${calls}: each is kept for the next call.`);
  } else {
    parts.push(`${opened} for ${calls}: none is used twice.`);
  }
  if (found.timeouts) parts.push(`${found.timeouts} of ${calls} end with PoolTimeout.`);
  if (found.pool_wait > values.pool_timeout) {
    parts.push(
      `The longest wait in the pool is ${milliseconds(found.pool_wait)}, above the pool timeout: its time ` +
        "begins anew whenever a connection comes free and another call is quicker.",
    );
  } else if (found.pool_wait) {
    parts.push(`The longest wait in the pool is ${milliseconds(found.pool_wait)}.`);
  } else if (found.gate_wait) {
    parts.push(`The longest wait for a permit is ${milliseconds(found.gate_wait)}; in the pool nobody waits.`);
  }
  return parts.join(" ");
}

export const pool: Widget<Outcome> = { model, twin, draw: (_, outcome, { width }) => drawPool(outcome, width) };
