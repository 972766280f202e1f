// node bundle.ts '{"out": "/folder", "runtime": "runtime/0123abcd/", "course": "0.1.0", "search": "a/worker.js"}'
// (`search`: the worker of the theme's search, as seen from `assets/`)
//
// Bundles what the pages run: `keepalive-*.js`, a classic script that every page loads, so that it works from a
// double-clicked file, too; the scripts of the elements below, which it asks for on a page that has one; the editor and
// the worker, modules that it asks for when they are wanted; what the theme starts as the worker of its search; and the
// service worker. Writes `names.json`, which says what each is called.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

/** Elements that few pages have: the tag, and the folder of `src/` whose `main.ts` defines it. */
const ELEMENTS: Record<string, string> = {
  "keepalive-exam": "exam",
  "keepalive-map": "progress",
  "keepalive-mastery": "progress",
  "keepalive-question": "questions",
  "keepalive-read": "progress",
  "keepalive-review": "review",
  "keepalive-verify": "certificate",
  "keepalive-widget": "widgets",
};

type Order = Record<"out" | "runtime" | "course" | "search", string>;
const { out, runtime, course, search: theme } = JSON.parse(process.argv[2] ?? "{}") as Order;
const web = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const common: BuildOptions = {
  absWorkingDir: web,
  bundle: true,
  minify: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  metafile: true,
  logLevel: "error",
};

/** What the entry point became. */
async function bundled(entry: string, options: BuildOptions): Promise<string> {
  const { metafile } = await build({ ...common, ...options, entryPoints: [`src/${entry}`] });
  const [made] = Object.entries(metafile!.outputs).find(([, output]) => output.entryPoint === `src/${entry}`)!;
  return path.basename(made);
}

const editor = await bundled("page/editor.ts", { format: "esm" });
// Pyodide's loader asks for these only under Node.
const worker = await bundled("page/worker.ts", { format: "esm", external: ["node:*", "ws"] });
const elements: Record<string, string> = {};
for (const [tag, folder] of Object.entries(ELEMENTS)) {
  elements[tag] = await bundled(`${folder}/main.ts`, {
    format: "iife",
    define: { COURSE: JSON.stringify(course) },
    entryNames: `${folder}-[hash]`,
  });
}
const page = await bundled("page/main.ts", {
  format: "iife",
  define: {
    EDITOR: JSON.stringify(editor),
    WORKER: JSON.stringify(worker),
    RUNTIME: JSON.stringify(runtime),
    ELEMENTS: JSON.stringify(elements),
  },
  entryNames: "keepalive-[hash]",
});
const search = await bundled("search-worker.ts", {
  format: "iife",
  define: { THEME: JSON.stringify(theme) },
  entryNames: "search-[hash]",
});
// Its address has to stay what it is: a browser looks there for a new version.
const service = await bundled("service-worker.ts", { format: "iife", entryNames: "service-worker" });
fs.writeFileSync(path.join(out, "names.json"), JSON.stringify({ editor, worker, page, search, service, ...elements }));
