"""A learner's `main()` on the wire, against an app that is handed in, with nothing judged."""

from __future__ import annotations

import json
import textwrap
import time

import pytest

from grading.bench import schema
from keepalive.grading import script_run, timeline
from keepalive.grading.scenarios import Limits

ADDRESSES = ["http://127.0.0.1:8001", "http://depot.test"]

HEAD = """
import asyncio, time
import httpx

URL = "http://127.0.0.1:8001"
"""


class Parrot:
    """Says who asked for what. Keeps what it was told of connections."""

    def __init__(self, told: list | None = None) -> None:
        self.told = [] if told is None else told
        self.made_at = time.monotonic()

    def opened(self, port: int) -> None:
        self.told.append(("opened", port))

    def closed(self, port: int) -> None:
        self.told.append(("closed", port))

    async def __call__(self, scope, receive, send) -> None:
        if scope["path"] == "/broken":
            raise LookupError("ours")
        body = {"path": scope["path"], "port": scope["client"][1], "host": scope["server"][0], "up": self.made_at}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@pytest.fixture
def tried(tmp_path):
    """`tried(source)`: the outcome of a file of that source, with HEAD before it."""

    def tried(source: str, *, head: str = HEAD, serve=Parrot, **options):
        path = tmp_path / "client.py"
        path.write_text(head + textwrap.dedent(source), encoding="utf-8")
        outcome = script_run.run(path, serve, ADDRESSES, seed=options.pop("seed", 1), **options)
        assert json.loads(json.dumps(outcome)) == outcome
        diagnosis = schema("verdict.schema.json")["$defs"]["diagnosis"]
        for found in outcome["diagnoses"]:
            assert set(diagnosis["required"]) <= set(found) <= set(diagnosis["properties"])
        return outcome

    return tried


def kinds(outcome) -> list[str]:
    return [found["kind"] for found in outcome["diagnoses"]]


def line_of(source: str, mark: str) -> int:
    lines = (HEAD + textwrap.dedent(source)).splitlines()
    return 1 + next(at for at, line in enumerate(lines) if mark in line)


THREE = """
async def main():
    async with httpx.AsyncClient(base_url=URL) as http:
        for number in range(3):
            answer = await http.get(f"/users/{number}")
            print(answer.json()["path"])
"""


def test_main_runs_against_the_server_and_what_it_printed_and_the_server_saw_comes_back(tried) -> None:
    outcome = tried(THREE)
    assert (outcome["status"], outcome["diagnoses"]) == ("finished", [])
    assert outcome["output"] == "/users/0\n/users/1\n/users/2\n"
    assert outcome["seconds"] == pytest.approx(0.08), "to connect and for each request a round trip of 20 ms"
    assert outcome["server"] == {
        "requests": 3,
        "connections": 1,
        "open": 0,
        "text": "The server saw 3 requests on 1 connection; none was left open.",
    }


def test_the_timeline_can_be_drawn(tried) -> None:
    scenario = tried(THREE)["scenario"]
    assert timeline.text(scenario).count("/users/") >= 3
    assert script_run.TITLE in timeline.svg(scenario)


def test_the_server_answers_at_each_address_and_nobody_does_elsewhere(tried) -> None:
    outcome = tried("""
        async def main():
            async with httpx.AsyncClient() as http:
                for host in ("127.0.0.1:8001", "depot.test", "127.0.0.1:8002", "example.com"):
                    try:
                        print((await http.get(f"http://{host}/")).json()["host"])
                    except httpx.ConnectError:
                        print("nobody")
    """)
    assert outcome["output"].split() == ["127.0.0.1", "depot.test", "nobody", "nobody"]
    assert kinds(outcome) == ["elsewhere"]
    assert "`example.com`" in outcome["diagnoses"][0]["text"] and ADDRESSES[0] in outcome["diagnoses"][0]["text"]


def test_the_server_is_told_of_connections_and_made_on_the_virtual_clock(tried) -> None:
    told: list = []
    outcome = tried(
        """
        async def main():
            async with httpx.AsyncClient(base_url=URL) as http:
                answer = (await http.get("/")).json()
                print(answer["port"], time.monotonic() - answer["up"] < 1)
        """,
        serve=lambda: Parrot(told),
    )
    assert outcome["output"] == "40000 True\n"
    assert told == [("opened", 40000), ("closed", 40000)]


def test_a_connection_left_open_is_counted(tried) -> None:
    outcome = tried("""
        async def main():
            global http
            http = httpx.AsyncClient(base_url=URL)
            await http.get("/")
    """)
    assert outcome["server"]["open"] == 1
    assert outcome["server"]["text"].endswith("1 was left open.")


def test_minutes_on_the_virtual_clock_take_no_time(tried) -> None:
    outcome = tried("""
        async def main():
            await asyncio.sleep(300)
            print(time.monotonic())
    """)
    assert (outcome["seconds"], outcome["output"]) == (300.0, "1300.0\n")


# -- main, plain and async


def test_a_plain_main_may_run_a_loop_as_in_a_script(tried) -> None:
    outcome = tried("""
        async def ask():
            asyncio.create_task(asyncio.sleep(100))
            async with httpx.AsyncClient(base_url=URL) as http:
                return (await http.get("/")).status_code

        def main():
            print(asyncio.run(ask()))
            with asyncio.Runner() as runner:
                print(runner.run(ask()))
    """)
    assert (outcome["status"], outcome["output"], outcome["server"]["requests"]) == ("finished", "200\n200\n", 2)
    assert outcome["seconds"] == pytest.approx(0.08), "what was left over is cancelled, not waited for"


SHARED = """
shared = []

async def once():
    if not shared:
        shared.append(httpx.AsyncClient(base_url=URL))
    print((await shared[0].get("/")).status_code)  # here
"""


def test_each_run_has_a_loop_of_its_own_and_a_connection_belongs_to_one(tried) -> None:
    source = SHARED + "def main():\n    asyncio.run(once())\n    asyncio.run(once())\n"
    outcome = tried(source)
    assert (outcome["status"], outcome["output"], kinds(outcome)) == ("raised", "200\n", ["exception"])
    (told,) = outcome["diagnoses"]
    assert told["line"] == line_of(source, "# here")
    assert told["text"].startswith("Your code raised `RuntimeError: Event loop is closed`. Each `asyncio.run` has")


def test_one_runner_has_one_loop(tried) -> None:
    outcome = tried(
        SHARED
        + """
async def later():
    await asyncio.sleep(1)
    print("still running")

async def background():
    asyncio.create_task(later())

def main():
    with asyncio.Runner() as runner:
        runner.run(background())
        runner.run(once())
        runner.run(asyncio.sleep(1))
        runner.run(once())
        runner.run(shared[0].aclose())
"""
    )
    assert (outcome["status"], outcome["output"]) == ("finished", "200\nstill running\n200\n")
    assert outcome["server"]["connections"] == 1


def test_a_loop_of_ones_own_runs_on_the_virtual_clock(tried) -> None:
    outcome = tried("""
        async def ask():
            await asyncio.sleep(60)
            async with httpx.AsyncClient(base_url=URL) as http:
                print((await http.get("/")).status_code)

        def main():
            loop = asyncio.new_event_loop()
            loop.run_until_complete(ask())
            loop.close()
            other = asyncio.new_event_loop()
            asyncio.set_event_loop(other)
            asyncio.get_event_loop().run_until_complete(ask())
    """)
    assert (outcome["status"], outcome["output"]) == ("finished", "200\n200\n")
    assert outcome["seconds"] == pytest.approx(120.08)


def test_asyncio_run_under_a_name_of_ones_own(tried) -> None:
    outcome = tried("from asyncio import run\nasync def ask(): print('asked')\ndef main():\n    run(ask())\n")
    assert (outcome["status"], outcome["output"]) == ("finished", "asked\n")


@pytest.mark.parametrize("how", ["asyncio.run(ask())", "with asyncio.Runner() as runner: runner.run(ask())"])
def test_what_stops_a_run_of_its_own_is_told_with_its_line(tried, how) -> None:
    source = f"async def ask():\n    await asyncio.Event().wait()  # here\ndef main():\n    {how}\n"
    outcome = tried(source)
    assert (outcome["status"], kinds(outcome)) == ("stopped", ["deadlock"])
    assert outcome["diagnoses"][0]["line"] == line_of(source, "# here")


def test_a_client_made_at_import_is_used_as_in_a_script(tried) -> None:
    client = "client = httpx.AsyncClient(base_url=URL)\n"
    ask = "async with client:\n        print((await client.get('/')).status_code)\n"
    for source in (
        f"{client}async def main():\n    {ask}",
        f"{client}async def ask():\n    {ask}def main():\n    asyncio.run(ask())\n",
    ):
        outcome = tried(source)
        assert (outcome["status"], outcome["output"], kinds(outcome)) == ("finished", "200\n", [])


def test_an_async_main_may_not(tried) -> None:
    outcome = tried("""
        async def main():
            asyncio.run(asyncio.sleep(0))
    """)
    assert outcome["status"] == "raised"
    assert "asyncio.run() cannot be called from a running event loop" in outcome["diagnoses"][0]["text"]


def test_a_plain_main_without_a_loop(tried) -> None:
    assert tried("def main():\n    print('hello')\n")["output"] == "hello\n"


def test_without_a_main_the_top_level_has_run_and_the_outcome_says_what_to_write(tried) -> None:
    outcome = tried("print('top level')\n")
    assert (outcome["status"], outcome["output"], kinds(outcome)) == ("no_main", "top level\n", ["no_main"])
    assert "async def main():" in outcome["diagnoses"][0]["text"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("main = 5\n", "cannot be called"),
        ("async def main(url): pass\n", "missing a required argument: 'url'"),
        ("async def main():\n    yield\n", "`yield`"),
    ],
)
def test_a_main_that_cannot_be_called_so(tried, source, said) -> None:
    outcome = tried(source)
    assert outcome["status"] == "no_main"
    assert said in outcome["diagnoses"][0]["text"]


def test_each_run_imports_the_file_anew(tried) -> None:
    source = "seen = []\nasync def main():\n    seen.append(1)\n    print(len(seen))\n"
    assert [tried(source)["output"] for _ in range(2)] == ["1\n", "1\n"]


# -- what goes wrong


def test_an_exception_is_told_with_the_learners_frames_only(tried) -> None:
    source = """
        async def ask():
            raise ValueError("no parcel")  # here

        async def main():
            await ask()
    """
    outcome = tried(source)
    found = outcome["diagnoses"][0]
    assert (outcome["status"], found["kind"], found["file"]) == ("raised", "exception", "client.py")
    assert found["line"] == line_of(source, "# here")
    assert "in main" in found["trace"] and "in ask" in found["trace"] and "keepalive" not in found["trace"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def main(:\n", "syntax_error"),
        ("raise ValueError('no key')\n", "raises_on_import"),
        ("async def go(): pass\nasyncio.run(go())\n", "runs_at_import"),
        ("raise SystemExit\n", "exits"),
    ],
)
def test_a_file_that_cannot_be_imported(tried, source, kind) -> None:
    outcome = tried("print('first')\n" + source)
    assert (outcome["status"], kinds(outcome)) == ("error", [kind])
    assert outcome["output"] == ("" if kind == "syntax_error" else "first\n")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("await asyncio.Event().wait()", "deadlock"),
        ("while True: await asyncio.sleep(0)", "spinning"),
        ("while True: await asyncio.sleep(1)", "too_long"),
        ("async with httpx.AsyncClient() as http:\n        while True: await http.get(URL)", "endless_retry"),
        ("while True: print('x' * 1000)", "output_limit"),
        ("raise SystemExit", "exits"),
    ],
)
def test_what_has_no_end_is_stopped_as_in_a_check(tried, body, kind) -> None:
    outcome = tried(f"async def main():\n    print('first')\n    {body}\n")
    assert (outcome["status"], outcome["diagnoses"][0]["kind"]) == ("stopped", kind)
    assert outcome["output"].startswith("first\n")


def test_a_loop_without_an_await_is_stopped_and_its_line_named(tried) -> None:
    source = "async def main():\n    while True:\n        pass\n"
    outcome = tried(source, limits=Limits(virtual=60, requests=5, work=0.2))
    assert (outcome["status"], outcome["diagnoses"][0]["kind"]) == ("stopped", "time_limit")
    assert outcome["diagnoses"][0]["line"] in (line_of(source, "while True"), line_of(source, "pass"))


def test_what_is_noticed_in_a_check_is_noticed_here(tried) -> None:
    outcome = tried("async def main():\n    time.sleep(2)\n    print('after')\n")
    assert (outcome["status"], kinds(outcome), outcome["seconds"]) == ("finished", ["blocking_sleep"], 2.0)
    outcome = tried("async def main():\n    httpx.get(URL)\n")
    assert (outcome["status"], kinds(outcome)) == ("raised", ["exception", "sync_client"])


def test_a_forgotten_await_is_noticed(tried) -> None:
    source = """
        async def main():
            async with httpx.AsyncClient(base_url=URL) as http:
                http.get("/users/1")  # here
                print("done")
    """
    outcome = tried(source)
    assert (outcome["status"], kinds(outcome), outcome["output"]) == ("finished", ["never_awaited"], "done\n")
    found = outcome["diagnoses"][0]
    assert "`AsyncClient.get(...)`" in found["text"] and found["line"] == line_of(source, "# here")


def test_another_warning_is_printed_without_a_path(tried, tmp_path) -> None:
    outcome = tried("import warnings\ndef main():\n    warnings.warn('old', DeprecationWarning)\n")
    assert outcome["output"].endswith(": DeprecationWarning: old\n") and outcome["output"].startswith("client.py:")


def test_a_server_that_breaks_is_nobodys_mistake_but_ours(tried) -> None:
    outcome = tried("async def main():\n    await httpx.AsyncClient(base_url=URL).get('/broken')\n")
    assert (outcome["status"], kinds(outcome)) == ("fault", ["fault"])
    assert "LookupError: ours" in outcome["fault"]


# -- output


def test_output_is_told_while_it_is_printed(tried) -> None:
    heard: list[str] = []
    outcome = tried(
        """
        print("import")
        async def main():
            print("a", "b")
            print("c", end="")
            await asyncio.sleep(1)
            print("d")
            print("e", end="")
        """,
        said=heard.append,
    )
    assert heard == ["import\n", "a b\n", "cd\n", "e"]
    assert outcome["output"] == "".join(heard)


def test_output_beyond_the_limit_is_told_up_to_it(tried) -> None:
    heard: list[str] = []
    outcome = tried("def main():\n    while True: print('x' * 999)\n", said=heard.append)
    assert outcome["output"] == "".join(heard)
    assert len(outcome["output"]) == 100_000


def test_the_dice_fall_as_the_seed_says(tried) -> None:
    source = "import random\ndef main(): print(random.random())\n"
    assert tried(source, seed=3)["output"] == tried(source, seed=3)["output"] != tried(source, seed=4)["output"]
