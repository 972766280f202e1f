"""A slip in the learner's own code that a drive makes a result of: it is told first, and nothing else is named."""

import pytest

from grading.bench import client, comparable, judged

DRIVE = """
import asyncio

async def outcome(call):
    try:
        return {"status": getattr(await call, "status_code", None)}
    except NotImplementedError:
        raise
    except Exception as error:
        return {"raised": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}

async def once(make, run):
    async with make(base_url=run.url) as api:
        return await outcome(api.get("/a"))

async def spawned(make, run):
    async with make(base_url=run.url) as api:
        return (await run.spawn(1, lambda number: api.get("/a")))[0]

async def unpacked(make, run):
    async with make(base_url=run.url) as api:
        try:
            return {"status": (await api.get("/a")).status_code}
        except Exception as error:
            return {"raised": [type(error).__name__], "text": str(error)}
"""

GRADER = """
from keepalive.grading import Limits, check, fail, scenario

@scenario(drive="once", limits=Limits(virtual=60, requests=20, work=30.0))
def first(net):
    "One call"
    net.route("GET", "/a").reply(503, json={})

    @check(task="ask", points=2, misconception={"asks-once": lambda run: run.attempts < 2})
    def asks_again(run):
        "It asks again"
        if run.attempts < 2:
            fail(observed="asked once", required="twice")

    @check(task="close", points=1)
    def closed(run):
        "The connection is closed"
        if run.open_at_end:
            fail(observed="open", required="closed")

    @check(
        task="close",
        points=1,
        misconception={"odd": lambda run: "TypeError" in run.observed["raised"], "cryptic": lambda run: True},
        even_if_stopped=True,
    )
    def says_why(run):
        "It says why"
        if "raised" in run.observed:
            fail(observed=f"It raised {run.observed['raised'][0]}.", required="a sentence")
"""

HTTP = "answer = await self.http.get(path)\n"


def both(tmp_path, source, *, drive="once"):
    """The checks of the verdict, which is the same through both links."""
    grader = GRADER.replace('drive="once"', f'drive="{drive}"')
    direct, child = (judged(tmp_path, source, link=link, drive=DRIVE, grader=grader) for link in ("direct", "child"))
    assert comparable(child) == comparable(direct)
    return direct["checks"]


def line_of(source: str, text: str) -> int:
    (found,) = [number for number, line in enumerate(source.splitlines(), 1) if text in line]
    return found


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (f"{HTTP}random.random()", "random.random()", "NameError: name 'random' is not defined"),
        (f"{HTTP}return answer.status", "answer.status", "AttributeError: 'Response' object has no attribute 'status'"),
        (f"{HTTP}return answer['x']", "answer['x']", "TypeError: 'Response' object is not subscriptable"),
        (f"{HTTP}return answer.headers['x']", "answer.headers", "KeyError: 'x'"),
        (f"{HTTP}return [][0]", "[][0]", "IndexError: list index out of range"),
        (f"{HTTP}return 1 / 0", "1 / 0", "ZeroDivisionError: division by zero"),
        (f"{HTTP}import nosuchmodule", "nosuchmodule", "ModuleNotFoundError: No module named 'nosuchmodule'"),
        (f"{HTTP}raise Missing(path)", "raise Missing", "NameError: name 'Missing' is not defined"),
        ("await self.http.get(path, jsn={})", "jsn", "TypeError: AsyncClient.get() got an unexpected keyword"),
        ("await asyncio.sleep('1')", "sleep('1')", "TypeError: "),
        (
            f"{HTTP}return httpx.ConnectError('x').request",
            "').request",
            "RuntimeError: The .request property has not been",
        ),
        (
            f"{HTTP}return httpx.Response(200).request",
            "(200).request",
            "RuntimeError: The request instance has not been",
        ),
        (f"{HTTP}httpx.Response(200).raise_for_status()", "raise_for", "RuntimeError: Cannot call `raise_for_status`"),
        (
            "async with self.http.stream('GET', path) as answer:\n    return answer.json()",
            "answer.json()",
            "ResponseNotRead: Attempted to access streaming response content",
        ),
        (
            "async def later():\n    return missing\nasync with asyncio.TaskGroup() as group:\n"
            "    group.create_task(later())",
            "return missing",
            "NameError: name 'missing' is not defined",
        ),
    ],
    ids=lambda each: each[:30],
)
@pytest.mark.parametrize("drive", ["once", "spawned"])
def test_a_slip_is_told_with_its_line_and_nothing_else_is_named(tmp_path, body, line, said, drive) -> None:
    source = client(body)
    again, closed, _ = both(tmp_path, source, drive=drive)
    for check in (again, closed):
        assert check["status"] == "failed" and check["points"] == 0
        assert check["observed"].startswith(f"Your code raised `{said}")
        assert check["diagnosis"]["kind"] == "exception" and check["diagnosis"]["file"] == "client.py"
        assert check["diagnosis"]["line"] == line_of(source, line)
        assert line in check["diagnosis"]["trace"] and "drive.py" not in check["diagnosis"]["trace"]
        assert "misconception" not in check


def test_a_module_that_is_not_imported_is_called_one(tmp_path) -> None:
    assert "`import random` is missing" in both(tmp_path, client("random.random()"))[0]["observed"]
    assert "import" not in both(tmp_path, client("rnd.random()"))[0]["observed"]


@pytest.mark.parametrize(
    "body",
    [
        f"{HTTP}raise None",
        f"{HTTP}last = None\nraise last",
        f"{HTTP}raise TypeError('this client takes no such path')",
        f"{HTTP}raise KeyError(path)",
        f"{HTTP}raise ValueError('no')",
        f"{HTTP}answer.raise_for_status()",
        f"{HTTP}raise RuntimeError('Event loop is closed')",
        "await self.http.aclose()\nreturn await self.http.get(path)",
        "async with self.http:\n    async with self.http:\n        pass",
        "async with self.http.stream('GET', path) as answer:\n"
        "    while True:\n        async for piece in answer.aiter_raw():\n            pass",
        "await self.http.get('http://elsewhere.test/')",
    ],
)
def test_what_is_raised_on_purpose_is_for_the_checks(tmp_path, body) -> None:
    again, closed, says_why = both(tmp_path, client(body))
    assert (again["observed"], again["misconception"]) == ("asked once", "asks-once")
    assert closed["status"] == "passed" and says_why["observed"].startswith("It raised")
    assert not any("diagnosis" in check for check in (again, closed, says_why))


KEPT = {
    "lock": (
        client(
            "async def once():\n    async with LOCK:  # here\n        await asyncio.sleep(1)\n"
            "await asyncio.gather(once(), once())\nreturn await self.http.get(path)",
            before="import asyncio\nLOCK = asyncio.Lock()\n",
        ),
        "# here",
        "RuntimeError: <asyncio.locks.Lock object [locked]> is bound to a different event loop",
    ),
    "future": (
        client(
            "first = not KEPT\nif first:\n    KEPT.append(asyncio.get_running_loop().create_future())\nelse:\n"
            "    await KEPT[0]\nreturn await self.http.get(path)",
            before="KEPT = []\n",
        ),
        "await KEPT[0]",
        "RuntimeError: Task got Future attached to a different loop",
    ),
    "loop": (
        client(
            "KEPT.append(asyncio.get_running_loop())\nKEPT[0].call_soon(print)\nreturn await self.http.get(path)",
            before="KEPT = []\n",
        ),
        "call_soon",
        "RuntimeError: Event loop is closed",
    ),
    "connection": (
        client("KEPT.append(self.http)\nreturn await KEPT[0].get(path)", before="KEPT = []\n").replace(
            "await self.http.aclose()", "pass"
        ),
        "KEPT[0].get",
        "RuntimeError: Event loop is closed",
    ),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_was_kept_from_an_earlier_scenario_is_called_so(tmp_path, what) -> None:
    source, line, said = KEPT[what]
    second = GRADER[GRADER.index("@scenario") :].replace("def first", "def second")
    grader = (GRADER + second).replace("503, ", "")
    direct, child = (judged(tmp_path, source, link=link, drive=DRIVE, grader=grader) for link in ("direct", "child"))
    assert comparable(child) == comparable(direct)
    told = {each["id"]: each.get("diagnosis") for each in direct["checks"]}
    assert told["first.asks_again"] is None
    assert told["second.asks_again"]["kind"] == "exception"
    assert told["second.asks_again"]["line"] == line_of(source, line)
    assert said in told["second.asks_again"]["text"]
    assert "Each scenario has an event loop and objects of its own" in told["second.asks_again"]["text"]


def test_a_client_that_was_kept_from_an_earlier_scenario_is_called_so(tmp_path) -> None:
    source = client(
        "if not KEPT:\n    KEPT.append(httpx.AsyncClient(base_url=self.http.base_url))  # here\n    return None\n"
        "return await KEPT[0].get(path)",
        before="KEPT = []\n",
    )
    second = GRADER[GRADER.index("@scenario") :].replace("def first", "def second")
    for link in ("direct", "child"):
        verdict = judged(tmp_path, source, link=link, drive=DRIVE, grader=GRADER + second)
        told = next(each["diagnosis"] for each in verdict["checks"] if each["id"] == "second.asks_again")
        assert (told["kind"], told["line"]) == ("client_made_early", line_of(source, "# here"))
        assert "in an earlier scenario" in told["text"] and "Each scenario has an event loop" in told["text"]


def test_what_the_code_catches_itself_is_its_own_affair(tmp_path) -> None:
    caught = client("try:\n    missing\nexcept NameError:\n    return await self.http.get(path)")
    assert "diagnosis" not in both(tmp_path, caught)[0]


def test_a_check_that_looks_for_an_exception_sees_it_and_names_what_it_knows(tmp_path) -> None:
    *_, says_why = both(tmp_path, client("return None + 1"))
    assert (says_why["observed"], says_why["misconception"]) == ("It raised TypeError.", "odd")
    assert says_why["diagnosis"]["text"].startswith("Your code raised `TypeError")


def test_what_the_drive_cannot_use_is_told_as_well(tmp_path) -> None:
    again, *_ = both(tmp_path, client("await self.http.get(path)"), drive="unpacked")
    assert again["observed"] == (
        'Your code gave the exercise something that it cannot use at `return {"status": (await '
        "api.get(\"/a\")).status_code}`: `AttributeError: 'NoneType' object has no attribute 'status_code'`."
    )
    assert "misconception" not in again


def test_a_slip_comes_after_what_went_before(tmp_path) -> None:
    again, *_ = both(tmp_path, client("time.sleep(1)\nmissing"))
    assert again["diagnosis"]["kind"] == "blocking_sleep"
