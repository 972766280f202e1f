// Brings a version's files in, and lets in only what is what the list says.
import { addressOf, bytesOf, lacking, type Listed, type Manifest } from "./manifest.ts";

/** Why a version did not come whole. */
export type Reason =
  | { why: "stopped" }
  | { why: "unreachable"; file: string }
  | { why: "answered"; file: string; status: number }
  | { why: "differs"; file: string }
  | { why: "full" }
  | { why: "broken"; text: string };

export class Unfinished extends Error {
  reason: Reason;

  constructor(reason: Reason) {
    super(reason.why);
    this.reason = reason;
  }
}

/** What is needed from around: a browser's, or a test's. */
export interface Around {
  scope: URL;
  fetch: typeof fetch;
  held(): Promise<Set<string>>;
  put(sha256: string, content: Uint8Array<ArrayBuffer>): Promise<void>;
}

export interface Order {
  manifest: Manifest;
  /** Ends it between two pieces of a file. */
  signal: AbortSignal;
  /** Whether to begin no further file now: browsers end a worker that is busy with one thing for minutes. */
  enough(): boolean;
  /** Told as bytes arrive: how many, of those that were lacking at the start. */
  hear(arrived: number, of: number): void;
}

/** Several at once, so that a file's round trip is no pause; few, so that a small server keeps up. */
const LANES = 4;

/**
 * Fetch what is lacking. True when all is there; false when it was enough for now. What has arrived stays, whatever
 * becomes of the rest. Throws Unfinished.
 */
export async function bringIn({ scope, fetch, held, put }: Around, order: Order): Promise<boolean> {
  const queue = lacking(order.manifest, await held());
  const of = bytesOf(queue);
  const failed = new AbortController();
  const signal = AbortSignal.any([order.signal, failed.signal]);
  let arrived = 0;
  order.hear(0, of);

  const hear = (bytes: number) => order.hear((arrived += bytes), of);
  const lane = async () => {
    while (queue.length && !order.enough()) {
      const [name, file] = queue.shift()!;
      const content = await one(name, file);
      await put(file.sha256, content).catch((error: unknown) => {
        throw isFull(error) ? new Unfinished({ why: "full" }) : error;
      });
    }
  };
  const one = async (name: string, file: Listed) => {
    signal.throwIfAborted();
    let response: Response;
    let content: Uint8Array<ArrayBuffer> | undefined;
    try {
      response = await fetch(addressOf(name, scope).href, { signal, cache: "no-cache", credentials: "same-origin" });
      if (response.ok) content = await read(response, file.bytes, hear);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Unfinished({ why: "unreachable", file: name });
    }
    if (!response.ok) throw new Unfinished({ why: "answered", file: name, status: response.status });
    if (!content || (await sha256Of(content)) !== file.sha256) throw new Unfinished({ why: "differs", file: name });
    return content;
  };
  try {
    await Promise.all(
      Array.from({ length: LANES }, () =>
        lane().catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      ),
    );
  } catch (error) {
    if (order.signal.aborted) throw new Unfinished({ why: "stopped" });
    throw error;
  }
  return queue.length === 0;
}

/** The body, or undefined where it is not as long as it should be. */
async function read(
  response: Response,
  bytes: number,
  hear: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const content = new Uint8Array(bytes);
  let at = 0;
  if (!response.body) return bytes === 0 ? content : undefined;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return at === bytes ? content : undefined;
    if (at + value.byteLength > bytes) {
      await reader.cancel();
      return undefined;
    }
    content.set(value, at);
    at += value.byteLength;
    hear(value.byteLength);
  }
}

export async function sha256Of(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}
