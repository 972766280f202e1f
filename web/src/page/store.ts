// What a learner did and wrote, in this browser. One store for the site: pages come and go without a reload.
import { Store } from "../store/store.ts";
import { SITE } from "./place.ts";
import { share } from "./shared.ts";

/** Null where the browser lets nothing be kept; asking for it may throw. */
function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export const store = new Store({
  storage: storage(),
  prefix: `keepalive:${SITE.pathname}:`,
  locks: navigator.locks,
  now: () => new Date(),
  newId,
  hear: (tell) => window.addEventListener("storage", (event) => tell(event.key)),
});

share(store);

// What waits for a lock would be lost with the page: a hint that was shown just before a reload.
window.addEventListener("pagehide", () => store.flush());

/** crypto.randomUUID is there on secure addresses only, and a course on a school's own host may have none. */
function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
