"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

import httpx

PATIENCE = 120.0  # seconds after which a call is left alone, so that a wait without an end has one here


async def outcome(call, run, name):
    """What a call came to; the moment is marked."""
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
    run.mark(name)
    return came


async def connecting(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(api.get("/users/1"), run, "slow over")
        return {"slow": slow, "silent": await outcome(api.get("/users/2"), run, "silent over")}


async def answering(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(api.get("/slow"), run, "slow over")
        return {"slow": slow, "silent": await outcome(api.get("/silent"), run, "silent over")}


async def uploading(make, run):
    label = b"x" * 100_000
    async with make(base_url=run.url) as api:
        slow = await outcome(api.put("/labels/1", content=label), run, "slow over")
    async with make(base_url=run.url_of("stuck")) as api:
        return {"slow": slow, "stuck": await outcome(api.put("/labels/2", content=label), run, "stuck over")}


async def queueing(make, run):
    two = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    came = {}
    async with make(base_url=run.url, limits=two) as api:
        for wave in ("short", "long"):
            run.mark(f"{wave} begins")
            calls = [outcome(api.get(f"/{wave}/{number}"), run, f"{wave} {number}") for number in (1, 2, 3)]
            came[wave] = await asyncio.gather(*calls)
    return came


async def at_once(make, run):
    async with make(base_url=run.url) as api:
        return await asyncio.gather(*(outcome(api.get(f"/users/{n}"), run, f"user {n}") for n in range(24)))


async def workers(make, run):
    async with make(base_url=run.url) as api:

        async def worker(number):
            for call in range(3):
                await outcome(api.get(f"/users/{number}-{call}"), run, f"worker {number}, call {call}")

        await asyncio.gather(*(worker(number) for number in range(16)))


async def given(make, run):
    async with make(base_url=run.url, timeout=httpx.Timeout(1.0)) as api:
        own = await outcome(api.get("/silent"), run, "own over")
        return {"own": own, "call": await outcome(api.get("/silent", timeout=3.0), run, "call over")}


async def report(make, run):
    async with make(base_url=run.url) as api:
        came = {"slow": await outcome(api.report(7), run, "slow over")}
        came["unconnected"] = await outcome(api.report(8), run, "unconnected over")
        came["silent"] = await outcome(api.report(9), run, "silent over")
    return came


async def own_queue(make, run):
    two = httpx.Limits(max_connections=2, max_keepalive_connections=2)
    short = httpx.Timeout(5.0, pool=0.5)
    async with make(base_url=run.url, limits=two) as api:
        calls = [outcome(api.get(f"/silent/{number}", timeout=short), run, f"call {number}") for number in (1, 2, 3)]
        return await asyncio.gather(*calls)
