"""What can be wrong with the course's own files, and with a name that somebody typed.

Errors here speak to the person who can mend them: an author gets file, line, key, what was expected, what was found and
how to mend it, for every problem at once; a learner who types a name that does not exist gets the nearest one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that an author has to mend.

    `file` is relative to the course's root, in posix form. `line` counts from 1; None where no line is at fault. `key`
    names the place inside a data file (empty for other files). `expected`, `found` and `mend` are sentences or phrases.
    """

    file: str
    expected: str
    found: str
    mend: str
    key: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """`file:line`, the form that editors and terminals make a link of."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        head = f"{self.where}: {self.key}" if self.key else self.where
        return f"{head}\n  expected: {self.expected}\n  found:    {self.found}\n  mend:     {self.mend}"


class CourseError(Exception):
    """The course's own files are broken. `problems` holds every problem that was found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(f"{head} in the course's files\n" + "\n".join(map(str, self.problems)))


class UnknownName(LookupError):
    """Nothing has this name.

    `kind` is "exercise", "chapter" or "task"; `available` are the names that exist; `nearest` is the one that was
    probably meant, or None. `aliases` maps other ways to say a name (04, minimal-client) to the full one. `why`
    replaces the first sentence where more can be said than that the name does not exist.
    """

    def __init__(
        self, kind: str, name: str, available: Iterable[str], *, aliases: Mapping[str, str] | None = None, why: str = ""
    ) -> None:
        super().__init__(name)
        self.kind, self.name, self.available, self.why = kind, name, tuple(available), why
        known = {full: full for full in self.available} | dict(aliases or {})
        # 05 resembles 04 and means something else: only words are corrected.
        close = None if why or name.isdecimal() else nearest(name, known)
        self.nearest = known[close] if close else None

    def __str__(self) -> str:
        # LookupError would show the argument's repr; a learner reads this sentence.
        parts = [self.why or f"There is no {self.kind} {self.name!r}."]
        if self.nearest:
            parts.append(f"Did you mean {self.nearest}?")
        listed = ", ".join(self.available)
        parts.append(f"There are: {listed}." if listed else f"There is no {self.kind} yet.")
        return " ".join(parts)


def nearest(name: str, available: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """The name that `name` was probably meant to be, or None."""
    found = difflib.get_close_matches(name.lower(), list(available), n=1, cutoff=cutoff)
    return found[0] if found else None
