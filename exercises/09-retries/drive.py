"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import contextlib


async def recovers(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.get("/shipments/7"))


async def stays_down(make, run):
    async with make(base_url=run.url) as api:
        return {
            "/three": await run.outcome(api.get("/three", attempts=3)),
            "/one": await run.outcome(api.get("/one", attempts=1)),
        }


async def their_mistakes(make, run):
    async with make(base_url=run.url) as api:
        return await run.one_after_another(*(api.get(f"/{status}") for status in (400, 404, 422)))


async def one_deadline(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.get("/slow", deadline=4.0, attempts=3), mark="over")


async def herd(make, run):
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(make(base_url=run.url)) for _ in range(12)]
        calls = (api.get(f"/parcels/{n}", attempts=8, deadline=200.0) for n, api in enumerate(clients))
        return await run.together(*calls)


async def never_sent(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.post("/charges", json={"cents": 500}))


async def maybe_sent(make, run):
    async with make(base_url=run.url) as api:
        came = {path: await run.outcome(api.get(path)) for path in ("/crossed", "/cut", "/reset")}
        came["/hung"] = await run.outcome(api.get("/hung", timeout=1.0))
        came["/replaced"] = await run.outcome(api.put("/replaced", json={}))
        came["/deleted"] = await run.outcome(api.delete("/deleted"))
        return came


async def once_only(make, run):
    async with make(base_url=run.url) as api:
        return {
            "hung": await run.outcome(api.post("/hung", json={"cents": 500}, timeout=1.0)),
            "crossed": await run.outcome(api.patch("/crossed", json={"cents": 500})),
            "answered": await run.outcome(api.post("/answered", json={"cents": 500})),
        }


async def cancelled(make, run):
    async with make(base_url=run.url) as api:
        return await run.cancelled(api.get("/silent"), after=1.0)


async def label():
    """A body that can be read once."""
    yield b"one label, "
    yield b"in two pieces"


async def bodies(make, run):
    async with make(base_url=run.url) as api:
        return {
            "stream": await run.outcome(api.put("/labels/1", content=label())),
            "bytes": await run.outcome(api.put("/labels/2", content=b"a whole label")),
        }
