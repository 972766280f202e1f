// The list of the course's files, as keepalive.website.offline writes it, and how addresses and files belong together.

/** A file of the course. `type` is what its Content-Type says. */
export interface Listed {
  bytes: number;
  sha256: string;
  type: string;
}

export interface Manifest {
  schema: number;
  version: string;
  bytes: number;
  files: Record<string, Listed>;
}

const SCHEMA = 1;

/** What a server sent as offline.json. Throws where it is none: a login page, or a list that this code cannot read. */
export function manifestOf(sent: unknown): Manifest {
  const manifest = sent as Manifest | null;
  if (manifest?.schema !== SCHEMA || typeof manifest.version !== "string" || typeof manifest.bytes !== "number") {
    throw new Error("what the server sent as offline.json is not the list of the course's files");
  }
  for (const [name, file] of Object.entries(manifest.files)) {
    const sound = Number.isInteger(file.bytes) && /^[0-9a-f]{64}$/.test(file.sha256) && typeof file.type === "string";
    if (!sound) throw new Error(`offline.json says of ${name} what cannot be`);
  }
  return manifest;
}

/** The file that an address of the site means, or undefined outside of it. A folder's address means its index.html. */
export function nameOf(address: URL, scope: URL): string | undefined {
  if (address.origin !== scope.origin || !address.pathname.startsWith(scope.pathname)) return undefined;
  let name: string;
  try {
    name = decodeURIComponent(address.pathname.slice(scope.pathname.length));
  } catch {
    return undefined; // not UTF-8: no file of ours
  }
  return name === "" || name.endsWith("/") ? `${name}index.html` : name;
}

/** Where a file of the list lies. */
export function addressOf(name: string, scope: URL): URL {
  return new URL(name.split("/").map(encodeURIComponent).join("/"), scope);
}

/** The files whose content is not held yet, each content once. */
export function lacking({ files }: Manifest, held: ReadonlySet<string>): [name: string, file: Listed][] {
  const seen = new Set(held);
  return Object.entries(files).filter(([, { sha256 }]) => {
    const isNew = !seen.has(sha256);
    seen.add(sha256);
    return isNew;
  });
}

export function bytesOf(files: [name: string, file: Listed][]): number {
  return files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

/** The theme changes pages without a reload only if a sitemap names them, with the address where they are. */
export function sitemapOf({ files }: Manifest, scope: URL): string {
  const pages = Object.keys(files).filter((name) => name.endsWith(".html") && name !== "404.html");
  const entries = pages.map((name) => `<url><loc>${addressOf(name, scope).href.replaceAll("&", "&amp;")}</loc></url>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${entries.join("\n")}</urlset>
`;
}
