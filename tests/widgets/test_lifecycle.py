"""The life of a connection against runs: real httpx and its pool on the judge's wire, and the kernel's own table."""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import sys

import httpx
import pytest

from claims.lab import client
from claims.test_about_handshakes import KEY_AND_CERTIFICATE
from content.texts import COURSE, cells
from grading.bench import on_wire
from keepalive.grading import Network, reply
from keepalive.practice_api import Behaviour, Depot
from keepalive.widgets.lifecycle import TIME_WAIT, WIDGET

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own table of connections")


def outcome(**values):
    return WIDGET.model(WIDGET.defaults | values)


def finding(**values):
    given = WIDGET.defaults | values
    return WIDGET.twin(given, WIDGET.model(given)).finding


def played(values: dict):
    """The calls on the wire: how each went, when it began and ended in milliseconds; and what the server saw."""
    trusts_it = ssl.create_default_context(cafile=KEY_AND_CERTIFICATE)

    def build(net):
        net.network = Network(rtt=values["rtt"] / 1000, idle_timeout=values["idle"])
        closing = {"headers": {"connection": "close"}, "then": "close"} if values["closes"] == "server" else {}
        net.route("GET", "/").respond(reply(json={}, **closing))
        if values["tls"]:
            net.https(KEY_AND_CERTIFICATE, version="1.3")

    async def main(run):
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=values["expiry"])

        def made():
            return httpx.AsyncClient(base_url=run.url, verify=trusts_it, limits=limits, timeout=60)

        calls, one = [], made() if values["client"] == "one" else None
        for call in range(values["calls"]):
            if call:
                await run.at(run.now + values["pause"])
            http, began, how = one or made(), run.now, "answered"
            try:
                await http.get("/")
            except httpx.RemoteProtocolError:
                how = "failed"
            calls.append((how, round(began * 1000), round(run.now * 1000)))
            if one is None:
                await http.aclose()
        if one is not None:
            await one.aclose()
        return calls

    run = on_wire(main, build)
    return run.value, run.judge.connect_attempts


def values_at_random(chance: random.Random) -> dict:
    """Pauses near the moments that decide; not on them, where the clock's last digit would."""
    values = {
        "client": chance.choice(["one", "one", "one", "each"]),
        "closes": chance.choice(["open", "open", "open", "server"]),
        "calls": chance.randint(1, 4),
        "idle": chance.choice([1, 2.5, 5, 30]),
        "expiry": chance.choice([0.5, 2, 4.5, 5, 60]),
        "rtt": chance.choice([20, 80, 400, 500]),
        "tls": chance.random() < 0.5,
    }
    near = chance.choice([values["idle"], values["expiry"], values["idle"] - values["rtt"] / 2000, 0.5, 70])
    values["pause"] = max(0.0, round(near + chance.choice([-0.6, -0.3, -0.1, -0.01, 0.01, 0.1, 0.3]), 2))
    return values


def is_on_the_edge(values: dict) -> bool:
    edges = (values["idle"], values["expiry"], values["idle"] - values["rtt"] / 1000)
    return any(abs(values["pause"] - edge) < 0.005 for edge in edges)


def test_every_call_goes_as_in_a_run():
    chance, seen = random.Random(7), set()
    for values in [each for each in (values_at_random(chance) for _ in range(300)) if not is_on_the_edge(each)]:
        found = outcome(**values)
        calls, dialled = played(values)
        expected = [
            ("failed" if call["how"] == "failed" else "answered", call["began"], call["ended"])
            for call in found["calls"]
        ]
        assert [how for how, *_ in calls] == [how for how, *_ in expected], values
        for (_, *took), (_, *said) in zip(calls, expected, strict=True):
            assert took == pytest.approx(said, abs=1.01), values
        assert len(dialled) == len(found["connections"]), values
        for seen_one, said_one in zip(dialled, found["connections"], strict=True):
            # Who closed first: the end that waits, where one does.
            waits = (said_one["client_waits"] is not None, said_one["server_waits"] is not None)
            assert (
                waits
                in {
                    "client": {(True, False), (True, True)},
                    "server": {(False, True), (False, False), (True, True)},
                }[seen_one.closed_by]
            ), (values, seen_one.closed_by, waits)
            seen.add((seen_one.closed_by, *waits))
        seen.update(call["how"] for call in found["calls"])
    assert {"new", "kept", "failed", ("client", True, False), ("server", False, True)} <= seen
    assert any(each[1:] == (True, True) for each in seen if isinstance(each, tuple)), "both closed at once"


def at_the_kernel(*, idle_timeout: float | None = None, kept: bool = False) -> tuple[str | None, str | None]:
    """The states of the one connection of a call, by the kernel of this machine: after the server's idle time, if one
    is given; while the client is still there, or after it was closed.
    """

    async def go(depot):
        async with client(depot, limits=httpx.Limits(keepalive_expiry=60)) as http:
            await http.get("/users/1")
            if idle_timeout is not None:
                await depot.ledger.until(lambda ledger: ledger.open == 0)
                await asyncio.sleep(0.1)  # its news has arrived
            if kept:
                return list(depot.sockets)
        return list(depot.sockets)

    with Depot(Behaviour(idle_timeout=idle_timeout) if idle_timeout else Behaviour()) as depot:
        (found,) = asyncio.run(go(depot))
        return found.client, found.server


def states(found: dict, before: str) -> tuple[str, str]:
    """What the model says just before a step."""
    place = next(place for place, step in enumerate(found["steps"]) if before in step["text"])
    step = found["steps"][place - 1]
    return tuple(step[end].rpartition("→ ")[2] for end in ("client", "server"))


@linux
def test_states_are_those_of_the_kernel():
    each = outcome(client="each", calls=1, rtt=20)
    said = states(each, "TIME-WAIT is over")
    assert said == ("TIME-WAIT", "closed")
    assert at_the_kernel() == ("TIME-WAIT", None)

    said = states(outcome(pause=10, calls=2), "A call looks, finds it closed")
    assert said == ("CLOSE-WAIT", "FIN-WAIT-2")
    assert at_the_kernel(idle_timeout=0.05, kept=True) == said

    said = states(outcome(closes="server", calls=1), "TIME-WAIT is over at the server")
    assert said == ("closed", "TIME-WAIT")
    assert at_the_kernel(idle_timeout=0.05) == (None, "TIME-WAIT")


def test_both_ends_go_only_where_tcp_lets_them():
    """Each state follows from the one before as in RFC 9293, figure 5, whatever is set."""
    after = {
        "client": {
            "": {"SYN-SENT"},
            "SYN-SENT": {"ESTABLISHED"},
            "ESTABLISHED": {"FIN-WAIT-1", "CLOSE-WAIT"},
            "FIN-WAIT-1": {"FIN-WAIT-2", "CLOSING"},
            "FIN-WAIT-2": {"TIME-WAIT"},
            "CLOSING": {"TIME-WAIT"},
            "TIME-WAIT": {"closed"},
            "CLOSE-WAIT": {"LAST-ACK"},
            "LAST-ACK": {"closed"},
        },
        "server": {
            "": {"LISTEN"},
            "LISTEN": {"SYN-RECEIVED"},
            "SYN-RECEIVED": {"ESTABLISHED", "FIN-WAIT-1"},
            "ESTABLISHED": {"FIN-WAIT-1", "CLOSE-WAIT"},
            "FIN-WAIT-1": {"FIN-WAIT-2", "CLOSING", "closed"},  # closed: by its own reset
            "FIN-WAIT-2": {"TIME-WAIT", "closed"},
            "CLOSING": {"TIME-WAIT"},
            "TIME-WAIT": {"closed"},
            "CLOSE-WAIT": {"LAST-ACK"},
            "LAST-ACK": {"closed"},
        },
    }
    chance = random.Random(11)
    for _ in range(2000):
        values = values_at_random(chance)
        values["pause"] = round(values["pause"], 1)
        found = outcome(**values)
        assert [step["t"] for step in found["steps"]] == sorted(step["t"] for step in found["steps"])
        for connection in found["connections"]:
            own = [step for step in found["steps"] if step["connection"] == connection["number"]]
            for end in ("client", "server"):
                state = ""
                for step in own:
                    for following in step[end].split(" → "):
                        if following != state and not (step[end].startswith(following) and state == step[end]):
                            assert following in after[end][state], (values, end, step)
                            state = following
                assert state == "closed", (values, end)
            for end in ("client_waits", "server_waits"):
                if connection[end]:
                    assert connection[end][1] - connection[end][0] == TIME_WAIT
        assert found["steps"][-1]["ports"] == 0


def test_what_is_said():
    assert finding().startswith("3 calls, 1 connection. At the end 1 port of the client is held")
    assert finding(client="each", calls=4).startswith(
        "4 calls, 4 connections. At the end 4 ports of the client are held"
    )
    assert "the client holds no port; the server holds 3" in finding(client="each", closes="server")
    assert "Call 2 fails with RemoteProtocolError" in finding(pause=4.9, rtt=200, expiry=60)
    assert "Calls 2 and 4 fail" in finding(pause=4.9, rtt=200, expiry=60, calls=4)
    assert "fail" not in finding(pause=4.9, rtt=200, expiry=4.7)
    assert finding(pause=80, calls=4).startswith("4 calls, 4 connections. At the end 1 port")
    assert "nobody holds a port" in finding(pause=4.9, rtt=200, expiry=60, calls=2)


def test_chapter_03_names_pauses_that_show_what_it_says():
    """From the start values: one pause on which the connection is kept, one that fails, one that finds it closed."""
    (said,) = [cell["source"] for cell in cells(COURSE.chapter("03").notebook) if cell["id"] == "build-kept"]
    pauses = re.search(
        r"pauses of ([\d.]+) s, to a server that is (\d+) ms away .* set the pause to ([\d.]+) s, and after that to "
        r"([\d.]+) s",
        " ".join(said.split()),
    )
    usual, away, fails, closed = map(float, pauses.groups())
    assert (usual, away) == (WIDGET.defaults["pause"], WIDGET.defaults["rtt"])
    met = [[call["how"] for call in outcome(pause=pause)["calls"]] for pause in (usual, fails, closed)]
    assert met == [["new", "kept", "kept"], ["new", "failed", "new"], ["new", "new", "new"]]


def test_what_goes_over_is_told_when_it_is_sent():
    """So every step can be read on one clock: what one end sends, the other answers half a round trip later."""
    found = outcome(calls=1, rtt=300)
    sent = [(step["t"], step["to"], step["packet"]) for step in found["steps"] if step["packet"]]
    assert sent == [
        (0, "server", "SYN"),
        (150, "client", "SYN, ACK"),
        (300, "server", "ClientHello"),
        (450, "client", "ServerHello"),
        (600, "server", "request 1"),
        (750, "client", "answer 1"),
        (900, "server", "FIN"),
        (1050, "client", "FIN"),
        (1200, "server", "ACK"),
    ]
