// A browser's storage, locks and news of other tabs, without a browser: what several tabs of one site share.
import { Store, type Given } from "../src/store/store.ts";
import type { Area } from "../src/store/shelf.ts";

/** Counts up from 1, in the shape of a UUID. */
export function id(number: number): string {
  return `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
}

export function at(second: number): string {
  return new Date(Date.UTC(2026, 2, 1, 12, 0, second)).toISOString();
}

export class Browser {
  readonly content = new Map<string, string>();
  /** Characters that fit, and whether any access is refused. */
  room = Infinity;
  blocked = false;
  /** Whether locks are refused, as in a frame of nobody's. */
  lockless = false;
  /** Seconds since noon. It goes on with every look. */
  clock = 0;
  #ids = 0;
  readonly #held = new Map<string, Promise<unknown>>();
  readonly #tabs = new Set<Tab>();

  /** Load a page. Its `end` closes it. */
  tab(given: Partial<Given> = {}): Tab {
    const tab = new Tab(this, given);
    this.#tabs.add(tab);
    return tab;
  }

  close(tab: Tab): void {
    this.#tabs.delete(tab);
  }

  write(from: Tab | undefined, key: string, value: string | null): void {
    const before = this.content.get(key) ?? null;
    if (value === null) this.content.delete(key);
    else {
      const used = [...this.content].reduce((sum, [name, text]) => sum + (name === key ? 0 : name.length + text.length), 0);
      if (used + key.length + value.length > this.room) throw new DOMException("no room", "QuotaExceededError");
      this.content.set(key, value);
    }
    if (before === value) return;
    for (const tab of this.#tabs) if (tab !== from) tab.hear(key);
  }

  newId(): string {
    return id((this.#ids += 1));
  }

  /** As navigator.locks: held until what `work` returns is settled, or the tab that asked is closed. */
  async lock(tab: Tab, name: string, options: { ifAvailable?: boolean }, work: (lock: unknown) => unknown): Promise<unknown> {
    if (this.lockless) throw new DOMException("not here", "SecurityError");
    await Promise.resolve();
    while (this.#held.has(name)) {
      if (options.ifAvailable) return work(null);
      await this.#held.get(name);
    }
    const done = Promise.resolve().then(() => work({ name }));
    const free = Promise.race([done, tab.closed]).then(() => void this.#held.delete(name));
    this.#held.set(name, free);
    return done;
  }

  /** Names of the keys that are there. */
  keys(begin: string): string[] {
    return [...this.content.keys()].filter((key) => key.startsWith(begin));
  }
}

export class Tab {
  readonly store: Store;
  readonly closed: Promise<void>;
  /** What `onChange` told. */
  readonly told: (string | undefined)[] = [];
  hear: (key: string | null) => void = () => {};
  #close: () => void = () => {};
  readonly #browser: Browser;

  constructor(browser: Browser, given: Partial<Given>) {
    this.#browser = browser;
    this.closed = new Promise((resolve) => (this.#close = resolve));
    this.store = new Store({
      storage: area(browser, this),
      prefix: "keepalive",
      now: () => new Date(at((browser.clock += 1))),
      newId: () => browser.newId(),
      locks: { request: (name, options, work) => browser.lock(this, name, options, work) },
      hear: (tell) => (this.hear = tell),
      ...given,
    });
    this.store.onChange((exercise) => this.told.push(exercise));
  }

  /** Close the tab, and wait until its locks are free. */
  async end(): Promise<void> {
    this.#browser.close(this);
    this.#close();
    await turns();
  }
}

/** Let everything that waits for a lock have its turn. */
export async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function area(browser: Browser, tab: Tab): Area {
  const guard = () => {
    if (browser.blocked) throw new DOMException("not allowed", "SecurityError");
  };
  return {
    get length() {
      guard();
      return browser.content.size;
    },
    key: (index) => (guard(), [...browser.content.keys()][index] ?? null),
    getItem: (key) => (guard(), browser.content.get(key) ?? null),
    setItem: (key, value) => (guard(), browser.write(tab, key, value)),
    removeItem: (key) => (guard(), browser.write(tab, key, null)),
  };
}
