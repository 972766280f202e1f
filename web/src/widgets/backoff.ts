// The backoff explorer. `src/keepalive/widgets/backoff.py` has the same model and the same words.
import { drawBackoff } from "./backoff-picture.ts";
import { drawn, next, seeded } from "./chance.ts";
import { grouped, milliseconds } from "./text.ts";
import type { Twin, Widget } from "./widget.ts";

const KINDS = {
  immediate: "none: at once",
  fixed: "fixed",
  doubling: "doubling, no jitter",
  full: "full jitter",
  equal: "equal jitter",
  decorrelated: "decorrelated jitter",
};

export interface Values {
  clients: number;
  kind: keyof typeof KINDS;
  first: number;
  cap: number;
  floor: number;
  attempts: number;
  outage: number;
  capacity: number;
  seed: number;
}

export interface Outcome {
  bins: [down: number, away: number, served: number][];
  worst: [retries: number, bin: number];
  worst_after: number;
  half: number | null;
  most: number | null;
  served: number;
  gave_up: number;
  wasted: number;
  turned_away: number;
  attempts: [requests: number, failed: number, least: number | null, mean: number | null, most: number | null][];
}

/** Milliseconds that a failed attempt takes. */
const TAKES = 20;

/** Milliseconds: a tenth of a second, in which requests are counted and the capacity holds. */
export const BIN = 100;

/** The wait after attempt `number`, from 1. `share`: what was drawn; a kind without jitter draws nothing. */
function waitAfter(values: Values, number: number, before: number, share: number): number {
  const { kind, first, cap } = values;
  const top = Math.min(cap, first * 2 ** (number - 1));
  let wait: number;
  if (kind === "immediate") wait = 0;
  else if (kind === "fixed") wait = first;
  else if (kind === "doubling") wait = top;
  else if (kind === "full") wait = top * share;
  else if (kind === "equal") wait = top / 2 + (top / 2) * share;
  else wait = first + (Math.min(cap, 3 * before) - first) * share;
  return Math.max(values.floor, Math.min(cap, wait));
}

function model(values: Values): Outcome {
  const { clients, attempts, outage } = values;
  const draws = values.kind === "full" || values.kind === "equal" || values.kind === "decorrelated";
  const tried = new Uint8Array(clients);
  const before = new Float64Array(clients).fill(values.first);
  const state = Uint32Array.from({ length: clients }, (_, client) => seeded(values.seed, client));
  const arrived = new Array<number>(attempts).fill(0);
  const failed = new Array<number>(attempts).fill(0);
  const least = new Array<number>(attempts).fill(Infinity);
  const total = new Array<number>(attempts).fill(0);
  const longest = new Array<number>(attempts).fill(0);
  const bins: Outcome["bins"] = [];
  const retries: number[] = [];
  const served: number[] = [];
  let gaveUp = 0;
  let wasted = 0;

  const note = (client: number, at: number, what: 0 | 1 | 2): void => {
    const place = Math.floor(at / BIN);
    while (bins.length <= place) {
      bins.push([0, 0, 0]);
      retries.push(0);
    }
    bins[place]![what]++;
    if (tried[client]! > 0) retries[place]!++;
    arrived[tried[client]!]!++;
    tried[client]!++;
  };
  /** When the client asks again; -1 if it does not. */
  const fails = (client: number, at: number): number => {
    const number = tried[client]!;
    failed[number - 1]!++;
    if (number === attempts) {
      gaveUp++;
      return -1;
    }
    let share = 0;
    if (draws) {
      state[client] = next(state[client]!);
      share = drawn(state[client]!);
    }
    const wait = waitAfter(values, number, before[client]!, share);
    before[client] = wait;
    least[number] = Math.min(least[number]!, wait);
    total[number]! += wait;
    longest[number] = Math.max(longest[number]!, wait);
    return at + TAKES + wait;
  };

  const waiting = new Heap(clients);
  for (let client = 0; client < clients; client++) {
    let at = 0;
    while (at >= 0 && at < outage) {
      note(client, at, 0);
      wasted++;
      at = fails(client, at);
    }
    if (at >= 0) waiting.push(at, client);
  }

  const room = Math.floor(values.capacity / 10);
  let window = -1;
  let filled = 0;
  while (waiting.size) {
    const [at, client] = waiting.pop();
    const its = Math.floor((at - outage) / BIN);
    if (its !== window) [window, filled] = [its, 0];
    filled++;
    if (!room || filled <= room) {
      note(client, at, 2);
      served.push(at);
      continue;
    }
    note(client, at, 1);
    const again = fails(client, at);
    if (again >= 0) waiting.push(again, client);
  }

  const worst = Math.max(0, ...retries);
  const nth = (number: number) => served[number - 1] ?? null;
  return {
    bins,
    worst: [worst, worst ? retries.indexOf(worst) : 0],
    worst_after: Math.max(0, ...bins.slice(outage / BIN).map(([down, away, right]) => down + away + right)),
    half: nth(Math.ceil(clients / 2)),
    most: nth(Math.ceil((clients * 99) / 100)),
    served: served.length,
    gave_up: gaveUp,
    wasted,
    turned_away: bins.reduce((sum, [, away]) => sum + away, 0),
    attempts: arrived.map((came, number) =>
      came && number
        ? [came, failed[number]!, least[number]!, total[number]! / came, longest[number]!]
        : [came, failed[number]!, null, null, null],
    ),
  };
}

/** Who asks next, and when. Of two at one time, the client with the lower number. */
class Heap {
  size = 0;
  readonly #at: Float64Array;
  readonly #who: Int32Array;

  constructor(most: number) {
    this.#at = new Float64Array(most);
    this.#who = new Int32Array(most);
  }

  push(at: number, who: number): void {
    let place = this.size++;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#isLater(above, at, who)) break;
      this.#at[place] = this.#at[above]!;
      this.#who[place] = this.#who[above]!;
      place = above;
    }
    this.#at[place] = at;
    this.#who[place] = who;
  }

  pop(): [at: number, who: number] {
    const first: [number, number] = [this.#at[0]!, this.#who[0]!];
    const size = --this.size;
    const [at, who] = [this.#at[size]!, this.#who[size]!];
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= size) break;
      if (below + 1 < size && this.#isLater(below, this.#at[below + 1]!, this.#who[below + 1]!)) below++;
      if (this.#isLater(below, at, who)) break;
      this.#at[place] = this.#at[below]!;
      this.#who[place] = this.#who[below]!;
      place = below;
    }
    this.#at[place] = at;
    this.#who[place] = who;
    return first;
  }

  #isLater(place: number, at: number, who: number): boolean {
    return this.#at[place]! > at || (this.#at[place]! === at && this.#who[place]! > who);
  }
}

function twin(values: Values, outcome: Outcome): Twin {
  return {
    finding: finding(values, outcome),
    caption: `Attempts of ${grouped(values.clients)} clients, ${KINDS[values.kind]}`,
    header: ["Attempt", "Requests", "Of these failed", "Shortest wait before", "Mean wait", "Longest wait"],
    rows: outcome.attempts.map(([came, failed, ...waits], place) => [
      `${place + 1}`,
      grouped(came),
      grouped(failed),
      ...waits.map((each) => (each === null ? "none" : milliseconds(Math.floor(each + 0.5)))),
    ]),
  };
}

function finding({ clients, outage }: Values, outcome: Outcome): string {
  const { half, most, gave_up: gaveUp } = outcome;
  const [worst] = outcome.worst;
  const parts: string[] = [];
  if (worst) {
    const after = outcome.worst_after;
    const back = after ? `; once the server is back, up to ${count(after, "request", "requests")}` : "";
    parts.push(
      `Up to ${count(worst, "retry", "retries")} of ${grouped(clients)} clients fall into one tenth of a second${back}.`,
    );
  } else {
    parts.push(`Nobody asks a second time: ${grouped(clients)} requests come at once.`);
  }
  if (outcome.wasted) parts.push(`${count(outcome.wasted, "request meets", "requests meet")} a server that is down.`);
  if (outcome.turned_away) {
    parts.push(`${count(outcome.turned_away, "request is", "requests are")} turned away afterwards.`);
  }
  if (half !== null) {
    const since = outage ? "it is back" : "the start";
    const later = most === null ? "" : `, 99 % after ${milliseconds(most - outage)}`;
    parts.push(`Half of the clients are served ${milliseconds(half - outage)} after ${since}${later}.`);
  }
  if (gaveUp === clients) parts.push("All clients give up.");
  else if (gaveUp) parts.push(`${count(gaveUp, "client gives", "clients give")} up.`);
  return parts.join(" ");
}

function count(number: number, one: string, many: string): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

export const backoff: Widget<Outcome> = {
  model,
  twin,
  draw: (values: Values, outcome, { width }) => drawBackoff(values, outcome, width),
};
