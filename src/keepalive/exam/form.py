"""Which questions an exam asks, and in which order their options stand: a function of the seed and nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keepalive.course.questions import CELLS, Bank, Question, in_order

LENGTH = len(CELLS)
"""One question from each cell of the blueprint."""
CELL_SIZE = 6
"""So many questions a cell needs before the exam is opened: two sittings then share few."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a seed is drawn from: nothing that is misread when it is read aloud in a room."""
_SEED = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class NotReady(Exception):
    """Cells of the blueprint have too few questions; the text is a sentence."""


@dataclass(frozen=True)
class Item:
    """One question of a form: its id, the version that was asked, and its options in the order shown."""

    id: str
    version: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """What one exam asks. `bank`: the version of the bank it was drawn from. `excluded`: ids that were left out."""

    seed: str
    bank: str
    items: tuple[Item, ...]
    excluded: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As a page, a certificate and a sitting on disk have it."""
        items = [{"id": item.id, "version": item.version, "options": list(item.options)} for item in self.items]
        return {"seed": self.seed, "bank": self.bank, "excluded": list(self.excluded), "items": items}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Form:
        """The form that `as_json` wrote. Raises KeyError, TypeError or ValueError where it is none."""
        items = tuple(Item(_text(row["id"]), _text(row["version"]), _texts(row["options"])) for row in data["items"])
        if not is_seed(data["seed"]) or not items or not isinstance(data["items"], list):
            raise ValueError("no seed, or no items")
        return cls(data["seed"], _text(data["bank"]), items, _texts(data["excluded"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(map(_text, values))


def is_seed(text: object) -> bool:
    """Whether it can be a seed: small letters, digits and hyphens, at most 32."""
    return isinstance(text, str) and _SEED.fullmatch(text) is not None


def new_seed(draws: random.Random) -> str:
    """A seed of eight letters and digits. `draws`: where chance comes from, such as random.SystemRandom()."""
    return "".join(draws.choice(_LETTERS) for _ in range(8))


def missing(bank: Bank) -> dict[int, int]:
    """How many questions each cell still needs before the exam is opened; empty when it is open."""
    counts = {cell: len(bank.cell(cell, "exam")) for cell in CELLS}
    return {cell: CELL_SIZE - count for cell, count in counts.items() if count < CELL_SIZE}


def must_be_open(bank: Bank) -> None:
    """Raises NotReady where a cell has too few questions."""
    if missing(bank):
        raise NotReady("The exam is not open yet: its bank of questions is not full.")


def draw(bank: Bank, seed: str, exclude: Iterable[str] = ()) -> Form:
    """The form of this seed: of each cell the first question in the seed's order.

    exclude: ids not to be asked, as those that the learner has just seen; where a cell has no other it is asked all the
    same. Raises NotReady, and ValueError for what is no seed.
    """
    if not is_seed(seed):
        raise ValueError("A seed is small letters, digits and hyphens, 32 at most.")
    must_be_open(bank)
    unwanted = set(exclude)
    asked = [_first(bank, cell, seed, unwanted) for cell in CELLS]
    excluded = sorted(unwanted & {question.id for question in bank.questions if "exam" in question.use})
    items = tuple(item_of(question, seed) for question in asked)
    return Form(seed, bank.version, items, tuple(excluded))


def _first(bank: Bank, cell: int, seed: str, unwanted: set[str]) -> Question:
    there = {question.id: question for question in bank.cell(cell, "exam")}
    order = in_order(seed, str(cell), there)
    return there[next((id for id in order if id not in unwanted), order[0])]


def item_of(question: Question, seed: str) -> Item:
    """The question as this seed shows it."""
    return Item(question.id, question.version, tuple(option.id for option in question.shown(seed)))
