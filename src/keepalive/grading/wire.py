"""The network under httpx during a run: connect, write and close become messages; replies become bytes, EOF or reset.

Only httpcore's network backend is ours. Its pool, timeouts, limits, keep-alive and cancellation are the real ones. The
shape of each call follows httpcore's AnyIO backend, down to the checkpoints at which a task may be cancelled, so that
the same exceptions appear at the same places as on a socket; `tests/grading/test_calibration.py` compares the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpcore
import httpcore._async.connection
import httpcore._async.connection_pool
import httpcore._sync.connection
import httpcore._sync.connection_pool

from keepalive.grading.learner import MODULE_NAME

if TYPE_CHECKING:
    from keepalive.grading.session import Session


class Stream(httpcore.AsyncNetworkStream):
    """One connection, the learner's end."""

    def __init__(self, session: Session, conn: int, window: int | None, *, records: bool = False) -> None:
        self._session, self.conn = session, conn
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

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            with anyio.fail_after(timeout):
                if self._buffer or self._end or self.closed:
                    await anyio.lowlevel.checkpoint()
                else:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError as exc:
            raise httpcore.ReadTimeout(exc) from exc
        if self._buffer:
            data, self._buffer = self._buffer[:max_bytes], self._buffer[max_bytes:]
            return data
        if self.closed or self._end == "reset":
            raise httpcore.ReadError()
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
                    piece = left if self._window is None else left[: self._window]
                    if piece:
                        if self._window is not None:
                            self._window -= len(piece)
                        self._session.send("data", conn=self.conn, bytes=bytes(piece))
                        left = left[len(piece) :]
                    else:
                        self._room.clear()
                        await self._room.wait()
        except TimeoutError as exc:
            raise httpcore.WriteTimeout(exc) from exc

    def _check_writable(self) -> None:
        if self._written_after_end:
            # The first write after the server's close went through: only its answer, a reset, says that nobody reads.
            # The second meets it, and an asyncio transport on which a write has failed reads nothing any more.
            self._end, self._buffer = "reset", b""
        if self.closed or self._end == "reset":
            raise httpcore.WriteError()
        self._written_after_end = self._end == "eof"

    async def aclose(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._session.send("close", conn=self.conn)
        self._wake.set()  # a reader of a request in flight must not sleep on
        await asyncio.sleep(0)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
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
            raise httpcore.ConnectTimeout(exc) from exc
        except BaseException:
            await self.aclose()
            raise
        if reply["type"] == "tls_fail":
            await self.aclose()
            raise httpcore.ConnectError(reply.get("text", "TLS handshake failed"))
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.closed or self._end is not None or bool(self._buffer)
        return None


class Backend(httpcore.AsyncNetworkBackend):
    """What a pool made during a run, or while the learner's file was imported, dials with."""

    def __init__(self, made_in: Session | None, line: int | None) -> None:
        self._made_in, self._line = made_in, line

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        session = running_session()
        if session is None or session is not self._made_in:
            text = "This client was made before the check began"
            if session is not None:
                text = session.notice_early_client(self._line)
            raise httpcore.ConnectError(text)
        conn, connected = session.open_connection()
        try:
            with anyio.fail_after(timeout):
                await anyio.lowlevel.checkpoint()
                session.send("connect", conn=conn, host=host, port=port)
                reply = await connected
        except TimeoutError as exc:
            session.abandon(conn)
            raise httpcore.ConnectTimeout(exc) from exc
        except BaseException:
            session.abandon(conn)
            raise
        if reply["type"] == "refuse":
            raise httpcore.ConnectError("All connection attempts failed")
        return session.streams[conn]

    async def connect_unix_socket(self, path: str, **options: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("in an exercise there are no Unix sockets")

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
    places = [
        (httpcore._async.connection_pool, "AutoBackend"),
        (httpcore._async.connection, "AutoBackend"),
        (httpcore._sync.connection_pool, "SyncBackend"),
        (httpcore._sync.connection, "SyncBackend"),
    ]
    before = [(module, name, getattr(module, name)) for module, name in places]

    def switching(real: Any, ours: Any) -> Any:
        # Other threads of a notebook keep their real network while a check runs on this one.
        def make() -> Any:
            on = _current.session is not None or _current.loading
            return ours() if on else real()

        return make

    for module, name, real in before:
        ours = BlockedSyncBackend if name == "SyncBackend" else lambda: Backend(_current.session, _learner_line())
        setattr(module, name, switching(real, ours))
    was = _current.session, _current.loading
    _current.session, _current.loading = session, session is None
    try:
        yield
    finally:
        _current.session, _current.loading = was
        for module, name, real in before:
            setattr(module, name, real)
