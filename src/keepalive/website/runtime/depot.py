"""The practice API as the server of a script run: the app alone, in this process, its ledger told of connections."""

from __future__ import annotations

import time
from typing import Any

from keepalive.grading import script_run
from keepalive.grading.asgi import nap
from keepalive.grading.replies import Network
from keepalive.practice_api.app import create_app
from keepalive.practice_api.behaviour import Behaviour
from keepalive.practice_api.ledger import Ledger
from keepalive.practice_api.middleware import CONNECTION

ADDRESSES = ("http://127.0.0.1:8001", "http://localhost:8001", "http://depot.test")
"""Where it answers. At the first one, `python3 course.py` serves the practice API: the same file works there."""


class Depot(script_run.Server):
    """A Depot with nothing in its ledger, whose clock is the one that runs when it is made."""

    def __init__(self) -> None:
        # Not `time.monotonic` itself, of which there may be another one by now.
        self._ledger = Ledger(lambda: time.monotonic())
        self._app: Any = create_app(ledger=self._ledger, sleep=nap)
        self._connections: dict[int, int] = {}  # the ledger's number by the client's port

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["state"] = {CONNECTION: self._connections.get(scope["client"][1])}
        await self._app(scope, receive, send)

    def opened(self, port: int) -> None:
        self._connections[port] = self._ledger.connection_opened()

    def closed(self, port: int) -> None:
        number = self._connections.pop(port, None)
        if number is not None:
            self._ledger.connection_closed(number)


NETWORK = Network(idle_timeout=Behaviour().closes_idle_after)
"""A round trip of 20 ms, and a server that keeps an idle connection as long as a Depot on a socket does."""
