// Answers from the copy of the course that a person asked for. Nobody starts this worker before that.
//
// A version is fetched file by file, each checked against the list, and becomes the current one by a single write when
// all are there. Until then, and if that never happens, pages get what they got before.
import { bringIn, Unfinished, type Reason } from "./offline/fetching.ts";
import { nameOf, sitemapOf, type Manifest } from "./offline/manifest.ts";
import { CHANGED, STOP, type Answer, type Wanted } from "./offline/messages.ts";
import { Shelf } from "./offline/shelf.ts";
import { contentsOf, currentOf, lookedIn, swept, switched, type Versions } from "./offline/versions.ts";

// What TypeScript's library for pages does not know of a service worker.
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  request: Request;
  clientId: string;
  resultingClientId: string;
  respondWith(answer: Promise<Response>): void;
}
interface Client {
  id: string;
  postMessage(message: unknown): void;
}
interface Worker {
  registration: { scope: string };
  clients: {
    matchAll(which: { includeUncontrolled: boolean; type: "all" }): Promise<Client[]>;
    get(id: string): Promise<Client | undefined>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install", hear: (event: ExtendableEvent) => void): void;
  addEventListener(kind: "fetch", hear: (event: FetchEvent) => void): void;
  addEventListener(kind: "message", hear: (event: ExtendableEvent & MessageEvent<Wanted>) => void): void;
}
const worker = self as unknown as Worker;

const scope = new URL(worker.registration.scope);
const shelf = new Shelf(caches, scope);

/** Milliseconds for which it works on one order; browsers allow about five minutes. */
const SHIFT = 100_000;
/** Between two signs of life to the page that waits. */
const SIGN_OF_LIFE = 5_000;

// ---- which versions there are

let read: Promise<Versions | undefined> | undefined;

/** Read once in this worker's life, which is short; written only by `change`. */
function versions(): Promise<Versions | undefined> {
  read ??= shelf.versions().catch((error: unknown) => {
    read = undefined;
    throw error;
  });
  return read;
}

/** Changes come one after the other. */
function change<Result>(work: () => Promise<Result>): Promise<Result> {
  return navigator.locks.request(`keepalive versions ${scope.pathname}`, async () => {
    read = undefined;
    try {
      return await work();
    } finally {
      read = undefined;
    }
  });
}

// Pages whose HTML is being answered and which the browser does not list yet.
const opening = new Set<string>();

/** Keep a page in `opening` until the browser lists it, or gave it up. */
async function follow(id: string): Promise<void> {
  opening.add(id);
  try {
    await worker.clients.get(id);
  } finally {
    opening.delete(id);
  }
}

async function open(): Promise<string[]> {
  return [...(await clientsOfSite()).map(({ id }) => id), ...opening];
}

function clientsOfSite(): Promise<Client[]> {
  return worker.clients.matchAll({ includeUncontrolled: true, type: "all" });
}

async function tellPages(): Promise<void> {
  for (const client of await clientsOfSite()) client.postMessage(CHANGED);
}

// ---- orders

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));

worker.addEventListener("message", (event) => {
  const port = event.ports[0];
  if (!port) return;
  const say = (answer: Answer) => port.postMessage(answer);
  const { data } = event;
  const work = data.do === "install" ? install(data.manifest, port, say) : remove(say);
  event.waitUntil(work.catch((error: unknown) => say({ kind: "failed", reason: reasonOf(error) })));
});

function install(manifest: Manifest, port: MessagePort, say: (answer: Answer) => void): Promise<void> {
  const alone = { ifAvailable: true };
  return navigator.locks.request(`keepalive fetching ${scope.pathname}`, alone, async (lock) => {
    if (!lock) {
      say({ kind: "busy" });
      return;
    }
    const stop = new AbortController();
    port.onmessage = ({ data }) => data === STOP && stop.abort();
    let progress: Answer = { kind: "progress", arrived: 0, of: 0 };
    const signs = setInterval(() => say(progress), SIGN_OF_LIFE);
    const until = Date.now() + SHIFT;
    try {
      const complete = await bringIn(
        {
          scope,
          fetch: (...asked) => fetch(...asked),
          held: () => shelf.held(),
          put: (...content) => shelf.put(...content),
        },
        {
          manifest,
          signal: stop.signal,
          enough: () => Date.now() > until,
          hear: (arrived, of) => say((progress = { kind: "progress", arrived, of })),
        },
      );
      if (!complete) {
        say({ kind: "more" });
        return;
      }
      await makeCurrent(manifest);
    } finally {
      clearInterval(signs);
    }
    await worker.clients.claim();
    await tellPages();
    say({ kind: "done" });
  });
}

function makeCurrent(manifest: Manifest): Promise<void> {
  return change(async () => {
    const after = switched(await shelf.versions(), manifest, new Date().toISOString(), await open());
    await shelf.write(after);
    await dropAllBut(contentsOf(after));
  });
}

async function remove(say: (answer: Answer) => void): Promise<void> {
  await change(() => shelf.clear());
  await tellPages();
  say({ kind: "done" });
}

/** When the last page of an older version is gone, so is that version. */
async function tidy(): Promise<void> {
  const before = await versions();
  if (!before || Object.keys(before.held).length === 1) return;
  await change(async () => {
    const now = await shelf.versions();
    const after = now && swept(now, await open());
    if (!after || after === now) return;
    await shelf.write(after);
    // Only these: what an unfinished try has brought waits for the next.
    const needed = contentsOf(after);
    await shelf.drop([...contentsOf(now)].filter((sha256) => !needed.has(sha256)));
  });
}

async function dropAllBut(needed: Set<string>): Promise<void> {
  await shelf.drop([...(await shelf.held())].filter((sha256) => !needed.has(sha256)));
}

function reasonOf(error: unknown): Reason {
  return error instanceof Unfinished ? error.reason : { why: "broken", text: String(error) };
}

// ---- answers

worker.addEventListener("fetch", (event) => {
  const { request, resultingClientId } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const name = nameOf(new URL(request.url), scope);
  if (name === undefined) return;
  const isPage = request.mode === "navigate";
  event.respondWith(answer(name, event, isPage));
  if (!isPage) return;
  if (resultingClientId) event.waitUntil(follow(resultingClientId));
  event.waitUntil(tidy());
});

async function answer(name: string, event: FetchEvent, isPage: boolean): Promise<Response> {
  const { request, clientId } = event;
  let all: Versions | undefined;
  try {
    all = await versions();
    for (const manifest of all ? lookedIn(all, isPage ? "" : clientId) : []) {
      const found = await from(manifest, name);
      if (found) return found;
    }
  } catch {
    // The browser lost what it kept, or refuses to read it; there is still the network.
  }
  try {
    return await fetch(request);
  } catch (error) {
    const missing = isPage && all && (await from(currentOf(all).manifest, "404.html", 404));
    if (missing) return missing;
    throw error;
  }
}

async function from(manifest: Manifest, name: string, status = 200): Promise<Response | undefined> {
  if (name === "sitemap.xml") {
    return new Response(sitemapOf(manifest, scope), { headers: { "content-type": "application/xml; charset=utf-8" } });
  }
  const file = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
  const content = file && (await shelf.content(file.sha256));
  if (!content) return undefined;
  const headers: Record<string, string> = { "content-type": file.type, "x-content-type-options": "nosniff" };
  const policy = await policyOf(manifest);
  if (policy) headers["content-security-policy"] = policy;
  return new Response(content.body, { status, headers });
}

const policies = new Map<string, Promise<string>>();

/** The copy keeps the site's Content-Security-Policy, whether the host can send one or not. */
function policyOf({ version, files }: Manifest): Promise<string> {
  let policy = policies.get(version);
  if (!policy) {
    const read = async () => {
      const file = files["csp.txt"];
      return ((file && (await (await shelf.content(file.sha256))?.text())) ?? "").trim();
    };
    policies.set(version, (policy = read()));
  }
  return policy;
}
