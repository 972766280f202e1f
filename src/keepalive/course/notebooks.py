"""A chapter's notebook with what it does not hold itself: the chapter's title and the starter of its exercise.

The notebook begins with `# {title}`, and a cell with the tag `starter` stands for the starter. Both are filled in when
the notebook is built, run or copied to the learner's folder, so that each stands in one place.
"""

from __future__ import annotations

import ast
import json
from typing import Any

from .model import Chapter, Course, Exercise
from .version import normal

TITLE = "# {title}"
"""How a notebook begins."""

STARTER = "starter"
"""The tag of the cell that the starter is put into."""

HIDDEN_FROM_LEARNERS = ("instructor", "assert")
"""Tags of notebook cells that a learner's copy leaves out: notes for instructors, and cells that only assert."""

_FUTURE = "from __future__ import annotations\n"


def filled(course: Course, chapter: Chapter) -> dict[str, Any]:
    """The notebook's data with title and starter.

    Raises OSError, ValueError or LookupError for what is no notebook, and CourseError where no starter can be made.
    """
    data: dict[str, Any] = json.loads(chapter.notebook.read_bytes())
    cells = data["cells"]
    if cells and "".join(cells[0]["source"]).partition("\n")[0] == TITLE:
        _put(cells[0], f"# {chapter.title}" + "".join(cells[0]["source"])[len(TITLE) :])
    exercise = _exercise(course, chapter)
    for cell in cells:
        if exercise and STARTER in tags(cell):
            _put(cell, starter_cell(exercise))
    return data


def learner_copy(course: Course, chapter: Chapter) -> bytes:
    """The notebook as a learner gets it: filled, and without the cells that are not for learners.

    What is no notebook is handed back as it is. Raises CourseError.
    """
    try:
        data = filled(course, chapter)
        data["cells"] = [cell for cell in data["cells"] if not tags(cell) & set(HIDDEN_FROM_LEARNERS)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return normal(chapter.notebook.read_bytes())
    # As nbformat and JupyterLab write it, so that opening and saving changes nothing.
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def starter_cell(exercise: Exercise) -> str:
    """The starter as a cell has it: without what only a file needs, its docstring and the future import."""
    before, future, after = exercise.starter.partition(_FUTURE)
    return (after if future else _without_docstring(before)).strip()


def _without_docstring(source: str) -> str:
    first = ast.parse(source).body[0]
    documented = isinstance(first, ast.Expr)
    return "\n".join(source.split("\n")[first.end_lineno if documented else 0 :])


def tags(cell: dict[str, Any]) -> set[str]:
    """The tags of a cell."""
    return set(cell["metadata"].get("tags", ()))


def _exercise(course: Course, chapter: Chapter) -> Exercise | None:
    """The chapter's exercise, a draft too: whoever writes both wants to see them together."""
    drafts = (draft.exercise for draft in course.drafts)
    there = [*course.exercises, *(exercise for exercise in drafts if exercise)]
    return next((exercise for exercise in there if exercise.chapter == chapter.id), None)


def _put(cell: dict[str, Any], source: str) -> None:
    cell["source"] = source.splitlines(keepends=True)
