"""The engine in Pyodide, which is Python 3.14 in WebAssembly, under Node: the verdicts of CPython.

Everything runs in one Node process, in one worker after another, as in one visit to a page. It happens once, whichever
test asks first, and every other test reads from it.
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from filelock import FileLock

from answer_files import few, file_of, ids
from content.texts import COURSE, ROOT
from grading.bench import GRADER, client, comparable, exercise_at
from keepalive.grading import grade, timeline
from keepalive.website.runtime.harness import Graded, Job, Played, play

SEED = 7
SECONDS_OUT_OF_SIGHT = 3.0
"""What the one answer that must be ended from outside is given; all others have far more than they need."""

EXERCISES = COURSE.exercises
ANSWERS = {f"{exercise.name}/{id}": (exercise, file_of(exercise, id)) for exercise in EXERCISES for id in few(exercise)}
"""The others are played when asked for: there are more than a hundred, and one takes seconds."""

DATES = "from datetime import UTC, datetime\n"

SAME_AS_HERE = {
    "does not compile": "class ApiClient:\n    def get(self:\n        pass\n",
    "no such class": "class Client:\n    pass\n",
    "raises on import": "import httpx\nraise ValueError('no key')\nclass ApiClient: pass\n",
    "ends on import": "import sys\nsys.exit(0)\n",
    "runs on import": "import asyncio\nclass ApiClient: pass\nasync def main(): pass\nasyncio.run(main())\n",
    "asks on import": "name = input('who? ')\nclass ApiClient: pass\n",
    "wrong signature": "class ApiClient:\n    def __init__(self, host):\n        pass\n",
    "no UTF-8": b"# caf\xe9\nclass ApiClient: pass\n",
    "gap": client('raise NotImplementedError("task ask")'),
    "deadlock": client("await asyncio.Event().wait()"),
    "spinning": client("while True:\n    await asyncio.sleep(0)"),
    "no end": client("while True:\n    await asyncio.sleep(1)"),
    "endless retry": client("while True:\n    await self.http.get(path)"),
    "time.sleep": client("time.sleep(2)\nreturn await self.http.get(path)"),
    "sync client": client("return httpx.get('http://depot.test/a')"),
    "client at import": "import httpx\n\nEARLY = httpx.AsyncClient()\n" + client("return await EARLY.get('http://a/')"),
    "SystemExit": client("raise SystemExit"),
    "exit()": client("exit()"),
    "flood": client("while True:\n    print('x' * 1000)"),
    "flood on import": "while True:\n    print('x' * 1000)\n",
    "in a thread": client("await asyncio.to_thread(time.sleep, 3)\nreturn await self.http.get(path)"),
    "prints": client("print('asking', path)\nreturn await self.http.get(path)"),
    "dates": client("assert datetime.now(UTC).year == 2023\nreturn await self.http.get(path)", before=DATES),
}

LOOPS = {
    "plain": client("while True:  # from here\n    pass"),
    "catches all": client(
        """
        while True:  # from here
            try:
                sum(range(1000))
            except BaseException:
                pass
        """
    ),
    "generator": client("for number in iter(int, 1): pass  # from here"),
}

ELSEWHERE = {
    "interrupts itself": client("raise KeyboardInterrupt"),
    "loops in C": client("sum(iter(int, 1))"),
    "breaks Python": client("import json\ndeep = []\nfor _ in range(100_000): deep = [deep]\njson.dumps(deep)"),
    "for httpx2": client().replace("import httpx\n", "import httpx2 as httpx\n"),
    "fetches": client("import js\njs.fetch('http://elsewhere.test/')\nreturn await self.http.get(path)"),
}

ONE_SCENARIO = GRADER.rpartition("@scenario")[0]
"""Where each costs a worker."""

HURRIED = re.sub(r"\bwork=[\d.]+", "work=0.3", ONE_SCENARIO)
"""Where all of the time is used up, whatever it is."""
assert HURRIED != ONE_SCENARIO

EVERYTHING_A_DRIVE_MAY_ASK = """
import asyncio, random, time
import httpx

async def caught(call):
    try:
        answer = await call
        return [answer.status_code, len(answer.content), answer.elapsed.total_seconds()]
    except httpx.HTTPError as error:
        return [type(error).__name__, str(error)]

async def everything(make, run):
    seen = {}
    async with httpx.AsyncClient(base_url=run.url, timeout=3) as http:
        seen["not trusted"] = await caught(http.get("/plain"))
        seen["trusted"] = await caught(http.get("/plain"))
        seen["packed"] = await caught(http.get("/packed"))
        seen["dripped"] = [[round(run.now, 6), len(piece)] async for piece in (await http.send(
            http.build_request("GET", "/dripped"), stream=True)).aiter_raw()]
        seen["slow"] = await caught(http.get("/slow"))
        seen["cut"] = await caught(http.get("/cut"))
        seen["reset"] = await caught(http.get("/reset"))
        run.mark("half")
        seen["many"] = await run.spawn(5, lambda n: caught(http.post("/plain", content=bytes(n))))
        task = asyncio.ensure_future(http.get("/plain"))
        run.cancel_after_ticks(task, 7)
        seen["cancelled"] = isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    async with httpx.AsyncClient(verify=False) as http:
        seen["other origin"] = await caught(http.get(run.url_of("other") + "/where"))
        seen["nobody"] = await caught(http.get("http://nobody.test/"))
    seen["before"] = [time.time(), time.monotonic(), time.perf_counter_ns()]
    await run.at(30)
    seen["after"] = [time.time(), time.monotonic(), time.perf_counter_ns()]
    seen["dice"] = random.random()
    (run.scratch / "notes").mkdir()
    (run.scratch / "notes" / "a.txt").write_text("kept")
    seen["in a thread"] = await asyncio.to_thread(lambda: sum(range(1000)))
    return seen
"""

SHOWS_EVERYTHING = """
import gzip, json
from keepalive.grading import Limits, check, fail, reply, scenario, handshake_ok, bad_certificate

@scenario(drive="everything", limits=Limits(virtual=600, requests=100, work=60.0))
def all_of_it(net):
    "Everything a drive may ask"
    net.https()
    net.handshakes(bad_certificate("self-signed"), handshake_ok())
    net.paths("/plain").reply(json={"a": 1})
    packed = gzip.compress(b"x" * 500, 0, mtime=0)
    net.paths("/packed").reply(content=packed, headers={"Content-Encoding": "gzip"})
    net.paths("/dripped").reply(chunks=[(0.1, b"abc"), (2.0, b"def")])
    net.paths("/slow").reply(text="late", after=10)
    net.paths("/cut").reply(text="x" * 100, cut_at=50)
    net.paths("/reset").reply(text="x" * 100, cut_at=50, then="reset")
    net.origin("other", "https://other.test:8443").paths("/where").reply(text="there")
    net.wall_jump(at=25, seconds=3600)

    @check(task="ask", points=1)
    def shown(run):
        "All of it, word for word"
        told = {"observed": run.observed, "files": run.files, "marks": run.marks, "end": run.end}
        fail(observed=json.dumps(told, sort_keys=True), required="-")
"""


def jobs(folder: Path) -> dict[str, Job]:
    codes = {}
    for grader in (GRADER, ONE_SCENARIO, HURRIED):
        place = folder / f"exercise-{len(codes)}"
        place.mkdir()
        codes[grader] = exercise_at(place, grader=grader)
    found = {name: Job(exercise.code, path, SEED, draw=True) for name, (exercise, path) in ANSWERS.items()}
    for number, (name, source) in enumerate({**SAME_AS_HERE, **LOOPS, **ELSEWHERE}.items()):
        path = folder / str(number) / "client.py"
        path.parent.mkdir()
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        grader = GRADER if name in SAME_AS_HERE else HURRIED if name in LOOPS else ONE_SCENARIO
        found[name] = Job(codes[grader], path, SEED)
    found["loops in C"] = dataclasses.replace(found["loops in C"], limit=SECONDS_OUT_OF_SIGHT)
    whole = folder / "whole"
    whole.mkdir()
    code = exercise_at(whole, drive=EVERYTHING_A_DRIVE_MAY_ASK, grader=SHOWS_EVERYTHING)
    found["everything"] = Job(code, found["prints"].learner, SEED, draw=True)
    # After everything that came before: is the engine still itself?
    return found | {
        f"{exercise.name} once more": Job(exercise.code, exercise.reference, SEED) for exercise in EXERCISES
    }


@pytest.fixture(scope="session")
def played(built, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Played:
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent  # what all workers of pytest-xdist share
    place = folder / "played.json"
    with FileLock(f"{place}.lock"):
        if not place.exists():
            outcome = play(built.folder, ROOT / "web", list(jobs(tmp_path_factory.mktemp("jobs")).values()))
            place.write_text(json.dumps(dataclasses.asdict(outcome)), encoding="utf-8")
    found = json.loads(place.read_text(encoding="utf-8"))
    return Played([Graded(**each) for each in found["results"]], found["boots"], found["foreign"])


@pytest.fixture
def in_pyodide(played, tmp_path):
    """`in_pyodide(name)`: the outcome, and the job that it came from."""
    asked = jobs(tmp_path)
    outcomes = dict(zip(asked, played.results, strict=True))
    return lambda name: (outcomes[name], asked[name])


def same_here(job: Job) -> dict:
    return grade(job.exercise, job.learner, link="direct", frontend="test", seed=job.seed)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_gets_the_verdict_that_it_gets_here(name, in_pyodide) -> None:
    outcome, job = in_pyodide(name)
    here = same_here(job)

    assert comparable(outcome.verdict) == comparable(here)
    assert outcome.verdict["runtime"]["python"].startswith("3.14.")
    assert outcome.verdict["runtime"]["isolation"] == "direct"
    assert outcome.drawn == [
        {"svg": timeline.svg(scenario), "text": timeline.text(scenario)} for scenario in here["scenarios"]
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_all_other_answers_get_the_verdict_that_they_get_here(exercise, built) -> None:
    names = [id for id in ids(exercise) if id not in few(exercise)]
    asked = [Job(exercise.code, file_of(exercise, id), SEED) for id in names]
    found = play(built.folder, ROOT / "web", asked, timeout=1800).results
    for name, job, outcome in zip(names, asked, found, strict=True):
        assert comparable(outcome.verdict) == comparable(same_here(job)), name


def test_whatever_a_drive_may_ask_is_answered_to_the_last_digit(in_pyodide) -> None:
    outcome, job = in_pyodide("everything")
    here = same_here(job)

    told = json.loads(here["checks"][0]["observed"])
    assert told["observed"]["not trusted"] == ["ConnectError", "self-signed"], "or else nothing much was compared"
    assert set(told["files"]) == {"notes/a.txt"}
    assert comparable(outcome.verdict) == comparable(here)


@pytest.mark.parametrize("name", SAME_AS_HERE)
def test_what_misbehaves_is_told_so_in_the_same_words(name, in_pyodide) -> None:
    outcome, job = in_pyodide(name)
    assert comparable(outcome.verdict) == comparable(same_here(job))


def test_an_answer_for_httpx2_is_told_that_the_page_has_none(in_pyodide) -> None:
    outcome, _ = in_pyodide("for httpx2")
    assert outcome.verdict["status"] == "error"
    assert "There is no httpx2 here" in outcome.verdict["diagnoses"][0]["text"]


def test_what_is_printed_is_kept(in_pyodide) -> None:
    outcome, _ = in_pyodide("prints")
    assert outcome.verdict["output"] == "asking /a\nasking /a\n"


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_without_an_await_is_stopped_inside_and_its_line_named(name, in_pyodide) -> None:
    outcome, job = in_pyodide(name)
    lines = job.learner.read_text().splitlines()
    loop = range(1 + next(at for at, line in enumerate(lines) if "# from here" in line), 1 + len(lines))

    assert outcome.verdict["status"] == "time_limit"
    assert {check["status"] for check in outcome.verdict["checks"]} == {"failed"}
    diagnosis = outcome.verdict["checks"][0]["diagnosis"]
    assert diagnosis["kind"] == "time_limit"
    assert diagnosis["line"] in loop


def test_what_loops_out_of_sight_costs_the_worker_and_the_next_one_says_so(in_pyodide, played) -> None:
    outcome, _ = in_pyodide("loops in C")

    assert outcome.verdict["status"] == "time_limit"
    assert {check["status"] for check in outcome.verdict["checks"]} == {"failed"}
    assert "did not give control back" in outcome.verdict["checks"][0]["observed"]
    assert [scenario["status"] for scenario in outcome.verdict["scenarios"]] == ["time_limit"]


def test_what_brings_python_down_costs_the_worker_and_the_next_one_says_so(in_pyodide) -> None:
    outcome, _ = in_pyodide("breaks Python")

    assert (outcome.verdict["status"], outcome.verdict["points"]) == ("ended_early", 0)
    assert outcome.verdict["checks"][0]["diagnosis"]["kind"] == "exits"


def test_nothing_else_costs_a_worker(played) -> None:
    assert len(played.boots) == 3, "the first one, and one after each that was lost"


def test_nobody_presses_ctrl_c_in_a_page(in_pyodide) -> None:
    outcome, _ = in_pyodide("interrupts itself")
    assert (outcome.verdict["status"], outcome.verdict["points"]) == ("ended_early", 0)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_engine_is_itself_after_all_that(exercise, in_pyodide) -> None:
    first, _ = in_pyodide(f"{exercise.name}/reference")
    last, _ = in_pyodide(f"{exercise.name} once more")

    assert last.verdict["status"] == "passed"
    assert comparable(last.verdict) == comparable(first.verdict)


def test_nothing_is_fetched_from_elsewhere(played) -> None:
    assert played.foreign == ["fetch http://elsewhere.test/"], "but what a learner's code tried, and was refused"
