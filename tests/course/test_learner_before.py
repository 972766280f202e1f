"""A learner's folder and progress of before exercises were said once, as they were then, meet the course of today.

They were made by the commands of that time: one exercise begun in a file and in a notebook, one passed, one untouched.
"""

import json
import shutil
from pathlib import Path

import pytest

from keepalive.course import Course
from keepalive.course.notebooks import starter_cell
from keepalive.course.progress import Progress
from keepalive.course.version import content_hash
from keepalive.course.work import Work

BEFORE = Path(__file__).parent / "learner_before"
COURSE = Course.load()
OWN = ("04-minimal-client.py", "04-minimal-client.ipynb", "06-timeouts-and-limits.py")
UNTOUCHED = "09-retries.py"


@pytest.fixture
def work(tmp_path):
    shutil.copytree(BEFORE / "files", tmp_path / "work")
    return Work(COURSE, tmp_path / "work")


def test_what_they_wrote_stays_byte_for_byte(work):
    for _ in range(2):
        work.update()
        for name in OWN:
            assert (work.folder / name).read_bytes() == (BEFORE / "files" / name).read_bytes()


def test_a_notebook_that_they_changed_gets_todays_beside_it(work):
    beside = work.folder / "04-minimal-client.new.ipynb"
    assert beside in [put.path for put in work.update() if put.what == "beside"]
    cells = json.loads(beside.read_text("utf-8"))["cells"]
    assert starter_cell(COURSE.exercise("04")) in ["".join(cell["source"]) for cell in cells]
    assert "".join(cells[0]["source"]).startswith(f"# {COURSE.chapter('04').title}\n")


def test_a_starter_is_put_beside_only_where_it_has_changed_since(work):
    handed_out = json.loads((BEFORE / "files/.keepalive.json").read_bytes())["files"]
    work.update()
    for number in ("04", "06"):
        exercise = COURSE.exercise(number)
        changed = content_hash(exercise.starter.encode()) != handed_out[f"{exercise.name}.py"]
        assert (work.folder / f"{exercise.name}.new.py").exists() == changed


def test_a_starter_that_they_did_not_touch_is_todays(work):
    work.update()
    assert (work.folder / UNTOUCHED).read_text("utf-8") == COURSE.exercise("09").starter
    assert not (work.folder / "09-retries.new.py").exists()


def test_their_answers_are_found_and_those_begun_come_first(work):
    names = [path.name for _, path in work.answers()]
    assert set(names[:2]) == {"04-minimal-client.py", "06-timeouts-and-limits.py"} and names[2] == UNTOUCHED


def test_what_they_did_counts_as_it_did(tmp_path):
    path = tmp_path / "progress.json"
    shutil.copy(BEFORE / "progress.json", path)
    progress = Progress(path)
    assert (progress.warning, progress.passed("timeouts-and-limits")) == ("", True)
    assert not progress.passed("minimal-client") and progress.best("minimal-client") == 6
    assert progress.task_status("minimal-client")["one-pool"] == "passed"
    assert progress.hints_shown("minimal-client", "closing") == 1
    before = json.loads((BEFORE / "progress.json").read_bytes())["events"]
    progress.add("hint", "retries", {"task": "again", "number": 1})
    assert json.loads(path.read_bytes())["events"][: len(before)] == before
