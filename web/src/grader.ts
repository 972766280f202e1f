// The side of whoever waits: has answers graded in a worker, ends it when a scenario does not end, and goes on with a
// new one. Knows neither the page nor Node.
import type { Asked, Ended, Marks, Order, Picture, Said, Scenario, Telling, Verdict } from "./messages.ts";

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

export class Grader {
  /** For each worker that was started, the marks of its boot. */
  readonly boots: Marks[] = [];
  readonly #start: Start;
  readonly #onBoot: (said: Said) => void;
  readonly #files = new Map<string, string | Uint8Array>();
  #thread: Promise<Thread> | undefined;
  #hear: (said: Said) => void = () => {};
  #turn: Promise<unknown> = Promise.resolve();

  /** `onBoot` hears what a worker says while it starts. */
  constructor(start: Start, onBoot: (said: Said) => void = () => {}) {
    this.#start = start;
    this.#onBoot = onBoot;
  }

  /** Start the worker, unless it runs. Rejects when it cannot be started; the next call tries again. */
  async ready(): Promise<void> {
    await this.#started();
  }

  /** Files for the engine, by path. A new worker gets them, too. */
  write(files: Record<string, string | Uint8Array>): void {
    for (const [path, content] of Object.entries(files)) this.#files.set(path, content);
    void this.#thread?.then((thread) => thread.post({ kind: "write", files }), () => {});
  }

  /**
   * The verdict on a learner's file. `limit`: milliseconds that one scenario may take, or importing the file, before
   * the worker is ended. The engine stops what it sees by itself, and sooner: this is for what it cannot see.
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
    const thread = this.#thread;
    this.#thread = undefined;
    (await thread?.catch(() => undefined))?.end();
  }

  /** Ask something that runs none of the learner's code. `answer`: what is looked for in what the engine says. */
  #asked<T>(asked: Asked, answer: (said: Said) => T | undefined): Promise<T> {
    return this.#inTurn(async () => {
      const thread = await this.#started();
      return new Promise<T>((resolve, reject) => {
        this.#hear = (said) => {
          const found = answer(said);
          if (found !== undefined) resolve(found);
          else if (said.kind === "failed") reject(new Error(said.text));
        };
        thread.post(asked);
      });
    });
  }

  async #attempt(order: Order, limit: number): Promise<Checked | { scenario: string; ended: Ended }> {
    const thread = await this.#started();
    let clock: ReturnType<typeof setTimeout> | undefined;
    let scenario = "";
    try {
      return await new Promise((resolve, reject) => {
        const lose = (ended: Ended) => {
          void this.end();
          resolve({ scenario, ended });
        };
        this.#hear = (said) => {
          clearTimeout(clock);
          if (said.kind === "began") {
            scenario = said.scenario;
            clock = setTimeout(lose, limit, "time_limit");
          } else if (said.kind === "checked") {
            resolve({ verdict: said.verdict, took: said.took });
          } else if (said.kind === "broke") {
            lose("ended_early");
          } else if (said.kind === "failed") {
            reject(new Error(said.text));
          }
        };
        thread.post({ kind: "check", order });
      });
    } finally {
      clearTimeout(clock);
      this.#hear = () => {};
    }
  }

  #started(): Promise<Thread> {
    if (this.#thread) return this.#thread;
    const started = new Promise<Thread>((resolve, reject) => {
      let isReady = false;
      const thread = this.#start((said) => {
        if (this.#thread !== started) return; // of a worker that was ended, still on its way
        if (!isReady) this.#onBoot(said);
        if (said.kind === "ready") {
          isReady = true;
          this.boots.push(said.marks);
          thread.post({ kind: "write", files: Object.fromEntries(this.#files) });
          resolve(thread);
        } else if (isReady) {
          this.#hear(said);
        } else if (said.kind === "failed" || said.kind === "broke") {
          this.#thread = undefined;
          thread.end();
          reject(new Error(said.kind === "failed" ? said.text : "the worker ended before it was ready"));
        }
      });
    });
    this.#thread = started;
    return started;
  }

  /** One after another, whatever came of the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
