"""More of what a server can be: behind TLS, slow to take, an app of its own, in several places."""

import asyncio
import datetime
import hashlib
import time

import httpx
import pytest

from grading.bench import client, judged, ok, on_wire
from keepalive.grading import Limits, Network, bad_certificate, handshake_ok, handshake_timeout, reply
from keepalive.grading.asgi import nap


async def caught(call):
    try:
        answer = await call
    except httpx.HTTPError as error:
        return [type(error).__name__, str(error)]
    return answer.status_code


# -- TLS


def test_a_certificate_that_is_not_trusted() -> None:
    def build(net):
        ok(net)
        net.https()
        net.handshakes(bad_certificate("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"), handshake_ok())

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return [await caught(http.get("/a")) for _ in range(2)]

    played = on_wire(main, build)
    assert played.value == [["ConnectError", "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"], 200]
    assert played.judge.open_at_end == []


def test_not_verifying_lets_it_pass() -> None:
    def build(net):
        ok(net)
        net.https()
        net.handshakes(bad_certificate())

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=False) as http:
            return await caught(http.get("/a"))

    assert on_wire(main, build).value == 200


def test_a_handshake_that_is_never_answered() -> None:
    def build(net):
        ok(net)
        net.https()
        net.handshakes(handshake_timeout())

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=3) as http:
            return [await caught(http.get("/a")), round(run.now, 6)]

    assert on_wire(main, build).value == [["ConnectTimeout", ""], 3.02]


def test_a_handshake_takes_what_the_network_says() -> None:
    def build(net):
        ok(net)
        net.https()
        net.network = Network(rtt=0.1, connect=0.1, tls=0.7)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            await http.get("/a")
            return round(run.now, 6)

    assert on_wire(main, build).value == 0.9


# -- back-pressure


def test_a_server_that_reads_nothing_lets_the_write_time_out() -> None:
    def build(net):
        ok(net)
        net.network = Network(window=1000)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=httpx.Timeout(30, write=2)) as http:
            # httpcore forgives a write that fails, never one that takes too long.
            return [await caught(http.post("/a", content=b"x" * 5000)), round(run.now, 6)]

    played = on_wire(main, build)
    assert played.value == [["WriteTimeout", ""], 2.02]
    assert played.judge.requests == []


def test_a_server_that_reads_slowly_makes_the_upload_slow() -> None:
    def build(net):
        net.network = Network(rtt=0, window=1000, drain=1000)
        net.route("POST", "/a").calls(lambda request: reply(json={"size": len(request.content)}))

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=30) as http:
            answer = await http.post("/a", content=b"x" * 5000)
            return [answer.json(), 4.0 < run.now < 5.5]

    assert on_wire(main, build).value == [{"size": 5000}, True]


# -- several origins


def test_each_origin_has_a_network_of_its_own() -> None:
    def build(net):
        net.network = Network(rtt=0.01)
        net.paths(".*").reply(text="near")
        partner = net.origin("partner", "https://partner.test:8443", Network(rtt=1.0))
        partner.paths(".*").reply(text="far")

    async def main(run):
        seen = []
        async with httpx.AsyncClient(timeout=10) as http:
            for url in (run.url, run.url_of("partner")):
                began = run.now
                answer = await http.get(url + "/a")
                seen.append([answer.text, round(run.now - began, 6)])
        return seen

    assert on_wire(main, build).value == [["near", 0.02], ["far", 3.0]]


def test_of_two_routes_that_match_the_first_responds() -> None:
    def build(net):
        net.route("GET", "/a").reply(text="by name")
        net.paths(".*").reply(text="by pattern")
        net.route("GET", "/b").reply(text="too late")
        net.route("GET", "/a").reply(text="in its place")

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return [(await http.get(path)).text for path in ("/a", "/b")]

    assert on_wire(main, build).value == ["in its place", "by pattern"]


def test_credentials_go_where_the_client_sends_them() -> None:
    def build(net):
        ok(net)
        net.origin("elsewhere", "http://elsewhere.test").paths(".*").reply()

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, headers={"authorization": "Bearer s"}) as http:
            await http.get(run.url_of("elsewhere") + "/x")

    played = on_wire(main, build)
    assert played.judge.requests[0].headers["authorization"] == "Bearer s"
    assert played.judge.requests[0].url == "http://elsewhere.test/x"


# -- an app as an origin


async def small_app(scope, receive, send):
    body = (await receive())["body"]
    await nap(0.5)
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-path", scope["raw_path"])]})
    await send({"type": "http.response.body", "body": b"first ", "more_body": True})
    await nap(1.0)
    await send({"type": "http.response.body", "body": body})


def test_an_app_answers_with_the_time_it_takes() -> None:
    def build(net):
        net.network = Network(rtt=0)
        net.app(small_app)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            answer = await http.post("/p%20q?x=1", content=b"second")
            return [answer.status_code, answer.text, answer.headers["x-path"], run.now]

    assert on_wire(main, build).value == [201, "first second", "/p%20q", 1.5]


def test_the_practice_api_is_such_an_app() -> None:
    from keepalive.practice_api import Behaviour, create_app

    def build(net):
        net.network = Network(rtt=0)
        net.route("GET", "/users/1").reply(503)
        net.app(create_app(Behaviour(latency=0.25), sleep=nap))

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            routed = await http.get("/users/1")
            listed = await http.get("/users", params={"page": 1, "per_page": 3})
            made = await http.post("/users", json={"nonsense": True})
            return [routed.status_code, len(listed.json()["items"]), made.status_code, run.now]

    assert on_wire(main, build).value == [503, 3, 422, 0.5]


def test_an_app_that_awaits_something_else_is_the_graders_fault() -> None:
    async def real(scope, receive, send):
        await asyncio.sleep(1)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            await http.get("/a")

    played = on_wire(main, lambda net: net.app(real))
    assert "hand it `nap`" in played.judge.fault


# -- the wall clock


def test_the_wall_clock_may_jump_and_the_other_goes_on() -> None:
    async def main(run):
        before = time.time(), time.monotonic(), datetime.datetime.now()
        await asyncio.sleep(10)
        return [
            time.time() - before[0],
            time.monotonic() - before[1],
            (datetime.datetime.now() - before[2]).total_seconds(),
        ]

    played = on_wire(main, lambda net: net.wall_jump(at=5, seconds=-3600))
    assert played.value == [-3590.0, 10.0, -3590.0]


# -- what a drive can do


def test_spawned_calls_come_back_in_order_with_their_outcomes() -> None:
    async def main(run):
        async def work(number):
            await asyncio.sleep(3 - number)
            if number == 1:
                raise ValueError("one")
            return number

        return await run.spawn(3, work)

    zero, one, two = on_wire(main).value
    assert (zero["value"], one["raised"], one["text"], two["value"]) == (0, ["ValueError", "Exception"], "one", 2)
    assert [each["ended"] for each in (zero, one, two)] == [3.0, 2.0, 1.0]


def test_a_cancel_after_so_many_turns_of_the_loop() -> None:
    async def main(run):
        turns = 0

        async def count():
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        seen = []
        for ticks in (0, 1, 5):
            turns = 0
            task = asyncio.create_task(count())
            run.cancel_after_ticks(task, ticks)
            await asyncio.gather(task, return_exceptions=True)
            seen.append(turns)
        return seen

    first, second, third = on_wire(main).value
    assert first <= second < third <= 6


def test_files_of_the_scratch_folder_come_back_as_hashes() -> None:
    places = []

    async def main(run):
        places.append(run.scratch)
        (run.scratch / "sub").mkdir()
        (run.scratch / "sub" / "label.pdf").write_bytes(b"label")
        assert run.scratch == places[0]

    played = on_wire(main)
    assert played.done["files"] == {"sub/label.pdf": hashlib.sha256(b"label").hexdigest()}
    assert not places[0].exists()


def test_marks_are_read_by_checks() -> None:
    async def main(run):
        await run.at(2.5)
        run.mark("later")
        await run.at(1.0)

    assert on_wire(main).judge.marks == {"later": 2.5}


# -- memory


@pytest.mark.skipif(not __import__("sys").platform.startswith("linux"), reason="only Linux holds a process to it")
def test_too_much_memory_is_refused_in_the_child(tmp_path) -> None:
    source = client("hoard = bytearray(3 * 1024**3)")
    verdict = judged(tmp_path, source, link="child")
    assert verdict["status"] == "memory_limit"
    assert verdict["checks"][0]["diagnosis"]["kind"] == "memory_limit"


def test_requests_have_a_cap_and_the_sentence_says_so() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            while True:
                await caught(http.get("/a"))

    played = on_wire(main, ok, limits=Limits(virtual=60, requests=5, work=10))
    assert played.done["ended"] == "stopped"
    assert "5 requests" in played.done["diagnoses"][0]["text"]
