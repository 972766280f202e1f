"""What the claims are tried with: clients that do not depend on the machine, and a server that answers as told."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ssl
import warnings
from collections.abc import AsyncIterator, Iterator

import httpx

from claims import libraries  # noqa: F401  # refuses a process that has another library than it was started for
from keepalive.practice_api import Depot

# Made once. Building one takes longer than most of the calls here; that it does is a claim of its own.
TLS = ssl.create_default_context()


def client(depot: Depot | None = None, **options) -> httpx.AsyncClient:
    """httpx as it comes, at a Depot; but patient, and without the machine's proxy settings and certificates."""
    if depot is not None:
        options.setdefault("base_url", depot.url)
    return httpx.AsyncClient(**{"verify": TLS, "trust_env": False, "timeout": 60.0, **options})


class Answering:
    """What a raw server was asked. url: where it is. requests: the request lines. connections: how many it accepted."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[str] = []
        self.connections = 0


@contextlib.asynccontextmanager
async def answering(head: str) -> AsyncIterator[Answering]:
    """A server for what Depot does not do: it gives every request the same answer, `head`, with no body."""

    serving: set[asyncio.Task] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        serving.add(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                seen.requests.append(request.decode().splitlines()[0])
                writer.write(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen = Answering(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield seen
    finally:
        server.close()
        await asyncio.gather(*serving)  # the client has gone by now, and each of them notices


@contextlib.contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """The names of the warnings raised inside, garbage collected at the end included."""
    names: list[str] = []
    gc.collect()  # what earlier tests left is not this one's
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        yield names
        gc.collect()
        names += [one.category.__name__ for one in raised]
