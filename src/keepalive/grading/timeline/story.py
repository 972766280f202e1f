"""What a scenario's events say, before anybody draws or words them: lanes, requests, waits, marks.

The events are the verdict's (`scenarios[].timeline`), plain dicts in the order in which they happened, those of one
instant by connection. A run can be cut short anywhere, so every reading here copes with the half of a pair that is
missing: a response to no request is left out, a request without a response stays open.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from keepalive.visible import visible

#: Statuses after which a careful client comes back later: the time until it does is a wait worth drawing.
_COME_BACK = frozenset({408, 425, 429})

#: Two moments closer than this are the same moment (virtual time is a float, sums of it are not exact).
SAME = 1e-9


class Moment(NamedTuple):
    """A point of the run: virtual seconds since the scenario began, and the event's place in the order."""

    t: float
    seq: int


@dataclass(slots=True)
class Request:
    """One request, from the moment the judge saw it to the last byte of its response (or to what came instead)."""

    number: int
    method: str
    path: str
    start: Moment
    fresh: bool  # the first one on its connection: the connection was opened for it
    first_byte: float | None = None
    end: Moment | None = None
    status: int | None = None
    outcome: str = ""  # what came instead of a response: "reset", "cut", "closed", "given up", "no response"
    no_route: bool = False

    @property
    def target(self) -> str:
        return f"{self.method} {self.path}".strip()

    @property
    def result(self) -> str:
        """The status, or what came instead of one."""
        return self.outcome if self.status is None else str(self.status)

    @property
    def failed(self) -> bool:
        """True where no response came. A 404 or a 503 is a response like any other."""
        return self.status is None

    @property
    def notable(self) -> bool:
        """True where something else came than what a caller hopes for: no response, or one of 400 or more."""
        return self.status is None or self.status >= 400

    @property
    def retryable(self) -> bool:
        """True where a careful client would try once more: no response, a server's own fault, "come back later"."""
        return self.status is None or self.status >= 500 or self.status in _COME_BACK


@dataclass(slots=True)
class Lane:
    """One connection: from the attempt to open it to whoever ended it."""

    number: int
    first: Moment  # the first anybody heard of it
    host: str = ""
    opened: Moment | None = None
    ready: Moment | None = None
    tls: Moment | None = None
    ended: Moment | None = None
    how: str = ""  # "client" | "refused" | "abandoned" | "reset" | an eof's why; "" while it is open
    closed: Moment | None = None  # the client's own close, also after the server's
    left_open: bool = False
    requests: list[Request] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"connection {self.number + 1}" if self.number >= 0 else "no connection"

    @property
    def opens(self) -> bool:
        """False for an attempt that never became a connection."""
        return self.how not in ("refused", "abandoned")

    @property
    def usable(self) -> Moment:
        """When its setting up was over, as far as the events say: after a handshake the first request goes at once."""
        if self.tls is not None and self.requests:
            return self.requests[0].start
        return max((m for m in (self.opened, self.ready, self.tls) if m is not None), default=self.first)

    @property
    def ending(self) -> str:
        """Who ended it and how, in two or three words."""
        if self.left_open:
            return "server closed, left open" if self.how else "left open"
        return _ENDINGS.get(self.how, self.how)


_ENDINGS = {
    "client": "client closed",
    "idle": "server closed (idle)",
    "after answer": "server closed",
    "cut": "cut by the server",
    "crossed": "server closed (crossed)",
    "reset": "reset",
    "refused": "refused",
    "abandoned": "given up",
}


@dataclass(slots=True)
class Wait:
    """The time between an attempt that did not get what it was for and the one that follows it."""

    start: Moment
    end: Moment
    lane: Lane

    @property
    def length(self) -> float:
        return self.end.t - self.start.t


@dataclass(slots=True)
class Note:
    """Something that belongs to no connection: a mark of the drive, a diagnosis, a path nobody serves."""

    at: Moment
    kind: str  # "mark" | "diagnosis" | "no_route" | "bad_request"
    text: str


@dataclass(slots=True)
class Story:
    title: str
    lanes: list[Lane]
    requests: list[Request]
    waits: list[Wait]
    notes: list[Note]
    moments: list[Moment]
    end: float
    ended: bool  # False: the run was stopped before its end was reported

    @property
    def connections(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane.opens]

    @property
    def target(self) -> str | None:
        """What every request asks for, if it is the same for all."""
        targets = {r.target for r in self.requests}
        return targets.pop() if len(targets) == 1 else None

    def summary(self) -> str:
        """`5 requests on 5 connections, 0 left open, 0.20 s`"""
        left = sum(lane.left_open for lane in self.lanes)
        said = [f"{count(len(self.requests), 'request')} on {count(len(self.connections), 'connection')}"]
        said += [f"{n} {word}" for how, word in (("refused", "refused"), ("abandoned", "given up"))
                 if (n := sum(lane.how == how for lane in self.lanes))]  # fmt: skip
        return ", ".join([*said, f"{left} left open", Clock(self)(self.end)])


class Clock:
    """Words a virtual time with as many decimals as the whole scenario needs, and no more."""

    def __init__(self, story: Story) -> None:
        times = {m.t for m in story.moments} | {story.end}
        times |= {r.first_byte for r in story.requests if r.first_byte is not None}
        self.decimals = next((d for d in (2, 3, 4) if all(abs(round(t, d) - t) < SAME for t in times)), 4)
        if self.decimals == 4 and story.end >= 1:
            self.decimals = 3

    def __call__(self, t: float) -> str:
        return f"{t:.{self.decimals}f} s"


def count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def clean(value: Any) -> str:
    """One line of text that neither breaks XML nor steers a terminal."""
    return visible("".join(" " if c in "\t\n\r" else c for c in str(value)))


def read(scenario: dict[str, Any]) -> Story:
    """Read a verdict's scenario entry. Never raises for an order of events, however odd."""
    events = sorted(scenario.get("timeline") or [], key=lambda e: e["t"])
    lanes: dict[int, Lane] = {}
    by_number: dict[int, Request] = {}
    requests: list[Request] = []
    notes: list[Note] = []
    moments: list[Moment] = []
    end, open_at_end = None, None

    for seq, event in enumerate(events):
        at, kind, data = Moment(float(event["t"]), seq), event["kind"], event.get("data") or {}
        moments.append(at)
        if kind in ("mark", "diagnosis"):
            notes.append(Note(at, kind, clean(data.get("name" if kind == "mark" else "text", ""))))
            continue
        if kind == "bad_request":
            notes.append(Note(at, kind, clean(data.get("why", ""))))
            continue
        if kind == "no_route":
            known = by_number.get(event.get("request", -1))
            if known is not None:
                known.no_route = True
            else:
                notes.append(Note(at, kind, clean(f"{data.get('method', '')} {data.get('path', '')}".strip())))
            continue
        if kind == "end":
            end, open_at_end = at.t, data.get("open")
            continue
        number = event.get("conn")
        number = -1 if number is None else number
        lane = lanes.setdefault(number, Lane(number, at))
        if kind == "request":
            request = Request(
                number=event.get("request", len(requests)),
                method=clean(data.get("method", "")),
                path=clean(data.get("path", "")),
                start=at,
                fresh=not lane.requests,
            )
            lane.requests.append(request)
            requests.append(request)
            by_number[request.number] = request
        elif kind == "answer":
            _answer(by_number.get(event.get("request", -1)) or _pending(lane), at, data)
        else:
            _connection(lane, kind, at, data)

    last = moments[-1].t if moments else 0.0
    finish = max(last, end or 0.0)
    story = Story(
        title=clean(scenario.get("title") or scenario.get("id") or "What happened"),
        lanes=sorted(lanes.values(), key=lambda lane: (lane.number < 0, lane.number)),
        requests=requests,
        waits=[],
        notes=notes,
        moments=moments,
        end=finish,
        ended=end is not None,
    )
    for lane in story.lanes:
        if lane.opened is None:
            lane.opened = lane.first
        _settle(lane, Moment(finish, len(events)))
    _left_open(story.lanes, open_at_end)
    story.waits = _waits(story)
    return story


def _answer(request: Request | None, at: Moment, data: dict[str, Any]) -> None:
    if request is None or request.end is not None:
        return
    request.status, request.end = int(data.get("status", 0)) or None, at
    request.first_byte = min(max(float(data.get("from", at.t)), request.start.t), at.t)
    if request.status is None:
        request.outcome = "no status"


def _pending(lane: Lane) -> Request | None:
    return next((r for r in lane.requests if r.end is None), None)


def _connection(lane: Lane, kind: str, at: Moment, data: dict[str, Any]) -> None:
    if kind == "connect" and lane.opened is None:
        lane.opened, lane.host = at, clean(data.get("host", ""))
    elif kind == "connected" and lane.ready is None:
        lane.ready = at
    elif kind == "tls" and lane.tls is None:
        lane.tls = at
    elif kind == "close":
        lane.closed = lane.closed or at
        if lane.ended is None:
            lane.ended, lane.how = at, "client"
    elif kind in ("refused", "connect_abandoned", "reset", "eof") and lane.ended is None:
        lane.ended = at
        lane.how = {"connect_abandoned": "abandoned", "eof": clean(data.get("why") or "after answer")}.get(kind, kind)


def _settle(lane: Lane, finish: Moment) -> None:
    """Say what became of the requests that got no response."""
    outcome = {"client": "given up", "reset": "reset", "cut": "cut", "": "no response"}.get(lane.how, "closed")
    for request in lane.requests:
        if request.end is None:
            over = lane.ended if lane.ended is not None and lane.ended.seq > request.start.seq else finish
            request.end, request.outcome = over, outcome if over is not finish else "no response"


def _left_open(lanes: Iterable[Lane], open_at_end: int | None) -> None:
    """Mark what nobody closed. Where more were counted than that, they were closed by the server only."""
    unended = [lane for lane in lanes if lane.ended is None]
    unclosed = [lane for lane in lanes if lane.ended is not None and lane.opens and lane.closed is None]
    for lane in unended + unclosed[: max(0, (open_at_end or 0) - len(unended))]:
        lane.left_open = True


def _waits(story: Story) -> list[Wait]:
    """Pair what would be retried with the attempt that follows it: same method and path, or same host for a refused
    connect.

    Attempts of several tasks are paired in the order in which they happened; nothing in the events says more.
    """
    failures: list[tuple[Moment, list[tuple[str, str]], Lane]] = []
    attempts: dict[tuple[str, str], deque[tuple[Moment, Lane]]] = defaultdict(deque)
    for lane in story.lanes:
        if lane.opened is None:
            continue
        attempts["connect", lane.host].append((lane.opened, lane))
        if not lane.opens and lane.ended is not None:
            attempts["refused", lane.host].append((lane.opened, lane))
            failures.append((lane.ended, [("connect", lane.host)], lane))
        for request in lane.requests:
            attempts["request", request.target].append((lane.opened if request.fresh else request.start, lane))
            if request.retryable and request.end is not None:
                failures.append((request.end, [("request", request.target), ("refused", lane.host)], lane))
    for key, begun in attempts.items():
        attempts[key] = deque(sorted(begun, key=lambda attempt: attempt[0].seq))
    waits = []
    for at, keys, lane in sorted(failures, key=lambda f: f[0].seq):
        for key in keys:  # what came before this failure cannot follow a later one either
            while attempts[key] and _before(*attempts[key][0], at, lane):
                attempts[key].popleft()
        following = [attempts[key] for key in keys if attempts[key]]
        if following:
            moment, _ = min(following, key=lambda begun: begun[0][0].seq).popleft()
            if moment.t - at.t > SAME:
                waits.append(Wait(at, moment, lane))
    return waits


def _before(moment: Moment, lane: Lane, at: Moment, at_lane: Lane) -> bool:
    """Events of one instant are ordered by connection, so that only those of one connection say what came first."""
    if abs(moment.t - at.t) <= SAME:
        return lane is at_lane and moment.seq <= at.seq
    return moment.t < at.t
