"""The made-up bank of `banks.py` as files that a course can be built with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from exam import banks
from keepalive.course.questions import CELLS, Question


def write(root: Path, size: int = 6, say: Callable[[Question], str] = lambda q: q.stem) -> None:
    """Write `size` questions for each cell below the course `root`. `say`: what each asks."""
    folder = root / "exercises" / "questions"
    folder.mkdir(parents=True, exist_ok=True)
    made = banks.bank(size).questions
    for cell in CELLS:
        text = "\n".join(_table(q, say(q)) for q in made if q.cell == cell)
        (folder / f"{cell:02}.toml").write_text(text, encoding="utf-8")


def _table(question: Question, stem: str) -> str:
    said = {
        "id": question.id,
        "cell": question.cell,
        "chapter": "01" if question.cell <= 7 else "20",
        "format": question.format,
        "use": list(question.use),
        "stem": f"{stem} (made up)",
        "proof": question.proof[0],
    }
    if question.format == "spot":
        said |= {"code": "first = 1\nsecond = 2\nthird = 3\nfourth = 4\n"}
        said |= {"why": "The third line is the one, by decree."}
    if question.format == "number":
        said |= {"answer": question.answer, "tolerance": question.tolerance, "unit": question.unit}
        said |= {"why": "Twelve and a half, because it is so."}
    if question.format == "order":
        said |= {"answer": list(question.order), "why": "In this order, because it is so."}
    rows = ["[[question]]", *(f"{key} = {json.dumps(value)}" for key, value in said.items())]
    if question.format == "trace":
        rows += ["[question.run]", 'code = """\nasync def main(url):\n    print(2)\n"""']
    for place, option in enumerate(question.options, 1):
        rows += ["[[question.options]]", f'id = "{option.id}"', f'why = "Because of {option.id}, and of nothing else."']
        match question.format:
            case "spot":
                line = ("first = 1", "second = 2", "third = 3")[place - 1]
                rows += [f'line = "{line}"', f"correct = {str(option.correct).lower()}"]
            case "number":
                rows.append(f"value = {place}")
            case "trace":
                rows += [f'prints = "prints {place}"', f"correct = {str(option.correct).lower()}"]
            case "order":
                rows.append(f'text = "Text of {option.id}."')
            case _:
                rows += [f'text = "Text of {option.id}."', f"correct = {str(option.correct).lower()}"]
    return "\n".join([*rows, ""])
