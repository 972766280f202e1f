"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import asyncio

import httpx

PATIENCE = 120.0  # seconds after which a call is left alone, so that a wait without an end has one here
LABEL = b"x" * 100_000
ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)
TWO = httpx.Limits(max_connections=2, max_keepalive_connections=2)
SHORT = httpx.Timeout(connect=0.5, read=1.0, write=0.7, pool=0.4)


async def outcome(call, run):
    """What a call came to, and when it began and ended."""
    limit, began = asyncio.timeout(PATIENCE), run.now
    try:
        async with limit:
            response = await call
            seen = {"status": getattr(response, "status_code", None)}
    except Exception as error:
        if limit.expired():
            seen = {"raised": [], "text": ""}
        else:
            seen = {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}
    return seen | {"began": began, "ended": run.now}


async def later(seconds, call, run):
    """As `outcome`, of a call that begins after so many seconds."""
    await asyncio.sleep(seconds)
    return await outcome(call(), run)


async def in_turn(run, **calls):
    """Calls one after another."""
    return {name: await outcome(call(), run) for name, call in calls.items()}


async def together(run, *calls):
    return await asyncio.gather(*(outcome(call, run) for call in calls))


async def in_pieces(count):
    for _ in range(count):
        yield LABEL[:50_000]


async def usual(make, run):
    async with make(base_url=run.url) as api:
        return await outcome(api.get("/users/1"), run)


async def connecting(make, run):
    async with make(base_url=run.url) as api:
        seen = await in_turn(run, slow=lambda: api.get("/users/1"), slow_again=lambda: api.get("/users/2"))
    async with make(base_url=run.url_of("away")) as api:
        return seen | await in_turn(run, silent=lambda: api.get("/users/3"), again=lambda: api.post("/users/4"))


async def answering(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(run, slow=lambda: api.get("/slow"), silent=lambda: api.get("/silent"))


async def mid_response(make, run):
    return await answering(make, run)


async def uploading(make, run):
    async with make(base_url=run.url) as api:
        seen = await in_turn(
            run,
            slow=lambda: api.put("/labels/1", content=LABEL),
            pieces=lambda: api.post("/labels", content=in_pieces(5)),
        )
    async with make(base_url=run.url_of("stuck")) as api:
        return seen | await in_turn(run, stuck=lambda: api.put("/labels/2", content=LABEL))


async def three(api, run):
    """Three calls at the same time. The last finds no connection free, so on the timeline only a mark can say that it
    failed."""

    async def last():
        seen = await outcome(api.get("/users/3"), run)
        if "raised" in seen:
            run.mark("call 3 failed")
        return seen

    return await asyncio.gather(outcome(api.get("/users/1"), run), outcome(api.get("/users/2"), run), last())


async def short_queue(make, run):
    async with make(base_url=run.url, limits=TWO) as api:
        return await three(api, run)


async def queueing(make, run):
    async with make(base_url=run.url, limits=TWO) as api:
        seen = {"three": await three(api, run)}
        seen |= await in_turn(
            run,
            no_response=lambda: api.get("/silent"),
            stuck=lambda: api.put("/labels/1", content=LABEL),
        )
    async with make(base_url=run.url_of("away")) as api:
        return seen | await in_turn(run, no_connection=lambda: api.get("/users/4"))


async def at_once(make, run):
    async with make(base_url=run.url, timeout=httpx.Timeout(20.0), limits=None) as api:
        return await together(run, *(api.get(f"/users/{n}") for n in range(22)))


async def workers(make, run):
    async with make(base_url=run.url) as api:

        async def worker(number):
            seen = [await outcome(api.get(f"/users/{number}-0"), run)]
            if number < 4:
                seen.append(await later(0.95, lambda: api.get(f"/users/{number}-1"), run))
            return seen

        seen = await asyncio.gather(*(worker(number) for number in range(16)))
        run.mark("all done")
        return seen


async def given_limits(make, run):
    limits = httpx.Limits(max_connections=3, max_keepalive_connections=1, keepalive_expiry=2.0)
    async with make(base_url=run.url, limits=limits) as api:
        seen = await together(run, *(api.get(f"/users/{n}") for n in range(4)))
        run.mark("second round")
        seen += await together(run, *(api.get(f"/users/{n}") for n in range(4, 6)))
        await asyncio.sleep(3)
        run.mark("after 3 s")
        return seen + await together(run, api.get("/users/6"))


async def given_no_limits(make, run):
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with make(base_url=run.url, limits=unlimited) as api:
        return await together(run, *(api.get(f"/users/{n}") for n in range(21)))


async def given_one(make, run):
    async with make(base_url=run.url, timeout=None, limits=TWO) as api:
        return await in_turn(run, slow=lambda: api.get("/slow"), silent=lambda: api.get("/silent"))


async def queued(api, run, report=None):
    """What becomes of calls for which the pool's one connection is in use."""
    calls = [later(0.1, lambda: api.get("/users/1"), run)]
    if report:
        calls.append(later(0.1, lambda: report(1), run))
    _, *seen = await asyncio.gather(outcome(api.get("/busy"), run), *calls)
    return dict(zip(("queued", "report_queued"), seen, strict=False))


async def given(make, run):
    async with make(base_url=run.url, timeout=SHORT) as api:
        seen = await in_turn(
            run,
            no_response=lambda: api.get("/silent"),
            stuck=lambda: api.put("/labels/1", content=LABEL),
        )
    async with make(base_url=run.url_of("away"), timeout=SHORT) as api:
        seen |= await in_turn(run, unconnected=lambda: api.get("/users/1"))
    async with make(base_url=run.url, timeout=SHORT, limits=ONE) as api:
        return seen | await queued(api, run)


async def given_none(make, run):
    patient = httpx.Timeout(None, read=20.0)
    async with make(base_url=run.url, timeout=patient) as api:
        seen = await in_turn(
            run,
            connection=lambda: api.get("/users/1"),
            response=lambda: api.get("/slow"),
            no_response=lambda: api.get("/silent"),
            upload=lambda: api.put("/labels/1", content=LABEL),
        )
    async with make(base_url=run.url, timeout=patient, limits=ONE) as api:
        return seen | await queued(api, run)


async def on_a_call(make, run):
    async with make(base_url=run.url) as api:
        first = await asyncio.gather(
            outcome(api.get("/slow/1", timeout=None), run),
            outcome(api.get_json("/slow/2", timeout=httpx.Timeout(25.0)), run),
            outcome(api.get("/silent/1", timeout=3.0), run),
            outcome(api.post("/silent/2", timeout=httpx.Timeout(5.0, read=3.0)), run),
            later(0.5, lambda: api.get("/silent/3"), run),
        )
        gone = asyncio.create_task(api.get("/silent/4", timeout=60.0))
        await asyncio.sleep(1)
        gone.cancel()
        after = await together(run, api.get("/usual"), api.get("/silent/5"))
    names = ("none", "longer", "number", "timeout", "beside", "usual", "after")
    return dict(zip(names, first + after, strict=True))


async def report(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(
            run,
            slow=lambda: api.report(7),
            silent=lambda: api.report(9),
            failing=lambda: api.report(5),
        )


async def report_body(make, run):
    async with make(base_url=run.url) as api:
        return await in_turn(run, slow=lambda: api.report(7), silent=lambda: api.report(9))


async def report_waits(make, run):
    async with make(base_url=run.url, limits=ONE) as api:
        seen = await queued(api, run, api.report)
    async with make(base_url=run.url_of("deaf")) as api:
        seen |= await in_turn(run, unread=lambda: api.report(2), usual_unread=lambda: api.get("/users/2"))
    async with make(base_url=run.url_of("away")) as api:
        return seen | await in_turn(
            run, unconnected=lambda: api.report(3), usual_unconnected=lambda: api.get("/users/3")
        )


async def report_pool(make, run):
    async with make(base_url=run.url, limits=TWO) as api:
        return await together(run, api.get("/users/1"), api.get("/users/2"), api.report(1), api.report(2))


async def report_given(make, run):
    async with make(base_url=run.url, timeout=SHORT) as api:
        seen = await in_turn(run, slow=lambda: api.report(7))
    async with make(base_url=run.url_of("away"), timeout=SHORT) as api:
        seen |= await in_turn(run, unconnected=lambda: api.report(8))
    async with make(base_url=run.url_of("deaf"), timeout=SHORT) as api:
        seen |= await in_turn(run, unread=lambda: api.report(6))
    async with make(base_url=run.url, timeout=httpx.Timeout(None)) as api:
        return seen | await in_turn(run, silent=lambda: api.report(9))


async def beside_reports(make, run):
    async with make(base_url=run.url) as api:
        two = await asyncio.gather(
            later(1, lambda: api.get("/silent/before"), run),
            later(2, lambda: api.report(1), run),
            later(12, lambda: api.report(2), run),
            later(15, lambda: api.get("/silent/during"), run),
        )
        seen = dict(zip(("before", "first", "second", "during"), two, strict=True))
        seen |= await in_turn(run, after=lambda: api.get("/silent/after"), slow=lambda: api.get("/slow"))
        gone = asyncio.create_task(api.report(3))
        await asyncio.sleep(5)
        gone.cancel()
        seen["after_a_cancel"] = await outcome(api.get("/silent/after-a-cancel"), run)
        return seen | await in_turn(
            run, failed=lambda: api.report(9), after_a_failure=lambda: api.get("/silent/after-a-failure")
        )


async def own_queue(make, run):
    async with make(base_url=run.url, limits=TWO) as api:
        busy = [asyncio.create_task(outcome(api.get(f"/busy/{n}"), run)) for n in range(2)]
        await asyncio.sleep(0.1)
        queued = await together(
            run,
            api.get("/users/1"),
            api.post("/users/2"),
            api.put("/users/3"),
            api.patch("/users/4"),
            api.delete("/users/5"),
            api.request("GET", "/users/6"),
            api.get_json("/users/7"),
        )
        await asyncio.gather(*busy)
        return {"queued": queued} | await in_turn(run, later=lambda: api.get("/users/9"))


async def queued_report(make, run):
    async with make(base_url=run.url, limits=ONE) as api:
        return await queued(api, run, api.report)


async def other_exceptions(make, run):
    short = httpx.Timeout(2.0)
    async with make(base_url=run.url, timeout=short) as api:
        seen = await in_turn(
            run,
            no_response=lambda: api.get("/silent"),
            closed=lambda: api.get("/closed"),
            reset=lambda: api.get("/reset"),
            stuck=lambda: api.put("/labels/1", content=LABEL),
        )
    async with make(base_url=run.url_of("away"), timeout=short) as api:
        seen |= await in_turn(run, no_connection=lambda: api.get("/users/1"))
    async with make(base_url=run.url_of("closed"), timeout=short) as api:
        return seen | await in_turn(run, refused=lambda: api.get("/users/2"))
