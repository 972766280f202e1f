"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio
import contextlib
import inspect

import httpx


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


def described(answer):
    """What a call gave back: its status if it is an answer, else what it is."""
    if inspect.iscoroutine(answer):
        answer.close()
        return {"given": "a coroutine"}
    if isinstance(answer, httpx.Response):
        return {"status": answer.status_code}
    return {"given": "None" if answer is None else type(answer).__name__}


async def attempt(call):
    """What a call came to: what it gave back, or the exception it raised."""
    try:
        return described(await call)
    except Exception as error:
        return {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}


async def in_a_row(make, run):
    async with opened(make, run) as api:
        return {"answers": [described(await api.request("GET", f"/users/{number}")) for number in range(1, 6)]}


async def not_found(make, run):
    async with opened(make, run) as api:
        return {"answer": await attempt(api.request("GET", "/users/404"))}


async def together(make, run):
    async with opened(make, run) as api:
        for _ in range(2):
            answers = await asyncio.gather(*(api.request("GET", f"/users/{number}") for number in range(1, 11)))
            for answer in answers:
                described(answer)


async def methods(make, run):
    async with opened(make, run) as api:
        answers = [
            await api.get("/users", params={"page": "2", "q": "a&b"}),
            await api.post("/users", json={"name": "Ada"}, headers={"x-request-id": "r-1"}),
            await api.put("/users/7", json={"name": "Grace"}),
            await api.patch("/users/7", json={"city": "Hull"}),
            await api.delete("/users/7", headers={"x-request-id": "r-2"}),
        ]
        return {"answers": [described(answer) for answer in answers]}


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
    return {"again": await attempt(api.aclose())}


async def after_closing(make, run):
    async with make(base_url=run.url + "/v1") as api:
        await api.request("GET", "/users/1")
    run.mark("closed")
    return {"late": await attempt(api.request("GET", "/users/2"))}


async def outside_the_block(make, run):
    api = make(base_url=run.url + "/v1")
    early = await attempt(api.request("GET", "/users/1"))
    await attempt(api.aclose())
    return {"early": early}


async def entered_twice(make, run):
    api = make(base_url=run.url + "/v1")
    async with api:
        await api.request("GET", "/users/1")
        second = await attempt(api.__aenter__())
        still = await attempt(api.request("GET", "/users/2"))
    return {"second": second, "still": still, "after": await attempt(api.__aenter__())}
