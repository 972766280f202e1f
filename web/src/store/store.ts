// What a learner did and wrote, kept in their browser. Knows no page: a storage, a clock, ids, locks and the news of
// other tabs are handed in. The file that it exports and imports is that of `keepalive progress`.
//
// Events are one text in the storage; it is read, united with what is known here and written again. Code is not: each
// load of a page writes what the learner types under a version of its own, so that two tabs never write the same.
// Nothing throws because of the storage. What could not be written lives on in memory, and `trouble` says so.
import { Answers, EVERYTHING } from "./answers.ts";
import { Shelf, type Area } from "./shelf.ts";
import { NotProgress, isId, isTable, isVersion, parsed, wins, written } from "./shape.ts";
import type { Drafts, Event, Raw, Version } from "./shape.ts";

/** What is used of `navigator.locks`. */
export interface Locks {
  request(name: string, options: { ifAvailable?: boolean }, work: (lock: unknown) => unknown): Promise<unknown>;
}

export interface Given {
  /** The page's storage; null where the browser gives none. */
  storage: Area | null;
  /** Sets this course off from others on the same host. */
  prefix: string;
  now(): Date;
  /** A new UUID. */
  newId(): string;
  locks?: Locks | undefined;
  /** Have every key told that another tab wrote, null for all of them. */
  hear?: (tell: (key: string | null) => void) => void;
}

/** A version as a person chooses it. */
export interface Draft {
  id: string;
  /** UTC, ISO 8601 to the millisecond. */
  at: string;
  code: string;
}

/** A version on the shelf. `page` is the load of a page that writes it; without, nobody goes on with it. */
interface Kept {
  version: Version;
  page?: string;
}

/** Where no lock tells which pages are gone: as many versions of an exercise, of those that pages wrote, are kept. */
export const MOST = 20;

const EVENTS = "events";
const DRAFT = "draft:";
const TEXT = "text:";

const NOT_KEPT = {
  blocked:
    "This browser keeps nothing for this page: its storage is blocked. What you do here lasts until you close the " +
    "page. Export your work to a file to keep it.",
  full:
    "The browser's storage for this site is full, so what you do now is not kept. Export your work to a file to keep " +
    "it, then make room.",
};
const NEWER =
  "Your progress in this browser was written by a newer version of the course. It is left as it is, and what you check " +
  "now is not kept. Reload the page to get the newer version.";

export class Store {
  readonly #given: Given;
  readonly #shelf: Shelf;
  #events = new Map<string, Raw>();
  #other: Record<string, unknown> = {};
  #answers: Answers | undefined;
  /** Events that are only here: they wait for the lock, or could not be written. */
  #pending = false;
  #eventsRefused = false;
  #newer = false;
  /** Versions that could not be written, by their name on the shelf. */
  readonly #unsaved = new Map<string, Kept>();
  /** The id of the version that this page writes, by exercise. */
  readonly #mine = new Map<string, string>();
  /** The version from which this page goes on and has written nothing yet, by exercise. */
  readonly #opened = new Map<string, Draft & { page?: string | undefined }>();
  #page = "";
  #aside = "";
  readonly #callbacks = new Set<(exercise: string | undefined) => void>();
  /** Single texts that could not be written; null is one that was taken away. */
  readonly #unsavedTexts = new Map<string, string | null>();
  readonly #textCallbacks = new Set<(name: string | undefined) => void>();
  /** Exercises of which other tabs' events came in since the callbacks were last told. */
  readonly #heard = new Set<string>();
  readonly #busy = new Set<Promise<void>>();

  constructor(given: Given) {
    this.#given = given;
    this.#shelf = new Shelf(given.storage, given.prefix);
    this.#readEvents();
    this.#heard.clear();
    given.hear?.((key) => this.#hear(key));
  }

  /** "" or what is not kept, and what to do about it. */
  get trouble(): string {
    const said = [this.#aside];
    if (this.#newer) said.push(NEWER);
    if (this.#shelf.closed || this.#unsaved.size || this.#eventsRefused) {
      said.push(this.#shelf.full ? NOT_KEPT.full : NOT_KEPT.blocked);
    }
    return said.filter(Boolean).join(" ");
  }

  /** Call with the exercise of which another tab kept something; undefined is any. Returns what ends it. */
  onChange(callback: (exercise: string | undefined) => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  /** Fulfilled when nothing waits for a lock any more. */
  async idle(): Promise<void> {
    while (this.#busy.size) await Promise.all(this.#busy);
  }

  // ---- what was done ------------------------------------------------------------------------------------------------

  /** What the events say that are known here: whether an exercise was passed, and so on. */
  get answers(): Answers {
    return (this.#answers ??= new Answers(this.#events.values()));
  }

  add(type: string, ref: string, data: Record<string, unknown> = {}): Event {
    let at = stamp(this.#given.now());
    const taken = new Set(this.answers.events.map((event) => event.at));
    while (taken.has(at)) at = stamp(new Date(Date.parse(at) + 1)); // which of two came first has to be seen
    const event = { id: this.#given.newId(), at, type, ref, data };
    this.#events.set(event.id, event);
    this.#answers = undefined;
    this.#save();
    return event;
  }

  /** Withdraw what was done of the exercise, or of all; returns the events that count no longer. */
  reset(exercise?: string): Event[] {
    const withdrawn = this.answers.toReset(exercise);
    if (withdrawn.length) this.add("reset", exercise ?? EVERYTHING, { events: withdrawn.map((event) => event.id) });
    return withdrawn;
  }

  /** Take the latest reset back that is still in force; returns it, or undefined where there is none. */
  undo(): Event | undefined {
    const latest = this.answers.resets.at(-1);
    if (latest) this.add("undo", latest.ref, { event: latest.id });
    return latest;
  }

  /** Write events that still wait for a lock, now: for a page that is about to go. */
  flush(): void {
    if (this.#pending) this.#writeEvents();
  }

  // ---- code -----------------------------------------------------------------------------------------------------------

  /** The newest code of the exercise, to look at. */
  draft(exercise: string): string | undefined {
    return this.versions(exercise)[0]?.code;
  }

  /** Every version of the exercise's code, newest first. Of several with the same code only the newest. */
  versions(exercise: string): Draft[] {
    const seen = new Set<string>();
    return this.#standing(exercise).filter(({ code }) => !seen.has(code) && seen.add(code));
  }

  /**
   * The newest code of the exercise, from which this page goes on. What the page wrote before, it keeps as a version,
   * unless it is this one.
   */
  open(exercise: string): string | undefined {
    const newest = this.#standing(exercise)[0];
    if (newest && newest.id === this.#mine.get(exercise)) return newest.code;
    if (this.#mine.has(exercise)) this.setAside(exercise);
    this.#opened.delete(exercise);
    if (newest) this.#opened.set(exercise, newest);
    return newest?.code;
  }

  /** Keep what the learner has written: at every pause in typing, and when the page goes. Done when it returns. */
  keep(exercise: string, code: string): void {
    this.flush();
    this.#retry();
    const all = this.#kept(exercise);
    const opened = this.#opened.get(exercise);
    const mine = this.#mine.get(exercise);
    if (mine ? all.get(mine)?.version.code === code : opened?.code === code) return;
    const id = mine ?? this.#given.newId();
    this.#page ||= this.#begin();
    this.#put(exercise, id, { version: { at: this.#after(all), code }, page: this.#page });
    this.#mine.set(exercise, id);
    this.#opened.delete(exercise);
    if (!mine && !this.#unsaved.size) this.#background(this.#tidy(exercise, id, opened));
  }

  /**
   * Keep the present code (as `keep` last had it, or as it was opened) as a version that nobody goes on with: before
   * other code takes its place. What is kept next is a version of its own.
   */
  setAside(exercise: string): void {
    this.#retry();
    const all = this.#kept(exercise);
    const mine = this.#mine.get(exercise);
    const opened = this.#opened.get(exercise);
    const present = mine && all.get(mine);
    if (present) {
      this.#put(exercise, mine, { version: present.version });
    } else if (opened && ![...all.values()].some((one) => !one.page && one.version.code === opened.code)) {
      // That version is another page's, which may live and write on, or whose place a later page may take.
      this.#put(exercise, this.#given.newId(), { version: { at: opened.at, code: opened.code } });
    }
    this.#mine.delete(exercise);
    this.#opened.delete(exercise);
  }

  /** Remove a version, and those with the same code, for good: no import brings it back. */
  discard(exercise: string, id: string): void {
    this.#retry();
    const all = this.#kept(exercise);
    const code = all.get(id)?.version.code;
    const at = this.#after(all);
    for (const [each, { version }] of all) {
      if (version.code !== code || version.deleted) continue;
      this.#put(exercise, each, { version: { at, code: "", deleted: true } });
    }
  }

  // ---- single texts -----------------------------------------------------------------------------------------------------
  // What is under way and no progress yet, such as an exam: neither exported nor merged. The latest to write has it.

  /** The text of that name; null is none. */
  text(name: string): string | null {
    const held = this.#unsavedTexts.get(name);
    return held !== undefined ? held : this.#shelf.read(TEXT + name) ?? null;
  }

  /** Keep it, or with null take it away. Whether the browser has it so; this page does in any case. */
  keepText(name: string, text: string | null): boolean {
    if (text === null) this.#shelf.remove(TEXT + name);
    const kept = text === null ? !this.#shelf.closed : this.#shelf.write(TEXT + name, text);
    if (kept) this.#unsavedTexts.delete(name);
    else this.#unsavedTexts.set(name, text);
    return kept;
  }

  /** Call with the name of the text that another tab wrote or took away; undefined is any. Returns what ends it. */
  onText(callback: (name: string | undefined) => void): () => void {
    this.#textCallbacks.add(callback);
    return () => void this.#textCallbacks.delete(callback);
  }

  /** Hold a lock of that name, from when it is free until what this returns is called or the page goes. */
  hold(name: string): () => void {
    let release = () => {};
    const over = new Promise<void>((resolve) => (release = resolve));
    void this.#locked(name, {}, () => over).catch(() => {});
    return release;
  }

  /** Whether some page holds it; undefined where no lock can tell. */
  async held(name: string): Promise<boolean | undefined> {
    try {
      return (await this.#locked(name, { ifAvailable: true }, (lock) => lock === null)) as boolean;
    } catch {
      return undefined;
    }
  }

  // ---- files ----------------------------------------------------------------------------------------------------------

  /** The text of a file with everything in it. */
  exported(): string {
    this.#readEvents();
    const drafts: Drafts = new Map();
    for (const exercise of this.#exercises()) {
      const versions = [...this.#kept(exercise)].map(([id, { version }]) => [id, version] as const);
      drafts.set(exercise, new Map(versions));
    }
    return written({ events: this.#events, drafts, other: this.#other });
  }

  /** Add what a file holds; how much of it was new. Throws NotProgress, and then nothing has changed. */
  imported(text: string): { events: number; drafts: number } {
    const file = parsed(text);
    this.#readEvents();
    this.#retry();
    const fresh = [...file.events.values()].filter((raw) => !this.#events.has(raw.id));
    for (const raw of fresh) this.#events.set(raw.id, raw);
    this.#other = { ...file.other, ...this.#other };
    this.#answers = undefined;
    this.#save();
    let drafts = 0;
    for (const [exercise, versions] of file.drafts) {
      const all = this.#kept(exercise);
      for (const [id, version] of versions) {
        const held = all.get(id)?.version;
        if (held && !wins(version, held)) continue;
        this.#put(exercise, id, { version });
        if (!version.deleted) drafts += 1;
      }
    }
    return { events: fresh.length, drafts };
  }

  // ---- versions on the shelf ------------------------------------------------------------------------------------------

  /** All versions of an exercise, the removed ones too. */
  #kept(exercise: string): Map<string, Kept> {
    const before = `${DRAFT}${exercise}:`;
    const found = new Map<string, Kept>();
    for (const name of new Set([...this.#shelf.names(), ...this.#unsaved.keys()])) {
      const id = name.startsWith(before) ? name.slice(before.length) : "";
      const kept = isId(id) ? this.#unsaved.get(name) ?? this.#readVersion(name) : undefined;
      if (kept) found.set(id, kept);
    }
    return found;
  }

  /** The versions of an exercise that nobody removed, newest first. */
  #standing(exercise: string): (Draft & { page?: string | undefined })[] {
    const all = [...this.#kept(exercise)].filter(([, { version }]) => !version.deleted);
    const standing = all.map(([id, { version, page }]) => ({ id, at: version.at, code: version.code, page }));
    return standing.sort((one, other) => (one.at + one.id < other.at + other.id ? 1 : -1));
  }

  #exercises(): Set<string> {
    const names = [...this.#shelf.names(), ...this.#unsaved.keys()];
    return new Set(names.map(exerciseOf).filter((exercise) => exercise !== undefined));
  }

  #readVersion(name: string): Kept | undefined {
    const text = this.#shelf.read(name);
    if (typeof text !== "string") return undefined;
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      this.#putAside(name, text);
      return undefined;
    }
    // JSON of another shape may be a later version's. It is in nobody's way.
    if (!isTable(data) || !isVersion(data.version)) return undefined;
    return typeof data.page === "string" ? { version: data.version, page: data.page } : { version: data.version };
  }

  #put(exercise: string, id: string, kept: Kept): void {
    const name = `${DRAFT}${exercise}:${id}`;
    if (this.#shelf.write(name, JSON.stringify(kept))) this.#unsaved.delete(name);
    else this.#unsaved.set(name, kept);
  }

  /** Try again to write versions that could not be written. */
  #retry(): void {
    for (const [name, kept] of this.#unsaved) {
      if (this.#shelf.write(name, JSON.stringify(kept))) this.#unsaved.delete(name);
    }
  }

  /** The time now, or just after all of these versions, should another machine's clock be ahead. */
  #after(all: Map<string, Kept>): string {
    const newest = [...all.values()].reduce((at, { version }) => (version.at > at ? version.at : at), "");
    const now = stamp(this.#given.now());
    const next = newest < now ? Number.NaN : Date.parse(newest) + 1;
    return Number.isNaN(next) || next > LAST ? now : stamp(new Date(next));
  }

  /** This load of a page gets an id, and a lock that lives as long. */
  #begin(): string {
    const page = this.#given.newId();
    void this.#locked(`page:${page}`, {}, () => new Promise(() => {})).catch(() => {});
    return page;
  }

  /** The page's new version takes the place of the one that it went on from, unless somebody still writes that. */
  async #tidy(exercise: string, id: string, opened: (Draft & { page?: string | undefined }) | undefined): Promise<void> {
    try {
      if (!this.#given.locks) throw new Error("no locks");
      if (!opened?.page) return;
      await this.#locked(`page:${opened.page}`, { ifAvailable: true }, (lock) => {
        const now = this.#kept(exercise).get(opened.id);
        const same = now?.page === opened.page && now?.version.at === opened.at && now?.version.code === opened.code;
        if (lock && same) this.#shelf.remove(`${DRAFT}${exercise}:${opened.id}`);
      });
    } catch {
      const written = this.#standing(exercise).filter((version) => version.page && version.id !== id);
      for (const old of written.slice(MOST - 1)) this.#shelf.remove(`${DRAFT}${exercise}:${old.id}`);
    }
  }

  // ---- events on the shelf ----------------------------------------------------------------------------------------------

  /** Take in what is on the shelf. Returns whether it lacks something; undefined where it must not be written. */
  #readEvents(): boolean | undefined {
    const text = this.#shelf.read(EVENTS);
    if (text === undefined) return undefined;
    this.#newer = false;
    let events = new Map<string, Raw>();
    let other: Record<string, unknown> = {};
    if (text !== null) {
      try {
        ({ events, other } = parsed(text));
      } catch (error) {
        this.#newer = error instanceof NotProgress && error.newer;
        if (this.#newer || !this.#putAside(EVENTS, text)) return undefined;
      }
    }
    for (const raw of events.values()) {
      if (!this.#events.has(raw.id)) this.#heard.add(typeof raw.ref === "string" ? raw.ref : EVERYTHING);
    }
    this.#events = new Map([...events, ...[...this.#events].filter(([id]) => !events.has(id))]);
    this.#other = { ...this.#other, ...other };
    this.#answers = undefined;
    return this.#events.size > events.size || Object.keys(this.#other).length > Object.keys(other).length;
  }

  #writeEvents(): void {
    const lacks = this.#readEvents();
    const content = { events: this.#events, drafts: new Map(), other: this.#other };
    const refused = lacks === undefined || (lacks && !this.#shelf.write(EVENTS, written(content)));
    this.#pending = refused;
    this.#eventsRefused = refused && !this.#newer;
  }

  /** Write the events, under the lock where there is one. */
  #save(): void {
    this.#pending = true;
    const work = () => {
      this.flush();
      this.#retry();
    };
    if (!this.#given.locks) work();
    else this.#background(this.#locked(EVENTS, {}, work).catch(work));
  }

  /** Keep a text that cannot be read under another name. Returns whether its name is free now. */
  #putAside(name: string, text: string): boolean {
    const names = new Set(this.#shelf.names());
    let aside = `unreadable:${name}`;
    for (let number = 2; names.has(aside); number += 1) aside = `unreadable-${number}:${name}`;
    if (!this.#shelf.write(aside, text)) return false;
    this.#shelf.remove(name);
    const what = name === EVENTS ? "Your progress in this browser" : "A draft in this browser";
    const where = `It was put aside in the browser's storage as ${this.#shelf.key(aside)}.`;
    this.#aside = [this.#aside, `${what} could not be read. ${where}`].filter(Boolean).join(" ");
    return true;
  }

  // ---- other tabs -------------------------------------------------------------------------------------------------------

  #hear(key: string | null): void {
    const name = key === null ? undefined : this.#shelf.name(key);
    if (key !== null && name === undefined) return; // another course's, or another program's
    if (name === EVENTS) {
      // Should both have written at once, the other tab's text lacks what is known here.
      if (this.#readEvents()) this.#save();
      const heard = [...this.#heard];
      this.#heard.clear();
      for (const ref of heard.includes(EVERYTHING) ? [undefined] : heard) this.#tell(ref);
    } else if (name === undefined) {
      this.#tell(undefined);
      for (const callback of this.#textCallbacks) callback(undefined);
    } else if (name.startsWith(TEXT)) {
      this.#unsavedTexts.delete(name.slice(TEXT.length)); // the other tab's is newer
      for (const callback of this.#textCallbacks) callback(name.slice(TEXT.length));
    } else {
      const exercise = exerciseOf(name);
      if (exercise !== undefined) this.#tell(exercise);
    }
  }

  #tell(exercise: string | undefined): void {
    for (const callback of this.#callbacks) callback(exercise);
  }

  // ---- locks ------------------------------------------------------------------------------------------------------------

  /** As `navigator.locks.request`, under a name of this site's. Rejects where there are no locks. */
  async #locked(name: string, options: { ifAvailable?: boolean }, work: (lock: unknown) => unknown): Promise<unknown> {
    if (!this.#given.locks) throw new Error("no locks");
    return this.#given.locks.request(this.#shelf.key(name), options, work);
  }

  #background(work: Promise<unknown>): void {
    const busy: Promise<void> = work.then(() => void this.#busy.delete(busy));
    this.#busy.add(busy);
  }
}

/** The last millisecond that a time of four digits' year can say. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function stamp(at: Date): string {
  return at.toISOString();
}

/** The exercise of a version's name on the shelf. */
function exerciseOf(name: string): string | undefined {
  const end = name.lastIndexOf(":");
  return name.startsWith(DRAFT) && end > DRAFT.length && isId(name.slice(end + 1)) ? name.slice(DRAFT.length, end) : undefined;
}
