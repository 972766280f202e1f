"""Which exercises an exercise builds on, and what it no longer keeps of what they asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
