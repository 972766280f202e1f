"""Questions as objects. Plain data; `load` fills it from the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnknownName
from ..model import Course
from .key import Key, NoAnswer
from .shuffle import shown_order

if TYPE_CHECKING:
    from ..errors import Problem

CELLS: Mapping[int, str] = {
    1: "Requests, bodies, answers, typed errors",
    2: "Connection cost and pool",
    3: "Lifecycle and ownership",
    4: "Timeouts, limits, deadline",
    5: "Authentication, origin, token refresh",
    6: "Which failures to retry, and idempotency",
    7: "Backoff, Retry-After, adaptive",
    8: "Budget and breaker",
    9: "Batches, gate against rate limit",
    10: "TaskGroup and partial results",
    11: "Cancellation and recovery",
    12: "Streaming and caching",
    13: "TLS, sharding, HTTP/2",
    14: "Observability and testing",
}
"""The exam's blueprint: one question is drawn from each."""

FORMATS: Mapping[str, str] = {
    "single": "Choose one.",
    "multiple": "Choose all that are right.",
    "trace": "Choose what is printed.",
    "spot": "Choose the line that is wrong.",
    "order": "Put them in order.",
    "number": "Type a number.",
}
"""Every format, and what a reader is told to do."""

FIRST_SEED = "1"
"""The seed of the order in which a question is shown first, and where it cannot be shuffled: read, in a notebook."""


@dataclass(frozen=True)
class Option:
    """Something that can be chosen, or of a number question a known mistake.

    `text` is one line of Markdown, `code` Python; `prints` what the question's program prints where this is right.
    `line` is the number of the line that it is, from 1; 0 where it is none. `why` is Markdown.
    """

    id: str
    why: str
    text: str = ""
    code: str = ""
    prints: str = ""
    line: int = 0
    value: float | None = None
    correct: bool = False
    misconception: str = ""


@dataclass(frozen=True)
class Run:
    """The program that decides a key: `async def main(url)`, against `server`, statements on a scenario's `net`."""

    server: str
    code: str


@dataclass(frozen=True)
class Question:
    """One item. `chapter` is the number of the chapter that teaches it, which may still have to be written."""

    id: str
    cell: int
    chapter: str
    format: str
    use: tuple[str, ...]
    stem: str
    proof: tuple[str, ...]
    options: tuple[Option, ...]
    code: str = ""
    why: str = ""
    answer: float = 0.0
    order: tuple[str, ...] = ()
    tolerance: float = 0.0
    unit: str = ""
    run: Run | None = None
    file: str = ""
    """Relative to the course's root."""
    line: int | None = None

    @cached_property
    def key(self) -> Key:
        """What decides whether an answer is right."""
        right = self.order or tuple(option.id for option in self.options if option.correct)
        values = tuple(option.value for option in self.options) if self.format == "number" else ()
        ids = tuple(option.id for option in self.options)
        return Key(self.format, ids, right, float(self.answer), float(self.tolerance), self.unit, values)

    @cached_property
    def version(self) -> str:
        """A hash of what is asked and of the key. Another wording of an explanation leaves it as it is."""
        asked = [
            [option.id, option.text, option.code, option.prints if self.format == "trace" else "", option.line]
            for option in self.options
        ]
        text = json.dumps([self.stem, self.code, asked, self.key.as_json()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]

    def option(self, id: str) -> Option:
        """The option of that id. Raises KeyError."""
        for option in self.options:
            if option.id == id:
                return option
        raise KeyError(id)

    def shown(self, seed: str = FIRST_SEED) -> tuple[Option, ...]:
        """The options in the order in which they are shown; those of spot and number as they are written."""
        if self.format in ("spot", "number"):
            return self.options
        answer = self.order if self.format == "order" else ()
        ids = shown_order(seed, self.id, [option.id for option in self.options], answer)
        return tuple(self.option(id) for id in ids)

    @property
    def lines(self) -> tuple[int, ...]:
        """Of spot: the numbers of the lines that can be chosen, those with code on them."""
        if self.format != "spot":
            return ()
        lines = enumerate(self.code.rstrip("\n").split("\n"), 1)
        return tuple(number for number, line in lines if line.strip() and not line.lstrip().startswith("#"))

    def typed(self, given: object, seed: str = FIRST_SEED) -> object:
        """What somebody typed as an answer to be judged: letters, or numbers of lines, become ids. Raises NoAnswer.

        "b" and "a, c" name options by their letters in the order shown; ids do as well. A spot is answered by the
        line's number, an order by all letters ("bca").
        """
        if self.format == "number":
            return given
        if self.format == "spot":
            return self._spot(given)
        shown = self.shown(seed)
        letters = {letter(place): option.id for place, option in enumerate(shown)}
        last = letter(len(shown) - 1)
        if isinstance(given, str):
            bare = given.strip().lower()
            if bare in self.key.options:
                parts = [bare]
            else:
                parts = bare.replace(",", " ").split()
                if len(parts) == 1 and parts[0] not in letters:
                    parts = list(parts[0])
        elif isinstance(given, list | tuple) and all(isinstance(each, str) for each in given):
            parts = [each.strip().lower() for each in given]
        else:
            raise NoAnswer(f"Answer with a letter from a to {last}, in quotes.")
        chosen = [letters.get(part, part) for part in parts]
        if unknown := [part for part in chosen if part not in self.key.options]:
            raise NoAnswer(f"There is no {unknown[0]!r} here. The choices are a to {last}.")
        if self.format in ("multiple", "order"):
            return chosen
        if len(chosen) != 1:
            raise NoAnswer(f"Choose one letter from a to {last}.")
        return chosen[0]

    def _spot(self, given: object) -> str:
        if isinstance(given, str) and given in self.key.options:
            return given
        bare = str(given).strip().lower().removeprefix("line").strip(" -")
        number = int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 4 else 0
        if isinstance(given, bool) or number not in self.lines:
            raise NoAnswer(f"Answer with the number of a line that holds code, {self.lines[0]} to {self.lines[-1]}.")
        return next((option.id for option in self.options if option.line == number), f"line-{number}")


class UnknownQuestion(UnknownName):
    """No question has this id. There are too many to name them all."""

    def __init__(self, name: str, available: Iterable[str], *, gone: bool) -> None:
        super().__init__("question", name, available)
        self.gone = gone

    def __str__(self) -> str:
        if self.gone:
            return f"The question {self.name} was taken out of the course."
        said = f"There is no question {self.name!r}."
        return f"{said} Did you mean {self.nearest}?" if self.nearest else said


def letter(place: int) -> str:
    """a for 0, b for 1."""
    return "abcdefghijklmnopqrstuvwxyz"[place]


@dataclass(frozen=True)
class Belief:
    """A mistake that questions know by name."""

    id: str
    belief: str
    fact: str
    chapter: str


@dataclass(frozen=True)
class Bank:
    """Every question, by cell and in the order of the files."""

    course: Course
    questions: tuple[Question, ...] = ()
    beliefs: Mapping[str, Belief] = field(default_factory=dict)
    retired: tuple[str, ...] = ()

    @classmethod
    def load(cls, course: Course | None = None) -> Bank:
        """The bank of the course. Raises CourseError with everything that is wrong in its files."""
        from ..errors import CourseError

        bank, problems = cls.read(course or Course.load())
        if problems:
            raise CourseError(problems)
        return bank

    @classmethod
    def read(cls, course: Course) -> tuple[Bank, list[Problem]]:
        """What can be read of it, and all that is wrong."""
        from .load import read

        return read(course)

    def question(self, name: str) -> Question:
        """A question by its id. Raises UnknownName."""
        asked = str(name).strip().lower().replace("_", "-")
        for question in self.questions:
            if question.id == asked:
                return question
        raise UnknownQuestion(str(name), [question.id for question in self.questions], gone=asked in self.retired)

    def cell(self, number: int, use: str | None = None) -> tuple[Question, ...]:
        """The questions of a cell, all or those of one use."""
        return tuple(q for q in self.questions if q.cell == number and (use is None or use in q.use))

    def chapter(self, number: str) -> tuple[Question, ...]:
        """The questions that the chapter of that number teaches."""
        return tuple(q for q in self.questions if q.chapter == number)

    @property
    def version(self) -> str:
        """A hash over every question's id and version."""
        said: Iterable[str] = sorted(f"{question.id} {question.version}" for question in self.questions)
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    @property
    def folder(self) -> Path:
        return self.course.root / "exercises" / "questions"
