"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""


async def drips(make, run):
    async with make(base_url=run.url, deadline=20.0) as api:
        return await run.outcome(api.get("/drips", deadline=1.0), mark="over")


async def queue(make, run):
    two = run.httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with make(base_url=run.url, limits=two, deadline=1.0) as api:
        return await run.together(*(api.get(f"/users/{n}") for n in range(6)))


async def later(make, run):
    async with make(base_url=run.url, deadline=3.0) as api:
        await run.at(5.0)
        return await run.one_after_another(api.get("/users/1"), api.get("/users/2"))


async def cancelled(make, run):
    async with make(base_url=run.url, deadline=20.0) as api:
        return await run.cancelled(api.get("/silent"), after=1.0)


async def as_before(make, run):
    async with make(base_url=run.url) as api:
        return {
            "silent": await run.outcome(api.get("/silent", timeout=2.0)),
            "report": await run.outcome(api.report(7)),
        }


async def burst(make, run):
    five = run.httpx.Limits(max_connections=5, max_keepalive_connections=5)
    async with make(base_url=run.url, limits=five) as api:
        await run.together(*(api.get(f"/users/{n}", deadline=0.05) for n in range(60)))
        await run.at(5.0)
        run.mark("well again")
        return await run.together(*(api.get(f"/well/{n}", deadline=3.0, timeout=2.0) for n in range(5)))
