"""The learner's end of real TLS: httpcore's own stream on anyio's own TLS, on top of the wire instead of a socket."""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import httpcore

if TYPE_CHECKING:
    from keepalive.grading.wire import Stream


class _Bytes(anyio.abc.ByteStream):
    """The wire in anyio's words, down to what it raises."""

    def __init__(self, wire: Stream) -> None:
        self._wire = wire

    async def receive(self, max_bytes: int = 65536) -> bytes:
        try:
            data = await self._wire.read(max_bytes)
        except self._wire.core.ReadError:
            raise self._gone() from None
        if not data:
            raise anyio.EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        try:
            await self._wire.write(item)
        except self._wire.core.WriteError:
            raise self._gone() from None

    async def send_eof(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        await self._wire.aclose()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {}

    def _gone(self) -> Exception:
        return anyio.ClosedResourceError() if self._wire.closed else anyio.BrokenResourceError()


async def secured(
    wire: Stream, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None
) -> httpcore.AsyncNetworkStream:
    """The stream after a handshake. Raises what the pool's own stream raises on a socket."""
    below: Any = importlib.import_module(f"{wire.core.__name__}._backends.anyio").AnyIOStream
    try:
        stream = await below(_Bytes(wire)).start_tls(ssl_context, server_hostname, timeout)
    except BaseException:
        await wire.aclose()
        raise
    ask = stream.get_extra_info
    # The pool would ask the socket whether there is something to read, and for addresses; there is none.
    stream.get_extra_info = lambda info: ask(info) if info == "ssl_object" else wire.get_extra_info(info)
    return stream
