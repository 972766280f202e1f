"""An exercise as its mutants see it: the reference, the graders they are played against, and what these hang on."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import text
from ..lineage import earlier
from ..model import Course, Exercise
from . import hashes
from .lock import Lock
from .make import Mutant, Name, mutants
from .source import aligned, region

SEEDS = (1, 2, 3, 4, 5)
"""For the exercise's own checks. Earlier exercises' checks see only what survives these, at the first seed."""


@dataclass(frozen=True)
class Judge:
    """An exercise's drive and grader. `passed_over`: ids of checks that a later exercise supersedes."""

    exercise: Exercise
    passed_over: frozenset[str] = frozenset()

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """By scenario; "" is both files as a whole."""
        grader, drive = (text.read(self.exercise.folder / name) for name in ("grader.py", "drive.py"))
        return hashes.scenarios(grader, drive)

    @property
    def hash(self) -> str:
        return hashes.digest(self.hashes[""], *sorted(self.passed_over))

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """The ids of its scenarios, those with few requests first: what ends there has not paid for a herd.

        Raises whatever loading the grader raises.
        """
        from keepalive.grading import load_grader

        found = load_grader(self.exercise.folder / "grader.py")
        return tuple(each.id for each in sorted(found, key=lambda each: each.limits.requests))

    def hash_of(self, scenario: str) -> str:
        """What the outcome of a scenario depends on."""
        passed_over = sorted(check for check in self.passed_over if check.startswith(f"{scenario}."))
        return hashes.digest(self.hashes.get(scenario, self.hashes[""]), *passed_over)


class NotPlayable(Exception):
    """A file that is needed is missing or broken; the text says which, and how."""


class Subject:
    """An exercise and the graders along `builds_on`: its own first, then the earlier ones, the nearest first."""

    def __init__(self, exercise: Exercise, course: Course) -> None:
        self.exercise = exercise
        self.judges = tuple(_judges(exercise, course))

    def check(self) -> None:
        """Raises NotPlayable where a file is missing or cannot be used."""
        _parse(self.exercise.reference)
        for judge in self.judges:
            for name in ("drive.py", "grader.py"):
                _parse(judge.exercise.folder / name)
            try:
                assert judge.scenarios
            except Exception as e:  # a grader may raise anything while it is loaded
                raise NotPlayable(f"{judge.exercise.name}/grader.py: {type(e).__name__}: {e}") from None

    @cached_property
    def mutants(self) -> tuple[Mutant, ...]:
        return mutants(self.exercise.reference_text, self.exercise.starter)

    def line_of(self, name: Name) -> int | None:
        """The line of a mutant in the reference's file, from 1."""
        return next((self.line_in_file(mutant.line) for mutant in self.mutants if mutant.name == name), None)

    def line_in_file(self, line: int) -> int:
        """The line of the file, with its markers, for a line of the reference without them."""
        return self._lines_in_file[line]

    @cached_property
    def _lines_in_file(self) -> dict[int, int]:
        return aligned(self.exercise.reference_text, text.read(self.exercise.reference))

    @cached_property
    def code(self) -> hashes.Code:
        return hashes.Code(self.exercise.reference_text)

    @cached_property
    def functions(self) -> dict[str, str]:
        """The hashes of the functions that have mutants, by name; "" is what lies in none."""
        names = dict.fromkeys(mutant.name.function for mutant in self.mutants)
        return {name: self.code.hash_of_function(name) for name in names}

    @cached_property
    def belongs(self) -> dict[str, str]:
        """The hashes of all that outcomes depend on, by part."""
        return {
            "reference": self.code.hash,
            "gaps": self._gaps_hash,
            "engine": hashes.digest(hashes.engine(), hashes.operators()),
            **{judge.exercise.id: judge.hash for judge in self.judges},
        }

    @property
    def _gaps_hash(self) -> str:
        """Of what a learner writes; a sentence that the starter alone has is nothing to a mutant."""
        return hashes.digest(self.code.of(sorted(region(self.exercise.reference_text, self.exercise.starter))))

    @cached_property
    def scenarios(self) -> dict[str, str]:
        """The hashes of all scenarios, by `exercise/scenario`."""
        return {
            f"{judge.exercise.id}/{scenario}": judge.hash_of(scenario)
            for judge in self.judges
            for scenario in judge.scenarios
        }

    def fits(self, lock: Lock | None) -> bool:
        """Whether everything in the lock still holds, and nothing is missing from it."""
        return lock is not None and lock.belongs == self.belongs and lock.seeds == SEEDS

    def what_changed(self, lock: Lock) -> list[str]:
        """The parts whose hashes are others than in the lock."""
        mine = self.belongs
        changed = [part for part in mine | dict(lock.belongs) if mine.get(part) != lock.belongs.get(part)]
        return changed or ["the seeds"] * (lock.seeds != SEEDS)


def _parse(path: Path) -> None:
    try:
        ast.parse(text.read(path))
    except OSError as e:
        raise NotPlayable(f"{path.parent.name}/{path.name}: {e.strerror or e}") from None
    except (text.NotUtf8, SyntaxError, ValueError) as e:
        raise NotPlayable(f"{path.parent.name}/{path.name}: {e}") from None


def _judges(exercise: Exercise, course: Course) -> Iterator[Judge]:
    yield Judge(exercise)
    for each in earlier(exercise, course):
        yield Judge(each.exercise, frozenset(each.superseded))
