"""Claims about what happens before the first request: handshakes, and making the client itself."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from pathlib import Path

import httpx

KEY_AND_CERTIFICATE = Path(__file__).with_name("depot.test.pem")


def _round_trips(version: ssl.TLSVersion) -> int:
    """Round trips of a whole TLS handshake before the client may send its first byte of data. No socket is needed."""
    calling = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    calling.check_hostname, calling.verify_mode = False, ssl.CERT_NONE  # whom one speaks with costs no round trip
    calling.minimum_version = calling.maximum_version = version
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(KEY_AND_CERTIFICATE)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = calling.wrap_bio(to_client, to_server, server_hostname="depot.test")
    server = serving.wrap_bio(to_server, to_client, server_side=True)

    trips = 0
    while True:
        try:
            client.do_handshake()
            return trips
        except ssl.SSLWantReadError:
            pass  # the client has said all it can, and waits
        trips += 1
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            pass


def test_tls13_costs_one_round_trip():
    """A whole TLS 1.3 handshake costs one round trip before the first request can be sent, TLS 1.2 costs two."""
    assert _round_trips(ssl.TLSVersion.TLSv1_3) == 1
    assert _round_trips(ssl.TLSVersion.TLSv1_2) == 2


def test_making_a_client_blocks_the_loop():
    """Making an `AsyncClient` awaits nothing: no other task runs until its certificates are read."""
    turns = []

    async def other():
        while True:
            turns.append("other")
            await asyncio.sleep(0)

    async def go():
        task = asyncio.create_task(other())
        await asyncio.sleep(0)
        before = len(turns)
        httpx.AsyncClient(trust_env=False)
        after = len(turns)
        task.cancel()
        return after - before

    assert not inspect.iscoroutinefunction(httpx.AsyncClient.__init__)
    assert asyncio.run(go()) == 0
