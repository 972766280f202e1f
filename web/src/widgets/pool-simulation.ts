// The connection pool of httpcore 1.0.9, for one origin, in small. `src/keepalive/widgets/pool_simulation.py` has the
// same, says why each place is as it is, and is held to the real pool by a test.
import { mixed } from "../questions/shuffle.ts";

const KEEPALIVE_EXPIRY = 5000;

export interface Settings {
  callers: number;
  calls: number;
  service: number;
  most: number | null;
  keep: number | null;
  pool_timeout: number;
  gate: number;
  pause: number;
  connect: number;
  varies: boolean;
  server_closes: boolean;
}

/** The figures; times in milliseconds. */
export interface Summary {
  opened: number;
  reused: number;
  surplus: number;
  expired: number;
  by_server: number;
  peak: number;
  timeouts: number;
  pool_wait: number;
  gate_wait: number;
  looks: number;
  total: number;
}

interface Wait {
  task?: Task;
  ending?: string;
}

type Task = Generator<Wait | null, void, string | undefined>;

interface Timer {
  at: number;
  order: number;
  wait: Wait;
  ending: string;
}

class Loop {
  now = 0;
  #ready: [Task, string | undefined][] = [];
  readonly #timers: Timer[] = []; // a heap: none ends before the one at half its place
  #order = 0;

  start(task: Task): void {
    this.#ready.push([task, undefined]);
  }

  later(delay: number, wait: Wait, ending = "time"): Wait {
    const timer = { at: this.now + delay, order: this.#order++, wait, ending };
    const heap = this.#timers;
    let place = heap.push(timer) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!before(timer, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = timer;
    return wait;
  }

  end(wait: Wait, ending: string): void {
    if (wait.ending !== undefined) return;
    wait.ending = ending;
    if (wait.task) this.#ready.push([wait.task, ending]);
  }

  run(): void {
    for (;;) {
      while (this.#timers.length && this.#timers[0]!.wait.ending !== undefined) this.#pop();
      if (!this.#ready.length) {
        if (!this.#timers.length) return;
        this.now = this.#timers[0]!.at;
      }
      const due: Timer[] = [];
      while (this.#timers.length && this.#timers[0]!.at <= this.now) due.push(this.#pop());
      const turn = this.#ready;
      this.#ready = [];
      for (const [task, ending] of turn) {
        const { done, value: wait } = task.next(ending);
        if (done) continue;
        if (wait) wait.task = task;
        else this.#ready.push([task, undefined]);
      }
      for (const { wait, ending } of due) this.end(wait, ending);
    }
  }

  #pop(): Timer {
    const heap = this.#timers;
    const first = heap[0]!;
    const last = heap.pop()!;
    const size = heap.length;
    if (!size) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= size) break;
      if (below + 1 < size && before(heap[below + 1]!, heap[below]!)) below++;
      if (!before(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function before(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

class Lock {
  #held = false;
  readonly #waiting: Wait[] = [];
  readonly #loop: Loop;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  *acquire(): Task {
    if (this.#held) {
      const wait: Wait = {};
      this.#waiting.push(wait);
      yield wait;
    } else {
      this.#held = true;
      yield null;
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) this.#loop.end(next, "yours");
    else this.#held = false;
  }
}

class Semaphore {
  #permits: number;
  readonly #waiting: Wait[] = [];
  readonly #loop: Loop;

  constructor(loop: Loop, permits: number) {
    [this.#loop, this.#permits] = [loop, permits];
  }

  *acquire(): Task {
    if (this.#permits && !this.#waiting.length) {
      this.#permits--;
      return;
    }
    const wait: Wait = {};
    this.#waiting.push(wait);
    yield wait;
    this.#waiting.splice(this.#waiting.indexOf(wait), 1);
    if (this.#permits) this.#wake();
  }

  release(): void {
    this.#permits++;
    this.#wake();
  }

  #wake(): void {
    const next = this.#waiting.find((wait) => wait.ending === undefined);
    if (!next) return;
    this.#permits--;
    this.#loop.end(next, "yours");
  }
}

type State = "connecting" | "new" | "active" | "idle" | "closed";
type Why = "surplus" | "expired" | "server";

export class Connection {
  readonly lane: number;
  state: State = "connecting";
  dialled = 0;
  opened: number | null = null;
  closed: number | null = null;
  why: Why | undefined;
  expires = 0;
  readonly served: [from: number, to: number][] = [];
  readonly dialLock: Lock;
  readonly stateLock: Lock;

  constructor(loop: Loop, lane: number) {
    this.lane = lane;
    this.dialLock = new Lock(loop);
    this.stateLock = new Lock(loop);
  }
}

interface Request {
  connection: Connection | undefined;
  event: Wait | undefined;
}

type Where = "gate" | "pool";

export class Simulation {
  readonly #settings: Settings;
  readonly #loop = new Loop();
  readonly #most: number;
  readonly #keep: number;
  readonly #gate: Semaphore | undefined;
  readonly #pool: Connection[] = [];
  readonly #requests: Request[] = [];
  #queued = 0;
  #quiet = 0;
  readonly #lanes: boolean[] = [];
  readonly connections: Connection[] = [];
  #peak = 0;
  #timeouts = 0;
  #looks = 0;
  readonly #longest = { gate: 0, pool: 0 };
  readonly #waiting = { gate: 0, pool: 0 };
  readonly waits: [at: number, pool: number, gate: number][] = [[0, 0, 0]];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#most = settings.most ?? Infinity;
    this.#keep = Math.min(this.#most, settings.keep ?? Infinity);
    if (settings.gate) this.#gate = new Semaphore(this.#loop, settings.gate);
    for (let caller = 0; caller < settings.callers; caller++) this.#loop.start(this.#caller(caller));
    this.#loop.run();
  }

  // ---- a caller

  *#caller(number: number): Task {
    const { calls, pause } = this.#settings;
    for (let nth = 0; nth < calls; nth++) {
      if (this.#gate) {
        const came = this.#loop.now;
        this.#count("gate", 1);
        yield* this.#gate.acquire();
        this.#count("gate", -1);
        this.#waited("gate", came);
      }
      yield* this.#call(number * calls + nth);
      this.#gate?.release();
      if (pause && nth + 1 < calls) yield this.#loop.later(pause, {});
    }
  }

  *#call(number: number): Task {
    const loop = this.#loop;
    const came = loop.now;
    const request: Request = { connection: undefined, event: undefined };
    this.#requests.push(request);
    this.#queued++;
    this.#count("pool", 1);
    let connection: Connection;
    let assigned: number;
    for (;;) {
      yield* this.#close(this.#assign());
      if (!request.connection) {
        request.event = loop.later(this.#settings.pool_timeout, {}, "timeout");
        if ((yield request.event) === "timeout") {
          this.#count("pool", -1);
          this.#waited("pool", came);
          this.#timeouts++;
          this.#leave(request);
          yield* this.#close(this.#assign());
          return;
        }
      }
      connection = request.connection!;
      assigned = loop.now;
      this.#count("pool", -1);
      yield* this.#open(connection);
      yield* connection.stateLock.acquire();
      const isOurs = connection.state === "new" || connection.state === "idle";
      if (isOurs) {
        if (connection.state === "idle") this.#quiet--;
        connection.state = "active";
      }
      connection.stateLock.release();
      if (isOurs) break;
      request.connection = request.event = undefined;
      this.#queued++;
      this.#count("pool", 1);
    }
    this.#waited("pool", came, assigned);
    yield null; // the request is written
    const sent = loop.now;
    yield loop.later(this.#answerTakes(number), {});
    connection.served.push([sent, loop.now]);
    yield* this.#answered(connection);
    this.#leave(request);
    yield* this.#close(this.#assign());
  }

  #answerTakes(call: number): number {
    const { service, varies } = this.#settings;
    return varies ? Math.max(1, Math.floor(service * (0.5 + mixed(call + 1) / 4294967296) + 0.5)) : service;
  }

  *#open(connection: Connection): Task {
    yield* connection.dialLock.acquire();
    if (connection.opened === null) {
      yield null;
      connection.dialled = this.#loop.now;
      this.connections.push(connection);
      yield this.#loop.later(this.#settings.connect, {});
      connection.opened = this.#loop.now;
      connection.state = "new";
    }
    connection.dialLock.release();
  }

  *#answered(connection: Connection): Task {
    yield* connection.stateLock.acquire();
    this.#quiet++;
    if (this.#settings.server_closes) {
      connection.state = "closed";
      connection.closed = this.#loop.now;
      connection.why = "server";
      yield null;
    } else {
      connection.state = "idle";
      connection.expires = this.#loop.now + KEEPALIVE_EXPIRY;
    }
    connection.stateLock.release();
  }

  // ---- the pool

  #assign(): Connection[] {
    const closing: Connection[] = [];
    this.#looks += this.#pool.length;
    for (const connection of this.#quiet ? [...this.#pool] : []) {
      if (connection.state === "closed") {
        this.#remove(connection);
      } else if (connection.state === "idle" && this.#loop.now > connection.expires) {
        closing.push(this.#remove(connection, "expired"));
      } else if (connection.state === "idle" && this.#pool.length > this.#keep) {
        closing.push(this.#remove(connection, "surplus"));
      }
    }
    if (this.#queued) this.#serve();
    return closing;
  }

  #serve(): void {
    const free = this.#quiet ? this.#pool.find((each) => each.state === "idle") : undefined;
    for (const request of this.#requests) {
      if (request.connection) continue;
      if (!free && this.#pool.length >= this.#most) {
        this.#looks += this.#queued * this.#pool.length;
        return;
      }
      this.#looks += this.#pool.length;
      request.connection = free ?? this.#make();
      this.#queued--;
      if (request.event) this.#loop.end(request.event, "assigned");
    }
  }

  #make(): Connection {
    const taken = this.#lanes.indexOf(false);
    const lane = taken < 0 ? this.#lanes.length : taken;
    this.#lanes[lane] = true;
    const connection = new Connection(this.#loop, lane);
    this.#pool.push(connection);
    this.#peak = Math.max(this.#peak, this.#pool.length);
    return connection;
  }

  #remove(connection: Connection, why?: Why): Connection {
    this.#pool.splice(this.#pool.indexOf(connection), 1);
    this.#quiet--;
    this.#lanes[connection.lane] = false;
    connection.why = why ?? connection.why;
    return connection;
  }

  *#close(closing: Connection[]): Task {
    for (const connection of closing) {
      connection.state = "closed";
      connection.closed = this.#loop.now;
      yield null;
    }
  }

  #leave(request: Request): void {
    this.#requests.splice(this.#requests.indexOf(request), 1);
    if (!request.connection) this.#queued--;
  }

  // ---- what is noted

  #count(where: Where, change: number): void {
    this.#waiting[where] += change;
    const last = this.waits.at(-1)!;
    const { pool, gate } = this.#waiting;
    if (last[0] === this.#loop.now) [last[1], last[2]] = [pool, gate];
    else this.waits.push([this.#loop.now, pool, gate]);
  }

  #waited(where: Where, since: number, until = this.#loop.now): void {
    this.#longest[where] = Math.max(this.#longest[where], until - since);
  }

  summary(): Summary {
    const ended = (why: Why) => this.connections.filter((each) => each.why === why).length;
    const served = this.connections.filter((each) => each.served.length);
    return {
      opened: this.connections.length,
      reused: served.reduce((sum, each) => sum + each.served.length - 1, 0),
      surplus: ended("surplus"),
      expired: ended("expired"),
      by_server: ended("server"),
      peak: this.#peak,
      timeouts: this.#timeouts,
      pool_wait: this.#longest.pool,
      gate_wait: this.#longest.gate,
      looks: this.#looks,
      total: this.#loop.now,
    };
  }
}
