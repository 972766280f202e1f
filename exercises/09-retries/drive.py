"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio
import contextlib


async def outcome(call):
    """What a call came to."""
    try:
        return {"status": getattr(await call, "status_code", None)}
    except NotImplementedError:
        raise  # not written yet
    except Exception as error:
        return {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}


async def recovers(make, run):
    async with make(base_url=run.url) as api:
        return await outcome(api.get("/shipments/7"))


async def stays_down(make, run):
    async with make(base_url=run.url) as api:
        came = [await outcome(api.get("/three", attempts=3))]
        run.mark("three over")
        came.append(await outcome(api.get("/one", attempts=1)))
        run.mark("one over")
        return came


async def their_mistakes(make, run):
    async with make(base_url=run.url) as api:
        return [await outcome(api.get(f"/{status}")) for status in (400, 404, 422)]


async def one_deadline(make, run):
    async with make(base_url=run.url) as api:
        came = await outcome(api.get("/slow", deadline=4.0, attempts=3))
        run.mark("over")
        return came


async def herd(make, run):
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(make(base_url=run.url)) for _ in range(12)]
        calls = (api.get(f"/parcels/{n}", attempts=8, deadline=200.0) for n, api in enumerate(clients))
        return await asyncio.gather(*map(outcome, calls))


async def never_sent(make, run):
    async with make(base_url=run.url) as api:
        return await outcome(api.post("/charges", json={"cents": 500}))


async def maybe_sent(make, run):
    async with make(base_url=run.url) as api:
        came = {path: await outcome(api.get(path)) for path in ("/crossed", "/cut", "/reset")}
        came["/hung"] = await outcome(api.get("/hung", timeout=1.0))
        came["/replaced"] = await outcome(api.put("/replaced", json={}))
        came["/deleted"] = await outcome(api.delete("/deleted"))
        return came


async def once_only(make, run):
    async with make(base_url=run.url) as api:
        return {
            "hung": await outcome(api.post("/hung", json={"cents": 500}, timeout=1.0)),
            "crossed": await outcome(api.patch("/crossed", json={"cents": 500})),
            "answered": await outcome(api.post("/answered", json={"cents": 500})),
        }


async def cancelled(make, run):
    async with make(base_url=run.url) as api:
        task = asyncio.create_task(outcome(api.get("/silent")))
        await run.at(1.0)
        task.cancel()
        run.mark("cancelled")
        await asyncio.wait([task], timeout=20)
        run.mark("ended")
        if task.done() and not task.cancelled() and isinstance(task.exception(), NotImplementedError):
            task.result()  # not written yet: raises it
        return {"cancelled": task.done() and task.cancelled()}


async def label():
    """A body that can be read once."""
    yield b"one label, "
    yield b"in two pieces"


async def bodies(make, run):
    async with make(base_url=run.url) as api:
        return {
            "stream": await outcome(api.put("/labels/1", content=label())),
            "bytes": await outcome(api.put("/labels/2", content=b"a whole label")),
        }
