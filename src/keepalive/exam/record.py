"""Exams that were handed in, kept with the learner's progress. `web/src/exam/record.ts` writes the same events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepalive.course.progress import Event, Progress

from .form import Form
from .score import Result
from .sitting import Sitting

EXAM = "exam"
"""The type of the events. `data`: form, answers, right, passed, began, minutes."""
FINAL = "final"
"""Their `ref`: the course has one exam."""


@dataclass(frozen=True)
class Sat:
    """An exam that was handed in. `at`: UTC in ISO 8601, when. `right`: right answers, as they were counted then."""

    at: str
    form: Form
    answers: Mapping[str, Any]
    right: int
    passed: bool


def record(progress: Progress, sitting: Sitting, result: Result) -> Sat:
    """Keeps the result of a sitting."""
    kept = sitting.as_json()
    data = {name: kept[name] for name in ("form", "answers", "began", "minutes")}
    event = progress.add(EXAM, FINAL, data | {"right": result.right, "passed": result.passed})
    found = _sat(event)
    assert found
    return found


def sat(progress: Progress) -> tuple[Sat, ...]:
    """Every exam that counts, oldest first."""
    return tuple(found for event in progress.of(EXAM, FINAL) if (found := _sat(event)))


def _sat(event: Event) -> Sat | None:
    """What the event says; None where it is of another shape, as out of a file that somebody wrote by hand."""
    data = event.data
    try:
        form = Form.of_json(data["form"])
        answers, right = data["answers"], data["right"]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not isinstance(answers, dict) or isinstance(right, bool) or not isinstance(right, int):
        return None
    return Sat(event.at, form, answers, right, data.get("passed") is True)
