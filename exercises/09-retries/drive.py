"""What the exercise asks of your class. Nothing is expected in here: the server does the looking."""

import asyncio
import contextlib

import httpx

METHODS = "GET", "HEAD", "OPTIONS", "QUERY", "PUT", "DELETE", "POST", "PATCH"
A_MINUTE = 60.0


async def outcome(run, name, call):
    """What the caller of one call got, with marks at its beginning and its end."""
    run.mark(f"{name} called")
    try:
        response = await call
        got = {"status": getattr(response, "status_code", None), "text": getattr(response, "text", "")}
    except Exception as error:
        got = {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}
    run.mark(f"{name} ended")
    return got


async def recovers(make, run):
    async with make(base_url=run.url) as api, make(base_url=run.url_of("starting")) as starting:
        return {
            "statuses": await outcome(run, "statuses", api.get("/shipments/7", attempts=6)),
            "connecting": await outcome(run, "connecting", starting.get("/shipments/8", attempts=6)),
        }


async def stays_down(make, run):
    async with make(base_url=run.url) as api:
        return {
            "three": await outcome(run, "three", api.get("/three")),
            "one": await outcome(run, "one", api.get("/one", attempts=1)),
        }


async def unreachable(make, run):
    async with make(base_url=run.url) as refused, make(base_url=run.url_of("silent")) as silent:
        came = {
            "three": await outcome(run, "three", refused.get("/")),
            "five": await outcome(run, "five", refused.get("/", attempts=5)),
            "silent": await outcome(run, "silent", silent.get("/", attempts=4)),
        }
        ones = [await outcome(run, f"one {n}", refused.get("/", attempts=1)) for n in range(16)]
        return came | {f"one {n}": one for n, one in enumerate(ones)}


async def their_mistakes(make, run):
    async with make(base_url=run.url) as api:
        statuses = 200, 304, 400, 401, 403, 404, 409, 422, 501
        return {status: await outcome(run, status, api.get(f"/{status}", attempts=4)) for status in statuses}


async def one_deadline(make, run):
    async with make(base_url=run.url) as api:
        came = await outcome(run, "call", api.get("/slow", deadline=4.0, attempts=3))
        run.mark("over")
        return came


async def out_of_time(make, run):
    async with make(base_url=run.url, deadline=5.0) as api:
        came = await outcome(run, "call", api.get("/", attempts=60))
        await run.at(run.now + A_MINUTE)
        return came


async def waiting(make, run):
    async with make(base_url=run.url, limits=httpx.Limits(max_connections=1)) as api:
        first = asyncio.create_task(outcome(run, "first", api.get("/first", attempts=7, deadline=200.0)))
        await run.at(0.1)
        second = await outcome(run, "second", api.get("/second", attempts=1))
        return {"second": second, "first": await first}


async def together(make, run):
    async with make(base_url=run.url) as api:

        async def eight(name):
            calls = (outcome(run, f"{name} {n}", api.get("/", attempts=2)) for n in range(8))
            came = await asyncio.gather(*calls)
            run.mark(f"{name} over")
            return came

        async def cancelled():
            task = asyncio.create_task(api.get("/", attempts=60))
            await run.at(run.now + 12)
            task.cancel()
            await asyncio.wait([task], timeout=1)

        came = {"alone": await outcome(run, "alone", api.get("/", attempts=2))}
        came["at the same time"] = await eight("at the same time")
        await outcome(run, "failed", api.get("/", attempts=9))
        came["after a failed call"] = await eight("after a failed call")
        await cancelled()
        return came | {"after a cancelled call": await eight("after a cancelled call")}


async def herd(make, run):
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(make(base_url=run.url_of(f"client {n}"))) for n in range(8)]
        calls = (api.get("/parcels", attempts=25, deadline=400.0) for api in clients)
        return await asyncio.gather(*(outcome(run, n, call) for n, call in enumerate(calls)))


async def never_sent(make, run):
    async with make(base_url=run.url) as api:
        return await outcome(run, "call", api.post("/charges", json={"cents": 500}))


async def not_connected(make, run):
    came = {}
    for origin in ("refused", "silent"):
        async with make(base_url=run.url_of(origin)) as api:
            for method in METHODS:
                name = f"{origin} {method}"
                came[name] = await outcome(run, name, api.request(method, "/", attempts=2))
    async with make(base_url=run.url) as api:
        return came | {"charge": await outcome(run, "charge", api.post("/charges", json={"cents": 500}))}


async def maybe_sent(make, run):
    async with make(base_url=run.url) as api:
        asking = {"params": {"page": "2"}, "headers": {"X-Trace": "7f"}}
        order = asking | {"json": {"cents": 500}}
        asked = {
            "GET": api.get("/get", attempts=9, timeout=1.0, deadline=200.0, **asking),
            "HEAD": api.request("HEAD", "/head", attempts=9, timeout=1.0, deadline=200.0),
            "OPTIONS": api.request("OPTIONS", "/options", attempts=9, timeout=1.0, deadline=200.0),
            "QUERY": api.request("QUERY", "/query", attempts=9, timeout=1.0, deadline=200.0, **order),
            "PUT": api.request("put", "/put", attempts=9, timeout=1.0, deadline=200.0, **order),
            "DELETE": api.delete("/delete", attempts=9, timeout=1.0, deadline=200.0),
        }
        return {method: await outcome(run, method, call) for method, call in asked.items()}


async def once_only(make, run):
    async with make(base_url=run.url) as api:
        failures = {
            "POST": ("502", "503", "504", "crossed", "hung", "cut", "reset"),
            "PATCH": ("503", "crossed", "hung"),
        }
        return {
            f"{method} {failure}": await outcome(
                run, failure, api.request(method, f"/{failure}", json={"cents": 500}, timeout=1.0)
            )
            for method, each in failures.items()
            for failure in each
        }


async def uploads(make, run):
    async with make(base_url=run.url) as api:
        picture = bytes(5000)
        return {
            method: await outcome(run, method, api.request(method, "/", content=picture, timeout=1.0, attempts=2))
            for method in ("PUT", "POST", "PATCH")
        }


async def gives_up(make, run):
    async with make(base_url=run.url) as api:
        paths = {"mixed": 10, "then-cut": 3, "hung": 1, "reset": 1}
        return {
            path: await outcome(run, path, api.get(f"/{path}", attempts=attempts, timeout=1.0, deadline=200.0))
            for path, attempts in paths.items()
        }


async def others(make, run):
    async with make(base_url=run.url) as api:
        return {
            "wrong": await outcome(run, "wrong", api.get("/", headers={"X-Trace": "two\nlines"}, attempts=8)),
            "elsewhere": await outcome(run, "elsewhere", api.get("http://elsewhere.test/", attempts=8)),
        }


async def cancelled(make, run):
    async with make(base_url=run.url) as api:
        task = asyncio.create_task(outcome(run, "call", api.get("/silent")))
        await run.at(1.0)
        task.cancel()
        run.mark("cancelled")
        await asyncio.wait([task], timeout=20)
        run.mark("ended")
        return {"cancelled": task.done() and task.cancelled()}


async def cancelled_in_a_wait(make, run):
    async def block():
        async with make(base_url=run.url) as api:
            await api.get("/", attempts=60, deadline=300.0)

    async with make(base_url=run.url) as api:
        calls = [api.get("/", attempts=60, deadline=300.0) for _ in range(4)]
        tasks = [asyncio.create_task(each) for each in (*calls, block())]
        await run.at(2.0)
        for task in tasks:
            task.cancel()
        run.mark("cancelled")
        await asyncio.wait(tasks, timeout=1)
        cancelled = [task.done() and task.cancelled() for task in tasks]
        await run.at(2.0 + A_MINUTE)
    return {"cancelled": all(cancelled)}


async def label():
    """A body that can be read once."""
    yield b"one label, "
    yield b"in two pieces"


async def bodies(make, run):
    async with make(base_url=run.url) as api, make(base_url=run.url_of("starting")) as starting:
        return {
            "stream": await outcome(run, "stream", api.put("/stream", content=label())),
            "unread": await outcome(run, "unread", starting.put("/unread", content=label())),
            "bytes": await outcome(run, "bytes", api.put("/bytes", content=b"a whole label")),
            "text": await outcome(run, "text", api.put("/text", content="a whole label")),
            "form": await outcome(run, "form", api.put("/form", data={"label": "whole"})),
        }
