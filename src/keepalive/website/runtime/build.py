"""Makes the files that a browser fetches to run Python and the grader. What was made before is taken from `.cache`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..errors import BuildError
from . import node, sources

ROOT = Path(__file__).parents[4]
MANIFEST = "runtime.json"
CORE = {"pyodide.asm.mjs": "pyodide.asm.js", "pyodide.asm.wasm": "pyodide.asm.wasm"}
"""The files of the npm package that are fetched, and what they are called: many a web server does not know `.mjs`.

Pyodide's loader comes with the worker's own script; its standard library is replaced by a compiled one.
"""

LIBRARY_FOLDER = "/lib/python314.zip"
ENGINE_FOLDER = "/lib/python3.14/site-packages"
"""Where the two archives lie in the browser: the first as it is, the second unpacked. On `sys.path`, both."""

READS_ITS_OWN_SOURCE = ("anyio/__init__.py",)
"""anyio finds out from the text of this file what to import lazily."""

COMPILE_SECONDS = 300
"""How long a slow machine may compile before it counts as stuck. Two idle cores need ten."""


def build_runtime(out: Path, *, root: Path = ROOT, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Bring the folder `out` up to date and return its manifest, which is also in it as `runtime.json`.

    The same inputs give the same bytes. `root` is the checkout whose `web/` and `src/` are used. Nothing that is in the
    cache is made anew; with all of it there, neither Node nor a network is needed. Raises BuildError.
    """
    cache = root / ".cache" / "runtime"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        made = _Cache(cache, root / "web", say).bring_up_to_date(sources.engine_files(root / "src" / "keepalive"))
        return _put(made, out)


class _Cache:
    """What was made before, under names that say of what it was made."""

    def __init__(self, folder: Path, web: Path, say: Callable[[str], None]) -> None:
        self._folder, self._web, self._say = folder, web, say

    def bring_up_to_date(self, engine: dict[str, bytes]) -> dict[str, Path]:
        """Where each file of the runtime lies, `lock.json` among them."""
        pyodide = node.locked(self._web, "pyodide")["integrity"]
        compiler = (self._web / "tools" / "precompile.ts").read_bytes()
        archive = sources.as_zip(engine)
        compiling = json.dumps([LIBRARY_FOLDER, ENGINE_FOLDER, READS_ITS_OWN_SOURCE])
        core = self._folder / f"core-{_name(pyodide, json.dumps(CORE))}"
        library = self._folder / f"library-{_name(pyodide, compiler, compiling)}.zip"
        bundle = self._folder / f"engine-{_name(pyodide, compiler, compiling, archive)}.zip"
        if not all(place.exists() for place in (core, library, bundle)):
            package = node.packages(self._web) / "pyodide"
            if not core.exists():
                self._copy_core(package, core)
            self._compile(package / "python_stdlib.zip", library, archive, bundle)
        _forget_all_but({core, library, bundle}, self._folder)
        return {path.name: path for path in core.iterdir()} | {"library.zip": library, "engine.zip": bundle}

    def _copy_core(self, package: Path, place: Path) -> None:
        new = Path(tempfile.mkdtemp(prefix="new-", dir=self._folder))
        for name, ours in CORE.items():
            shutil.copyfile(package / name, new / ours)
        # Of the packages that this lock lists, with addresses, none is wanted.
        lock = json.loads((package / "pyodide-lock.json").read_text(encoding="utf-8"))
        lock = {"info": lock["info"], "packages": {}}
        (new / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
        new.rename(place)

    def _compile(self, stdlib: Path, library: Path, archive: bytes, bundle: Path) -> None:
        """Both archives, each unless it is there."""
        with tempfile.TemporaryDirectory(prefix="new-", dir=self._folder, ignore_cleanup_errors=True) as scratch:
            given = Path(scratch, "engine-sources.zip")
            given.write_bytes(archive)
            jobs = [
                (place, {"from": str(source), "to": str(Path(scratch, place.name)), "folder": folder, "asSource": kept})
                for place, source, folder, kept in (
                    (library, stdlib, LIBRARY_FOLDER, ()),
                    (bundle, given, ENGINE_FOLDER, READS_ITS_OWN_SOURCE),
                )
                if not place.exists()
            ]
            if not jobs:
                return
            self._say("compiling Python for the browser")
            script = [self._web / "tools" / "precompile.ts", json.dumps([job for _, job in jobs])]
            done = node.run(script, timeout=COMPILE_SECONDS)
            if done.returncode:
                raise BuildError(f"Compiling Python for the browser failed. Node said:\n\n{node.said(done)}")
            for place, _ in jobs:
                Path(scratch, place.name).replace(place)


def _name(*parts: str | bytes) -> str:
    """A short name for what is made of these parts."""
    found = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        found.update(b"%d\0" % len(content) + content)
    return found.hexdigest()[:16]


def _forget_all_but(wanted: set[Path], folder: Path) -> None:
    for path in set(folder.iterdir()) - wanted - {folder / "lock"}:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _put(made: dict[str, Path], out: Path) -> dict[str, Any]:
    """Copy what `out` lacks, remove what it should not have, and write the manifest."""
    lock = json.loads(made.pop("lock.json").read_text(encoding="utf-8"))
    contents = {name: path.read_bytes() for name, path in sorted(made.items())}
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    manifest = {
        "schema": 1,
        # What a page may name a folder after, so that no cache mixes two versions.
        "version": _name(json.dumps([lock, files])),
        "python": lock["info"]["python"],
        "packages": sources.versions(),
        "engineFolder": ENGINE_FOLDER,
        "lock": lock,
        "files": files,
    }
    out.mkdir(parents=True, exist_ok=True)
    for path in out.iterdir():
        if path.is_file() and path.name not in {*files, MANIFEST}:
            path.unlink()
    for name, content in contents.items():
        place = out / name
        if not place.is_file() or place.read_bytes() != content:
            _write(place, content)
    _write(out / MANIFEST, json.dumps(manifest, indent=1).encode() + b"\n")
    return manifest


def _write(place: Path, content: bytes) -> None:
    """Never half a file, whoever reads or ends this."""
    new = place.with_name(f".{place.name}.{os.getpid()}")
    new.write_bytes(content)
    new.replace(place)
