"""The course as objects: parts, chapters, exercises, tasks. Plain data; `load` fills it from the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import Problem, UnknownName
from .version import folder_version

if TYPE_CHECKING:
    from keepalive.grading import ExerciseCode

    from .questions import Bank


@dataclass(frozen=True)
class Part:
    """A part of the course: a number from 1 and a title."""

    number: int
    title: str


@dataclass(frozen=True)
class Chapter:
    """One chapter, that is one notebook. `exercise` is the id of its exercise, None where it has none that is ready."""

    number: str
    id: str
    title: str
    part: Part
    core: bool
    summary: str
    objectives: tuple[str, ...]
    minutes_teaching: int
    minutes_exercise: int
    notebook: Path
    exercise: str | None = None

    @property
    def name(self) -> str:
        """`04-minimal-client`, as in the notebook's file name."""
        return f"{self.number}-{self.id}"


@dataclass(frozen=True)
class Task:
    """One task of an exercise. `brief` and `hints` are Markdown; the first hint is a nudge.

    An `extension` goes beyond the exercise: who has done all others has passed.
    """

    id: str
    text: str
    points: int
    brief: str
    hints: tuple[str, ...]
    extension: bool = False


@dataclass(frozen=True)
class Misconception:
    """A mistake that the grader knows by name: the belief, the fact, and the id of the chapter that teaches it."""

    id: str
    belief: str
    fact: str
    taught_in: str


@dataclass(frozen=True)
class Wrong:
    """A wrong answer and what it must be told: exactly `fails` fail, or the run ends with `status`."""

    file: Path
    misconception: str | None
    fails: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True)
class Exercise:
    """An exercise that is ready. `chapter` is the chapter's id; `builds_on` an exercise's id or "" for none."""

    id: str
    number: str
    title: str
    chapter: str
    builds_on: str
    entry: str
    minutes: int
    objectives: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    status: str
    folder: Path
    brief_intro: str
    tasks: tuple[Task, ...]
    misconceptions: Mapping[str, Misconception]
    wrong: tuple[Wrong, ...]

    @property
    def name(self) -> str:
        """`04-minimal-client`, the folder's name."""
        return f"{self.number}-{self.id}"

    @property
    def starter(self) -> Path:
        return self.folder / "starter.py"

    @property
    def reference(self) -> Path:
        return self.folder / "solutions" / "reference.py"

    @property
    def solutions(self) -> tuple[Path, ...]:
        """Every right answer, the reference first."""
        others = sorted(path for path in self.reference.parent.glob("*.py") if path != self.reference)
        return (self.reference, *others)

    @property
    def points(self) -> int:
        """What can be earned in all."""
        return sum(task.points for task in self.tasks)

    @cached_property
    def version(self) -> str:
        """sha256 over the folder's files; equal on every system."""
        return folder_version(self.folder)

    def task(self, name: str | int) -> Task:
        """A task by its id or by its number from 1. Raises UnknownName."""
        asked = _normal(name)
        for number, task in enumerate(self.tasks, 1):
            if asked in (task.id, str(number)):
                return task
        raise UnknownName("task", str(name), [task.id for task in self.tasks])

    @property
    def code(self) -> ExerciseCode:
        """What the grader needs to know of this exercise."""
        # Imported here: a list of exercises should not have to wait for httpx to load.
        from keepalive.grading import ExerciseCode

        return ExerciseCode(
            id=self.id,
            version=self.version,
            entry=self.entry,
            drive=self.folder / "drive.py",
            grader=self.folder / "grader.py",
            tasks=tuple(task.id for task in self.tasks),
            extensions=tuple(task.id for task in self.tasks if task.extension),
            file_name=f"{self.name}.py",
        )


@dataclass(frozen=True)
class Draft:
    """An exercise that is being written: hidden from learners, listed by the linter with what is `missing`.

    `exercise` is what it will be, None while too little of it is written.
    """

    name: str
    title: str
    folder: Path
    missing: tuple[Problem, ...] = ()
    exercise: Exercise | None = None


@dataclass(frozen=True)
class Course:
    """The whole course. `exercises` are the ready ones in reading order."""

    root: Path
    parts: tuple[Part, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    drafts: tuple[Draft, ...] = ()

    @classmethod
    def load(cls, root: Path | None = None) -> Course:
        """The course in `root`, else in KEEPALIVE_ROOT, else in the checkout that the package is installed from.

        Raises CourseError with everything that is wrong in the files.
        """
        from .load import load

        return load(root)

    @cached_property
    def bank(self) -> Bank:
        """The course's questions, read when they are first wanted. Raises CourseError."""
        from .questions import Bank

        return Bank.load(self)

    def exercise(self, name: str | int) -> Exercise:
        """A ready exercise by number (04), id (minimal-client) or folder name. Raises UnknownName."""
        found = find(self.exercises, name)
        if found:
            return found
        chapter = find(self.chapters, name)
        why = f"Chapter {chapter.number} ({chapter.title}) has no exercise." if chapter else ""
        raise unknown("exercise", name, self.exercises, why=why)

    def chapter(self, name: str | int) -> Chapter:
        """A chapter by number (04), id (minimal-client) or name (04-minimal-client). Raises UnknownName."""
        found = find(self.chapters, name)
        if found:
            return found
        raise unknown("chapter", name, self.chapters)


class Named(Protocol):
    """What has a number, an id, and a name made of both."""

    @property
    def number(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def find(things: Iterable[N], name: str | int) -> N | None:
    """The thing of that number, id or name; 4 and "4" are 04, `_` is `-`, case does not matter."""
    asked = _normal(name)
    if asked.isdecimal():
        asked = asked.zfill(2)
    return next((thing for thing in things if asked in (thing.number, thing.id, thing.name)), None)


def unknown(kind: str, name: str | int, things: Iterable[Named], *, why: str = "") -> UnknownName:
    """The error for a name that none of the things has."""
    things = list(things)
    aliases = {alias: thing.name for thing in things for alias in (thing.id, thing.number)}
    return UnknownName(kind, str(name), [thing.name for thing in things], aliases=aliases, why=why)


def _normal(name: str | int) -> str:
    return str(name).strip().lower().replace("_", "-").replace(" ", "-")
