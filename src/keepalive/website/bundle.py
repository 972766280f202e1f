"""The scripts of the pages, bundled from `web/src` by esbuild. What was made before is taken from `.cache/web`."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from keepalive import __version__

from . import search
from .errors import BuildError
from .runtime import node
from .sources import digest, files_below

SECONDS = 120
"""How long a slow machine may bundle before it counts as stuck. It takes a fraction of a second."""


@dataclass(frozen=True)
class Bundle:
    """The folder of the bundled scripts, and what each is called: `page`, `editor`, `worker`, `search`, `service`; the
    script of an element that few pages have, by its tag.
    """

    folder: Path
    names: dict[str, str]

    @property
    def for_assets(self) -> list[Path]:
        """What lies in `assets/`; the service worker stands at the site's root, where it sees every page."""
        return [self.folder / name for kind, name in self.names.items() if kind != "service"]

    @property
    def service_worker(self) -> Path:
        return self.folder / self.names["service"]


def build_bundle(root: Path, runtime: str) -> Bundle:
    """The bundle of the checkout `root`. `runtime`: where Python's files lie below the site. Raises BuildError."""
    web, cache = root / "web", root / ".cache" / "web"
    cache.mkdir(parents=True, exist_ok=True)
    paths = [*files_below(web / "src"), web / "tools" / "bundle.ts", web / "package-lock.json"]
    made = cache / digest(root, paths, runtime, __version__, search.theme_worker())[:16]
    with FileLock(cache / "lock"):
        if not made.is_dir():
            _bundle(web, runtime, cache, made)
        for other in cache.iterdir():
            if other.is_dir() and other != made:
                shutil.rmtree(other, ignore_errors=True)
    return Bundle(made, json.loads((made / "names.json").read_text(encoding="utf-8")))


def _bundle(web: Path, runtime: str, cache: Path, made: Path) -> None:
    node.packages(web)
    with tempfile.TemporaryDirectory(prefix="new-", dir=cache, ignore_cleanup_errors=True) as scratch:
        new = Path(scratch, "out")
        theirs = search.theme_worker().removeprefix("assets/")
        order = json.dumps({"out": str(new), "runtime": runtime, "course": __version__, "search": theirs})
        done = node.run([web / "tools" / "bundle.ts", order], timeout=SECONDS)
        if done.returncode:
            raise BuildError(f"The scripts of the pages could not be bundled. Node said:\n\n{node.said(done)}")
        new.rename(made)
