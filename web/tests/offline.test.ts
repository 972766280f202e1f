// The copy for offline, without a browser: which file an address means, what is fetched and let in, and which version a
// page gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bringIn, sha256Of, Unfinished, type Around, type Order, type Reason } from "../src/offline/fetching.ts";
import { addressOf, bytesOf, lacking, manifestOf, nameOf, sitemapOf, type Manifest } from "../src/offline/manifest.ts";
import { contentsOf, currentOf, lookedIn, swept, switched, type Versions } from "../src/offline/versions.ts";

const SCOPE = new URL("https://host.test/some/where/");
const TIME = "2026-01-02T03:04:05.000Z";

type Site = Record<string, string>;

async function listOf(site: Site, version = "v1"): Promise<Manifest> {
  const files: Manifest["files"] = {};
  for (const [name, text] of Object.entries(site)) {
    const content = new TextEncoder().encode(text);
    files[name] = { bytes: content.byteLength, sha256: await sha256Of(content), type: "text/plain" };
  }
  return { schema: 1, version, bytes: bytesOf(Object.entries(files)), files };
}

// ---- the list

test("a list is taken as it is", async () => {
  const list = await listOf({ "index.html": "one" });
  assert.deepEqual(manifestOf(JSON.parse(JSON.stringify(list))), list);
});

for (const [what, sent] of Object.entries({
  nothing: null,
  "a login page's data": { login: true },
  "a later schema": { schema: 2, version: "v", bytes: 0, files: {} },
  "a hash that is none": { schema: 1, version: "v", bytes: 1, files: { a: { bytes: 1, sha256: "../x", type: "" } } },
  "no files": { schema: 1, version: "v", bytes: 1 },
})) {
  test(`not a list: ${what}`, () => assert.throws(() => manifestOf(sent)));
}

for (const [address, name] of [
  ["https://host.test/some/where/", "index.html"],
  ["https://host.test/some/where/about.html", "about.html"],
  ["https://host.test/some/where/about.html?h=word#top", "about.html"],
  ["https://host.test/some/where/chapters/", "chapters/index.html"],
  ["https://host.test/some/where/a%20b%C3%A9.html", "a bé.html"],
  ["https://host.test/some/where/%E0%A4%A", undefined],
  ["https://host.test/some/", undefined],
  ["https://host.test/some/whereabouts/x.html", undefined],
  ["https://other.test/some/where/about.html", undefined],
  ["http://host.test/some/where/about.html", undefined],
] as const) {
  test(`${address} means ${name}`, () => assert.equal(nameOf(new URL(address), SCOPE), name));
}

test("a file's address means the file, whatever is in its name", () => {
  for (const name of ["a b.html", "what?.html", "50%.html", "x#y/é.html", "index.html"]) {
    assert.equal(nameOf(addressOf(name, SCOPE), SCOPE), name);
  }
});

test("what is lacking: each content once, and none that is held", async () => {
  const list = await listOf({ a: "one", b: "two", c: "two", d: "three" });
  const held = new Set([list.files.a!.sha256]);
  assert.deepEqual(lacking(list, held).map(([name]) => name), ["b", "d"]);
  assert.equal(bytesOf(lacking(list, held)), 8);
  assert.equal(held.size, 1);
});

test("the sitemap has the pages, where they are", async () => {
  const map = sitemapOf(await listOf({ "index.html": "", "a&b.html": "", "404.html": "", "x.js": "" }), SCOPE);
  const found = [...map.matchAll(/<loc>(.*?)<\/loc>/g)].map((match) => match[1]);
  assert.deepEqual(found, ["https://host.test/some/where/index.html", "https://host.test/some/where/a%26b.html"]);
});

// ---- fetching

interface Server extends Around {
  asked: string[];
  shelf: Map<string, string>;
}

/** A server and a shelf. `odd` answers in the place of the server, by a file's name. */
function server(site: Site, odd: Record<string, () => Response> = {}): Server {
  const asked: string[] = [];
  const shelf = new Map<string, string>();
  return {
    asked,
    shelf,
    scope: SCOPE,
    fetch: async (address, options) => {
      options?.signal?.throwIfAborted();
      const name = nameOf(new URL(String(address)), SCOPE)!;
      asked.push(name);
      return odd[name]?.() ?? new Response(site[name]);
    },
    held: async () => new Set(shelf.keys()),
    put: async (sha256, content) => void shelf.set(sha256, new TextDecoder().decode(content)),
  };
}

function order(manifest: Manifest, more: Partial<Order> = {}): Order {
  return { manifest, signal: new AbortController().signal, enough: () => false, hear: () => {}, ...more };
}

async function reasonOf(work: Promise<unknown>): Promise<Reason> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Unfinished, String(error));
    return error.reason;
  }
  return assert.fail("it came whole");
}

function unreachable(): never {
  throw new TypeError("Failed to fetch");
}

const SITE = { "index.html": "a page", "a.js": "a script", "b.js": "another", "c.js": "", "d.js": "the last of them" };

test("all is fetched, checked and put, and the bytes are told", async () => {
  const list = await listOf(SITE);
  const there = server(SITE);
  const heard: [number, number][] = [];
  assert.equal(await bringIn(there, order(list, { hear: (...told) => heard.push(told) })), true);
  assert.deepEqual(new Set(there.shelf.values()), new Set(Object.values(SITE)));
  assert.deepEqual([...there.shelf.keys()].sort(), [...Object.values(list.files)].map((file) => file.sha256).sort());
  assert.deepEqual([heard[0], heard.at(-1)], [[0, list.bytes], [list.bytes, list.bytes]]);
});

test("what is held is not fetched again, whatever version brought it", async () => {
  const there = server(SITE);
  await bringIn(there, order(await listOf(SITE)));
  there.asked.length = 0;
  const next = { ...SITE, "a.js": "a script, anew", "copy.js": "another" };
  const changed = server(next);
  const both = { ...changed, held: there.held, put: there.put };
  assert.equal(await bringIn(both, order(await listOf(next, "v2"))), true);
  assert.deepEqual(changed.asked, ["a.js"]);
});

for (const [what, odd, reason] of [
  ["other bytes", () => new Response("a scrip7"), { why: "differs", file: "a.js" }],
  ["fewer bytes", () => new Response("a scr"), { why: "differs", file: "a.js" }],
  ["more bytes", () => new Response("a script and a login form"), { why: "differs", file: "a.js" }],
  ["an error", () => new Response("oops", { status: 500 }), { why: "answered", file: "a.js", status: 500 }],
  ["a file that is gone", () => new Response("", { status: 404 }), { why: "answered", file: "a.js", status: 404 }],
  ["no answer", unreachable, { why: "unreachable", file: "a.js" }],
  [
    "an answer that breaks off",
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("network error")) })),
    { why: "unreachable", file: "a.js" },
  ],
] as const) {
  test(`${what}: it says so, lets nothing wrong in, and goes on with what is there`, async () => {
    const list = await listOf(SITE);
    const there = server(SITE, { "a.js": odd });
    assert.deepEqual(await reasonOf(bringIn(there, order(list))), reason);
    assert.ok(!there.shelf.has(list.files["a.js"]!.sha256));
    for (const [sha256, text] of there.shelf) assert.equal(await sha256Of(new TextEncoder().encode(text)), sha256);

    const mended = server(SITE);
    const before = new Set(there.shelf.keys());
    assert.equal(await bringIn({ ...mended, held: there.held, put: there.put }, order(list)), true);
    assert.deepEqual(mended.asked.sort(), lacking(list, before).map(([name]) => name).sort());
  });
}

test("a full disk is named", async () => {
  const there = server(SITE);
  there.put = async () => {
    throw Object.assign(new Error("no room"), { name: "QuotaExceededError" });
  };
  assert.deepEqual(await reasonOf(bringIn(there, order(await listOf(SITE)))), { why: "full" });
});

test("stopped: it asks for nothing more", async () => {
  const stop = new AbortController();
  const site = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`${number}.js`, `script ${number}`]));
  const there = server(site);
  const hear = (arrived: number) => arrived > 0 && stop.abort();
  assert.deepEqual(await reasonOf(bringIn(there, order(await listOf(site), { signal: stop.signal, hear }))), {
    why: "stopped",
  });
  assert.ok(there.asked.length <= 8, String(there.asked));
});

test("enough for now: what is begun is finished, and the next order goes on", async () => {
  const site = Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`${number}.js`, `script ${number}`]));
  const list = await listOf(site);
  const there = server(site);
  const enough = () => there.asked.length >= 5;
  assert.equal(await bringIn(there, order(list, { enough })), false);
  assert.equal(there.shelf.size, there.asked.length);
  assert.equal(await bringIn(there, order(list)), true);
  assert.deepEqual([...there.asked].sort(), Object.keys(site).sort());
});

// ---- versions

async function first(): Promise<Versions> {
  return switched(undefined, await listOf({ "index.html": "one" }, "v1"), TIME, ["page"]);
}

test("the first version is everybody's", async () => {
  const versions = await first();
  assert.equal(currentOf(versions).manifest.version, "v1");
  assert.equal(currentOf(versions).since, TIME);
  assert.deepEqual(lookedIn(versions, "page").map(({ version }) => version), ["v1"]);
});

test("pages that are open keep their version; those opened later get the new one", async () => {
  const versions = switched(await first(), await listOf({ "index.html": "two" }, "v2"), TIME, ["old", "older"]);
  const of = (client: string) => lookedIn(versions, client).map(({ version }) => version);
  assert.deepEqual([of("old"), of(""), of("someone's worker")], [["v1"], ["v2"], ["v2", "v1"]]);
});

test("a page keeps its version over two updates", async () => {
  const second = switched(await first(), await listOf({ "index.html": "two" }, "v2"), TIME, ["old"]);
  const third = switched(second, await listOf({ "index.html": "three" }, "v3"), TIME, ["old", "middle"]);
  const of = (client: string) => lookedIn(third, client)[0]!.version;
  assert.deepEqual([of("old"), of("middle"), of("")], ["v1", "v2", "v3"]);
});

test("with its last page a version goes, and only then", async () => {
  const both = switched(await first(), await listOf({ "index.html": "two" }, "v2"), TIME, ["old", "other"]);
  assert.equal(swept(both, ["old", "new"]), both);
  const after = swept(both, ["new"]);
  assert.deepEqual(Object.keys(after.held), ["v2"]);
  assert.deepEqual(after.pins, {});
  assert.equal(contentsOf(after).size, 1);
  assert.equal(contentsOf(both).size, 2);
  assert.equal(swept(after, []), after);
});

test("without an open page the old version goes at once", async () => {
  const after = switched(await first(), await listOf({ "index.html": "two" }, "v2"), TIME, []);
  assert.deepEqual(Object.keys(after.held), ["v2"]);
});

test("the same version again pins nobody", async () => {
  const again = switched(await first(), await listOf({ "index.html": "one" }, "v1"), TIME, ["page"]);
  assert.deepEqual([Object.keys(again.held), again.pins], [["v1"], {}]);
});

test("nothing is held: nothing is needed", () => assert.equal(contentsOf(undefined).size, 0));
