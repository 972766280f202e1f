"""How a grader is written: scenarios, their network, and the checks that read what happened.

A `grader.py` holds functions marked with `scenario`. Each is called with a `Net`, sets up routes and faults, and
declares its checks:

    @scenario(drive="in_a_row", limits=Limits(requests=20))
    def in_a_row(net):
        "Five calls, one after another"
        net.route("GET", "/users/1").reply(json={"id": 1})

        @check(task="one-pool", points=2, misconception={"client-per-call": lambda run: len(run.connections) > 1})
        def one_connection(run):
            "Five calls use one connection"
            if len(run.connections) != 1:
                fail(observed=f"The server accepted **{len(run.connections)}** connections.", required="One, kept.")
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keepalive.grading.compiled import compiled
from keepalive.grading.net import Net
from keepalive.grading.record import RunRecord


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a scenario may cost before it is stopped."""

    virtual: float = 120.0
    """Seconds on the virtual clock."""
    requests: int = 100
    """Requests that the server takes, and likewise attempts to connect."""
    work: float = 3.0
    """Seconds of processor time."""


Predicate = Callable[[RunRecord], Any]


class Failed(Exception):
    """A check's verdict on the learner's code. Raise it with `fail`."""

    def __init__(self, observed: str, required: str) -> None:
        super().__init__(observed)
        self.observed, self.required = observed, required


DIAGNOSES = {
    "blocking_sleep": "`time.sleep` was called on the event loop",
    "blocking_wait": "a call waited for what only the event loop or another thread can do",
    "client_made_early": "a client was used that was made before the check began",
    "clock_bound_early": "the class keeps a clock function from before the virtual clock",
    "copies": "the code imported the grader, or opened a file of an exercise's folder",
    "deadlock": "everything waits, and nothing is on its way",
    "endless_retry": "more requests or connections came than `Limits` has",
    "exception": "a programming error in the learner's code, also where the drive caught it",
    "exits": "the code ended Python, or raised `KeyboardInterrupt`",
    "loop_in_a_worker": "`asyncio.run` was called in a worker thread",
    "meddles": "the grader was sent what the work of an HTTP client never leads to",
    "memory_limit": "it asked for more memory than it may have",
    "output_limit": "it printed or logged without end",
    "socket": "it opened a socket of its own",
    "spinning": "it goes on awaiting what never waits",
    "starts_a_thread": "it started a thread",
    "sync_client": "it used httpx's synchronous side",
    "time_limit": "it did not give control back to the event loop",
    "too_long": "it was still at it when the virtual seconds of `Limits` were over",
    "wrong_signature": "the class cannot be made with the arguments that the drive gives",
}
"""What the engine diagnoses by itself, by kind. No check need look for it."""


def diagnosed(kind: str) -> Predicate:
    """A misconception's predicate: the engine made a diagnosis of this kind, even if it stopped the run.

    Raises ValueError for a kind that does not exist.
    """
    if kind not in DIAGNOSES:
        raise ValueError(f"there is no diagnosis {kind!r}; there are {', '.join(DIAGNOSES)}")

    def holds(run: RunRecord) -> bool:
        return any(found["kind"] == kind for found in run.diagnoses)

    holds.even_if_stopped = True  # type: ignore[attr-defined]
    return holds


def fail(*, observed: str, required: str) -> None:
    """Say that a check is not passed: what was seen and what is asked for, both Markdown."""
    raise Failed(observed, required)


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that is looked at. `id` is `<scenario>.<function>`.

    `task`: the task it belongs to, None for earlier behaviour that still holds. `needs`: ids of the checks without
    which there is nothing to look at.
    """

    id: str
    title: str
    task: str | None
    points: int
    needs: tuple[str, ...]
    even_if_stopped: bool
    function: Callable[[RunRecord], None]
    misconceptions: Mapping[str, Predicate]


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One situation that the learner's code is put into."""

    id: str
    title: str
    drive: str
    limits: Limits
    function: Callable[[Net], None]

    def prepare(self, seed: int) -> Net:
        """The scenario's network and checks, new."""
        net = Net(self.id, random.Random(f"{seed}/{self.id}"))
        global _building
        before, _building = _building, net
        try:
            self.function(net)
        finally:
            _building = before
        return net


_building: Net | None = None


def scenario(*, drive: str, limits: Limits | None = None) -> Callable[[Callable[[Net], None]], Scenario]:
    """Mark a function of a grader as a scenario; its docstring is the title. `drive`: the function of drive.py."""

    def mark(function: Callable[[Net], None]) -> Scenario:
        if not function.__doc__:
            raise ValueError(f"scenario {function.__name__} has no docstring: its first line is the scenario's title")
        return Scenario(function.__name__, _first_line(function), drive, limits or Limits(), function)

    return mark


def check(
    *,
    task: str | None = None,
    points: int = 0,
    held: bool = False,
    needs: str | tuple[str, ...] = (),
    misconception: Mapping[str, Predicate] | None = None,
    even_if_stopped: bool = False,
) -> Callable[[Callable[[RunRecord], None]], Callable[[RunRecord], None]]:
    """Declare a check inside a scenario; its docstring is the title.

    `task`: the task it belongs to. `held`: it belongs to none and has no points, because it looks at earlier behaviour
    that still holds; a pass needs it all the same.

    `needs`: the id of another check, or several, of this scenario or of others, wherever they stand in the file.
    Unless all of them pass, this one is not run, and the verdict says because of which. Use it where nothing is left
    to look at, as for a check of what did *not* happen: a client that sent nothing leaves no connection open either.

    `misconception`: ids with predicates over the run; the first that holds is named when the check fails. They are
    asked about a run that got to its end; about another, only `diagnosed(kind)` is.

    `even_if_stopped`: look even if the learner's code did not get to the end; otherwise what stopped it is what is
    reported. A programming error of theirs, such as a NameError that the drive caught, counts as a stop too: a check
    that looks for one needs `even_if_stopped`.

    Raises ValueError for a check outside a scenario, without a docstring, or with neither `task` nor `held`.
    """
    if held and (task is not None or points):
        raise ValueError("a check that says that earlier behaviour still holds has no task and no points")
    if not held and task is None:
        raise ValueError("a check belongs to a task, or says that earlier behaviour still holds (held=True)")

    def declare(function: Callable[[RunRecord], None]) -> Callable[[RunRecord], None]:
        if _building is None:
            raise ValueError(f"check {function.__name__} stands outside a scenario's function")
        if not function.__doc__:
            raise ValueError(f"check {function.__name__} has no docstring: its first line is the check's title")
        _building.checks.append(
            Check(
                id=f"{_building.scenario}.{function.__name__}",
                title=_first_line(function),
                task=task,
                points=points,
                needs=(needs,) if isinstance(needs, str) else tuple(needs),
                even_if_stopped=even_if_stopped,
                function=function,
                misconceptions=dict(misconception or {}),
            )
        )
        return function

    return declare


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]


def load_grader(path: Path) -> list[Scenario]:
    """The scenarios of a grader, in the order of the file. Raises whatever importing it raises, or ValueError."""
    # A namespace of its own: over a pipe this never runs where the learner's code does, by direct call it must not
    # be found in sys.modules by accident.
    namespace: dict[str, Any] = {"__name__": "grader", "__file__": str(path)}
    exec(compiled(path), namespace)
    found = [value for value in namespace.values() if isinstance(value, Scenario)]
    if not found:
        raise ValueError(f"{path.name} declares no scenario")
    return found


def wrong_needs(checks: Sequence[Check], extensions: Collection[str]) -> Iterator[tuple[Check, str]]:
    """Each check whose `needs` cannot be, with a sentence that says why. `extensions`: ids of tasks."""
    known = {each.id: each for each in checks}
    for each in checks:
        for id in each.needs:
            if id not in known:
                yield each, f"{each.id} needs {id}, and there is no such check"
            elif each.task not in extensions and known[id].task in extensions:
                yield each, f"{each.id} needs {id}, which belongs to an extension: a pass never needs one"
        if circle := _circle(each, known):
            yield each, f"checks need one another in a circle: {' needs '.join(circle)}"


def refuse_wrong_needs(checks: Sequence[Check], extensions: Collection[str]) -> None:
    """Raise ValueError for the first check whose `needs` cannot be."""
    for _, why in wrong_needs(checks, extensions):
        raise ValueError(why)


def _circle(start: Check, known: Mapping[str, Check]) -> list[str]:
    """The way from a check back to itself by what is needed; empty where there is none."""
    ways = [[start.id]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for id in known[way[-1]].needs:
            if id == start.id:
                return [*way, id]
            if id in known and id not in seen:
                seen.add(id)
                ways.append([*way, id])
    return []
