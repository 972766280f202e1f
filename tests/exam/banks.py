"""Banks made up for tests: of every format, without a file behind them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from keepalive.course.questions import CELLS, FORMATS, Bank, Option, Question

FORMAT_NAMES = tuple(FORMATS)


def question(cell: int, number: int, format: str, stem: str = "") -> Question:
    name = f"item-{cell}-{number}"
    ids = [f"{word}-{number}" for word in ("one", "two", "three")]
    right = {"single": ids[:1], "trace": ids[1:2], "spot": ids[2:], "multiple": ids[::2]}.get(format, [])
    options = tuple(
        Option(
            id,
            why=f"Because of {id}.",
            text=f"Text of {id}",
            prints=f"{place}" if format == "trace" else "",
            line=place if format == "spot" else 0,
            value=float(place) if format == "number" else None,
            correct=id in right,
        )
        for place, id in enumerate(ids, 1)
    )
    extra = {
        "order": {"order": (ids[1], ids[0], ids[2]), "why": "In this order."},
        "number": {"answer": 12.5, "tolerance": 0.5, "unit": "s", "why": "Twelve and a half."},
        "spot": {"code": "first\nsecond\nthird", "why": "The third."},
    }.get(format, {})
    asked = stem or f"What is question {number} of cell {cell}?"
    return Question(
        id=name,
        cell=cell,
        chapter=f"{cell:02}",
        format=format,
        use=("exam", "review"),
        stem=asked,
        proof=("tests/exam/banks.py",),
        options=options,
        **extra,
    )


NOWHERE = Path(__file__).parent / "no such folder"


def bank(size: int = 6, root: Path = NOWHERE, change=lambda question: question) -> Bank:
    """`size` questions for each cell, of all formats in turn. `change`: another in its place, or None."""
    made = [
        question(cell, number, FORMAT_NAMES[(cell + number) % len(FORMAT_NAMES)])
        for cell in CELLS
        for number in range(1, size + 1)
    ]
    course = SimpleNamespace(root=root)
    return Bank(course, tuple(filter(None, map(change, made))))  # type: ignore[arg-type]


def right(question: Question) -> object:
    """A right answer to it."""
    match question.format:
        case "number":
            return question.answer
        case "multiple" | "order":
            return list(question.key.right)
    return question.key.right[0]


def wrong(question: Question) -> object:
    """An answer that is none of the right ones."""
    match question.format:
        case "number":
            return question.answer + 10
        case "order":
            return list(reversed(question.key.right))
        case "multiple":
            return list(question.key.options)
    return next(id for id in question.key.options if id not in question.key.right)
