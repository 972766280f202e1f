"""What a learner did, kept in one JSON file on their own machine.

The file holds events that are only ever added, each with a UUID, so that two files (two machines, page and terminal)
are merged by the union of their events. It holds no name and no output. Its shape is `progress.schema.json`.
An event of a type or shape that this version does not know is kept in the file and otherwise ignored.

The page keeps the code of its exercises beside the events, as drafts: versions by id. Merging takes their union; of one
version the newest counts, and the newest version of an exercise is its draft. The page does the same in TypeScript
(`web/src/store/`), and the same files hold both to it. In a terminal code is files in the learner's folder, and a draft
gets here by an import only.

A reset is an event as well: it names the events that count no longer. An undo names the reset that it takes back. Both
go by ids and not by time, so that what counts does not depend on the order in which files are merged, or on clocks.

Keeping progress must never cost the learner a check: where the file cannot be read or written, what was done is kept in
memory, `warning` says so in a sentence, and everything goes on.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

import filelock
import platformdirs

from .shape import schema, validator

SCHEMA = 1
EVERYTHING = "*"
"""The `ref` of a reset of all exercises."""
CHAPTER = "chapter:"
"""What stands before a chapter's id in the `ref` of its events: an exercise may have the same id."""
LOCK_SECONDS = 5.0
_IN_MEMORY = "It is kept in memory and written with the next check, if that comes before this program ends."


def home() -> Path:
    """The folder of the learner's data: KEEPALIVE_HOME, else the user's data directory of the system."""
    named = os.environ.get("KEEPALIVE_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("keepalive", appauthor=False))


@dataclass(frozen=True)
class Event:
    """One thing that was done. `at` is UTC in ISO 8601; `ref` is the exercise's id; `data` depends on `type`."""

    id: str
    at: str
    type: str
    ref: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "at": self.at, "type": self.type, "ref": self.ref, "data": dict(self.data)}


def is_pass(check: Event) -> bool:
    """Whether a check passed. Before extensions had points of their own, `done` said so of a pass without one."""
    return check.data.get("status") == "passed" or any(check.data.get(key) is True for key in ("passed", "done"))


Drafts = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Versions of code as they are in the file: by the exercise's id, then by their own."""


@dataclass(frozen=True)
class Draft:
    """One version of the learner's code of an exercise. `at` is UTC in ISO 8601, when it was written last."""

    exercise: str
    id: str
    at: str
    code: str


@dataclass(frozen=True)
class Included:
    """What another file brought that was not here: how many events, and the versions that can be taken from here."""

    events: int
    drafts: tuple[Draft, ...]


class NotProgress(Exception):
    """A file that was to be imported, or replaced by an export, is not progress; the text is a sentence."""


class _Unreadable(Exception):
    """The file is there and is not progress."""


class _Newer(Exception):
    """The file was written by a later version of the course."""


class Progress:
    """The learner's progress: read when made, written by every `add`.

    `path` is the file (progress.json in `home()` unless given). `now` returns an aware datetime and `new_id` a UUID;
    tests hand them in. `warning` is "" or a sentence for the learner about the file.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], uuid.UUID] = uuid.uuid4,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self.path = path or home() / "progress.json"
        self.warning = ""
        self._now, self._new_id, self._lock_seconds = now, new_id, lock_seconds
        # Raw, in the order in which they were added: what this version does not understand is written back as it was.
        self._events: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Event] = {}
        self._drafts: Drafts = {}
        self._other: dict[str, Any] = {}
        self._counting: tuple[int, tuple[Event, ...]] = (0, ())
        self._writable = True
        try:
            self._merge(self._read(self.path))
        except FileNotFoundError:
            pass
        except _Unreadable:
            self._recover()
        except _Newer:
            self._writable = False
            self.warning = (
                f"Your progress in {self.path} was written by a newer version of the course. "
                "It is left as it is, and what you do now is not kept."
            )
        except OSError as e:
            self._writable = False
            self.warning = (
                f"Your progress in {self.path} cannot be read ({_reason(e)}), so what you do now is not kept."
            )

    # ---- what was done -------------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, oldest first."""
        return merged(self._known.values())

    @property
    def counting(self) -> tuple[Event, ...]:
        """The events that no reset has withdrawn, oldest first."""
        known, found = self._counting
        if known != len(self._known):  # events are only ever added
            withdrawn = {id for reset in self._resets() for id in reset.data["events"] if isinstance(id, str)}
            found = tuple(event for event in self.events if event.id not in withdrawn)
            self._counting = (len(self._known), found)
        return found

    def _resets(self) -> list[Event]:
        """The resets that were not taken back, oldest first."""
        undone = [event.data.get("event") for event in self._known.values() if event.type == "undo"]
        return [
            event
            for event in self.events
            if event.type == "reset" and event.id not in undone and isinstance(event.data.get("events"), list)
        ]

    def of(self, type: str, ref: str) -> tuple[Event, ...]:
        """The counting events of one type for one exercise, oldest first."""
        return tuple(event for event in self.counting if event.type == type and event.ref == ref)

    def passed(self, exercise: str) -> bool:
        """Whether the exercise of that id was ever passed; no extension is needed for that."""
        return any(is_pass(event) for event in self.of("check", exercise))

    def tried(self, exercise: str) -> bool:
        """Whether the exercise was ever checked with something in it."""
        return any(event.data.get("status") not in (None, "not_attempted") for event in self.of("check", exercise))

    def best(self, exercise: str) -> int | None:
        """The most points that a check of the exercise gave, None where it was never checked."""
        points = [event.data.get("points") for event in self.of("check", exercise)]
        return max((number for number in points if _is_whole(number)), default=None)

    def hints_shown(self, exercise: str, task: str) -> int:
        """How many of the task's hints were shown."""
        numbers = [event.data.get("number") for event in self.of("hint", exercise) if event.data.get("task") == task]
        return max((number for number in numbers if _is_whole(number)), default=0)

    def task_status(self, exercise: str) -> dict[str, str]:
        """The status of each task in the latest check of the exercise; empty where there was none."""
        for event in reversed(self.of("check", exercise)):
            tasks = event.data.get("tasks")
            if isinstance(tasks, dict):
                return {task: status for task, status in tasks.items() if isinstance(status, str)}
        return {}

    def solution_seen(self, exercise: str) -> bool:
        """Whether the exercise's solution was ever shown."""
        return bool(self.of("solution", exercise))

    def drafts(self, exercise: str) -> tuple[Draft, ...]:
        """The versions of the learner's code of the exercise, newest first: the first is the draft.

        Of several with the same code only the newest is among them.
        """
        versions = self._drafts.get(exercise, {})
        found = [Draft(exercise, id, v["at"], v["code"]) for id, v in versions.items() if "deleted" not in v]
        found.sort(key=lambda draft: (draft.at, draft.id), reverse=True)
        first = {draft.code: draft for draft in reversed(found)}
        return tuple(draft for draft in found if first[draft.code] is draft)

    @property
    def drafted(self) -> tuple[str, ...]:
        """The ids of the exercises that have a draft."""
        return tuple(sorted(exercise for exercise in self._drafts if self.drafts(exercise)))

    # ---- adding --------------------------------------------------------------------------------------------------

    def add(self, type: str, ref: str, data: Mapping[str, Any] | None = None) -> Event:
        """Adds an event and writes the file. Never raises for the file's sake: see `warning`."""
        at = self._now().astimezone(UTC)
        taken = {event.at for event in self._known.values()}
        while (stamp := _stamp(at)) in taken:  # which of two came first has to be seen from their times
            at += timedelta(milliseconds=1)
        event = Event(str(self._new_id()), stamp, type, ref, dict(data or {}))
        self._events[event.id] = event.as_json()
        self._known[event.id] = event
        if self._writable:
            self._save()
        return event

    def reset(self, exercise: str | None = None) -> tuple[Event, ...]:
        """Withdraws what was done of the exercise of that id, or of all; hands back the events that count no longer."""
        withdrawn = tuple(
            event
            for event in self.counting
            if event.type not in ("reset", "undo") and (exercise is None or event.ref == exercise)
        )
        if withdrawn:
            self.add("reset", exercise or EVERYTHING, {"events": [event.id for event in withdrawn]})
        return withdrawn

    def undo(self) -> Event | None:
        """Takes the latest reset back that is still in force, and hands it back; None where there is none."""
        resets = self._resets()
        if not resets:
            return None
        self.add("undo", resets[-1].ref, {"event": resets[-1].id})
        return resets[-1]

    # ---- other files ---------------------------------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """Whether the file could be read, so that this is all that was done. Otherwise `warning` says why not."""
        return self._writable

    def include(self, path: Path) -> Included:
        """Adds the events and drafts of another file that are not here yet. Raises OSError, NotProgress."""
        data = self._from(path)
        new = {raw["id"]: raw for raw in data["events"] if raw["id"] not in self._events}
        before, drafts_before = {name: self.drafts(name) for name in self.drafted}, self._drafts
        self._merge({**data, **self._other, "events": [*self._events.values(), *new.values()]})
        if (new or self._drafts != drafts_before) and self._writable:
            self._save()
        came = [draft for name in self.drafted for draft in self.drafts(name) if draft not in before.get(name, ())]
        return Included(len(new), tuple(came))

    def export(self, path: Path) -> int:
        """Writes everything to another file; how many events. Raises OSError, NotProgress.

        A file that is there is replaced only if nothing is lost by it: it is progress, and has no event and no draft
        that is not here.
        """
        if path.exists():
            there = self._from(path)
            known = {raw["id"] for raw in there["events"]} <= self._events.keys()
            if not known or merged_drafts(self._drafts, there.get("drafts", {})) != self._drafts:
                raise NotProgress(f"{path} holds progress that is not here.")
        write_whole(path, self._content())
        return len(self._events)

    def _from(self, path: Path) -> dict[str, Any]:
        try:
            return self._read(path)
        except _Unreadable:
            raise NotProgress(f"{path} is not a file of progress.") from None
        except _Newer:
            raise NotProgress(f"{path} was written by a newer version of the course.") from None

    def _save(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(f"{self.path}.lock", timeout=self._lock_seconds):
                try:
                    # Another program may have added events since: theirs and ours are kept.
                    self._merge(self._read(self.path))
                except FileNotFoundError:
                    pass
                except _Unreadable:
                    self._put_aside()
                self._write()
        except _Newer:
            self.warning = f"{self.path} is now of a newer version of the course; it is left as it is."
            self._writable = False
        except filelock.Timeout:
            held = f"another program has held {self.path}.lock for {self._lock_seconds:g} s"
            self.warning = f"Your progress was not written: {held}. {_IN_MEMORY}"
        except (OSError, NotImplementedError) as e:  # NotImplementedError: a file system that cannot lock
            self.warning = f"Your progress could not be written to {self.path} ({_reason(e)}). {_IN_MEMORY}"
        else:
            if self.warning and "put aside" not in self.warning:
                self.warning = ""

    def _content(self) -> bytes:
        data = {**self._other, "schema": SCHEMA, "events": list(self._events.values())}
        if self._drafts:
            data["drafts"] = self._drafts
        text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
        # A browser's text may hold half of a surrogate pair, which JSON can say and UTF-8 cannot.
        return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text).encode()

    def _write(self) -> None:
        content = self._content()
        if self.path.exists():
            write_whole(self.path.with_name(self.path.name + ".bak"), self.path.read_bytes())
        write_whole(self.path, content)

    def _merge(self, data: dict[str, Any]) -> None:
        theirs = {raw["id"]: raw for raw in data["events"]}
        # The file's order first: it was there before what this session adds.
        self._events = {**theirs, **{key: raw for key, raw in self._events.items() if key not in theirs}}
        event_shape = validator("progress").evolve(schema=schema("progress")["$defs"]["event"])
        for key, raw in theirs.items():
            if key not in self._known and event_shape.is_valid(raw):
                self._known[key] = Event(**{name: raw[name] for name in ("id", "at", "type", "ref", "data")})
        self._drafts = merged_drafts(data.get("drafts", {}), self._drafts)
        self._other |= {key: value for key, value in data.items() if key not in ("schema", "events", "drafts")}

    @staticmethod
    def _read(path: Path) -> dict[str, Any]:
        """The file's data. Raises OSError, _Unreadable, _Newer."""
        content = path.read_bytes()
        try:
            data = json.loads(content.decode("utf-8"), parse_constant=no_number)
        except (ValueError, RecursionError):
            raise _Unreadable from None
        if isinstance(data, dict) and isinstance(data.get("schema"), int) and data["schema"] > SCHEMA:
            raise _Newer
        if not validator("progress").is_valid(data):
            raise _Unreadable
        return data

    def _recover(self) -> None:
        backup = self.path.with_name(self.path.name + ".bak")
        with suppress(OSError, _Unreadable, _Newer):
            self._merge(self._read(backup))
        self._save()

    def _put_aside(self) -> None:
        """Gives the unreadable file another name, so that nobody's work is thrown away, and says so."""
        stamp = self._now().astimezone(UTC).strftime("%Y%m%dT%H%M%S")
        aside = self.path.with_name(f"{self.path.stem}.unreadable-{stamp}{self.path.suffix}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.stem}.unreadable-{stamp}-{number}{self.path.suffix}")
        os.replace(self.path, aside)
        count = len(self._events)
        kept = f"what was known of it ({count} events) was kept" if count else "a new file is begun"
        self.warning = f"Your progress in {self.path} could not be read. It was put aside as {aside.name}; {kept}."


def chapters_read(counting: Iterable[Event]) -> dict[str, str]:
    """The ids of the chapters that are read, each with when it was marked so last (UTC, ISO 8601).

    What is no longer read is said by an event that names those that said so, as a reset does: by ids, not by time.
    """
    events = list(counting)
    taken_back: set[object] = set()
    for event in events:
        if event.type == "unread" and isinstance(event.data.get("events"), list):
            taken_back.update(id for id in event.data["events"] if isinstance(id, str))
    return {
        event.ref.removeprefix(CHAPTER): event.at
        for event in events
        if event.type == "read" and event.ref.startswith(CHAPTER) and event.id not in taken_back
    }


def merged(*files: Iterable[Event]) -> tuple[Event, ...]:
    """The union of several files' events, oldest first."""
    union = {event.id: event for events in files for event in events}
    return tuple(sorted(union.values(), key=lambda event: (event.at, event.id)))


def merged_drafts(*files: Drafts) -> Drafts:
    """The union of several files' versions; of one version the newest.

    Of one time the removed one, then the one whose code is larger in UTF-16, which is how a browser compares.
    """
    union: dict[str, dict[str, Mapping[str, Any]]] = {}
    for drafts in files:
        for exercise, versions in drafts.items():
            for id, version in versions.items():
                there = union.setdefault(exercise, {}).get(id)
                if there is None or _rank(version) > _rank(there):
                    union[exercise][id] = version
    return union


def _rank(version: Mapping[str, Any]) -> tuple[str, bool, bytes]:
    return version["at"], "deleted" in version, version["code"].encode("utf-16-be", "surrogatepass")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def no_number(name: str) -> NoReturn:
    """Python would read NaN and Infinity, which are no JSON and which a browser refuses."""
    raise ValueError(name)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def write_whole(path: Path, content: bytes) -> None:
    """Puts `content` in the file at once: somebody who reads it sees the old or the new, never a part."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _move(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _move(source: str, target: Path) -> None:
    # On Windows a virus scanner or an indexer may have the target open for a moment.
    for pause in (0.05, 0.2) if sys.platform == "win32" else ():
        try:
            return os.replace(source, target)
        except PermissionError:
            time.sleep(pause)
    os.replace(source, target)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
