"""The course of an exam, from before it is begun until after it is handed in: what a terminal and a notebook share."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from keepalive.course.progress import Progress
from keepalive.course.questions import Bank, Question

from .desk import Desk, Lying
from .form import draw, must_be_open, new_seed
from .keys import keys_of
from .record import Sat, record, sat
from .score import Result, score
from .sitting import NotASitting, Sitting


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Room:
    """`now` returns an aware datetime; `draws` is where the chance of a new seed comes from."""

    bank: Bank
    progress: Progress
    desk: Desk = field(default_factory=Desk)
    now: Callable[[], datetime] = _now
    draws: random.Random = field(default_factory=random.SystemRandom)

    def __post_init__(self) -> None:
        must_be_open(self.bank)
        self._keys = keys_of(self.bank)
        self._questions = {question.id: question for question in self.bank.questions}

    @property
    def lying(self) -> Lying | None:
        """What lies on the desk. Raises NotASitting."""
        return self.desk.look()

    @property
    def latest(self) -> Sat | None:
        """The exam that was handed in last."""
        return next(reversed(sat(self.progress)), None)

    def begin(self, seed: str = "", minutes: int | None = None) -> Sitting:
        """A fresh form. A room that is given a seed gets one form, whoever has seen what of it; without one, what the
        learner saw last is not asked. Raises ValueError for what is no seed.
        """
        last = self.latest
        seen = [item.id for item in last.form.items] if last and not seed else []
        sitting = Sitting(draw(self.bank, seed or new_seed(self.draws), seen), self.now(), minutes)
        self.desk.put(sitting)
        return sitting

    def go_on(self) -> tuple[Sitting, tuple[int, ...]]:
        """The sitting on the desk with the questions as they are now, and the numbers, from 1, of those asked again.

        Raises NotASitting; one that cannot be gone on with lies there as given up afterwards.
        """
        lying = self.desk.look()
        if lying is None:
            raise NotASitting("No exam is under way.")
        try:
            sitting, lost = lying.sitting.brought_up_to(self.bank)
        except NotASitting:
            self.desk.put(lying.sitting, gave_up=True)
            raise
        if lost or lying.gave_up:
            self.desk.put(sitting)
        return sitting, tuple(at for at, item in enumerate(sitting.form.items, 1) if item.id in lost)

    def is_over(self, sitting: Sitting) -> bool:
        """Whether its time has run out."""
        return sitting.left(self.now()) == timedelta()

    def hand_in(self, sitting: Sitting) -> Sat:
        """Score it, keep the result with the progress, and clear the desk."""
        found = record(self.progress, sitting, score(self._keys, sitting.form, sitting.answers))
        self.desk.clear()
        return found

    def result(self, found: Sat) -> Result:
        """The score of an exam that was handed in."""
        return score(self._keys, found.form, found.answers)

    def question(self, id: str, version: str) -> Question | None:
        """The question as it was asked; None where it has changed since, or is gone."""
        found = self._questions.get(id)
        return found if found and found.version == version else None
