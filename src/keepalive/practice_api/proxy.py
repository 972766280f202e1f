"""The proxy in front of the practice API: what happens to bytes and to connections on the way.

It stands between the client's socket and the server's protocol, in the server's own event loop: what the server takes
for its transport is `ServersEnd`, and there is no second socket. So the server counts the client's connections.

**Round trips.** On loopback nothing takes time. Here each direction is a `DelayLine` of half a round trip, and the
first bytes of a client are held one round trip longer: that stands for SYN and SYN-ACK, which the kernel has exchanged
before anybody could delay them. So the whole of a call takes RTT x (1 + TCP + flights of TLS) as it would, but
connecting itself looks free, and its round trip is found in what comes next: in the TLS handshake, or in the wait for
the response.
What it leaves out: loss, a new connection's slow start, jitter, bandwidth, and the look-up of a name.

**Faults.** What becomes of an answer is played by `FaultyStream`; how a connection ends is played here, on the client's
socket: closed, or reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from keepalive.faults import Fault

from .delay_line import Clock, DelayLine
from .faulty_stream import FaultyStream

if TYPE_CHECKING:
    import ssl

_LINGERS = 2.0  # seconds that a connection which was cut goes on reading what its client sends


class Proxy(asyncio.Protocol):
    """One connection of a client.

    server: the protocol that serves it. clock: whose time it takes. rtt: seconds of a round trip. tls: the server's
    context, for https.
    """

    def __init__(
        self, server: asyncio.Protocol, clock: Clock, rtt: float = 0.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._clock, self._context = server, clock, tls
        self._there, self._back = DelayLine(clock, rtt / 2), DelayLine(clock, rtt / 2)
        self._connecting = rtt  # seconds that the first bytes stand for
        self._tls = None
        if tls is not None:
            from .tls import ServersTls  # here, because not every Python has TLS

            self._tls = ServersTls(tls)
        self._closing = self._lost = False
        self._eof = self._finished = False

    # -- the client's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._client = transport
        self._server.connection_made(ServersEnd(self, transport, self._context))

    def data_received(self, data: bytes) -> None:
        connecting, self._connecting = self._connecting, 0.0
        self._there.send(functools.partial(self._heard, data), after=connecting)

    def eof_received(self) -> bool:
        self._eof = True
        self._there.send(self._left)
        return not self._finished  # what is under way to the client still arrives

    def connection_lost(self, exc: Exception | None) -> None:
        self._back.cut()  # nobody is there to take it
        if not self._closing:
            self._there.send(self._left)

    def pause_writing(self) -> None:
        self._server.pause_writing()

    def resume_writing(self) -> None:
        self._server.resume_writing()

    # -- the server's side

    def say(self, data: bytes, after: float = 0.0) -> None:
        """Send the client something, `after` seconds behind what was sent before."""
        if self._tls is not None:
            self._tls.write(data)
            data = self._tls.take()
        self._send(data, after)

    def hang_up(self, how: Literal["close", "cut", "reset"]) -> None:
        """End the connection, after what was said. "close" takes leave as TLS wants it, "cut" does not."""
        if self._closing:
            return
        self._closing = True
        if how == "close" and self._tls is not None:
            self._tls.close()
            self._send(self._tls.take())
        self._back.send({"close": self._client.close, "cut": self._finish, "reset": self._reset}[how])
        self._clock.call_at(self._back.free_at, self._lose)

    @property
    def closing(self) -> bool:
        """Whether the server has ended the connection."""
        return self._closing

    def abort(self) -> None:
        """End it at once; nothing that is under way arrives."""
        self._closing = True
        self._there.cut()
        self._back.cut()
        self._client.abort()
        self._clock.call_at(self._clock.time(), self._lose)

    # -- what arrives

    def _heard(self, data: bytes) -> None:
        """The client's bytes are here."""
        if self._closing:
            return  # they cross the server's close: nobody reads them
        if self._tls is None:
            self._server.data_received(data)
            return
        said = self._tls.read(data)
        self._send(self._tls.take())
        if said:
            self._server.data_received(said)
        if self._tls.failed:
            self.hang_up("cut")
        elif self._tls.ended:
            self._left()

    def _left(self) -> None:
        """The client has closed: the server learns it, and closes in return."""
        if self._closing:
            return
        self._back.hold_back()
        self._server.eof_received()
        self.hang_up("close")

    def _send(self, data: bytes, after: float = 0.0) -> None:
        if data:
            self._back.send(functools.partial(self._client.write, data), after)

    def _finish(self) -> None:
        """Close with FIN. A system that closes a socket with something left unread makes that RST, so all is read."""
        if self._eof or self._client.is_closing():
            self._client.close()
            return
        self._finished = True
        try:
            self._client.write_eof()
        except OSError:  # the client has reset it, and asyncio has not looked yet
            self._client.abort()
            return
        self._client.resume_reading()
        self._clock.call_at(self._clock.time() + _LINGERS, self._client.close)

    def _reset(self) -> None:
        """Close with RST in the place of FIN: a socket that may not linger."""
        connected = self._client.get_extra_info("socket")
        if connected is not None:
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            with contextlib.suppress(OSError):  # macOS: the client has reset it itself
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._client.abort()

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._server.connection_lost(None)


class ServersEnd(asyncio.Transport):
    """The server's end of a client's connection, in the place of a transport on a socket.

    requests: how many the API was handed on it; whoever hands them over counts.
    """

    def __init__(self, proxy: Proxy, client: asyncio.Transport, tls: ssl.SSLContext | None) -> None:
        super().__init__({"sslcontext": tls} if tls else None)
        self._proxy, self._client = proxy, client
        self._answer: FaultyStream | None = None
        self.requests = 0

    # -- for faults

    def spoil(self, faults: Iterable[Fault]) -> None:
        """Let these befall the next answer."""
        self._answer = FaultyStream(faults)

    def answered(self) -> None:
        """The answer is complete: if a fault ends the connection after it, it ends now."""
        answer, self._answer = self._answer, None
        if answer is not None and answer.end is not None:
            self._proxy.hang_up(answer.end)

    def hang_up(self) -> None:
        """Close without another word."""
        self._proxy.hang_up("cut")

    # -- what a server asks of its transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._proxy.closing:
            return
        if self._answer is None:
            self._proxy.say(bytes(data))
            return
        for pause, piece in self._answer.pieces(bytes(data)):
            self._proxy.say(piece, pause)
        if self._answer.used_up:
            self.answered()

    def close(self) -> None:
        self.answered()
        self._proxy.hang_up("close")

    def abort(self) -> None:
        self._proxy.abort()

    def is_closing(self) -> bool:
        return self._proxy.closing

    def pause_reading(self) -> None:
        self._client.pause_reading()

    def resume_reading(self) -> None:
        self._client.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name) or self._client.get_extra_info(name, default)
