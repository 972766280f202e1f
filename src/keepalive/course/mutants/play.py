"""One mutant is played: scenario by scenario, until a check is not passed.

This is what a worker process does; `pool` looks after the processes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade

from .outcome import TIME, Killer, Outcome

_PATIENT = 10.0
"""Real seconds for a scenario that ran out of time: a machine with other things to do is nobody's mistake."""


@dataclass(frozen=True)
class Round:
    """Scenarios of one exercise, played with one seed. `passed_over`: ids of checks that no longer hold."""

    code: ExerciseCode
    scenarios: tuple[str, ...]
    seed: int
    passed_over: frozenset[str] = frozenset()


Tell = Callable[[ExerciseCode, str, int], object]
"""Hears which scenario comes next: (exercise, scenario, seed)."""


def play(source: str, rounds: Sequence[Round], tell: Tell = lambda code, scenario, seed: None) -> Outcome:
    """Grade a program by direct call, ended with the first check that it does not pass."""
    with tempfile.TemporaryDirectory(prefix="keepalive-mutant-") as folder:
        path = Path(folder, "answer.py")
        path.write_text(source, "utf-8", newline="\n")
        for each in rounds:
            for scenario in each.scenarios:
                tell(each.code, scenario, each.seed)
                outcome = _played(each, scenario, path)
                if outcome != Outcome():
                    return outcome
    return Outcome()


def _played(each: Round, scenario: str, path: Path) -> Outcome:
    verdict = _graded(each, scenario, path)
    if _ran_out_of_time(verdict):
        verdict = _graded(each, scenario, path, wall=_PATIENT)
        if _ran_out_of_time(verdict):
            return Outcome(Killer(each.code.id, scenario, f"({TIME})", each.seed))
    if verdict["status"] == "grader_fault":
        # A check may lean on one of another scenario (`needs`), which was not played.
        verdict = grade(each.code, path, link="direct", frontend="mutants", seed=each.seed)
    if verdict["status"] == "grader_fault":
        traces = verdict["runtime"].get("faults", ["no trace was kept"])
        return Outcome(fault=f"{each.code.id}/{scenario}, seed {each.seed}\n{traces[0]}")
    if verdict["diagnoses"]:  # it cannot be imported, or its class not be made: no check was looked at
        return Outcome(Killer(each.code.id, scenario, f"({verdict['diagnoses'][0]['kind']})", each.seed))
    for check in verdict["checks"]:
        if check["status"] != "passed" and check["id"] not in each.passed_over:
            own, _, name = check["id"].partition(".")
            return Outcome(Killer(each.code.id, own, name, each.seed))
    return Outcome()


def _graded(each: Round, scenario: str, path: Path, wall: float | None = None) -> dict[str, Any]:
    return grade(each.code, path, link="direct", frontend="mutants", seed=each.seed, wall=wall, only=[scenario])


def _ran_out_of_time(verdict: dict[str, Any]) -> bool:
    return any(scenario["status"] == "time_limit" for scenario in verdict["scenarios"])
