"""The final exam: a form drawn by a seed, a sitting with its answers, the score, and what a certificate proves.

    form = draw(bank, seed)
    sitting = Sitting(form, began)
    result = score(keys_of(bank), form, sitting.answers)

The same in TypeScript is `web/src/exam/`; tests hold both to the same forms and scores. Nothing here asks anybody
anything: a page, a terminal and a notebook do that, each in its own way.
"""

from .form import CELL_SIZE, LENGTH, Form, Item, NotReady, draw, is_seed, missing, new_seed
from .keys import keys_of
from .score import PASS, CellScore, ItemScore, Result, score
from .sitting import NotASitting, Sitting

__all__ = [
    "CELL_SIZE",
    "LENGTH",
    "PASS",
    "CellScore",
    "Form",
    "Item",
    "ItemScore",
    "NotASitting",
    "NotReady",
    "Result",
    "Sitting",
    "draw",
    "is_seed",
    "keys_of",
    "missing",
    "new_seed",
    "score",
]
