"""The faults themselves. Times are in seconds, sizes in bytes. A value that makes no sense raises ValueError."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

Part = Literal["head", "body"]


@dataclass(frozen=True)
class Fault:
    """What all faults are. `kind` is the name in JSON; `on_the_bytes` says that an ASGI app cannot do it."""

    kind: ClassVar[str]
    on_the_bytes: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """What it acts on; of two faults at one place only one can be played."""
        return self.kind


@dataclass(frozen=True)
class Latency(Fault):
    """The server takes so many seconds to begin its response."""

    kind: ClassVar[str] = "latency"
    seconds: float

    def __post_init__(self) -> None:
        _seconds("seconds", self.seconds)


@dataclass(frozen=True)
class Drip(Fault):
    """A part of the response comes `bytes` at a time, with `every` seconds between one piece and the next."""

    kind: ClassVar[str] = "drip"
    part: Part
    bytes: int
    every: float

    @property
    def place(self) -> str:
        return f"{self.kind} {self.part}"

    def __post_init__(self) -> None:
        _part(self.part)
        _whole("bytes", self.bytes, 1)
        _seconds("every", self.every)


@dataclass(frozen=True)
class Pauses(Fault):
    """The body comes in pieces of these sizes, each as (seconds before it, bytes). What is left comes with the last."""

    kind: ClassVar[str] = "pauses"
    pieces: tuple[tuple[float, int], ...]

    def __post_init__(self) -> None:
        _tuple("pieces", self.pieces)
        for piece in self.pieces:
            if not (isinstance(piece, tuple) and len(piece) == 2):
                raise ValueError(f"each of pieces is a pair of seconds and bytes; got {piece!r}")
            _seconds("pieces", piece[0])
            _whole("pieces", piece[1], 0)


@dataclass(frozen=True)
class Hang(Fault):
    """The server takes the request and never sends a response; the connection stays open."""

    kind: ClassVar[str] = "hang"


@dataclass(frozen=True)
class Cut(Fault):
    """The connection is closed (FIN) after so many bytes of a part: the client sees the end of the stream too early.

    In the body by default; `part="head"` with 0 bytes is a server that closes instead of responding.
    """

    kind: ClassVar[str] = "cut"
    on_the_bytes: ClassVar[bool] = True
    after_bytes: int
    part: Part = "body"

    def __post_init__(self) -> None:
        _whole("after_bytes", self.after_bytes, 0)
        _part(self.part)


@dataclass(frozen=True)
class Reset(Fault):
    """The connection is reset (RST) after so many bytes of a part; what the client has not read is lost.

    `after_bytes=None`: after the whole response.
    """

    kind: ClassVar[str] = "reset"
    on_the_bytes: ClassVar[bool] = True
    after_bytes: int | None
    part: Part = "body"

    def __post_init__(self) -> None:
        if self.after_bytes is not None:
            _whole("after_bytes", self.after_bytes, 0)
        _part(self.part)


@dataclass(frozen=True)
class WrongLength(Fault):
    """The Content-Length says `declared`, whatever the body's is; then the connection is closed."""

    kind: ClassVar[str] = "wrong_length"
    on_the_bytes: ClassVar[bool] = True
    declared: int

    def __post_init__(self) -> None:
        _whole("declared", self.declared, 0)


@dataclass(frozen=True)
class CloseAfter(Fault):
    """The connection is closed after the response, with no `Connection: close` to announce it."""

    kind: ClassVar[str] = "close_after"


@dataclass(frozen=True)
class CloseDuringRequest(Fault):
    """The server closes the connection while a request is on its way: the server never reads it or responds to it.

    `on_requests`: which requests of a connection, from 1; empty for each.
    """

    kind: ClassVar[str] = "close_during_request"
    on_the_bytes: ClassVar[bool] = True
    on_requests: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _tuple("on_requests", self.on_requests)
        for number in self.on_requests:
            _whole("on_requests", number, 1)

    def applies_to(self, nth: int) -> bool:
        """Whether it strikes the nth request of a connection, from 1."""
        return not self.on_requests or nth in self.on_requests


@dataclass(frozen=True)
class IdleClose(Fault):
    """The server closes a kept connection on which nothing has happened for `after` seconds."""

    kind: ClassVar[str] = "idle_close"
    after: float

    def __post_init__(self) -> None:
        _seconds("after", self.after)
        if self.after == 0:
            raise ValueError("after is in seconds, more than 0")


@dataclass(frozen=True)
class Refuse(Fault):
    """Nothing listens there: the attempt to connect is refused."""

    kind: ClassVar[str] = "refuse"
    on_the_bytes: ClassVar[bool] = True


@dataclass(frozen=True)
class DropConnect(Fault):
    """The attempt to connect gets no reply, as behind a firewall that drops the packets."""

    kind: ClassVar[str] = "drop_connect"
    on_the_bytes: ClassVar[bool] = True


class SequenceUsedUp(LookupError):
    """A sequence with `last="error"` met one request more than it has statuses."""


@dataclass(frozen=True)
class StatusSequence(Fault):
    """The first requests get these statuses, in order, and nothing else happens to them.

    `None` lets a request through to the response that it would get anyway. `last`: what happens to the requests after
    them; "pass" lets them through, "repeat" repeats the last status, "error" says that there should be none.
    """

    kind: ClassVar[str] = "status_sequence"
    statuses: tuple[int | None, ...]
    last: Literal["pass", "repeat", "error"] = "pass"

    def __post_init__(self) -> None:
        _tuple("statuses", self.statuses)
        for status in self.statuses:
            if status is not None:
                _whole("statuses", status, 200)
                if status > 599:
                    raise ValueError(f"statuses are from 200 to 599, or None; got {status!r}")
        if self.last not in ("pass", "repeat", "error"):
            raise ValueError(f'last is "pass", "repeat" or "error"; got {self.last!r}')
        if not self.statuses:
            raise ValueError("statuses are at least one")

    def status(self, number: int) -> int | None:
        """The status of a request, by its number from 0; None lets it through. Raises SequenceUsedUp."""
        if number < len(self.statuses):
            return self.statuses[number]
        if self.last == "error":
            raise SequenceUsedUp(f"the sequence of {len(self.statuses)} statuses is used up at request {number + 1}")
        return self.statuses[-1] if self.last == "repeat" else None


@dataclass(frozen=True)
class RetryAfter(Fault):
    """Responses with a status of `on` carry the header `Retry-After: value`; the value may be any nonsense."""

    kind: ClassVar[str] = "retry_after"
    value: str
    on: tuple[int, ...] = (429, 503)

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) or not all(" " <= sign <= "~" for sign in self.value):
            raise ValueError(f"value is the header's text, printable ASCII; got {self.value!r}")
        _tuple("on", self.on)
        for status in self.on:
            _whole("on", status, 200)


KINDS: dict[str, type[Fault]] = {
    kind.kind: kind
    for kind in (
        Latency,
        Drip,
        Pauses,
        Hang,
        Cut,
        Reset,
        WrongLength,
        CloseAfter,
        CloseDuringRequest,
        IdleClose,
        Refuse,
        DropConnect,
        StatusSequence,
        RetryAfter,
    )
}
"""Every fault by its name in JSON."""

F = TypeVar("F", bound=Fault)


def one_of_each(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The same faults as a tuple. Raises ValueError for two at one place, TypeError for what is no fault."""
    given = tuple(faults)
    seen = set()
    for fault in given:
        if not isinstance(fault, Fault):
            raise TypeError(f"{fault!r} is not a fault: they are the dataclasses of keepalive.faults")
        if fault.place in seen:
            raise ValueError(f"{type(fault).__name__} is given twice at one place")
        seen.add(fault.place)
    return given


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _seconds(name: str, value: Any) -> None:
    if not (_number(value) and value >= 0):
        raise ValueError(f"{name} is in seconds, 0 or more; got {value!r}")


def _whole(name: str, value: Any, least: int) -> None:
    if not (isinstance(value, int) and not isinstance(value, bool) and value >= least):
        raise ValueError(f"{name} takes whole numbers, {least} or more; got {value!r}")


def _part(value: Any) -> None:
    if value not in ("head", "body"):
        raise ValueError(f'part is "head" or "body"; got {value!r}')


def _tuple(name: str, value: Any) -> None:
    if not isinstance(value, tuple):
        raise ValueError(f"{name} is a tuple; got {value!r}")
