// A browser's storage, of which one site has a part. Nothing here throws, whatever the browser does.

/** What is used of a Storage. */
export interface Area {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Shelf {
  /** Whether the latest attempt to read was refused. */
  closed = false;
  /** Whether the latest attempt to write was refused for want of room. */
  full = false;
  readonly #area: Area | null;
  readonly #before: string;

  /** `prefix` sets this site's part off from others on the same host; null is a storage that is blocked. */
  constructor(area: Area | null, prefix: string) {
    this.#area = area;
    // Whatever the prefix is, its end is seen: "a" and "a:draft" stay apart.
    this.#before = prefix.replace(/[%:]/g, (sign) => (sign === "%" ? "%25" : "%3A")) + ":";
  }

  /** The key in the storage for a name on this shelf. */
  key(name: string): string {
    return this.#before + name;
  }

  /** The name on this shelf for a key in the storage; undefined where it is somebody else's. */
  name(key: string): string | undefined {
    return key.startsWith(this.#before) ? key.slice(this.#before.length) : undefined;
  }

  /** Everything that is there. */
  names(): string[] {
    const found = this.#look((area) => {
      const keys = Array.from({ length: area.length }, (_, index) => area.key(index) ?? "");
      return keys.map((key) => this.name(key)).filter((name) => name !== undefined);
    });
    return found ?? [];
  }

  /** What is there under the name: null is nothing, undefined that it cannot be read. */
  read(name: string): string | null | undefined {
    return this.#look((area) => area.getItem(this.key(name)));
  }

  /** Whether it was written. */
  write(name: string, text: string): boolean {
    this.full = false;
    try {
      this.#area?.setItem(this.key(name), text);
      return this.#area !== null;
    } catch (error) {
      // Firefox had a name of its own for it.
      this.full = error instanceof Error && /QuotaExceeded|QUOTA_REACHED/.test(error.name);
      return false;
    }
  }

  remove(name: string): void {
    this.#look((area) => area.removeItem(this.key(name)));
  }

  #look<T>(work: (area: Area) => T): T | undefined {
    this.closed = this.#area === null;
    try {
      return this.#area === null ? undefined : work(this.#area);
    } catch {
      this.closed = true;
      return undefined;
    }
  }
}
