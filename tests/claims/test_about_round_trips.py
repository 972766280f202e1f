"""Claims about what a connection costs, and about the moment at which a server lets go of one.

Round trips are counted on the judge's wire: httpx, its pool and OpenSSL are the real ones, the network between takes
exactly one second a round trip, and the clock is virtual. `tests/practice_api/test_way.py` shows that a Depot on real
sockets takes as many.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
import time

import httpx
import pytest

from claims.lab import TLS, client
from claims.test_about_handshakes import KEY_AND_CERTIFICATE
from claims.test_about_sockets import IDLE, after_a_pause
from claims.test_about_sockets import ROUND_TRIP as ROUND_TRIP_THERE
from grading.bench import on_wire
from keepalive.faults import CloseDuringRequest, Refuse, Reset
from keepalive.grading import Network
from keepalive.practice_api import Behaviour, Depot

ROUND_TRIP = 1.0


def round_trips(version: str | None = None) -> list[float]:
    """Round trips of two calls, one after the other, on one client: the first has to connect."""

    def build(net):
        net.network = Network(rtt=ROUND_TRIP)
        net.route("GET", "/").reply(json={})
        if version is not None:
            net.https(KEY_AND_CERTIFICATE, version=version)

    async def main(run):
        took = []
        trusts_it = ssl.create_default_context(cafile=KEY_AND_CERTIFICATE)
        async with httpx.AsyncClient(base_url=run.url, verify=trusts_it, timeout=60) as http:
            for _ in range(2):
                began = run.now
                (await http.get("/")).raise_for_status()
                took.append(round((run.now - began) / ROUND_TRIP, 6))
        return took

    played = on_wire(main, build)
    assert played.connections == 1
    return played.value


def test_kept_connection_costs_one_round_trip():
    """A call on a kept connection costs one round trip, over plain HTTP and over TLS alike."""
    assert {round_trips(version)[1] for version in (None, "1.2", "1.3")} == {1.0}


def test_new_plain_connection_costs_two_round_trips():
    """A call on a new connection costs two round trips over plain HTTP: TCP's, and its own."""
    assert round_trips()[0] == 2.0


def test_new_tls12_connection_costs_four_round_trips():
    """A call on a new connection costs four round trips over TLS 1.2: TCP's, two of the handshake, and its own."""
    assert round_trips("1.2")[0] == 4.0


def test_new_tls13_connection_costs_three_round_trips():
    """A call on a new connection costs three round trips over TLS 1.3: TCP's, one of the handshake, and its own."""
    assert round_trips("1.3")[0] == 3.0


def test_plain_http_client_builds_a_tls_context():
    """Making an `AsyncClient` builds a TLS context even where every address is plain `http`."""

    def context(**options):
        http = httpx.AsyncClient(base_url="http://depot.test", trust_env=False, **options)
        return http._transport._pool._ssl_context

    built = context()
    assert isinstance(built, ssl.SSLContext) and built is not context()
    assert context(verify=TLS) is TLS, "one that is handed a context builds none"


@pytest.mark.real_time
def test_shared_context_makes_a_client_cheap():
    """Making a client with a TLS context that is there already costs less than a tenth of making one with its own."""

    def cost(**options) -> float:
        """Seconds of the processor, the least of some: what another program does is not in it."""
        taken = []
        for _ in range(7):
            began = time.process_time()
            httpx.AsyncClient(trust_env=False, **options)
            taken.append(time.process_time() - began)
        return min(taken)

    assert cost(verify=TLS) < cost() / 10


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("retries", [0, 3])
def test_close_that_crosses_is_raised(method, retries):
    """A server's close that crosses a request on a kept connection raises `RemoteProtocolError`, for GET and for POST,
    also with `AsyncHTTPTransport(retries=3)`: the request is sent once.
    """

    async def go(depot):
        transport = httpx.AsyncHTTPTransport(verify=TLS, trust_env=False, retries=retries)
        async with client(depot, transport=transport) as http:
            await http.get("/users/1")
            with pytest.raises(httpx.RemoteProtocolError, match=r"Server disconnected without sending a response\."):
                await http.request(method, "/users")
            return (await http.get("/users/2")).status_code

    with Depot(Behaviour(faults=(CloseDuringRequest((2,)),))) as depot:
        assert asyncio.run(go(depot)) == 200
        seen = [(seen.method, seen.connection, seen.status) for seen in depot.ledger.requests]
        assert seen == [("GET", 0, 200), (method, 0, None), ("GET", 1, 200)]


def test_reset_in_place_of_an_answer_is_a_read_error():
    """A connection that is reset in the place of an answer raises `ReadError`, not `RemoteProtocolError`."""

    async def go(depot):
        async with client(depot) as http:
            with pytest.raises(httpx.ReadError):
                await http.get("/users/1")

    with Depot(Behaviour(faults=(Reset(0, "head"),))) as depot:
        asyncio.run(go(depot))
        assert len(depot.ledger.requests) == 1


def test_transport_retries_only_connecting():
    """`AsyncHTTPTransport(retries=2)` repeats an attempt to connect, and nothing else: three attempts where nobody
    listens, one request where a 503 is answered.
    """

    async def main(run):
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=2), base_url=run.url) as http:
            try:
                return (await http.get("/")).status_code
            except httpx.ConnectError:
                return "ConnectError"

    refused = on_wire(main, lambda net: net.faults(Refuse()))
    assert (refused.value, len(refused.judge.connect_attempts)) == ("ConnectError", 3)
    unwell = on_wire(main, lambda net: net.route("GET", "/").reply(503))
    assert (unwell.value, len(unwell.judge.requests)) == (503, 1)


def test_keepalive_expiry_closes_nothing_by_itself():
    """`keepalive_expiry` closes no connection when its time has come, only when the pool is next used."""

    def build(net):
        net.network = Network(rtt=0.01)
        net.route("GET", "/").reply(json={})

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, limits=httpx.Limits(keepalive_expiry=2)) as http:
            await http.get("/")
            await run.at(100)
            await http.get("/")
            await run.at(200)

    first, second = on_wire(main, build).judge.connect_attempts
    assert first.closed_by == second.closed_by == "client"
    assert 100 <= first.closed_at < 101 and second.closed_at == 200


IN_THE_WINDOW = IDLE - ROUND_TRIP_THERE / 2
"""A pause after which the next request and the server's close of the idle connection cross."""


def test_expiry_above_the_servers_idle_time_meets_its_close():
    """With a `keepalive_expiry` above the server's idle time a call may be sent while the server's close is on its way,
    and fails.
    """
    assert after_a_pause(IN_THE_WINDOW, expiry=60) == "RemoteProtocolError"


def test_expiry_below_the_servers_idle_time_meets_no_close():
    """With a `keepalive_expiry` below the server's idle time the client has let go by then: the call gets a new
    connection and succeeds.
    """
    assert after_a_pause(IN_THE_WINDOW, expiry=0.01) == "new"


IN_A_SMALL_WORLD = """
import asyncio, fcntl, json, socket, struct
import httpx

with socket.socket() as any_socket:  # loopback is down in a new network namespace
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as ports:
    ports.write("40000 40009")


async def main():
    async def hold(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\n")  # and never the rest: it stays in use

    one, other = [await asyncio.start_server(hold, "127.0.0.1", port) for port in (30001, 30002)]
    told = {"connected": 0}
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=100), trust_env=False) as http:

        async def ask(port):
            request = http.build_request("GET", f"http://127.0.0.1:{port}")
            return await http.send(request, stream=True)

        open_now = []
        try:
            for _ in range(20):
                open_now.append(await ask(30001))
                told["connected"] += 1
        except httpx.ConnectError as error:
            told["error"] = type(error).__name__
            told["cause"] = []
            while error := error.__cause__ or error.__context__:
                told["cause"].append(str(error))
        open_now.append(await ask(30002))
        told["elsewhere"] = open_now[-1].status_code
        for answer in open_now:
            await answer.aclose()
    print(json.dumps(told))


asyncio.run(main())
"""


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform != "linux" or shutil.which("unshare") is None, reason="needs a network of its own")
def test_ports_run_out_per_destination():
    """Local ports run out for one destination, not for the machine: with ten of them the eleventh connection to one
    server raises `ConnectError`, and one to another server succeeds.
    """
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine gives nobody a network of their own")
    done = subprocess.run(["unshare", "-rn", sys.executable, "-c", IN_A_SMALL_WORLD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["connected"], told["error"], told["elsewhere"]) == (10, "ConnectError", 200)
    assert any("Cannot assign requested address" in said for said in told["cause"]), told
