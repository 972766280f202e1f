"""What a scenario's author says the server does: its responses, and how the network behaves. Plain data.

What goes wrong is said in the faults of `keepalive.faults`; the short forms here, as in `reply(after=...)`, make them.
"""

from __future__ import annotations

import dataclasses
import json as jsonlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import httpx

from keepalive.faults import (
    CloseAfter,
    CloseDuringRequest,
    Cut,
    Drip,
    DropConnect,
    Fault,
    Hang,
    IdleClose,
    Latency,
    Pauses,
    Refuse,
    Reset,
    WrongLength,
    one_of_each,
)

ROUND_TRIP = 0.02
"""Seconds to the server and back, unless a scenario says otherwise."""


@dataclasses.dataclass(frozen=True)
class Network:
    """How the way to an origin behaves."""

    rtt: float = ROUND_TRIP
    """Seconds from the last byte of a request to the first of its response, when the server responds at once."""
    connect: float | None = None
    """Seconds to connect; one round trip unless given."""
    tls: float | None = None
    """Seconds of the TLS handshake; one round trip unless given."""
    idle_timeout: float | None = None
    """Seconds without a request after which the server closes a kept connection; None: never."""
    window: int | None = None
    """Bytes of a request that may be on their way before the client has to wait; None: any number."""
    drain: float = 0.0
    """Bytes a second at which the server makes room again; 0: never."""

    @property
    def connect_takes(self) -> float:
        return self.rtt if self.connect is None else self.connect

    @property
    def tls_takes(self) -> float:
        return self.rtt if self.tls is None else self.tls


F = TypeVar("F", bound=Fault)


@dataclasses.dataclass(frozen=True)
class Reply:
    """One response of the server, with its faults. Make it with `reply()`, `hang()` or `close_during_request()`.

    `response`: None if there is none, as with `hang()` and `close_during_request()`.
    """

    response: httpx.Response | None
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        for fault in one_of_each(self.faults):
            if isinstance(fault, IdleClose | Refuse | DropConnect):
                raise ValueError(
                    f"{type(fault).__name__} is a fault of a connection, not of a response: `net.faults(...)`"
                )

    def fault(self, kind: type[F]) -> F | None:
        """The fault of a kind, if it has it."""
        return next((each for each in self.faults if isinstance(each, kind)), None)

    def drip(self, part: str) -> Drip | None:
        """How a part of it drips, if it does."""
        return next((each for each in self.faults if isinstance(each, Drip) and each.part == part), None)

    def with_faults(self, faults: Sequence[Fault]) -> Reply:
        """Return a copy with `faults` added. A fault of a kind that the reply already has is ignored."""
        kinds = {type(fault) for fault in self.faults}
        return dataclasses.replace(
            self, faults=(*self.faults, *(fault for fault in faults if type(fault) not in kinds))
        )


def reply(
    status: int = 200,
    *,
    json: Any = None,
    text: str | None = None,
    content: bytes | None = None,
    headers: dict[str, str] | Sequence[tuple[str, str]] | None = None,
    after: float = 0.0,
    chunks: Sequence[tuple[float, bytes]] = (),
    cut_at: int | None = None,
    then: Literal["keep", "close", "reset"] = "keep",
    declared: int | None = None,
    faults: Sequence[Fault] = (),
) -> Reply:
    """A response.

    `faults`: what goes wrong, out of `keepalive.faults`. The other keywords are short forms of the frequent ones.
    `after`: seconds the server thinks (`Latency`). `chunks`: the body in pieces, each with the seconds since the one
    before (`Pauses`). `cut_at`: bytes of the body after which the connection ends (`Cut`, or `Reset` if `then` says
    so). `then`: what happens to the connection afterwards, "keep", "close" or "reset"; it is not announced, as a server
    that restarts does not announce it (`CloseAfter`, `Reset`). `declared`: a Content-Length, whatever the body's is
    (`WrongLength`).
    """
    if chunks:
        content = b"".join(piece for _, piece in chunks)
    given: dict[str, Any] = {"headers": headers}
    if json is not None:
        # Written here and not by httpx, so that the bytes do not depend on httpx's version.
        given["content"] = jsonlib.dumps(json).encode()
        given["headers"] = [("content-type", "application/json"), *_pairs(headers)]
    elif text is not None:
        given["text"] = text
    elif content is not None:
        given["content"] = content
    short: list[Fault] = []
    if after:
        short.append(Latency(after))
    if chunks:
        short.append(Pauses(tuple((delay, len(piece)) for delay, piece in chunks)))
    if declared is not None:
        short.append(WrongLength(declared))
    if then == "reset":
        short.append(Reset(cut_at))
    elif cut_at is not None:
        short.append(Cut(cut_at))
    elif then == "close":
        short.append(CloseAfter())
    return Reply(httpx.Response(status, **given), (*short, *faults))


def _pairs(headers: dict[str, str] | Sequence[tuple[str, str]] | None) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else list(headers or ())


def hang() -> Reply:
    """The server takes the request and never sends a response."""
    return Reply(None, (Hang(),))


def close_during_request() -> Reply:
    """The server closes the connection while the request is on its way: no response is ever sent."""
    return Reply(None, (CloseDuringRequest(),))


@dataclasses.dataclass(frozen=True)
class ConnectPlan:
    """What happens to an attempt to connect. `takes`: seconds; `window`: bytes; `None`: what the network says."""

    fault: Refuse | DropConnect | None = None
    takes: float | None = None
    window: int | None = None


def accept(takes: float | None = None, *, window: int | None = None) -> ConnectPlan:
    """The connection is accepted, after `takes` seconds. `window=0`: nothing that is sent on it is ever read."""
    return ConnectPlan(takes=takes, window=window)


def refuse() -> ConnectPlan:
    """Nothing listens there: the connection is refused at once."""
    return ConnectPlan(Refuse())


def drop() -> ConnectPlan:
    """The connection attempt gets no reply, as behind a firewall that drops the packets."""
    return ConnectPlan(DropConnect())


@dataclasses.dataclass(frozen=True)
class Handshake:
    """What happens to a TLS handshake. `fails`: why it does; `silent`: the server never replies to it."""

    fails: str | None = None
    silent: bool = False


def handshake_ok() -> Handshake:
    """The handshake succeeds."""
    return Handshake()


def bad_certificate(why: str = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed") -> Handshake:
    """The handshake fails, as it does for a certificate that the client does not trust."""
    return Handshake(fails=why)


def handshake_timeout() -> Handshake:
    """The server accepts the connection and never replies to the handshake."""
    return Handshake(silent=True)
