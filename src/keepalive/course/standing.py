"""How far somebody is, from what they did: each chapter, each objective, and what is to be reviewed.

Functions of an outline, of events, and of the time where it matters. `web/src/progress/standing.ts` has the same, and a
test holds both to the same results on random histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .outline import Asked, Outline, Stage
from .progress import Event, chapters_read, is_pass
from .questions import NoAnswer

LEVELS = {
    "nothing": "nothing yet",
    "begun": "begun",
    "shaky": "needs another look",
    "holds": "holds",
}
"""How an objective stands, and how that is said."""

REVIEW_DAYS = 7
"""After so many days without a question of it, an objective is reviewed. Always the same: longer and longer pauses are
no better than equal ones (Latimier, Peyre and Ramus 2021)."""
PER_OBJECTIVE = 2
"""So many questions a review asks of an objective that is due, besides those that were answered wrong."""
REVIEW_MOST = 10
"""So many questions a review asks at most."""
_LAST = "9999-12-24"
"""A time behind which no week can be counted any more."""


@dataclass(frozen=True)
class Given:
    """An answer to a question as it reads now, in practice or in an exam. `at` is UTC in ISO 8601."""

    question: Asked
    at: str
    right: bool
    exam: bool


@dataclass(frozen=True)
class Mastery:
    """How an objective stands.

    Of its `of` questions `asked` were answered: `first` of them right at the first time, `right` at the latest; `wrong`
    are the ids of the others. `exam` is whether the latest exam that asked one had it right, None where none did.
    `solved` of its `exercises` are passed.
    """

    objective: int
    of: int
    asked: int
    first: int
    right: int
    wrong: tuple[str, ...]
    exam: bool | None
    solved: int
    exercises: int

    @property
    def level(self) -> str:
        """A key of LEVELS. What holds was answered four times at least, five of six right by now and half of them at
        once, has not been missed in an exam since, and its exercises are passed.
        """
        if not self.asked and not self.solved:
            return "nothing"
        if 3 * self.right < 2 * self.asked:
            return "shaky"
        sure = self.asked >= 4 and 6 * self.right >= 5 * self.asked and 2 * self.first >= self.asked
        done = self.solved == self.exercises and self.exam is not False
        return "holds" if sure and done else "begun"


@dataclass(frozen=True)
class Place:
    """How a chapter stands. `exercise` is "passed", "tried", "open", or "" for a chapter without one."""

    id: str
    read: bool
    of: int
    answered: int
    right: int
    exercise: str
    minutes_left: int


@dataclass(frozen=True)
class Review:
    """What is to be reviewed: ids of questions in the order in which they are asked.

    `begun` is whether any objective was; `next` is when something will be due where nothing is, UTC in ISO 8601.
    """

    due: tuple[str, ...]
    begun: bool
    next: str | None


def given(outline: Outline, counting: Iterable[Event]) -> tuple[Given, ...]:
    """Every answer to a question as it reads now, oldest first. What was left open in an exam is not right."""
    found: list[Given] = []
    for event in counting:
        if event.type == "answer":
            question = outline.current.get((event.ref, _key(event.data.get("version"))))
            if question:
                found.append(Given(question, event.at, event.data.get("correct") is True, False))
        elif event.type == "exam":
            found += _given_in_exam(outline, event)
    return tuple(found)


def _given_in_exam(outline: Outline, event: Event) -> Iterable[Given]:
    form, answers = event.data.get("form"), event.data.get("answers")
    items = form.get("items") if isinstance(form, dict) else None
    if not isinstance(items, list) or not isinstance(answers, dict):
        return
    for item in items:
        if not isinstance(item, dict):
            continue
        question = outline.current.get((_key(item.get("id")), _key(item.get("version"))))
        if question:
            yield Given(question, event.at, _is_right(question, answers.get(question.id)), True)


def _key(value: object) -> Any:
    """Something that can be looked up, whatever was in the file."""
    return value if isinstance(value, str) else ""


def _is_right(question: Asked, answer: object) -> bool:
    try:
        return question.key.judge(answer)
    except NoAnswer:
        return False


def mastery(outline: Outline, counting: Sequence[Event]) -> tuple[Mastery, ...]:
    """Every objective, from the events that count."""
    answers = given(outline, counting)
    passed = _passed(counting)
    found = []
    for objective in outline.objectives:
        questions = [each for each in outline.questions if each.cell == objective.number]
        of_it = [each for each in answers if each.question.cell == objective.number]
        first: dict[str, bool] = {}
        latest: dict[str, bool] = {}
        for each in of_it:
            first.setdefault(each.question.id, each.right)
            latest[each.question.id] = each.right
        in_exams = [each.right for each in of_it if each.exam]
        found.append(
            Mastery(
                objective=objective.number,
                of=len(questions),
                asked=len(latest),
                first=sum(first.values()),
                right=sum(latest.values()),
                wrong=tuple(each.id for each in questions if latest.get(each.id) is False),
                exam=in_exams[-1] if in_exams else None,
                solved=sum(id in passed for id in objective.exercises),
                exercises=len(objective.exercises),
            )
        )
    return tuple(found)


def places(outline: Outline, counting: Sequence[Event]) -> tuple[Place, ...]:
    """Every chapter, from the events that count."""
    latest = {each.question.id: each.right for each in given(outline, counting)}
    read, passed, tried = chapters_read(counting), _passed(counting), _tried(counting)
    found = []
    for stage in outline.stages:
        standings = [latest[id] for id in stage.questions if id in latest]
        exercise = ""
        if stage.exercise:
            exercise = "passed" if stage.exercise in passed else "tried" if stage.exercise in tried else "open"
        teaching, practice = stage.minutes
        left = (0 if stage.id in read else teaching) + (0 if _practised(stage, exercise, standings) else practice)
        found.append(
            Place(stage.id, stage.id in read, len(stage.questions), len(standings), sum(standings), exercise, left)
        )
    return tuple(found)


def _practised(stage: Stage, exercise: str, standings: Sequence[bool]) -> bool:
    """Whether a chapter's practice is done: its exercise; where it has none, its questions."""
    return exercise == "passed" if exercise else len(standings) == len(stage.questions)


def minutes_left(outline: Outline, counting: Sequence[Event]) -> int:
    """Minutes that are left on the core path."""
    core = {stage.id for stage in outline.stages if stage.core}
    return sum(place.minutes_left for place in places(outline, counting) if place.id in core)


def review(outline: Outline, counting: Sequence[Event], now: datetime) -> Review:
    """What is to be reviewed at a time (aware): what was answered wrong, then what was not seen for REVIEW_DAYS."""
    latest = {each.question.id: each for each in given(outline, counting)}
    wrong = sorted(
        (each for each in latest.values() if not each.right and each.question.review),
        key=lambda each: (each.at, each.question.id),
    )
    due = [each.question.id for each in wrong]
    seen = {number: at for number, at in _seen(outline, counting).items() if _longest_unseen(outline, latest, number)}
    for number, at in sorted(seen.items(), key=lambda pair: (pair[1], pair[0])):
        if now - _moment(at) >= timedelta(days=REVIEW_DAYS):
            due += [id for id in _longest_unseen(outline, latest, number) if id not in due][:PER_OBJECTIVE]
    first = min(seen.values(), default=_LAST)
    upcoming = _stamp(_moment(first) + timedelta(days=REVIEW_DAYS)) if not due and first < _LAST else None
    return Review(tuple(due[:REVIEW_MOST]), bool(latest or seen), upcoming)


def ahead(outline: Outline, counting: Sequence[Event]) -> tuple[str, ...]:
    """What to ask somebody who wants to practise though nothing is due: one question of each objective, the one that
    was not seen for the longest time, beginning with the objectives that were not.
    """
    latest = {each.question.id: each for each in given(outline, counting)}
    seen = _seen(outline, counting)
    numbers = sorted((each.number for each in outline.objectives), key=lambda number: (seen.get(number, ""), number))
    found = [id for number in numbers for id in _longest_unseen(outline, latest, number)[:1]]
    return tuple(found[:REVIEW_MOST])


def _seen(outline: Outline, counting: Sequence[Event]) -> dict[int, str]:
    """When each objective was seen last, of those that were: in a question, or by reading a chapter that teaches it."""
    seen: dict[int, str] = {}
    for each in given(outline, counting):
        seen[each.question.cell] = max(seen.get(each.question.cell, ""), each.at)
    numbers = {stage.id: stage.number for stage in outline.stages}
    for chapter, at in chapters_read(counting).items():
        for question in outline.questions:
            if question.chapter == numbers.get(chapter):
                seen[question.cell] = max(seen.get(question.cell, ""), at)
    return seen


def _longest_unseen(outline: Outline, latest: Mapping[str, Given], number: int) -> list[str]:
    """The questions of an objective that can be asked: those of chapters that exist, never answered ones first."""
    there = {stage.number for stage in outline.stages}
    asked = [
        (latest[each.id].at if each.id in latest else "", place, each.id)
        for place, each in enumerate(outline.questions)
        if each.cell == number and each.review and each.chapter in there
    ]
    return [id for _, _, id in sorted(asked)]


def _passed(counting: Iterable[Event]) -> set[str]:
    return {each.ref for each in counting if each.type == "check" and is_pass(each)}


def _tried(counting: Iterable[Event]) -> set[str]:
    checks = (event for event in counting if event.type == "check")
    return {each.ref for each in checks if each.data.get("status") not in (None, "not_attempted")}


def _moment(at: str) -> datetime:
    """The time of an event. One that is no day of any calendar, out of a file somebody wrote, is long ago."""
    try:
        return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
