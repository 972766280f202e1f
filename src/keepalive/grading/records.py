"""The learner's end of real TLS: httpcore's own stream on anyio's own TLS, on top of the wire instead of a socket."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import httpcore
from httpcore._backends.anyio import AnyIOStream

if TYPE_CHECKING:
    from keepalive.grading.wire import Stream


class _Bytes(anyio.abc.ByteStream):
    """The wire in anyio's words, down to what it raises."""

    def __init__(self, wire: Stream) -> None:
        self._wire = wire

    async def receive(self, max_bytes: int = 65536) -> bytes:
        try:
            data = await self._wire.read(max_bytes)
        except httpcore.ReadError:
            raise self._gone() from None
        if not data:
            raise anyio.EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        try:
            await self._wire.write(item)
        except httpcore.WriteError:
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


class _Secured(AnyIOStream):
    def __init__(self, stream: anyio.abc.ByteStream, wire: Stream) -> None:
        super().__init__(stream)
        self._wire = wire

    def get_extra_info(self, info: str) -> Any:
        # httpcore would ask the socket, which there is none of.
        return self._wire.get_extra_info(info) if info == "is_readable" else super().get_extra_info(info)


async def secured(
    wire: Stream, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None
) -> httpcore.AsyncNetworkStream:
    """The stream after a handshake. Raises what httpcore raises on a socket."""
    try:
        stream = await AnyIOStream(_Bytes(wire)).start_tls(ssl_context, server_hostname, timeout)
    except BaseException:
        await wire.aclose()
        raise
    assert isinstance(stream, AnyIOStream)
    return _Secured(stream._stream, wire)
