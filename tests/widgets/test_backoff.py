"""The backoff explorer's rules against the course's own right answers, and its sums."""

from __future__ import annotations

import asyncio
import random
import threading
import types
from typing import Any

import httpx
import pytest

from exercises.rungs import rung
from keepalive.widgets.backoff import KINDS, WIDGET, Rule, model
from keepalive.widgets.chance import drawn, mixed, seeded

EXERCISE = rung("09")
ATTEMPTS = 12


def waits_of(solution: str, shares: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that a right answer waits before each further attempt, given what chance draws."""
    module = types.ModuleType(f"right_{solution}")
    source = EXERCISE.reference_text if solution == "reference" else EXERCISE.answer(solution).source
    exec(compile(source, solution, "exec"), vars(module))
    left, slept = iter(shares), []
    ours, really_sleep = threading.get_ident(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        if threading.get_ident() != ours:  # a server of another test, in its own thread
            return await really_sleep(seconds)
        slept.append(seconds)

    async def refused(*args: Any) -> None:
        raise httpx.ConnectError("nobody listens")

    async def call() -> None:
        client = module.ApiClient("http://depot.test")
        client._attempt = refused
        with pytest.raises(httpx.ConnectError):
            await client.request("GET", "/", attempts=ATTEMPTS)

    with monkeypatch.context() as patch:
        patch.setattr(random, "uniform", lambda least, most: least + (most - least) * next(left))
        patch.setattr(asyncio, "sleep", sleep)
        asyncio.run(call())
    return slept


@pytest.mark.parametrize(
    ("solution", "rule"),
    [
        ("reference", Rule("full", 500, 8000)),
        ("equal-jitter", Rule("equal", 500, 8000)),
        ("decorrelated-jitter", Rule("decorrelated", 500, 8000)),
    ],
)
def test_waits_are_those_of_the_right_answers(solution: str, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(solution)
    for _ in range(40):
        shares = [chance.random() for _ in range(ATTEMPTS)]
        before, waits = rule.first, []
        for number, share in enumerate(shares[:-1], 1):
            before = rule.wait(number, before, lambda least, most, share=share: least + (most - least) * share)
            waits.append(before / 1000)
        assert waits_of(solution, shares, monkeypatch) == pytest.approx(waits, rel=1e-12)


@pytest.mark.parametrize("kind", ["full", "equal", "decorrelated"])
def test_nobody_meets_at_the_cap(kind: str) -> None:
    chance = random.Random(1)
    waits = [Rule(kind, 500, 8000).wait(9, 8000, chance.uniform) for _ in range(1000)]
    assert waits.count(8000) == 0 and max(waits) < 8000 and len(set(waits)) == 1000


def test_what_stands_there_at_the_start_is_the_chapters_point() -> None:
    """A server that can take a thousand a second: with chance nearly all are served, without it next to nobody."""
    assert (of()["gave_up"], of(kind="doubling")["gave_up"]) == (199, 9500)
    assert of(kind="doubling")["worst_after"] == 10_000 and of()["worst_after"] < 400


def test_the_shortest_wait_gathers_too() -> None:
    rule = Rule("full", 500, 8000, floor=400)
    waits = [rule.wait(1, 0, random.Random(seed).uniform) for seed in range(1000)]
    assert min(waits) == 400 and waits.count(400) > 700 and Rule("immediate", 500, 8000).wait(3, 0, max) == 0


def of(**values: Any) -> dict[str, Any]:
    return model({**WIDGET.defaults, **values})


@pytest.mark.parametrize("kind", dict(KINDS))
def test_sums(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(60):
        values = {
            "clients": 100 * chance.randint(1, 9),
            "kind": kind,
            "attempts": chance.randint(1, 10),
            "outage": 100 * chance.randint(0, 100),
            "capacity": 100 * chance.randint(0, 30),
            "seed": chance.randint(1, 99),
        }
        found = of(**values)
        came = sum(each[0] for each in found["attempts"])
        failed = sum(each[1] for each in found["attempts"])
        assert sum(map(sum, found["bins"])) == came
        assert found["served"] + found["gave_up"] == values["clients"]
        assert found["served"] + failed == came and found["wasted"] + found["turned_away"] == failed
        down = values["outage"] // 100
        assert all(not each[0] for each in found["bins"][down:])
        assert all(not each[1] and not each[2] for each in found["bins"][:down])
        if values["capacity"]:
            assert max(each[2] for each in found["bins"]) <= values["capacity"] / 10
        else:
            assert not found["turned_away"]
        if found["gave_up"] == 0:
            assert found["half"] <= found["most"] and found["half"] >= values["outage"]


def test_without_chance_all_come_back_together() -> None:
    for kind in ("fixed", "doubling"):
        assert of(kind=kind, clients=1000)["worst"][0] == 1000
    assert of(kind="full", clients=1000)["worst"][0] < 400


def test_chance_is_that_of_its_authors() -> None:
    """fmix32 of MurmurHash3 and mulberry32, to the bit; and it spreads."""
    assert [mixed(0), mixed(1)] == [0, 0x514E28B7]
    state, first = drawn(0)
    _, second = drawn(state)
    assert (first, second) == (0.26642920868471265, 0.0003297457005828619)
    shares = [drawn(seeded(7, number))[1] for number in range(10_000)]
    tenths = [sum(tenth / 10 <= share < (tenth + 1) / 10 for share in shares) for tenth in range(10)]
    assert min(tenths) > 900 and max(tenths) < 1100 and len({seeded(seed, 0) for seed in range(1000)}) == 1000
