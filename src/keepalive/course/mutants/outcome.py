"""What a mutant may come to."""

from __future__ import annotations

import re
from dataclasses import dataclass

TIME = "time"
"""What killed a mutant that hangs, or ends its process."""


@dataclass(frozen=True)
class Killer:
    """What a mutant was noticed by: `check` is a check's name, or another end in brackets, as `(time)`."""

    exercise: str
    scenario: str
    check: str
    seed: int

    def __str__(self) -> str:
        dot = "" if self.check.startswith("(") else "."
        return f"{self.exercise}/{self.scenario}{dot}{self.check}"

    @property
    def is_by_chance(self) -> bool:
        """Whether an earlier seed did not show it."""
        return self.seed > 1

    @classmethod
    def read(cls, said: str, seed: int) -> Killer:
        """From what `str` made of it. Raises ValueError."""
        found = re.fullmatch(r"([^/]+)/(\w+?)(?:\.(\w+)|(\(.*\)))", said)
        if found is None:
            raise ValueError(f"{said!r} names no check")
        return cls(found[1], found[2], found[3] or found[4], seed)


@dataclass(frozen=True)
class Outcome:
    """What a mutant came to. Neither killed nor a `fault` (the trace of a fault in the grader): it survived."""

    killed: Killer | None = None
    fault: str = ""
