"""Run, as the page has it: `main()` in Pyodide under Node, stopped inside, from outside, and by a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from content.texts import COURSE, ROOT
from keepalive.grading import timeline
from keepalive.website.runtime import inside
from keepalive.website.runtime.harness import Compile, Compiled, Job, Played, Ran, Run, play

SEED = 7
EXERCISE = COURSE.exercise("04")
SECONDS_OUT_OF_SIGHT = 2.0
"""What the one run that must be ended from outside is given; all others have far more than they need."""

HEAD = "import asyncio, json, sys, time\nimport httpx\n\n"

RUNS = {
    "three": """
async def main():
    async with httpx.AsyncClient(base_url="http://127.0.0.1:8001") as http:
        for number in range(3):
            print((await http.get(f"/users/{number + 1}")).json()["city"])
        print((await http.get("http://nobody.test/")))
""",
    "changes": """
async def main():
    async with httpx.AsyncClient(base_url="http://depot.test") as http:
        new = {"name": "A", "email": "a@example.com", "city": "B", "country": "DE"}
        print((await http.post("/users", json=new)).json()["id"])
        print((await http.delete("/shipments/1")).status_code, (await http.get("/shipments/1")).json()["detail"])
        print((await http.get("/users?page=0")).status_code, (await http.get("/users/")).status_code)
""",
    "asks the ledger": """
async def main():
    async with httpx.AsyncClient(base_url="http://localhost:8001") as http:
        await http.get("/users")
        await asyncio.sleep(70)
        await http.get("/users")
        async with httpx.AsyncClient() as another:
            seen = (await another.get("http://depot.test/_depot/ledger")).json()
        for request in seen.pop("requests"):
            print(request["path"], request["connection"], round(request["at"], 6))
        print(seen)
""",
    "plain": "def main():\n    asyncio.run(asyncio.sleep(3))\n    print(time.monotonic())\n",
    "two loops": """
shared = []

async def once():
    if not shared:
        shared.append(httpx.AsyncClient(base_url="http://127.0.0.1:8001"))
    print((await shared[0].get("/users/1")).status_code)

def main():
    asyncio.run(once())
    asyncio.run(once())
""",
    "client of the file": """
client = httpx.AsyncClient(base_url="http://127.0.0.1:8001")

async def main():
    async with client:
        print((await client.get("/users/1")).status_code)
""",
    "no main": "print('top')\n",
    "raises": "async def main():\n    print('first')\n    raise ValueError('no parcel')\n",
    "does not compile": "def main(:\n",
    "forgets": "async def main():\n    asyncio.sleep(1)\n    print('done')\n",
    "deadlock": "async def main():\n    await asyncio.Event().wait()\n",
    "floods": "def main():\n    while True: print('x' * 999)\n",
    "on standard error": "def main():\n    print('oops', file=sys.stderr)\n    print('no end of line', end='')\n",
    "time.sleep": "async def main():\n    time.sleep(2)\n",
}
"""What is here as it is there, to the last digit."""

ELSEWHERE = {
    "loops": "async def main():\n    print('before')\n    while True:\n        pass\n",
    "loops in C": "def main():\n    print('before')\n    sum(iter(int, 1))\n",
    "is stopped": "def main():\n    print('before')\n    print('stop me')\n    sum(iter(int, 1))\n",
    "breaks Python": "def main():\n    deep = []\n    for _ in range(100_000): deep = [deep]\n    json.dumps(deep)\n",
}

SOURCES = ["x = 1\n", "def f(:\n", "if x:\npass\n", "x = 'one\ntwo'\n", "return 1\n", "a = 1 +\n", "(\n\n", "\0"]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    found = {}
    for number, (name, source) in enumerate({**RUNS, **ELSEWHERE}.items()):
        found[name] = folder / str(number) / "client.py"
        found[name].parent.mkdir()
        found[name].write_text(HEAD + source, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def played(built, files) -> Played:
    runs = []
    for name, path in files.items():
        limit = SECONDS_OUT_OF_SIGHT if name == "loops in C" else 60.0
        runs.append(Run(path, SEED, limit, stop_on="stop me" if name == "is stopped" else None))
    after = Job(EXERCISE.code, EXERCISE.reference, SEED)
    return play(built.folder, ROOT / "web", [Run(EXERCISE.reference, SEED), *runs, after, *map(Compile, SOURCES)])


@pytest.fixture
def ran(files, played):
    return lambda name: played.results[1 + list(files).index(name)]


def comparable(outcome: dict) -> dict:
    return {key: value for key, value in outcome.items() if key != "wall_ms"}


@pytest.mark.parametrize("name", RUNS)
def test_every_run_comes_to_what_it_comes_to_here(name, files, ran) -> None:
    outcome = ran(name).outcome
    heard: list[str] = []
    here = json.loads(inside.run(json.dumps({"learner": str(files[name]), "seed": SEED}), heard.append))

    assert comparable(outcome) == comparable(here)
    assert ran(name).heard == heard
    assert timeline.svg(outcome["scenario"]) == timeline.svg(here["scenario"])


def test_the_exercise_that_shows_it_runs_against_the_practice_api(played) -> None:
    first = played.results[0]
    assert isinstance(first, Ran)
    assert (first.outcome["status"], first.outcome["server"]["requests"]) == ("finished", 3)
    assert first.outcome["output"] == "200 Lyon\n200 Göteborg\n200 Chennai\n" == "".join(first.heard)


def test_the_ledger_counts_connections_and_time_as_on_a_socket(ran) -> None:
    *requests, seen = ran("asks the ledger").outcome["output"].splitlines()
    # httpx lets go of the idle connection when it sends again, 70 s later; by then the server has closed it, at 60 s.
    assert requests == ["/users 0 0.02", "/users 1 70.06"]
    assert "'connections': 2" in seen and "'open': 1" in seen and "'requests_per_connection': [1, 1]" in seen


def test_every_run_has_a_practice_api_of_its_own(ran) -> None:
    assert ran("changes").outcome["output"].splitlines() == [
        "25",
        "204 There is no shipment 1.",
        "422 404",
    ]


def test_a_loop_without_an_await_is_stopped_inside_and_its_line_named(ran) -> None:
    outcome = ran("loops").outcome
    assert (outcome["status"], outcome["output"]) == ("stopped", "before\n")
    assert outcome["diagnoses"][0]["kind"] == "time_limit"
    assert outcome["diagnoses"][0]["line"] in (6, 7)


def test_what_loops_out_of_sight_is_ended_from_outside_and_what_it_printed_is_kept(ran) -> None:
    outcome = ran("loops in C").outcome
    assert (outcome["status"], outcome["output"]) == ("stopped", "before\n")
    assert [found["kind"] for found in outcome["diagnoses"]] == ["time_limit"]


def test_a_person_stops_it_at_once(ran) -> None:
    found = ran("is stopped")
    assert (found.outcome["status"], found.outcome["output"]) == ("stopped_by_you", "before\nstop me\n")
    assert found.outcome["diagnoses"] == []


def test_what_brings_python_down_is_an_outcome(ran) -> None:
    outcome = ran("breaks Python").outcome
    assert (outcome["status"], [found["kind"] for found in outcome["diagnoses"]]) == ("stopped", ["exits"])


def test_only_what_could_not_be_stopped_inside_cost_a_worker_and_the_next_one_is_whole(played, files) -> None:
    assert len(played.boots) == 1 + 3
    after = played.results[1 + len(files)]
    assert after.verdict["status"] == "passed"


def test_a_source_is_looked_at_in_pythons_own_words(played) -> None:
    found = [each.problem for each in played.results[-len(SOURCES) :] if isinstance(each, Compiled)]
    assert [None if each is None else (each["line"], each["column"]) for each in found] == [
        None,
        (1, 7),
        (2, 1),
        (1, 5),
        (1, 1),
        (1, 8),
        (1, 1),
        (1, 1),
    ]
    assert found[1]["text"] == "invalid syntax" and "indented block" in found[2]["text"]
    assert "outside function" in found[4]["text"] and "never closed" in found[6]["text"]
    assert (found[1]["end_line"], found[1]["end_column"]) == (1, 8)


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_is_found_here(source) -> None:
    found = json.loads(inside.problem(source))
    assert (found is None) == (source == SOURCES[0])
    if found is not None:
        assert found["line"] >= 1 and found["column"] >= 1 and found["text"]


def test_nobody_waits_for_that_behind_a_run(played) -> None:
    assert not any(each.while_busy for each in played.results if isinstance(each, Ran))
