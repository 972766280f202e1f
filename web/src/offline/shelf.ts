// Where a browser keeps the course: contents by their SHA-256, and beside them the one entry that says which versions
// they make. Used by the service worker, and by pages that want to know what is there.
import type { Versions } from "./versions.ts";

const VERSIONS = "versions";

export class Shelf {
  #caches: CacheStorage;
  #scope: URL;

  /** `scope`: the site's root. Several sites may share a host, and each has its own shelf. */
  constructor(caches: CacheStorage, scope: URL) {
    this.#caches = caches;
    this.#scope = scope;
  }

  get #contents(): string {
    return `keepalive contents ${this.#scope.pathname}`;
  }

  get #book(): string {
    return `keepalive versions ${this.#scope.pathname}`;
  }

  // No file of the site lies there; a Cache wants addresses.
  #key(name: string): string {
    return new URL(`.offline/${name}`, this.#scope).href;
  }

  /** The contents that are there, complete and checked, of whatever version. */
  async held(): Promise<Set<string>> {
    if (!(await this.#caches.has(this.#contents))) return new Set();
    const keys = await (await this.#caches.open(this.#contents)).keys();
    return new Set(keys.map(({ url }) => url.slice(url.lastIndexOf("/") + 1)));
  }

  async content(sha256: string): Promise<Response | undefined> {
    return (await this.#caches.open(this.#contents)).match(this.#key(sha256));
  }

  async put(sha256: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.#caches.open(this.#contents)).put(this.#key(sha256), new Response(content));
  }

  async drop(contents: Iterable<string>): Promise<void> {
    const cache = await this.#caches.open(this.#contents);
    for (const sha256 of contents) await cache.delete(this.#key(sha256));
  }

  async versions(): Promise<Versions | undefined> {
    if (!(await this.#caches.has(this.#book))) return undefined;
    const entry = await (await this.#caches.open(this.#book)).match(this.#key(VERSIONS));
    return entry && ((await entry.json()) as Versions);
  }

  /** One write: it is there whole, or what was there before is. */
  async write(versions: Versions): Promise<void> {
    await (await this.#caches.open(this.#book)).put(this.#key(VERSIONS), Response.json(versions));
  }

  async clear(): Promise<void> {
    await this.#caches.delete(this.#book); // first: without it, nothing is answered from what is left
    await this.#caches.delete(this.#contents);
  }
}
