"""What a scenario's author says the server does: answers, faults, the network's manners. Plain data."""

from __future__ import annotations

import dataclasses
import json as jsonlib
from collections.abc import Sequence
from typing import Any, Literal

import httpx

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


@dataclasses.dataclass(frozen=True)
class Reply:
    """One answer of the server. Make it with `reply()`, `hang()` or `cross()`."""

    response: httpx.Response | None
    after: float = 0.0
    chunks: tuple[tuple[float, bytes], ...] = ()
    cut_at: int | None = None
    then: Literal["keep", "close", "reset"] = "keep"
    crossing: bool = False
    declared: int | None = None


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
) -> Reply:
    """An answer.

    `after`: seconds the server thinks. `chunks`: the body in pieces, each with the seconds since the one before.
    `cut_at`: bytes of the body after which the connection ends. `then`: what happens to the connection afterwards;
    `close` is not announced, as a server that restarts does not announce it. `declared`: the Content-Length that is
    claimed, whatever the body's is.
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
    response = httpx.Response(status, **given)
    if (cut_at is not None or declared is not None) and then == "keep":
        then = "close"
    return Reply(response, after=after, chunks=tuple(chunks), cut_at=cut_at, then=then, declared=declared)


def _pairs(headers: dict[str, str] | Sequence[tuple[str, str]] | None) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else list(headers or ())


def hang() -> Reply:
    """The server takes the request and never answers."""
    return Reply(None)


def cross() -> Reply:
    """The server closes the connection while the request is on its way: it is never answered."""
    return Reply(None, crossing=True)


@dataclasses.dataclass(frozen=True)
class Dial:
    """What becomes of an attempt to connect. `takes`: seconds; `None`: what the network says."""

    outcome: Literal["accept", "refuse", "silence"] = "accept"
    takes: float | None = None


def accept(takes: float | None = None) -> Dial:
    """The connection is taken."""
    return Dial("accept", takes)


def refuse() -> Dial:
    """Nobody listens there: the connection is refused."""
    return Dial("refuse")


def silence() -> Dial:
    """No answer to the connection attempt, as behind a firewall that drops it."""
    return Dial("silence")


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
