// Which versions of the course a browser holds, and which of them a page gets. Plain data: every change is a new value,
// and one write makes it true.
import type { Manifest } from "./manifest.ts";

export interface Version {
  manifest: Manifest;
  /** When it became the current one: an ISO time. */
  since: string;
}

/** What is written down. `pins`: pages that were open when a newer version came, and stay with their own. */
export interface Versions {
  schema: 1;
  current: string;
  held: Record<string, Version>;
  pins: Record<string, string>;
}

/** The version that a page gets which is opened now. */
export function currentOf(versions: Versions): Version {
  return versions.held[versions.current]!;
}

/** Make a version the current one. `open`: the pages and workers of the site that are open, by the browser's ids. */
export function switched(
  before: Versions | undefined,
  manifest: Manifest,
  since: string,
  open: Iterable<string>,
): Versions {
  const { version } = manifest;
  const pins: Record<string, string> = {};
  if (before) for (const id of open) pins[id] = before.pins[id] ?? before.current;
  const after: Versions = {
    schema: 1,
    current: version,
    held: { ...before?.held, [version]: { manifest, since } },
    pins,
  };
  return unusedRemoved(after);
}

/** Without the versions that no open page has any more. The same value if there are none. */
export function swept(versions: Versions, open: Iterable<string>): Versions {
  if (Object.keys(versions.held).length === 1) return versions;
  const ids = new Set(open);
  const pins = Object.fromEntries(Object.entries(versions.pins).filter(([id]) => ids.has(id)));
  const after = unusedRemoved({ ...versions, pins });
  return Object.keys(after.held).length === Object.keys(versions.held).length ? versions : after;
}

function unusedRemoved(versions: Versions): Versions {
  const used = new Set([versions.current, ...Object.values(versions.pins)]);
  const held = Object.fromEntries(Object.entries(versions.held).filter(([version]) => used.has(version)));
  const pins = Object.fromEntries(Object.entries(versions.pins).filter(([, version]) => version !== versions.current));
  return { ...versions, held, pins };
}

/** Where to look for what somebody asks for, in this order. `client`: who asks, "" for a page that is being opened. */
export function lookedIn({ current, held, pins }: Versions, client: string): Manifest[] {
  if (client === "") return [held[current]!.manifest];
  const pinned = pins[client];
  if (pinned !== undefined) return [held[pinned]!.manifest];
  // A page of the current version; or a worker that an older page has started since, whose files carry their version in
  // their names.
  const older = Object.keys(held).filter((version) => version !== current);
  return [current, ...older].map((version) => held[version]!.manifest);
}

/** The contents that any held version needs. */
export function contentsOf(versions: Versions | undefined): Set<string> {
  const all = Object.values(versions?.held ?? {}).flatMap(({ manifest }) => Object.values(manifest.files));
  return new Set(all.map(({ sha256 }) => sha256));
}
