"""The course as objects: parts, chapters, exercises, tasks. Plain data; `load` fills it from the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import Problem, UnknownName
from .version import version_of

if TYPE_CHECKING:
    from keepalive.grading import ExerciseCode

    from .questions import Bank

VERSIONED = ("brief.md", "reference.py", "drive.py", "grader.py", "exercise.toml")
"""The files of an exercise that decide what a verdict means."""


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

    An `extension` goes beyond the exercise: a pass does not need it. `points_of` has the points of each task by its id.
    """

    id: str
    text: str
    brief: str
    hints: tuple[str, ...]
    points_of: Mapping[str, int] = field(compare=False, repr=False)
    extension: bool = False

    @property
    def points(self) -> int:
        """The sum of its checks' points. Raises CourseError for a grader that cannot be loaded."""
        return self.points_of.get(self.id, 0)


@dataclass(frozen=True)
class Misconception:
    """A mistake that the grader knows by name: the belief, and the fact, which the exercise's own chapter teaches."""

    id: str
    belief: str
    fact: str


@dataclass(frozen=True)
class Answer:
    """An answer beside the reference: a `change` of it, or the whole file at `path`.

    A wrong one fails exactly the checks in `fails`, or ends the run with `status`. `folder` is the exercise's; `place`
    says which table of answers.toml this is, like ("wrong", 2).
    """

    id: str
    about: str
    right: bool
    misconception: str | None = None
    fails: tuple[str, ...] = ()
    status: str | None = None
    path: Path | None = None
    change: str = ""
    folder: Path = Path()
    place: tuple[str, int] = ("", 0)

    @property
    def line(self) -> int | None:
        """Where its table begins in answers.toml."""
        from .derived import line

        return line(self.folder, *self.place)

    @cached_property
    def source(self) -> str:
        """Its whole text, without the markers of gaps. Raises CourseError where its change does not fit."""
        from .derived import answer

        return answer(self.folder, self.path, self.change, self.place)


@dataclass(frozen=True)
class Equal:
    """A changed reference that is declared as right as the reference.

    `operator` made the change in the line with that `text`; `becomes`, the numbers that lie `between` two, or the
    `argument` whose value it is say which changes are meant; all of that operator unless given. `folder` is the
    exercise's, `place` which table this is.
    """

    operator: str
    text: str
    why: str
    becomes: str | None = None
    between: tuple[float, ...] | None = None
    argument: str | None = None
    folder: Path = Path()
    place: tuple[str, int] = ("", 0)

    @property
    def line(self) -> int | None:
        """Where its table begins in answers.toml."""
        from .derived import line

        return line(self.folder, *self.place)


@dataclass(frozen=True)
class Superseded:
    """A check of an earlier exercise, by the exercise's id and its own, that no longer holds, and why.

    `place` says where it stands below `supersedes` in exercise.toml.
    """

    exercise: str
    check: str
    why: str
    place: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """An exercise that is ready. `chapter` is the chapter's id; `builds_on` an exercise's id or "" for none.

    `entries` are the names that a learner's file must have: a class or a function, or several functions.
    """

    id: str
    number: str
    title: str
    chapter: str
    builds_on: str
    entries: tuple[str, ...]
    minutes: int
    objectives: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    status: str
    folder: Path
    brief_intro: str
    tasks: tuple[Task, ...]
    misconceptions: Mapping[str, Misconception] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    equal: tuple[Equal, ...] = ()
    supersedes: tuple[Superseded, ...] = ()
    starter_change: str = ""

    @property
    def name(self) -> str:
        """`04-minimal-client`, the folder's name."""
        return f"{self.number}-{self.id}"

    @property
    def entry(self) -> str:
        """The name of the class or function that is asked for; of several functions the first."""
        return self.entries[0]

    @property
    def reference(self) -> Path:
        """The file of the reference, with the markers of its gaps."""
        return self.folder / "reference.py"

    @cached_property
    def reference_text(self) -> str:
        """The reference as a learner reads it: without markers."""
        from .derived import reference

        return reference(self.folder)

    @cached_property
    def starter(self) -> str:
        """The starter, derived from the reference. Raises CourseError where none can be made."""
        from .derived import starter

        return starter(self.folder, self.starter_change)

    @property
    def right(self) -> tuple[Answer, ...]:
        """The answers that are right, without the reference."""
        return tuple(answer for answer in self.answers if answer.right)

    @property
    def wrong(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if not answer.right)

    def answer(self, id: str) -> Answer:
        """An answer by its id. Raises UnknownName."""
        found = next((answer for answer in self.answers if answer.id == id), None)
        if found is None:
            raise UnknownName("answer", id, [answer.id for answer in self.answers])
        return found

    @property
    def points(self) -> int:
        """What its tasks are worth, extensions aside."""
        return sum(task.points for task in self.tasks if not task.extension)

    @property
    def bonus(self) -> int:
        """What its extensions are worth."""
        return sum(task.points for task in self.tasks if task.extension)

    @cached_property
    def version(self) -> str:
        """sha256 over the files that a verdict depends on; equal on every system."""
        return version_of(self.folder, VERSIONED)

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
            entry=self.entries if len(self.entries) > 1 else self.entry,
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
