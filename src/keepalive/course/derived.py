"""What is made of an exercise's files when it is wanted: its starter, its other answers, the places of their tables.

Apart from the model, because a page has an exercise without its files.
"""

from __future__ import annotations

from pathlib import Path

from . import changes, gaps, text
from .errors import CourseError, Problem

REFERENCE, ANSWERS = "reference.py", "answers.toml"


def reference(folder: Path) -> str:
    """The reference without its markers."""
    return gaps.plain(text.read(folder / REFERENCE))


def starter(folder: Path, change: str) -> str:
    """The starter that the reference makes, with the change that is its own. Raises CourseError."""
    try:
        made = gaps.starter(text.read(folder / REFERENCE))
    except gaps.Refused as e:
        expected = "gaps that a starter can be made of"
        raise CourseError(
            Problem(_named(folder / REFERENCE), expected, each.what, each.mend, line=each.line) for each in e.problems
        ) from None
    return _changed(made, change, folder, ("starter", "change"))


def answer(folder: Path, path: Path | None, change: str, place: tuple[str, int]) -> str:
    """An answer's whole text: the file at `path`, else the reference with the change. Raises CourseError."""
    if path:
        return text.read(path)
    return _changed(reference(folder), change, folder, (*place, "change"))


def line(folder: Path, *place: str | int) -> int | None:
    """The line of a key of answers.toml. Looked for when it is wanted: there are many keys, and few are wrong."""
    return text.toml_line(text.read(folder / ANSWERS), place)


def _changed(base: str, change: str, folder: Path, place: tuple[str | int, ...]) -> str:
    if not change:
        return base
    try:
        return changes.apply(base, change)
    except changes.Misfit as e:
        begins = line(folder, *place)
        at = begins + e.line if begins else None
        raise CourseError([Problem(_named(folder / ANSWERS), "a change that fits", str(e), e.mend, line=at)]) from None


def _named(path: Path) -> str:
    """A file of an exercise as problems name it, from the course's root."""
    return path.relative_to(path.parents[2]).as_posix()
