"""One mutant is played: scenario by scenario, until a check is not passed.

This is what a worker process does; `pool` looks after the processes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade
from keepalive.grading.transports import InProcessTransport

from .outcome import TIME, Killer, Outcome

PATIENT = 10.0
"""Real seconds for a scenario that ran out of time: a machine with other things to do is nobody's mistake."""


@dataclass(frozen=True)
class Round:
    """Scenarios of one exercise, played with one seed. `passed_over`: ids of checks that no longer hold; what needs
    one of these is not looked at.
    """

    code: ExerciseCode
    scenarios: tuple[str, ...]
    seed: int
    passed_over: frozenset[str] = frozenset()


Tell = Callable[[ExerciseCode, str, int], object]
"""Hears which scenario comes next: (exercise, scenario, seed)."""


def play(
    source: str,
    rounds: Sequence[Round],
    tell: Tell = lambda code, scenario, seed: None,
    *,
    patient: float = PATIENT,
) -> Outcome:
    """Grade a program by direct call, ended with the first check that it does not pass.

    `patient`: real seconds that a scenario gets once more when it has run out of its own.
    """
    return next(_failures(source, rounds, tell, patient), Outcome())


def failures(source: str, rounds: Sequence[Round]) -> list[Outcome]:
    """Everything that the program fails, to the end."""
    return list(_failures(source, rounds, lambda code, scenario, seed: None, PATIENT))


def _failures(source: str, rounds: Sequence[Round], tell: Tell, patient: float) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory(prefix="keepalive-mutant-") as folder:
        path = Path(folder, "answer.py")
        path.write_text(source, "utf-8", newline="\n")
        for each in rounds:
            program = _Program(path, each)
            for scenario in each.scenarios:
                tell(each.code, scenario, each.seed)
                yield from _failed(each, scenario, program, patient)


class _Program(InProcessTransport):
    """A program that is imported once for a round, as it is for a learner's check."""

    def __init__(self, path: Path, each: Round) -> None:
        super().__init__(path, each.code.entry, each.code.file_name)
        self._path, self._round = path, each
        self._hello: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        if self._hello is None:
            self._hello = super().load()
        return self._hello

    def graded(self, only: Sequence[str] | None = None, work: float | None = None) -> dict[str, Any]:
        """The verdict on some of the scenarios, or on all."""
        code, seed = self._round.code, self._round.seed
        return grade(code, self._path, link=self, frontend="mutants", seed=seed, work=work, only=only)


def _failed(each: Round, scenario: str, program: _Program, patient: float) -> Iterator[Outcome]:
    """What is not passed in one scenario."""
    verdict = program.graded([scenario])
    if _ran_out_of_time(verdict):
        verdict = program.graded([scenario], work=patient)
    if verdict["status"] == "grader_fault":
        verdict = program.graded()  # a check may lean on one of another scenario (`needs`), which was not played
    if verdict["status"] == "grader_fault":
        traces = verdict["runtime"].get("faults", ["no trace was kept"])
        yield Outcome(fault=f"{each.code.id}/{scenario}, seed {each.seed}\n{traces[0]}")
    elif end := _end(verdict):
        yield Outcome(Killer(each.code.id, scenario, f"({end})", each.seed))
    else:
        for check in verdict["checks"]:
            if check["status"] != "passed" and not each.passed_over & {check["id"], check.get("because")}:
                yield Outcome(Killer(each.code.id, *check["id"].split("."), each.seed))


def _end(verdict: dict[str, Any]) -> str:
    """How it ended before its checks were looked at: it cannot be imported, or its class not be made."""
    if _ran_out_of_time(verdict):
        return TIME
    return next((diagnosis["kind"] for diagnosis in verdict["diagnoses"]), "")


def _ran_out_of_time(verdict: dict[str, Any]) -> bool:
    return any(scenario["status"] == "time_limit" for scenario in verdict["scenarios"])
