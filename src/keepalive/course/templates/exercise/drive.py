"""What the exercise asks of your class. Nothing is expected in here; the server does the looking."""

# For the author: one function for each situation; ask for what the brief promises, return what came of it.


async def one_parcel(make, run):
    async with make(base_url=run.url) as api:
        parcel = await api.parcel(7)
    return {"parcel": parcel}
