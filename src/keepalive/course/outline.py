"""What of the course decides how far somebody is: chapters with their questions and exercise, objectives, keys.

Plain data, so that the page gets the same: `web/src/progress/outline.ts` reads what `as_json` writes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .questions import CELLS, Bank, Key

_CALL = re.compile(r'question\("([\w-]+)"\)')
"""A cell of a notebook that asks a question, and holds nothing else."""


@dataclass(frozen=True)
class Asked:
    """A question: which, as it reads now, the objective it belongs to, the number of the chapter that teaches it."""

    id: str
    version: str
    cell: int
    chapter: str
    review: bool
    key: Key


@dataclass(frozen=True)
class Objective:
    """A cell of the exam's blueprint. `exercises`: ids of those in a chapter that teaches a question of it."""

    number: int
    title: str
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A chapter. `minutes`: to read and run it, and for its exercise. `exercise` is an id, "" for none."""

    id: str
    number: str
    title: str
    core: bool
    minutes: tuple[int, int]
    exercise: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """The course as progress sees it, everything in its reading order."""

    stages: tuple[Stage, ...]
    objectives: tuple[Objective, ...]
    questions: tuple[Asked, ...]

    @classmethod
    def of(cls, bank: Bank) -> Outline:
        """The outline of a bank and its course."""
        course = bank.course
        teaching = {number: {each.chapter for each in bank.cell(number)} for number in CELLS}
        numbers = {chapter.id: chapter.number for chapter in course.chapters}
        known = {question.id for question in bank.questions}
        return cls(
            stages=tuple(
                Stage(
                    chapter.id,
                    chapter.number,
                    chapter.title,
                    chapter.core,
                    (chapter.minutes_teaching, chapter.minutes_exercise),
                    chapter.exercise or "",
                    tuple(id for id in asked_in(chapter.notebook) if id in known),
                )
                for chapter in course.chapters
            ),
            objectives=tuple(
                Objective(
                    number,
                    title,
                    tuple(each.id for each in course.exercises if numbers.get(each.chapter) in teaching[number]),
                )
                for number, title in CELLS.items()
            ),
            questions=tuple(
                Asked(each.id, each.version, each.cell, each.chapter, "review" in each.use, each.key)
                for each in bank.questions
            ),
        )

    @cached_property
    def current(self) -> dict[tuple[str, object], Asked]:
        """The questions by id and version. An answer to another version is one to another question."""
        return {(each.id, each.version): each for each in self.questions}

    def as_json(self) -> dict[str, Any]:
        """As the page has it."""
        return {
            "stages": [
                {
                    "id": each.id,
                    "number": each.number,
                    "title": each.title,
                    "core": each.core,
                    "minutes": list(each.minutes),
                    "exercise": each.exercise,
                    "questions": list(each.questions),
                }
                for each in self.stages
            ],
            "objectives": [
                {"number": each.number, "title": each.title, "exercises": list(each.exercises)}
                for each in self.objectives
            ],
            "questions": [
                {
                    "id": each.id,
                    "version": each.version,
                    "cell": each.cell,
                    "chapter": each.chapter,
                    "review": each.review,
                    "key": each.key.as_json(),
                }
                for each in self.questions
            ],
        }


def asked_in(notebook: Path) -> tuple[str, ...]:
    """The ids of the questions that a notebook asks, in its order. None where it cannot be read."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return ()
    sources = ("".join(cell["source"]).strip() for cell in cells if cell["cell_type"] == "code")
    return tuple(call[1] for source in sources if (call := _CALL.fullmatch(source)))
