"""When a learner's file was saved, so that it can be checked again. Looks at time and size ten times a second."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_SECONDS = 0.1
SETTLE_POLLS = 3
"""A file that does not parse is looked at this often again: an editor may be in the middle of writing it."""
GONE_POLLS = 10
"""Many editors delete a file and write it anew; only one that stays away this long is gone."""


def saves(path: Path, sleep: Callable[[float], None]) -> Iterator[bool]:
    """True at once and then after every save; False where the file has gone, once until it comes back. Never ends."""
    before: tuple[int, int] | None = None
    missing = 0
    while True:
        now = _stamp(path)
        if now is None:
            missing += 1
            if missing == GONE_POLLS:
                before = None
                yield False
        else:
            missing = 0
            if now != before and (settled := _settled(path, now, sleep)):
                before = settled
                yield True
        sleep(POLL_SECONDS)


def _settled(path: Path, stamp: tuple[int, int], sleep: Callable[[float], None]) -> tuple[int, int] | None:
    """Waits while the file is being written; its last stamp, None where it went away meanwhile."""
    quiet = 0
    while quiet < SETTLE_POLLS and not _whole(path):
        sleep(POLL_SECONDS)
        now = _stamp(path)
        if now is None:
            return None
        quiet = quiet + 1 if now == stamp else 0
        stamp = now
    return stamp


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _whole(path: Path) -> bool:
    """Whether the file looks complete: Python that compiles, a notebook that is JSON."""
    try:
        content = path.read_bytes()
        if path.suffix == ".ipynb":
            json.loads(content)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(content, path.name, "exec", dont_inherit=True)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return bool(content.strip())
