"""Claims about what the kernel keeps of a connection, and about the server's close of one that is idle.

What belongs to the kernel is read from the kernel of this machine, so those tests need Linux. What depends on a moment
is tried on the judge's wire, where the clock is virtual: real httpx, its real pool, a network that takes its time.
"""

from __future__ import annotations

import asyncio
import errno
import re
import shutil
import ssl
import subprocess
import sys

import httpx
import pytest
import uvicorn

from claims.lab import client
from claims.test_about_handshakes import KEY_AND_CERTIFICATE
from content.texts import ROOT
from grading.bench import on_wire
from keepalive.grading import Network, reply
from keepalive.practice_api import Behaviour, Depot

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own table of connections")
a_network_of_ones_own = pytest.mark.skipif(
    sys.platform != "linux"
    or shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0,
    reason="this machine gives nobody a network of their own",
)


@linux
def test_connection_is_a_descriptor_at_each_end():
    """An open connection is one socket, with a descriptor and a local port, at the client, and one at the server."""

    async def go(depot):
        async with client(depot) as http:
            answer = await http.get("/users/1")
            mine = answer.extensions["network_stream"].get_extra_info("socket")
            (held,) = depot.sockets
            assert mine.fileno() >= 0
            assert held.port == mine.getsockname()[1]
            assert mine.getpeername()[1] == depot.port
            return held.client, held.server

    with Depot() as depot:
        assert asyncio.run(go(depot)) == ("ESTABLISHED", "ESTABLISHED")


@linux
def test_time_wait_is_at_the_end_that_closes_first():
    """The end that closes first keeps the connection's name in TIME-WAIT; the other end is gone."""

    async def client_first(depot):
        async with client(depot) as http:
            await http.get("/users/1")
        return depot.sockets

    async def server_first(depot):
        async with client(depot) as http:
            await http.get("/users/1")
            await depot.ledger.until(lambda ledger: ledger.open == 0)
        return depot.sockets

    with Depot() as depot:
        (over,) = asyncio.run(client_first(depot))
        assert (over.client, over.server) == ("TIME-WAIT", None)
    with Depot(Behaviour(idle_timeout=0.05)) as depot:
        (over,) = asyncio.run(server_first(depot))
        assert (over.client, over.server) == (None, "TIME-WAIT")


@linux
def test_time_wait_lasts_sixty_seconds_on_linux():
    """Linux keeps a TIME-WAIT for 60 seconds."""

    async def go(depot):
        for _ in range(3):
            async with client(depot) as http:
                await http.get("/users/1")

    with Depot() as depot:
        asyncio.run(go(depot))
        left = [each.seconds_left for each in depot.sockets]
    assert len(left) == 3
    assert 55 < max(left) <= 60, "read from the kernel's own timer, a moment after it was set"


@linux
def test_servers_close_waits_in_the_pool():
    """When the server has closed an idle connection, the client's end stays in CLOSE-WAIT as long as nobody uses the
    client: httpx looks at a connection only when it needs one.
    """

    async def go(depot):
        async with client(depot, limits=httpx.Limits(keepalive_expiry=0.01)) as http:
            await http.get("/users/1")
            await depot.ledger.until(lambda ledger: ledger.open == 0)
            await asyncio.sleep(0.1)  # long after its expiry, and after the close has arrived
            (before,) = depot.sockets
            await http.get("/users/1")
            return before.client, [each.client for each in depot.sockets if each.port == before.port]

    with Depot(Behaviour(idle_timeout=0.05)) as depot:
        assert asyncio.run(go(depot)) == ("CLOSE-WAIT", [None])


FIN_TIMEOUT_OF_FIVE = """
import fcntl, socket, ssl, struct
import httpx
from keepalive.practice_api import Depot

with socket.socket() as any_socket:  # loopback is down in a new network
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
with open("/proc/sys/net/ipv4/tcp_fin_timeout", "w") as seconds:
    seconds.write("5")
with Depot() as depot:
    with httpx.Client(base_url=depot.url, verify=ssl.create_default_context()) as http:
        http.get("/users/1")
    (over,) = depot.sockets
    print(over.client, over.seconds_left > 50)
"""


@pytest.mark.real_time
@a_network_of_ones_own
def test_fin_timeout_does_not_shorten_time_wait():
    """Linux's `tcp_fin_timeout` does not shorten a TIME-WAIT: set to 5 seconds, it still begins with 60."""
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", FIN_TIMEOUT_OF_FIVE], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("TIME-WAIT True\n", "")


@a_network_of_ones_own
def test_linux_has_28232_local_ports_to_give():
    """Linux as it comes gives a client one of 28 232 local ports, 32768 to 60999, for one destination."""
    asked = ["unshare", "-rn", "cat", "/proc/sys/net/ipv4/ip_local_port_range"]  # a new network has the defaults
    first, last = map(int, subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split())
    assert (first, last, last - first + 1) == (32768, 60999, 28232)


def run_in_a_small_network() -> str:
    """What benchmarks/ports.py prints, in a network that has ten local ports."""
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, str(ROOT / "benchmarks" / "ports.py")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


recorded_run = pytest.fixture(run_in_a_small_network, scope="module")


@pytest.mark.real_time
@a_network_of_ones_own
def test_closed_connections_hold_their_ports(recorded_run):
    """A client for each call uses up the local ports with connections that are closed: each holds its port in
    TIME-WAIT, and the call after the last port fails, though nothing is open.
    """
    assert "  call 10: 200\n  call 11: ConnectError" in recorded_run
    assert "open: 0, in TIME-WAIT: 10\n" in recorded_run
    assert "100 x 200, connections: 1\n" in recorded_run, "one client needs one of them"
    assert recorded_run.endswith("A call to another port: 200\n")


@pytest.mark.real_time
@a_network_of_ones_own
def test_connect_error_does_not_speak_of_ports(recorded_run):
    """When no local port is left, `str()` of the `ConnectError` says `All connection attempts failed`; the reason,
    EADDRNOTAVAIL, is the innermost of the exceptions that led to it.
    """
    assert re.search(r"ConnectError: All connection attempts failed\n", recorded_run)
    assert f"because of [Errno {errno.EADDRNOTAVAIL}] Cannot assign requested address\n" in recorded_run


IDLE, ROUND_TRIP = 1.0, 0.4  # seconds


def after_a_pause(pause: float, expiry: float, headers: dict[str, str] | None = None, idle: float = IDLE) -> str:
    """What a second call meets that follows the first after `pause` seconds: "kept", "new", or the error's name."""

    def build(net):
        net.network = Network(rtt=ROUND_TRIP, idle_timeout=idle)
        net.route("GET", "/").respond(reply(json={}, headers=headers or {}))

    async def main(run):
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=expiry)
        async with httpx.AsyncClient(base_url=run.url, limits=limits) as http:
            await http.get("/")
            await run.at(run.now + pause)
            try:
                await http.get("/")
            except httpx.TransportError as error:
                return type(error).__name__
        return "answered"

    played = on_wire(main, build)
    return played.value if played.value != "answered" else ("kept", "new")[played.connections - 1]


def sweep(expiry: float) -> dict[float, str]:
    """For pauses of 0.05 s, 0.1 s ... 2 s; not on the very moments at which one outcome ends and another begins."""
    return {pause: after_a_pause(pause, expiry) for pause in (n / 20 + 0.001 for n in range(40))}


def test_close_crosses_for_one_round_trip():
    """The pauses after which a call on a kept connection meets the server's close are a window of one round trip: it
    ends at the server's idle time. Before it the connection is used again, after it a new one is opened.
    """
    for pause, met in sweep(expiry=60).items():
        if pause < IDLE - ROUND_TRIP:
            assert met == "kept", pause
        elif pause < IDLE:
            assert met == "RemoteProtocolError", pause
        else:
            assert met == "new", pause


def test_expiry_must_be_a_round_trip_below():
    """A `keepalive_expiry` that is a round trip below the server's idle time meets no close, whatever the pause. One
    that is below it by less than a round trip still does.
    """
    assert set(sweep(expiry=IDLE - ROUND_TRIP - 0.01).values()) == {"kept", "new"}
    assert "RemoteProtocolError" in sweep(expiry=IDLE - ROUND_TRIP / 2).values()


def test_keep_alive_header_is_not_read():
    """`httpx` does not read the header `Keep-Alive: timeout=1` of an answer: it uses the connection after 3 seconds."""
    assert after_a_pause(3, expiry=5, headers={"Keep-Alive": "timeout=1"}, idle=60) == "kept"
    # And so it meets the close of a server that keeps its word: in the window of a round trip.
    said = {"Keep-Alive": "timeout=1"}
    assert after_a_pause(0.8, expiry=5, headers=said, idle=1) == "RemoteProtocolError"


def test_uvicorn_closes_when_httpx_would_still_call():
    """`uvicorn` as it comes closes an idle connection after 5 seconds; `httpx` as it comes uses one for 5."""
    assert uvicorn.Config(lambda: None).timeout_keep_alive == 5
    assert httpx.Limits().keepalive_expiry == 5.0


def test_new_connection_is_a_full_handshake():
    """`httpx` resumes no TLS session: a second connection of the same client is a whole handshake again."""
    trusting = ssl.create_default_context(cafile=KEY_AND_CERTIFICATE)
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2  # the ticket comes with the handshake: it is there for certain
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(KEY_AND_CERTIFICATE)
    resumed: list[bool] = []

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        resumed.append(writer.get_extra_info("ssl_object").session_reused)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    def by_hand(port: int) -> None:
        """Two connections, the second with the session of the first: so the server does resume where it is asked."""
        import socket

        session = None
        for _ in range(2):
            with (
                socket.create_connection(("127.0.0.1", port)) as plain,
                trusting.wrap_socket(plain, server_hostname="depot.test", session=session) as secured,
            ):
                secured.sendall(b"GET / HTTP/1.1\r\n\r\n")
                secured.recv(1000)
                session = secured.session

    async def go():
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=serving)
        port = server.sockets[0].getsockname()[1]
        async with server:
            async with client(verify=trusting) as http:
                for _ in range(2):
                    await http.get(f"https://127.0.0.1:{port}", extensions={"sni_hostname": "depot.test"})
            await asyncio.to_thread(by_hand, port)

    asyncio.run(go())
    assert resumed == [False, False, False, True]
