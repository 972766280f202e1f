// The worker of the site: Python and the grader, off the page's thread. Its name says where Python's files lie.
import { Engine } from "../engine.ts";
import type { Asked, Said } from "../messages.ts";

const say = (said: Said) => postMessage(said);
const folder = self.name;

/**
 * Says how much of Python has arrived: a response whose bytes are counted as they pass. WebAssembly gets its type, which
 * an old host may not know and a browser insists on.
 */
function counted(response: Response): Response {
  if (!response.body || !response.ok) return response;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      say({ kind: "fetched", bytes: piece.byteLength });
      controller.enqueue(piece);
    },
  });
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  if (new URL(response.url).pathname.endsWith(".wasm")) headers.set("content-type", "application/wasm");
  return new Response(response.body.pipeThrough(counting), { status, statusText, headers });
}

const fetchPlainly = self.fetch.bind(self);
self.fetch = async (...asked) => counted(await fetchPlainly(...asked));

async function read(name: string): Promise<Uint8Array> {
  const response = await fetch(folder + name);
  if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

try {
  const engine = await Engine.boot(
    { folder, read, createPyodideModule: async () => (await import(`${folder}pyodide.asm.js`)).default },
    (step) => say({ kind: "step", step }),
  );
  self.fetch = fetchPlainly;
  self.onmessage = (event: MessageEvent<Asked>) => engine.answer(event.data, say);
  say({ kind: "ready", marks: engine.marks });
} catch (error) {
  say({ kind: "failed", text: String(error) });
}
