"""Where the exam that is under way lies on this machine: one file, which a terminal and a notebook go on with alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from keepalive.course.progress import home, write_whole

from .sitting import NotASitting, Sitting


class Busy(Exception):
    """Another terminal or cell has the exam open."""


@dataclass(frozen=True)
class Lying:
    """What is found on the desk. `gave_up`: that can be undone until another exam is begun."""

    sitting: Sitting
    gave_up: bool


class Desk:
    """`path` is the file (exam.json in the learner's data unless given).

    Keeping must never cost an answer: where the file cannot be written, what lies there is kept in memory, and
    `trouble` says so in a sentence.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or home() / "exam.json"
        self.trouble = ""
        self._unkept: bytes | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """While it lasts, nobody else writes here. Raises Busy."""
        lock = filelock.FileLock(f"{self.path}.lock", timeout=0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            raise Busy("The exam is open in another terminal or cell. End it there first.") from None
        except (OSError, NotImplementedError):
            pass  # where no file can be made none is written either, and `put` says so
        try:
            yield
        finally:
            lock.release()

    def look(self) -> Lying | None:
        """What lies there. Raises NotASitting."""
        try:
            content = self._unkept if self._unkept is not None else self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise NotASitting(f"The exam under way, {self.path}, cannot be read: {e.strerror or e}.") from None
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            data = None
        gave_up = isinstance(data, dict) and data.get("gave_up") is True
        return Lying(Sitting.of_json(data), gave_up)

    def put(self, sitting: Sitting, *, gave_up: bool = False) -> None:
        """Let it lie there."""
        content = json.dumps(sitting.as_json() | ({"gave_up": True} if gave_up else {}), indent=1).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, content)
        except OSError as e:
            self._unkept = content
            self.trouble = (
                f"The exam could not be kept in {self.path} ({e.strerror or e}). It lasts until this program ends."
            )
        else:
            self._unkept, self.trouble = None, ""

    def clear(self) -> None:
        """It was handed in."""
        self._unkept, self.trouble = None, ""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
