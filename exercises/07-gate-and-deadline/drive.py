"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

import httpx

FIVE = httpx.Limits(max_connections=5, max_keepalive_connections=5)


async def outcome(call, run, name):
    """What a call came to; the moment is marked."""
    try:
        came = {"status": (await call).status_code}
    except Exception as error:
        came = {"raised": [kind.__name__ for kind in type(error).__mro__]}
    run.mark(name)
    return came


async def drips(make, run):
    async with make(base_url=run.url, deadline=20.0) as api:
        return await outcome(api.get("/drips", deadline=1.0), run, "over")


async def queue(make, run):
    two = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with make(base_url=run.url, limits=two, deadline=1.0) as api:
        return await asyncio.gather(*(outcome(api.get(f"/users/{n}"), run, f"call {n}") for n in range(6)))


async def later(make, run):
    async with make(base_url=run.url, deadline=3.0) as api:
        await run.at(5.0)
        return [await outcome(api.get(f"/users/{n}"), run, f"call {n}") for n in (1, 2)]


async def cancelled(make, run):
    async with make(base_url=run.url, deadline=20.0) as api:
        task = asyncio.create_task(api.get("/silent"))
        await run.at(1.0)
        task.cancel()
        run.mark("cancelled")
        await asyncio.wait([task])
        run.mark("ended")
        return {"cancelled": task.cancelled()}


async def as_before(make, run):
    async with make(base_url=run.url) as api:
        silent = await outcome(api.get("/silent", timeout=2.0), run, "silent over")
        return {"silent": silent, "report": await outcome(api.report(7), run, "report over")}


async def burst(make, run):
    async with make(base_url=run.url, limits=FIVE) as api:
        calls = (outcome(api.get(f"/users/{n}", deadline=0.05), run, f"call {n}") for n in range(60))
        await asyncio.gather(*calls)
        await run.at(5.0)
        run.mark("well again")
        calls = (outcome(api.get(f"/well/{n}", deadline=3.0, timeout=2.0), run, f"later {n}") for n in range(5))
        return await asyncio.gather(*calls)
