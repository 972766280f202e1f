"""What each check of a verdict came to: rules are asked one after another, and the first that applies decides.

The checks of a run may depend on one another (`needs`), across scenarios and in any order; each is decided once.
"""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from keepalive.grading.net import Net
from keepalive.grading.record import NotObserved, RunRecord
from keepalive.grading.scenario_server import ScenarioServer
from keepalive.grading.scenarios import Check, Failed, Scenario
from keepalive.grading.stops import MEMORY_FULL, Ended, TimeLimit

FRONTEND = "frontend"
"""The `because` of a check that this frontend cannot look at, such as TLS in a web page."""

OUR_FAULT = "The exercise itself broke. That is not your code's doing, and nothing is scored."

_FATAL_DIAGNOSES = {
    "blocking_sleep": "Nothing in async code may block the event loop.",
    "blocking_wait": "A task waits with `await`, and a worker thread does not wait for the event loop.",
    "starts_a_thread": "Blocking work is given to `asyncio.to_thread`.",
    "loop_in_a_worker": "All of the code runs on one event loop.",
    "sync_client": "Requests are awaited on an `httpx.AsyncClient`.",
    "client_made_early": "The client is made while the code runs, not before.",
    "clock_bound_early": "Time is read from the clock that the check controls.",
    "socket": "Requests go through `httpx.AsyncClient`.",
    "deadlock": "Every wait has somebody who ends it.",
    "spinning": "A loop that waits for something lets time pass.",
    "endless_retry": "A number of requests after which the code stops.",
    "too_long": "The code comes to an end.",
    "time_limit": "The code gives the event loop its turn.",
    "output_limit": "The code prints and logs what a person can read.",
    "copies": "An answer is your own work.",
    "meddles": "An answer needs httpx and Python, and nothing of the grader.",
    "memory_limit": "The code holds what it needs, and no more.",
    "exits": "A client reports what went wrong; it does not end the program.",
    "exception": "Your code gets through this scenario to its end.",
    "wrong_signature": "It takes the arguments that the exercise passes.",
}
"""Kinds of diagnosis with which no check of a scenario is passed, and what is required instead."""

_DIED = {
    "ended_early": "Your code ended Python in the middle of the exercise.",
    "memory_limit": MEMORY_FULL,
    "time_limit": TimeLimit().text,
}
"""What is said of a scenario in which the learner's process ended, by the scenario's status."""


@dataclasses.dataclass
class Played:
    """One scenario after it was played, or not. `checks`: in the order of the file."""

    scenario: Scenario
    net: Net
    judge: ScenarioServer
    status: str = "not_run"  # "done", "not_run", or why it was stopped
    died: Ended | None = None  # how the learner's process ended, where it did
    why_not: str = ""  # why this frontend cannot run it, whatever the learner does
    record: RunRecord | None = None

    @property
    def gaps(self) -> dict[str, dict[str, Any]]:
        """The gaps that this scenario reached, by task; for each task the first."""
        reached: dict[str, dict[str, Any]] = {}
        for gap in self.judge.done["gaps"] if self.judge.done else []:
            reached.setdefault(gap["task"], gap)
        return reached

    def only_for(self, extensions: Sequence[str]) -> bool:
        """Whether each of its checks belongs to a task that a pass does not need."""
        return bool(self.net.checks) and all(check.task in extensions for check in self.net.checks)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a check came to. `because`: the id of the check, or FRONTEND, for whose sake it was not looked at.

    `fault`: the trace of what broke on the grader's side.
    """

    status: str
    observed: str = ""
    required: str = ""
    because: str | None = None
    misconception: str | None = None
    diagnosis: dict[str, Any] | None = None
    fault: str | None = None


@dataclasses.dataclass(frozen=True)
class Results:
    """The outcomes of all checks of a run. `broken`: the learner's code could not be run to the end of the file."""

    played: Sequence[Played]
    broken: bool
    gaps: Mapping[str, dict[str, Any]]
    _decided: dict[str, Outcome] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, played: Sequence[Played], *, broken: bool) -> Results:
        gaps = {task: gap for each in reversed(played) for task, gap in each.gaps.items()}
        return cls(played, broken, gaps)

    def entries(self) -> list[tuple[dict[str, Any], str | None]]:
        """Each check's entry in the verdict, in the order of the file, and the trace of a fault on our side."""
        return [_entry(each, check, self._outcome(each, check)) for each in self.played for check in each.net.checks]

    def _outcome(self, each: Played, check: Check) -> Outcome:
        if check.id not in self._decided:
            self._decided[check.id] = next(filter(None, (rule(self, each, check) for rule in _RULES)))
        return self._decided[check.id]

    def of_id(self, id: str) -> Outcome | None:
        """The outcome of another check; None where its scenario is not part of this run."""
        known = ((each, check) for each in self.played for check in each.net.checks if check.id == id)
        return next((self._outcome(*found) for found in known), None)


def _entry(each: Played, check: Check, outcome: Outcome) -> tuple[dict[str, Any], str | None]:
    entry: dict[str, Any] = {
        "id": check.id,
        "title": check.title,
        "task": check.task,
        "scenario": each.scenario.id,
        "status": outcome.status,
        "points": check.points if outcome.status == "passed" else 0,
        "max": 0 if outcome.because == FRONTEND else check.points,
        "observed": outcome.observed,
        "required": outcome.required,
    }
    for name in ("because", "misconception", "diagnosis"):
        if (value := getattr(outcome, name)) is not None:
            entry[name] = value
    return entry, outcome.fault


# -- the rules


def _grader_fault(results: Results, each: Played, check: Check) -> Outcome | None:
    if each.judge.fault:  # whose trace the verdict has once, for all checks of the scenario
        return Outcome("grader_fault", OUR_FAULT)
    if each.record is not None and each.record.ended == "drive_fault":
        return Outcome("grader_fault", OUR_FAULT, fault=(each.judge.done or {}).get("fault"))
    return None


def _gap_open(results: Results, each: Played, check: Check) -> Outcome | None:
    gap = results.gaps.get(check.task or "")
    if gap is None:
        return None
    return Outcome("not_attempted", f"`{gap['function']}` still raises `NotImplementedError` (line {gap['line']}).")


def _not_here(results: Results, each: Played, check: Check) -> Outcome | None:
    return Outcome("not_run", each.why_not, because=FRONTEND) if each.why_not else None


def _not_played(results: Results, each: Played, check: Check) -> Outcome | None:
    return Outcome("not_run") if results.broken or each.status == "not_run" else None


def _need_not_met(results: Results, each: Played, check: Check) -> Outcome | None:
    """A need that failed goes before one that the frontend cannot look at: the same is said through every frontend."""
    needed = {id: results.of_id(id) for id in check.needs}
    unmet = {id: outcome for id, outcome in needed.items() if outcome is not None and outcome.status != "passed"}
    causes = {outcome.because or id: outcome for id, outcome in unmet.items()}
    cause = next((id for id in causes if id != FRONTEND), FRONTEND if causes else None)
    if cause is None:
        return None
    return Outcome("not_run", causes[cause].observed if cause == FRONTEND else "", because=cause)


def _process_died(results: Results, each: Played, check: Check) -> Outcome | None:
    if each.record is not None:
        return None
    assert each.died is not None
    kind, text = each.died.kind, each.died.text or _DIED[each.status]
    diagnosis = {"kind": kind, "file": None, "line": None, "text": text}
    return Outcome("failed", text, _FATAL_DIAGNOSES[kind], diagnosis=diagnosis)


def _blocked_by_gap(results: Results, each: Played, check: Check) -> Outcome | None:
    """What stopped the scenario may be the open gap of another task, so nothing is said of this check."""
    assert each.record is not None
    if not each.gaps or each.record.finished or _stopped_by(each.record) is None:
        return None
    first = next(iter(each.gaps.values()))
    return Outcome("not_run", f"This can be seen once `{first['function']}` is written, of task `{first['task']}`.")


def _stopped(results: Results, each: Played, check: Check) -> Outcome | None:
    assert each.record is not None
    stopped_by = _stopped_by(each.record)
    if stopped_by is None or check.even_if_stopped:
        return None
    return _failed(each.record, check, stopped_by["text"], _required_of(stopped_by))


def _judged(results: Results, each: Played, check: Check) -> Outcome:
    record = each.record
    assert record is not None
    try:
        check.function(record)
    except Failed as failed:
        return _failed(record, check, failed.observed, failed.required)
    except NotObserved:
        stopped_by = _stopped_by(record)
        assert stopped_by is not None
        return _failed(record, check, stopped_by["text"], _FATAL_DIAGNOSES["exception"])
    except Exception:
        return Outcome("grader_fault", OUR_FAULT, fault=traceback.format_exc())
    return Outcome("passed")


_RULES: tuple[Callable[[Results, Played, Check], Outcome | None], ...] = (
    _grader_fault,
    _gap_open,
    _not_here,
    _not_played,
    _need_not_met,
    _process_died,
    _blocked_by_gap,
    _stopped,
    _judged,
)
"""In this order; each returns None where it does not apply, and the last one always applies."""


# -- what failed, and what is named


def _failed(record: RunRecord, check: Check, observed: str, required: str) -> Outcome:
    """A check that is not passed, with what stopped the run and the misconception that explains it."""
    stopped_by = _stopped_by(record)
    try:
        eligible = _eligible_misconceptions(check, record, stopped_by)
        named = next((id for id, predicate in eligible if _matches(predicate, record)), None)
    except Exception:
        return Outcome("grader_fault", OUR_FAULT, fault=traceback.format_exc())
    return Outcome("failed", observed, required, misconception=named, diagnosis=stopped_by)


def _eligible_misconceptions(
    check: Check, record: RunRecord, stopped_by: dict[str, Any] | None
) -> Iterable[tuple[str, Any]]:
    """The misconceptions that may be named. Of a run that was stopped little is known: only what was diagnosed.

    A slip in the learner's code stops a run likewise, but for a check that looks all the same: it may be looking for
    that very exception.
    """
    looks_for_it = check.even_if_stopped and record.finished and stopped_by and stopped_by["kind"] == "exception"
    return [
        (id, predicate)
        for id, predicate in check.misconceptions.items()
        if stopped_by is None or looks_for_it or getattr(predicate, "even_if_stopped", False)
    ]


def _matches(predicate: Any, record: RunRecord) -> bool:
    try:
        return bool(predicate(record))
    except NotObserved:
        return False


def _required_of(stopped_by: dict[str, Any]) -> str:
    return _FATAL_DIAGNOSES.get(stopped_by["kind"], _FATAL_DIAGNOSES["exception"])


def _stopped_by(record: RunRecord) -> dict[str, Any] | None:
    """The diagnosis because of which no check of the run can pass."""
    for diagnosis in record.diagnoses:
        if diagnosis["kind"] in _FATAL_DIAGNOSES:
            return diagnosis
    if record.ended == "stopped" and record.diagnoses:  # the judge asks that there is one, and not of which kind
        return record.diagnoses[0]
    if record.ended == "raised" and record.error is not None:
        error: dict[str, Any] = record.error["diagnosis"]
        return error
    return None
