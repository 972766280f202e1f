"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

import httpx

PATIENCE = 120.0  # seconds after which a call is left alone, so that a wait without an end has one here


async def outcome(call, run):
    """What a call came to, and when."""
    limit = asyncio.timeout(PATIENCE)
    try:
        async with limit:
            answer = await call
            came = {"status": getattr(answer, "status_code", None)}
    except Exception as error:
        if limit.expired():
            came = {"raised": [], "text": ""}
        else:
            came = {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}
    return came | {"at": run.now}


async def three(call, run):
    """Three at once. The last finds no connection free, so in the picture only a mark can say that it was given up."""

    async def last():
        came = await outcome(call(3), run)
        if "raised" in came:
            run.mark("call 3 given up")
        return came

    return await asyncio.gather(outcome(call(1), run), outcome(call(2), run), last())


async def connecting(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(api.get("/users/1"), run)
        return {"slow": slow, "silent": await outcome(api.get("/users/2"), run)}


async def answering(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(api.get("/slow"), run)
        return {"slow": slow, "silent": await outcome(api.get("/silent"), run)}


async def uploading(make, run):
    label = b"x" * 100_000
    async with make(base_url=run.url) as api:
        slow = await outcome(api.put("/labels/1", content=label), run)
    async with make(base_url=run.url_of("stuck")) as api:
        return {"slow": slow, "stuck": await outcome(api.put("/labels/2", content=label), run)}


async def short_queue(make, run):
    return await queueing(make, run)


async def queueing(make, run):
    two = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with make(base_url=run.url, limits=two) as api:
        return await three(lambda number: api.get(f"/users/{number}"), run)


async def at_once(make, run):
    async with make(base_url=run.url) as api:
        return await asyncio.gather(*(outcome(api.get(f"/users/{n}"), run) for n in range(24)))


async def workers(make, run):
    async with make(base_url=run.url) as api:

        async def worker(number):
            for call in range(3):
                await outcome(api.get(f"/users/{number}-{call}"), run)

        await asyncio.gather(*(worker(number) for number in range(16)))


async def given(make, run):
    async with make(base_url=run.url, timeout=httpx.Timeout(1.0)) as api:
        own = await outcome(api.get("/silent"), run)
        return {"own": own, "call": await outcome(api.get("/silent", timeout=3.0), run)}


async def report(make, run):
    async with make(base_url=run.url) as api:
        came = {"slow": await outcome(api.report(7), run)}
        came["unconnected"] = await outcome(api.report(8), run)
        came["silent"] = await outcome(api.report(9), run)
    return came


async def own_queue(make, run):
    two = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    short = httpx.Timeout(5.0, pool=0.5)
    async with make(base_url=run.url, limits=two) as api:
        return await three(lambda number: api.get(f"/silent/{number}", timeout=short), run)
