"""The pool simulator against the pool: the same settings, httpx on the virtual clock, and every count is equal."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import httpcore._async.connection as dialled
import httpx
import pytest

from grading.bench import on_wire
from keepalive.grading import Limits, reply
from keepalive.grading.replies import Network
from keepalive.widgets.pool import WIDGET, model, settings_of
from keepalive.widgets.pool_simulation import KEEPALIVE_EXPIRY, Settings, Simulation

MILLISECONDS = 512
"""To a second here. A power of two, so that no sum of times is off in its last digit and every tie is one."""


def real(settings: Settings, *, seconds_of: float = MILLISECONDS) -> dict[str, Any]:
    """What httpx and httpcore make of the same."""

    def seconds(time: int) -> float:
        return time / seconds_of

    def build(net: Any) -> None:
        net.network = Network(rtt=0, connect=seconds(settings.connect))
        headers = {"Connection": "close"} if settings.server_closes else {}

        def answer(request: httpx.Request) -> Any:
            after = seconds(settings.answer_takes(int(request.url.params["call"])))
            return reply(200, json={}, headers=headers, after=after)

        net.paths(".*").calls(answer)

    asked: dict[int, float] = {}
    gave_up: dict[int, float] = {}

    async def main(run: Any) -> dict[str, Any]:
        loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(settings.gate or settings.callers)
        limits = httpx.Limits(
            max_connections=settings.most,
            max_keepalive_connections=settings.keep,
            keepalive_expiry=seconds(KEEPALIVE_EXPIRY),
        )
        timeout = httpx.Timeout(3600.0, pool=seconds(settings.pool_timeout))
        failed: Counter[str] = Counter()
        at_gate = 0.0
        began = loop.time()

        async with httpx.AsyncClient(base_url=run.url, limits=limits, timeout=timeout, trust_env=False) as http:
            pool = http._transport._pool
            assign, peak = pool._assign_requests_to_connections, [0]

            def noted() -> Any:
                closing = assign()
                peak[0] = max(peak[0], len(pool.connections))
                return closing

            pool._assign_requests_to_connections = noted

            async def call(number: int) -> None:
                asked[number] = loop.time() - began
                try:
                    await http.get("/", params={"call": number})
                except httpx.TransportError as error:
                    failed[type(error).__name__] += 1
                    gave_up[number] = loop.time() - began

            async def caller(number: int) -> None:
                nonlocal at_gate
                for nth in range(settings.calls):
                    came = loop.time()
                    async with gate:
                        at_gate = max(at_gate, loop.time() - came)
                        await call(number * settings.calls + nth)
                    if settings.pause and nth + 1 < settings.calls:
                        await asyncio.sleep(seconds(settings.pause))

            await asyncio.gather(*map(caller, range(settings.callers)))
            return {
                "peak": peak[0],
                "total": loop.time() - began,
                "failed": dict(failed),
                "at_gate": at_gate,
            }

    played = on_wire(main, build, limits=Limits(virtual=36_000, requests=100_000, work=120))
    found = played.value
    connections = played.judge.connect_attempts
    waits = [until - asked[number] for number, until in gave_up.items()]
    for connection in connections:
        for request in connection.requests:
            # The first on a connection was sent once that stood; until then it did not wait for the pool.
            until = request.t - (seconds(settings.connect) if request.nth == 1 else 0)
            waits.append(until - asked[int(request.query["call"])])
    return {
        "opened": played.connections,
        "reused": sum(len(each.requests) - 1 for each in connections),
        "peak": found["peak"],
        "timeouts": found["failed"].pop("PoolTimeout", 0),
        "failed": found["failed"],
        "total": round(found["total"] * seconds_of),
        "pool_wait": round(max(waits) * seconds_of),
        "gate_wait": round(found["at_gate"] * seconds_of),
        "served": [
            [(round(each.t * seconds_of), round(each.response_at * seconds_of)) for each in connection.requests]
            for connection in connections
        ],
    }


def looked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the pool asks its connections, as it tidies up and as it serves the queue."""
    counted: Counter[str] = Counter()
    for name in ("is_closed", "is_available"):
        method = getattr(dialled.AsyncHTTPConnection, name)

        def counting(connection: Any, name: str = name, method: Any = method) -> Any:
            counted[name] += 1
            return method(connection)

        monkeypatch.setattr(dialled.AsyncHTTPConnection, name, counting)
    return counted


def simulated(settings: Settings) -> dict[str, Any]:
    simulation = Simulation(settings)
    simulation.run()
    served = [connection.served for connection in simulation.connections]
    return {**simulation.summary(), "failed": {}, "served": served}


def some_settings(chance: random.Random) -> Settings:
    """Small numbers, in which things happen at the same time all the time."""
    return Settings(
        callers=chance.randint(1, 30),
        calls=chance.randint(1, 6),
        service=chance.choice([50, 100, 125, 200, 500]),
        most=chance.choice([None, 1, 2, 3, 5, 8, 12, 20, 40]),
        keep=chance.choice([None, 0, 1, 2, 3, 5, 10, 20, 40]),
        pool_timeout=chance.choice([100, 150, 250, 400, 1000, 5000]),
        gate=chance.choice([0, 0, 1, 2, 5, 10, 20]),
        pause=chance.choice([0, 0, 0, 50, 100, 333, 6000]),
        connect=chance.choice([0, 0, 20, 25, 50]),
        varies=chance.random() < 0.5,
        server_closes=chance.random() < 0.15,
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_count_is_that_of_the_real_pool(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also which connection served which call, from when to when."""
    chance, counted = random.Random(f"pool {seed}"), looked(monkeypatch)
    for _ in range(50):
        settings = some_settings(chance)
        counted.clear()
        found, told = real(settings), simulated(settings)
        found["looks"] = counted.total()
        order_of_ends = {key: told.pop(key) for key in ("surplus", "expired", "by_server")}
        assert told == found, settings
        assert order_of_ends["by_server"] == (found["opened"] if settings.server_closes else 0)


def of(**values: Any) -> dict[str, Any]:
    return model({**WIDGET.defaults, **values})["as_set"]


def test_the_course_s_own_figures() -> None:
    """What the chapter measures on sockets, and the start values promise."""
    assert (WIDGET.defaults["most"], WIDGET.defaults["keep"]) == (100, 20)
    at_start = of()
    assert (at_start["opened"], at_start["reused"], at_start["peak"]) == (580, 20, 50)
    assert model(WIDGET.defaults)["all_kept"]["opened"] == 50
    assert of(callers=100, calls=6)["opened"] == 580
    assert of(callers=20)["opened"] == of(gate=20)["opened"] == 20
    assert of(most=50, no_keep=True, gate=30)["opened"] == 30
    queued, let_in = of(most=20), of(most=20, gate=20)
    assert queued["pool_wait"] > 9 * let_in["gate_wait"] and let_in["pool_wait"] == 0
    assert of(server_closes=True)["opened"] == of(pause=5300)["opened"] == 600


def test_start_values_are_those_of_the_real_pool() -> None:
    found = real(settings_of(WIDGET.defaults))
    assert (found["opened"], found["reused"], found["peak"]) == (580, 20, 50)


def test_a_wait_in_the_pool_may_be_longer_than_the_pool_timeout() -> None:
    """A connection that becomes free is offered to the whole queue, and whoever is not the first waits anew."""
    settings = Settings(callers=4, calls=3, service=100, most=1, pool_timeout=150)
    found = real(settings)
    assert found["timeouts"] == 0 and found["pool_wait"] > 2 * settings.pool_timeout
    assert simulated(settings)["pool_wait"] == found["pool_wait"]
