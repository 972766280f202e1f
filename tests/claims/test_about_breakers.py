"""Claims about a circuit breaker: what it sees of a service, and what it misses. On the judge's wire, virtual clock."""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import Network, hang, reply


class CircuitOpenError(Exception):
    """The breaker let nobody through."""


class Breaker:
    """Opens after five failures in a row, for 30 s. `epochs`: what was sent before an opening is not listened to."""

    def __init__(self, *, epochs: bool = True) -> None:
        self.epochs = epochs
        self.failures, self.epoch = 0, 0
        self.opened_at: float | None = None

    def before(self) -> int:
        now = asyncio.get_running_loop().time()
        if self.opened_at is not None and now < self.opened_at + 30:
            raise CircuitOpenError
        return self.epoch

    def after(self, ticket: int, good: bool) -> None:
        if self.epochs and ticket != self.epoch:
            return
        if good:
            self.failures, self.opened_at = 0, None
            return
        self.failures += 1
        if self.failures == 5:
            self.opened_at = asyncio.get_running_loop().time()
            self.epoch += 1

    async def send(self, http: httpx.AsyncClient, path: str, **options) -> int:
        ticket = self.before()
        try:
            status = (await http.get(path, **options)).status_code
        except (httpx.HTTPError, TimeoutError):
            self.after(ticket, False)
            raise
        self.after(ticket, status < 500)
        return status


def after_old_news(*, epochs: bool) -> int:
    """How many requests of ten reach a dead service in the 30 s after the opening, when an answer to a call that had
    been sent before the first failure comes in 2 s after it.
    """

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/slow").reply(json={}, after=7.5)
        net.route("GET", "/dead").reply(503, after=1)

    async def main(run):
        breaker = Breaker(epochs=epochs)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=30) as http:
            slow = asyncio.create_task(breaker.send(http, "/slow"))
            for _ in range(5):
                await breaker.send(http, "/dead")
            assert breaker.opened_at is not None
            assert await slow == 200
            reached = 0
            for _ in range(10):
                try:
                    await breaker.send(http, "/dead")
                    reached += 1
                except CircuitOpenError:
                    pass
            return reached

    return on_wire(main, build).value


def test_answer_from_before_the_opening_closes_a_breaker():
    """A breaker that listens to every answer is closed by a 200 to a call that was sent before it opened: the next
    calls reach the dead service. One that does not listen to calls from before its opening stays open.
    """
    assert after_old_news(epochs=False) == 5, "until it opens again"
    assert after_old_news(epochs=True) == 0


def requests_to_a_hanging_service(read: float) -> int:
    """How many of 30 calls, with a deadline of 2 s round the breaker, reach a service that answers none."""

    async def main(run):
        breaker = Breaker()
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=httpx.Timeout(5, read=read)) as http:
            for _ in range(30):
                try:
                    async with asyncio.timeout(2):
                        await breaker.send(http, "/")
                except (TimeoutError, CircuitOpenError, httpx.ReadTimeout):
                    pass

    return len(on_wire(main, lambda net: net.route("GET", "/").respond(hang())).judge.requests)


def test_deadline_outside_a_breaker_is_never_counted():
    """A deadline round a breaker ends each attempt by a cancel. The breaker sees `CancelledError`, not the
    `TimeoutError` that the caller sees: one that counts `httpx.HTTPError` and `TimeoutError` lets all of 30 calls
    through to a service that hangs; with httpx timeouts shorter than the deadline, five.
    """
    assert requests_to_a_hanging_service(read=5) == 30
    assert requests_to_a_hanging_service(read=1.5) == 5


def requests_to_a_dead_service(*, gate_outside: bool) -> int:
    """How many of 200 calls at once reach a service that answers 503, through a gate of ten and a breaker."""

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").reply(503, after=0.05)

    async def main(run):
        gate, breaker = asyncio.Semaphore(10), Breaker()
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=60) as http:

            async def gate_then_breaker():
                async with gate:
                    await breaker.send(http, "/")

            async def breaker_then_gate():
                ticket = breaker.before()
                async with gate:
                    status = (await http.get("/")).status_code
                breaker.after(ticket, status < 500)

            call = gate_then_breaker if gate_outside else breaker_then_gate
            await asyncio.gather(*(call() for _ in range(200)), return_exceptions=True)

    return len(on_wire(main, build).judge.requests)


def test_gate_outside_the_breaker_spares_a_dead_service():
    """Two hundred calls at once for a service that is dead, a gate of ten, a breaker that opens after five failures: 10
    requests reach it with the breaker inside the gate, 200 with the breaker outside.
    """
    assert requests_to_a_dead_service(gate_outside=True) == 10
    assert requests_to_a_dead_service(gate_outside=False) == 200


def seconds_of_the_healthy(*, gate_round_the_loop: bool) -> float:
    """How long 20 healthy calls take behind five that fail, all through a gate of five."""

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/bad").reply(503)
        net.route("GET", "/good").reply(json={}, after=0.1)

    async def main(run):
        gate = asyncio.Semaphore(5)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=60) as http:

            async def attempts(path, each):
                for _ in range(3):
                    async with each():
                        status = (await http.get(path)).status_code
                    if status < 500:
                        return
                    await asyncio.sleep(4)

            async def call(path):
                if gate_round_the_loop:
                    async with gate:
                        await attempts(path, asyncio.Lock)
                else:
                    await attempts(path, lambda: gate)

            bad = [asyncio.create_task(call("/bad")) for _ in range(5)]
            await asyncio.sleep(0)
            begun = run.now
            await asyncio.gather(*(call("/good") for _ in range(20)))
            taken = run.now - begun
            await asyncio.gather(*bad)
            return round(taken, 1)

    return on_wire(main, build).value


def test_permit_held_while_waiting_starves_the_others():
    """Five calls that fail and wait for 4 s between attempts keep 20 healthy calls of 0.1 s behind a gate of five for
    12.4 s, if they hold their permits while they wait; for 0.4 s if they hold them for an attempt only.
    """
    assert seconds_of_the_healthy(gate_round_the_loop=True) == 12.4
    assert seconds_of_the_healthy(gate_round_the_loop=False) == 0.4


def test_service_that_is_well_gives_pool_timeouts_and_cancels():
    """A service that answers every request with 200 is behind a `PoolTimeout`, where the client's own pool is too
    small, and behind a `CancelledError`, where the caller has gone.
    """

    def build(net):
        net.route("GET", "/").calls(lambda request: reply(json={}, after=1))

    async def main(run):
        options = {"limits": httpx.Limits(max_connections=1), "timeout": httpx.Timeout(5, pool=0.2)}
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, **options) as http:
            tasks = [asyncio.create_task(http.get("/")) for _ in range(2)]
            await asyncio.wait(tasks)
            gone = asyncio.create_task(http.get("/"))
            await asyncio.sleep(0.5)
            gone.cancel()
            outcomes = await asyncio.gather(*tasks, gone, return_exceptions=True)
            return [type(each).__name__ for each in outcomes]

    played = on_wire(main, build)
    assert played.value == ["Response", "PoolTimeout", "CancelledError"]
