"""Exercise 07: a burst that a deadline cuts off takes every slot of a pool without a gate, and none of one with it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from exercises.rungs import changed, module, rung
from grading.bench import on_wire

EXERCISE = rung("07")
FIVE = httpx.Limits(max_connections=5, max_keepalive_connections=5)
NO_GATE = ("        async with self._gate:\n            left", "        if True:\n            left")


def after_a_burst(path, deadline, callers=200):
    """(slots of five that are in use for good, how many of five calls later are answered)"""
    api_client = module(path).ApiClient

    async def main(run):
        async with api_client(base_url=run.url, limits=FIVE) as api:

            async def one(number, **options):
                try:
                    return (await api.get(f"/{number}", **options)).status_code
                except Exception as error:
                    return type(error).__name__

            await asyncio.gather(*(one(number, deadline=deadline) for number in range(callers)))
            await run.at(5)
            pool = api._client._transport._pool
            stuck = sum(not connection.is_idle() for connection in pool.connections)
            later = await asyncio.gather(*(one(number, deadline=3, timeout=1) for number in range(5)))
            return [stuck, sum(each == 200 for each in later)]

    closing = {"connection": "close"}
    return on_wire(main, lambda net: net.paths(".*").reply(json={}, headers=closing) and None).value


@pytest.mark.parametrize("deadline", [0.041, 0.05, 0.06, 0.09, 0.2])
def test_with_the_gate_no_slot_is_lost(deadline):
    assert after_a_burst(EXERCISE.reference, deadline) == [0, 5]


@pytest.mark.parametrize("deadline", [0.041, 0.05, 0.06])
def test_without_it_all_five_are(tmp_path, deadline):
    assert after_a_burst(changed(EXERCISE, tmp_path, NO_GATE), deadline) == [5, 0]


def test_the_references_after_it_keep_the_pool_sound():
    for number in ("08", "09"):
        assert after_a_burst(rung(number).reference, 0.05) == [0, 5]
