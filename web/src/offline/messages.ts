// What a page and the service worker say to each other. A page sends a port along, and is answered there.
import type { Reason } from "./fetching.ts";
import type { Manifest } from "./manifest.ts";

export type Wanted = { do: "install"; manifest: Manifest } | { do: "remove" };

/** Sent on the port, later: end what was begun. */
export const STOP = "stop";

export type Answer =
  | { kind: "progress"; arrived: number; of: number }
  /** Some files are there, and the rest shall be asked for: each time the browser grants the worker some minutes. */
  | { kind: "more" }
  | { kind: "done" }
  | { kind: "busy" }
  | { kind: "failed"; reason: Reason };

/** Told to every page of the site when another version is current, or none. */
export const CHANGED = "keepalive: another version of the course is held";
