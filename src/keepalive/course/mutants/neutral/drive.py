"""Asks a client of the ladder for what some exercise may ask of it, and expects nothing.

What a client cannot do (a deadline, an attempt) it answers with a TypeError, as its reference does.
"""


async def kinds(make, run):
    async with make(base_url=run.url) as api:
        paths = ("/text", "/list", "/problem", "/bare", "/empty")
        return await run.one_after_another(*(api.get_json(path, params={"q": "1"}) for path in paths))


async def silent(make, run):
    async with make(base_url=run.url) as api:
        return await run.one_after_another(
            api.get("/silent", deadline=1.0), api.get("/silent", timeout=2.0), api.get("/silent"), api.report(1)
        )


async def small_pool(make, run):
    limits = run.httpx.Limits(max_connections=2, max_keepalive_connections=2)
    async with make(base_url=run.url, limits=limits) as api:
        return await run.together(*(api.get(f"/echo/{n}", params={"n": n}, deadline=5.0 + n) for n in range(6)))


async def no_limits(make, run):
    async with make(base_url=run.url, timeout=run.httpx.Timeout(None), limits=run.httpx.Limits()) as api:
        return await run.together(*(api.get(f"/echo/{n}", deadline=5.0) for n in range(8)))


async def two_calls(make, run):
    async with make(base_url=run.url) as api:
        return await run.together(
            api.get("/silent", deadline=20.0, timeout=3.0),
            api.get("/silent", deadline=1.0),
            api.get("/down", attempts=2, params={"a": "1"}, deadline=60.0),
            api.put("/down", attempts=4, json=[2], deadline=70.0),
        )


async def last_attempts(make, run):
    async with make(base_url=run.url) as api:
        calls = (
            api.get("/silent", timeout=1.0, attempts=2),
            api.put("/down", content="abc"),
            api.post("/down", json={}),
        )
        found = await run.one_after_another(*calls)
        found.append(await run.cancelled(api.get("/down", attempts=9), after=2.0))
        await run.quiet(60.0)
        return found


async def many_attempts(make, run):
    async with make(base_url=run.url) as api:
        return await run.one_after_another(*(api.get("/down", attempts=n, deadline=600.0) for n in (9, 1, 0)))


async def wrong_calls(make, run):
    async with make(base_url=run.url) as api:
        return await run.one_after_another(
            api.get("/200", headers=3), api.get("no-slash"), api.get("http://other.test/")
        )


async def by_method(make, run):
    async with make(base_url=run.url) as api:
        methods = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "POST", "get")
        return await run.one_after_another(
            *(api.request(method, f"/{status}") for method in methods for status in (200, 502, 503, 504))
        )


async def by_failure(make, run):
    found = {}
    for origin in run.origins:  # "GET refused" and so on
        async with make(base_url=run.url_of(origin)) as api:
            found[origin] = await run.outcome(api.request(origin.partition(" ")[0], "/", timeout=2.0))
    return found


async def once_more(make, run):
    async with make(base_url=run.url) as api:
        return await run.once_more(api.get)
