// The pool's places as lanes over time, and below them who waits. A first call on a connection is striped: it can be
// told from a call on a kept one without colour.
import { heading, marks, timeAxis } from "./axis.ts";
import type { Outcome } from "./pool.ts";
import { svg } from "./svg.ts";

/** Pixels that all lanes share, and the least and the most that one takes. */
const LANES = 250;
const LANE = [2, 16] as const;

const QUEUE = 56;

let drawn = 0;

export function drawPool({ as_set, connections, requests, waits }: Outcome, width: number): string {
  const stripes = `ka-w-stripes-${++drawn}`;
  const scale = width / Math.max(as_set.total, 1);
  const lanes = as_set.peak;
  const lane = Math.min(LANE[1], Math.max(LANE[0], Math.floor(LANES / lanes)));
  const thick = lane > 4 ? lane - 2 : lane > 2 ? lane - 1 : lane;
  const body = [
    `<defs><pattern id="${stripes}" width="4" height="4" patternUnits="userSpaceOnUse">` +
      '<rect width="4" height="4" class="ka-w-new-2"/><rect width="2" height="4" class="ka-w-new"/></pattern></defs>',
  ];

  const named = marks(0, width, [
    [`ka-w-part" fill="url(#${stripes})`, "first call on a connection"],
    ["ka-w-part ka-w-kept", "call on a kept one"],
    ["ka-w-part ka-w-faint", "connecting, or idle"],
  ]);
  body.push(named.drawn);
  const top = named.y;

  // One path for all of a kind: there may be thousands.
  const bar = (at: number, from: number, to: number, size: number) => {
    const y = top + at * lane + (thick - size) / 2;
    const wide = (to - from) * scale;
    const right = from * scale + (wide > 4 ? wide - 1 : Math.max(0.5, wide)); // a gap to the next
    return `M${near(from * scale)} ${near(y)}H${near(right)}V${near(y + size)}H${near(from * scale)}Z`;
  };
  const idle: string[] = [];
  const fresh: string[] = [];
  const kept: string[] = [];
  for (const [at, dialled, , closed] of connections) {
    idle.push(bar(at, dialled, closed ?? as_set.total, Math.max(1, thick / 3)));
  }
  for (const [at, from, to, isKept] of requests) (isKept ? kept : fresh).push(bar(at, from, to, thick));
  body.push(`<path d="${idle.join("")}" class="ka-w-faint"/>`);
  body.push(`<path d="${fresh.join("")}" fill="url(#${stripes})"/>`);
  body.push(`<path d="${kept.join("")}" class="ka-w-kept"/>`);
  let y = top + lanes * lane + 4;
  body.push(timeAxis(y, as_set.total, scale, width));
  y += 30;

  const most = { pool: Math.max(...waits.map((each) => each[1])), gate: Math.max(...waits.map((each) => each[2])) };
  const queues: [place: 1 | 2, most: number, name: string, look: string][] = [
    [1, most.pool, "waiting in the pool's queue", "ka-w-wait"],
    [2, most.gate, "waiting for a permit", "ka-w-grey"],
  ];
  for (const [place, highest, name, look] of queues) {
    if (!highest) continue;
    const over = heading(y, width, `${name}: up to ${highest}`);
    body.push(over.drawn);
    y = over.y;
    let path = `M0 ${y + QUEUE}`;
    for (const each of waits) path += `H${near(each[0] * scale)}V${near(y + QUEUE * (1 - each[place] / highest))}`;
    body.push(`<path d="${path}H${near(width)}V${y + QUEUE}Z" class="${look}"/>`);
    y += QUEUE + 4;
    body.push(timeAxis(y, as_set.total, scale, width));
    y += 30;
  }
  return svg(width, y, body.join(""));
}

function near(value: number): number {
  return Math.round(value * 10) / 10;
}
