"""Claims about connections, counted by the server that accepted them."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from claims.lab import answering, client
from keepalive.practice_api import Behaviour, Depot
from practice_api.held import Held


def test_client_per_call_opens_a_connection_each():
    """A client made for each call opens a connection for each call: 50 calls, 50 connections."""

    async def go(depot):
        for _ in range(50):
            async with client(depot) as http:
                await http.get("/users/1")

    with Depot() as depot:
        asyncio.run(go(depot))
        assert (depot.ledger.connections, depot.ledger.peak_open) == (50, 1)
        assert depot.ledger.requests_per_connection == [1] * 50


def test_one_client_keeps_one_connection():
    """One client that calls 50 times, one call after another, uses one connection for all of them."""

    async def go(depot):
        async with client(depot) as http:
            for _ in range(50):
                await http.get("/users/1")

    with Depot() as depot:
        asyncio.run(go(depot))
        assert depot.ledger.requests_per_connection == [50]


def test_concurrent_calls_need_a_connection_each():
    """Calls that are under way at the same time need a connection each (HTTP/1.1): 20 at once on one client open 20."""
    held = Held()

    async def go(depot):
        async with client(depot) as http:
            calls = asyncio.gather(*[http.get("/users/1") for _ in range(20)])
            await depot.ledger.until(lambda ledger: ledger.in_flight == 20)
            held.release()
            await calls

    with Depot(Behaviour(latency=1), sleep=held) as depot:
        asyncio.run(go(depot))
        assert (depot.ledger.connections, depot.ledger.peak_open) == (20, 20)


def test_second_wave_reuses_connections():
    """A second wave of 20 calls at once on the same client opens no further connection."""
    held = Held()

    async def go(depot):
        async with client(depot) as http:
            first = asyncio.gather(*[http.get("/users/1") for _ in range(20)])
            await depot.ledger.until(lambda ledger: ledger.in_flight == 20)
            held.release()
            await first
            await asyncio.gather(*[http.get("/users/1") for _ in range(20)])

    with Depot(Behaviour(latency=1), sleep=held) as depot:
        asyncio.run(go(depot))
        assert depot.ledger.connections == 20
        assert len(depot.ledger.requests) == 40


def test_client_shared_by_many_tasks():
    """One `AsyncClient` may be used by many tasks at once: 500 concurrent calls are all answered with 200."""

    async def go(depot):
        gate = asyncio.Semaphore(
            20
        )  # bounds what is under way, not who shares the client: quicker than 500 connections

        async def call(http):
            async with gate:
                return (await http.get("/users/1")).status_code

        async with client(depot) as http:
            return await asyncio.gather(*[call(http) for _ in range(500)])

    with Depot() as depot:
        assert asyncio.run(go(depot)) == [200] * 500
        assert len(depot.ledger.requests) == 500


def test_closed_idle_connection_is_replaced():
    """When the server has closed an idle connection before the next call, httpx notices and opens another one; the
    call succeeds and nothing is sent twice.
    """

    async def go(depot):
        async with client(depot) as http:
            first = await http.get("/users/1")
            await depot.ledger.until(lambda ledger: ledger.open == 0)
            return first.status_code, (await http.get("/users/2")).status_code

    with Depot(Behaviour(idle_timeout=0.05)) as depot:
        assert asyncio.run(go(depot)) == (200, 200)
        assert [(seen.path, seen.connection) for seen in depot.ledger.requests] == [("/users/1", 0), ("/users/2", 1)]


def test_httpx_caches_no_dns():
    """`httpx` keeps no name look-up: three new connections to one host name look it up three times."""

    async def go(depot):
        asked = []
        loop = asyncio.get_running_loop()
        look_up = loop.getaddrinfo

        async def noting(host, *args, **kwargs):
            asked.append(bytes(host, "ascii") if isinstance(host, str) else host)  # anyio passes bytes
            return await look_up("127.0.0.1", *args, **kwargs)

        loop.getaddrinfo = noting
        async with client(limits=httpx.Limits(max_keepalive_connections=0)) as http:
            for _ in range(3):
                await http.get(f"http://depot.test:{depot.port}/users/1")
        return asked

    with Depot() as depot:
        assert asyncio.run(go(depot)) == [b"depot.test"] * 3
        assert depot.ledger.connections == 3


def test_httpx_retries_nothing_by_default():
    """`httpx` repeats nothing on its own: a 503 is handed to you after one request, a refused connection is tried
    once.
    """

    async def unwell():
        async with answering("503 Service Unavailable") as server, client() as http:
            return (await http.get(server.url)).status_code, len(server.requests)

    async def refused():
        tries = []
        loop = asyncio.get_running_loop()
        connect = loop.create_connection

        def counting(*args, **kwargs):
            tries.append(args[1:3])
            return connect(*args, **kwargs)

        loop.create_connection = counting
        with socket.socket() as taken:  # bound and not listening: whoever connects is refused
            taken.bind(("127.0.0.1", 0))
            async with client() as http:
                with pytest.raises(httpx.ConnectError):
                    await http.get(f"http://127.0.0.1:{taken.getsockname()[1]}")
        return len(tries)

    assert asyncio.run(unwell()) == (503, 1)
    assert asyncio.run(refused()) == 1
