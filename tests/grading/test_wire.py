"""What a naive network in memory gets wrong, one test each."""

import asyncio
import gzip
import os
import threading

import httpx
import pytest

from grading.bench import ok, on_wire
from keepalive.grading import Limits, Network, accept, clock, close_during_request, drop, hang, refuse, reply


def test_closing_wakes_the_readers_of_requests_in_flight() -> None:
    async def main(run):
        client = httpx.AsyncClient(base_url=run.url, timeout=60)
        task = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(1)
        await client.aclose()
        try:
            await task
        except httpx.ReadError:
            return run.now

    played = on_wire(main, lambda net: net.route("GET", "/slow").reply(after=30) and None)
    assert played.value == 1.0


def test_an_idle_close_is_withdrawn_by_a_request() -> None:
    def build(net):
        net.network = Network(rtt=0, idle_timeout=5)
        net.route("GET", "/quick").reply()
        net.route("GET", "/slow").reply(after=10)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=60) as client:
            await client.get("/quick")
            await asyncio.sleep(4)
            answer = await client.get("/slow")  # under way when the idle time of the first would be over
            return [answer.status_code, run.now]

    played = on_wire(main, build)
    assert played.value == [200, 14.0]
    assert played.connections == 1


def test_an_idle_connection_is_closed_and_replaced() -> None:
    def build(net):
        net.network = Network(rtt=0, idle_timeout=5)
        ok(net)

    async def main(run):
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=60)
        async with httpx.AsyncClient(base_url=run.url, limits=limits) as client:
            await client.get("/a")
            await asyncio.sleep(6)
            await client.get("/a")

    played = on_wire(main, build)
    assert played.connections == 2
    assert [event["data"]["why"] for event in played.judge.timeline if event["kind"] == "eof"] == ["idle"]


@pytest.mark.parametrize(
    ("pause", "met"),
    [(3.9, "answered"), (4.1, "RemoteProtocolError"), (4.9, "RemoteProtocolError"), (5.1, "replaced")],
)
def test_an_idle_close_crosses_what_is_sent_within_a_round_trip_of_it(pause: float, met: str) -> None:
    """The client hears of it half a round trip after it happened, and a request arrives half a round trip later."""

    def build(net):
        net.network = Network(rtt=1, idle_timeout=5)
        ok(net)

    async def main(run):
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=60)
        async with httpx.AsyncClient(base_url=run.url, limits=limits, timeout=60) as client:
            await client.get("/a")
            answered = run.now
            await run.at(answered + pause)
            try:
                await client.get("/b")
            except httpx.RemoteProtocolError as error:
                await client.get("/c")
                return [type(error).__name__, round(run.now - answered, 6)]
            return ["answered", round(run.now - answered, 6)]

    played = on_wire(main, build)
    paths = [seen.path for seen in played.judge.requests]
    whys = [event["data"]["why"] for event in played.judge.timeline if event["kind"] == "eof"]
    if met == "answered":
        assert (played.value, paths, played.connections) == (["answered", pause + 1], ["/a", "/b"], 1)
        assert whys == []
    elif met == "replaced":
        assert (played.value, paths, played.connections) == (["answered", pause + 2], ["/a", "/b"], 2)
        assert whys == ["idle"]
    else:  # it fails when the close arrives, was never read, and the next call has a connection of its own
        assert (played.value, paths, played.connections) == ([met, 5 + 2], ["/a", "/c"], 2)
        assert whys == ["crossed"]


def test_a_close_that_crosses_the_request_is_seen_as_one() -> None:
    def build(net):
        ok(net)
        net.close_on_request(2)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            await client.get("/a")
            try:
                await client.get("/a")
            except httpx.RemoteProtocolError as error:
                return str(error)

    assert on_wire(main, build).value == "Server disconnected without sending a response."


def test_several_origins_and_strangers() -> None:
    def build(net):
        ok(net)
        net.origin("partner", "http://partner.test").paths(".*").reply(text="partner")

    async def main(run):
        async with httpx.AsyncClient() as client:
            there = (await client.get(run.url_of("partner") + "/a")).status_code
            try:
                await client.get("http://elsewhere.test/a")
            except httpx.ConnectError as error:
                return [there, type(error).__name__]

    assert on_wire(main, build).value == [200, "ConnectError"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_compressed_answer_is_sent_as_it_is(method: str) -> None:
    packed = gzip.compress(b"hello " * 100)

    def build(net):
        net.paths("/z").reply(content=packed, headers={"content-encoding": "gzip"})

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            answer = await client.request(method, "/z")
            return [answer.text, int(answer.headers["content-length"])]

    assert on_wire(main, build).value == ["hello " * 100 if method == "GET" else "", len(packed)]


def test_a_body_that_is_generated_arrives_whole() -> None:
    def build(net):
        net.route("POST", "/up").calls(lambda request: reply(json={"size": len(request.content)}))

    async def main(run):
        async def body():
            for _ in range(3):
                yield b"x" * 10
                await asyncio.sleep(1)

        async with httpx.AsyncClient(base_url=run.url) as client:
            return (await client.post("/up", content=body())).json()

    assert on_wire(main, build).value == {"size": 30}


def test_a_dripped_body_takes_its_time() -> None:
    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/drip").reply(chunks=[(0.5, b"a"), (0.5, b"b"), (0.5, b"c")])

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=0.6) as client:
            return [(await client.get("/drip")).text, run.now]

    assert on_wire(main, build).value == ["abc", 1.5]


def test_an_abandoned_connect_is_on_the_timeline() -> None:
    def build(net):
        ok(net)
        net.connects(accept(takes=3), accept())

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=1) as client:
            try:
                await client.get("/a")
            except httpx.ConnectTimeout:
                pass
            await asyncio.sleep(5)
            return (await client.get("/a")).status_code

    played = on_wire(main, build)
    assert played.value == 200
    assert played.times("connect_abandoned") == [1.0]
    assert played.connections == 1


def test_silence_and_refusal() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=2) as client:
            seen = []
            for _ in range(2):
                try:
                    await client.get("/a")
                except httpx.TransportError as error:
                    seen.append([type(error).__name__, str(error), round(run.now, 6)])
            return seen

    played = on_wire(main, lambda net: net.connects(drop(), refuse()))
    assert played.value == [
        ["ConnectTimeout", "", 2.0],
        ["ConnectError", "All connection attempts failed", 2.02],
    ]


def test_tls_is_a_round_trip_of_its_own() -> None:
    def build(net):
        ok(net)
        net.https()
        net.network = Network(rtt=0.1)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            answer = await client.get("/a")
            return [str(answer.url), round(run.now, 6)]

    played = on_wire(main, build)
    assert played.value == ["https://depot.test/a", 0.3]
    assert played.judge.requests[0].url == "https://depot.test/a"


def test_a_request_that_no_route_knows_gets_404_and_is_noted() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            return (await client.get("/nowhere")).status_code

    played = on_wire(main)
    assert played.value == 404
    assert [event["data"] for event in played.judge.timeline if event["kind"] == "no_route"] == [
        {"method": "GET", "path": "/nowhere"}
    ]


def test_the_environment_is_cleared_and_restored(monkeypatch) -> None:
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.setenv(name, "http://proxy.corp.test:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    monkeypatch.setenv("NETRC", "/nowhere/netrc")
    before = dict(os.environ)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            await client.get("/a")
        return sorted(name for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY", "NETRC") if name in os.environ)

    played = on_wire(main, ok)
    assert played.value == []
    assert [event["data"]["host"] for event in played.judge.timeline if event["kind"] == "connect"] == ["depot.test"]
    assert dict(os.environ) == before


def test_the_sync_side_is_blocked_with_a_sentence() -> None:
    async def main(run):
        try:
            httpx.get(run.url + "/a")
        except RuntimeError as error:
            return str(error)

    played = on_wire(main, ok)
    assert "AsyncClient" in played.value
    assert played.kinds == ["sync_client"]


def test_a_client_made_before_the_run_is_recognised() -> None:
    client = httpx.AsyncClient()

    async def main(run):
        try:
            await client.get(run.url + "/a")
        except httpx.ConnectError as error:
            return str(error)

    played = on_wire(main, ok)
    assert "before the check began" in played.value
    assert played.kinds == ["client_made_early"]


def test_a_client_carried_from_one_run_to_the_next_is_recognised() -> None:
    carried: list[httpx.AsyncClient] = []

    async def first(run):
        carried.append(httpx.AsyncClient())

    async def second(run):
        try:
            await carried[0].get(run.url + "/a")
        except httpx.ConnectError:
            return True

    on_wire(first, ok)
    played = on_wire(second, ok)
    assert played.value is True
    assert played.kinds == ["client_made_early"]


def test_other_sockets_are_refused_with_a_sentence() -> None:
    async def main(run):
        try:
            await asyncio.open_connection("127.0.0.1", 9)
        except OSError as error:
            return str(error)

    played = on_wire(main, ok)
    assert "httpx.AsyncClient" in played.value
    assert played.kinds == ["socket"]


def test_other_threads_keep_their_network_and_their_backend() -> None:
    made: list[object] = []

    async def main(run):
        thread = threading.Thread(target=lambda: made.append(httpx.AsyncClient()))
        with clock.follow(None):  # in a run of a learner's a thread cannot be started
            thread.start()
            thread.join()
        made.append(httpx.AsyncClient())

    on_wire(main, ok)
    names = [type(client._transport._pool._network_backend).__module__ for client in made]
    assert names == ["httpcore._backends.auto", "keepalive.grading.wire"]
    assert type(httpx.AsyncClient()._transport._pool._network_backend).__module__ == "httpcore._backends.auto"


def test_what_leftover_tasks_do_afterwards_is_not_credited() -> None:
    async def main(run):
        client = httpx.AsyncClient(base_url=run.url)

        async def lingering():
            try:
                await asyncio.sleep(100)
            finally:
                await client.get("/late")
                await client.aclose()

        await client.get("/a")
        main.task = asyncio.create_task(lingering())
        await asyncio.sleep(0)

    played = on_wire(main, ok)
    assert played.judge.open_at_end == [0]
    assert [request.path for request in played.judge.requests] == ["/a"]
    assert played.times("close") == []


def test_a_leftover_task_that_will_not_end_is_left_behind() -> None:
    async def main(run):
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(1)
                except asyncio.CancelledError:
                    pass

        main.task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        return "done"

    assert on_wire(main, ok).value == "done"


def test_events_at_one_instant_are_in_order_of_connection() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            tasks = [asyncio.create_task(client.get("/hang")) for _ in range(6)]
            await asyncio.sleep(1)
            for task in (tasks[4], tasks[0], tasks[5], tasks[2], tasks[1], tasks[3]):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    played = on_wire(main, lambda net: net.route("GET", "/hang").respond(hang()) and None)
    closes = [(event["t"], event["conn"]) for event in played.judge.timeline if event["kind"] == "close"]
    assert closes == [(1.0, number) for number in range(6)]


def test_an_answer_that_nobody_waited_for_is_not_on_the_timeline() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=1) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/slow")
            await asyncio.sleep(10)

    played = on_wire(main, lambda net: net.route("GET", "/slow").reply(after=5) and None)
    assert played.times("answer") == []
    assert played.judge.requests[0].response_at is None


def test_an_effect_may_close_under_the_request() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/a")
            return (await client.get("/a")).status_code

    played = on_wire(main, lambda net: net.route("GET", "/a").sequence(close_during_request(), 200) and None)
    assert played.value == 200


def test_bytes_that_are_no_http_are_answered_400() -> None:
    import random

    from keepalive.grading.net import Net
    from keepalive.grading.scenario_server import ScenarioServer

    judge = ScenarioServer(Net("x", random.Random(0)), Limits())
    judge({"type": "connect", "t": 0.0, "nonce": "", "conn": 0, "host": "depot.test", "port": 80})
    answers = judge({"type": "data", "t": 0.1, "nonce": "", "conn": 0, "bytes": b"\x00\x01\r\n\r\n"})
    assert [answer["type"] for answer in answers] == ["data", "eof"]
    assert judge.fault is None


def test_an_answer_that_was_read_at_its_last_moment_is_not_taken_back() -> None:
    async def main(run):
        for number in range(200):
            await asyncio.sleep(0.0137 * number)  # a clock reading that is no round number
            async with httpx.AsyncClient(base_url=run.url) as client:
                await client.get("/a")

    played = on_wire(main, ok)
    assert [each.status for each in played.judge.requests] == [200] * 200
    assert len(played.times("answer")) == 200
