"""Hashes of files, the same on every system and after every checkout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_LEFT_OUT = {"__pycache__"}


def files_of(folder: Path) -> list[Path]:
    """The folder's own files, sorted by relative posix path. Caches, hidden files and compiled ones do not count."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if any(part in _LEFT_OUT or part.startswith(".") for part in parts) or path.suffix == ".pyc":
            continue
        if path.is_file():
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def content_hash(data: bytes) -> str:
    """sha256 of a text file's bytes with line ends normalised: git may write `\\r\\n` on Windows."""
    return hashlib.sha256(normal(data)).hexdigest()


def normal(data: bytes) -> bytes:
    """The bytes with every line end as `\\n`."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def version_of(folder: Path, names: Iterable[str]) -> str:
    """sha256 over name and content of these files of the folder, as far as they are there."""
    total = hashlib.sha256()
    for name in sorted(names):
        path = folder / name
        if not path.is_file():
            continue
        content = normal(path.read_bytes())
        # Lengths keep two different folders from giving the same stream of bytes.
        total.update(b"%d %s %d\n" % (len(name.encode()), name.encode(), len(content)))
        total.update(content)
    return total.hexdigest()
