"""Claims about the end of a service that uses a client: which order of its last steps loses nothing."""

from __future__ import annotations

import asyncio
from itertools import permutations

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import Network

STEPS = ("stop-work", "drain", "close", "end-loop")


def shut_down(*steps: str) -> tuple[set[str], bool]:
    """What the service's calls came to, and whether its client was closed, where it ends by these steps.

    Every 0.2 s comes a piece of work, and a call takes 0.5 s: some are always under way.
    """

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").reply(json={}, after=0.5)

    async def main(run):
        http = httpx.AsyncClient(base_url=run.url, verify=TLS)
        calls: set[asyncio.Task] = set()
        came: set[str] = set()
        working = True

        async def call():
            try:
                came.add(str((await http.get("/")).status_code))
            except (httpx.TransportError, RuntimeError, asyncio.CancelledError) as error:
                came.add(type(error).__name__)

        async def work():
            while working:
                calls.add(asyncio.create_task(call()))
                await asyncio.sleep(0.2)

        arriving = asyncio.create_task(work())
        await run.at(1.1)
        for step in steps:
            match step:
                case "stop-work":
                    working = False
                case "drain":
                    try:
                        async with asyncio.timeout(4):
                            while any(not each.done() for each in calls):
                                await asyncio.sleep(0.1)
                    except TimeoutError:
                        came.add("never drained")
                case "close":
                    await http.aclose()
                case "end-loop":  # as asyncio.run does: what still runs is cancelled, and no further step is taken
                    break
            await asyncio.sleep(0.3)  # time for a piece of work to arrive between two steps
        for each in (arriving, *calls):
            each.cancel()
        await asyncio.gather(arriving, *calls, return_exceptions=True)
        return sorted(came), http.is_closed

    came, closed = on_wire(main, build).value
    return set(came), closed


def test_drain_before_closing_loses_nothing():
    """A service that stops taking work, waits for the calls under way, closes its client and then lets the loop end
    has every call answered and the client closed; every other order of these four steps loses calls or leaves the
    client open.
    """
    good = [steps for steps in permutations(STEPS) if shut_down(*steps) == ({"200"}, True)]
    assert good == [STEPS]
