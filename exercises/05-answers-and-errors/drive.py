"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""


def outcome(run, call):
    return run.outcome(call, attributes=("status", "headers", "body", "request_id"))


async def failure(make, run):
    async with make(base_url=run.url + "/v1") as api:
        return [await outcome(run, api.get_json("/users/9")), await outcome(run, api.get_json("/users/10"))]


async def answers(make, run):
    names = ("json", "vendor", "none", "problem", "page", "empty", "cut", "moved", "gone", "image")
    async with make(base_url=run.url + "/v1") as api:
        return {name: await outcome(run, api.get_json(f"/{name}", params={"q": "1"})) for name in names}


async def unanswered(make, run):
    async with make(base_url=run.url + "/v1") as api:
        return await run.outcome(api.get_json("/users/1"))


async def as_before(make, run):
    async with make(base_url=run.url + "/v1") as api:
        return await run.outcome(api.get("/users/404"))
