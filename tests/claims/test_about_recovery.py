"""Claims about a client that is swapped while calls are under way. On the judge's wire, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from claims.lab import TLS
from grading.bench import on_wire


def reports_beside_a_swap(close_at_once: bool) -> Counter[str]:
    """What two long reports on a pool of two come to, where a third call meets `PoolTimeout` and swaps the client."""

    def build(net):
        net.route("GET", "/report").reply(text="done", after=10.0)
        net.route("GET", "/parcel").reply()

    async def main(run):
        made: list[httpx.AsyncClient] = []

        def make() -> httpx.AsyncClient:
            limits = httpx.Limits(max_connections=2, max_keepalive_connections=2)
            timeout = httpx.Timeout(60.0, pool=1.0)
            made.append(httpx.AsyncClient(base_url=run.url, verify=TLS, limits=limits, timeout=timeout))
            return made[-1]

        class Swapping:
            client = make()

            async def get(self, path):
                client = self.client
                try:
                    return await client.get(path)
                except httpx.PoolTimeout:
                    self.client = make()
                    if close_at_once:
                        await client.aclose()
                return await self.client.get(path)

        api = Swapping()
        reports = [asyncio.create_task(api.get("/report")) for _ in range(2)]
        await run.at(1)
        assert (await api.get("/parcel")).status_code == 200
        assert len(made) == 2
        ended = await asyncio.gather(*reports, return_exceptions=True)
        for client in made:
            await client.aclose()
        return [str(getattr(each, "status_code", type(each).__name__)) for each in ended]

    return Counter(on_wire(main, build).value)


def test_swap_that_closes_at_once_fails_the_others():
    """A class that answers `PoolTimeout` with a new client and closes the old one at once fails the calls that are
    under way on it, with `ReadError`. Without that close they are answered, `PoolTimeout` and new client all the same.
    """
    assert reports_beside_a_swap(close_at_once=True) == {"ReadError": 2}
    assert reports_beside_a_swap(close_at_once=False) == {"200": 2}
