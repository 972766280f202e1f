"""Claims that the glossary makes and no chapter's tests hold. On the judge's wire: real httpx, virtual clock."""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import Limits, Network, drop, reply

ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


def test_semaphore_is_no_rate_limit():
    """A semaphore of 10 bounds how many calls are under way, not how many a second: answered in 10 ms each, some 1000
    calls pass it in a second.
    """

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").reply(json={}, after=0.01)

    async def main(run):
        gate = asyncio.Semaphore(10)
        under_way = [0]
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:

            async def call():
                async with gate:
                    under_way.append(under_way[-1] + 1)
                    await http.get("/")
                    under_way.append(under_way[-1] - 1)

            await asyncio.gather(*(call() for _ in range(500)))
        return max(under_way), run.now

    most, seconds = on_wire(main, build, limits=Limits(virtual=60, requests=1000, work=120)).value
    assert most == 10
    assert 900 < 500 / seconds < 1100


def test_connecting_takes_a_slot():
    """A call that is still connecting holds a connection of the pool's limit: on a pool of one, the next call waits for
    it and fails with `PoolTimeout`, though no connection is open.
    """

    def build(net):
        net.connects(drop())

    async def main(run):
        timeout = httpx.Timeout(60, connect=30, pool=2)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=ONE, timeout=timeout) as http:
            outcomes = await asyncio.gather(http.get("/"), http.get("/"), return_exceptions=True)
        return [type(each).__name__ for each in outcomes]

    played = on_wire(main, build)
    assert played.value == ["ConnectTimeout", "PoolTimeout"]
    assert played.judge.requests == []


def test_open_stream_holds_its_slot():
    """An answer that is streamed holds its connection until it is read to the end or closed: on a pool of one, a call
    meanwhile fails with `PoolTimeout`, and one afterwards is answered.
    """

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").calls(lambda request: reply(content=b"x" * 10))

    async def main(run):
        timeout = httpx.Timeout(60, pool=2)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=ONE, timeout=timeout) as http:
            outcomes = []
            for leave in (httpx.Response.aread, httpx.Response.aclose):
                answer = await http.send(http.build_request("GET", "/"), stream=True)
                outcomes += await asyncio.gather(http.get("/"), return_exceptions=True)
                await leave(answer)
                outcomes.append(await http.get("/"))
        return [getattr(each, "status_code", type(each).__name__) for each in outcomes]

    assert on_wire(main, build).value == ["PoolTimeout", 200, "PoolTimeout", 200]
