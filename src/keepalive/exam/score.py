"""What the answers of a sitting are worth. The rule for passing stands here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepalive.course.questions import CELLS, Answer, Key, NoAnswer

from .form import LENGTH, Form

PASS = 12
"""Right answers, of 14, that pass. "80 %" would be 11.2, which nobody can have; eleven are 78.6 %."""


@dataclass(frozen=True)
class ItemScore:
    """`answer`: what was given, None where nothing was. `right`: whether it is; None where no key is known for it."""

    id: str
    cell: int
    answer: Answer | None
    right: bool | None


@dataclass(frozen=True)
class CellScore:
    """One objective of the exam."""

    cell: int
    title: str
    right: int
    of: int


@dataclass(frozen=True)
class Result:
    """Every item with its score, in the form's order."""

    items: tuple[ItemScore, ...]

    @property
    def right(self) -> int:
        return sum(item.right is True for item in self.items)

    @property
    def passed(self) -> bool:
        return len(self.items) == LENGTH and self.right >= PASS

    @property
    def missed(self) -> tuple[ItemScore, ...]:
        return tuple(item for item in self.items if item.right is not True)

    @property
    def cells(self) -> tuple[CellScore, ...]:
        """Per objective, in the blueprint's order."""
        found = []
        for cell, title in CELLS.items():
            items = [item for item in self.items if item.cell == cell]
            if items:
                found.append(CellScore(cell, title, sum(item.right is True for item in items), len(items)))
        return tuple(found)


def score(keys: Mapping[tuple[str, str], tuple[int, Key]], form: Form, answers: Mapping[str, object]) -> Result:
    """Score a form's answers. `keys`: by id and version of a question, its cell and its key.

    What is no answer to its question counts as none. An item without a key is neither right nor wrong, and not right.
    """
    found = []
    for item in form.items:
        cell, key = keys.get((item.id, item.version), (0, None))
        given = answers.get(item.id)
        right: bool | None = False
        taken: Answer | None = None
        if key is None:
            right, taken = None, given if isinstance(given, str | float | int | list) else None
        elif given is not None:
            try:
                taken = key.taken(given)
                right = key.judge(taken)
            except NoAnswer:
                taken = None
        found.append(ItemScore(item.id, cell, taken, right))
    return Result(tuple(found))
