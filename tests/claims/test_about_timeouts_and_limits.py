"""Claims about httpx's four timeouts and its pool's two limits.

Played on the judge's wire, where httpx and its pool are the real ones and the clock is virtual, so a wait is exact.
"""

from __future__ import annotations

import asyncio
import sys

import httpx
import pytest
from httpcore._async.connection import AsyncHTTPConnection

from claims.lab import TLS
from claims.libraries import differs
from grading.bench import on_wire
from keepalive.faults import Drip
from keepalive.grading import Limits, Network, drop, handshake_timeout, hang, reply

APART = httpx.Timeout(connect=3, write=6, read=9, pool=12)  # which of them fired can be read off the clock
MANY = Limits(virtual=3600, requests=10_000, work=120)


async def outcome(run, call):
    """(status or name of the error, its text, seconds from now until then)."""
    began = run.now
    try:
        came, text = (await call).status_code, ""
    except httpx.TransportError as error:
        came, text = type(error).__name__, str(error)
    return came, text, round(run.now - began, 6)


def one_call(build=lambda net: None, *, method="GET", timeout=APART, rtt=0.0, each=None, **network):
    """What one call comes to, its error's text, and seconds. `each`: what is given to the call itself."""

    def built(net):
        net.network = Network(**{"rtt": rtt, **network})
        net.route(method, "/").reply(json={})
        build(net)

    async def main(run):
        stated = {} if timeout is None else {"timeout": timeout}
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, **stated) as http:
            return await outcome(run, http.request(method, "/", **(each or {})))

    return tuple(on_wire(main, built).value)


def unanswered(net):
    net.connects(drop())


def unshaken_hands(net):
    net.https()
    net.handshakes(handshake_timeout())


def never(net):
    net.router.routes.clear()
    net.route("GET", "/").respond(hang())


def after(seconds):
    def build(net):
        net.router.routes.clear()
        net.route("GET", "/").reply(json={}, after=seconds)

    return build


def queued(*, service: float, timeout: httpx.Timeout | None = None, calls: int = 2, most: int = 1):
    """What so many calls at once come to on a pool of `most`, and how many requests the server saw."""

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/").reply(json={}, after=service)

    async def main(run):
        stated = {} if timeout is None else {"timeout": timeout}
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=limits, **stated) as http:
            return await asyncio.gather(*(outcome(run, http.get("/")) for _ in range(calls)))

    played = on_wire(main, build)
    return [tuple(each) for each in played.value], len(played.judge.requests)


def connections(limits: httpx.Limits | None, workers: int, calls: int = 10) -> int:
    """Connections that the server accepts from so many workers with so many calls each, one after another."""

    def build(net):
        net.network = Network(rtt=0.01)
        net.route("GET", "/").calls(lambda request: reply(json={}, after=net.random.uniform(0.04, 0.06)))

    async def main(run):
        stated = {} if limits is None else {"limits": limits}
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=600, **stated) as http:

            async def worker():
                for _ in range(calls):
                    (await http.get("/")).raise_for_status()

            await asyncio.gather(*(worker() for _ in range(workers)))

    return on_wire(main, build, limits=MANY).connections


def test_connect_timeout_is_for_a_connection_that_does_not_come():
    """An attempt to connect that nobody answers ends with `ConnectTimeout` after the connect timeout."""
    assert one_call(unanswered)[::2] == ("ConnectTimeout", 3)


def test_connect_timeout_covers_the_handshake():
    """A TLS handshake that the server never answers ends with `ConnectTimeout` after the connect timeout."""
    assert one_call(unshaken_hands)[::2] == ("ConnectTimeout", 3)


def test_tcp_and_tls_each_get_the_connect_timeout():
    """The connect timeout is used twice, for TCP and again for TLS: 2 s and 2 s of connecting pass one of 3 s."""
    assert one_call(lambda net: net.https(), connect=2, tls=2)[::2] == (200, 4)


def test_read_timeout_is_for_a_server_that_says_nothing():
    """A request that is not answered ends with `ReadTimeout` after the read timeout."""
    assert one_call(never)[::2] == ("ReadTimeout", 9)


def test_read_timeout_is_the_longest_silence():
    """The read timeout begins again with every piece that arrives: a body that drips for 50 s passes one of 9 s."""

    def dripping(net):
        net.router.routes.clear()
        net.faults(Drip("body", 10, 5.0))
        net.route("GET", "/").reply(200, content=b"x" * 100)

    came, _, took = one_call(dripping)
    assert came == 200 and 45 <= took <= 50


def test_write_timeout_is_for_a_server_that_stops_reading():
    """An upload to a server that has stopped reading ends with `WriteTimeout` after the write timeout."""
    upload = {"content": b"x" * 100_000}
    assert one_call(method="PUT", each=upload, window=50_000, drain=0)[::2] == ("WriteTimeout", 6)


def test_write_timeout_bounds_one_piece_of_a_body():
    """The write timeout bounds one piece of a body. Bytes are one piece, so 100 s of steady upload fail after 6;
    the same bytes from a generator, in pieces of 10 kB, arrive.
    """

    async def pieces():
        for _ in range(100):
            yield b"x" * 10_000

    slow = {"method": "PUT", "window": 10_000, "drain": 10_000}
    assert one_call(each={"content": b"x" * 1_000_000}, **slow)[::2] == ("WriteTimeout", 6)
    came, _, took = one_call(each={"content": pieces()}, **slow)
    assert came == 200 and 90 < took < 110


def test_pool_timeout_is_for_a_connection_of_our_own():
    """A call that finds every connection of the pool in use ends with `PoolTimeout` after the pool timeout."""
    outcomes, _ = queued(service=8, timeout=httpx.Timeout(60, pool=5))
    assert [each[::2] for each in outcomes] == [(200, 8), ("PoolTimeout", 5)]


def test_pool_timeout_sends_nothing():
    """After a `PoolTimeout` the server has seen nothing of the request."""
    outcomes, requests = queued(service=8, timeout=httpx.Timeout(60, pool=5))
    assert [each[0] for each in outcomes] == [200, "PoolTimeout"] and requests == 1


def test_pool_timeout_is_not_a_connect_timeout():
    """`PoolTimeout` and `ConnectTimeout` are two classes, neither of which catches the other; both are a
    `TimeoutException`, as `ReadTimeout` and `WriteTimeout` are.
    """
    four = (httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout)
    assert all(issubclass(one, httpx.TimeoutException) for one in four)
    assert not [(one, two) for one in four for two in four if one is not two and issubclass(one, two)]


def test_timeout_errors_have_no_text():
    """The text of all four timeout errors is empty: `str(error) == ""`."""
    upload = {"content": b"x" * 100_000}
    outcomes, _ = queued(service=8, timeout=httpx.Timeout(60, pool=5))
    said = [one_call(unanswered), one_call(never), outcomes[1]]
    said += [one_call(method="PUT", each=upload, window=50_000, drain=0)]
    assert [each[:2] for each in said] == [
        ("ConnectTimeout", ""),
        ("ReadTimeout", ""),
        ("PoolTimeout", ""),
        ("WriteTimeout", ""),
    ]


def test_timeout_errors_know_their_request():
    """A timeout error carries the request that it ended: `error.request.method` and `error.request.url`."""

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:
            with pytest.raises(httpx.ReadTimeout) as caught:
                await http.get("/")
            return caught.value.request.method, str(caught.value.request.url)

    assert on_wire(main, lambda net: net.route("GET", "/").respond(hang())).value == ["GET", "http://depot.test/"]


def test_unstated_timeout_ends_a_six_second_answer():
    """A client that states no timeout gives up an answer that takes 6 s, after 5 s and with `ReadTimeout`."""
    assert one_call(after(6), timeout=None)[::2] == ("ReadTimeout", 5)


def test_timeout_of_a_number_and_a_name():
    """`httpx.Timeout(10, connect=5)` is 5 s to connect, and 10 s for each of read, write and a free connection."""
    stated = httpx.Timeout(10, connect=5)
    assert stated.as_dict() == {"connect": 5, "read": 10, "write": 10, "pool": 10}


def test_timeout_of_a_name_alone_is_refused():
    """`httpx.Timeout(connect=5)` is a `ValueError`: it wants a number for all, or all four by name."""
    with pytest.raises(ValueError, match="must either include a default, or set all four"):
        httpx.Timeout(connect=5)


def test_timeout_none_waits_without_end():
    """With `httpx.Timeout(None, connect=5)` a server that takes the request and says nothing is waited for without
    end: an hour later the call is still waiting.
    """

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=httpx.Timeout(None, connect=5)) as http:
            call = asyncio.create_task(http.get("/"))
            await run.at(3600)
            waiting = not call.done()
            call.cancel()
            return waiting

    played = on_wire(main, lambda net: net.route("GET", "/").respond(hang()), limits=Limits(virtual=4000, requests=10))
    assert played.value is True


def test_call_timeout_replaces_all_four():
    """`timeout=60` on a call replaces all four of the client's: an attempt to connect that nobody answers is given up
    after 60 s, where the client's own limit is 3 s.
    """
    assert one_call(unanswered, each={"timeout": 60})[::2] == ("ConnectTimeout", 60)
    assert one_call(unanswered)[::2] == ("ConnectTimeout", 3)


def test_client_timeout_can_be_read():
    """`client.timeout` is what the client was given, with its four numbers as attributes and by `as_dict()`."""
    http = httpx.AsyncClient(verify=TLS, timeout=APART)
    assert http.timeout.read == 9
    assert http.timeout.as_dict() == {"connect": 3, "read": 9, "write": 6, "pool": 12}


def test_read_timeout_costs_the_connection():
    """A call that ends with `ReadTimeout` takes its connection along: the next call opens another."""

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/slow").respond(hang())
        net.route("GET", "/").reply(json={})

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=APART) as http:
            return [(await outcome(run, http.get(path)))[0] for path in ("/", "/slow", "/", "/")]

    played = on_wire(main, build)
    assert played.value == [200, "ReadTimeout", 200, 200]
    assert played.connections == 2


def workers_keep_their_connections():
    """No more idle connections than may be kept, so none is closed."""
    assert connections(httpx.Limits(max_connections=50, max_keepalive_connections=20), 30) == 30


@differs(
    httpx="An idle connection is closed if all connections together are more than may be kept: over 150.",
    httpx2="One is closed only if the idle ones are more than may be kept: 30 connections for the 30 workers.",
    shown_by=workers_keep_their_connections,
)
def test_keepalive_below_concurrency_throws_connections_away():
    """An idle connection is closed when there are more connections in all, busy ones too, than
    `max_keepalive_connections`: 30 workers with 10 calls each on limits of 50 and 20 open over 150 connections, where
    limits of 50 and 50 open 30.
    """
    assert connections(httpx.Limits(max_connections=50, max_keepalive_connections=20), 30) > 150
    assert connections(httpx.Limits(max_connections=50, max_keepalive_connections=50), 30) == 30


def defaults_keep_for_thirty():
    assert (connections(None, 20), connections(None, 30)) == (20, 30)


@differs(
    httpx="30 workers open over 150 connections.",
    httpx2="30 workers keep their 30 connections.",
    shown_by=defaults_keep_for_thirty,
)
def test_default_limits_keep_connections_for_twenty():
    """With httpx's default limits 20 workers keep their 20 connections, and 30 workers with 10 calls each open over
    150.
    """
    assert connections(None, 20) == 20
    assert connections(None, 30) > 150


def test_max_connections_alone_keeps_all():
    """`httpx.Limits(max_connections=50)` keeps as many as there are: 30 workers open 30 connections."""
    assert connections(httpx.Limits(max_connections=50), 30) == 30


def test_limit_of_kept_connections_alone_limits_nothing_else():
    """`httpx.Limits(max_keepalive_connections=20)` leaves the number of connections without a limit: 150 calls at once
    open 150, where the default is 100.
    """
    assert connections(httpx.Limits(max_keepalive_connections=20), 150, calls=1) == 150
    assert httpx.AsyncHTTPTransport(verify=TLS, limits=httpx.Limits())._pool._max_connections == sys.maxsize


def pool_timeout_bounds_the_queue():
    outcomes, _ = queued(service=4, calls=4, timeout=httpx.Timeout(60, pool=5))
    assert [each[::2] for each in outcomes] == [(200, 4), (200, 8), ("PoolTimeout", 5), ("PoolTimeout", 5)]


@differs(
    httpx="All four calls are answered, the last after 16 s.",
    httpx2="The pool timeout bounds the whole wait: the third and the fourth call end with `PoolTimeout` after 5 s.",
    shown_by=pool_timeout_bounds_the_queue,
)
def test_pool_timeout_begins_again():
    """The pool timeout is no limit on the queue: a connection that becomes free is offered to every call that waits,
    and those that do not get it wait anew. With 4 s a call and a pool timeout of 5 s the fourth call gets its turn
    after 12 s.
    """
    outcomes, _ = queued(service=4, calls=4, timeout=httpx.Timeout(60, pool=5))
    assert sorted(each[::2] for each in outcomes) == [(200, 4), (200, 8), (200, 12), (200, 16)]


def order_on_one_connection() -> list[str]:
    """Whose calls are answered in which order, where two callers make four each and a third makes one."""

    def build(net):
        net.paths(".*").reply(json={}, after=1)

    async def main(run):
        served = []
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=limits, timeout=60) as http:

            async def caller(name, calls):
                for _ in range(calls):
                    await http.get("/")
                    served.append(name)

            await asyncio.gather(caller("first", 4), caller("second", 4), caller("third", 1))
        return served

    return on_wire(main, build).value


def turns_are_taken():
    assert order_on_one_connection() == ["first", "second", "third", *["first", "second"] * 3]


@differs(
    httpx="The first makes all its calls before the second gets its turn.",
    httpx2="Who calls again stands behind those that wait: all are served in the order in which they called.",
    shown_by=turns_are_taken,
)
def test_connection_given_back_may_be_taken_before_the_queue_wakes():
    """A caller that gives a connection back and calls again at once takes it before those that wait: on one connection
    the first of three makes all its four calls before the second gets its turn.
    """
    assert order_on_one_connection() == ["first"] * 4 + ["second"] * 4 + ["third"]


def looks_at_connections(monkeypatch, gate: int) -> int:
    """How often a pool of 10 looks at one of its connections, for 200 calls at once of which `gate` are let in."""
    looks = 0
    real = AsyncHTTPConnection.is_available

    def counted(self):
        nonlocal looks
        looks += 1
        return real(self)

    async def main(run):
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, limits=limits, timeout=600) as http:
            lets_in = asyncio.Semaphore(gate)

            async def one():
                async with lets_in:
                    await http.get("/")

            await asyncio.gather(*(one() for _ in range(200)))

    with monkeypatch.context() as patched:
        patched.setattr(AsyncHTTPConnection, "is_available", counted)
        played = on_wire(main, lambda net: net.route("GET", "/").reply(json={}, after=0.1), limits=MANY)
    assert len(played.judge.requests) == 200
    return looks


def queue_costs_nothing(monkeypatch):
    assert looks_at_connections(monkeypatch, 200) == looks_at_connections(monkeypatch, 10)


@differs(
    httpx="Without the semaphore it looks over 10 times as often.",
    httpx2="It looks as often with the semaphore as without.",
    shown_by=queue_costs_nothing,
)
def test_queue_in_httpx_is_searched_at_every_event(monkeypatch):
    """When a call ends, httpx's pool holds every call that waits against every connection: 200 calls at once on a pool
    of 10 have it look at its connections over 10 times as often as when a semaphore of 10 lets them in.
    """
    assert looks_at_connections(monkeypatch, 200) > 10 * looks_at_connections(monkeypatch, 10)
