"""Claims about the life of a client: making it, entering it, closing it, and whose loop it lives on."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import warnings

import httpx
import pytest

from claims.lab import TLS, client, collected_warnings
from keepalive.practice_api import Behaviour, Depot
from practice_api.held import Held


class Minimal:
    """The wrapper that most tutorials show, with nothing to guard it."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client = None

    async def __aenter__(self):
        self._client = client(base_url=self._base_url)
        return self

    async def __aexit__(self, *error):
        await self._client.aclose()
        self._client = None

    async def get(self, path):
        return await self._client.get(path)


# Making and entering.


def test_client_is_lazy(monkeypatch):
    """Neither `AsyncClient()` nor entering it opens a connection; the first call does."""
    sockets = []
    make = socket.socket.__init__

    def noting(self, *args, **kwargs):
        sockets.append(self)
        make(self, *args, **kwargs)

    async def go(depot):
        opened = []
        before = len(sockets)
        http = httpx.AsyncClient(base_url=depot.url, verify=TLS, trust_env=False)
        opened.append((len(sockets) - before, depot.ledger.connections))
        async with http:
            opened.append((len(sockets) - before, depot.ledger.connections))
            await http.get("/users/1")
            opened.append(depot.ledger.connections)
        return opened

    with Depot() as depot:
        monkeypatch.setattr(socket.socket, "__init__", noting)
        assert asyncio.run(go(depot)) == [(0, 0), (0, 0), 1]


def test_unused_client_leaves_nothing():
    """A client that was made, with no loop running, and never used may be dropped: no socket, no warning."""
    with collected_warnings() as warned:
        http = httpx.AsyncClient(verify=TLS, trust_env=False)
        assert http._transport._pool.connections == []
        del http
    assert warned == []


def test_construction_builds_a_tls_context(monkeypatch):
    """`AsyncClient()` builds a TLS context, even for plain http; clients that are given one with `verify=` build
    none.
    """
    read = []
    load = ssl.SSLContext.load_verify_locations

    def noting(self, *args, **kwargs):
        read.append(self)
        return load(self, *args, **kwargs)

    def contexts(**options):
        made = [httpx.AsyncClient(base_url="http://depot.test", trust_env=False, **options) for _ in range(3)]
        return [each._transport._pool._ssl_context for each in made]

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noting)
    built = contexts()
    assert len({id(each) for each in built}) == 3
    assert all(isinstance(each, ssl.SSLContext) for each in built)
    if sys.platform == "linux":  # elsewhere httpx2 has the system look at certificates
        assert read == built, "and reads certificates from a file each time"
    assert contexts(verify=TLS) == [TLS] * 3


def test_client_cannot_be_entered_twice():
    """A client that is open, entered or used, cannot be entered: `RuntimeError: Cannot open a client instance more
    than once.`
    """

    async def go(depot):
        said = []
        async with client(depot) as entered, client(depot) as used_later:
            with pytest.raises(RuntimeError) as error:
                await entered.__aenter__()
            said.append(str(error.value))
            await used_later.aclose()
        used = client(depot)
        await used.get("/users/1")
        with pytest.raises(RuntimeError) as error:
            await used.__aenter__()
        await used.aclose()
        return [*said, str(error.value)]

    with Depot() as depot:
        assert asyncio.run(go(depot)) == ["Cannot open a client instance more than once."] * 2


# Closing.


def test_closing_the_client_closes_its_connections():
    """`aclose()`, or leaving `async with`, closes the connections that the client kept; the server sees them go."""

    async def go(depot):
        async with client(depot) as http:
            await http.get("/users/1")
            inside = depot.ledger.open
        return inside, depot.ledger.open

    with Depot() as depot:
        assert asyncio.run(go(depot)) == (1, 0)


def test_block_that_raises_closes_too():
    """Leaving `async with` by an exception closes the client too, and the exception goes on."""

    async def go(depot):
        async with client(depot) as http:
            await http.get("/users/1")
            raise KeyError("the block failed")

    with Depot() as depot:
        with pytest.raises(KeyError):
            asyncio.run(go(depot))
        assert (depot.ledger.connections, depot.ledger.open) == (1, 0)


def test_true_from_aexit_swallows_the_exception():
    """A true value from `__aexit__` swallows the exception of the block."""

    class Swallows:
        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            return True

    async def go():
        async with Swallows():
            raise KeyError("never heard of")
        return "went on"

    assert asyncio.run(go()) == "went on"


def test_unclosed_client_keeps_its_sockets():
    """A client that was used and not closed keeps its connection open until Python collects it; a `ResourceWarning`
    is all that tells of it then.
    """

    async def go(depot):
        http = client(depot)
        await http.get("/users/1")
        gc.collect()
        held = depot.ledger.open
        with collected_warnings() as warned:
            del http
        await depot.ledger.until(lambda ledger: ledger.open == 0)
        return held, set(warned)

    with Depot() as depot:
        assert asyncio.run(go(depot)) == (1, {"ResourceWarning"})


def test_resource_warnings_are_hidden():
    """Python shows a `ResourceWarning` only if asked to, by `python -X dev` for instance."""

    def says(*options):
        command = [sys.executable, "-E", *options, "-c", "import socket; socket.socket()"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stderr

    assert says() == ""
    assert "ResourceWarning" in says("-X", "dev")


def test_unclosed_client_outlives_its_loop():
    """A client that is held somewhere, such as at module level, and not closed keeps its connection open even after
    `asyncio.run` has ended.
    """
    somewhere = []

    async def go(depot):
        somewhere.append(client(depot))
        await somewhere[0].get("/users/1")

    with Depot() as depot:
        asyncio.run(go(depot))
        gc.collect()
        assert depot.ledger.open == 1
        with collected_warnings() as warned:
            somewhere.clear()
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
    assert set(warned) == {"ResourceWarning"}


def test_use_after_close_raises():
    """A call on a closed client raises `RuntimeError: Cannot send a request, as the client has been closed.`"""

    async def go(depot):
        async with client(depot) as http:
            await http.get("/users/1")
        with pytest.raises(RuntimeError) as error:
            await http.get("/users/1")
        return str(error.value)

    with Depot() as depot:
        assert asyncio.run(go(depot)) == "Cannot send a request, as the client has been closed."
        assert len(depot.ledger.requests) == 1


def test_cannot_reopen_a_closed_client():
    """A closed client cannot be entered again: `RuntimeError: Cannot reopen a client instance, once it has been
    closed.`
    """

    async def go():
        http = client()
        await http.aclose()
        with pytest.raises(RuntimeError) as error:
            await http.__aenter__()
        return str(error.value)

    assert asyncio.run(go()) == "Cannot reopen a client instance, once it has been closed."


def test_closing_twice_is_harmless_for_httpx():
    """Closing an httpx client a second time does nothing: no exception, whether it was used or not."""

    async def go(depot):
        used, unused = client(depot), client(depot)
        await used.get("/users/1")
        for http in (used, unused):
            await http.aclose()
            await http.aclose()
        async with client(depot) as inside:
            await inside.get("/users/1")
            await inside.aclose()
        return used.is_closed, unused.is_closed, inside.is_closed

    with Depot() as depot:
        assert asyncio.run(go(depot)) == (True, True, True)
        assert depot.ledger.open == 0


async def _close_with_three_in_flight(depot):
    """Whether calls were still unanswered when `aclose()` had returned, and what became of them."""
    http = client(depot)
    calls = [asyncio.create_task(http.get("/users/1")) for _ in range(3)]
    await depot.ledger.until(lambda ledger: ledger.in_flight == 3)
    await http.aclose()
    unanswered = depot.ledger.in_flight
    return unanswered, [type(error) for error in await asyncio.gather(*calls, return_exceptions=True)]


def test_aclose_does_not_wait_for_requests():
    """`aclose()` does not wait for requests in flight: it returns while the server still works on them."""
    held = Held()  # never released: if aclose() waited, it would wait for ever
    with Depot(Behaviour(latency=1), sleep=held) as depot:
        unanswered, _ = asyncio.run(asyncio.wait_for(_close_with_three_in_flight(depot), 60))
    assert unanswered == 3


def test_close_fails_requests_in_flight():
    """Closing a client fails its requests in flight with `ReadError`."""
    held = Held()
    with Depot(Behaviour(latency=1), sleep=held) as depot:
        _, errors = asyncio.run(asyncio.wait_for(_close_with_three_in_flight(depot), 60))
    assert errors == [httpx.ReadError] * 3


# The wrapper that most tutorials show.


def test_none_outside_the_block_names_nonetype():
    """A wrapper that keeps `None` outside its block answers a call there with `AttributeError: 'NoneType' object
    has no attribute 'get'`.
    """
    api = Minimal("http://depot.test")
    with pytest.raises(AttributeError, match=r"^'NoneType' object has no attribute 'get'$"):
        asyncio.run(api.get("/users/1"))


def test_entering_twice_orphans_the_first_client():
    """A wrapper that makes its client in `__aenter__` and is entered twice loses the first one: its connection
    stays open, and leaving the outer block raises `AttributeError`.
    """

    async def go(depot):
        api = Minimal(depot.url)
        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'aclose'"):
            async with api:
                await api.get("/users/1")
                first = api._client
                async with api:
                    await api.get("/users/2")
        left = depot.ledger.open, first.is_closed
        await first.aclose()
        return left

    with Depot() as depot:
        assert asyncio.run(go(depot)) == (1, False)
        assert depot.ledger.connections == 2


# Loops.


def _three_runs(depot, **options):
    """What one client does in three `asyncio.run`, and what closing it in a fourth does."""

    def runs():
        http = client(depot, **options)

        async def call():
            return (await http.get("/users/1")).status_code

        for go in (call, call, call, http.aclose):
            try:
                yield asyncio.run(go())
            except RuntimeError as error:
                yield str(error)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of connections whose loop is gone
        said = list(runs())
        gc.collect()
    return said


def test_one_client_per_event_loop():
    """A client's connections belong to the loop that opened them: in a second `asyncio.run` the call fails with
    `RuntimeError: Event loop is closed`, in a third it works again, and closing fails.
    """
    with Depot() as depot:
        assert _three_runs(depot) == [200, "Event loop is closed", 200, "Event loop is closed"]


def test_without_kept_connections_the_second_loop_works():
    """The same client works in every `asyncio.run` if it keeps no connection, so the mistake shows only sometimes."""
    with Depot() as depot:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        assert _three_runs(depot, limits=limits) == [200, 200, 200, None]
