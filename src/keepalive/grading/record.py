"""What a check reads: the requests and connections of a run as the server saw them."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable
from typing import Any

import httpx


class NotObserved(Exception):
    """The drive did not get that far, so there is nothing to look at."""


@dataclasses.dataclass
class RequestSeen:
    """A request as the server saw it. Times in virtual seconds."""

    number: int
    """Which request of the run it is, from 0."""
    t: float
    """When it had arrived."""
    connection: int
    """The number of the connection that it came on."""
    nth: int
    """Which request on its connection it is, from 1."""
    method: str
    """As in "GET"."""
    path: str
    """Without the query."""
    query: dict[str, str]
    """The query's parameters; of one that is there twice, the last."""
    url: str
    """The whole URL."""
    headers: httpx.Headers
    """Its headers, whatever their case."""
    body: bytes
    """Its body."""
    status: int | None = None
    """The status of its response; None if the client never got it whole."""
    response_at: float | None = None
    """When its response had been sent; None if it never was."""
    ended_at: float | None = None
    """When its response had been sent or its connection was closed; None if neither happened."""

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclasses.dataclass
class ConnectionSeen:
    """An attempt to connect, and the connection that came of it, as the server saw them. Times in virtual seconds."""

    number: int
    """Which attempt of the run it is, from 0."""
    host: str
    """The host that it was made to."""
    port: int
    """The port that it was made to."""
    began_at: float = 0.0
    """When the client began to connect."""
    opened_at: float | None = None
    """When it was connected; None if it never was."""
    closed_at: float | None = None
    """When it was closed or given up; None while it is open."""
    closed_by: str | None = None
    """Either "client" or "server", or None while it is open."""
    refused_at: float | None = None
    """When the server refused it; None if it did not."""
    tls: bool = False
    """Whether a TLS handshake was completed on it."""
    certificate: str | None = None
    """The common name in the client's certificate, where real TLS is spoken and it sent one."""
    tls_failure: str | None = None
    """What the server had against the handshake, in OpenSSL's words, where real TLS is spoken."""
    requests: list[RequestSeen] = dataclasses.field(default_factory=list)
    """The requests that arrived on it, in order."""

    @property
    def refused(self) -> bool:
        """Whether the server refused it."""
        return self.refused_at is not None

    @property
    def ended_at(self) -> float | None:
        """When it was closed, refused or given up; None while it is open."""
        return self.closed_at if self.refused_at is None else self.refused_at


class Requests(list[RequestSeen]):
    """Requests in the order in which they arrived. What narrows them down gives `Requests` again."""

    def to(self, path: str, method: str | None = None) -> Requests:
        """Those to a path, and by a method if one is given."""
        return Requests(each for each in self if each.path == path and method in (None, each.method))

    def at(self, host: str) -> Requests:
        """Those to an origin, by its host as in `depot.test`."""
        return Requests(each for each in self if httpx.URL(each.url).host == host)

    def between(self, begin: float, end: float) -> Requests:
        """Those that arrived in this span of time, the end not included."""
        # An outcome's moments come unrounded from the learner's side, and these off the wire, to the nanosecond.
        return Requests(each for each in self if round(begin, 6) <= round(each.t, 6) < round(end, 6))

    @property
    def waits(self) -> list[float]:
        """Seconds from the end of each to the beginning of the next: of its response, or of its connection."""
        return [round(max(0.0, later.t - _end(sooner)), 6) for sooner, later in itertools.pairwise(self)]

    @property
    def in_flight(self) -> int:
        """How many were under way at once: sent, and neither responded to nor ended in another way."""
        return _most_at_once((each.t, each.ended_at) for each in self)


@dataclasses.dataclass
class RunRecord:
    """One run of a scenario. Everything except `observed`, `returned`, `error` and `files` was seen by the server."""

    requests: Requests
    """Every request that arrived, in order."""
    connections: list[ConnectionSeen]
    """The connections that were accepted."""
    connect_attempts: list[ConnectionSeen]
    """Every attempt to connect, the refused and the abandoned too."""
    marks: dict[str, float]
    """When the drive made each mark, by name."""
    end: float
    """When the drive ended."""
    ended: str
    """How the drive ended: "finished", "raised" or "stopped"."""
    returned: Any
    """What the drive returned, or None: `observed` without the guard for a run that did not finish."""
    error: dict[str, Any] | None
    """The exception that left the drive, as `type`, `mro` and `diagnosis`; None if there was none."""
    diagnoses: list[dict[str, Any]]
    """What the engine diagnosed, each with `kind`, `line` and `text`."""
    open_at_end: list[int]
    """The numbers of the connections that the client had not closed when the drive returned."""
    files: dict[str, str]
    """What was in the scratch folder at the end: names, and the SHA-256 of each."""

    def __post_init__(self) -> None:
        self.requests = Requests(self.requests)
        closed = {each.number: each.closed_at for each in self.connect_attempts}
        for each in self.requests:
            each.ended_at = closed.get(each.connection) if each.response_at is None else each.response_at

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
        """How many requests arrived, on all paths together."""
        return len(self.requests)

    def to(self, path: str, method: str | None = None) -> Requests:
        """The requests to a path, and by a method if one is given."""
        return self.requests.to(path, method)

    def between(self, begin: str | float, end: str | float) -> Requests:
        """The requests that arrived between two moments, each a mark's name or seconds."""
        return self.requests.between(self.moment(begin), self.moment(end))

    def after(self, begin: str | float) -> Requests:
        """The requests that arrived at a moment or later, a mark's name or seconds."""
        return self.requests.between(self.moment(begin), float("inf"))

    def connects_after(self, begin: str | float) -> list[ConnectionSeen]:
        """The attempts to connect that began at a moment or later, a mark's name or seconds."""
        return [each for each in self.connect_attempts if round(each.began_at, 6) >= round(self.moment(begin), 6)]

    def waits_before(self, path: str, *, since: str | float | None = None) -> list[float]:
        """Seconds in which nothing was sent to a path, before each request to it.

        From the end of the request before it; before the first from `since` (a mark's name or seconds, as the `began`
        of an outcome). Without `since` the first has none.
        """
        own = self.to(path)
        first = [] if since is None or not own else [round(max(0.0, own[0].t - self.moment(since)), 6)]
        return first + own.waits

    def wait_after(self, path: str, until: str | float) -> float | None:
        """Seconds from the end of the last request to a path until a moment; None if there was no request to it."""
        own = self.to(path)
        return round(max(0.0, self.moment(until) - _end(own[-1])), 6) if own else None

    def moment(self, when: str | float) -> float:
        """A mark's time; a number is its own. Raises NotObserved for a mark that the drive did not come to."""
        if isinstance(when, str):
            if when not in self.marks:
                raise NotObserved
            return self.marks[when]
        return when

    @property
    def in_flight(self) -> int:
        """How many requests were under way at once."""
        return self.requests.in_flight

    @property
    def peak(self) -> int:
        """How many connections were open at once."""
        return _most_at_once((each.opened_at, each.closed_at) for each in self.connections)


def _end(request: RequestSeen) -> float:
    return request.t if request.ended_at is None else request.ended_at


def _most_at_once(spans: Iterable[tuple[float | None, float | None]]) -> int:
    """The most spans that overlap. One that ends where another begins does not overlap it."""
    moments = sorted(
        (round(moment, 6), change)  # sums of the same delays differ in their last digits
        for begin, end in spans
        if begin is not None
        for moment, change in ((begin, 1), (float("inf") if end is None else end, -1))
    )
    open_now = most = 0
    for _, change in moments:
        open_now += change
        most = max(most, open_now)
    return most
