// Where the exam that is under way lies: one in a browser, and one page that writes on it. A page that goes on with it
// takes it over; the page that had it hears that, and writes no more.
import { isTable } from "../store/shape.ts";
import type { Store } from "../store/store.ts";
import { NotASitting, type Sitting, parsed, written } from "./sitting.ts";

const NAME = "exam";

/** What is found on the desk. */
export interface Lying {
  /** The page that writes on it. */
  owner: string;
  /** Somebody gave it up, which can be undone until another is begun. */
  gaveUp: boolean;
  sitting: Sitting;
}

export class Desk {
  readonly #store: Store;
  readonly #me: string;
  #release: (() => void) | undefined;
  /** Whether the browser has what was written last. */
  kept = true;

  /** `me`: an id of this page's own. */
  constructor(store: Store, me: string) {
    this.#store = store;
    this.#me = me;
  }

  /** What lies there; undefined is nothing. Throws NotASitting. */
  look(): Lying | undefined {
    const text = this.#store.text(NAME);
    if (text === null) return undefined;
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      data = undefined;
    }
    if (!isTable(data) || typeof data.owner !== "string") throw new NotASitting("This is no exam that could be gone on with.");
    return { owner: data.owner, gaveUp: data.gaveUp === true, sitting: parsed(JSON.stringify(data.sitting)) };
  }

  /** Whether this page writes on what lies there. */
  get mine(): boolean {
    try {
      return this.look()?.owner === this.#me;
    } catch {
      return false;
    }
  }

  /** Whether one is under way, here or in another page. */
  get busy(): boolean {
    try {
      const there = this.look();
      return there !== undefined && !there.gaveUp;
    } catch {
      return false;
    }
  }

  /** Begin this one or go on with it: from now on it is this page's. */
  take(sitting: Sitting): void {
    this.#write(sitting, false);
    this.#release ??= this.#store.hold(NAME);
  }

  /** Keep a change. Returns false, and changes nothing, where another page has taken it over. */
  put(sitting: Sitting): boolean {
    if (!this.mine) return false;
    this.#write(sitting, false);
    return true;
  }

  giveUp(sitting: Sitting): void {
    this.#write(sitting, true);
    this.leave();
  }

  /** Take back that it was given up. */
  undo(): void {
    const there = this.look();
    if (there?.gaveUp) this.#write(there.sitting, false);
  }

  /** It was handed in. */
  clear(): void {
    this.kept = this.#store.keepText(NAME, null);
    this.leave();
  }

  /** This page writes no more; what lies there stays. */
  leave(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Whether another page has it open; undefined where that cannot be known. */
  async elsewhere(): Promise<boolean | undefined> {
    return this.mine ? false : this.#store.held(NAME);
  }

  /** Call when another page wrote or took away what lies there. Returns what ends it. */
  onChange(callback: () => void): () => void {
    return this.#store.onText((name) => {
      if (name === undefined || name === NAME) callback();
    });
  }

  #write(sitting: Sitting, gaveUp: boolean): void {
    const data = { owner: this.#me, ...(gaveUp ? { gaveUp } : {}), sitting: JSON.parse(written(sitting)) };
    this.kept = this.#store.keepText(NAME, JSON.stringify(data));
  }
}
