"""What the exercise asks of your class. Nothing is expected in here: the server does the looking."""

import asyncio
import contextlib
from itertools import cycle

STATUSES = 200, 204, 304, 400, 401, 403, 404, 409, 410, 422, 501, 505, 507, 599
METHODS = "GET", "HEAD", "OPTIONS", "QUERY", "PUT", "DELETE", "POST", "PATCH"
CHARGE = {"cents": 500}


async def text(call):
    """The text of a call's response, which says which of several it is; what is no response as it is."""
    response = await call
    return getattr(response, "text", response)


async def recovers(make, run):
    async with make(base_url=run.url) as api, make(base_url=run.url_of("starting")) as starting:
        return {
            "statuses": await run.outcome(api.get("/shipments/7", attempts=6)),
            "connecting": await run.outcome(starting.get("/shipments/7", attempts=6)),
        }


async def stays_down(make, run):
    async with make(base_url=run.url) as api:
        found = {
            "/three": await run.outcome(text(api.get("/three"))),
            "/one": await run.outcome(text(api.get("/one", attempts=1))),
        }
        await run.outcome(api.get("/eleven", attempts=11, deadline=200.0))
        return found


async def unreachable(make, run):
    async with make(base_url=run.url_of("silent")) as silent:
        found = {"silent": await run.outcome(silent.get("/", attempts=4))}
    async with make(base_url=run.url) as api:
        found["three"] = await run.outcome(api.get("/"))
    async with make(base_url=run.url) as api:
        found["five"] = await run.outcome(api.get("/", attempts=5))
        return found | {"ones": await run.one_after_another(*(api.get("/", attempts=1) for _ in range(16)))}


async def their_mistakes(make, run):
    async with make(base_url=run.url) as api:
        return {f"/{status}": await run.outcome(api.get(f"/{status}", attempts=4)) for status in STATUSES}


async def one_deadline(make, run):
    async with make(base_url=run.url) as api, make(base_url=run.url_of("refused"), deadline=5.0) as refused:
        found = {
            "slow": await run.outcome(api.get("/slow", deadline=4.0, attempts=3)),
            "hung": await run.outcome(api.get("/hung", deadline=1.0, attempts=1)),
            "refused": await run.outcome(refused.get("/", attempts=60)),
        }
        await run.quiet()
        return found


async def waiting(make, run):
    async with make(base_url=run.url, limits=run.httpx.Limits(max_connections=1)) as api:

        async def at(moment):
            await run.at(moment)
            return await run.outcome(api.get("/", attempts=1, deadline=200.0))

        others = map(at, (0.7, 1.9, 3.1, 4.6, 7.3, 9.2, 11.4, 13.7))
        _, *found = await asyncio.gather(run.outcome(api.get("/", attempts=12, deadline=200.0)), *others)
        return found


async def limited(make, run):
    async with (
        make(base_url=run.url, limits=run.httpx.Limits(max_connections=1)) as api,
        make(base_url=run.url_of("slow")) as slow,
    ):
        calls = run.outcome(api.get("/first", attempts=2)), run.outcome(api.get("/second"))
        early = (run.cancelled(call, after=1.0, within=1.0) for call in (api.get("/third"), slow.get("/")))
        found = await asyncio.gather(*calls, *early)
        await run.quiet()
        return found


async def together(make, run):
    async with make(base_url=run.url) as api:

        async def eight():
            return await run.spawn(8, lambda number: api.get("/", attempts=2))

        found = {"alone": [await run.outcome(api.get("/", attempts=2))], "at the same time": await eight()}
        await run.outcome(api.get("/", attempts=15, deadline=250.0))
        found["after a call that failed"] = await eight()
        await asyncio.gather(*(run.cancelled(api.get("/", attempts=12), after=0.2, within=1) for _ in range(20)))
        return found | {"after twenty calls that were cancelled": await eight()}


async def herd(make, run):
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(make(base_url=run.url_of(origin))) for origin in run.origins]
        return await run.together(*(api.get("/parcels", attempts=25, deadline=400.0) for api in clients))


async def never_sent(make, run):
    found = {}
    for origin in ("refused", "silent"):
        async with make(base_url=run.url_of(origin)) as api:
            for method in METHODS:
                found[f"{method} {origin}"] = await run.outcome(api.request(method, "/", attempts=2))
    for origin in run.origins[2:]:
        async with make(base_url=run.url_of(origin)) as api:
            found[origin] = await run.outcome(api.post("/", json=CHARGE, timeout=1.0))
    return found


async def maybe_sent(make, run):
    options = {"attempts": 9, "timeout": 1.0, "deadline": 200.0}
    asking = options | {"params": {"page": "2"}, "headers": {"X-Trace": "7f"}}
    async with make(base_url=run.url) as api:
        found = {
            "GET": await run.outcome(api.get("/get", **asking)),
            "HEAD": await run.outcome(api.request("HEAD", "/head", **options)),
            "OPTIONS": await run.outcome(api.request("OPTIONS", "/options", **options)),
            "QUERY": await run.outcome(api.request("QUERY", "/query", json=CHARGE, **asking)),
            "PUT": await run.outcome(api.request("put", "/put", json=CHARGE, **asking)),
            "DELETE": await run.outcome(api.delete("/delete", **options)),
        }
    async with make(base_url=run.url_of("PUT unread")) as api:
        return found | {"PUT unread": await run.outcome(api.put("/", content=b"a label", timeout=1.0, attempts=2))}


async def once_only(make, run):
    options, spelled = {"json": CHARGE, "timeout": 1.0}, cycle((str.upper, str.lower))
    paths = "/hung", "/closed", "/cut", "/reset", "/502", "/503", "/504"
    calls = [("POST", path) for path in paths] + [("PATCH", path) for path in (*paths[:4], "/503")]
    async with make(base_url=run.url) as api:
        found = {
            f"{method} {path}": await run.outcome(api.request(next(spelled)(method), path, **options))
            for method, path in calls
        }
    for name in run.origins:
        async with make(base_url=run.url_of(name)) as api:
            found[name] = await run.outcome(api.request(name.split()[0], "/charges", **options))
    return found


async def different(make, run):
    async with make(base_url=run.url) as api:
        return await run.together(
            api.get("/slow", attempts=1),
            api.put("/put", attempts=2, json=CHARGE, params={"page": "2"}),
            api.get("/hung", attempts=5, deadline=0.2),
        )


async def gives_up(make, run):
    attempts = {"/mixed": 15, "/last-cut": 3, "/hung": 1, "/reset": 1}
    async with make(base_url=run.url) as api:
        found = {
            path: await run.outcome(text(api.get(path, attempts=number, timeout=1.0, deadline=200.0)))
            for path, number in attempts.items()
        }
    for origin, number in (("refused-first", 6), ("response-first", 4)):
        async with make(base_url=run.url_of(origin)) as api:
            found[origin] = await run.outcome(api.get("/", attempts=number, deadline=200.0))
    return found


async def others(make, run):
    lines = {"X-Trace": "two\nlines"}
    async with make(base_url=run.url) as api, make(base_url="ftp://depot.test") as ftp:
        found = {"GET DecodingError": await run.outcome(api.get("/garbled", attempts=8))}
        for method in ("GET", "PUT", "POST"):
            found |= {
                f"{method} LocalProtocolError": await run.outcome(api.request(method, "/", headers=lines, attempts=8)),
                f"{method} OtherOrigin": await run.outcome(api.request(method, "http://elsewhere.test/", attempts=8)),
                f"{method} UnsupportedProtocol": await run.outcome(ftp.request(method, "/", attempts=8)),
            }
    return found


async def cancelled(make, run):
    async def block():
        async with make(base_url=run.url_of("refused")) as api:
            await api.get("/", attempts=40, deadline=300.0)

    async with make(base_url=run.url) as api, make(base_url=run.url_of("refused")) as refused:
        attempt = await run.cancelled(api.get("/silent"), after=1.0, within=20.0)
        calls = [*(refused.get("/", attempts=40, deadline=300.0) for _ in range(4)), block()]
        waits = await asyncio.gather(*(run.cancelled(call, after=1.0, within=1.0) for call in calls))
        await run.quiet(200)
        return {"attempt": attempt, "waits": waits}


async def label():
    """A body that can be read once."""
    yield b"one label, "
    yield b"in two pieces"


async def picture():
    """A third one, too long to be sent at once."""
    for _ in range(3):
        yield bytes(1000)


class Pieces:
    """Another one, which is no generator: a stream or an open file may be such an object."""

    def __init__(self):
        self._left = [b"one label, ", b"in two pieces"]

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop(0)


async def bodies(make, run):
    async with (
        make(base_url=run.url) as api,
        make(base_url=run.url_of("starting")) as starting,
        make(base_url=run.url_of("narrow")) as narrow,
    ):
        return {
            "/stream": await run.outcome(api.put("/stream", content=label())),
            "/closed": await run.outcome(api.put("/closed", content=Pieces())),
            "/unread": await run.outcome(starting.put("/unread", content=label())),
            "/picture": await run.outcome(narrow.put("/picture", content=picture(), timeout=1.0)),
            "/bytes": await run.outcome(api.put("/bytes", content=b"a whole label")),
            "/text": await run.outcome(api.put("/text", content="a whole label")),
            "/form": await run.outcome(api.put("/form", data={"label": "whole"})),
        }
