"""The question bank: items as data, loaded and validated, shuffled and judged the same in Python and TypeScript.

    bank = course.bank
    question = bank.question("second-wave")
    question.key.judge("ten")

`exercises/questions/<cell>.toml` holds the items of one cell. The bank is loaded for itself and not with the course:
whoever checks an exercise has no need of it, and a slip in a question stops nobody there.
"""

from .key import Answer, Key, NoAnswer
from .model import CELLS, FORMATS, Bank, Option, Question
from .shuffle import in_order

__all__ = ["CELLS", "FORMATS", "Answer", "Bank", "Key", "NoAnswer", "Option", "Question", "in_order"]
