"""What a check reads: the requests and connections of a run as the server saw them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import httpx


class NotObserved(Exception):
    """The drive did not finish, so it has returned nothing to look at."""


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
    response_at: float | None = None

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclasses.dataclass
class ConnectionSeen:
    """A connection as the server saw it. `closed_by`: "client", "server" or None while it is open.

    `tls`: a handshake was done on it. Where real TLS is spoken, `certificate` is the common name in the client's, and
    `tls_failure` what the server had against the handshake, in OpenSSL's words.
    """

    number: int
    host: str
    port: int
    opened_at: float | None = None
    closed_at: float | None = None
    closed_by: str | None = None
    refused: bool = False
    tls: bool = False
    certificate: str | None = None
    tls_failure: str | None = None
    requests: list[RequestSeen] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RunRecord:
    """One run. All of it but `observed`, `error` and `files` was seen by the server.

    `connections`: those that were accepted. `open_at_end`: their numbers that the client had not closed when the
    drive returned. `ended`: "finished", "raised" or "stopped". `files`: what lay in the scratch folder, by SHA-256.
    """

    requests: list[RequestSeen]
    connections: list[ConnectionSeen]
    connect_attempts: list[ConnectionSeen]
    marks: dict[str, float]
    end: float
    ended: str
    returned: Any
    error: dict[str, Any] | None
    diagnoses: list[dict[str, Any]]
    open_at_end: list[int]
    files: dict[str, str]

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
            round(later.t - (earlier.response_at if earlier.response_at is not None else earlier.t), 6)
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
