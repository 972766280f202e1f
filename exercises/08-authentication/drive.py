"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

SECRETS = {"auth": ("ada", "opensesame"), "headers": {"X-Api-Key": "k-secret"}}


def bearer(httpx):
    """A token of a single call."""

    class Bearer(httpx.Auth):
        def auth_flow(self, request):
            request.headers["Authorization"] = "Bearer t-1"
            yield request

    return Bearer()


async def credentials(make, run):
    own = {"X-Trace": "t"}
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        await api.get("/plain")
        await api.get("/own", auth=bearer(run.httpx), headers=own)
    return {"own": own}


async def elsewhere(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        paths = (run.url_of("evil") + "/v1/users", run.url_of("alike") + "/v1/users", "http://depot.test:8080/v1/users")
        return await run.one_after_another(*map(api.get, paths))


async def climbs(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        return await run.one_after_another(*map(api.get, ("/../admin", "/a/../../admin", "/%2e%2e/admin")))


async def redirects(make, run):
    async with make(base_url=run.url + "/v1", **SECRETS) as api:
        away = await run.outcome(api.get("/away", follow_redirects=True))
        return {"away": away, "inside": await run.outcome(api.get("/inside", follow_redirects=True))}


async def without(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.get("/users/1"))
