"""Scenarios that any grader can take: a right client passes, and each family's wrong client fails its own check."""

from __future__ import annotations

import textwrap

import pytest

from grading.bench import comparable, judged

DRIVE = """
async def every_failure(make, run):
    found = {}
    for name in run.origins:
        async with make(base_url=run.url_of(name)) as api:
            found[name] = await run.outcome(api.request(name.partition(" ")[0], "/parcels/7", timeout=1.0))
    return found

async def once_more(make, run):
    async with make(base_url=run.url) as api:
        found = await run.once_more(lambda path: api.request("GET", path, timeout=1.0))
        await run.quiet(60)
    return found

async def last_attempt(make, run):
    async with make(base_url=run.url) as api:
        return await run.outcome(api.request("GET", "/silent", timeout=1.0), within=100)

async def cancelled(make, run):
    async with make(base_url=run.url) as api:
        found = {
            "attempt": await run.cancelled(api.request("GET", "/hung"), after=1.0),
            "wait": await run.cancelled(api.request("GET", "/down"), after=0.3, mark="cancelled in a wait"),
        }
        await run.quiet()
    return found

async def closing(make, run):
    async with make(base_url=run.url) as api:
        await run.one_after_another(*(api.request("GET", f"/users/{n}") for n in range(3)))
    late = await run.outcome(api.request("GET", "/users/9"))
    return {"late": late}
"""

GRADER = """
from keepalive.grading import Limits, check, close_during_request, expect, hang, reply, scenario
from keepalive.grading.words import listed, times, took

SAFE, UNSAFE = ("GET", "HEAD", "PUT"), ("POST",)
FEW = Limits(virtual=900, requests=200, work=30.0)

@scenario(drive="every_failure", limits=FEW)
def every_failure(net):
    "Each method with each failure"
    again = net.failures(SAFE, ("refused", "dropped", "unread", "hung", "closed", "cut", "reset"))
    never_sent = net.failures(UNSAFE, ("refused", "dropped"))
    once = net.failures(UNSAFE, ("unread", "hung", "closed", "cut", "reset"))

    @check(task="ask", points=2)
    def repeated(run):
        "What may be repeated is"
        def problem(case):
            if case.attempts(run) != 2:
                return f"{times(case.attempts(run))}"
            return None if run.observed[case.name].get("status") == 200 else "no response"
        expect.each((*again, *never_sent), problem, required="Each of them a second time.")

    @check(task="ask", points=1)
    def not_repeated(run):
        "What may have been done is not repeated"
        expect.each(once, lambda case: times(case.attempts(run)) if case.attempts(run) != 1 else None,
                    required="Once each.")

    @check(task="ask", points=1)
    def unchanged(run):
        "What httpx raised comes out"
        for case in once:
            expect.unchanged(run.observed[case.name], case.failure.raises, when=f"There was {case}", required="That.")

@scenario(drive="once_more", limits=FEW)
def once_more(net):
    "The same call once more"
    net.paths("/(fails|cancelled)").respond(hang())
    net.paths("/.*").sequence(503, 200, last="repeat", each_path=True)

    @check(task="ask", points=2)
    def as_alone(run):
        "Each goes as the first"
        def problem(path):
            wait = run.waits_before(path, since=run.observed[path]["began"])
            return None if len(wait) == 2 and wait[0] < 0.1 and 0.9 < wait[1] < 1.1 else f"waited {listed(wait)}"
        expect.each(expect.ONCE_MORE, problem, required="One second before the second attempt.")

    @check(task="ask", points=1)
    def nothing_later(run):
        "A minute later nothing is sent"
        expect.quiet(run, required="Nothing.")

@scenario(drive="last_attempt", limits=FEW)
def last_attempt(net):
    "A server that never responds"
    net.route("GET", "/silent").respond(hang())

    @check(task="ask", points=2)
    def comes_out(run):
        "The last exception comes out"
        expect.unchanged(run.observed, "ReadTimeout", when="Each attempt ended in a `ReadTimeout`",
                         required="That very exception.")

    @check(task="ask", points=1)
    def in_time(run):
        "It is given up neither early nor late"
        expect.given_up(run.observed, 3.0, 3.1, when="There was no response", required="After two attempts.")

@scenario(drive="cancelled", limits=FEW)
def cancelled(net):
    "A caller who cancels"
    net.route("GET", "/hung").respond(hang())
    net.route("GET", "/down").reply(503)

    @check(task="ask", points=2)
    def ends(run):
        "It ends at once"
        for each in run.observed.values():
            expect.cancelled(each, required="At once.")

    @check(task="ask", points=1)
    def nothing_later(run):
        "Nothing is sent afterwards"
        expect.quiet(run, required="Nothing.", after="After the two were cancelled")

@scenario(drive="closing", limits=FEW)
def closing(net):
    "The block is left"
    net.paths("/.*").reply(json={})

    @check(task="close", points=2)
    def nothing_open(run):
        "Nothing stays open"
        expect.nothing_open(run, requests=3, required="Every connection closed.")

    @check(task="close", points=1)
    def says_so(run):
        "A late request is refused, and says why"
        expect.exception(run.observed["late"], "RuntimeError", mentions=["closed"], when="Asked once more",
                         required="A `RuntimeError` that says so.")
"""

RIGHT = """
import asyncio
import httpx


class ApiClient:
    SAFE = {"GET", "HEAD", "PUT"}
    NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)

    def __init__(self, base_url):
        self.http = httpx.AsyncClient(base_url=base_url)
        self.closed = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        self.closed = True
        await self.http.aclose()

    async def request(self, method, path, **options):
        if self.closed:
            raise RuntimeError("this client is closed")
        response = None
        for attempt in (1, 2):
            if attempt == 2:
                await asyncio.sleep(1.0)
            try:
                response = await self.http.request(method, path, **options)
            except httpx.TransportError as error:
                if attempt == 2 or not (method in self.SAFE or isinstance(error, self.NOT_SENT)):
                    raise
                continue
            if response.status_code != 503 or method not in self.SAFE:
                break
        return response
"""


def changed(old: str, new: str) -> str:
    assert RIGHT.count(old) == 1, old
    return RIGHT.replace(old, new)


def failed(verdict) -> list[str]:
    assert verdict["status"] != "grader_fault", verdict["runtime"]
    return [check["id"] for check in verdict["checks"] if check["status"] != "passed"]


def test_a_right_client_passes_through_both_links(tmp_path) -> None:
    direct, child = (judged(tmp_path, RIGHT, link=link, drive=DRIVE, grader=GRADER) for link in ("direct", "child"))
    assert failed(direct) == []
    assert comparable(child) == comparable(direct)


def begins(statement: str) -> str:
    """The right client, with a statement at the beginning of a call."""
    return changed("        response = None\n", f"        response = None\n        {statement}\n")


RAISE = "                    raise\n"
ENTER = """    entered = False

    async def enter(self):
        if self.entered:
            await asyncio.sleep(5)
        self.entered = True

"""
LATER = """    async def later(self, path):
        await asyncio.sleep(1.0)
        await self.http.request("GET", path)

"""
WRONG = {
    "one element of a list left out": (
        changed('{"GET", "HEAD", "PUT"}', '{"GET", "PUT"}'),
        ["every_failure.repeated"],
        "A HEAD that the server stopped reading: once",
    ),
    "one exception left out": (
        changed("(httpx.ConnectError, httpx.ConnectTimeout)", "(httpx.ConnectError,)"),
        ["every_failure.repeated"],
        "A POST whose connection never came up: once",
    ),
    "repeats what may have been done": (
        changed("(httpx.ConnectError, httpx.ConnectTimeout)", "httpx.TransportError"),
        ["every_failure.not_repeated"],
        "A POST that the server stopped reading: twice",
    ),
    "wraps what it raises": (
        changed(RAISE, '                    raise RuntimeError("gave up") from error\n'),
        ["every_failure.unchanged", "last_attempt.comes_out"],
        "and the caller got `RuntimeError: gave up`, raised from `ReadTimeout`",
    ),
    "returns None after the last exception": (
        changed(RAISE, "                    return None\n"),
        ["every_failure.unchanged", "last_attempt.comes_out", "last_attempt.in_time"],
        "and the caller got `None`",
    ),
    "one attempt too many": (
        changed("for attempt in (1, 2):", "for attempt in (0, 1, 2):"),
        ["last_attempt.in_time"],
        "There was no response, and the caller got `ReadTimeout` (no text) after **4.06 s**.",
    ),
    "a wait before the first attempt": (
        begins("await asyncio.sleep(1.0)"),
        ["once_more.as_alone"],
        "A call alone: waited 1.02 and 1.0",
    ),
    "a wait kept on self": (
        begins("self.n = getattr(self, 'n', 0) + 1").replace("asyncio.sleep(1.0)", "asyncio.sleep(self.n)"),
        ["once_more.as_alone"],
        "The first of two calls at once: waited",
    ),
    "calls wait for one another": (
        begins("await self.enter()").replace("    async def request", ENTER + "    async def request"),
        ["once_more.as_alone"],
        "The first of two calls at once: waited 5.",
    ),
    "a cancel is a failure": (
        changed("httpx.TransportError as error", "(httpx.TransportError, asyncio.CancelledError) as error"),
        ["cancelled.ends"],
        "The caller cancelled the call, and **6.02 s** later it ended with `ReadTimeout`",
    ),
    "a cancelled wait goes on in a task": (
        changed("await asyncio.sleep(1.0)", "await asyncio.shield(self.later(path))").replace(
            "    async def request", LATER + "    async def request"
        ),
        ["cancelled.nothing_later"],
        "After the two were cancelled, the server saw",
    ),
    "never closed": (
        changed("        await self.http.aclose()\n", ""),
        ["closing.nothing_open"],
        "At the end, **1** connection of 1 stayed open.",
    ),
    "never sends": (
        begins("return httpx.Response(200)"),
        ["closing.nothing_open"],
        "**0** requests arrived, where 3 were to be sent",
    ),
    "an exception of its own with the right name": (
        changed(
            "class ApiClient:",
            "class Own:\n    pass\n\n\nclass RuntimeError(Exception):\n    pass\n\n\nclass ApiClient:",
        ),
        ["closing.says_so"],
        "`own RuntimeError: this client is closed`",
    ),
    "a text that says nothing": (
        changed('"this client is closed"', '"no"'),
        ["closing.says_so"],
        "`RuntimeError: no`",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_client_fails_and_is_told_what_happened(tmp_path, name) -> None:
    source, fails, said = WRONG[name]
    verdict = judged(tmp_path, textwrap.dedent(source), link="direct", drive=DRIVE, grader=GRADER)
    missing = set(fails) - set(failed(verdict))
    assert not missing, (missing, failed(verdict))
    told = [check["observed"] for check in verdict["checks"] if check["id"] in fails]
    assert any(said in each for each in told), told
