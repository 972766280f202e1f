"""`keepalive mutants`: what an exercise's grader does not notice, told to its author."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console

from keepalive import terminal

from ..model import Course, Equal, Exercise
from . import lock as locks
from .equal import stale
from .lock import Entry, Lock, NotALock
from .neutral import Neutral
from .pool import WorkerBroke
from .run import Progress, ReferenceFails, Result, run
from .subject import NotPlayable, Subject

DONE, TO_DO, FAULT = 0, 1, 3
"""Exit codes, as of every command: nothing is left, the author has something to do, a fault on the course's side."""


def main(
    exercises: Sequence[Exercise], course: Course, out: Console, *, everything: bool = False, neutral: bool = False
) -> int:
    """Plays the mutants of these exercises, writes their locks and prints what is left. Returns the exit code.

    `everything`: whatever the locks say. `neutral`: say of each survivor what it does otherwise than the reference.
    """
    return max((_one(Subject(each, course), out, everything, neutral) for each in exercises), default=DONE)


def _one(subject: Subject, out: Console, everything: bool, neutral: bool) -> int:
    exercise, began = subject.exercise, time.monotonic()
    try:
        subject.check()
        with _progress(out, exercise.name) as progress:
            result = run(subject, _lock(exercise, out), everything=everything, progress=progress)
    except NotPlayable as e:
        terminal.say(out, f"{exercise.name}: its mutants cannot be played: {e}")
        terminal.say(out, f"next: {terminal.command()} lint {exercise.number}")
        return FAULT
    except ReferenceFails as e:
        for line in _reference_fails(exercise, e):
            terminal.say(out, line)
        return FAULT
    except WorkerBroke as e:
        terminal.say(out, f"{exercise.name}: a process that plays mutants broke: {e}")
        return FAULT
    locks.write(exercise.folder, result.lock)
    report = Report(subject, result, time.monotonic() - began, neutral=neutral)
    for line in report.lines():
        terminal.say(out, line)
    return report.code


def _reference_fails(exercise: Exercise, error: ReferenceFails) -> Iterator[str]:
    """The reference has to pass before anything can be said of its mutants."""
    yield f"{exercise.name}: the reference fails"
    for outcome in error.failures:
        yield f"  {outcome.fault}" if outcome.fault else f"  {outcome.killed} with seed {outcome.killed.seed}"
    again = f"{terminal.command()} mutants {exercise.number}"
    if all(outcome.killed and outcome.killed.exercise != exercise.id for outcome in error.failures):
        yield f"next: mend it, or say in exercise.toml why a check is superseded ([[supersedes]]), then {again}"
    else:
        yield f"next: {terminal.command()} lint {exercise.number}"


def _lock(exercise: Exercise, out: Console) -> Lock | None:
    try:
        return locks.read(exercise.folder)
    except NotALock as e:
        terminal.say(out, f"{exercise.name}: {locks.FILE} is of no use ({e}), so every mutant is played.")
        return None


@contextmanager
def _progress(out: Console, name: str) -> Iterator[Progress]:
    """A line that counts, where there is a terminal."""
    if not out.is_terminal:
        yield lambda done, count: None
        return
    with out.status(f"{name}: mutants") as status:
        yield lambda done, count: status.update(f"{name}: {done} of {count} mutants played")


class Report:
    """What the author of an exercise is told about its mutants."""

    def __init__(self, subject: Subject, result: Result, seconds: float, *, neutral: bool) -> None:
        self._subject, self._result, self._seconds = subject, result, seconds
        self._neutral = Neutral(subject.exercise.code, subject.exercise.reference_text) if neutral else None
        entries = result.lock.entries
        self._undeclared = [entry for entry in entries if entry.killed is None and not entry.equal]
        self._by_chance = [entry for entry in entries if entry.killed and entry.killed.is_by_chance]
        self._stale = stale(subject.exercise.equal, [entry.name for entry in result.lock.survivors])

    @property
    def code(self) -> int:
        if self._result.faults:
            return FAULT
        return TO_DO if self._undeclared or self._stale or not self._is_complete else DONE

    @property
    def _is_complete(self) -> bool:
        return self._subject.fits(self._result.lock)

    def lines(self) -> Iterator[str]:
        yield self._counts()
        for entry in self._undeclared:
            yield f"{self._where(entry)} {entry.name.operator}: {entry.name.change}"
            yield from self._differences(entry)
        for equal in self._stale:
            yield f"{self._toml(equal)} [[equal]] matches no survivor: {equal.operator}, {equal.text}"
        for entry in self._by_chance:
            yield f"{self._where(entry)} {entry.name.operator}: {entry.name.change}: noticed by chance, {entry.killed}"
        for mutant, trace in self._result.faults:
            yield f"{self._file}:{self._subject.line_in_file(mutant.line)} {mutant.name.operator}: {mutant.name.change}"
            yield f"The grader fails on it: {trace.strip()}"
        yield f"next: {self._next()}"

    def _differences(self, entry: Entry) -> Iterator[str]:
        """Where a check could see a survivor, if any is to."""
        if self._neutral is not None:
            mutant = next(each for each in self._subject.mutants if each.name == entry.name)
            found = self._neutral.differences(mutant.source)
            yield f"    differs from the reference in: {', '.join(found)}" if found else "    no difference was seen"

    def _counts(self) -> str:
        entries = self._result.lock.entries
        killed = sum(1 for entry in entries if entry.killed)
        equal = sum(1 for entry in entries if entry.equal)
        parts = [f"{len(entries)} mutants", f"{killed} killed", f"{equal} declared equal"]
        parts.append(f"{len(self._undeclared)} survived")
        played = f"{self._result.played} played in {self._seconds:.1f} s" if self._result.played else "none played"
        return f"{self._subject.exercise.name}: {', '.join(parts)} ({played})"

    def _next(self) -> str:
        again = f"{terminal.command()} mutants {self._subject.exercise.number}"
        if self._result.faults:
            return f"let the checks of the grader look without failing, then {again}"
        if not self._is_complete:
            return f"it was interrupted; {again} goes on from here"
        if self._undeclared:
            return (
                "write a scenario in which a survivor does something else than the reference; or, where the brief "
                f"allows it, an [[equal]] in answers.toml with operator, line and why. Then {again}"
            )
        if self._stale:
            return f"take the [[equal]] out, or write operator and line as a survivor has them. Then {again}"
        if self._by_chance:
            return "let the grader see what it noticed by chance with every seed; a verdict may not depend on its seed"
        return f"commit {locks.FILE}"

    @property
    def _file(self) -> str:
        return terminal.shown(self._subject.exercise.reference)

    def _where(self, entry: Entry) -> str:
        return f"{self._file}:{self._subject.line_of(entry.name)}"

    def _toml(self, equal: Equal) -> str:
        return f"{terminal.shown(self._subject.exercise.folder / 'answers.toml')}:{equal.line}"
