"""Claims about a deadline round a call, and the pool's own queue under it. On the judge's wire, on a virtual clock."""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from claims.libraries import differs
from grading.bench import on_wire
from keepalive.grading import Limits, Network

FIVE = httpx.Limits(max_connections=5, max_keepalive_connections=5)


def after_a_burst(gate: int) -> tuple[int, str]:
    """How many of 60 calls at once ended at their deadline of 1 s, and what one call comes to long afterwards.

    Five connections, each closed by the server after its answer. The moment of the deadline is one in which the pool
    hands over new connections. `gate`: how many calls are let in to the pool at once.
    """

    def build(net):
        net.network = Network(rtt=0.02)
        net.route("GET", "/").reply(json={}, after=0.1, headers={"Connection": "close"})

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=FIVE, timeout=10.0) as http:
            lets_in = asyncio.Semaphore(gate)
            late = 0

            async def call():
                nonlocal late
                try:
                    async with asyncio.timeout(1.0), lets_in:
                        await http.get("/")
                except TimeoutError:
                    late += 1

            await asyncio.gather(*(call() for _ in range(60)))
            await run.at(600)
            try:
                return late, str((await http.get("/")).status_code)
            except httpx.PoolTimeout:
                return late, "PoolTimeout"

    return tuple(on_wire(main, build, limits=Limits(virtual=900, requests=1000)).value)


def all_slots_come_back():
    for gate in (60, 5):
        late, came = after_a_burst(gate)
        assert late > 10 and came == "200"


@differs(
    httpx="The call after the burst ends with `PoolTimeout`.",
    httpx2="The call after the burst is answered, with and without a gate.",
    shown_by=all_slots_come_back,
)
def test_deadline_over_the_pools_queue_can_lose_slots():
    """A call that its deadline cancels as the pool hands it a new connection can leave the slot taken for good: after
    a burst on five slots a single call, long afterwards, ends with `PoolTimeout` (httpcore 1.0.9). With a gate of five
    inside the deadline it is answered.
    """
    late, came = after_a_burst(gate=60)
    assert late > 10 and came == "PoolTimeout"
    late, came = after_a_burst(gate=5)
    assert late > 10 and came == "200"
