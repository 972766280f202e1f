"""The verdicts that the linter looks at: by direct call, in several processes, and kept from one run to the next.

What is kept lies in `.cache/lint/`, under a hash of all that a verdict depends on: the engine, the exercise's drive,
grader and tasks, the answer, the seed, and whether it ran in a child process. Timelines are not kept: no rule looks at
them. Nor is a verdict that a time limit ended: the next run may find the machine less busy.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from .. import text
from ..model import Exercise
from ..mutants import hashes

Verdict = Mapping[str, Any]

_NOT_KEPT = ("grader_fault", "time_limit")
"""Statuses that the same answer need not come to again."""

PROCESSES = min(os.cpu_count() or 1, 8)
"""How many grade at the same time; with one, this process does."""


class Grade(Protocol):
    """What `keepalive.grading.grade` promises."""

    def __call__(
        self, exercise: Any, learner: Path, *, link: str = "child", frontend: str = "terminal", seed: int | None = None
    ) -> dict[str, Any]: ...


class GraderFault(Exception):
    """The grader failed on this answer."""

    def __init__(self, path: Path, verdict: Verdict) -> None:
        super().__init__(path)
        self.path, self.verdict = path, verdict


class Verdicts:
    """The verdicts on an exercise's answers. `grade` stands in for `keepalive.grading.grade`: then nothing is kept."""

    def __init__(self, exercise: Exercise, root: Path, grade: Grade | None) -> None:
        self._exercise, self._code, self._grade = exercise, exercise.code, grade
        self._file = root / ".cache" / "lint" / f"{exercise.name}.json"
        self._before: dict[str, Verdict] = self._read() if grade is None else {}
        self._kept: dict[str, Verdict] = {}

    def prepare(self, asked: Iterable[tuple[Path, int]]) -> None:
        """Grade these (file, seed) by direct call, as far as no verdict on them is kept."""
        if self._grade is not None:
            return
        keys = {self._key(path, "direct", seed): (path, seed) for path, seed in asked}
        self._kept = {key: self._before[key] for key in keys if key in self._before}
        new = {key: what for key, what in keys.items() if key not in self._before}
        self._kept |= zip(new, _graded_by_many(self._code, list(new.values())), strict=False)
        self._write()

    def __call__(self, path: Path, link: str, seed: int) -> Verdict:
        """The verdict. Raises GraderFault."""
        key = self._key(path, link, seed)
        verdict = self._kept.get(key) or self._before.get(key) or self._new(path, link, seed)
        if self._grade is None and key not in self._kept:
            self._kept[key] = _without_timelines(verdict)
            self._write()
        if verdict["status"] == "grader_fault":
            raise GraderFault(path, verdict)
        return verdict

    def fault(self, path: Path, seed: int) -> GraderFault | None:
        """How the grader fails on this answer, by direct call; None where it does not. What is kept stays as it is."""
        verdict = self._before.get(self._key(path, "direct", seed)) or self._new(path, "direct", seed)
        return GraderFault(path, verdict) if verdict["status"] == "grader_fault" else None

    def difference(self, path: Path, seed: int, compare: Callable[[Verdict, Verdict], str | None]) -> str | None:
        """Where the verdict in a child process and the one by direct call differ, timelines and all; None: nowhere."""
        key = self._key(path, "both", seed)
        if key not in self._before and (
            found := compare(self._new(path, "child", seed), self._new(path, "direct", seed))
        ):
            return found
        if self._grade is None:
            self._kept[key] = {"status": "alike"}
            self._write()
        return None

    def _new(self, path: Path, link: str, seed: int) -> Verdict:
        return (self._grade or _real())(self._code, path, link=link, frontend="test", seed=seed)

    def _key(self, path: Path, link: str, seed: int) -> str:
        return hashes.digest(self._ground, text.read(path), link, str(seed))

    @cached_property
    def _ground(self) -> str:
        files = [text.read(self._exercise.folder / name) for name in ("drive.py", "grader.py")]
        return hashes.digest(hashes.engine(), *files, repr((self._code.entry, self._code.tasks, self._code.extensions)))

    def _read(self) -> dict[str, Verdict]:
        with suppress(OSError, ValueError):
            return _to_keep(json.loads(self._file.read_bytes()))
        return {}

    def _write(self) -> None:
        """A folder that cannot be written to costs time and nothing else."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(_to_keep(self._kept)), "utf-8")


def _to_keep(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    return {key: verdict for key, verdict in verdicts.items() if not _by_chance(verdict)}


def _by_chance(verdict: Verdict) -> bool:
    kinds = [each["kind"] for each in verdict.get("diagnoses", ())]
    return verdict["status"] in _NOT_KEPT or "time_limit" in kinds


def _real() -> Grade:
    from keepalive.grading import grade

    return grade


def _graded_by_many(code: Any, asked: Sequence[tuple[Path, int]]) -> list[Verdict]:
    """As many of the first as could be graded so: an answer that ends its process ends the list."""
    count = min(PROCESSES, len(asked))
    if count < 2:
        return [_graded(code, path, seed) for path, seed in asked]
    done: list[Verdict] = []
    with (
        ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool,
        suppress(BrokenProcessPool),
    ):
        for future in [pool.submit(_graded, code, path, seed) for path, seed in asked]:
            done.append(future.result())
    return done


def _graded(code: Any, path: Path, seed: int) -> Verdict:
    """The verdict by direct call, without its timelines."""
    return _without_timelines(_real()(code, path, link="direct", frontend="test", seed=seed))


def _without_timelines(verdict: Verdict) -> Verdict:
    return dict(verdict) | {
        "scenarios": [{k: v for k, v in each.items() if k != "timeline"} for each in verdict["scenarios"]]
    }
