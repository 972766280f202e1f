"""The network under httpx and httpx2 during a run: messages to the judge instead of system calls.

Only the network backend of their pools, httpcore and httpcore2, is ours: connect, write and close become messages, and
replies become bytes, EOF or reset. The pool, timeouts, limits, keep-alive and cancellation are the real ones. The shape
of each call follows the pools' AnyIO backend, down to the checkpoints at which a task may be cancelled, so that the
same exceptions appear at the same places as on a socket, with the same causes: see `tests/grading/test_calibration.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ssl
import sys
import threading
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpcore

from keepalive.grading import libraries
from keepalive.grading.learner import MODULE_NAME
from keepalive.grading.surroundings import replaced

if TYPE_CHECKING:
    from keepalive.grading.session import Session


_SERVER, _CLIENT = "127.0.0.1", "127.0.0.1"
_PIECE = 1024**2
"""Bytes that one message carries at most: see `transports.LINE_BYTES`."""
_FIRST_PORT = 49152
"""The client's ports begin where a system takes them from when none is asked for (RFC 6335)."""


class Stream(httpcore.AsyncNetworkStream):
    """One connection, the learner's end."""

    core: ModuleType = httpcore
    """The pool that it serves, whose exceptions it raises."""
    port = 0
    """The server's."""

    def __init__(self, session: Session, conn: int, window: int | None, *, records: bool = False) -> None:
        self._session, self.conn = session, conn
        self._loop = session.loop  # the one that opened it, as a socket's transport remembers
        self._records = records  # the judge does TLS for real
        self._window = window  # bytes that may still be sent; None: any number
        self._room = asyncio.Event()
        self._written_after_end = False
        self._buffer = b""
        self._end: str | None = None  # "eof" or "reset", once it has arrived
        self._wake = asyncio.Event()
        self._handshake: asyncio.Future[dict[str, Any]] | None = None
        self.closed = False

    def deliver(self, reply: dict[str, Any]) -> None:
        """What the judge sent arrives."""
        if self.closed:
            return
        if reply["type"] in ("tls_ok", "tls_fail"):
            if self._handshake is not None and not self._handshake.done():
                self._handshake.set_result(reply)
            return
        if reply["type"] == "window":
            assert self._window is not None
            self._window += reply["room"]
            self._room.set()
            return
        if reply["type"] == "data":
            self._buffer += reply["bytes"]
        else:
            self._end = reply["type"]
            if self._end == "reset":  # a reset throws away what was not read yet
                self._buffer = b""
        self._wake.set()
        self._room.set()  # nobody will make room any more

    def _check_loop(self) -> None:
        """A transport whose event loop is over says this when it is read or closed; a write still goes through."""
        if self._loop.is_closed():
            raise RuntimeError("Event loop is closed")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._check_loop()
        try:
            with anyio.fail_after(timeout):
                if self._buffer or self._end or self.closed:
                    await anyio.lowlevel.checkpoint()
                else:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError as exc:
            raise self.core.ReadTimeout(exc) from exc
        if self._buffer:
            data, self._buffer = self._buffer[:max_bytes], self._buffer[max_bytes:]
            return data
        if self.closed or self._end == "reset":
            gone = self._gone()
            raise self.core.ReadError(gone) from gone
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:  # httpcore ends a body with b""; the judge's h11 would read that as EOF
            return
        left = memoryview(buffer)
        try:
            with anyio.fail_after(timeout):
                await anyio.lowlevel.checkpoint()
                while left:
                    self._check_writable()
                    piece = left[: _PIECE if self._window is None else min(_PIECE, self._window)]
                    if piece:
                        if self._window is not None:
                            self._window -= len(piece)
                        self._session.send("data", conn=self.conn, bytes=bytes(piece))
                        left = left[len(piece) :]
                    else:
                        self._room.clear()
                        await self._room.wait()
        except TimeoutError as exc:
            raise self.core.WriteTimeout(exc) from exc

    def _check_writable(self) -> None:
        if self._written_after_end:
            # The first write after the server's close went through: only its answer, a reset, says that nobody reads.
            # The second meets it, and an asyncio transport on which a write has failed reads nothing any more.
            self._end, self._buffer = "reset", b""
        if self.closed or self._end == "reset":
            gone = self._gone()
            raise self.core.WriteError(gone) from gone
        self._written_after_end = self._end == "eof"

    def _gone(self) -> Exception:
        """What anyio raises, with what the system told it."""
        if self.closed:
            return anyio.ClosedResourceError()
        broken = anyio.BrokenResourceError()
        if self._written_after_end:  # nobody read any more: the write was told, and not a read
            broken.__cause__ = BrokenPipeError(errno.EPIPE, "Broken pipe")
        else:
            broken.__cause__ = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        return broken

    async def aclose(self) -> None:
        if self.closed:
            return
        self._check_loop()
        self.closed = True
        self._session.send("close", conn=self.conn)
        self._wake.set()  # a reader of a request in flight must not sleep on
        await asyncio.sleep(0)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        server_hostname = _name(server_hostname)
        verify = getattr(ssl_context, "verify_mode", 0) != 0
        if self._records:
            from keepalive.grading import records  # here, because in a page there is no TLS

            self._session.send("tls", conn=self.conn, sni=server_hostname, verify=verify)
            return await records.secured(self, ssl_context, server_hostname, timeout)
        self._handshake = asyncio.get_running_loop().create_future()
        try:
            with anyio.fail_after(timeout):
                self._session.send("tls", conn=self.conn, sni=server_hostname, verify=verify)
                reply = await self._handshake
        except TimeoutError as exc:
            await self.aclose()
            raise self.core.ConnectTimeout(exc) from exc
        except BaseException:
            await self.aclose()
            raise
        if reply["type"] == "tls_fail":
            await self.aclose()
            raise self.core.ConnectError(reply.get("text", "TLS handshake failed"))
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.closed or self._end is not None or bool(self._buffer)
        if info == "server_addr":
            return (_SERVER, self.port)
        if info == "client_addr":
            return (_CLIENT, _FIRST_PORT + self.conn)
        if info == "socket":
            return NoSocket(self)
        return None


def _name(server_hostname: Any) -> str | None:
    """As `ssl` takes it from `extensions={"sni_hostname": ...}`: text or bytes. Raises AttributeError for others."""
    if server_hostname is None or isinstance(server_hostname, str):
        return server_hostname
    return server_hostname.decode("ascii")


class NoSocket:
    """In the place of a connection's socket, for who asks it for its addresses or sets an option."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def getpeername(self) -> tuple[str, int]:
        return (_SERVER, self._stream.port)

    def getsockname(self) -> tuple[str, int]:
        return (_CLIENT, _FIRST_PORT + self._stream.conn)

    def fileno(self) -> int:
        """As of a socket that has none (it is closed)."""
        return -1

    def setsockopt(self, *option: Any) -> None:
        pass

    def getsockopt(self, *option: Any) -> int:
        return 0


class Backend(httpcore.AsyncNetworkBackend):
    """What a pool made during a run, or while the learner's file was imported, dials with."""

    def __init__(self, core: ModuleType, made_in: Session | None, line: int | None) -> None:
        self._core, self._made_in, self._line = core, made_in, line

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        session = running_session()
        if session is None or not self._may_be_used_in(session):
            text = "This client was made before the check began"
            if session is not None:
                text = session.notice_early_client(self._line, in_scenario=self._made_in is not None)
            raise self._core.ConnectError(text)
        conn, connected = session.open_connection()
        try:
            with anyio.fail_after(timeout):
                await anyio.lowlevel.checkpoint()
                session.send("connect", conn=conn, host=host, port=port)
                reply = await connected
        except TimeoutError as exc:
            session.abandon(conn)
            raise self._core.ConnectTimeout(exc) from exc
        except BaseException:
            session.abandon(conn)
            raise
        if reply["type"] == "refuse":
            failed = OSError("All connection attempts failed")
            failed.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {(_SERVER, port)}")
            raise self._core.ConnectError(failed) from failed
        stream = session.streams[conn]
        stream.core, stream.port = self._core, port
        return stream

    def _may_be_used_in(self, session: Session) -> bool:
        return self._made_in is session or (self._made_in is None and session.early_clients)

    async def connect_unix_socket(self, path: str, **options: Any) -> httpcore.AsyncNetworkStream:
        raise self._core.ConnectError("in an exercise there are no Unix sockets")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class BlockedSyncBackend(httpcore.NetworkBackend):
    """httpx's synchronous side. Inside async code it stops every other task, so here it says so and stops."""

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        session = running_session()
        raise RuntimeError(session.notice_sync_client() if session else "the synchronous client is blocked here")


class _Current(threading.local):
    session: Session | None = None
    loading: bool = False


_current = _Current()


def running_session() -> Session | None:
    """The run that is on, on this thread."""
    return _current.session


def _learner_line() -> int | None:
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == MODULE_NAME:
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


@contextlib.contextmanager
def patched_backend(session: Session | None) -> Iterator[None]:
    """Inside the block, pools made on this thread dial over the wire. `None`: while a file is being imported."""
    backends = [
        (sys.modules[libraries.CORES[library.__name__]], module, name, getattr(module, name))
        for library in libraries.loaded()
        for side, name in (("_async", "AutoBackend"), ("_sync", "SyncBackend"))
        for module in libraries.core_modules(library, f"{side}.connection_pool", f"{side}.connection")
    ]

    def switching(real: Any, ours: Any) -> Any:
        # Other threads of a notebook keep their real network while a check runs on this one.
        def make() -> Any:
            on = _current.session is not None or _current.loading
            return ours() if on else real()

        return make

    def dials(core: ModuleType) -> Any:
        return lambda: Backend(core, _current.session, _learner_line())

    ours = [
        (module, name, switching(real, BlockedSyncBackend if name == "SyncBackend" else dials(core)))
        for core, module, name, real in backends
    ]
    was = _current.session, _current.loading
    _current.session, _current.loading = session, session is None
    try:
        with replaced(ours):
            yield
    finally:
        _current.session, _current.loading = was
