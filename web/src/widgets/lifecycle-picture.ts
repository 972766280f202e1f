// The picture of a connection's life: above, when each connection lives and its port waits; below, what goes to and fro
// on the one that the step is about.
import type { Connection, Outcome, Step } from "./lifecycle.ts";
import { label, line, rect, svg, widthOf } from "./svg.ts";
import type { View } from "./widget.ts";

const BAR = 20;
const ROW = 26;
const HEAD = 60;
/** Least pixels of what takes milliseconds beside waits of a minute. */
const SLIVER = 3;

export function drawLifecycle(_: unknown, outcome: Outcome, { width, step }: View): string {
  const now = outcome.steps[step]!;
  const body: string[] = [];
  const height = ladder(body, outcome, now, step, width, bars(body, outcome, now, width) + 16);
  return svg(width, height, body.join(""));
}

function seconds(t: number): string {
  return `${(t / 1000).toFixed(2)} s`;
}

// ---- when each connection lives

function bars(body: string[], { steps, connections }: Outcome, now: Step, width: number): number {
  const end = Math.max(steps.at(-1)!.t, 1);
  const left = 22;
  const right = width - 2;
  const x = (t: number) => left + ((right - left) * t) / end;
  body.push(label(0, 12, width < 300 ? "Open, then waiting" : "Connections: open, then waiting", "ka-w-strong"));
  let y = 20;
  for (const connection of connections) {
    body.push(label(0, y + 13, `${connection.number}`, connection.number === now.connection ? "ka-w-strong" : ""));
    bar(body, connection, y, x, right);
    y += BAR;
  }
  const at = Math.min(Math.max(x(now.t), left), right);
  body.push(line(at, 17, at, y + 3, "ka-w-axis"));
  body.push(label(left, y + 15, "0 s", "ka-w-quiet"), label(right, y + 15, seconds(end), "ka-w-quiet", "end"));
  const text = seconds(now.t);
  const middle = Math.min(Math.max(at, left + 50), right - 50 - widthOf(seconds(end)));
  if (at > left + 24 && at < right - widthOf(seconds(end))) body.push(label(middle, y + 15, text, "", "middle"));
  return y + 20;
}

function bar(body: string[], connection: Connection, y: number, x: (t: number) => number, right: number): void {
  const from = x(connection.opened);
  const to = Math.max(x(connection.closed), from + SLIVER);
  body.push(rect(from, y + 2, to - from, BAR - 6, "ka-w-part ka-w-kept"));
  const { client_waits, server_waits } = connection;
  const wait = client_waits ?? server_waits;
  if (!wait) return;
  const text = client_waits ? "port waits at the client" : "waits at the server";
  const until = Math.max(x(wait[1]), to + SLIVER);
  body.push(rect(to, y + 4, until - to, BAR - 10, `ka-w-part ${client_waits ? "ka-w-wait" : "ka-w-faint"}`));
  // In the bar there is no contrast to rely on, so the words stand behind it, or before, where there is room.
  if (until + 6 + widthOf(text) < right) body.push(label(until + 6, y + 13, text, "ka-w-quiet"));
  else if (from - 6 - widthOf(text) > 22) body.push(label(from - 6, y + 13, text, "ka-w-quiet", "end"));
}

// ---- what goes to and fro

function ladder(body: string[], outcome: Outcome, now: Step, at: number, width: number, top: number): number {
  const placed = outcome.steps.map((step, place) => ({ step, place }));
  const rows = placed.filter(({ step }) => step.connection === now.connection);
  const left = Math.max(66, width * 0.16);
  const right = width - Math.max(8, width * 0.1);
  body.push(label(0, top + 12, `Connection ${now.connection}`, "ka-w-strong"));
  // What one step goes through stands in its words; here stands where it ends.
  const [client, server] = [now.client, now.server].map(ends) as [string, string];
  body.push(label(0, top + 29, "client", "ka-w-quiet"), label(0, top + 44, client, "ka-w-strong"));
  body.push(label(width, top + 29, "server", "ka-w-quiet", "end"), label(width, top + 44, server, "ka-w-strong", "end"));
  const bottom = top + HEAD + rows.length * ROW;
  body.push(line(left, top + HEAD - 8, left, bottom, ""), line(right, top + HEAD - 8, right, bottom, ""));
  rows.forEach(({ step, place }, number) => {
    const y = top + HEAD + number * ROW + 12;
    const look = (place > at ? " ka-w-later" : place === at ? " ka-w-now" : "") + (step.packet === "RST" ? " ka-w-lost" : "");
    body.push(`<g class="ka-w-rung${look}">`);
    body.push(label(0, y + 4, seconds(step.t), ""));
    if (step.to) arrow(body, step, left, right, y);
    if (!step.to) dots(body, step, rows[number - 1]?.step, left, right, y);
    body.push("</g>");
  });
  return bottom + 4;
}

function arrow(body: string[], { to, packet }: Step, left: number, right: number, y: number): void {
  const [from, tip] = to === "server" ? [left + 4, right - 4] : [right - 4, left + 4];
  const back = to === "server" ? -7 : 7;
  body.push(line(from, y, tip, y, "ka-w-axis"));
  body.push(`<path class="ka-w-axis" d="M${tip + back} ${y - 4}L${tip} ${y}L${tip + back} ${y + 4}"/>`);
  body.push(label((left + right) / 2, y - 4, packet, "", "middle"));
}

/** Nothing goes over: a state changes at one end, or something has come to the client. */
function dots(body: string[], step: Step, before: Step | undefined, left: number, right: number, y: number): void {
  const [was, is] = [before, step].map((each) => [ends(each?.client), ends(each?.server)]) as [string[], string[]];
  const atClient = is[0] !== was[0] || is[1] === was[1];
  const x = atClient ? left : right;
  const state = atClient ? is[0]! : is[1]!;
  body.push(`<circle cx="${x}" cy="${y}" r="4" class="ka-w-dot"/>`);
  body.push(label(atClient ? x + 10 : x - 10, y + 4, state, "", atClient ? "start" : "end"));
}

/** The state that stands at the end of a step that goes through several. */
function ends(states = ""): string {
  return states.split("→ ").at(-1)!;
}
