"""The API on a real socket: what the ledger counts there, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import ssl
import threading
import time

import httpx
import pytest

from keepalive.practice_api import Behaviour, Depot, DepotError, PortTaken
from practice_api.held import Held

TLS = ssl.create_default_context()  # made once: httpx makes one per client, and that takes longer than the calls here


def open_client(depot: Depot, **kwargs) -> httpx.Client:
    return httpx.Client(base_url=depot.url, verify=TLS, trust_env=False, timeout=60, **kwargs)


def refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def raw(depot: Depot, sent: bytes) -> bytes:
    """What comes back on a bare socket until the server closes it."""
    with socket.create_connection(("127.0.0.1", depot.port), timeout=60) as wire:
        wire.sendall(sent)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# What the ledger counts.


def test_one_client_and_a_client_per_call():
    with Depot() as depot:
        with open_client(depot) as http:
            for number in range(5):
                assert http.get(f"/users/{number + 1}").status_code == 200
        assert (depot.ledger.connections, depot.ledger.open, depot.ledger.peak_open) == (1, 0, 1)
        assert depot.ledger.requests_per_connection == [5]
        depot.ledger.reset()
        for number in range(5):
            with open_client(depot) as http:
                http.get(f"/users/{number + 1}")
        assert (depot.ledger.connections, depot.ledger.open, depot.ledger.peak_open) == (5, 0, 1)
        assert depot.ledger.requests_per_connection == [1, 1, 1, 1, 1]


def test_what_a_request_looked_like():
    at = iter([100.0, 101.5, 103.0])
    with Depot(clock=lambda: next(at)) as depot, open_client(depot) as http:
        sent = {"name": "Zoë", "email": "z@example.com", "city": "Utrecht", "country": "NL"}
        answer = http.post("/users", params={"a": "b c"}, json=sent, headers={"X-Trace": "7"})
        refused_answer = http.get("/users/%37x")
        seen, other = depot.ledger.requests
    assert (seen.method, seen.path, seen.query, seen.status, seen.at) == ("POST", "/users", "a=b+c", 201, 1.5)
    assert seen.body_bytes == len(answer.request.content)
    assert seen.headers["x-trace"] == "7"
    assert seen.request_id == answer.headers["x-request-id"]
    assert (other.path, other.status, other.at) == ("/users/%37x", 404, 3.0)
    assert other.request_id == refused_answer.json()["request_id"]
    assert seen.connection == other.connection == 0


def test_twenty_at_once_are_open_at_once():
    held = Held()
    with Depot(Behaviour(latency=1), sleep=held) as depot:

        async def go():
            async with httpx.AsyncClient(base_url=depot.url, verify=TLS, trust_env=False) as http:
                calls = [asyncio.create_task(http.get("/users")) for _ in range(20)]
                await depot.ledger.until(lambda ledger: ledger.in_flight == 20)
                held.release()
                return [answer.status_code for answer in await asyncio.gather(*calls)]

        assert asyncio.run(go()) == [200] * 20
        assert (depot.ledger.connections, depot.ledger.peak_open, depot.ledger.open) == (20, 20, 0)


def test_a_connection_that_asks_nothing_counts():
    with Depot() as depot, socket.create_connection(("127.0.0.1", depot.port)):
        assert (depot.ledger.connections, depot.ledger.open) == (1, 1)


def test_the_ledger_over_http_leaves_itself_out():
    with Depot() as depot:
        with open_client(depot) as http:
            http.get("/users")
        with open_client(depot) as asking:
            told = asking.get("/_depot/ledger")
            assert told.json() == depot.ledger.as_dict()
            assert (told.json()["connections"], told.json()["open"], told.json()["peak_open"]) == (1, 0, 1)
            assert [seen["path"] for seen in told.json()["requests"]] == ["/users"]
            assert "x-request-id" not in told.headers
            assert asking.get("/_depot/ledger/reset").status_code == 405
            assert asking.post("/_depot/ledger/reset").status_code == 204
            assert asking.get("/_depot/ledger").json()["connections"] == 0
            asking.get("/users")
            assert asking.get("/_depot/ledger").json()["requests_per_connection"] == [1]


def test_no_fault_stands_before_the_ledger():
    held = Held()
    with Depot(Behaviour(latency=1), sleep=held) as depot, open_client(depot) as http:
        assert http.get("/_depot/ledger").json()["requests"] == []
        held.release()


def test_two_depots_do_not_mix():
    with Depot() as one, Depot() as two:
        with open_client(one) as http:
            http.delete("/shipments/1")
            http.get("/users")
        with open_client(two) as http:
            assert http.get("/shipments/1").status_code == 200
        assert one.url != two.url
        assert [len(one.ledger.requests), len(two.ledger.requests)] == [2, 1]
        assert [one.ledger.connections, two.ledger.connections] == [1, 1]


def test_head_and_an_empty_answer_leave_the_connection_usable():
    with Depot() as depot, open_client(depot) as http:
        get, head = http.get("/users"), http.head("/users")
        assert (head.content, head.headers["content-length"]) == (b"", str(len(get.content)))
        assert http.delete("/shipments/5").status_code == 204
        assert http.post("/nowhere", content=b"x" * 200_000).status_code == 404
        assert http.get("/users").status_code == 200
        assert depot.ledger.requests_per_connection == [5]


def test_bytes_that_are_not_http(capfd):
    with Depot() as depot:
        assert raw(depot, b"hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert (depot.ledger.connections, depot.ledger.open, depot.ledger.requests) == (1, 0, [])
        assert raw(depot, b"GET /users/%C5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
            b"HTTP/1.1 404 "
        )
        websocket = b"GET /users HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"
        assert raw(depot, websocket).startswith(b"HTTP/1.1 200 ")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_leaves_in_the_middle_of_its_body(capfd):
    with Depot() as depot:
        with socket.create_connection(("127.0.0.1", depot.port)) as wire:
            wire.sendall(
                b"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
            )
            depot.ledger.wait_until(lambda ledger: ledger.requests and ledger.requests[0].body_bytes == 1)
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
        assert depot.ledger.requests[0].status is None
        with open_client(depot) as http:
            assert http.get("/users").status_code == 200
    assert capfd.readouterr() == ("", "")


# Behaviour.


def test_latency_is_handed_to_sleep():
    asked = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    with Depot(Behaviour(latency=0.25), sleep=sleep) as depot, open_client(depot) as http:
        http.get("/users"), http.get("/nowhere")
    assert asked == [0.25, 0.25]


def test_latency_passes_for_real():
    with Depot(Behaviour(latency=0.05)) as depot, open_client(depot) as http:
        began = time.perf_counter()
        http.get("/users")
        assert time.perf_counter() - began >= 0.05


def test_the_server_closes_an_idle_connection():
    with Depot(Behaviour(idle_timeout=0.05)) as depot, open_client(depot) as http:
        http.get("/users")
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
        assert http.get("/users").status_code == 200
        assert depot.ledger.requests_per_connection == [1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"latency": -1},
        {"latency": float("nan")},
        {"idle_timeout": 0},
        {"idle_timeout": -1},
        {"latency": float("inf")},
        {"idle_timeout": float("inf")},
    ],
)
def test_a_behaviour_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="is in seconds"):
        Behaviour(**wrong)


# Beginning and end.


def test_twenty_times_over_nothing_is_left():
    with Depot() as warm, open_client(warm) as http:  # what is imported on first use is no leak
        http.get("/users")
    gc.collect()
    threads, files = threading.active_count(), descriptors() if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        with Depot() as depot, open_client(depot) as http:
            assert http.get("/users/1").status_code == 200
            client_left_open = httpx.Client(verify=TLS, trust_env=False)
            client_left_open.get(depot.url)
        assert refused(depot.port)  # at once: a free port may soon be somebody else's
        client_left_open.close()
    assert threading.active_count() == threads
    if files:
        gc.collect()
        assert descriptors() <= files


def test_a_connection_that_comes_while_it_stops_is_closed(recwarn):
    for _ in range(20):
        with Depot() as depot:
            late = socket.create_connection(("127.0.0.1", depot.port))
        late.close()
    gc.collect()
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []


def test_stop_does_not_wait_for_requests_in_flight():
    held = Held()  # never released
    depot = Depot(Behaviour(latency=1), sleep=held).start()
    failures = []

    def call():
        try:
            with open_client(depot) as http:
                http.get("/users")
        except httpx.TransportError as error:
            failures.append(error)

    calling = threading.Thread(target=call)
    calling.start()
    depot.ledger.wait_until(lambda ledger: ledger.in_flight == 1)
    depot.stop()
    calling.join(60)
    assert not calling.is_alive() and len(failures) == 1
    assert not depot.running and refused(depot.port)
    assert (depot.ledger.open, depot.ledger.requests[0].status) == (0, None)


def test_stop_twice_start_twice_and_after():
    depot = Depot()
    depot.stop()
    assert repr(depot) == "<Depot not started>"
    with pytest.raises(DepotError, match="no address yet"):
        _ = depot.url
    assert depot.ledger.connections == 0
    assert depot.start() is depot and depot.running
    assert repr(depot) == f"<Depot at {depot.url}>"
    with pytest.raises(DepotError, match="running already"):
        depot.start()
    depot.stop(), depot.stop()
    assert repr(depot) == f"<Depot stopped, was at {depot.url}>"
    with pytest.raises(DepotError, match="has been stopped"):
        depot.start()


def test_an_error_inside_the_block_stops_it_too():
    with pytest.raises(ZeroDivisionError), Depot() as depot:
        raise ZeroDivisionError
    assert not depot.running


def test_inside_a_running_loop_as_in_a_notebook():
    async def cell():
        depot = Depot().start()
        async with httpx.AsyncClient(base_url=depot.url, verify=TLS, trust_env=False) as http:
            first = await asyncio.gather(*[http.get("/users") for _ in range(3)])
            with Depot() as other:
                await http.get(other.url)
                assert other.ledger.connections == 1
        assert depot.ledger.open == 0, "the client closed a moment ago, and the server has looked"
        depot.stop()
        return [answer.status_code for answer in first]

    assert asyncio.run(cell()) == [200] * 3


def test_from_several_threads_at_once():
    def read(depot):
        for _ in range(20):
            depot.ledger.as_dict()
            with open_client(depot) as http:
                assert http.get("/users").status_code == 200

    with Depot() as depot:
        readers = [threading.Thread(target=read, args=(depot,)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(60)
        assert not any(reader.is_alive() for reader in readers)
        assert (depot.ledger.connections, depot.ledger.open, len(depot.ledger.requests)) == (80, 0, 80)


def test_a_port_in_use():
    with Depot() as depot:
        with pytest.raises(PortTaken, match=f"^Port {depot.port} is in use by another program.$"):
            Depot(port=depot.port).start()
        with open_client(depot) as http:
            assert http.get("/users").status_code == 200


def test_a_port_given_is_free_again_at_once():
    with Depot() as first, open_client(first) as http:
        http.get("/users")
        port = first.port
    with Depot(port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be(port):
    with pytest.raises(ValueError, match="from 0 to 65535"):
        Depot(port=port)


def test_an_address_that_is_not_ours():
    with pytest.raises(DepotError, match=r"cannot listen on 192\.0\.2\.1, port 0: "):
        Depot(host="192.0.2.1").start()


def test_a_server_that_fails_to_come_up_says_why(monkeypatch):
    import keepalive.practice_api.serving as serving

    async def broken(*args, **kwargs):
        raise RuntimeError("no luck")

    monkeypatch.setattr(serving, "serve", broken)
    depot = Depot()
    with pytest.raises(DepotError, match="did not come up: RuntimeError: no luck"):
        depot.start()
    assert not depot.running and refused(depot.port)


def test_ipv6():
    try:
        depot = Depot(host="::1").start()
    except DepotError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        with open_client(depot) as http:
            assert depot.url.startswith("http://[::1]:") and http.get("/users").status_code == 200
    finally:
        depot.stop()


def test_no_noise_whatever_the_log_level(capfd, caplog):
    caplog.set_level(logging.DEBUG)
    levels = {name: logging.getLogger(name).level for name in ("uvicorn", "uvicorn.error", "uvicorn.access")}
    with Depot() as depot, open_client(depot) as http:
        http.get("/users"), http.get("/nowhere")
    assert not [record for record in caplog.records if record.name.startswith(("uvicorn", "keepalive"))]
    assert levels == {name: logging.getLogger(name).level for name in levels}, (
        "a server of the learner's own still logs"
    )
    assert capfd.readouterr() == ("", "")
