"""A Depot with a way to it: round trips, TLS, and faults on the bytes, on real sockets."""

from __future__ import annotations

import gc
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

import httpx
import pytest

from keepalive.faults import CloseDuringRequest, Cut, Drip, DropConnect, Hang, IdleClose, Latency, Refuse, Reset
from keepalive.practice_api import Behaviour, Depot, DepotError, PortTaken, depot
from practice_api.test_depot import descriptors, open_client, raw, refused


def trusting(depot: Depot) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=depot.ca)


def secured(depot: Depot, **kwargs) -> httpx.Client:
    return httpx.Client(base_url=depot.url, verify=trusting(depot), trust_env=False, timeout=30, **kwargs)


def answers(http: httpx.Client, path: str = "/users/1") -> object:
    try:
        return http.get(path).status_code
    except httpx.TransportError as error:
        return type(error).__name__


# TLS.


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_https_with_the_version_that_was_asked_for(version):
    with Depot(tls=version) as depot, secured(depot) as http:
        assert depot.url == f"https://127.0.0.1:{depot.port}"
        with http.stream("GET", "/users/1") as answer:
            spoken = answer.extensions["network_stream"].get_extra_info("ssl_object").version()
            assert (answer.read()[:1], spoken) == (b"{", f"TLSv{version}")
        assert http.post("/users", content=b"x" * 500_000).status_code == 415
        assert depot.ledger.requests_per_connection == [2]
        other = "1.3" if version == "1.2" else "1.2"
        context = trusting(depot)
        context.minimum_version = context.maximum_version = ssl.TLSVersion[f"TLSv{other.replace('.', '_')}"]
        with httpx.Client(base_url=depot.url, verify=context, trust_env=False) as wrong:
            assert answers(wrong) == "ConnectError"


def test_it_answers_to_localhost_too_and_to_no_other_name():
    with Depot(tls="1.3") as depot:
        with httpx.Client(verify=trusting(depot), trust_env=False) as http:
            assert http.get(f"https://localhost:{depot.port}/users/1").status_code == 200
            with pytest.raises(httpx.ConnectError, match=r"CERTIFICATE_VERIFY_FAILED.*depot\.test"):
                http.get(depot.url, extensions={"sni_hostname": "depot.test"})


def test_who_does_not_know_the_ca_is_counted_and_asks_nothing():
    with Depot(tls="1.3") as one, Depot(tls="1.3") as other:
        with httpx.Client(base_url=one.url, verify=trusting(other), trust_env=False) as http:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                http.get("/users/1")
        one.ledger.wait_until(lambda ledger: ledger.connections == 1 and ledger.open == 0)
        assert one.ledger.requests == []


def test_plain_http_to_https_gets_no_answer(capfd):
    with Depot(tls="1.3") as depot:
        assert b"HTTP" not in raw(depot, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
        assert secured(depot).get("/users/1").status_code == 200
    assert capfd.readouterr() == ("", "")


def test_the_ca_is_there_while_the_depot_serves():
    made = Depot(tls="1.3")
    with pytest.raises(DepotError, match="has no CA yet"):
        _ = made.ca
    with made:
        path = made.ca
        assert path.read_text().startswith("-----BEGIN CERTIFICATE-----") and "PRIVATE" not in path.read_text()
    assert not path.exists() and not path.parent.exists()
    with Depot() as plain, pytest.raises(DepotError, match="speaks plain HTTP"):
        _ = plain.ca


def test_plain_http_loads_nothing_of_tls():
    code = "import sys; from keepalive.practice_api import Depot\nwith Depot() as d: print(d.url[:5])\n"
    code += "assert not {'trustme', 'cryptography', 'keepalive.practice_api.tls'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("http:\n", "")


def test_without_who_makes_certificates_it_says_what_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    made = Depot(tls="1.3")
    with pytest.raises(DepotError, match=r"cannot make a certificate: .* `pip install trustme`"):
        made.start()
    assert not made.running
    made_plain = Depot(port=made.port)
    with made_plain, open_client(made_plain) as http:
        assert answers(http) == 200, "its port is free"


def test_a_port_in_use_makes_no_ca(monkeypatch):
    made = []
    monkeypatch.setattr(depot.tempfile, "TemporaryDirectory", lambda **how: made.append(how))
    with Depot() as first, pytest.raises(PortTaken):
        Depot(port=first.port, tls="1.3").start()
    assert made == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rtt": -1}, "rtt is in seconds"),
        ({"rtt": float("nan")}, "rtt is in seconds"),
        ({"tls": "1.1"}, 'tls is "1.2"'),
    ],
)
def test_a_way_that_cannot_be(given, words):
    with pytest.raises(ValueError, match=words):
        Depot(**given)


# Round trips: no call is quicker than its round trips, on any machine; and of several calls one takes hardly longer.


def test_a_call_takes_its_round_trips_and_hardly_more():
    rtt = 0.04
    for tls, new in ((None, 2), ("1.2", 4), ("1.3", 3)):
        with Depot(rtt=rtt, tls=tls) as depot:
            context = trusting(depot) if tls else ssl.create_default_context()
            for trips, kept in ((new, False), (1, True)):
                for _ in range(50):
                    with httpx.Client(base_url=depot.url, verify=context, trust_env=False, timeout=60) as http:
                        if kept:
                            http.get("/users/1")
                        began = time.perf_counter()
                        http.get("/users/1")
                        took = (time.perf_counter() - began) / rtt
                    assert took >= trips - 0.1
                    if took < trips + 0.9:
                        break
                else:
                    pytest.fail(f"50 calls, and none of them took {trips} round trips and less than {trips + 1}")


def test_the_ledger_counts_a_far_client_as_a_near_one():
    with Depot(rtt=0.02) as depot:
        with open_client(depot) as http:
            for number in range(3):
                assert http.get(f"/users/{number + 1}").status_code == 200
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
        assert (depot.ledger.connections, depot.ledger.requests_per_connection) == (1, [3])


def test_a_close_that_is_still_on_its_way_crosses_the_request():
    """The server closes, and the client learns it 0.05 s later. A slow machine may miss that moment, not each time."""
    with Depot(Behaviour(idle_timeout=0.1), rtt=0.1) as depot:
        for _ in range(50):
            with open_client(depot) as http:
                http.get("/users/1")
                depot.ledger.reset()
                depot.ledger.wait_until(lambda ledger: ledger.open == 0)
                told = answers(http)
            if told != 200:
                break
        assert told == "RemoteProtocolError" and depot.ledger.requests == [], "it has not even arrived"


# Faults on the bytes.


@pytest.mark.parametrize(
    "fault", [Cut(0, "head"), Reset(0, "head"), CloseDuringRequest(), Drip("head", 1, 60.0)], ids=repr
)
def test_no_fault_stands_before_the_ledger(fault):
    with Depot(Behaviour(faults=(fault,))) as depot, open_client(depot) as http:
        assert http.get("/_depot/ledger").json()["requests"] == []
        assert http.post("/_depot/ledger/reset").status_code == 204


def test_a_cut_answer_was_given_and_a_crossed_request_was_not():
    with Depot(Behaviour(faults=(CloseDuringRequest((1,)), Cut(0, "head")))) as depot:
        with open_client(depot) as http:
            assert [answers(http), answers(http)] == ["RemoteProtocolError"] * 2
        crossed, also = depot.ledger.requests
        assert (crossed.status, also.status, depot.ledger.connections) == (None, None, 2)
    with Depot(Behaviour(faults=(Cut(0, "head"),))) as depot:
        with open_client(depot) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                http.delete("/shipments/1")
        assert depot.ledger.requests[0].status == 204, "it is done, and the client does not know"


def test_requests_that_count_for_a_crossing_are_those_of_the_api():
    with Depot(Behaviour(faults=(CloseDuringRequest((2,)),))) as depot, open_client(depot) as http:
        told = [answers(http, path) for path in ("/users/1", "/_depot/ledger", "/users/1", "/users/1")]
        assert told == [200, 200, "RemoteProtocolError", 200]


def test_the_connection_of_a_head_that_drips_is_kept():
    with Depot(Behaviour(faults=(Drip("head", 50, 0.001), Latency(0.001)))) as depot, open_client(depot) as http:
        assert [http.get("/users").json()["page"], http.head("/users").status_code, answers(http)] == [1, 200, 200]
        assert depot.ledger.requests_per_connection == [3]


@pytest.mark.parametrize("tls", [None, "1.3"])
def test_an_idle_close_through_the_proxy(tls):
    with Depot(Behaviour(faults=(IdleClose(0.02), CloseDuringRequest((9,)))), tls=tls) as depot:
        with secured(depot) if tls else open_client(depot) as http:
            assert answers(http) == 200
            depot.ledger.wait_until(lambda ledger: ledger.open == 0)
            assert answers(http) == 200
        assert depot.ledger.requests_per_connection == [1, 1]


def test_a_reset_is_one_on_the_socket():
    with Depot(Behaviour(faults=(Reset(0, "head"),))) as depot:
        with socket.create_connection(("127.0.0.1", depot.port), timeout=30) as wire:
            wire.sendall(b"GET /users/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                wire.recv(100)


def test_nobody_connects_and_the_port_is_free_afterwards():
    for fault, failure in ((Refuse(), httpx.ConnectError), (DropConnect(), httpx.ConnectTimeout)):
        with Depot(Behaviour(faults=(fault,))) as depot, open_client(depot) as http:
            with pytest.raises(failure):
                http.get("/users/1", timeout=httpx.Timeout(30, connect=0.1))
            assert (depot.running, depot.ledger.connections) == (True, 0)
        with Depot(port=depot.port) as again, open_client(again) as http:
            assert answers(http) == 200


def test_a_client_that_gives_up_waiting_is_gone():
    with Depot(Behaviour(faults=(Drip("head", 1, 60.0),))) as depot:
        with open_client(depot) as http, pytest.raises(httpx.ReadTimeout):
            http.get("/users/1", timeout=httpx.Timeout(30, read=0.05))
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)


def test_twenty_times_over_nothing_is_left(recwarn):
    faults = (Cut(3), Cut(0, "head"), Reset(3), CloseDuringRequest(), Refuse(), Hang(), Drip("head", 1, 60.0))
    before = None
    for fault in (*faults, *faults, *faults):
        with Depot(Behaviour(faults=(fault,)), rtt=0.001, tls="1.3") as depot, secured(depot) as http:
            with pytest.raises(httpx.TransportError):
                http.get("/users/1", timeout=httpx.Timeout(30, read=0.05))
            idle = socket.create_connection(("127.0.0.1", depot.port)) if not isinstance(fault, Refuse) else None
        assert refused(depot.port)
        if idle is not None:
            idle.close()
        if os.path.isdir("/proc/self/fd"):
            gc.collect()
            before = before or (threading.active_count(), descriptors())  # what the first use leaves is no leak
            assert (threading.active_count(), descriptors()) <= before
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []
