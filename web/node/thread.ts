// A worker of Node's with the engine in it, and with no network.
import dns from "node:dns";
import { readFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { Engine } from "../src/engine.ts";
import type { Asked, Said } from "../src/messages.ts";

const say = (said: Said | { kind: "foreign"; what: string }) => parentPort!.postMessage(said);

function refuse(what: string): never {
  say({ kind: "foreign", what });
  throw new Error(`there is no network here: ${what}`);
}
globalThis.fetch = (asked) => refuse(`fetch ${asked instanceof Request ? asked.url : asked}`);
net.Socket.prototype.connect = (...to: unknown[]) => refuse(`connect ${JSON.stringify(to[0])}`);
dns.lookup = ((host: string) => refuse(`lookup ${host}`)) as never;

const { runtime } = workerData as { runtime: string };
try {
  const engine = await Engine.boot(
    {
      folder: runtime + path.sep,
      read: async (name) => new Uint8Array(await readFile(path.join(runtime, name))),
      createPyodideModule: async () => (await import(pathToFileURL(path.join(runtime, "pyodide.asm.js")).href)).default,
    },
    (step) => say({ kind: "step", step }),
  );
  parentPort!.on("message", (asked: Asked) => engine.answer(asked, say));
  say({ kind: "ready", marks: engine.marks });
} catch (error) {
  say({ kind: "failed", text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
