"""Whatever a learner's code does to the interpreter, the next check is as on a fresh one: here and in Pyodide."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from content.texts import COURSE, ROOT
from grading.bench import comparable, schema
from keepalive.website.runtime.harness import Job, Played, Ran, Run, play
from pyodide.vandals import HONEST, VANDALS, source

SEED = 7
EXERCISE = COURSE.exercise("04")

HERE = """
import json, os, sys
from keepalive.website.runtime import inside

asked = json.load(sys.stdin)
inside.settle()
said = []
def check(learner):
    found = json.loads(inside.check(json.dumps({"exercise": asked["exercise"], "learner": learner, "seed": 7})))
    return {key: value for key, value in found.items() if key not in ("runtime", "output")}
said.append(check(asked["reference"]))
put_back = inside._afterwards[0]
for vandal in asked["vandals"]:
    for call in (inside.check, inside.run):
        call(json.dumps({"exercise": asked["exercise"], "learner": vandal, "seed": 7}))
        more = put_back()
        if more:
            said.append(f"not put back at once: {more}")
            break
    else:
        said.append(check(asked["reference"]))
print(json.dumps(said))
"""
"""Alone in a process: what is put back here is that process."""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("vandals")
    found = {}
    for number, (name, vandal) in enumerate({**VANDALS, **HONEST}.items()):
        found[name] = folder / str(number) / "client.py"
        found[name].parent.mkdir()
        found[name].write_text(source(vandal), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def here(files) -> list:
    code = EXERCISE.code
    asked = {
        "exercise": {
            "id": code.id,
            "version": code.version,
            "entry": code.entry,
            "tasks": code.tasks,
            "extensions": code.extensions,
            "drive": str(code.drive),
            "grader": str(code.grader),
        },
        "reference": str(EXERCISE.reference),
        "vandals": [str(path) for path in files.values()],
    }
    done = subprocess.run(
        [sys.executable, "-c", HERE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [*VANDALS, *HONEST])
def test_here_the_next_check_is_as_the_first(name, files, here) -> None:
    first, after = here[0], here[1 + list(files).index(name)]
    assert first["status"] == "passed"
    assert after == first


LEAVES_FILES = """
import os, pathlib, tempfile
for folder in (os.getcwd(), tempfile.gettempdir()):
    pathlib.Path(folder, "left.txt").write_text("mine")
    pathlib.Path(folder, "left").mkdir()
"""

FINDS_NONE = """
import os, tempfile
class ApiClient: pass
def main():
    print(sorted(os.listdir()), [name for name in os.listdir(tempfile.gettempdir()) if "left" in name])
"""


@pytest.fixture(scope="module")
def played(built, files, tmp_path_factory) -> Played:
    folder = tmp_path_factory.mktemp("more")
    leaves, finds = folder / "leaves.py", folder / "finds.py"
    leaves.write_text(LEAVES_FILES, encoding="utf-8")
    finds.write_text(FINDS_NONE, encoding="utf-8")
    reference = Job(EXERCISE.code, EXERCISE.reference, SEED)
    jobs: list = [reference]
    for path in files.values():
        jobs += [Job(EXERCISE.code, path, SEED), Run(path, SEED), reference]
    return play(built.folder, ROOT / "web", [*jobs, Run(finds, SEED), Run(leaves, SEED), Run(finds, SEED)])


@pytest.mark.parametrize("name", [*VANDALS, *HONEST])
def test_in_pyodide_the_next_check_is_as_the_first(name, files, played) -> None:
    first, after = played.results[0].verdict, played.results[3 * (1 + list(files).index(name))].verdict
    assert first["status"] == "passed"
    assert comparable(after) == comparable(first)


def test_grading_that_falls_over_such_a_file_says_so(files, played) -> None:
    verdict, outcome = (played.results[3 * list(files).index("the clock") + at] for at in (1, 2))
    assert (verdict.verdict["status"], outcome.outcome["status"]) == ("grader_fault", "fault")
    for found in (verdict.verdict, outcome.outcome):
        assert "put back as it was" in found["diagnoses"][0]["text"]
    jsonschema.validate(verdict.verdict, schema("verdict.schema.json"))


def test_no_worker_was_needed_for_that(played) -> None:
    assert len(played.boots) == 1


def test_files_that_were_left_behind_are_gone(played) -> None:
    before, _, after = played.results[-3:]
    assert isinstance(before, Ran) and before.outcome["status"] == "finished"
    assert after.outcome["output"] == before.outcome["output"]
