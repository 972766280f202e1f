"""The answers of exercises as files, for tests that grade them: written when first asked for, gone with the process."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from pathlib import Path

from keepalive.course import Exercise
from keepalive.course.answers import written

_STACK = ExitStack()
_FILES: dict[Path, dict[str, Path]] = {}
atexit.register(_STACK.close)


def ids(exercise: Exercise) -> list[str]:
    """The starter, the reference, and every other answer."""
    return ["starter", "reference", *(answer.id for answer in exercise.answers)]


def few(exercise: Exercise) -> list[str]:
    """The starter, one right answer and one wrong one: for what is tried in every run of the tests."""
    return ["starter", "reference", *[answer.id for answer in exercise.wrong if not answer.status][:1]]


def right(exercise: Exercise) -> list[str]:
    """The reference and the other right answers."""
    return ["reference", *(answer.id for answer in exercise.right)]


def file_of(exercise: Exercise, id: str) -> Path:
    """The file of one answer."""
    if exercise.folder not in _FILES:
        _FILES[exercise.folder] = _STACK.enter_context(written(exercise))
    return _FILES[exercise.folder][id]
