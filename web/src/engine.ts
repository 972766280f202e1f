// Python and the course's grader, in the thread this is called on: a worker of the page, or of Node.
//
// A call that grades returns when the verdict is there, and nothing on this thread can stop it before.
import { loadPyodide, type PyodideAPI } from "pyodide";
import type { Asked, Marks, Order, Outcome, Picture, Problem, RunOrder, Said, Telling, Verdict } from "./messages.ts";

/** `runtime.json`, as keepalive.website.runtime.build writes it. */
export interface Manifest {
  version: string;
  python: string;
  packages: Record<string, string>;
  engineFolder: string;
  lock: { info: Record<string, string>; packages: Record<string, never> };
  files: Record<string, { bytes: number; sha256: string }>;
}

/** Where the runtime's files come from. */
export interface Source {
  /** The folder they lie in: an absolute address, or under Node a path. Ends in a slash. */
  folder: string;
  read(name: string): Promise<Uint8Array>;
  /** The default export of the runtime's `pyodide.asm.js`. */
  createPyodideModule(): Promise<unknown>;
}

/** Python broke down. This engine is of no use any more, and its thread is to be ended. */
export class BrokeDown extends Error {}

type PythonCall = (order: string, said?: (text: string) => void) => string;

export class Engine {
  readonly marks: Marks;
  readonly #python: PyodideAPI;
  readonly #pythonError: PyodideAPI["ffi"]["PythonError"]; // cannot be asked for any more when it is needed
  readonly #check: PythonCall;
  readonly #run: PythonCall;
  readonly #problem: PythonCall;
  readonly #draw: PythonCall;
  readonly #telling: Record<Telling["what"], PythonCall>;

  private constructor(python: PyodideAPI, marks: Marks) {
    this.marks = marks;
    this.#python = python;
    this.#pythonError = python.ffi.PythonError;
    const inside = python.pyimport("keepalive.website.runtime.inside");
    this.#check = inside.check;
    this.#run = inside.run;
    this.#problem = inside.problem;
    this.#draw = inside.draw;
    this.#telling = python.pyimport("keepalive.website.runtime.telling");
  }

  static async boot(source: Source, onStep: (step: keyof Marks) => void = () => {}): Promise<Engine> {
    const start = performance.now();
    const marks: Partial<Marks> = {};
    const mark = (step: keyof Marks) => {
      marks[step] = Math.round(performance.now() - start);
      onStep(step);
    };
    const manifest: Manifest = JSON.parse(new TextDecoder().decode(await source.read("runtime.json")));
    const engine = source.read("engine.zip"); // fetched while Python starts
    engine.catch(() => {}); // if Python does not start, that is the error to show
    const python = await loadPyodide({
      indexURL: source.folder,
      stdLibURL: `${source.folder}library.zip`,
      // Without these two, Pyodide asks a foreign host what packages there are.
      lockFileContents: manifest.lock as never,
      packageBaseUrl: source.folder,
      createPyodideModule: (await source.createPyodideModule()) as never,
      stdout: () => {},
      stderr: () => {},
    });
    mark("python");
    python.unpackArchive(await engine, "zip", { extractDir: manifest.engineFolder });
    python.runPython("import importlib; importlib.invalidate_caches()");
    mark("unpacked");
    python.runPython("import httpx, respx, anyio._backends._asyncio, keepalive.website.runtime.inside, keepalive.website.runtime.telling");
    python.runPython("keepalive.website.runtime.inside.settle()");
    mark("imported");
    return new Engine(python, marks as Marks);
  }

  /** Put a file where Python finds it; folders are made. */
  write(path: string, content: string | Uint8Array): void {
    this.#python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")) || "/");
    this.#python.FS.writeFile(path, content);
  }

  /**
   * Throws BrokeDown when the learner's code brought Python down: by recursion through C that leaves no room on the
   * stack, or by leaving Python behind its back. `began` hears of each scenario before it is played.
   */
  check(order: Order, began: (scenario: string) => void = () => {}): Verdict {
    return this.#guarded(this.#check, order, began);
  }

  /** What came of the learner's `main()`. `printed` hears what it prints, while it runs. Throws BrokeDown, too. */
  run(order: RunOrder, printed: (text: string) => void = () => {}): Outcome {
    return this.#guarded(this.#run, order, printed);
  }

  /** Why a source does not compile; null if it does. */
  problem(source: string): Problem | null {
    return JSON.parse(this.#problem(source));
  }

  #guarded<T>(call: PythonCall, order: unknown, said: (text: string) => void): T {
    try {
      return JSON.parse(call(JSON.stringify(order), said));
    } catch (error) {
      // What is raised in Python is an error of ours, since these calls raise nothing of the learner's.
      if (error instanceof this.#pythonError) throw error;
      throw new BrokeDown(String(error), { cause: error });
    }
  }

  /** A scenario's timeline as a picture and as words. */
  draw(asked: Omit<Extract<Asked, { kind: "draw" }>, "kind">): Picture {
    return JSON.parse(this.#draw(JSON.stringify(asked)));
  }

  /** What is to be said of a verdict, or of two texts. */
  tell(asked: Telling): unknown {
    return JSON.parse(this.#telling[asked.what](JSON.stringify(asked.order)));
  }

  /** Do what the thread that waits has asked for, and say what came of it. */
  answer(asked: Asked, say: (said: Said) => void): void {
    try {
      if (asked.kind === "write") {
        for (const [path, content] of Object.entries(asked.files)) this.write(path, content);
      } else if (asked.kind === "draw") {
        say({ kind: "drawn", picture: this.draw(asked) });
      } else if (asked.kind === "tell") {
        say({ kind: "told", answer: this.tell(asked) });
      } else if (asked.kind === "compile") {
        say({ kind: "compiled", problem: this.problem(asked.source) });
      } else if (asked.kind === "run") {
        say({ kind: "ran", outcome: this.run(asked.order, (text) => say({ kind: "printed", text })) });
      } else {
        const start = performance.now();
        const verdict = this.check(asked.order, (scenario) => say({ kind: "began", scenario }));
        say({ kind: "checked", verdict, took: performance.now() - start });
      }
    } catch (error) {
      say(error instanceof BrokeDown ? { kind: "broke" } : { kind: "failed", text: String(error) });
    }
  }
}
