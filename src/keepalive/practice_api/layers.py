"""ASGI wrappers round the API, one job each. A fault that an ASGI app can show is one more of these.

From the outside in: `Recorded` writes the ledger, whatever the layers below do; then come the faults; then the API.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import REQUEST_ID
from .ledger import Ledger

CONNECTION = (
    "depot.connection"  # where `serving.CountingProtocol` leaves the connection's number in the request's state
)
LEDGER_PATH = "/_depot/"

Sleep = Callable[[float], Awaitable[object]]


class Recorded:
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


class Delayed:
    """Lets seconds pass before the app sees a request. `sleep` waits for them."""

    def __init__(self, app: ASGIApp, seconds: float, sleep: Sleep) -> None:
        self.app, self.seconds, self.sleep = app, seconds, sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.sleep(self.seconds)
        await self.app(scope, receive, send)
