"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio
import contextlib
import functools

METHODS = ("get", "post", "put", "patch", "delete")
STATUSES = (200, 204, 302, 304, 400, 401, 404, 429, 500, 503)
OWN = {"params": {"own": "a&b"}, "headers": {"x-own": "1"}, "auth": ("own", "pw")}
KINDS = (("GET", {}), ("GET", {"timeout": 2.0}), ("GET", OWN), ("POST", {}), ("GET", {"follow_redirects": True}))
PAIRS = OWN | {"params": [("own", "a&b"), ("own", "2")], "headers": [("x-own", "1"), ("x-own", "2")]}


@contextlib.asynccontextmanager
async def opened(make, run, base_url):
    """Your client, entered. What is not written yet is left out, so that the first task can be checked alone."""
    api = make(base_url=base_url)
    await api.__aenter__()
    try:
        yield api
    finally:
        with contextlib.suppress(NotImplementedError):
            await run.outcome(api.__aexit__(None, None, None), within=10)


async def used(make, run, base_url):
    """Your client after one call, in a block only if it needs one."""
    api = make(base_url=base_url)
    if "raised" in await run.outcome(api.request("GET", "/users/1")):
        await api.__aenter__()
        await run.outcome(api.request("GET", "/users/1"))
    return api


async def called(call, path, options):
    """A call made here, so that an argument that it does not take is an outcome, too."""
    return await call(path, **options)


def users(api, *numbers):
    """Calls in a row differ in method and arguments."""
    return [api.request(KINDS[each % 5][0], f"/users/{each}", **KINDS[each % 5][1]) for each in numbers]


def calls(api):
    """How each method is called, `request` with the name of one."""
    return {method: getattr(api, method) for method in METHODS} | {"request": functools.partial(api.request, "POST")}


# -- one-pool


async def in_a_row(make, run):
    async with opened(make, run, run.url + "/v1") as api:
        return await run.one_after_another(*users(api, *range(5)))


async def slashes(make, run):
    for base_url in ("/v1", "/v1/"):
        async with opened(make, run, run.url + base_url) as api:
            await run.one_after_another(api.request("GET", "/users/1"), api.request("GET", "users/1"))


async def together(make, run):
    async with opened(make, run, run.url) as api:
        await run.together(*users(api, *range(12)))
        await run.together(*users(api, *range(12, 24)))
        beside = []
        for path in ("/fails", "/closes", "/cancelled"):
            fails = run.cancelled(api.request("GET", path), after=0.5)
            beside.append((await run.together(api.request("GET", "/slow"), fails))[0])
        await run.outcome(api.request("GET", "/users/1"))
        return beside


async def once_more(make, run):
    async with opened(make, run, run.url) as api:
        found = await run.once_more(functools.partial(api.request, "GET"))
        for _ in range(20):
            await run.cancelled(api.request("GET", "/cancelled"), after=0.01)
        return found | {"/after-many": await run.outcome(api.request("GET", "/after-many"), within=1)}


# -- closing


async def leaves_the_block(make, run):
    async with make(base_url=run.url) as api:
        await run.together(*users(api, 0, 1, 2))
    await run.quiet(1.0)


async def block_raises(make, run):
    caught = {}
    for mistake in (ValueError("own"), RuntimeError("own"), run.httpx.ReadError("own")):
        error = None
        try:
            async with make(base_url=run.url) as api:
                await api.request("GET", "/users/1")
                raise mistake
        except Exception as raised:
            error = raised
        caught[type(mistake).__name__] = {"name": error and type(error).__name__, "same": error is mistake}
    run.mark("ended")
    late = {"After a block that raised, `request`": await run.outcome(api.request("GET", "/late"))}
    return {"caught": caught, "late": late}


async def block_cancelled(make, run):
    async def work():
        async with make(base_url=run.url) as api:
            await run.together(*users(api, 0, 1))
            await api.request("GET", "/silent")

    return await run.cancelled(work(), after=1.0, within=10)


async def closed_twice(make, run):
    async def inside():
        async with make(base_url=run.url) as api:
            await run.outcome(api.request("GET", "/users/1"))
            await api.aclose()

    one, two = await used(make, run, run.url), await used(make, run, run.url)
    await run.outcome(one.aclose(), mark="closed")
    both = await run.together(two.aclose(), two.aclose())
    return {
        "The second `aclose()`": await run.outcome(one.aclose()),
        "One of two `aclose()` at the same time": both[0],
        "The other of two `aclose()` at the same time": both[1],
        "A block with `aclose()` inside it": await run.outcome(inside()),
        "`aclose()` on a client that was never used": await run.outcome(make(base_url=run.url).aclose()),
    }


async def after_closing(make, run):
    async with make(base_url=run.url + "/v1") as left:
        await run.outcome(left.request("GET", "/users/1"))
    closed, unused = await used(make, run, run.url + "/v1"), make(base_url=run.url + "/v1")
    for api in (closed, unused):
        await run.outcome(api.aclose())
    async with make(base_url=run.url + "/v1") as empty:
        pass
    never_used = {"an empty block": empty, "`aclose()` on a client that was never used": unused}
    late = {}
    for way, api in ({"a block": left, "`aclose()`": closed} | never_used).items():
        for method, call in calls(api).items():
            with contextlib.suppress(NotImplementedError):
                late[f"After {way}, `{method}`"] = await run.outcome(call("/late"))
    return late


async def closed_in_flight(make, run):
    one, two = await used(make, run, run.url), make(base_url=run.url)
    await two.__aenter__()
    calls = asyncio.gather(*(run.outcome(api.request("GET", "/slow"), within=10) for api in (one, one, two, two)))
    await run.at(0.5)
    closing = asyncio.gather(run.outcome(one.aclose()), run.outcome(two.__aexit__(None, None, None)))
    await asyncio.sleep(0)
    begun = {"Right after `aclose()` was called, `request`": one, "Right after a block ended, `request`": two}
    late = {what: await run.outcome(api.request("GET", "/late")) for what, api in begun.items()}
    await closing
    run.mark("closed")
    return {"late": late, "calls": await calls}


async def outside_the_block(make, run):
    api = make(base_url=run.url)
    early = await run.outcome(api.request("GET", "/users/1"))
    async with api:
        return early


async def two_clients(make, run):
    async with make(base_url=run.url) as outer:
        slow = asyncio.create_task(run.outcome(outer.request("GET", "/slow")))
        async with make(base_url=run.url_of("other")) as inner:
            await run.outcome(inner.request("GET", "/users/2"))
        run.mark("closed")
        return await run.outcome(outer.request("GET", "/users/3")), await slow


# -- methods


async def methods(make, run):
    async with opened(make, run, run.url) as api:
        return {method: await run.outcome(getattr(api, method)("/users/7")) for method in METHODS}


async def arguments(make, run):
    outcomes = {}
    async with opened(make, run, run.url) as api:
        for method, call in calls(api).items():
            target = OWN | {"extensions": {"target": f"/{method}-target".encode()}}
            kinds = {"own": PAIRS, "elsewhere": target}
            if method not in ("get", "delete"):
                kinds = {"own": PAIRS | {"json": {}}, "elsewhere": target | {"content": b"parcel"}}
                kinds["form"] = {"data": {"parcel": "7"}, "files": {"label": b"parcel"}}
            for kind, given in kinds.items():
                what = f"`{method}` with {', '.join(f'`{name}`' for name in given)}"
                outcomes[what] = await run.outcome(called(call, f"/{method}-{kind}", given))
    return outcomes


async def behaviour(make, run):
    async with opened(make, run, run.url) as api:
        outcomes = {
            f"`{method}` with `follow_redirects=True` and `timeout=0.5`": await run.outcome(
                called(call, "/moved", {"follow_redirects": True, "timeout": 0.5})
            )
            for method, call in calls(api).items()
        }
        return outcomes, await run.outcome(called(api.get, "/slowest", {"timeout": None}))


async def own_arguments(make, run):
    found = []
    async with opened(make, run, run.url) as api:
        for call in (api.get, api.post):
            given = call("/given", timeout=0.5, follow_redirects=True, **OWN)
            _, *beside = await run.together(given, call("/slow"), call("/moved"))
            found.append(("beside", beside))
            found.append(("after", await run.one_after_another(call("/slow"), call("/moved"))))
    return found


async def statuses(make, run):
    async def read(call):
        response = await call
        return {"status": response.status_code, "text": response.text}

    async with opened(make, run, run.url) as api:
        return {
            f"{method} {status}": await run.outcome(read(getattr(api, method)(f"/{status}")))
            for method in METHODS
            for status in (STATUSES if method == "get" else (404, 503))
        }


async def failures(make, run):
    outcomes = {}
    for name in run.origins:
        async with opened(make, run, run.url_of(name)) as api:
            outcomes[name] = await run.outcome(getattr(api, name.split()[0].lower())("/users/1"))
    return outcomes


# -- one-owner


async def entered_twice(make, run):
    api = make(base_url=run.url + "/v1")
    async with api:
        await run.outcome(api.request("GET", "/users/1"))
        second = await run.outcome(api.__aenter__())
        still = await run.outcome(api.request("GET", "/users/2"))
    after = await run.outcome(api.__aenter__())
    return {"while its block was open": second, "after its block had ended": after, "still": still}
