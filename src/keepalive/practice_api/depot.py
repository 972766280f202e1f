"""Depot: the practice API on a real server, in this process, for as long as it is wanted."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from keepalive.faults import DropConnect, Fault, Refuse

from .app import create_app
from .behaviour import Behaviour
from .ledger import Ledger
from .middleware import Sleep
from .sockets import Sockets, sockets_at

if TYPE_CHECKING:
    import ssl

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
    rtt: seconds of a round trip between client and server, such as 0.08; 0 for loopback as it is.
        `keepalive.practice_api.proxy` says what that takes into account and what it leaves out.
    tls: "1.2" or "1.3" for https with that version and no other, with a certificate that `ca` vouches for.
    host: the address to listen on.
    port: where to listen; 0 lets the system choose one that is free.
    clock: gives the seconds of the ledger.
    sleep: how the app waits before an answer, or within one; called in the server's loop.
    keep: how many requests the ledger keeps in full; None for all.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        rtt: float = 0.0,
        tls: Literal["1.2", "1.3"] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        keep: int | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"a port is a number from 0 to 65535; got {port}")
        if not (math.isfinite(rtt) and rtt >= 0):
            raise ValueError(f"rtt is in seconds, 0 or more; got {rtt!r}")
        if tls not in (None, "1.2", "1.3"):
            raise ValueError(f'tls is "1.2", "1.3" or None; got {tls!r}')
        self.behaviour = behaviour or Behaviour()
        self.rtt = rtt
        self.tls = tls
        self.host = host
        self.port = port
        self._ledger = Ledger(clock, keep)
        self._app = create_app(self.behaviour, ledger=self._ledger, sleep=sleep, proxied=True)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    @property
    def url(self) -> str:
        """Where the API answers, such as `http://127.0.0.1:43117`, with no slash at the end."""
        if self._thread is None:
            raise DepotError("This Depot has no address yet: call start(), or use `with Depot() as depot:`.")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def ca(self) -> Path:
        """With `tls`, the PEM file of the private CA that a client has to trust here. It is there until `stop()`.

            context = ssl.create_default_context(cafile=depot.ca)
            httpx.AsyncClient(verify=context)

        Each Depot has a CA of its own. Raises DepotError without `tls`, and before `start()`.
        """
        if self.tls is None:
            raise DepotError('This Depot speaks plain HTTP: Depot(tls="1.3") has a CA.')
        if self._folder is None:
            raise DepotError("This Depot has no CA yet: call start(), or use `with Depot(...) as depot:`.")
        return Path(self._folder.name) / "ca.pem"

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
    def sockets(self) -> Sockets:
        """What this machine's kernel says of the connections to this address, those that are over and not yet
        forgotten included; both ends of each, where the client is on this machine.

        The server first takes in what has reached it, as for `ledger`.
        """
        if self.running and threading.current_thread() is not self._thread:
            self._let_it_look()
        return sockets_at(self.port)

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Depot:
        """Serve; returns when the address answers. Raises DepotError if it cannot, PortTaken if the port is in use.

        With `Refuse` or `DropConnect` among the faults it returns too, and nobody answers there until `stop()`.
        """
        if self._thread is not None:
            state = "is running already" if self.running else "has been stopped and is not started again"
            raise DepotError(f"This Depot {state}. Depot() makes another one.")
        sockets = _listen(self.host, self.port, self.behaviour.unreachable)
        try:
            secured = self._certify() if self.tls else None
        except BaseException:
            _close(sockets)
            raise
        self.port = sockets[0].getsockname()[1]
        # A daemon, so that a kernel or a script that never calls stop() can still end.
        self._thread = threading.Thread(
            target=self._run, args=(sockets, secured), name=f"depot-{self.port}", daemon=True
        )
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

    def _certify(self) -> ssl.SSLContext:
        """The server's context; its CA goes where `ca` says."""
        assert self.tls is not None
        try:
            from .tls import certify  # here, because plain HTTP needs neither `ssl` nor who makes certificates

            certificate, context = certify(self.host, self.tls)
        except ImportError as missing:
            raise DepotError(f"Depot cannot make a certificate: {missing}. `pip install trustme` brings it.") from None
        self._folder = tempfile.TemporaryDirectory(prefix="depot-", ignore_cleanup_errors=True)
        self.ca.write_bytes(certificate)
        return context

    def _run(self, sockets: list[socket.socket], secured: ssl.SSLContext | None) -> None:
        """The server's thread."""
        try:
            from . import serving  # here, because uvicorn is needed only by a Depot that starts

            asyncio.run(
                serving.serve(
                    self._app,
                    sockets[0],
                    self._ledger,
                    self.behaviour,
                    rtt=self.rtt,
                    tls=secured,
                    on_started=lambda loop, stop: self._started.set_result((loop, stop)),
                )
            )
        except BaseException as reason:
            if self._started.done():
                raise
            self._started.set_exception(reason)
        finally:
            _close(sockets)
            if self._folder is not None:
                self._folder.cleanup()

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


def _listen(host: str, port: int, unreachable: Fault | None) -> list[socket.socket]:
    """A listening socket, made in the caller's thread so that what goes wrong is raised where start() was called.

    unreachable: with `Refuse` it has its port and does not listen, so the system refuses every attempt to connect. With
    `DropConnect` it listens and its queue is full, filled by the other sockets of the list: Linux and macOS then drop
    the next attempt to connect, Windows refuses it.
    """
    fillers: list[socket.socket] = []
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
        if isinstance(unreachable, DropConnect):
            listener.listen(1)
            fillers = [_knocking(listener) for _ in range(8)]  # the queue holds two or three, by the system
        elif not isinstance(unreachable, Refuse):
            listener.listen(2048)
    except OSError as reason:
        listener.close()
        if reason.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} is in use by another program.") from reason
        raise DepotError(f"Depot cannot listen on {host}, port {port}: {reason.strerror or reason}.") from reason
    return [listener, *fillers]


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _knocking(listener: socket.socket) -> socket.socket:
    """A socket that connects to this one, whether or not it is ever let in."""
    knocking = socket.socket(listener.family, listener.type, listener.proto)
    knocking.setblocking(False)
    knocking.connect_ex(listener.getsockname())
    return knocking
