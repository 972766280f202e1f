"""ASGI wrappers round the API, one job each. A fault that an ASGI app can show is one more of these.

From the outside in: `Recording` writes the ledger, whatever happens below; then come the faults; then the API.
"""

from __future__ import annotations

import http
import itertools
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keepalive.faults import CloseDuringRequest, Drip, Fault, Pace, Pauses, RetryAfter, SequenceUsedUp, StatusSequence

from .ledger import Ledger
from .responses import REQUEST_ID, Json

# Where `serving.CountingProtocol` leaves, in a request's state, the number of its connection, and the end of the proxy
# that stands in front, if one does.
CONNECTION = "depot.connection"
PROXY = "depot.proxy"
LEDGER_PATH = "/_depot/"

Sleep = Callable[[float], Awaitable[object]]


class Recording:
    """Writes each request into the ledger, gives it an id, and leaves questions about the ledger out of both.

    app: what a client of the parcel company reaches, faults included. direct: what answers under `LEDGER_PATH`;
    no fault stands before it, or a test could not see what the fault did.
    """

    def __init__(self, app: ASGIApp, direct: ASGIApp, ledger: Ledger) -> None:
        self.app, self.direct, self.ledger = app, direct, ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        connection = state.get(CONNECTION)
        if scope["path"].startswith(LEDGER_PATH):
            self.ledger.ledger_asked(connection)
            await self.direct(scope, receive, send)
            return

        request_id = state[REQUEST_ID] = self.ledger.request_arrived(
            connection,
            scope["method"],
            (scope.get("raw_path") or quote(scope["path"]).encode()).decode("ascii"),  # ASGI may leave it out
            scope["query_string"].decode("ascii"),
            scope["headers"],
        )

        async def counting_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request" and message.get("body"):
                self.ledger.body_read(request_id, len(message["body"]))
            return message

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
                # Before the bytes leave, so that a client that has its answer finds it in the ledger.
                self.ledger.request_answered(request_id, message["status"])
            await send(message)

        await self.app(scope, counting_receive, noting_send)


class OnTheBytes:
    """Has the proxy in front play the faults that it alone can play, on the answers to these requests.

    A close that crosses a request: it is taken whole, so that nothing of it is left unread, and the app never sees it.
    """

    def __init__(self, app: ASGIApp, faults: tuple[Fault, ...]) -> None:
        self.app, self.faults = app, faults
        self._crossing = next((each for each in faults if isinstance(each, CloseDuringRequest)), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        proxy = scope["state"][PROXY]
        proxy.requests += 1
        if self._crossing is None or not self._crossing.applies_to(proxy.requests):
            proxy.spoil(self.faults)
            await self.app(scope, receive, send)
            return
        while (message := await receive())["type"] == "http.request":
            if not message.get("more_body"):
                proxy.hang_up()


class Delayed:
    """Lets seconds pass before the app sees a request. `sleep` waits for them."""

    def __init__(self, app: ASGIApp, seconds: float, sleep: Sleep) -> None:
        self.app, self.seconds, self.sleep = app, seconds, sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.sleep(self.seconds)
        await self.app(scope, receive, send)


class Hanging:
    """Takes every request and never answers; ends when the client has gone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":
            pass


class Sequenced:
    """Answers the first requests with the statuses of a sequence, before the app sees them."""

    def __init__(self, app: ASGIApp, sequence: StatusSequence) -> None:
        self.app, self.sequence = app, sequence
        self._asked = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            status, detail = self.sequence.status(next(self._asked)), "This answer is a fault that Depot was told to."
        except SequenceUsedUp as used_up:
            status, detail = 500, f"Depot was told not to be asked so often: {used_up}."
        if status is None:
            await self.app(scope, receive, send)
            return
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass  # a body that is left unread would cost the connection
        if status in (204, 304):
            await Response(status_code=status)(scope, receive, send)
            return
        body = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail}
        kind = "application/problem+json; charset=utf-8"
        await Json(body, status, media_type=kind)(scope, receive, send)


def _title(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class WithRetryAfter:
    """Puts a Retry-After on the answers that it is for."""

    def __init__(self, app: ASGIApp, fault: RetryAfter) -> None:
        self.app, self.fault = app, fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in self.fault.on:
                others = [(name, value) for name, value in message.get("headers", []) if name != b"retry-after"]
                message = {**message, "headers": [*others, (b"retry-after", self.fault.value.encode())]}
            await send(message)

        await self.app(scope, receive, with_header)


class Paced:
    """Sends the body of every answer in pieces, with pauses. `sleep` waits for them."""

    def __init__(self, app: ASGIApp, fault: Drip | Pauses, sleep: Sleep) -> None:
        self.app, self.fault, self.sleep = app, fault, sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pace = Pace(self.fault)

        async def in_pieces(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            for pause, piece in pace.pieces(message.get("body", b"")):
                if pause:
                    await self.sleep(pause)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not message.get("more_body"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, receive, in_pieces)
