"""The learner's folder: copies of the notebooks and starters, theirs to change and never overwritten.

What the course put there is remembered by hash in `.keepalive.json` inside the folder. When the course's own version of
a file changes, a copy that the learner has not touched is replaced; beside one that they have changed, the new version
is put as `name.new.ext`, and they are told.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .model import Course, Exercise
from .notebooks import learner_copy
from .shape import validator
from .version import content_hash

SCHEMA = 1
RECORD = ".keepalive.json"


@dataclass(frozen=True)
class Put:
    """What happened to one file.

    `what` is "new", "replaced", "kept" (nothing to do) or "beside"; then `path` is the new version, `own` theirs.
    """

    what: str
    path: Path
    own: Path | None = None


class WorkError(Exception):
    """The learner's folder cannot be used; the text is a sentence for the learner."""


class Work:
    """The learner's folder: KEEPALIVE_WORK, else `work/` in the course's root. Made when first written to."""

    def __init__(self, course: Course, folder: Path | None = None) -> None:
        named = os.environ.get("KEEPALIVE_WORK")
        self.course = course
        self.folder = folder or (Path(named) if named else course.root / "work")

    def path_of(self, exercise: Exercise) -> Path:
        """Where the learner's answer to the exercise is, or will be."""
        return self.folder / f"{exercise.name}.py"

    def start(self, exercise: Exercise, *, again: bool = False, content: str | None = None) -> tuple[Path, bool]:
        """(the learner's file, whether it was made now). `again` makes a fresh one beside, name-2.py and so on.

        It is the starter, or `content` where that is handed in, which takes the place of a starter that nobody has
        touched. Raises WorkError where the folder cannot be written to.
        """
        path = self.path_of(exercise)
        number = 1
        while again and path.exists():
            number += 1
            path = self.folder / f"{exercise.name}-{number}.py"
        with self._writing():
            starter = exercise.starter.encode()
            record = self._record()
            if path.exists():
                if content is None or content_hash(path.read_bytes()) not in (
                    content_hash(starter),
                    record.get(path.name),
                ):
                    return path, False
                _replace(path, content.encode())
            else:
                _create(path, starter if content is None else content.encode())
            # A file that is not the starter counts as the learner's own from the first.
            record[path.name] = content_hash(starter)
            self._remember(record)
        return path, True

    def update(self) -> list[Put]:
        """Puts every notebook and starter in the folder, or brings it up to date. Raises WorkError."""
        done = []
        with self._writing():
            record = self._record()
            for chapter in self.course.chapters:
                if chapter.notebook.is_file():
                    done.append(self._put(chapter.notebook.name, learner_copy(self.course, chapter), record))
            for exercise in self.course.exercises:
                done.append(self._put(self.path_of(exercise).name, exercise.starter.encode(), record))
            self._remember(record)
        return done

    def answers(self) -> list[tuple[Exercise, Path]]:
        """The learner's exercise files with the exercise that each belongs to, the one changed last first.

        Those that the learner has changed come before the starters that nobody has touched.
        """
        record = self._record()
        found = []
        for path in self.folder.glob("*.py") if self.folder.is_dir() else ():
            exercise = exercise_of(path.name, self.course.exercises)
            if exercise:
                with suppress(OSError):  # gone meanwhile
                    touched = content_hash(path.read_bytes()) != record.get(path.name)
                    found.append((touched, path.stat().st_mtime_ns, exercise, path))
        found.sort(key=lambda one: (not one[0], -one[1], one[3].name))
        return [(exercise, path) for _, _, exercise, path in found]

    def _put(self, name: str, content: bytes, record: dict[str, str]) -> Put:
        path, wanted = self.folder / name, content_hash(content)
        if not path.exists():
            _create(path, content)
            record[name] = wanted
            return Put("new", path)
        there = content_hash(path.read_bytes())
        before = record.get(name)
        if there == wanted or wanted == before:
            # The same already; or the learner's own, and ours has not changed since they began.
            record[name] = wanted
            return Put("kept", path)
        if there == before:
            _replace(path, content)
            record[name] = wanted
            return Put("replaced", path)
        beside = self._beside(path, wanted, record)
        # From now on this is the version that the learner's file was compared with: told once, not at every start.
        record[name] = wanted
        return Put("beside", self._put(beside.name, content, record).path, own=path)

    def _beside(self, path: Path, wanted: str, record: dict[str, str]) -> Path:
        """name.new.ext, or the first numbered one that the learner has not changed."""
        number = 1
        while True:
            beside = path.with_name(f"{path.stem}.new{'' if number == 1 else f'-{number}'}{path.suffix}")
            if not beside.exists() or content_hash(beside.read_bytes()) in (wanted, record.get(beside.name)):
                return beside
            number += 1

    def _record(self) -> dict[str, str]:
        """Hashes by file name. Empty where it cannot be read: then every file counts as the learner's own."""
        try:
            data: Any = json.loads((self.folder / RECORD).read_bytes())
        except (OSError, ValueError):
            return {}
        return dict(data["files"]) if validator("work").is_valid(data) else {}

    def _remember(self, record: dict[str, str]) -> None:
        data = {"schema": SCHEMA, "files": dict(sorted(record.items()))}
        _replace(self.folder / RECORD, (json.dumps(data, indent=1) + "\n").encode())

    def _writing(self) -> _Writing:
        return _Writing(self.folder)


class _Writing:
    """Makes the folder, and turns what the file system refuses into a sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise WorkError(self._sentence(e)) from e

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise WorkError(self._sentence(error)) from error

    def _sentence(self, error: OSError) -> str:
        return (
            f"Your folder {self.folder} cannot be written to: {error.strerror or error}. "
            "Make room or change its permissions, or set KEEPALIVE_WORK to another folder."
        )


def exercise_of(file_name: str, exercises: Sequence[Exercise]) -> Exercise | None:
    """The exercise that a file is an answer to, by its name: 04-minimal-client-2.py, minimal_client.py, 04.py."""
    stem = Path(file_name).stem.lower().replace("_", "-").replace(" ", "-")
    for exercise in sorted(exercises, key=lambda e: -len(e.id)):
        for name in (exercise.name, exercise.id, exercise.number):
            rest = stem.removeprefix(name)
            # What follows the name is a number, .new, (1) and the like, never the rest of a longer word.
            if rest != stem and (not rest or not rest[0].isalnum()):
                return exercise
    return None


def _create(path: Path, content: bytes) -> None:
    """Writes a file that is not there yet; a file that appeared meanwhile is left alone (FileExistsError)."""
    with open(path, "xb") as file:
        try:
            file.write(content)
            file.flush()
        except BaseException:
            file.close()
            with suppress(OSError):  # a part of a starter is worse than none
                path.unlink()
            raise


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if path.exists():
            os.chmod(name, path.stat().st_mode)
        else:
            os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
