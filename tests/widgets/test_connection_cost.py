"""The calculator of chapter 03 against runs: real httpx on the judge's wire, and on a Depot's sockets."""

from __future__ import annotations

import asyncio
import random
import ssl
from itertools import product

import httpx
import pytest

from claims.lab import TLS
from claims.test_about_handshakes import KEY_AND_CERTIFICATE
from grading.bench import on_wire
from keepalive.grading import Network
from keepalive.practice_api import Depot
from keepalive.widgets.connection_cost import WIDGET

VERSIONS = {"http": None, "tls12": "1.2", "tls13": "1.3"}


def outcome(**values):
    return WIDGET.model(WIDGET.defaults | values)


async def ask(calls: int, at_once: int, url: str, verify: ssl.SSLContext, kept: bool) -> None:
    """So many calls, so many at once: with one client, or a client for each."""
    waiting = iter(range(calls))

    async def one_after_another(client: httpx.AsyncClient | None) -> None:
        for _ in waiting:
            if client is not None:
                (await client.get(url)).raise_for_status()
            else:
                async with httpx.AsyncClient(verify=verify, timeout=60) as own:
                    (await own.get(url)).raise_for_status()

    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(verify=verify, limits=limits, timeout=60) as client:
        await asyncio.gather(*(one_after_another(client if kept else None) for _ in range(at_once)))


def played(values: dict, kept: bool) -> tuple[float, int]:
    """Milliseconds and connections of the calls on the wire."""

    def build(net):
        net.network = Network(rtt=values["rtt"] / 1000)
        net.route("GET", "/").reply(json={}, after=values["server"] / 1000)
        if version := VERSIONS[values["protocol"]]:
            net.https(KEY_AND_CERTIFICATE, version=version)

    async def main(run):
        began = run.now
        trusts_it = ssl.create_default_context(cafile=KEY_AND_CERTIFICATE)
        await ask(values["calls"], values["at_once"], run.url, trusts_it, kept)
        return (run.now - began) * 1000

    run = on_wire(main, build)
    return run.value, run.connections


GRID = [
    {"protocol": protocol, "rtt": rtt, "calls": calls, "at_once": at_once, "server": server}
    for (protocol, rtt, (calls, at_once), server) in product(
        VERSIONS, (0, 20, 150), ((1, 1), (5, 1), (3, 8), (8, 4), (11, 4)), (0, 70)
    )
]


@pytest.mark.parametrize("protocol", VERSIONS)
def test_times_and_connections_are_those_of_a_run(protocol):
    for values in (each for each in GRID if each["protocol"] == protocol):
        found = outcome(**values)
        for way, kept in (("per_call", False), ("one_client", True)):
            took, connections = played(values, kept)
            assert took == pytest.approx(found[way]["total"], abs=0.01), (values, way)
            assert connections == found[way]["connections"], (values, way)


@pytest.mark.parametrize("tls", [None, "1.3"])
@pytest.mark.parametrize(("calls", "at_once"), [(6, 1), (9, 3), (2, 5)])
def test_a_depot_counts_the_same_connections(tls, calls, at_once):
    expected = outcome(calls=calls, at_once=at_once, protocol="tls13" if tls else "http", rtt=5)
    for way, kept in (("per_call", False), ("one_client", True)):
        with Depot(tls=tls, rtt=0.005) as depot:
            verify = ssl.create_default_context(cafile=depot.ca) if tls else TLS
            asyncio.run(ask(calls, at_once, f"{depot.url}/users/1", verify, kept))
            assert depot.ledger.connections == expected[way]["connections"], way


def test_contexts_that_are_made_one_after_another():
    """What making a context costs when calls run at once: the event loop does one thing at a time.

    A lock that is held as long stands for the loop, so that the clock can stay virtual.
    """

    async def main(run, values):
        loop_in_use = asyncio.Lock()
        waiting = iter(range(values["calls"]))
        new = values["rtt"] * 3 + values["server"]

        async def one_after_another():
            for _ in waiting:
                async with loop_in_use:
                    await asyncio.sleep(values["context"] / 1000)
                await asyncio.sleep(new / 1000)

        began = run.now
        await asyncio.gather(*(one_after_another() for _ in range(values["at_once"])))
        return (run.now - began) * 1000

    chance = random.Random(3)
    for _ in range(60):
        values = {
            "calls": chance.randint(1, 30),
            "at_once": chance.randint(1, 8),
            "rtt": chance.choice([0, 20, 80]),
            "server": chance.choice([0, 10]),
            "context": chance.choice([0, 15, 50, 100]),
        }
        took = on_wire(lambda run, values=values: main(run, values)).value
        assert outcome(**values)["per_call"]["total"] == pytest.approx(took, abs=0.01), values


def test_parts_add_up_to_the_total():
    chance = random.Random(4)
    for _ in range(300):
        values = {
            control.id: chance.choice(control.options)[0]
            if control.kind == "choice"
            else chance.randint(control.least, control.most)
            for control in WIDGET.controls
        }
        for way in (outcome(**values)[name] for name in ("per_call", "one_client")):
            assert sum(way["parts"].values()) == way["total"]
            assert min(way["parts"].values()) >= 0


def test_what_is_said_where_there_is_nothing_to_gain():
    def said(**values):
        given = WIDGET.defaults | values
        return WIDGET.twin(given, WIDGET.model(given)).finding

    assert "gives the network" not in said() and "2.7 times as long" in said()
    assert said(rtt=0, server=0).startswith("Nothing takes any time")
    assert "needs a connection of its own" in said(calls=5, at_once=5)
    assert "over no distance" in said(rtt=0)
    assert said(calls=5, at_once=5, context=50).endswith("Each opens 5 connections.")


def test_what_a_call_takes_alone_and_what_others_contexts_add_are_told_apart():
    given = WIDGET.defaults | {"at_once": 25, "context": 20}
    rows = dict((name, values) for name, *values in WIDGET.twin(given, WIDGET.model(given)).rows)
    assert rows["A later call takes, alone"] == ["270 ms", "90 ms"]
    assert rows["Of that, waiting for others' contexts"] == ["1.17 s", "0 ms"]
