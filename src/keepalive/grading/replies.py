"""What a scenario's author says the server does: answers and the network's manners. Plain data.

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
    CrossingClose,
    Cut,
    Drip,
    Fault,
    Hang,
    IdleClose,
    Latency,
    Pauses,
    Refuse,
    Reset,
    Silence,
    WrongLength,
    one_of_each,
)

ROUND_TRIP = 0.02
"""Seconds to the server and back, unless a scenario says otherwise."""


@dataclasses.dataclass(frozen=True)
class Network:
    """How the way to an origin behaves; all in seconds.

    `rtt`: from the last byte of a request to the first of its answer, before the server has done anything. `connect`
    and `tls`: how long each takes, one round trip unless given. `idle_timeout`: after that long without a request the
    server closes a kept connection; `None`: never. `window`: bytes of a request that may be on their way before the
    client has to wait; `None`: any number. `drain`: bytes a second at which the server makes room again; 0: never.
    """

    rtt: float = ROUND_TRIP
    connect: float | None = None
    tls: float | None = None
    idle_timeout: float | None = None
    window: int | None = None
    drain: float = 0.0

    @property
    def connect_takes(self) -> float:
        return self.rtt if self.connect is None else self.connect

    @property
    def tls_takes(self) -> float:
        return self.rtt if self.tls is None else self.tls


F = TypeVar("F", bound=Fault)


@dataclasses.dataclass(frozen=True)
class Reply:
    """One answer of the server, and what goes wrong with it. Make it with `reply()`, `hang()` or `cross()`.

    `response`: None for none, which only a hang or a close that crosses the request explains.
    """

    response: httpx.Response | None
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        for fault in one_of_each(self.faults):
            if isinstance(fault, IdleClose | Refuse | Silence):
                raise ValueError(f"{type(fault).__name__} befalls no answer, but a connection: `net.faults(...)`")

    def fault(self, kind: type[F]) -> F | None:
        """The fault of a kind, if it has it."""
        return next((each for each in self.faults if isinstance(each, kind)), None)

    def drip(self, part: str) -> Drip | None:
        """How a part of it drips, if it does."""
        return next((each for each in self.faults if isinstance(each, Drip) and each.part == part), None)

    def beset_by(self, faults: Sequence[Fault]) -> Reply:
        """The same with more faults, where it has none of the kind already."""
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
    """An answer.

    `faults`: what goes wrong, out of `keepalive.faults`. Shorter, for the frequent ones: `after`: seconds the server
    thinks (`Latency`). `chunks`: the body in pieces, each with the seconds since the one before (`Pauses`). `cut_at`:
    bytes of the body after which the connection ends (`Cut`; with `then="reset"`, `Reset`). `then`: what happens to
    the connection afterwards; `close` is not announced, as a server that restarts does not announce it (`CloseAfter`).
    `declared`: the Content-Length that is claimed, whatever the body's is (`WrongLength`).
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
    """The server takes the request and never answers."""
    return Reply(None, (Hang(),))


def cross() -> Reply:
    """The server closes the connection while the request is on its way: it is never answered."""
    return Reply(None, (CrossingClose(),))


@dataclasses.dataclass(frozen=True)
class Dial:
    """What becomes of an attempt to connect. `takes`: seconds; `None`: what the network says."""

    fault: Refuse | Silence | None = None
    takes: float | None = None


def accept(takes: float | None = None) -> Dial:
    """The connection is taken."""
    return Dial(takes=takes)


def refuse() -> Dial:
    """Nobody listens there: the connection is refused."""
    return Dial(Refuse())


def silence() -> Dial:
    """No answer to the connection attempt, as behind a firewall that drops it."""
    return Dial(Silence())


@dataclasses.dataclass(frozen=True)
class Handshake:
    """What becomes of a TLS handshake. `fails`: why it does; `silent`: it is never answered."""

    fails: str | None = None
    silent: bool = False


def secure() -> Handshake:
    """The handshake succeeds."""
    return Handshake()


def untrusted(why: str = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed") -> Handshake:
    """The handshake fails, as it does for a certificate that the client does not trust."""
    return Handshake(fails=why)


def unshaken() -> Handshake:
    """The server takes the connection and never answers the handshake."""
    return Handshake(silent=True)
