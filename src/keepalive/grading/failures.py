"""The ways in which an attempt fails, each with how far its request came. For `net.failures(...)`.

httpx's `WriteError` and `CloseError` are not among them: httpcore never lets them out of an HTTP/1.1 request.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import httpx

from keepalive.faults import Cut, Reset
from keepalive.grading.replies import (
    ConnectPlan,
    Reply,
    accept,
    close_during_request,
    drop,
    hang,
    refuse,
    reply,
)

if TYPE_CHECKING:
    from keepalive.grading.net import Origin
    from keepalive.grading.record import ConnectionSeen, Requests, RunRecord


@dataclasses.dataclass(frozen=True)
class Failure:
    """One way in which an attempt fails."""

    name: str
    """Its name, for `net.failures`."""
    words: str
    """What happened, to follow "a GET"."""
    raises: str
    """The exception that httpx raises."""
    sent: bool
    """Whether the server may have had the request. If not, repeating it is always safe."""
    connects: ConnectPlan | None = None
    """What happens to the connection."""
    responds: Reply | None = None
    """What the server does with the request."""
    responds_to_head: Reply | None = None
    """The same for HEAD, whose response has no body to cut."""


FAILURES = {
    each.name: each
    for each in (
        Failure("refused", "whose connection was refused", "ConnectError", False, connects=refuse()),
        Failure("dropped", "whose connection never came up", "ConnectTimeout", False, connects=drop()),
        Failure("unread", "that the server stopped reading", "WriteTimeout", True, connects=accept(window=0)),
        Failure("hung", "that got no response in time", "ReadTimeout", True, responds=hang()),
        Failure(
            "closed",
            "whose connection was closed before a response came",
            "RemoteProtocolError",
            True,
            responds=close_during_request(),
        ),
        Failure(
            "cut",
            "whose response ended too early",
            "RemoteProtocolError",
            True,
            responds=reply(json={"id": 1}, cut_at=3),
            responds_to_head=reply(faults=[Cut(12, "head")]),
        ),
        Failure(
            "reset",
            "whose connection was reset in the middle of the response",
            "ReadError",
            True,
            responds=reply(json={"id": 1}, cut_at=3, then="reset"),
            responds_to_head=reply(faults=[Reset(12, "head")]),
        ),
    )
}
"""Every failure by its name."""


@dataclasses.dataclass(frozen=True)
class Failing:
    """An origin whose first attempt fails: what a check asks about one method with one failure."""

    method: str
    """The method that every request to it is to have."""
    failure: Failure
    """How its first attempt fails."""

    @property
    def name(self) -> str:
        """The origin's name, as in "GET refused"."""
        return f"{self.method} {self.failure.name}"

    @property
    def host(self) -> str:
        """The origin's host, as in `connection.host`."""
        return f"{self.failure.name}-{self.method.lower()}.test"

    @property
    def url(self) -> str:
        """The origin's base URL."""
        return f"http://{self.host}"

    def __str__(self) -> str:
        article = "an" if self.method[0] in "AEIOU" else "a"
        return f"{article} {self.method} {self.failure.words}"

    def requests(self, run: RunRecord) -> Requests:
        """The requests that arrived there. What is cut off while it is being sent never arrives."""
        return run.requests.at(self.host)

    def connects(self, run: RunRecord) -> list[ConnectionSeen]:
        """The attempts to connect there."""
        return [each for each in run.connect_attempts if each.host == self.host]

    def attempts(self, run: RunRecord) -> int:
        """How many attempts the client made: requests that arrived, and connections that brought none."""
        return len(self.requests(run)) + sum(not each.requests for each in self.connects(run))

    def prepare(self, origin: Origin, then: Reply | httpx.Response) -> None:
        """Set the origin up. Called once by `net.failures`."""
        origin.connects(self.failure.connects or accept(), accept())
        on_head = self.failure.responds_to_head if self.method == "HEAD" else None
        first = [each for each in [on_head or self.failure.responds] if each is not None]
        origin.paths(".*").sequence(*first, then, last="repeat")
