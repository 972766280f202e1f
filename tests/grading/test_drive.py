"""What a drive is given on `run`: outcomes, several calls, a cancel, quiet."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from grading.bench import client, judged, ok, on_wire
from keepalive.grading import hang, reply
from keepalive.grading.drive import class_names


def outcome_of(call, build=ok, **options):
    """The outcome of `call(run, http)`, without its times."""

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return await run.outcome(call(run, http), **options)

    found = on_wire(main, build).value
    return {name: value for name, value in found.items() if name not in ("began", "ended")}


async def value(given):
    return given


async def raising(error):
    raise error


def test_a_response_is_its_status() -> None:
    assert outcome_of(lambda run, http: http.get("/")) == {"status": 200}
    assert outcome_of(lambda run, http: http.get("/"), lambda net: None) == {"status": 404}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, {"value": None, "type": "NoneType"}),
        ({"id": 1}, {"value": {"id": 1}, "type": "dict"}),
        (object(), {"value": None, "type": "object"}),
        (value(1), {"value": None, "type": "coroutine"}),
    ],
    ids=["None", "dict", "object", "coroutine"],
)
def test_any_other_value_is_shown_with_its_type(given, shown) -> None:
    assert outcome_of(lambda run, http: value(given)) == shown


def test_an_exception_is_its_classes_its_text_and_what_it_was_raised_from() -> None:
    async def wraps():
        try:
            raise httpx.ReadTimeout("slow")
        except httpx.ReadTimeout as error:
            error.retry_after = "7"
            raise OSError("gave up") from error

    found = outcome_of(lambda run, http: wraps(), attributes=["errno", "nothing"])
    assert found == {
        "raised": ["OSError", "Exception"],
        "text": "gave up",
        "cause": "ReadTimeout",
        "context": "ReadTimeout",
        "attributes": {"errno": None, "nothing": None},
    }


def test_headers_on_an_exception_are_a_dictionary() -> None:
    error = httpx.HTTPError("no")
    error.headers = httpx.Headers({"Retry-After": "7"})
    found = outcome_of(lambda run, http: raising(error), attributes=["headers"])
    assert found["attributes"] == {"headers": {"retry-after": "7"}}


def test_a_class_of_ones_own_does_not_go_by_a_known_name() -> None:
    own = type("RuntimeError", (Exception,), {"__module__": "learner"})
    assert class_names(own()) == ["own RuntimeError", "Exception"]
    assert class_names(RuntimeError())[0] == "RuntimeError"
    assert class_names(httpx.ReadTimeout(""))[:2] == ["ReadTimeout", "TimeoutException"]
    assert class_names(type("ApiError", (Exception,), {})())[0] == "ApiError"


def test_a_call_that_ends_cancelled_by_itself() -> None:
    assert outcome_of(lambda run, http: raising(asyncio.CancelledError())) == {"cancelled": True}


def test_a_call_that_does_not_end_is_left_after_a_while() -> None:
    async def main(run):
        return await run.outcome(asyncio.sleep(1000), within=5)

    assert on_wire(main).value == {"still_waiting": True, "began": 0.0, "ended": 5.0}


def test_a_gap_goes_through() -> None:
    async def main(run):
        await run.outcome(raising(NotImplementedError("task ask")))

    done = on_wire(main).done
    assert (done["ended"], done["error"]["type"]) == ("raised", "NotImplementedError")
    assert outcome_of(lambda run, http: raising(NotImplementedError("task ask")), gaps=True)["text"] == "task ask"


def test_calls_together_and_one_after_another() -> None:
    async def main(run):
        def call(number):
            return http.get(f"/{number}")

        async with httpx.AsyncClient(base_url=run.url) as http:
            together = await run.together(call(1), call(2))
            row = await run.one_after_another(call(3), call(4))
        return [[each["began"] for each in calls] for calls in (together, row)], [each["status"] for each in together]

    (together, row), statuses = on_wire(main, lambda net: net.paths(".*").reply(after=1.0)).value
    assert statuses == [200, 200]
    assert together[0] == together[1] and row[1] - row[0] > 1


def test_calls_that_come_after_a_gap_are_not_awaited_and_not_complained_of(recwarn) -> None:
    async def main(run):
        await run.one_after_another(raising(NotImplementedError("task ask")), value(1))

    assert on_wire(main).done["ended"] == "raised"
    assert [str(each.message) for each in recwarn if "never awaited" in str(each.message)] == []


def test_a_cancel_gives_the_outcome_and_when() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return await run.cancelled(http.get("/"), after=1.0), run.marks

    found, marks = on_wire(main, lambda net: net.route("GET", "/").respond(hang())).value
    assert found == {"cancelled": True, "began": 0.0, "cancelled_at": 1.0, "ended": 1.0}
    assert marks == {"cancelled": 1.0}


def test_a_cancel_that_is_swallowed_or_waits_is_seen() -> None:
    async def swallows():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return 1

    async def stays():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(100)

    async def main(run):
        return [
            await run.cancelled(swallows(), after=1.0),
            await run.cancelled(stays(), after=1.0, within=20),
            await run.cancelled(value(3), after=1.0),
        ]

    swallowed, stayed, over = on_wire(main).value
    assert swallowed["value"] == 1 and swallowed["ended"] == swallowed["cancelled_at"]
    assert stayed["still_waiting"] and stayed["ended"] - stayed["cancelled_at"] == 20
    assert over["value"] == 3


def test_quiet_leaves_a_mark_and_a_minute() -> None:
    async def main(run):
        await run.quiet()
        return run.now, run.marks

    assert on_wire(main).value == [60.0, {"quiet": 0.0}]


def test_once_more_tries_each_situation_in_turn() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=0.5) as http:
            return await run.once_more(http.get, cancel_after=0.2)

    def build(net):
        net.paths("/(fails|cancelled)").respond(hang())
        net.paths(".*").reply()

    played = on_wire(main, build)
    assert [request.path for request in played.judge.requests] == list(played.value)
    assert {path for path, each in played.value.items() if each.get("status") == 200} == {
        *("/alone", "/at-once/1", "/at-once/2", "/next", "/after-failure", "/after-cancel")
    }
    assert played.value["/fails"]["raised"][0] == "ReadTimeout" and played.value["/cancelled"]["cancelled"]


def test_the_library_of_the_answer() -> None:
    async def main(run):
        return run.httpx.Response is httpx.Response, run.origins

    def build(net):
        net.origin("other", "http://other.test")

    assert on_wire(main, build).value == [True, ["other"]]


DRIVE = """
async def once(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.get("/a"))
"""


def test_a_programming_error_in_a_call_is_diagnosed_with_its_line(tmp_path) -> None:
    source = client("return missing")
    verdict = judged(tmp_path, source, drive=DRIVE)
    found = verdict["checks"][0]["diagnosis"]
    assert found["kind"] == "exception" and "NameError: name 'missing' is not defined" in found["text"]
    assert source.splitlines()[found["line"] - 1].strip() == "return missing"


def test_what_cannot_be_awaited_is_said_to_be_so(tmp_path) -> None:
    source = client("return reply").replace("async def get", "def get").replace("return reply", "return 5")
    verdict = judged(tmp_path, source, drive=DRIVE)
    assert "something that it cannot use" in verdict["checks"][0]["diagnosis"]["text"]


def test_a_reply_may_have_a_sequence_on_each_path() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return [(await http.get(path)).status_code for path in ("/a", "/b", "/a", "/b", "/a")]

    def build(net):
        net.paths(".*").sequence(503, reply(200), last="repeat", each_path=True)

    assert on_wire(main, build).value == [503, 503, 200, 200, 200]
