// What the page's script has made and the scripts of single elements use as well: two stores in one page would not know
// of each other's news.
import type { Store } from "../store/store.ts";

interface Shared {
  keepalive?: { store: Store };
}

export function share(store: Store): void {
  (globalThis as Shared).keepalive = { store };
}

/** The page's store. Its script has run: it is what asks for the others. */
export function sharedStore(): Store {
  const store = (globalThis as Shared).keepalive?.store;
  if (!store) throw new Error("The page's script has not run.");
  return store;
}
