"""Mutants are played, as far as their outcomes are not in the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from .equal import matches
from .lock import Entry, Lock
from .make import Mutant, Name
from .outcome import Killer, Outcome
from .play import Round, failures
from .pool import Job, outcomes
from .subject import SEEDS, Judge, Subject

PlayAll = Callable[[Sequence[Job]], Iterable[tuple[int, Outcome]]]
Progress = Callable[[int, int], object]
"""Hears how many mutants of how many have been played."""


class ReferenceFails(Exception):
    """The reference itself does not pass: nothing can be said of its mutants. `failures`: all that it fails."""

    def __init__(self, failures: list[Outcome]) -> None:
        super().__init__(failures)
        self.failures = failures


@dataclass
class Result:
    """`lock` is what to keep; `played` counts mutants; `faults` are the traces of faults in a grader, by mutant."""

    lock: Lock
    played: int = 0
    faults: list[tuple[Mutant, str]] = field(default_factory=list)


def run(
    subject: Subject,
    lock: Lock | None,
    *,
    everything: bool = False,
    play_all: PlayAll = outcomes,
    progress: Progress = lambda done, count: None,
) -> Result:
    """Play what the lock does not answer; with `everything` all. Raises ReferenceFails, WorkerBroke.

    `play_all` plays jobs and yields what each came to, with its place among them.

    A KeyboardInterrupt ends it: what was found until then is in the result, whose lock fits nothing yet.
    """
    if lock is not None and subject.fits(lock) and not everything:
        return Result(_declared(subject, lock))
    known = _Known(subject, None if everything else lock)
    done, open_ = known.sorted()
    result = Result(Lock())
    with suppress(KeyboardInterrupt):
        _play(subject, known, open_, done, result, play_all, progress)
    entries = tuple(done[mutant.name] for mutant in subject.mutants if mutant.name in done)
    belongs = dict(subject.belongs)
    if len(entries) < len(subject.mutants):
        del belongs[subject.exercise.id]  # so that the next run goes on where this one ended
    result.lock = _declared(subject, Lock(belongs, subject.scenarios, SEEDS, entries, subject.functions))
    return result


def _declared(subject: Subject, lock: Lock) -> Lock:
    """The lock with what answers.toml declares equal today."""
    declared = subject.exercise.equal
    entries = (
        entry if entry.killed else replace(entry, equal=any(matches(equal, entry.name) for equal in declared))
        for entry in lock.entries
    )
    return replace(lock, entries=tuple(entries))


def _play(
    subject: Subject,
    known: _Known,
    mutants: list[Mutant],
    done: dict[Name, Entry],
    result: Result,
    play_all: PlayAll,
    progress: Progress,
) -> None:
    """The reference first; then the mutants, whose outcomes go into `done`."""
    jobs = [Job(subject.exercise.reference_text, known.rounds_of_reference())]
    jobs += [Job(mutant.source, known.rounds(mutant)) for mutant in mutants]
    for place, outcome in play_all(jobs):
        if place == 0:
            if outcome != Outcome():
                raise ReferenceFails(_failures(subject))
            continue
        mutant = mutants[place - 1]
        result.played += 1
        progress(result.played, len(mutants))
        if outcome.fault:
            result.faults.append((mutant, outcome.fault))
        else:
            done[mutant.name] = Entry(mutant.name, outcome.killed)


def _failures(subject: Subject) -> list[Outcome]:
    """All that the reference fails, each check once."""
    found = failures(subject.exercise.reference_text, tuple(_all_rounds(subject)))
    return list({str(outcome.killed or outcome.fault): outcome for outcome in reversed(found)}.values())[::-1]


class _Known:
    """What a lock says, as far as it still holds."""

    def __init__(self, subject: Subject, lock: Lock | None) -> None:
        lock = lock or Lock()
        self._subject = subject
        self.entries, self._functions = lock.by_name(), lock.functions
        self._same_engine = lock.seeds == SEEDS and self._is_same(lock, "engine")
        self._same_reference = self._is_same(lock, "reference")
        self._is_complete = subject.exercise.id in lock.belongs
        self._unchanged = {
            name for name, hash in subject.scenarios.items() if self._same_engine and lock.scenarios.get(name) == hash
        }

    def sorted(self) -> tuple[dict[Name, Entry], list[Mutant]]:
        """What the lock answers, and the mutants to play."""
        done: dict[Name, Entry] = {}
        open_: list[Mutant] = []
        for mutant in self._subject.mutants:
            if self.rounds(mutant):
                open_.append(mutant)
            else:
                done[mutant.name] = self.entries[mutant.name]
        return done, open_

    def _is_same(self, lock: Lock, part: str) -> bool:
        return lock.belongs.get(part) == self._subject.belongs[part]

    def rounds_of_reference(self) -> tuple[Round, ...]:
        """What it has not passed yet as it is."""
        has_passed = self._unchanged if self._same_reference and self._is_complete else set()
        return tuple(_all_rounds(self._subject, has_passed))

    def rounds(self, mutant: Mutant) -> tuple[Round, ...]:
        """What is still to be played; nothing where the lock has the outcome.

        What was killed is killed first by the same scenario, which is likely to do it again. What survived is played
        against what has changed. Of the reference its own function alone counts: what a change elsewhere does to its
        outcome shows when all are played again.
        """
        entry, all_rounds = self.entries.get(mutant.name), tuple(_all_rounds(self._subject))
        if entry is None:
            return all_rounds
        function = mutant.name.function
        unchanged = self._unchanged if self._functions.get(function) == self._subject.functions[function] else set()
        if entry.killed is None:
            return tuple(_all_rounds(self._subject, unchanged))
        if f"{entry.killed.exercise}/{entry.killed.scenario}" in unchanged:
            return ()
        return (*self._again(entry.killed), *all_rounds)

    def _again(self, killer: Killer) -> Iterator[Round]:
        for judge in self._subject.judges:
            if judge.exercise.id == killer.exercise and killer.scenario in judge.scenarios:
                yield _round(judge, (killer.scenario,), killer.seed)


def _all_rounds(subject: Subject, left_out: set[str] | frozenset[str] = frozenset()) -> Iterator[Round]:
    """Own scenarios with every seed, then those of earlier exercises with the first."""
    for judge in subject.judges:
        scenarios = tuple(each for each in judge.scenarios if f"{judge.exercise.id}/{each}" not in left_out)
        for seed in (SEEDS if judge is subject.judges[0] else SEEDS[:1]) if scenarios else ():
            yield _round(judge, scenarios, seed)


def _round(judge: Judge, scenarios: tuple[str, ...], seed: int) -> Round:
    return Round(judge.exercise.code, scenarios, seed, judge.passed_over)
