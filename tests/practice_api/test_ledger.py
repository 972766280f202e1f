"""The ledger by itself: what it counts, what it leaves out, and how one waits for it."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalive.practice_api import Ledger


class Clock:
    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now


def arrive(ledger: Ledger, connection: int | None, path: str = "/users") -> str:
    return ledger.request_arrived(connection, "GET", path, "", [])


def test_connections_open_and_peak():
    ledger = Ledger()
    a, b = ledger.connection_opened(), ledger.connection_opened()
    ledger.connection_closed(a)
    c = ledger.connection_opened()
    for connection in (a, b, b):
        arrive(ledger, connection)
    assert (a, b, c) == (0, 1, 2)
    assert (ledger.connections, ledger.open, ledger.peak_open) == (3, 2, 2)
    assert ledger.requests_per_connection == [1, 2, 0]


def test_a_request_in_full():
    clock = Clock()
    ledger = Ledger(clock)
    connection = ledger.connection_opened()
    clock.now += 2.5
    headers = [(b"accept", b"a"), (b"accept", b"b"), (b"x-name", "é".encode("latin-1"))]
    request_id = ledger.request_arrived(connection, "POST", "/users%20x", "a=1&b=%2F", headers)
    assert ledger.requests[0].status is None and ledger.in_flight == 1
    ledger.body_read(request_id, 3)
    ledger.body_read(request_id, 4)
    ledger.request_answered(request_id, 201)
    (seen,) = ledger.requests
    assert (seen.request_id, seen.connection, seen.method) == ("req-000001", 0, "POST")
    assert (seen.path, seen.query, seen.body_bytes, seen.status) == ("/users%20x", "a=1&b=%2F", 7, 201)
    assert (seen.at, ledger.began + seen.at) == (2.5, clock.now)
    assert seen.headers["Accept"] == "a" and seen.headers.getlist("ACCEPT") == ["a", "b"]
    assert ledger.in_flight == 0
    as_json = json.loads(json.dumps(ledger.as_dict()))
    assert as_json["requests"][0]["headers"] == [["accept", "a"], ["accept", "b"], ["x-name", "é"]]
    assert as_json["connections"] == as_json["open"] == as_json["peak_open"] == 1


def test_charges_and_which_of_them_were_made_before():
    clock = Clock()
    ledger = Ledger(clock)
    ledger.charged(1, 7, 1250)
    clock.now += 2
    ledger.charged(2, 8, 300)
    ledger.charged(3, 7, 1250)
    assert [(charge.number, charge.shipment_id, charge.at) for charge in ledger.charges] == [
        (1, 7, 0),
        (2, 8, 2),
        (3, 7, 2),
    ]
    assert ledger.charged_again == 1
    as_json = json.loads(json.dumps(ledger.as_dict()))
    assert as_json["charges"][1] == {"number": 2, "shipment_id": 8, "cents": 300, "at": 2.0}
    assert as_json["charged_again"] == 1
    ledger.reset()
    assert (ledger.charges, ledger.charged_again) == ([], 0)


def test_asking_for_the_count_does_not_change_it():
    ledger = Ledger()
    working, asking = ledger.connection_opened(), ledger.connection_opened()
    arrive(ledger, working)
    ledger.ledger_asked(asking)
    ledger.ledger_asked(working)
    ledger.ledger_asked(None)
    assert (ledger.connections, ledger.open, ledger.peak_open) == (1, 1, 1)
    assert ledger.requests_per_connection == [1]
    arrive(ledger, asking)
    assert (ledger.connections, ledger.open, ledger.peak_open) == (2, 2, 2), "it carries other requests too, then"
    ledger.ledger_asked(asking)
    assert ledger.connections == 2, "and stays counted"


def test_reset_begins_anew_and_leaves_open_connections_open():
    clock = Clock()
    ledger = Ledger(clock)
    kept, closed, asking = ledger.connection_opened(), ledger.connection_opened(), ledger.connection_opened()
    waiting = arrive(ledger, kept)
    arrive(ledger, closed)
    ledger.connection_closed(closed)
    ledger.ledger_asked(asking)
    clock.now += 10
    ledger.reset()
    assert (ledger.connections, ledger.open, ledger.peak_open) == (0, 1, 1)
    assert ledger.requests == [] and ledger.requests_per_connection == [] and ledger.began == clock.now
    ledger.request_answered(waiting, 200)
    ledger.body_read(waiting, 5)
    assert ledger.requests == [], "a request from before is not counted when its answer comes"
    clock.now += 1
    arrive(ledger, kept)
    ledger.ledger_asked(kept)
    assert (ledger.connections, ledger.requests_per_connection, ledger.requests[0].at) == (0, [1], 1.0)
    assert ledger.requests[0].request_id == "req-000003", "an id is never used again"
    arrive(ledger, asking)
    arrive(ledger, closed)
    assert (ledger.connections, ledger.open, ledger.requests_per_connection) == (1, 2, [1, 1])


def test_in_process_there_is_no_connection():
    ledger = Ledger()
    arrive(ledger, None)
    assert (ledger.connections, ledger.requests_per_connection, ledger.requests[0].connection) == (0, [], None)


def test_only_the_newest_requests_are_kept_if_told_so():
    ledger = Ledger(keep=3)
    connection = ledger.connection_opened()
    ids = [arrive(ledger, connection) for _ in range(5)]
    ledger.request_answered(ids[0], 200)
    assert [seen.request_id for seen in ledger.requests] == ids[2:]
    assert (ledger.forgotten, ledger.requests_per_connection) == (2, [5])
    assert "5 requests" in repr(ledger)
    ledger.reset()
    assert ledger.forgotten == 0


def test_it_says_itself_in_one_line():
    ledger = Ledger()
    assert repr(ledger) == "<Ledger: 0 connections accepted, 0 open now, 0 at most; 0 requests>"
    arrive(ledger, ledger.connection_opened())
    assert repr(ledger) == "<Ledger: 1 connection accepted, 1 open now, 1 at most; 1 request>"


def test_waiting():
    ledger = Ledger()
    ledger.wait_until(lambda seen: seen.open == 0)
    opener = threading.Thread(target=ledger.connection_opened)
    opener.start()
    ledger.wait_until(lambda seen: seen.open == 1)
    opener.join()
    with pytest.raises(TimeoutError, match=r"after 0\.01 s the ledger says: <Ledger: 1 connection"):
        ledger.wait_until(lambda seen: seen.open == 2, timeout=0.01)


def test_waiting_lets_the_event_loop_go_on():
    async def go():
        ledger = Ledger()
        waiting = asyncio.create_task(ledger.until(lambda seen: seen.connections == 2))
        for _ in range(2):
            await asyncio.sleep(0)
            assert not waiting.done()
            ledger.connection_opened()
        await waiting
        with pytest.raises(TimeoutError):
            await ledger.until(lambda seen: seen.connections == 3, timeout=0.01)

    asyncio.run(go())


@given(steps=st.lists(st.tuples(st.sampled_from(["open", "close", "request", "ask", "reset"]), st.integers(0, 30))))
def test_the_numbers_agree_with_a_plain_count(steps):
    """Against a slow model: connections as dicts, the peak taken by hand after each step."""
    ledger, model, peaks = Ledger(), [], []
    for step, pick in steps:
        alive = [c for c in model if c["open"]]
        if step == "open":
            assert ledger.connection_opened() == len(model)
            model.append({"n": len(model), "open": True, "recent": True, "used": False, "asked": False, "requests": 0})
        elif step == "reset":
            ledger.reset()
            peaks = []
            for c in model:
                c.update(recent=False, requests=0)
        elif alive:
            chosen = alive[pick % len(alive)]
            if step == "close":
                ledger.connection_closed(chosen["n"])
                chosen["open"] = False
            elif step == "ask":
                ledger.ledger_asked(chosen["n"])
                chosen["asked"] = True
            else:
                arrive(ledger, chosen["n"])
                if chosen["asked"] and not chosen["used"]:
                    chosen["recent"] = True
                chosen["used"] = True
                chosen["requests"] += 1
        peaks.append([c["n"] for c in model if c["open"]])
        counts = [c for c in model if c["used"] or not c["asked"]]
        numbers = {c["n"] for c in counts}
        assert ledger.connections == sum(c["recent"] for c in counts)
        assert ledger.open == sum(c["open"] for c in counts)
        assert ledger.peak_open == max((len(numbers & set(then)) for then in peaks), default=0)
        assert ledger.requests_per_connection == [c["requests"] for c in counts if c["recent"] or c["requests"]]
