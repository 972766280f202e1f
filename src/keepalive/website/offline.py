"""What the course is made of, as a list that a browser can keep a copy by: `offline.json` at the site's root.

`web/src/service-worker.ts` fetches what the list names and answers with it; nothing else of the site is needed offline.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "offline.json"

SCHEMA = 1

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""What a browser insists on, or shows. A web server's own table may say otherwise, and the copy has no server."""

_TEXT = ("text/", "application/json", "application/xml")

_LEFT_OUT = {
    NAME,
    "service-worker.js",  # the browser keeps that itself
    "sitemap.xml",  # it names the host; the worker writes its own, for the pages that it has
    "sitemap.xml.gz",
}
_LEFT_OUT_SUFFIXES = {".map"}
_LEFT_OUT_FOLDERS = ("assets/javascripts/lunr/",)
"""The search's other languages."""


def manifest(site: Path) -> dict[str, Any]:
    """The list for a built site: `version` (a hash over all), `bytes` (their sum), and each file by its name."""
    files = {name: _about(site / name) for name in sorted(_names(site))}
    whole = json.dumps(files, sort_keys=True).encode()
    return {
        "schema": SCHEMA,
        "version": hashlib.sha256(whole).hexdigest()[:16],
        "bytes": sum(file["bytes"] for file in files.values()),
        "files": files,
    }


def write(site: Path) -> None:
    """Write the list into the site that it lists. Whatever is written later is missing in it, or wrong."""
    text = json.dumps(manifest(site), indent=0, ensure_ascii=False)
    (site / NAME).write_text(text + "\n", encoding="utf-8")


def content_type(name: str) -> str:
    """The type of a file of the site, by its name, as a header says it."""
    kind = TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind


def _names(site: Path):
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if path.is_file() and not (
            hidden or name in _LEFT_OUT or path.suffix in _LEFT_OUT_SUFFIXES or name.startswith(_LEFT_OUT_FOLDERS)
        ):
            yield name


def _about(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "type": content_type(path.name),
    }
