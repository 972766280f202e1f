"""Claims about which HTTP is spoken. On the judge's wire."""

from __future__ import annotations

import asyncio
import sys
import types

import httpx

from claims.lab import TLS
from grading.bench import ok, on_wire


def test_http2_needs_tls(monkeypatch):
    """`http2=True` changes nothing on plain `http`: twenty calls at once are HTTP/1.1, on a connection each."""
    # httpx asks for the package when the client is made. Nothing of it is used where HTTP/1.1 is spoken: it is empty.
    monkeypatch.setitem(sys.modules, "h2", types.ModuleType("h2"))

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, http2=True, verify=TLS) as client:
            answers = await asyncio.gather(*(client.get("/") for _ in range(20)))
        return sorted({answer.http_version for answer in answers})

    played = on_wire(main, ok)
    assert played.value == ["HTTP/1.1"]
    assert played.connections == 20
    assert all(
        "upgrade" not in seen.headers for connection in played.judge.connect_attempts for seen in connection.requests
    )
