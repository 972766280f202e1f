// node precompile.ts '[{"from": "in.zip", "to": "out.zip", "folder": "/where/it/will/lie", "asSource": ["a/b.py"]}]'
//
// Turns the .py files of archives into .pyc, by the very Python that will run them: no CPython of that version is
// needed, and the bytes are the same on every machine. Starting Python from .pyc takes a third of the time.
import fs from "node:fs";
import { loadPyodide } from "pyodide";

interface Job {
  from: string;
  to: string;
  /** The folder, in the browser's file system, where the files will be found: tracebacks name it. */
  folder: string;
  /** Files that are needed as they were written, since their program reads its own source. */
  asSource: string[];
}

const COMPILE = `
import importlib._bootstrap_external as external, importlib.util, zipfile

def compile_archive(source, target, folder, as_source):
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name in sorted(given.namelist()):
            if name.endswith("/"):
                continue
            content = given.read(name)
            if name.endswith(".py") and name not in as_source:
                code = compile(content, f"{folder}/{name}", "exec", dont_inherit=True)
                # Bound to the source's hash, not to a time, and never checked: there is no source to check against.
                content = external._code_to_hash_pyc(code, importlib.util.source_hash(content), False)
                name += "c"
            entry = zipfile.ZipInfo(name)  # of 1980, as every entry
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content)

compile_archive
`;

const jobs: Job[] = JSON.parse(process.argv[2] ?? "[]");
const python = await loadPyodide();
const compileArchive = python.runPython(COMPILE);
for (const { from, to, folder, asSource } of jobs) {
  python.FS.writeFile("/tmp/from.zip", fs.readFileSync(from));
  compileArchive("/tmp/from.zip", "/tmp/to.zip", folder, python.toPy(asSource));
  fs.writeFileSync(to, python.FS.readFile("/tmp/to.zip"));
}
process.exit(0); // Pyodide leaves handles open
