"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

# For the author: one function for each situation; make the calls that the brief promises, return their outcomes.


async def one_parcel(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.parcel(7))
