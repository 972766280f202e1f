"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

PATIENCE = 200.0  # seconds after which a call is left alone, so that a wait without an end has one here
LABEL = b"x" * 100_000
METHODS = "get", "post", "put", "patch", "delete"


def limits(run, most, **more):
    return run.httpx.Limits(**{"max_connections": most, "max_keepalive_connections": most} | more)


def short(run):
    return run.httpx.Timeout(connect=0.5, read=1.0, write=0.7, pool=0.4)


async def outcome(run, call, after=0.0):
    """What a call gave its caller. It begins `after` so many seconds. In a gap the call failed all the same."""
    await asyncio.sleep(after)
    return await run.outcome(call, within=PATIENCE, gaps=True)


async def in_turn(run, **calls):
    try:
        return {name: await outcome(run, call) for name, call in calls.items()}
    finally:
        for call in filter(asyncio.iscoroutine, calls.values()):
            call.close()  # those after one that ended the drive


async def together(run, **calls):
    """What calls gave that are made at once; of a pair, the first is the seconds after which its call begins."""
    pairs = [each if isinstance(each, tuple) else (0, each) for each in calls.values()]
    ends = await asyncio.gather(*(outcome(run, call, after) for after, call in pairs))
    return dict(zip(calls, ends, strict=True))


def each(api, what, methods=METHODS, **options):
    """A call by each method, to a path of its own."""
    return {f"{what} {method}": getattr(api, method)(f"/{what}/{method}", **options) for method in methods}


def users(api, count):
    return {f"user {number}": api.get(f"/users/{number}") for number in range(count)}


async def in_pieces(count):
    for _ in range(count):
        yield LABEL[:50_000]


async def usual(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(run, call=api.get("/users/1"))


async def connecting(make, run):
    async with make(base_url=run.url) as api:
        seen = await in_turn(run, **each(api, "slow", METHODS[:2]))
    async with make(base_url=run.url_of("away")) as api:
        return seen | await in_turn(run, **each(api, "never"))


async def silences(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(run, **each(api, "slow", METHODS[:2]), **each(api, "silent"), long=api.get("/long"))


async def uploading(make, run):
    async with make(base_url=run.url) as api:
        pieces = api.post("/labels/1", content=in_pieces(5))
        seen = await in_turn(run, whole=api.put("/whole/1", content=LABEL), pieces=pieces)
    async with make(base_url=run.url_of("stuck")) as api:
        return seen | await in_turn(run, **each(api, "stuck", METHODS[1:4], content=LABEL))


async def given_limits(make, run):
    async with make(base_url=run.url, limits=limits(run, 3, max_keepalive_connections=1, keepalive_expiry=2.0)) as api:
        seen = await together(run, **users(api, 4))
        run.mark("second round")
        await together(run, **users(api, 2))
        await asyncio.sleep(3)
        run.mark("after 3 s")
        return seen | await in_turn(run, last=api.get("/users/5"))


async def given_no_limits(make, run):
    async with make(base_url=run.url, limits=limits(run, None, keepalive_expiry=None)) as api:
        await together(run, **users(api, 21))
        await asyncio.sleep(60)
        run.mark("after 60 s")
        return await in_turn(run, last=api.get("/users/21"))


async def short_queue(make, run):
    async with make(base_url=run.url, limits=limits(run, 2)) as api:
        return await together(run, **users(api, 2), **each(api, "queued", METHODS[:2]))


async def queueing(make, run):
    async with make(base_url=run.url, limits=limits(run, 1)) as api:
        seen = await queued(run, api, **each(api, "queued"))
        seen |= await in_turn(run, silent=api.get("/silent"), stuck=api.put("/labels/1", content=LABEL))
    async with make(base_url=run.url_of("away")) as api:
        return seen | await in_turn(run, never=api.get("/users/4"))


async def workers(make, run):
    async with make(base_url=run.url, timeout=run.httpx.Timeout(20.0), limits=None) as api:
        for number in range(85):  # the first worker is ahead of the others
            await outcome(run, getattr(api, METHODS[number % 5])("/first"))
        run.mark("16 workers")
        await together(run, **{f"worker {n}": getattr(api, METHODS[n % 5])("/labels") for n in range(16)})
        await together(run, **{f"worker {n}": (0.95, api.get("/again")) for n in range(4)})
        run.mark("all done")
        return await together(run, **users(api, 21), own=api.post("/own", timeout=20.0), report=api.report(1))


async def queued(run, api, **calls):
    """Calls for which the pool's one connection is in use."""
    return await together(run, busy=api.get("/busy"), **{name: (0.1, call) for name, call in calls.items()})


async def given(make, run):
    async with make(base_url=run.url_of("away"), timeout=short(run)) as api:
        seen = await in_turn(run, never=api.get("/users/1"))
    async with make(base_url=run.url, timeout=short(run), limits=limits(run, 1)) as api:
        seen |= await in_turn(run, silent=api.get("/silent"), stuck=api.put("/labels/1", content=LABEL))
        return seen | await queued(run, api, queued=api.get("/users/1"))


async def given_none(make, run):
    async with make(base_url=run.url, timeout=run.httpx.Timeout(None, read=20.0), limits=limits(run, 1)) as api:
        seen = await in_turn(run, connection=api.get("/users/1"), slow=api.get("/slow"), silent=api.get("/silent"))
        seen |= await in_turn(run, upload=api.put("/labels/1", content=LABEL))
        return seen | await queued(run, api, queued=api.get("/users/1"))


async def given_one(make, run):
    async with make(base_url=run.url, timeout=None, limits=limits(run, 1)) as api:
        seen = await in_turn(run, slow=api.get("/slow"), silent=api.get("/silent"), after_failure=api.get("/users/1"))
        await run.cancelled(api.get("/silent"), after=1)
        return seen | await in_turn(run, after_cancel=api.get("/users/2"))


async def on_a_call(make, run):
    timeout = run.httpx.Timeout
    async with make(base_url=run.url) as api:
        calls = {"none": api.request("GET", "/slow/1", timeout=None), "number": api.get("/silent/1", timeout=3.0)}
        calls |= {"longer": api.get("/slow/2", timeout=timeout(25.0)), "beside": api.get("/silent/3")}
        first = await together(run, **calls, shorter=api.post("/silent/2", timeout=timeout(5.0, read=3.0)))
        await run.outcome(api.get("/silent/4", timeout=60.0), within=1)
        await in_turn(run, mistake=api.get("/\n", timeout=60.0))  # httpx raises InvalidURL and sends nothing
        return first | await together(run, usual=api.get("/usual"), after=api.get("/silent/5"))


async def report(make, run):
    async with make(base_url=run.url) as api:
        seen = await in_turn(run, **{f"report {n}": api.report(n) for n in (3, 302, 404, 409, 500, 502, 503, 504)})
        seen |= await in_turn(run, closed=api.report(1), reset=api.report(2))
        return seen | await in_turn(run, slow=api.report(7), silent=api.report(9))


async def report_body(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(run, slow=api.report(7), silent=api.report(9), long=api.report(8))


async def report_waits(make, run):
    async with make(base_url=run.url, limits=limits(run, 1)) as api:
        seen = await queued(run, api, queued=api.get("/users/1"), report_queued=api.report(1))
    for name in ("stuck", "away"):
        async with make(base_url=run.url_of(name)) as api:
            seen |= await in_turn(run, **{name: api.get("/users/2"), f"report_{name}": api.report(2)})
    return seen


async def reports_at_once(make, run):
    async with make(base_url=run.url, limits=limits(run, 21)) as api:
        reports = {f"report {n}": api.report(n) for n in range(1, 21)} | {"report 1 again": api.report(1)}
        seen = await together(run, **reports)
        run.mark("all reports done")
        await asyncio.sleep(0.9)
        return seen | await together(run, **users(api, 3))


async def report_given(make, run):
    async with make(base_url=run.url, timeout=run.httpx.Timeout(None)) as api:
        seen = await in_turn(run, silent=api.report(9))
    for name, url in (("slow", run.url), ("stuck", run.url_of("stuck")), ("away", run.url_of("away"))):
        async with make(base_url=url, timeout=short(run)) as api:
            seen |= await in_turn(run, **{name: api.report(7)})
    async with make(base_url=run.url, timeout=short(run), limits=limits(run, 1)) as api:
        await run.cancelled(api.report(7), after=1)
        seen |= await in_turn(run, after_cancel=api.get("/busy"))
        return seen | await queued(run, api, queued=api.report(6))


async def beside_reports(make, run):
    async with make(base_url=run.url) as api:
        calls = {"before": (1, api.get("/silent/1")), "first": (2, api.report(1)), "second": (12, api.report(2))}
        seen = await together(run, **calls, during=(15, api.get("/silent/2")))
        seen |= await in_turn(run, after=api.get("/silent/3"), slow=api.get("/slow"))
        await run.outcome(api.report(3), within=5)
        seen |= await in_turn(run, after_cancel_of=api.get("/silent/4"), failed=api.report(9))
        return seen | await in_turn(run, after_failure_of=api.get("/silent/5"))


async def own_queue(make, run):
    async with make(base_url=run.url, limits=limits(run, 1)) as api:
        busy = asyncio.create_task(outcome(run, api.get("/busy")))
        await asyncio.sleep(0.1)
        calls = each(api, "users", (*METHODS, "get_json")) | {"users request": api.request("GET", "/users/request")}
        seen = await together(run, **calls, report=api.report(1))
        run.mark("eight calls over")
        afterwards = asyncio.create_task(outcome(run, api.get("/users/8")))
        await asyncio.sleep(1)
        busy.cancel()
        return seen | {"afterwards": await afterwards}


async def other_exceptions(make, run):
    two = run.httpx.Timeout(2.0)
    async with make(base_url=run.url, timeout=two) as api:
        seen = await in_turn(run, silent=api.get("/silent"), stuck=api.put("/labels/1", content=LABEL))
        seen |= await in_turn(run, closed=api.get("/closed"), reset=api.get("/reset"), report=api.report(9))
    for name in ("away", "refused"):
        async with make(base_url=run.url_of(name), timeout=two) as api:
            seen |= await in_turn(run, **{name: api.get("/users/1")})
    return seen
