"""One exam being taken: which form, what was answered and flagged so far. Written to disk, it can be gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keepalive.course.questions import Answer, Bank

from .form import Form, Item, item_of

SCHEMA = 1


class NotASitting(ValueError):
    """What was to be gone on with is no sitting, or of a later version; the text is a sentence."""


@dataclass(frozen=True)
class Sitting:
    """`began`: aware, when the form was first shown. `minutes`: how long it may take, None for as long as it takes.

    `at`: the place, from 0, of the question that is looked at. Every change gives a new sitting.
    """

    form: Form
    began: datetime
    minutes: int | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    at: int = 0

    def answered(self, id: str, answer: Answer | None) -> Sitting:
        """With this answer to the question `id`; None takes an answer back."""
        others = {other: given for other, given in self.answers.items() if other != id}
        return replace(self, answers=others if answer is None else others | {id: answer})

    def flagged(self, id: str, flag: bool) -> Sitting:
        """With or without the flag "look at this again" on the question `id`."""
        return replace(self, flags=self.flags | {id} if flag else self.flags - {id})

    def moved(self, at: int) -> Sitting:
        """At another question; a place before the first or after the last is the first or the last."""
        return replace(self, at=max(0, min(at, len(self.form.items) - 1)))

    @property
    def item(self) -> Item:
        return self.form.items[self.at]

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The places, from 0, of questions without an answer."""
        return tuple(at for at, item in enumerate(self.form.items) if item.id not in self.answers)

    def left(self, now: datetime) -> timedelta | None:
        """How much time is left; None without a limit, and never less than nothing."""
        if self.minutes is None:
            return None
        return max(self.began + timedelta(minutes=self.minutes) - now, timedelta())

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "form": self.form.as_json(),
            "began": self.began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "minutes": self.minutes,
            "answers": dict(self.answers),
            "flags": sorted(self.flags),
            "at": self.at,
        }

    @classmethod
    def of_json(cls, data: object) -> Sitting:
        """The sitting that `as_json` wrote. Raises NotASitting."""
        try:
            if not isinstance(data, dict):
                raise TypeError
            if isinstance(data["schema"], int) and data["schema"] > SCHEMA:
                raise NotASitting("This exam was begun with a newer version of the course.")
            form = Form.of_json(data["form"])
            began = datetime.strptime(data["began"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            minutes = data["minutes"]
            if not (minutes is None or (isinstance(minutes, int) and minutes > 0)):
                raise ValueError
            ids = {item.id for item in form.items}
            answers = {id: given for id, given in data["answers"].items() if id in ids}
            found = cls(form, began, minutes, answers, frozenset(data["flags"]) & ids)
            return found.moved(int(data["at"]))
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            if isinstance(e, NotASitting):
                raise
            raise NotASitting("This is no exam that could be gone on with.") from None

    def brought_up_to(self, bank: Bank) -> tuple[Sitting, tuple[str, ...]]:
        """The sitting with the questions as the bank has them now, and the ids of those whose answers were dropped.

        After a release a question may read otherwise: it is asked again. Raises NotASitting where one is gone.
        """
        there = {question.id: question for question in bank.questions}
        items, lost = [], []
        for item in self.form.items:
            question = there.get(item.id)
            if question is None:
                raise NotASitting("A question of this exam has left the course since: begin a new one.")
            if question.version != item.version:
                lost.append(item.id)
                item = item_of(question, self.form.seed)
            items.append(item)
        if not lost:
            return self, ()
        answers = {id: given for id, given in self.answers.items() if id not in lost}
        form = replace(self.form, bank=bank.version, items=tuple(items))
        return replace(self, form=form, answers=answers), tuple(lost)
