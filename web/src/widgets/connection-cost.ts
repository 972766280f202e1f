// What connections cost. `src/keepalive/widgets/connection_cost.py` has the same model and the same words.
import { label, line, rect, svg, widthOf } from "./svg.ts";
import { count, fixed, milliseconds } from "./text.ts";
import type { Twin, View, Widget } from "./widget.ts";

interface Values {
  rtt: number;
  calls: number;
  at_once: number;
  protocol: "http" | "tls12" | "tls13";
  server: number;
  context: number;
}

type Part = "waiting" | "context" | "tcp" | "tls" | "requests" | "server";

interface Way {
  connections: number;
  contexts: number;
  round_trips: { tcp: number; tls: number; requests: number };
  first: number;
  later: number;
  total: number;
  parts: Record<Part, number>;
}

interface Outcome {
  per_call: Way;
  one_client: Way;
  ratio: number;
}

const TLS_ROUND_TRIPS = { http: 0, tls12: 2, tls13: 1 };

function model({ rtt, calls, at_once, protocol, server, context }: Values): Outcome {
  const lanes = Math.min(at_once, calls);
  const turns = Math.ceil(calls / lanes);
  const tls = TLS_ROUND_TRIPS[protocol];
  const fresh = rtt * (2 + tls) + server;
  const kept = rtt + server;

  const freeAt = new Array<number>(lanes).fill(0);
  let loopFreeAt = 0;
  for (let call = 0; call < calls; call++) {
    loopFreeAt = Math.max(freeAt[call % lanes]!, loopFreeAt) + context;
    freeAt[call % lanes] = loopFreeAt + fresh;
  }
  const total = freeAt[(calls - 1) % lanes]!;
  const oneTotal = context + fresh + kept * (turns - 1);
  return {
    per_call: {
      connections: calls,
      contexts: calls,
      round_trips: { tcp: calls, tls: calls * tls, requests: calls },
      first: context + fresh,
      later: context + fresh,
      total,
      parts: {
        waiting: total - turns * (context + fresh),
        context: turns * context,
        tcp: turns * rtt,
        tls: turns * tls * rtt,
        requests: turns * rtt,
        server: turns * server,
      },
    },
    one_client: {
      connections: lanes,
      contexts: 1,
      round_trips: { tcp: lanes, tls: lanes * tls, requests: calls },
      first: context + fresh,
      later: kept,
      total: oneTotal,
      parts: { waiting: 0, context, tcp: rtt, tls: tls * rtt, requests: turns * rtt, server: turns * server },
    },
    ratio: oneTotal ? total / oneTotal : 1,
  };
}

function twin(values: Values, outcome: Outcome): Twin {
  const { per_call: each, one_client: one } = outcome;
  const row = (name: string, of: (way: Way) => number | string) => [name, `${of(each)}`, `${of(one)}`];
  return {
    finding: finding(values, outcome),
    caption: `${count(values.calls, "call")}, a client for each against one client`,
    header: ["What it takes", "A client per call", "One client"],
    rows: [
      row("Connections opened", (way) => way.connections),
      row("Round trips for TCP", (way) => way.round_trips.tcp),
      row("Round trips for TLS", (way) => way.round_trips.tls),
      row("Round trips for requests", (way) => way.round_trips.requests),
      row("TLS contexts made", (way) => way.contexts),
      row("The first call takes, alone", (way) => milliseconds(way.first)),
      row("A later call takes, alone", (way) => milliseconds(way.later)),
      row("All calls take", (way) => milliseconds(way.total)),
      row("Of that, waiting for others' contexts", (way) => milliseconds(way.parts.waiting)),
    ],
  };
}

function finding({ rtt }: Values, { per_call: each, one_client: one, ratio }: Outcome): string {
  if (one.total === 0) {
    return "Nothing takes any time here: give the network some distance, or the server some work.";
  }
  if (each.total === one.total) {
    return rtt
      ? `Both take ${milliseconds(one.total)}. No call comes after another, so each needs a connection of its ` +
          "own: nothing can be kept for a later one."
      : `Both take ${milliseconds(one.total)}: over no distance a connection costs no time.`;
  }
  const opened = count(each.connections, "connection");
  const isSame = each.connections === one.connections;
  return (
    `A client per call takes ${milliseconds(each.total)}, one client ${milliseconds(one.total)}: ` +
    `${fixed(ratio, ratio >= 2 ? 1 : 2)} times as long. ` +
    (isSame ? `Each opens ${opened}.` : `It opens ${opened} instead of ${one.connections}.`)
  );
}

// ---- the picture

const PARTS: [Part, string, string][] = [
  ["waiting", "waiting for others' contexts", "ka-w-faint"],
  ["context", "TLS contexts", "ka-w-wait"],
  ["tcp", "TCP", "ka-w-new"],
  ["tls", "TLS", "ka-w-new-2"],
  ["requests", "requests", "ka-w-kept"],
  ["server", "server", "ka-w-grey"],
];

const BAR = 24;
const LINE = 17;
/** How much wider a bold text is. */
const BOLD = 1.12;

/** Two bars on one scale; the parts are named below, each with a mark at the place where it begins. */
function draw(_: Values, outcome: Outcome, { width }: View): string {
  const scale = width / Math.max(outcome.per_call.total, outcome.one_client.total, 1);
  const body: string[] = [];
  let y = 0;
  const ways: [string, Way][] = [
    ["A client per call", outcome.per_call],
    ["One client", outcome.one_client],
  ];
  for (const [name, way] of ways) {
    const opened = count(way.connections, "connection");
    const title = `${name}: ${milliseconds(way.total)}, ${opened}`;
    const lines = widthOf(title) * BOLD < width ? [title] : [`${name}:`, `${milliseconds(way.total)}, ${opened}`];
    for (const text of lines) body.push(label(0, (y += LINE) - 4, text, "ka-w-strong"));
    y += 3;
    y = bar(body, way, y, scale, width) + 14;
  }
  return svg(width, y, body.join(""));
}

function bar(body: string[], way: Way, top: number, scale: number, width: number): number {
  let from = 0;
  let x = 0;
  let below = top + BAR + 16;
  for (const [part, name, look] of PARTS) {
    const size = way.parts[part] * scale;
    if (size <= 0) continue;
    body.push(rect(from, top, size, BAR, `ka-w-part ${look}`));
    const text = `${name} ${milliseconds(way.parts[part])}`;
    let at = Math.max(x, from);
    if (at + 14 + widthOf(text) > width) {
      // No room behind the one before: right-aligned if that fits, else in a line of its own.
      at = width - 14 - widthOf(text);
      if (at < x) {
        below += LINE;
        at = Math.max(0, Math.min(from, at));
      }
    }
    body.push(rect(at, below - 9, 9, 9, `ka-w-part ${look}`), label(at + 14, below, text));
    x = at + 14 + widthOf(text) + 12;
    from += size;
  }
  if (from === 0) body.push(line(0, top, 0, top + BAR, "ka-w-axis"));
  return below + 4;
}

export const connectionCost: Widget<Outcome> = { model, twin, draw };
