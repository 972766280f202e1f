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
import json
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import respx

from keepalive.grading.replies import Dial, Network, Reply, accept, reply

HOST = "depot.test"
"""The host of a scenario's first origin. `.test` is reserved: no name-server knows it (RFC 6761)."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a scenario may cost before it is stopped.

    `virtual`: seconds on the virtual clock. `requests`: requests, and likewise connection attempts, the server takes.
    `wall`: seconds of real time.
    """

    virtual: float = 120.0
    requests: int = 100
    wall: float = 5.0


class Failed(Exception):
    """A check's verdict on the learner's code. Raise it with `fail`."""

    def __init__(self, observed: str, required: str) -> None:
        super().__init__(observed)
        self.observed, self.required = observed, required


def fail(*, observed: str, required: str) -> None:
    """Say that a check is not passed: what was seen and what is asked for, both Markdown."""
    raise Failed(observed, required)


class NotObserved(Exception):
    """The drive did not finish, so it has returned nothing to look at."""


Predicate = Callable[["RunRecord"], Any]


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that is looked at. `id` is `<scenario>.<function>`."""

    id: str
    title: str
    task: str | None
    points: int
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
    misconception: Mapping[str, Predicate] | None = None,
    even_if_stopped: bool = False,
) -> Callable[[Callable[[RunRecord], None]], Callable[[RunRecord], None]]:
    """Declare a check inside a scenario; its docstring is the title.

    `task`: the task it belongs to; a check without points says that earlier behaviour still holds. `misconception`:
    ids with predicates over the run; the first that holds is named when the check fails. `even_if_stopped`: look even
    if the learner's code did not get to the end; otherwise what stopped it is what is reported.
    """

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
                even_if_stopped=even_if_stopped,
                function=function,
                misconceptions=dict(misconception or {}),
            )
        )
        return function

    return declare


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]


class Route:
    """A respx route whose effects may also be `Reply` objects."""

    def __init__(self, route: respx.Route) -> None:
        self.respx = route

    def reply(self, status: int = 200, **kwargs: Any) -> Route:
        """Answer every request with `reply(status, ...)`."""
        return self.answer(reply(status, **kwargs))

    def answer(self, answer: Reply | httpx.Response) -> Route:
        """Answer every request so."""
        return self.calls(lambda request: answer)

    def sequence(self, *answers: int | Reply | httpx.Response, last: str = "error") -> Route:
        """Answer the first request with the first, and so on; a number is a status.

        `last`: what follows when they are used up, "repeat" the last or "error" (a fault of the grader's).
        """
        given = [reply(answer) if isinstance(answer, int) else answer for answer in answers]
        asked = iter(range(10**9))

        def next_answer(request: httpx.Request) -> Reply | httpx.Response:
            n = next(asked)
            if n >= len(given) and last != "repeat":
                raise LookupError(f"the sequence of {len(given)} answers is used up at request {n + 1}")
            return given[min(n, len(given) - 1)]

        return self.calls(next_answer)

    def calls(self, effect: Callable[[httpx.Request], Reply | httpx.Response]) -> Route:
        """Let a function answer. `request.extensions["wire"]` holds time, connection and the nth request on it."""

        def side_effect(request: httpx.Request) -> httpx.Response:
            answer = effect(request)
            if not isinstance(answer, Reply):
                return answer
            # respx hands on nothing but a Response; the rest travels in its extensions.
            carried = answer.response or httpx.Response(599)
            return httpx.Response(
                carried.status_code, headers=carried.headers, stream=carried.stream, extensions={"reply": answer}
            )

        self.respx.mock(side_effect=side_effect)
        return self


class Net:
    """The network of one scenario: origins, how connecting goes, routes. `random` draws from the verdict's seed."""

    def __init__(self, scenario: str, rng: random.Random) -> None:
        self.scenario, self.random = scenario, rng
        self.network = Network()
        self.origins: dict[str, str] = {"depot": f"http://{HOST}"}
        self.router = respx.MockRouter(assert_all_called=False)
        self.checks: list[Check] = []
        self._dials: Callable[[int], Dial] = lambda attempt: accept()
        self._crossing: frozenset[int] = frozenset()

    def https(self) -> None:
        """Put the scenario's origin behind TLS."""
        self.origins["depot"] = f"https://{HOST}"

    def route(self, method: str, path: str) -> Route:
        """A route by method and path. For other patterns use `net.router`, a respx router."""
        return Route(self.router.route(method=method, path=path))

    def paths(self, pattern: str) -> Route:
        """A route for every method, by a regular expression that the whole path must match."""
        return Route(self.router.route(path__regex=rf"^{pattern}$"))

    def connects(self, *dials: Dial) -> None:
        """What becomes of the first attempt to connect, the second and so on; the last is repeated."""
        self._dials = lambda attempt: dials[min(attempt, len(dials) - 1)]

    def close_on_request(self, *numbers: int) -> None:
        """Let the server close a connection while its nth request (from 1) is on its way to it."""
        self._crossing = frozenset(numbers)

    def dial(self, attempt: int) -> Dial:
        return self._dials(attempt)

    def crosses(self, nth: int) -> bool:
        return nth in self._crossing


@dataclasses.dataclass
class RequestSeen:
    """A request as the server saw it. `nth`: which one on its connection, from 1. Times in virtual seconds."""

    number: int
    t: float
    connection: int
    nth: int
    method: str
    path: str
    query: dict[str, str]
    url: str
    headers: httpx.Headers
    body: bytes
    status: int | None = None
    answered_at: float | None = None

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclasses.dataclass
class ConnectionSeen:
    """A connection as the server saw it. `closed_by`: "client", "server" or None while it is open."""

    number: int
    host: str
    port: int
    opened_at: float | None = None
    closed_at: float | None = None
    closed_by: str | None = None
    refused: bool = False
    requests: list[RequestSeen] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RunRecord:
    """What a check reads. All of it but `observed` and `error` was seen by the server.

    `connections`: those that were accepted. `open_at_end`: their numbers that the client had not closed when the
    drive returned. `ended`: "finished", "raised" or "stopped".
    """

    requests: list[RequestSeen]
    connections: list[ConnectionSeen]
    dialled: list[ConnectionSeen]
    marks: dict[str, float]
    end: float
    ended: str
    returned: Any
    error: dict[str, Any] | None
    noticed: list[dict[str, Any]]
    open_at_end: list[int]

    @property
    def observed(self) -> Any:
        """What the drive returned: a claim of the learner's side."""
        if self.ended != "finished":
            raise NotObserved
        return self.returned

    @property
    def finished(self) -> bool:
        """Whether the drive got to its end without an exception or a stop."""
        return self.ended == "finished"

    @property
    def attempts(self) -> int:
        return len(self.requests)

    @property
    def waits(self) -> list[float]:
        """Seconds between the end of each answer and the beginning of the next request."""
        return [
            round(later.t - (earlier.answered_at if earlier.answered_at is not None else earlier.t), 6)
            for earlier, later in zip(self.requests, self.requests[1:], strict=False)
        ]

    @property
    def peak(self) -> int:
        """How many connections were open at once."""
        moments = sorted(
            moment
            for seen in self.connections
            if seen.opened_at is not None
            for moment in ((seen.opened_at, 1), (seen.closed_at if seen.closed_at is not None else float("inf"), -1))
        )
        open_now = most = 0
        for _, change in moments:
            open_now += change
            most = max(most, open_now)
        return most


def load_grader(path: Path) -> list[Scenario]:
    """The scenarios of a grader, in the order of the file. Raises whatever importing it raises, or ValueError."""
    # A namespace of its own: over a pipe this never runs where the learner's code does, by direct call it must not
    # be found in sys.modules by accident.
    namespace: dict[str, Any] = {"__name__": "grader", "__file__": str(path)}
    exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), namespace)
    found = [value for value in namespace.values() if isinstance(value, Scenario)]
    if not found:
        raise ValueError(f"{path.name} declares no scenario")
    return found


def all_checks(scenarios: Iterable[Scenario], seed: int) -> list[tuple[Scenario, Net]]:
    """Each scenario with a new network and its checks."""
    return [(each, each.prepare(seed)) for each in scenarios]
