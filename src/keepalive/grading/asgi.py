"""An ASGI app as an origin, without a loop: its coroutine is run to the end at once, and what it slept is added up.

The app may await nothing but what it is given: `receive`, `send`, and `nap`, which stands in for a sleep it was handed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

import httpx

from keepalive.faults import Fault, Hang, Latency, Pauses
from keepalive.grading.replies import Reply

App = Callable[[dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


FIRST_PORT = 40_000
"""The client's port, in a request's scope, on a scenario's first connection; on the next one it is one more."""


class _Nap:
    """What an app yields to whoever runs it when it sleeps."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator[_Nap, None, None]:
        yield self


async def nap(seconds: float) -> None:
    """The sleep to hand to an app that is an origin: the answer comes so many virtual seconds later."""
    await _Nap(seconds)


def answer_of(app: App, request: httpx.Request) -> Reply:
    """What the app answers, with the time it takes. Raises TypeError if it awaits something it was not given.

    An app that waits for the client to leave, and then has said nothing, hangs.
    """
    url, body = request.url, [request.content]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("192.0.2.1", FIRST_PORT + request.extensions["wire"]["connection"]),
        "server": (url.host, url.port or {"http": 80, "https": 443}[url.scheme]),
        "extensions": {},
    }
    slept = 0.0
    head: dict[str, Any] = {}
    pieces: list[tuple[float, bytes]] = []
    sent_at = 0.0
    waited_for_the_client_to_leave = False

    async def receive() -> dict[str, Any]:
        nonlocal waited_for_the_client_to_leave
        if body:
            return {"type": "http.request", "body": body.pop(), "more_body": False}
        waited_for_the_client_to_leave = True
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal sent_at
        if message["type"] == "http.response.start":
            head.update(message, after=slept)
            sent_at = slept
        elif message["type"] == "http.response.body" and message.get("body"):
            pieces.append((slept - sent_at, bytes(message["body"])))
            sent_at = slept

    running = app(scope, receive, send).__await__()
    while True:
        try:
            awaited = next(running)
        except StopIteration:
            break
        if not isinstance(awaited, _Nap):
            raise TypeError(f"an app that is an origin may not await {awaited!r}: hand it `nap` for its sleep")
        slept += awaited.seconds
    if not head and waited_for_the_client_to_leave:
        return Reply(None, (Hang(),))
    if not head:
        raise TypeError("the app did not answer")
    response = httpx.Response(head["status"], headers=head.get("headers", []), content=b"".join(p for _, p in pieces))
    faults: list[Fault] = []
    if head["after"]:
        faults.append(Latency(head["after"]))
    if any(pause for pause, _ in pieces):
        faults.append(Pauses(tuple((pause, len(piece)) for pause, piece in pieces)))
    return Reply(response, tuple(faults))
