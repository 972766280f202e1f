"""How many points each task of an exercise has: the sum of its checks', as its grader says them."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from .errors import CourseError, Problem

_SEED = 1
"""Points do not depend on what a scenario draws; it must be given a seed all the same."""


class PointsOf(Mapping[str, int]):
    """Points by task, read from the grader when they are first wanted.

    A list of exercises should not have to wait for httpx to load. Raises CourseError where the grader does not load.
    """

    def __init__(self, grader: Path) -> None:
        self._grader = grader

    def __getitem__(self, task: str) -> int:
        return self._sums[task]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    @cached_property
    def _sums(self) -> dict[str, int]:
        from keepalive.grading import load_grader

        sums: dict[str, int] = {}
        try:
            for scenario in load_grader(self._grader):
                for check in scenario.prepare(_SEED).checks:
                    if check.task:
                        sums[check.task] = sums.get(check.task, 0) + check.points
        except Exception as e:
            raise CourseError([self._problem(e)]) from e
        return sums

    def _problem(self, error: Exception) -> Problem:
        file = self._grader.relative_to(self._grader.parents[2]).as_posix()
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(self._grader)]
        what = f"{type(error).__name__}: {error}"
        return Problem(file, "a grader that can be loaded", what, "mend this line", line=lines[-1] if lines else None)
