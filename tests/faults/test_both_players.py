"""One fault, two players: the judge on the wire and the practice API on a socket do the same to httpx."""

import asyncio
import inspect
import types
from typing import Any

import httpx
import pytest

from grading.bench import on_wire
from keepalive.faults import (
    CloseAfter,
    CloseDuringRequest,
    Cut,
    Drip,
    DropConnect,
    Fault,
    Hang,
    IdleClose,
    Latency,
    Pauses,
    Refuse,
    Reset,
    RetryAfter,
    StatusSequence,
    WrongLength,
)
from keepalive.grading import Network, drop, reply
from keepalive.grading.asgi import nap
from keepalive.practice_api import Behaviour, Depot, create_app
from keepalive.practice_api.responses import Json
from keepalive.practice_api.store import Store

PATIENT = httpx.Timeout(30)
HURRIED = httpx.Timeout(30, read=0.2)
SOMEBODY = Json(Store().users.get(1)).body  # the very bytes: httpx's errors say how many have come


def name(value: Any) -> str:
    return getattr(value, "__name__", None) or repr(value)


async def outcome(call: Any) -> Any:
    try:
        answer = await call
    except httpx.HTTPError as error:
        return [type(error).__name__, str(error)]
    return [answer.status_code, answer.headers.get("retry-after"), bool(answer.content)]


async def once(run, timeout=PATIENT):
    async with httpx.AsyncClient(base_url=run.url, timeout=timeout) as client:
        return await outcome(client.get("/users/1"))


async def in_a_hurry(run):
    return await once(run, HURRIED)


async def five(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=PATIENT) as client:
        # Of an answer that a sequence gives, the two agree on the status, not on the text.
        return [(await outcome(client.get("/users/1")))[:2] for _ in range(5)]


async def rests_between(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=PATIENT) as client:
        first = await outcome(client.get("/users/1"))
        await asyncio.sleep(0.5)
        return [first, await outcome(client.get("/users/1"))]


async def posted(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=PATIENT) as client:
        return await outcome(client.post("/users/1", content=b"x" * 300_000))


async def three(run):
    async with httpx.AsyncClient(base_url=run.url, timeout=PATIENT) as client:
        return [await outcome(client.get("/users/1")) for _ in range(3)]


async def to_nobody(run):
    return await once(run, 0.2)


BOTH = [
    (once, Latency(0.01)),
    (in_a_hurry, Latency(60)),
    (once, Drip("body", 20, 0.001)),
    (in_a_hurry, Drip("body", 1, 60)),
    (once, Pauses(((0.01, 3), (0.01, 4)))),
    (in_a_hurry, Pauses(((0.0, 3), (60.0, 4)))),
    (in_a_hurry, Hang()),
    (five, StatusSequence((503, 429, None, 500))),
    (five, StatusSequence((503, 500), last="repeat")),
    (rests_between, CloseAfter()),
    (rests_between, IdleClose(0.05)),
]


@pytest.mark.parametrize(("main", "fault"), BOTH, ids=name)
def test_the_same_on_the_wire_and_on_a_socket(main, fault) -> None:
    on_judge = on_wire(main, lambda net: judge_plays(net, [fault]))
    value, connections = on_depot(main, [fault])
    assert on_judge.value == value
    assert on_judge.connections == connections


@pytest.mark.parametrize("value", ["2", "Wed, 21 Oct 2015 07:28:00 GMT", "99999999999", "soon", ""])
def test_retry_after_stands_on_both(value) -> None:
    faults = [StatusSequence((503, 429, 500)), RetryAfter(value)]
    on_judge = on_wire(five, lambda net: judge_plays(net, faults))
    assert on_judge.value == on_depot(five, faults)[0]
    assert [found[1] for found in on_judge.value] == [value, value, None, None, None]


@pytest.mark.parametrize(
    ("main", "fault"), [each for each in BOTH if not isinstance(each[1], CloseAfter | IdleClose)], ids=name
)
def test_the_app_on_the_wire_does_the_same_too(main, fault) -> None:
    def build(net):
        net.app(create_app(Behaviour(faults=(fault,)), sleep=nap))

    assert on_wire(main, build).value == on_wire(main, lambda net: judge_plays(net, [fault])).value


def judge_plays(net, faults) -> None:
    net.network = Network(rtt=0.001)
    net.route("GET", "/users/1").reply(content=bytes(SOMEBODY), headers={"content-type": "application/json"})
    net.route("POST", "/users/1").reply(405)
    net.faults(*faults)


def on_depot(main, faults) -> tuple[Any, int]:
    with Depot(Behaviour(faults=tuple(faults))) as depot:
        value = asyncio.run(main(types.SimpleNamespace(url=depot.url)))
        return value, depot.ledger.connections


# -- what only bytes can say


ON_BYTES = [
    (once, Cut(0)),
    (once, Cut(3)),
    (once, Cut(9, "head")),
    (once, Cut(0, "head")),
    (once, Cut(100_000)),
    (posted, Cut(0, "head")),
    (three, Cut(3)),
    (once, WrongLength(9999)),
    (once, WrongLength(5)),
    (once, Reset(3)),
    (once, Reset(9, "head")),
    (once, Reset(0, "head")),
    (once, Drip("head", 20, 0.001)),
    (in_a_hurry, Drip("head", 1, 60)),
    (once, CloseDuringRequest()),
    (posted, CloseDuringRequest()),
    (three, CloseDuringRequest((2,))),
    (three, CloseDuringRequest((1, 3))),
    (once, Refuse()),
    (to_nobody, DropConnect()),
]


@pytest.mark.parametrize(("main", "fault"), ON_BYTES, ids=name)
def test_bytes_the_same_on_the_wire_and_through_the_proxy(main, fault) -> None:
    on_judge = on_wire(main, lambda net: judge_plays(net, [fault]))
    value, connections = on_depot(main, [fault])
    assert on_judge.value == value
    assert on_judge.connections == connections


@pytest.mark.parametrize(
    ("main", "faults"),
    [
        (once, [Drip("head", 50, 0.001), Cut(3)]),
        (once, [Drip("body", 2, 0.001), Reset(3)]),
        (in_a_hurry, [Drip("head", 50, 0.001), Pauses(((60.0, 1),))]),
        (in_a_hurry, [WrongLength(9999), Pauses(((0.0, 3), (60.0, 1)))]),
        (once, [Cut(3), Reset(3)]),
        (once, [CloseDuringRequest(), StatusSequence((503,))]),
        (five, [CloseDuringRequest((2,)), StatusSequence((503, 429, 500))]),
    ],
    ids=name,
)
def test_several_at_once_the_same_on_both(main, faults) -> None:
    on_judge = on_wire(main, lambda net: judge_plays(net, faults))
    assert on_judge.value == on_depot(main, faults)[0]


def test_a_reset_after_the_whole_answer_takes_the_connection() -> None:
    """Whether it takes the answer too that lies there unread is the client's system's to say: on Linux it does not."""
    first, second, third = on_wire(three, lambda net: judge_plays(net, [Reset(None)])).value
    assert first == second == third == ["ReadError", ""]
    with Depot(Behaviour(faults=(Reset(None),))) as depot:
        for number in (1, 2):
            value = asyncio.run(once(types.SimpleNamespace(url=depot.url)))
            assert value in ([200, None, True], ["ReadError", ""])
            depot.ledger.wait_until(lambda ledger: ledger.open == 0)
            assert depot.ledger.connections == number


@pytest.mark.parametrize("fault", {type(fault): fault for _, fault in ON_BYTES}.values(), ids=name)
def test_the_app_alone_refuses_what_it_cannot_do_and_says_what_could(fault) -> None:
    with pytest.raises(ValueError, match=f"{type(fault).__name__} is about the bytes .* It takes a proxy"):
        create_app(Behaviour(faults=(fault,)))


def test_each_fault_is_played_by_both() -> None:
    played = {type(fault) for _, fault in (*BOTH, *ON_BYTES)} | {RetryAfter}
    assert played == {kind for kind in Fault.__subclasses__() if not inspect.isabstract(kind)}


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Cut(3), f"message body (received 3 bytes, expected {len(SOMEBODY)})"),
        (Cut(9, "head"), "Server disconnected without sending a response."),
        (Cut(0, "head"), "Server disconnected without sending a response."),
        (WrongLength(9999), f"message body (received {len(SOMEBODY)} bytes, exp"),
        (CloseDuringRequest(), "Server disconnected without sending a response."),
        (Reset(3), "ReadError"),
        (Reset(0, "head"), "ReadError"),
        (Refuse(), "All connection attempts failed"),
    ],
    ids=name,
)
def test_what_httpx_says_of_each(fault, seen) -> None:
    value = on_wire(once, lambda net: judge_plays(net, [fault])).value
    assert seen in f"{value[0]} {value[1]}"


def test_a_head_that_drips_is_late_and_whole() -> None:
    async def main(run):
        answer = await once(run)
        return [answer[0], run.now > 20]

    played = on_wire(main, lambda net: judge_plays(net, [Drip("head", 2, 1)]))
    assert played.value == [200, True]


def test_silence_by_net_or_by_plan() -> None:
    async def main(run):
        return await once(run, 2)

    def by_plan(net):
        net.connects(drop())

    for build in (by_plan, lambda net: net.faults(DropConnect()), lambda net: net.connects(DropConnect())):
        assert on_wire(main, build).value == ["ConnectTimeout", ""]


# -- where a fault may stand


def test_an_answers_own_fault_takes_the_place_of_the_origins() -> None:
    async def main(run):
        times = []
        async with httpx.AsyncClient(base_url=run.url, timeout=60) as client:
            for path in ("/slow", "/own"):
                began = run.now
                await client.get(path)
                times.append(round(run.now - began, 6))
        return times

    def build(net):
        net.network = Network(rtt=0.0)
        net.faults(Latency(5))
        net.route("GET", "/slow").reply()
        net.route("GET", "/own").reply(faults=[Latency(1)])

    assert on_wire(main, build).value == [5.0, 1.0]


def test_a_sequence_counts_per_route_or_per_origin() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            return [(await client.get(path)).status_code for path in ("/a", "/b", "/a", "/b")]

    def per_route(net):
        for path in ("/a", "/b"):
            net.route("GET", path).reply(faults=[StatusSequence((503,))])

    def per_origin(net):
        net.paths(".*").reply()
        net.faults(StatusSequence((503,)))

    assert on_wire(main, per_route).value == [503, 503, 200, 200]
    assert on_wire(main, per_origin).value == [503, 200, 200, 200]


def test_a_sequence_that_is_used_up_is_the_graders_fault_and_depots_500() -> None:
    faults = [StatusSequence((503,), last="error")]
    played = on_wire(five, lambda net: judge_plays(net, faults))
    assert "used up at request 2" in played.judge.fault
    assert on_depot(five, faults)[0] == [[503, None]] + [[500, None]] * 4


def test_faults_of_a_connection_are_refused_on_a_response() -> None:
    with pytest.raises(ValueError, match="not of a response"):
        reply(faults=[IdleClose(3)])
    with pytest.raises(ValueError, match="Latency is given twice"):
        reply(after=1, faults=[Latency(2)])
    with pytest.raises(ValueError, match="given twice"):
        Behaviour(latency=1, faults=(Latency(2),))
