"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio
import contextlib


@contextlib.asynccontextmanager
async def opened(make, run):
    """Your client, entered. What is not written yet is left out, so that the first task can be checked alone."""
    api = make(base_url=run.url + "/v1")
    await api.__aenter__()
    try:
        yield api
    finally:
        with contextlib.suppress(NotImplementedError):
            await api.__aexit__(None, None, None)


async def in_a_row(make, run):
    async with opened(make, run) as api:
        for number in range(1, 6):
            await api.request("GET", f"/users/{number}")


async def not_found(make, run):
    async with opened(make, run) as api:
        return {"answer": await run.outcome(api.request("GET", "/users/404"))}


async def together(make, run):
    async with opened(make, run) as api:
        for _ in range(2):
            await asyncio.gather(*(api.request("GET", f"/users/{number}") for number in range(1, 11)))


async def methods(make, run):
    async with opened(make, run) as api:
        answers = await run.one_after_another(
            api.get("/users", params={"page": "2", "q": "a&b"}),
            api.post("/users", json={"name": "Ada"}, headers={"x-request-id": "r-1"}),
            api.put("/users/7", json={"name": "Grace"}),
            api.patch("/users/7", json={"city": "Hull"}),
            api.delete("/users/7", headers={"x-request-id": "r-2"}),
        )
        return {"answers": answers}


async def leaves_the_block(make, run):
    async with make(base_url=run.url + "/v1") as api:
        await asyncio.gather(*(api.request("GET", f"/users/{number}") for number in range(1, 4)))


async def block_raises(make, run):
    async with make(base_url=run.url + "/v1") as api:
        await api.request("GET", "/users/1")
    caught = None
    try:
        async with make(base_url=run.url + "/v1") as api:
            await api.request("GET", "/users/2")
            raise ValueError("the caller's own mistake")
    except ValueError as error:
        caught = str(error)
    return {"caught": caught}


async def closed_twice(make, run):
    api = make(base_url=run.url + "/v1")
    await api.__aenter__()
    await api.request("GET", "/users/1")
    await api.aclose()
    return {"again": await run.outcome(api.aclose())}


async def after_closing(make, run):
    async with make(base_url=run.url + "/v1") as api:
        await api.request("GET", "/users/1")
    run.mark("closed")
    return {"late": await run.outcome(api.request("GET", "/users/2"))}


async def outside_the_block(make, run):
    api = make(base_url=run.url + "/v1")
    early = await run.outcome(api.request("GET", "/users/1"))
    await run.outcome(api.aclose())
    return {"early": early}


async def entered_twice(make, run):
    api = make(base_url=run.url + "/v1")
    async with api:
        await api.request("GET", "/users/1")
        second = await run.outcome(api.__aenter__())
        still = await run.outcome(api.request("GET", "/users/2"))
    return {"second": second, "still": still, "after": await run.outcome(api.__aenter__())}
