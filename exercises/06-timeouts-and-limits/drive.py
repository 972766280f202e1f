"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

PATIENCE = 120.0  # seconds after which a call is left alone, so that a wait without an end has one here


def outcome(run, call):
    return run.outcome(call, within=PATIENCE, gaps=True)  # the third call of a queue may end in the last task's gap


async def three(run, call):
    """Three at once. The last finds no connection free, so in the picture only a mark can say that it was given up."""

    async def last():
        found = await outcome(run, call(3))
        if "status" not in found:
            run.mark("call 3 given up")
        return found

    return await asyncio.gather(outcome(run, call(1)), outcome(run, call(2)), last())


async def connecting(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(run, api.get("/users/1"))
        return {"slow": slow, "silent": await outcome(run, api.get("/users/2"))}


async def answering(make, run):
    async with make(base_url=run.url) as api:
        slow = await outcome(run, api.get("/slow"))
        return {"slow": slow, "silent": await outcome(run, api.get("/silent"))}


async def uploading(make, run):
    label = b"x" * 100_000
    async with make(base_url=run.url) as api:
        slow = await outcome(run, api.put("/labels/1", content=label))
    async with make(base_url=run.url_of("stuck")) as api:
        return {"slow": slow, "stuck": await outcome(run, api.put("/labels/2", content=label))}


async def short_queue(make, run):
    return await queueing(make, run)


async def queueing(make, run):
    two = run.httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with make(base_url=run.url, limits=two) as api:
        return await three(run, lambda number: api.get(f"/users/{number}"))


async def at_once(make, run):
    async with make(base_url=run.url) as api:
        return await asyncio.gather(*(outcome(run, api.get(f"/users/{n}")) for n in range(24)))


async def workers(make, run):
    async with make(base_url=run.url) as api:

        async def worker(number):
            for call in range(3):
                await outcome(run, api.get(f"/users/{number}-{call}"))

        await asyncio.gather(*(worker(number) for number in range(16)))


async def given(make, run):
    async with make(base_url=run.url, timeout=run.httpx.Timeout(1.0)) as api:
        own = await outcome(run, api.get("/silent"))
        return {"own": own, "call": await outcome(run, api.get("/silent", timeout=3.0))}


async def report(make, run):
    async with make(base_url=run.url) as api:
        return {
            "slow": await outcome(run, api.report(7)),
            "unconnected": await outcome(run, api.report(8)),
            "silent": await outcome(run, api.report(9)),
        }


async def own_queue(make, run):
    two = run.httpx.Limits(max_connections=2, max_keepalive_connections=2)
    short = run.httpx.Timeout(5.0, pool=0.5)
    async with make(base_url=run.url, limits=two) as api:
        return await three(run, lambda number: api.get(f"/silent/{number}", timeout=short))
