// The life of a connection. `src/keepalive/widgets/lifecycle.py` has the same model and the same words.
import { drawLifecycle } from "./lifecycle-picture.ts";
import { count, fixed } from "./text.ts";
import type { Twin, Widget } from "./widget.ts";

/** Milliseconds, on Linux; so long it also waits in FIN-WAIT-2 for the other end's close. */
const TIME_WAIT = 60_000;

interface Values {
  client: "one" | "each";
  closes: "open" | "server";
  calls: number;
  pause: number;
  expiry: number;
  idle: number;
  rtt: number;
  tls: boolean;
}

export interface Step {
  t: number;
  connection: number;
  text: string;
  to: "client" | "server" | "";
  packet: string;
  client: string;
  server: string;
  ports: number;
}

type Wait = [from: number, to: number];

export interface Connection {
  number: number;
  opened: number;
  closed: number;
  client_waits: Wait | null;
  server_waits: Wait | null;
  freed: number;
}

export interface Outcome {
  steps: Step[];
  calls: { call: number; connection: number; how: "new" | "kept" | "failed"; began: number; ended: number }[];
  connections: Connection[];
  failed: number[];
  over: number;
  held: number;
  held_by_server: number;
  held_until: number | null;
}

// What goes over the wire in a step, at whose time it is sent: to whom, and what.
type Over = [to: Step["to"], packet: string];
const SYN: Over = ["server", "SYN"];
const FIN_OUT: Over = ["server", "FIN"];
const ACK_OUT: Over = ["server", "ACK"];
const SYN_ACK: Over = ["client", "SYN, ACK"];
const FIN_IN: Over = ["client", "FIN"];
const RESET: Over = ["client", "RST"];
const CLIENT_HELLO: Over = ["server", "ClientHello"];
const SERVER_HELLO: Over = ["client", "ServerHello"];
const NOTHING: Over = ["", ""];

/** Collects what happens; at the end it is put in order, and each step is told the states that then hold. */
class Story {
  readonly values: Values;
  readonly rtt: number;
  readonly half: number;
  readonly pause: number;
  readonly idle: number;
  readonly expiry: number;
  readonly steps: Step[] = [];
  readonly connections: Connection[] = [];
  readonly calls: Outcome["calls"] = [];
  /** When nothing is left to happen but the end of TIME-WAIT. */
  over = 0;

  constructor(values: Values) {
    this.values = values;
    this.rtt = values.rtt;
    this.half = Math.floor(values.rtt / 2);
    [this.pause, this.idle, this.expiry] = [values.pause, values.idle, values.expiry].map((each) =>
      Math.round(each * 1000),
    ) as [number, number, number];
  }

  /** `client`, `server`: the state from then on, where it changes. `after`: when all else is over. */
  tell(
    t: number,
    { number }: Connection,
    text: string,
    [to, packet]: Over = NOTHING,
    client = "",
    server = "",
    after = false,
  ): void {
    if (!after) this.over = Math.max(this.over, t);
    this.steps.push({ t, connection: number, text, to, packet, client, server, ports: 0 });
  }

  // ---- calls

  /** A call on a new connection; it, and when the answer is there. */
  fresh(call: number, at: number): [Connection, number] {
    const number = this.connections.length + 1;
    const connection: Connection = {
      number,
      opened: at,
      closed: at,
      client_waits: null,
      server_waits: null,
      freed: at,
    };
    this.connections.push(connection);
    const began = at;
    const { tls } = this.values;
    this.tell(at, connection, `Call ${call}: look up the name, take a port, connect.`, SYN, "SYN-SENT", "LISTEN");
    this.tell(at + this.half, connection, "The server's kernel accepts.", SYN_ACK, "", "SYN-RECEIVED");
    at += this.rtt;
    const request: Over = ["server", `request ${call}`];
    const then = tls ? "The TLS handshake begins." : `Request ${call} goes out.`;
    const over = tls ? CLIENT_HELLO : request;
    this.tell(at, connection, `Connected after one round trip. ${then}`, over, "ESTABLISHED");
    if (tls) {
      let text = "The server answers the handshake.";
      this.tell(at + this.half, connection, text, SERVER_HELLO, "", "ESTABLISHED");
      at += this.rtt;
      text = `TLS 1.3 is agreed on after one more. Request ${call} goes out.`;
      this.tell(at, connection, text, request);
    }
    return [connection, this.answer(call, connection, began, at, "new")];
  }

  kept(call: number, connection: Connection, at: number): number {
    this.tell(at, connection, `Call ${call}: the kept connection is used.`, ["server", `request ${call}`]);
    return this.answer(call, connection, at, at, "kept");
  }

  answer(call: number, connection: Connection, began: number, sent: number, how: "new" | "kept"): number {
    const ended = sent + this.rtt;
    this.calls.push({ call, connection: connection.number, how, began, ended });
    if (this.values.closes === "server") {
      let text = `The server answers request ${call} with Connection: close, and closes.`;
      this.tell(sent + this.half, connection, text, ["client", `answer ${call}, FIN`], "", "FIN-WAIT-1");
      text = `Answer ${call} is there, and the close with it. The client closes too.`;
      this.tell(ended, connection, text, FIN_OUT, "CLOSE-WAIT → LAST-ACK");
      this.serverWaitsFrom(connection, ended + this.half, ended);
    } else {
      const text = `The server answers request ${call}.`;
      this.tell(sent + this.half, connection, text, ["client", `answer ${call}`], "", "ESTABLISHED");
    }
    if (this.values.closes === "open" && this.values.client === "one") {
      this.tell(ended, connection, `Answer ${call} is there. The connection is idle.`);
    }
    return ended;
  }

  // ---- ends

  clientCloses(connection: Connection, at: number, why: string): void {
    connection.closed = at;
    this.tell(at, connection, why, FIN_OUT, "FIN-WAIT-1");
    let text = "The server reads the end, and closes too.";
    this.tell(at + this.half, connection, text, FIN_IN, "", "CLOSE-WAIT → LAST-ACK");
    this.tell(at + this.rtt, connection, "The server's close is there.", ACK_OUT, "FIN-WAIT-2 → TIME-WAIT");
    text = "The server has forgotten the connection. The client, who closed first, has not.";
    this.tell(at + this.rtt + this.half, connection, text, NOTHING, "", "closed");
    this.clientWaitsFrom(connection, at + this.rtt);
  }

  clientWaitsFrom(connection: Connection, at: number): void {
    connection.client_waits = [at, at + TIME_WAIT];
    connection.freed = at + TIME_WAIT;
    const text = "TIME-WAIT is over: the client's port is free.";
    this.tell(at + TIME_WAIT, connection, text, NOTHING, "closed", "", true);
  }

  /** The client's close, sent half a round trip before `at`, reaches a server that closed first. */
  serverWaitsFrom(connection: Connection, at: number, closed: number): void {
    connection.closed = closed;
    connection.freed = at + this.half;
    connection.server_waits = [at, at + TIME_WAIT];
    this.tell(at, connection, "The client's close is there.", ["client", "ACK"], "", "FIN-WAIT-2 → TIME-WAIT");
    let text = "The client's port is free. The server, who closed first, waits.";
    this.tell(at + this.half, connection, text, NOTHING, "closed");
    text = "TIME-WAIT is over at the server.";
    this.tell(at + TIME_WAIT, connection, text, NOTHING, "", "closed", true);
  }

  // ---- what a call meets that comes after a pause

  nextCall(call: number, connection: Connection, ended: number): [Connection | undefined, number] {
    const { pause, idle, expiry } = this;
    const at = ended + pause;
    // When the request arrives, or would.
    const serverClosed = pause > idle - this.rtt;
    if (serverClosed) {
      const text = `Idle for ${seconds(idle)}: the server closes.`;
      this.tell(ended - this.half + idle, connection, text, FIN_IN, "", "FIN-WAIT-1");
    }
    if (pause >= idle) this.replaced(connection, ended + idle, at);
    else if (serverClosed && pause <= expiry) return [undefined, this.crossed(call, connection, at, ended + idle)];
    else if (serverClosed) this.bothClose(connection, at, ended + idle);
    else if (pause > expiry) {
      const text = `Idle for longer than keepalive_expiry, ${seconds(expiry)}: the client closes.`;
      this.clientCloses(connection, at, text);
    } else return [connection, this.kept(call, connection, at)];
    return this.fresh(call, at);
  }

  /** The server's close was there long before the call. */
  replaced(connection: Connection, heard: number, at: number): void {
    const text = "The close is there. httpx does not look: no call needs the connection.";
    this.tell(heard, connection, text, ACK_OUT, "CLOSE-WAIT");
    const waitsFrom = heard + this.half;
    const waits = "The server waits for the client to close.";
    const dropped = "A call looks, finds it closed, and drops it.";
    if (at + this.half < waitsFrom + TIME_WAIT) {
      if (at + this.half > waitsFrom) this.tell(waitsFrom, connection, waits, NOTHING, "", "FIN-WAIT-2");
      this.tell(at, connection, dropped, FIN_OUT, "LAST-ACK");
      this.serverWaitsFrom(connection, at + this.half, heard);
      return;
    }
    this.tell(waitsFrom, connection, waits, NOTHING, "", "FIN-WAIT-2");
    this.tell(waitsFrom + TIME_WAIT, connection, "The server's kernel waits no longer.", NOTHING, "", "closed");
    this.tell(at, connection, dropped, FIN_OUT, "LAST-ACK");
    const free = "At the server nobody knows of it. The port is free.";
    this.tell(at + this.rtt, connection, free, RESET, "closed");
    connection.closed = heard;
    connection.freed = at + this.rtt;
  }

  /** The request goes out on a connection that the server has closed, or will have when it arrives. */
  crossed(call: number, connection: Connection, at: number, heard: number): number {
    let text = `Call ${call}: the kept connection is used. The server's close cannot be known yet.`;
    this.tell(at, connection, text, ["server", `request ${call}`]);
    text = `Request ${call} meets a closed connection: nobody reads it.`;
    this.tell(at + this.half, connection, text, RESET, "", "closed");
    text = `The close is there, no answer: call ${call} fails with RemoteProtocolError.`;
    this.tell(heard, connection, text, FIN_OUT, "CLOSE-WAIT → LAST-ACK");
    this.tell(at + this.rtt, connection, "The reset is there. The port is free.", NOTHING, "closed");
    connection.closed = heard;
    connection.freed = at + this.rtt;
    this.calls.push({ call, connection: connection.number, how: "failed", began: at, ended: heard });
    return heard;
  }

  bothClose(connection: Connection, at: number, heard: number): void {
    let text = "Idle for longer than keepalive_expiry: the client closes. The server's close is on its way.";
    this.tell(at, connection, text, FIN_OUT, "FIN-WAIT-1");
    this.tell(at + this.half, connection, "The two closes have crossed.", ["client", "ACK"], "", "CLOSING");
    this.tell(heard, connection, "The server's close is there.", ACK_OUT, "CLOSING");
    this.tell(heard + this.half, connection, "Both closed first, so both wait.", NOTHING, "", "TIME-WAIT");
    this.tell(at + this.rtt, connection, "The client waits.", NOTHING, "TIME-WAIT");
    connection.closed = at;
    this.clientWaitsFrom(connection, at + this.rtt);
    const fromThen = heard + this.half;
    connection.server_waits = [fromThen, fromThen + TIME_WAIT];
    text = "TIME-WAIT is over at the server.";
    this.tell(fromThen + TIME_WAIT, connection, text, NOTHING, "", "closed", true);
  }
}

function model(values: Values): Outcome {
  const story = new Story(values);
  let idle: Connection | undefined;
  let ended = 0;
  for (let call = 1; call <= values.calls; call++) {
    if (idle) [idle, ended] = story.nextCall(call, idle, ended);
    else [idle, ended] = story.fresh(call, call > 1 ? ended + story.pause : 0);
    if (values.closes === "server") idle = undefined;
    else if (values.client === "each" && idle) {
      story.clientCloses(idle, ended, `Answer ${call} is there. The client was for this call, and closes.`);
      idle = undefined;
    }
  }
  if (idle) story.clientCloses(idle, ended, "No call is left: the client is closed.");
  return told(story);
}

function told({ steps, calls, connections, over }: Story): Outcome {
  steps.sort((one, other) => one.t - other.t); // what happens at one moment stays as it was told
  const waiting = (end: "client_waits" | "server_waits", at: number) =>
    connections.filter(({ [end]: wait }) => wait && wait[0] <= at && at < wait[1]).length;
  const states = new Map<number, { client: string; server: string }>();
  for (const step of steps) {
    const state = states.get(step.connection) ?? { client: "", server: "" };
    states.set(step.connection, state);
    for (const end of ["client", "server"] as const) {
      if (step[end]) state[end] = step[end].split("→ ").at(-1)!;
      else step[end] = state[end];
    }
    step.ports = waiting("client_waits", step.t);
  }
  const until = connections.flatMap(({ client_waits }) => (client_waits ? [client_waits[1]] : []));
  return {
    steps,
    calls,
    connections,
    failed: calls.filter(({ how }) => how === "failed").map(({ call }) => call),
    over,
    held: waiting("client_waits", over),
    held_by_server: waiting("server_waits", over),
    held_until: until.length ? Math.max(...until) : null,
  };
}

function twin(values: Values, outcome: Outcome): Twin {
  const rows = outcome.steps.map((step) => [
    seconds(step.t),
    `${step.connection}`,
    step.text,
    step.client,
    step.server,
    `${step.ports}`,
  ]);
  return {
    finding: finding(values, outcome),
    caption:
      `${count(rows.length, "step")}, with the state at both ends, ` +
      "and how many ports of the client are in TIME-WAIT",
    header: ["Time", "Connection", "What happens", "Client", "Server", "Ports waiting"],
    rows,
  };
}

function finding({ calls }: Values, outcome: Outcome): string {
  const { connections, failed, held, held_by_server: byServer } = outcome;
  let shared = `${count(calls, "call")}, ${count(connections.length, "connection")}.`;
  if (failed.length) {
    const which = failed.length === 1 ? `Call ${failed[0]} fails` : `Calls ${failed.join(" and ")} fail`;
    shared += ` ${which} with RemoteProtocolError: the server's close crosses the request.`;
  }
  if (held) {
    const until = `until ${seconds(outcome.held_until!)}`;
    if (held === 1) return `${shared} At the end 1 port of the client is held in TIME-WAIT, ${until}.`;
    return `${shared} At the end ${held} ports of the client are held in TIME-WAIT, the last ${until}.`;
  }
  if (byServer) return `${shared} At the end the client holds no port; the server holds ${byServer} in TIME-WAIT.`;
  return `${shared} At the end nobody holds a port.`;
}

function steps({ steps }: Outcome): string[] {
  return steps.map(({ t, connection, text, client, server, ports }) => {
    const states = `Client ${client}, server ${server}; ports waiting: ${ports}.`;
    return `${seconds(t)}, connection ${connection}. ${text} ${states}`;
  });
}

export function seconds(value: number): string {
  return `${fixed(value / 1000, 2)} s`;
}

export const lifecycle: Widget<Outcome> = { model, twin, steps, draw: drawLifecycle };
