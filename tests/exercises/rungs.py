"""All exercises, drafts among them, in the order of their numbers, and what their tests share."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Any

from keepalive.course.load import find_root, read
from keepalive.course.model import Exercise
from keepalive.grading import grade, load_grader

ROOT = find_root()
COURSE = read(ROOT)[0]
_ALL = [*COURSE.exercises, *(draft.exercise for draft in COURSE.drafts if draft.exercise)]
LADDER = sorted(_ALL, key=lambda each: each.number)


def rung(number: str) -> Exercise:
    """The exercise of that number."""
    (found,) = [each for each in LADDER if each.number == number]
    return found


def graded(exercise: Exercise, answer: Path, seed: int = 7) -> dict[str, Any]:
    """The verdict on an answer, by direct call."""
    return grade(exercise.code, answer, link="direct", frontend="test", seed=seed)


def failed(verdict: dict[str, Any]) -> set[str]:
    """The checks that are not passed."""
    return {check["id"] for check in verdict["checks"] if check["status"] != "passed"}


def broken(exercise: Exercise, answer: Path, superseded: Collection[str]) -> set[str]:
    """The checks that are not passed, each scenario played alone, so that none waits for a check of another scenario.

    A check that waits for a superseded one of its own scenario is none of them.
    """
    found = set()
    for scenario in load_grader(exercise.code.grader):
        verdict = grade(exercise.code, answer, link="direct", frontend="test", seed=7, only=[scenario.id])
        assert verdict["checks"], verdict["runtime"]
        waiting = {check["id"] for check in verdict["checks"] if check.get("because") in superseded}
        found |= failed(verdict) - waiting
    return found


def changed(exercise: Exercise, folder: Path, *pairs: tuple[str, str]) -> Path:
    """The reference with texts replaced, each of which stands in it once."""
    text = exercise.reference_text
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "answer.py"
    path.write_text(text, encoding="utf-8")
    return path


def module(path: Path) -> ModuleType:
    """An answer as a module."""
    spec = importlib.util.spec_from_file_location("answer", path)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
