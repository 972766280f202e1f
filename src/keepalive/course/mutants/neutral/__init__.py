"""Drives that expect nothing: where the record of a survivor differs from the reference's, a check could have seen it.

Of the survivors of the first chapters, those that differ were holes in the grader, but for one in twenty; of those that
do not differ, seven in ten were equal.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade

_HERE = Path(__file__).parent
_SEED = 1


class Neutral:
    """The neutral drives, played with a reference and with its mutants."""

    def __init__(self, code: ExerciseCode, reference: str) -> None:
        drive, grader = _HERE / "drive.py", _HERE / "grader.py"
        self._code = dataclasses.replace(code, drive=drive, grader=grader, tasks=("any",), extensions=())
        self._reference = reference

    def differences(self, mutant: str) -> list[str]:
        """The names of the drives with which the mutant does something else than the reference."""
        other = self._records(mutant)
        return [name for name, record in self._of_reference.items() if record != other[name]]

    @cached_property
    def _of_reference(self) -> dict[str, Any]:
        return self._records(self._reference)

    def _records(self, source: str) -> dict[str, Any]:
        """By drive: what the server saw, and what the caller got."""
        with tempfile.TemporaryDirectory(prefix="keepalive-mutant-") as folder:
            path = Path(folder, "answer.py")
            path.write_text(source, "utf-8", newline="\n")
            verdict = grade(self._code, path, link="direct", frontend="mutants", seed=_SEED)
        got = {check["scenario"]: check["observed"] for check in verdict["checks"]}
        return {each["id"]: (got[each["id"]], _rounded(each["timeline"])) for each in verdict["scenarios"]}


def _rounded(timeline: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what no check could go by: a hundredth of a second."""
    return [event | {"t": round(event["t"], 2)} for event in timeline]
