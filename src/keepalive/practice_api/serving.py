"""The app on a real socket: uvicorn, with the few changes that a course needs.

Everything that touches uvicorn is here, and is imported only when a Depot starts: the app in-process needs no server.
The protocol is uvicorn's h11 one, which is pure Python and behaves the same wherever the course runs. Where round
trips, TLS or a fault about bytes ask for it, a `Proxy` stands between each client's socket and that protocol; else
nothing does.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from keepalive.faults import CloseAfter

from .behaviour import Behaviour
from .ledger import Ledger
from .middleware import CONNECTION, PROXY
from .proxy import Proxy, ServersEnd

if TYPE_CHECKING:
    import ssl

# uvicorn logs on loggers that belong to the whole process. A learner may have logging switched on for an experiment
# of their own, and a fault of ours on purpose is no news: this logger says nothing.
_quiet = logging.getLogger("keepalive.practice_api.uvicorn")
_quiet.propagate = False
_quiet.setLevel(logging.CRITICAL + 1)


class CountingProtocol(H11Protocol):
    """One connection, reported to the ledger when it opens and when it is gone.

    closes_after: close it after an answer, with nothing in the answer to announce that.
    """

    def __init__(self, *args: Any, ledger: Ledger, closes_after: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _quiet
        self.access_log = False
        self._ledger = ledger
        self._closes_after = closes_after

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._number = self._ledger.connection_opened()
        # uvicorn copies this into the state of every request: so the app learns which connection it came on.
        self.app_state = {**self.app_state, CONNECTION: self._number}
        if isinstance(transport, ServersEnd):
            self.app_state[PROXY] = transport
        super().connection_made(transport)

    def on_response_complete(self) -> None:
        if isinstance(self.transport, ServersEnd):
            self.transport.answered()
        if self._closes_after:
            self.transport.close()  # what has been written still goes out
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # asyncio closes the socket right after this call. Reported a turn later, "closed" is true when it is read.
        self.loop.call_soon(self._ledger.connection_closed, self._number)


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    ledger: Ledger,
    behaviour: Behaviour,
    on_started: Callable[[asyncio.AbstractEventLoop, asyncio.Event], None],
    *,
    rtt: float = 0.0,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve `app` on a listening socket until the event handed to `on_started` is set; then drop everything.

    Stopping does not wait for requests in flight: their connections are cut. rtt: seconds of a round trip. tls: the
    server's context, for https. Where the behaviour has it that nobody can connect, nobody is waited for either.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    if behaviour.unreachable:
        on_started(loop, stop)
        await stop.wait()
        return
    counting = functools.partial(CountingProtocol, ledger=ledger, closes_after=behaviour.fault(CloseAfter) is not None)

    proxies: weakref.WeakSet[Proxy] = weakref.WeakSet()

    def behind_a_proxy(**given: Any) -> Proxy:
        proxy = Proxy(counting(**given), loop, rtt, tls)
        proxies.add(proxy)
        return proxy

    config = uvicorn.Config(
        app,
        http=behind_a_proxy if behaviour.on_the_bytes or rtt or tls else counting,  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        interface="asgi3",
        workers=1,
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=behaviour.closes_idle_after,  # type: ignore[arg-type]  # seconds; a fraction is fine
    )
    config.load()
    server = uvicorn.Server(config)
    # What `Server.serve()` does, without its log lines, its signal handlers and its waits of 0.1 s.
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    on_started(loop, stop)
    try:
        seconds = 0
        while not stop.is_set():
            await server.on_tick(counter=seconds * 10)  # renews the Date header
            seconds += 1
            try:
                await asyncio.wait_for(stop.wait(), 1.0)
            except TimeoutError:
                continue
    finally:
        await turns()  # a connection that is just being accepted would be left open when its listener closes
        for proxy in list(proxies):  # a client's socket may be open when the server has closed already
            proxy.abort()
        await _drop(server)


async def turns(count: int = 10) -> None:
    """Let the event loop go round: what has arrived at its sockets is read, what it has scheduled is done."""
    for _ in range(count):
        await asyncio.sleep(0)


async def _drop(server: uvicorn.Server) -> None:
    for listener in server.servers:
        listener.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await turns()  # the protocols learn that their connection is gone, so that nothing below writes to it
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await turns()
