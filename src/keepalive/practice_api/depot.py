"""Depot: the practice API on a real server, in this process, for as long as it is wanted."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType

from .app import create_app
from .behaviour import Behaviour
from .layers import Sleep
from .ledger import Ledger

_PATIENCE = 30.0  # seconds for the server's thread to say something; it takes milliseconds


class DepotError(RuntimeError):
    """Depot could not start, or could not stop. Its text is a sentence to show as it is."""


class PortTaken(DepotError):
    """Another program listens on the port that was asked for."""


class Depot:
    """The practice API with its own data, its own address and its own ledger.

        with Depot() as depot:
            httpx.get(depot.url + "/users/7")
            print(depot.ledger)

    or `depot = Depot().start()` and later `depot.stop()`, as in a notebook, where cells lie between the two. The
    server runs in a thread with an event loop of its own, so it works beside a loop that is running already. Any
    number of Depots may run at once. One that has stopped is not started again; its ledger can still be read.

    behaviour: what goes wrong; nothing, unless given.
    host, port: where to listen; port 0 lets the system choose one that is free.
    clock: gives the seconds of the ledger. sleep: how a delay waits; called in the server's loop.
    keep: how many requests the ledger keeps in full; None for all.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        keep: int | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"a port is a number from 0 to 65535; got {port}")
        self.behaviour = behaviour or Behaviour()
        self.host = host
        self.port = port
        self._ledger = Ledger(clock, keep)
        self._app = create_app(self.behaviour, ledger=self._ledger, sleep=sleep)
        self._thread: threading.Thread | None = None
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    @property
    def url(self) -> str:
        """Where the API answers, such as `http://127.0.0.1:43117`, with no slash at the end."""
        if self._thread is None:
            raise DepotError("This Depot has no address yet: call start(), or use `with Depot() as depot:`.")
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def ledger(self) -> Ledger:
        """What the server has seen.

        Reading this lets the server first take in what has already reached its sockets: a connection that a client on
        this machine closed a moment ago counts as closed.
        """
        if self.running and threading.current_thread() is not self._thread:
            self._let_it_look()
        return self._ledger

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Depot:
        """Serve; returns when the address answers. Raises DepotError if it cannot, PortTaken if the port is in use."""
        if self._thread is not None:
            state = "is running already" if self.running else "has been stopped and is not started again"
            raise DepotError(f"This Depot {state}. Depot() makes another one.")
        listener = _listen(self.host, self.port)
        self.port = listener.getsockname()[1]
        # A daemon, so that a kernel or a script that never calls stop() can still end.
        self._thread = threading.Thread(target=self._run, args=(listener,), name=f"depot-{self.port}", daemon=True)
        self._thread.start()
        try:
            failure = self._started.exception(_PATIENCE)
        except TimeoutError:
            raise DepotError(f"Depot's server did not come up within {_PATIENCE:.0f} s.") from None
        if failure is not None:
            self._thread.join(_PATIENCE)
            raise DepotError(f"Depot's server did not come up: {type(failure).__name__}: {failure}") from failure
        return self

    def stop(self) -> None:
        """Stop serving: requests in flight are cut off, the port is free again. A second call does nothing."""
        if not self.running:
            return
        assert self._thread is not None
        loop, stop = self._started.result(_PATIENCE)
        _call_in(loop, stop.set)
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            raise DepotError(f"Depot's server at {self.url} did not stop within {_PATIENCE:.0f} s.")

    def __enter__(self) -> Depot:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "not started" if self._thread is None else f"{'at' if self.running else 'stopped, was at'} {self.url}"
        return f"<Depot {state}>"

    def _run(self, listener: socket.socket) -> None:
        """The server's thread."""
        try:
            from .serving import serve  # here, because uvicorn is needed only by a Depot that starts

            asyncio.run(
                serve(
                    self._app,
                    listener,
                    self._ledger,
                    self.behaviour,
                    on_started=lambda loop, stop: self._started.set_result((loop, stop)),
                )
            )
        except BaseException as reason:
            if self._started.done():
                raise
            self._started.set_exception(reason)
        finally:
            listener.close()

    def _let_it_look(self) -> None:
        from .serving import turns

        loop, _ = self._started.result(_PATIENCE)
        looked = threading.Event()

        async def look() -> None:
            await turns()
            looked.set()

        if _call_in(loop, lambda: loop.create_task(look())):
            while not looked.wait(0.2) and self.running:
                pass  # looks again only if the server was stopped from elsewhere at this very moment


def _call_in(loop: asyncio.AbstractEventLoop, do: Callable[[], object]) -> bool:
    """Have a loop in another thread call `do`; False if that loop has ended in the meantime."""
    try:
        loop.call_soon_threadsafe(do)
    except RuntimeError:
        return False
    return True


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, made in the caller's thread so that what goes wrong is raised where start() was called."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as reason:
        raise DepotError(f"Depot cannot listen on {host!r}: {reason.strerror or reason}.") from reason
    try:
        if os.name == "posix":
            # Lets a port be used again at once after a stop. On Windows the same option would share a port in use.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as reason:
        listener.close()
        if reason.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} is in use by another program.") from reason
        raise DepotError(f"Depot cannot listen on {host}, port {port}: {reason.strerror or reason}.") from reason
    return listener
