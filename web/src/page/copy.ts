// The copy of the course in this browser, as a page sees it: what there is, what the server has, and what can be done.
import type { Reason } from "../offline/fetching.ts";
import { bytesOf, lacking, manifestOf, type Manifest } from "../offline/manifest.ts";
import { CHANGED, STOP, type Answer, type Wanted } from "../offline/messages.ts";
import { Shelf } from "../offline/shelf.ts";
import { currentOf, type Version } from "../offline/versions.ts";
import { SITE } from "./place.ts";

/** Milliseconds after which a worker that gives no sign of life is gone. It gives one every five seconds. */
const SILENCE = 30_000;

const WORKER = new URL("service-worker.js", SITE).href;

const BLOCKED =
  "This browser is set to keep nothing for this site, so it keeps no copy either. " +
  "Allow it to store data for this address; browsers call that site data, or cookies.";

/** Why no copy can be kept here, in a sentence or two, or "". Whether storage is blocked shows later. */
function whyNoCopy(): string {
  if (location.protocol === "file:") {
    return (
      "These pages were opened from a folder. They are on your disk already, and read without a network; " +
      "only search and Python in the page need a server."
    );
  }
  if (!isSecureContext) {
    return (
      "A browser keeps a copy of a site that comes over HTTPS, or from your own machine as 127.0.0.1. " +
      "This one came over plain HTTP: ask whoever runs it for an address that begins with https."
    );
  }
  try {
    if (navigator.serviceWorker?.controller) return "";
  } catch {
    return BLOCKED; // in a frame that may keep nothing
  }
  if (!("serviceWorker" in navigator) || typeof caches === "undefined") {
    return (
      "This browser keeps no copies of sites here. In a private window that is so in some browsers: " +
      "open the course in an ordinary one."
    );
  }
  return "";
}

const FULL =
  "The room that the browser has for this site is full; nothing that worked before has changed. " +
  "Free some space on the disk, then try again.";

function sentenceFor(reason: Reason): string {
  switch (reason.why) {
    case "stopped":
      return "Stopped. What has arrived is kept for the next try.";
    case "unreachable":
      return "The server cannot be reached. What has arrived is kept for the next try.";
    case "answered":
      return `The server answered ${reason.status} for ${reason.file}. Try again later; what has arrived is kept.`;
    case "differs":
      return (
        `What the server sent as ${reason.file} is not what its list of files says. ` +
        "Perhaps the course is being updated there: try again in a few minutes."
      );
    case "full":
      return FULL;
    case "broken":
      return `The browser could not keep the copy (${reason.text}). Try again.`;
  }
}

/** What an element may show. */
export interface View {
  /** A sentence in the place of all else: no copy can be kept here. */
  why: string;
  /** Whether what is below is known yet. */
  known: boolean;
  /** The version that is held, complete. */
  current: Version | undefined;
  /** What the server has; undefined where it could not be asked. */
  latest: Manifest | undefined;
  /** Bytes of the latest that are still to be fetched. */
  toFetch: number;
  /** Whether something lies there that is no complete version. */
  leftover: boolean;
  fetching: { arrived: number; of: number } | undefined;
  /** What became of what was asked for last. */
  said: string;
  /** Whether this page was opened with an older version than the one that is held now. */
  updated: boolean;
}

class Copy {
  readonly view: View = {
    why: whyNoCopy(),
    known: false,
    current: undefined,
    latest: undefined,
    toFetch: 0,
    leftover: false,
    fetching: undefined,
    said: "",
    updated: false,
  };

  #shelf = typeof caches === "undefined" ? undefined : new Shelf(caches, SITE);
  #hearers = new Set<() => void>();
  #began: string | undefined;
  #stop: (() => void) | undefined;
  #stopWanted = false;
  #asked = false;

  /** Whether this page comes from the copy. */
  get isUsed(): boolean {
    return !this.view.why && navigator.serviceWorker.controller?.scriptURL === WORKER;
  }

  /** `hear` is called at every change, and whenever another tab changes something. Returns how to end that. */
  onChange(hear: () => void): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  /** Have everybody look at the view. */
  tell(): void {
    for (const hear of this.#hearers) hear();
  }

  /** Find out what there is, and what the server has: once for a visit. */
  async look(): Promise<void> {
    if (this.view.why || this.#asked) return;
    this.#asked = true;
    navigator.serviceWorker.addEventListener("message", ({ data }) => data === CHANGED && void this.#readShelf());
    await this.#readShelf(); // first: without a network, the server takes its time to be unreachable
    await this.#askServer();
    await this.#readShelf();
  }

  async #askServer(): Promise<void> {
    try {
      const response = await fetch(new URL("offline.json", SITE), { cache: "no-cache" });
      if (response.ok) this.view.latest = manifestOf(await response.json());
    } catch {
      this.view.latest = undefined; // no network, or no list of ours: nothing new is known
    }
  }

  async #readShelf(): Promise<void> {
    const { view } = this;
    try {
      const versions = await this.#shelf!.versions();
      const held = await this.#shelf!.held();
      view.current = versions && currentOf(versions);
      view.toFetch = view.latest ? bytesOf(lacking(view.latest, held)) : 0;
      view.leftover = !versions && held.size > 0;
    } catch {
      view.why = BLOCKED;
    }
    const version = view.current?.manifest.version;
    if (this.isUsed) this.#began ??= version;
    view.updated = version !== undefined && this.#began !== undefined && this.#began !== version;
    view.known = true;
    this.tell();
  }

  /** Fetch what the server has now, and make it the version that is used. */
  async fetch(): Promise<void> {
    const { view } = this;
    if (view.fetching) return;
    const isFirst = !view.current;
    view.fetching = { arrived: 0, of: view.toFetch };
    view.said = "";
    this.#stopWanted = false;
    this.tell();
    try {
      await this.#askServer(); // it may have been updated since this page was opened
      if (!view.latest) throw new Error("The server cannot be reached, or has no list of its files. Try again later.");
      await this.#readShelf();
      await this.#makeRoom(view.toFetch);
      const worker = await startedWorker();
      view.said = await this.#install(worker, view.latest);
    } catch (error) {
      view.said = sentence(error);
    }
    view.fetching = this.#stop = undefined;
    await this.#readShelf();
    // Nothing is kept running for a copy that there is not.
    if (isFirst && !view.current) await (await ownRegistration())?.unregister();
  }

  stop(): void {
    this.#stopWanted = true; // the worker may not have begun
    this.#stop?.();
  }

  async remove(): Promise<void> {
    try {
      const registration = await ownRegistration();
      if (registration?.active) await ask(registration.active, { do: "remove" }, () => {}).answer;
      await registration?.unregister();
      await this.#shelf!.clear(); // what an unfinished try left, too
      this.view.said = "Removed. These pages come from the network again.";
    } catch (error) {
      this.view.said = sentence(error);
    }
    await this.#readShelf();
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { storage } = navigator;
    if (!storage?.estimate) return;
    const { quota = Infinity, usage = 0 } = await storage.estimate();
    if (quota - usage < bytes) {
      const room = megabytes(Math.max(0, quota - usage));
      throw new Error(
        `The browser has room for ${room} more here, and ${megabytes(bytes)} are needed. ` +
          "Free some space on the disk, or remove other sites' data, then try again.",
      );
    }
    // Asks that the copy be kept when the disk fills up. A browser that refuses keeps it as long as it can.
    await storage.persist?.().catch(() => false);
  }

  async #install(worker: ServiceWorker, manifest: Manifest): Promise<string> {
    for (;;) {
      const hear = (arrived: number, of: number) => {
        this.view.fetching = { arrived, of };
        this.tell();
      };
      const { answer, stop } = ask(worker, { do: "install", manifest }, hear);
      this.#stop = stop;
      if (this.#stopWanted) stop();
      const came = await answer;
      if (came.kind === "more") continue;
      if (came.kind === "failed") return sentenceFor(came.reason);
      return came.kind === "busy" ? "Another tab is fetching it already." : "";
    }
  }
}

function ask(
  worker: ServiceWorker,
  wanted: Wanted,
  hear: (arrived: number, of: number) => void,
): { answer: Promise<Answer>; stop: () => void } {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<Answer>((resolve, reject) => {
    let patience: ReturnType<typeof setTimeout>;
    const end = () => {
      clearTimeout(patience);
      port1.close();
    };
    const wait = () => {
      clearTimeout(patience);
      patience = setTimeout(() => {
        end();
        reject(new Error("The browser ended the work in the background. What has arrived is kept: try again."));
      }, SILENCE);
    };
    port1.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "progress") {
        wait();
        hear(data.arrived, data.of);
      } else {
        end();
        resolve(data);
      }
    };
    wait();
    worker.postMessage(wanted, [port2]);
  });
  return { answer, stop: () => port1.postMessage(STOP) };
}

/** Not one of a site that lies above this one on the same host. */
async function ownRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(SITE);
  return registration?.scope === SITE.href ? registration : undefined;
}

async function startedWorker(): Promise<ServiceWorker> {
  const registration = await navigator.serviceWorker.register(WORKER, { scope: SITE.href, updateViaCache: "none" });
  const worker = registration.active ?? registration.waiting ?? registration.installing!;
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      else if (worker.state === "redundant") reject(new Error("The browser could not start the worker. Try again."));
    };
    worker.addEventListener("statechange", look);
    look();
  });
  return worker;
}

function sentence(error: unknown): string {
  if (error instanceof DOMException && error.name === "SecurityError") return BLOCKED;
  return error instanceof Error ? error.message : String(error);
}

/** "17 MB", "0.3 MB". */
export function megabytes(bytes: number): string {
  const number = bytes / 1e6;
  return `${number < 9.95 ? Math.max(number, 0.1).toFixed(1) : Math.round(number)} MB`;
}

export const copy = new Copy();
