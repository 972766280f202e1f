"""The wire against real sockets: the same client code, the same scenario, the same exceptions and counts."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from grading.bench import causes_of, on_wire
from grading.sockets import on_sockets
from keepalive.grading import Network, hang, refuse, reply

# On real sockets these run by a real clock. Whatever has to come in time has so long; whatever has to be late is late
# by a second or more, or for ever.
LONG = httpx.Timeout(60)


async def outcome(call: Any) -> Any:
    """A call's status, or the exception with its text, which httpx leaves empty in places that matter, and causes."""
    try:
        return (await call).status_code
    except httpx.HTTPError as error:
        return [type(error).__name__, str(error), causes_of(error)]


async def kept(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/a")) for _ in range(4)]


async def at_once(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return await asyncio.gather(*(outcome(client.get("/slow")) for _ in range(5)))


async def pool_timeout(run):
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=run.url, limits=limits, timeout=httpx.Timeout(60, pool=0.1)) as client:
        return await asyncio.gather(*(outcome(client.get("/slow")) for _ in range(3)))


async def read_timeout(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=httpx.Timeout(60, read=0.2)) as client:
        return [await outcome(client.get("/hang")), await outcome(client.get("/a", timeout=LONG))]


async def cut_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/cut")), await outcome(client.get("/a"))]


async def reset_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return await outcome(client.get("/reset"))


async def closed_while_idle(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        first = await outcome(client.get("/a"))
        await asyncio.sleep(1.5)
        return [first, await outcome(client.get("/a"))]


async def crossing(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/a")) for _ in range(3)]


async def closed_in_flight(run):
    client = httpx.AsyncClient(base_url=run.url, timeout=LONG)
    task = asyncio.create_task(outcome(client.get("/hang")))
    await asyncio.sleep(0.5)
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
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [task.cancelled(), await outcome(client.get("/a"))]


async def posted(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        answer = await client.post("/echo", json={"n": 1})
        head = await client.head("/a")
        nothing = await client.get("/nothing")
        return [answer.json(), head.status_code, head.content == b"", nothing.status_code, nothing.content == b""]


async def slow_upload(run):
    async def body():
        for _ in range(5):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.post("/early", content=body())), await outcome(client.get("/a"))]


async def upload_that_is_expected(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        answer = await client.post("/echo", content=b"body", headers={"expect": "100-continue"})
        return [answer.status_code, answer.text]


async def generated_upload(run):
    async def body():
        for _ in range(3):
            yield b"abc"

    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return (await client.post("/echo", content=body())).text


async def promises_more(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [await outcome(client.get("/promises-more")), await outcome(client.get("/a"))]


async def promises_less(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        return [(await client.get("/promises-less")).text, await outcome(client.get("/a"))]


async def compressed(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        answer = await client.get("/gzip")
        return [answer.text, answer.headers["content-encoding"]]


async def drips_within_the_timeout(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=httpx.Timeout(60, read=2.0)) as client:
        return (await client.get("/drip")).text


async def stops_in_the_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=httpx.Timeout(60, read=0.2)) as client:
        return [await outcome(client.get("/stops")), await outcome(client.get("/a", timeout=LONG))]


async def stream_left_early(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        async with client.stream("GET", "/drip") as answer:
            first = await anext(answer.aiter_bytes())
        return [first.decode(), await outcome(client.get("/a"))]


async def stream_read_to_its_end(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        async with client.stream("GET", "/drip") as answer:
            whole = b"".join([piece async for piece in answer.aiter_raw()])
        return [whole.decode(), await outcome(client.get("/a"))]


async def cancelled_in_the_body(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        task = asyncio.create_task(client.get("/stops"))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [task.cancelled(), await outcome(client.get("/a"))]


async def cancelled_in_the_queue(run):
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, limits=limits) as client:
        first = asyncio.create_task(outcome(client.get("/slower")))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(client.get("/a"))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        return [await first, second.cancelled(), await outcome(client.get("/a"))]


async def deadline_outside(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        try:
            async with asyncio.timeout(1.0):
                await client.get("/hang")
        except TimeoutError:
            return ["late", await outcome(client.get("/a"))]


async def more_busy_than_kept(run):
    limits = httpx.Limits(max_connections=10, max_keepalive_connections=2)
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, limits=limits) as client:
        for _ in range(2):
            await asyncio.gather(*(client.get("/slow") for _ in range(4)))
        return await outcome(client.get("/a"))


async def queued_for_the_pool(run):
    limits = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, limits=limits) as client:
        return await asyncio.gather(*(outcome(client.get("/slow")) for _ in range(6)))


async def nothing_is_kept(run):
    limits = httpx.Limits(max_connections=5, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, limits=limits) as client:
        return [await outcome(client.get("/a")) for _ in range(3)]


async def expires_when_idle(run):
    limits = httpx.Limits(max_connections=5, max_keepalive_connections=5, keepalive_expiry=0.1)
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, limits=limits) as client:
        first = await outcome(client.get("/a"))
        await asyncio.sleep(0.4)
        return [first, await outcome(client.get("/a"))]


async def client_says_close(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, headers={"connection": "close"}) as client:
        return [await outcome(client.get("/a")) for _ in range(2)]


async def follows_a_redirect(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG, follow_redirects=True) as client:
        answer = await client.get("/moved")
        return [answer.status_code, len(answer.history), answer.url.path]


async def used_after_close(run):
    client = httpx.AsyncClient(base_url=run.url, timeout=LONG)
    await client.get("/a")
    await client.aclose()
    try:
        await client.get("/a")
    except RuntimeError as error:
        return str(error)


async def large_both_ways(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=LONG) as client:
        answer = await client.post("/echo", content=b"x" * 300_000)
        return len(answer.content)


def routes(net):
    net.route("GET", "/slow").reply(after=0.3)
    net.route("GET", "/slower").reply(after=1.5)
    net.route("GET", "/hang").respond(hang())
    net.route("GET", "/cut").reply(text="twelve bytes", cut_at=5)
    net.route("GET", "/reset").reply(text="twelve bytes", cut_at=5, then="reset")
    net.route("GET", "/bye").reply(headers={"connection": "close"})
    net.route("POST", "/echo").calls(lambda request: reply(content=request.content))
    net.route("GET", "/nothing").reply(204)
    net.early_route("POST", "/early").reply(413, then="close", headers={"connection": "close"})
    net.route("GET", "/promises-more").reply(text="twelve bytes", declared=50)
    net.route("GET", "/promises-less").reply(text="twelve bytes", declared=6)
    net.route("GET", "/gzip").reply(content=gzip.compress(b"packed"), headers={"content-encoding": "gzip"})
    net.route("GET", "/drip").reply(chunks=[(0.1, b"one "), (0.1, b"two "), (0.1, b"three")])
    net.route("GET", "/stops").reply(chunks=[(0.0, b"one "), (60.0, b"two")])
    net.route("GET", "/moved").reply(302, headers={"location": "/a"})
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
        (slow_upload, routes),
        (upload_that_is_expected, routes),
        (generated_upload, routes),
        (promises_more, routes),
        (promises_less, routes),
        (compressed, routes),
        (drips_within_the_timeout, routes),
        (stops_in_the_body, routes),
        (stream_left_early, routes),
        (stream_read_to_its_end, routes),
        (cancelled_in_the_body, routes),
        (cancelled_in_the_queue, routes),
        (deadline_outside, routes),
        (more_busy_than_kept, routes),
        (queued_for_the_pool, routes),
        (nothing_is_kept, routes),
        (expires_when_idle, routes),
        (client_says_close, routes),
        (follows_a_redirect, routes),
        (used_after_close, routes),
        (large_both_ways, routes),
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
        [f"{request.method} {request.path}" for request in seen.requests]
        for seen in judge.connect_attempts
        if not seen.refused
    ]
