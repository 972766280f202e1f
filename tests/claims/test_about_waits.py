"""Claims about how long to wait before another attempt, where the server has said it or a measurement does.

On the judge's wire, on a virtual clock.
"""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import Network

DEADLINE = 10.0


def told_to_wait_an_hour(wait) -> tuple[float, int, str]:
    """A call with a deadline of 10 s that is answered 429 with `Retry-After: 3600`. `wait` says how long it sleeps
    before each further attempt, None that it ends. Returns when it ended, requests, and what the caller was given.
    """

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").reply(429, headers={"Retry-After": "3600"})

    async def main(run):
        said = "nothing"
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:
            try:
                async with asyncio.timeout(DEADLINE):
                    while True:
                        answer = await http.get("/")
                        said = f"{answer.status_code}, {answer.headers['Retry-After']} s"
                        seconds = wait(float(answer.headers["Retry-After"]))
                        if seconds is None:
                            return run.now, said
                        await asyncio.sleep(seconds)
            except TimeoutError:
                return run.now, "TimeoutError"

    played = on_wire(main, build)
    ended, said = played.value
    return round(ended, 1), len(played.judge.requests), said


def test_waiting_beyond_the_deadline_gains_nothing():
    """A call with 10 s left that is told to wait for 3600 s has the answer after 0 s if it ends there. If it sleeps as
    told, its caller waits for 10 s and hears of a timeout; if it goes by waits of its own of 4 s, the server has two
    requests more that it had asked not to be sent.
    """
    assert told_to_wait_an_hour(lambda told: None) == (0.0, 1, "429, 3600 s")
    assert told_to_wait_an_hour(lambda told: told) == (10.0, 1, "TimeoutError")
    assert told_to_wait_an_hour(lambda told: min(told, 4.0)) == (10.0, 3, "TimeoutError")


def test_retry_after_with_a_date_is_no_number():
    """`Retry-After` may hold a date. `float()` of one is a `ValueError`, which is no `httpx.HTTPError`."""
    date = "Wed, 21 Oct 2026 07:28:00 GMT"

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:
            try:
                float((await http.get("/")).headers["Retry-After"])
            except ValueError as error:
                return not isinstance(error, httpx.HTTPError)

    assert on_wire(main, lambda net: net.route("GET", "/").reply(503, headers={"Retry-After": date})).value is True
