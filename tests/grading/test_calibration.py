"""The wire against real sockets: the same client code, the same scenario, the same exceptions and counts."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from grading.bench import on_wire
from grading.sockets import on_sockets
from keepalive.grading import Network, hang, refuse, reply

LONG = httpx.Timeout(10)


async def outcome(call: Any) -> Any:
    """A call's status, or the exception with its text, which httpx leaves empty in places that matter."""
    try:
        return (await call).status_code
    except httpx.HTTPError as error:
        return [type(error).__name__, str(error)]


async def kept(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/a")) for _ in range(4)]


async def at_once(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return await asyncio.gather(*(outcome(client.get("/slow")) for _ in range(5)))


async def pool_timeout(run):
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=run.url, limits=limits, timeout=httpx.Timeout(10, pool=0.1)) as client:
        return await asyncio.gather(*(outcome(client.get("/slow")) for _ in range(3)))


async def read_timeout(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=httpx.Timeout(10, read=0.2)) as client:
        return [await outcome(client.get("/hang")), await outcome(client.get("/a"))]


async def cut_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/cut")), await outcome(client.get("/a"))]


async def reset_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return await outcome(client.get("/reset"))


async def closed_while_idle(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        first = await outcome(client.get("/a"))
        await asyncio.sleep(0.4)
        return [first, await outcome(client.get("/a"))]


async def crossing(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/a")) for _ in range(3)]


async def closed_in_flight(run):
    client = httpx.AsyncClient(base_url=run.url, timeout=LONG)
    task = asyncio.create_task(outcome(client.get("/hang")))
    await asyncio.sleep(0.2)
    await client.aclose()
    return await task


async def refused(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return await outcome(client.get("/a"))


async def said_goodbye(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/bye")) for _ in range(2)]


async def cancelled(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        task = asyncio.create_task(client.get("/hang"))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [task.cancelled(), await outcome(client.get("/a"))]


async def posted(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        answer = await client.post("/echo", json={"n": 1})
        head = await client.head("/a")
        nothing = await client.get("/nothing")
        return [answer.json(), head.status_code, head.content == b"", nothing.status_code, nothing.content == b""]


def routes(net):
    net.route("GET", "/slow").reply(after=0.3)
    net.route("GET", "/hang").answer(hang())
    net.route("GET", "/cut").reply(text="twelve bytes", cut_at=5)
    net.route("GET", "/reset").reply(text="twelve bytes", cut_at=5, then="reset")
    net.route("GET", "/bye").reply(headers={"connection": "close"})
    net.route("POST", "/echo").calls(lambda request: reply(content=request.content))
    net.route("GET", "/nothing").reply(204)
    net.paths("/a").reply(text="yes")


def idle(net):
    routes(net)
    net.network = Network(idle_timeout=0.2)


def second_crosses(net):
    routes(net)
    net.close_on_request(2)


def nobody_listens(net):
    net.connects(refuse())


@pytest.mark.parametrize(
    ("main", "build"),
    [
        (kept, routes),
        (at_once, routes),
        (pool_timeout, routes),
        (read_timeout, routes),
        (cut_body, routes),
        (reset_body, routes),
        (closed_while_idle, idle),
        (crossing, second_crosses),
        (closed_in_flight, routes),
        (refused, nobody_listens),
        (said_goodbye, routes),
        (cancelled, routes),
        (posted, routes),
    ],
    ids=lambda value: value.__name__,
)
def test_wire_and_sockets_agree(main: Callable[..., Any], build: Callable[..., Any]) -> None:
    virtual = on_wire(main, build)
    value, judge = asyncio.run(on_sockets(main, build))

    assert virtual.value == value
    assert per_connection(virtual.judge) == per_connection(judge)


def per_connection(judge: Any) -> list[list[str]]:
    """What arrived on each accepted connection, in order."""
    return [
        [f"{request.method} {request.path}" for request in seen.requests] for seen in judge.dialled if not seen.refused
    ]
