"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

import contextlib
from collections.abc import Iterator

import httpx

SECRETS = {"auth": ("ada", "opensesame"), "headers": {"X-Api-Key": "k-secret"}}


class Bearer(httpx.Auth):
    """A token of a single call."""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers["Authorization"] = "Bearer t-1"
        yield request


async def outcome(call):
    """What a call came to."""
    try:
        return {"status": (await call).status_code}
    except NotImplementedError:
        raise  # not written yet
    except Exception as error:
        return {"raised": [kind.__name__ for kind in type(error).__mro__]}


async def credentials(make, run):
    own = {"X-Trace": "t"}
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        await api.get("/plain")
        await api.get("/own", auth=Bearer(), headers=own)
    return {"own": own}


async def elsewhere(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        paths = (run.url_of("evil") + "/v1/users", run.url_of("alike") + "/v1/users", "http://depot.test:8080/v1/users")
        return [await outcome(api.get(path)) for path in paths]


async def climbs(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        return [await outcome(api.get(path)) for path in ("/../admin", "/a/../../admin", "/%2e%2e/admin")]


async def redirects(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        away = await outcome(api.get("/away", follow_redirects=True))
        return {"away": away, "inside": await outcome(api.get("/inside", follow_redirects=True))}


async def without(make, run):
    async with make(base_url=run.url) as api:
        with contextlib.suppress(httpx.TransportError):
            return (await api.get("/users/1")).status_code
