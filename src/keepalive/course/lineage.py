"""Which exercises an exercise builds on, and what it no longer keeps of what they asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import gaps
from .feedback import Verdict
from .model import Course, Exercise


@dataclass(frozen=True)
class Earlier:
    """An exercise that another one builds on. `superseded`: ids of its checks that no longer hold there, and why."""

    exercise: Exercise
    superseded: Mapping[str, str]


def earlier(exercise: Exercise, course: Course) -> Iterator[Earlier]:
    """The exercises along `builds_on`, drafts among them, the nearest first.

    What one of them supersedes is superseded for everything that builds on it.
    """
    known = {each.id: each for each in [*course.exercises, *(d.exercise for d in course.drafts if d.exercise)]}
    why, step, seen = _superseded(exercise), exercise, {exercise.id}
    while (step := known.get(step.builds_on)) is not None and step.id not in seen:
        seen.add(step.id)
        yield Earlier(step, {check: reason for (id, check), reason in why.items() if id == step.id})
        why = _superseded(step) | why


def _superseded(exercise: Exercise) -> dict[tuple[str, str], str]:
    return {(each.exercise, each.check): each.why for each in exercise.supersedes}


def changed_on_purpose(source: str, verdict: Verdict, exercise: Exercise, course: Course) -> list[str]:
    """Sentences on the checks that failed because the file belongs to a later exercise; [] where there are none.

    A file belongs to a later exercise if it has that one's gaps. `verdict` is that of the file on `exercise`.
    """
    marked = {gap.task for gap in gaps.find(source)[0]} - {task.id for task in exercise.tasks}
    later = [each for each in course.exercises if marked & {task.id for task in each.tasks}]
    for last in sorted(later, key=lambda each: each.number, reverse=True):
        for before in earlier(last, course):
            if before.exercise.id == exercise.id:
                return _sentences(last, before.superseded, verdict)
    return []


def _sentences(last: Exercise, superseded: Mapping[str, str], verdict: Verdict) -> list[str]:
    changed = [
        f"- {check['title']}: {superseded[check['id']]}"
        for check in verdict["checks"]
        if check["id"] in superseded and check["status"] == "failed"
    ]
    return changed and [f"This file is for exercise {last.number} too, which changes on purpose:", *changed]
