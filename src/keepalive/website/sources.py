"""Which files a build depends on, and one hash over them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

# Made by tools, not by people: their bytes change without any change in what the site says.
_NOISE = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}

# What turns sources into HTML. Their versions are in requirements.txt, but a set-up may lag behind that file.
_RENDERERS = ("mkdocs", "mkdocs-material", "mkdocs-jupyter", "markdown", "pymdown-extensions", "nbconvert", "pygments")


def files_below(folder: Path) -> Iterator[Path]:
    """Every file a person wrote below a folder, in one fixed order; nothing if the folder does not exist."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not _NOISE.intersection(path.relative_to(folder).parts):
            yield path


def pages_below(root: Path) -> Iterator[Path]:
    """What the site shows of `docs/`: everything but the author's pages, which are for people with a clone."""
    return (path for path in files_below(root / "docs") if not path.is_relative_to(root / "docs" / "authors"))


def digest(root: Path, paths: Iterable[Path], *also: str) -> str:
    """A hash over names (relative to root) and contents of files, and over further words."""
    found = hashlib.sha256()
    for word in also:
        found.update(word.encode() + b"\0")
    for path in paths:
        body = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()}\0{len(body)}\0".encode())
        found.update(body)
    return found.hexdigest()


def execution_digest(root: Path, notebook: Path) -> str:
    """What decides a notebook's outputs: itself, the locked versions, the interpreter, the course's own code and data.

    `website/` decides nothing a notebook prints, except for the module that runs it: left out, so that work on a style
    sheet does not execute every chapter again.
    """
    package = root / "src" / "keepalive"
    website = package / "website"
    code = [p for p in files_below(package) if not p.is_relative_to(website) or p == website / "notebooks.py"]
    data = [p for p in files_below(root / "notebooks") if p.suffix != ".ipynb"]
    # A question is asked on the page and not in its cell: its wording decides nothing that a cell prints there.
    bank = root / "exercises" / "questions"
    exercises = [p for p in files_below(root / "exercises") if not p.is_relative_to(bank)]
    paths = [notebook, root / "requirements.txt", *code, *data, *exercises]
    return digest(root, [p for p in paths if p.exists()], sys.version)


def site_digest(root: Path) -> str:
    """Everything the built site depends on. Equal digests: nothing to do."""
    folders = ("notebooks", "exercises", "src/keepalive", "web/src", "web/tools", "tests/claims")
    single = [root / name for name in ("mkdocs.yml", "requirements.txt", "pyproject.toml", "web/package-lock.json")]
    paths = [p for p in single if p.exists()] + [p for folder in folders for p in files_below(root / folder)]
    paths += pages_below(root)
    tools = [f"{name} {version(name)}" for name in _RENDERERS]
    return digest(root, paths, sys.version, os.environ.get("KEEPALIVE_SITE_URL", ""), *tools)
