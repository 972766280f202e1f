// The side of whoever waits: has answers graded in a worker, ends it when a scenario does not end, and goes on with a
// new one. Knows neither the page nor Node.
import type {
  Asked,
  Ended,
  Marks,
  Order,
  Outcome,
  Picture,
  Problem,
  RunOrder,
  Said,
  Scenario,
  Telling,
  Verdict,
} from "./messages.ts";

import { patience } from "./patience.ts";

/** A worker with an engine in it. */
export interface Thread {
  post(asked: Asked): void;
  end(): void;
}

/** Starts a worker. `hear` gets everything that it says, and "failed" should it end by itself. */
export type Start = (hear: (said: Said) => void) => Thread;

export interface Checked {
  verdict: Verdict;
  /** Milliseconds in the engine. */
  took: number;
}

/** Somebody called `stop`. */
class Stopped extends Error {}

/** A worker that was started, and is ready or will be. */
interface Started {
  ready: Promise<Thread>;
  isReady: boolean;
  end(why: Error): void;
}

/** How a conversation with the engine ends. */
interface Ways<T> {
  resolve(value: T): void;
  /** As `resolve`, and the worker is of no use any more. */
  lose(value: T): void;
}

export class Grader {
  /** For each worker that was started, the marks of its boot. */
  readonly boots: Marks[] = [];
  readonly #start: Start;
  readonly #onBoot: (said: Said) => void;
  readonly #files = new Map<string, string | Uint8Array>();
  #worker: Started | undefined;
  #hear: (said: Said) => void = () => {};
  #giveUp: (why: Error) => void = () => {};
  #turn: Promise<unknown> = Promise.resolve();
  #turns = 0; // under way and waiting

  /** `onBoot` hears what a worker says while it starts. */
  constructor(start: Start, onBoot: (said: Said) => void = () => {}) {
    this.#start = start;
    this.#onBoot = onBoot;
  }

  /** Start the worker, unless it runs. Rejects when it cannot be started; the next call tries again. */
  async ready(): Promise<void> {
    await this.#started();
  }

  /** Whether a worker is there that has started. */
  get isReady(): boolean {
    return this.#worker?.isReady ?? false;
  }

  /** Files for the engine, by path. A new worker gets them, too. */
  write(files: Record<string, string | Uint8Array>): void {
    for (const [path, content] of Object.entries(files)) this.#files.set(path, content);
    void this.#worker?.ready.then((thread) => thread.post({ kind: "write", files }), () => {});
  }

  /**
   * The verdict on a learner's file. `limit`: milliseconds that one scenario may take, or importing the file, before
   * the worker is ended. The engine stops what it sees by itself, and sooner: this is for what it cannot see. Rejects
   * with an error that `wasStopped` knows when somebody calls `stop`.
   */
  check(order: Order, limit: number): Promise<Checked> {
    return this.#inTurn(async () => {
      const ended: Record<string, Ended> = {};
      for (;;) {
        const outcome = await this.#attempt({ ...order, ended }, limit);
        if ("verdict" in outcome) return outcome;
        if (outcome.scenario in ended) throw new Error(`the engine does not leave out "${outcome.scenario}"`);
        ended[outcome.scenario] = outcome.ended;
      }
    });
  }

  /**
   * What came of the learner's `main()`. `printed` hears what it prints, while it runs. `limit`: milliseconds for all of
   * it, as for `check`. Whatever the code does, this resolves; `stop` too is an outcome.
   */
  run(order: RunOrder, limit: number, printed: (text: string) => void = () => {}): Promise<Outcome> {
    return this.#inTurn(async () => {
      let output = "";
      let rest = () => {};
      const stopped = (kind: string, text: string): Outcome => ({
        status: "stopped",
        diagnoses: [{ kind, file: null, line: null, text }],
        output,
      });
      try {
        return await this.#talk<Outcome>({ kind: "run", order }, (said, { resolve, lose }) => {
          if (said.kind === "printed") {
            output += said.text;
            printed(said.text);
          } else if (said.kind === "ran") {
            resolve(said.outcome);
          } else if (said.kind === "broke") {
            lose(stopped("exits", "Your code ended Python, or brought it down."));
          }
        }, ({ lose }) => {
          const text =
            "Your code did not give control back to the event loop. " +
            "Often: a loop without an `await`, or a wait that blocks the whole thread.";
          rest = patience(limit, () => lose(stopped("time_limit", text)));
        });
      } catch (error) {
        if (error instanceof Stopped) return { status: "stopped_by_you", diagnoses: [], output };
        throw error;
      } finally {
        rest();
      }
    });
  }

  /**
   * Why a source does not compile; null if it does. Undefined where Python has something else to do, or was not started:
   * this is for while somebody types, and nobody waits for it.
   */
  async problem(source: string): Promise<Problem | null | undefined> {
    if (this.#turns || !this.isReady) return undefined;
    return this.#asked({ kind: "compile", source }, (said) => (said.kind === "compiled" ? said.problem : undefined));
  }

  /** End what is under way, at once, with the worker that it is under way in. The next call starts a new one. */
  stop(): void {
    if (this.#turns) this.#end(new Stopped("stopped"));
  }

  /** Whether a call was rejected because somebody called `stop`. */
  wasStopped(error: unknown): boolean {
    return error instanceof Stopped;
  }

  /** A scenario's timeline. */
  draw(scenario: Scenario, options: { title?: string; width?: number } = {}): Promise<Picture> {
    return this.#asked({ kind: "draw", scenario, ...options }, (said) =>
      said.kind === "drawn" ? said.picture : undefined,
    );
  }

  /** What is to be said of a verdict, or of two texts: the answer of keepalive.website.runtime.telling. */
  tell<T>(telling: Telling): Promise<T> {
    return this.#asked({ kind: "tell", ...telling }, (said) => (said.kind === "told" ? (said.answer as T) : undefined));
  }

  /** End the worker. It is started again when it is wanted. */
  async end(): Promise<void> {
    this.#end(new Error("the worker was ended"));
  }

  #end(why: Error): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.end(why);
    this.#giveUp(why);
  }

  /** Ask something that runs none of the learner's code. `answer`: what is looked for in what the engine says. */
  #asked<T>(asked: Asked, answer: (said: Said) => T | undefined): Promise<T> {
    return this.#inTurn(() =>
      this.#talk<T>(asked, (said, { resolve }) => {
        const found = answer(said);
        if (found !== undefined) resolve(found);
        else if (said.kind === "broke") this.#end(new Error("Python broke down"));
      }),
    );
  }

  async #attempt(order: Order, limit: number): Promise<Checked | { scenario: string; ended: Ended }> {
    let rest = () => {};
    let scenario = "";
    try {
      return await this.#talk({ kind: "check", order }, (said, { resolve, lose }) => {
        rest();
        if (said.kind === "began") {
          scenario = said.scenario;
          rest = patience(limit, () => lose({ scenario, ended: "time_limit" }));
        } else if (said.kind === "checked") {
          resolve({ verdict: said.verdict, took: said.took });
        } else if (said.kind === "broke") {
          lose({ scenario, ended: "ended_early" });
        }
      });
    } finally {
      rest();
    }
  }

  /** Ask the engine, and hear what it says until it has answered. "failed" rejects, and so does an end from outside. */
  async #talk<T>(
    asked: Asked,
    hear: (said: Said, ways: Ways<T>) => void,
    begun: (ways: Ways<T>) => void = () => {},
  ): Promise<T> {
    const thread = await this.#started();
    try {
      return await new Promise<T>((resolve, reject) => {
        const lose = (value: T) => {
          resolve(value);
          this.#end(new Error("the worker was lost"));
        };
        this.#giveUp = reject;
        this.#hear = (said) => {
          if (said.kind === "failed") reject(new Error(said.text));
          else hear(said, { resolve, lose });
        };
        thread.post(asked);
        begun({ resolve, lose });
      });
    } finally {
      this.#hear = this.#giveUp = () => {};
    }
  }

  #started(): Promise<Thread> {
    if (this.#worker) return this.#worker.ready;
    let thread: Thread;
    let reject: (why: Error) => void;
    const ready = new Promise<Thread>((resolve, rejectIt) => {
      reject = rejectIt;
      thread = this.#start((said) => {
        if (this.#worker !== worker) return; // of a worker that was ended, still on its way
        if (!worker.isReady) this.#onBoot(said);
        if (said.kind === "ready") {
          worker.isReady = true;
          this.boots.push(said.marks);
          thread.post({ kind: "write", files: Object.fromEntries(this.#files) });
          resolve(thread);
        } else if (worker.isReady) {
          this.#hear(said);
        } else if (said.kind === "failed" || said.kind === "broke") {
          this.#worker = undefined;
          worker.end(new Error(said.kind === "failed" ? said.text : "the worker ended before it was ready"));
        }
      });
    });
    ready.catch(() => {
      if (this.#worker === worker) this.#worker = undefined; // it could not even be made
    });
    const worker: Started = {
      ready,
      isReady: false,
      end(why) {
        thread.end();
        reject(why);
      },
    };
    this.#worker = worker;
    return ready;
  }

  /** One after another, whatever came of the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#turns += 1;
    const turn = this.#turn.then(work).finally(() => (this.#turns -= 1));
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
