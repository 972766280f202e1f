"""What is said of a verdict, and which hint comes next."""

import dataclasses
import json
from importlib.resources import files

import pytest

from keepalive.course import Course, UnknownName
from keepalive.course.feedback import (
    HEADLINES,
    STATUS_WORDS,
    by_task,
    headline,
    may_see_solution,
    next_hint,
    record,
)
from keepalive.course.progress import Progress
from keepalive.grading.totals import totals


@pytest.fixture
def exercise(root):
    return Course.load(root).exercise("04")


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "progress.json")


def verdict(*checks, extensions=()):
    made = []
    for number, (task, status, *because) in enumerate(checks):
        entry = {"id": f"s.c{number}", "scenario": "s", "task": task, "status": status}
        entry |= {"points": int(status == "passed"), "max": int(bool(task) and because != ["frontend"])}
        made.append(entry | ({"because": because[0]} if because else {}))
    return {**totals(made, [], None, extensions), "checks": made}


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "not_run"], "failed"),
        (["passed", "failed", "not_attempted"], "failed"),
        (["passed", "not_attempted"], "not_attempted"),
        (["not_run", "not_attempted"], "not_attempted"),
        (["not_run", "not_run"], "not_run"),
        (["failed", "grader_fault"], "grader_fault"),
        ([], "not_run"),
    ],
)
def test_a_task_is_what_its_checks_are(exercise, statuses, whole):
    found = by_task(exercise, verdict(*[("opens", status) for status in statuses]))
    assert found[0].status == whole and found[0].task.id == "opens"
    assert found[0].points == statuses.count("passed")


def test_checks_of_no_task_come_last(exercise):
    found = by_task(exercise, verdict((None, "passed"), ("closes", "failed"), ("opens", "passed")))
    assert [f.task.id if f.task else None for f in found] == ["opens", "closes", None]
    assert len(by_task(exercise, verdict(("opens", "passed")))) == 2, "a task without a check is there all the same"


def test_what_the_frontend_cannot_look_at_is_set_aside(exercise):
    found = verdict(("opens", "passed"), ("opens", "not_run", "frontend"), ("closes", "not_run", "frontend"))
    opens, closes = by_task(exercise, found)
    assert (opens.status, opens.points, opens.max) == ("passed", 1, 1)
    assert (closes.status, closes.points, closes.max) == ("not_run", 0, 0)


def test_what_waits_for_another_check_is_not_passed(exercise):
    found = verdict(("opens", "passed"), ("opens", "not_run", "s.c0"), ("closes", "not_run", "s.c0"))
    opens, closes = by_task(exercise, found)
    assert (opens.status, opens.max, closes.status, closes.max) == ("failed", 2, "not_run", 1)


@pytest.fixture
def extended(exercise):
    """The exercise, its second task an extension."""
    first, second, *others = exercise.tasks
    return dataclasses.replace(exercise, tasks=(first, dataclasses.replace(second, extension=True), *others))


@pytest.mark.parametrize(
    ("needed", "beyond", "kept", "passed"),
    [
        ("passed", "not_attempted", "passed", True),
        ("passed", "failed", "passed", True),
        ("passed", "not_attempted", "failed", False),
        ("failed", "passed", "passed", False),
        ("not_attempted", "passed", "passed", False),
        ("not_run", "failed", "not_run", False),
    ],
)
def test_an_extension_is_not_needed_to_pass(extended, progress, needed, beyond, kept, passed):
    first, second = (task.id for task in extended.tasks[:2])
    found = verdict((first, needed), (second, beyond), (None, kept), extensions=(second,))
    assert (headline(found) == HEADLINES["extension_open"]) is passed
    event = record(progress, extended, found)
    assert (event.data["passed"], event.data["bonus"], event.data["bonus_max"]) == (passed, int(beyond == "passed"), 1)
    assert progress.passed(extended.id) is passed
    assert may_see_solution(extended, progress) is passed
    assert next_hint(extended, progress).task.id == (second if needed == "passed" else first)


def test_with_its_extension_everything_is_passed(extended):
    found = verdict(("opens", "passed"), ("closes", "passed"), extensions=("closes",))
    assert headline(found) == HEADLINES["passed"]


def test_without_an_extension_every_task_is_needed(exercise, progress):
    record(progress, exercise, verdict(("opens", "passed"), ("closes", "not_attempted")))
    assert not progress.passed(exercise.id)


def test_every_status_of_the_verdicts_schema_has_a_word():
    schema = json.loads(files("keepalive.grading").joinpath("verdict.schema.json").read_text("utf-8"))
    named = set()

    def look(part):
        if isinstance(part, dict):
            if "passed" in part.get("enum", ()):
                named.update(part["enum"])
            for value in part.values():
                look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look(schema)
    assert {"failed", "grader_fault", "time_limit"} <= named <= set(STATUS_WORDS)
    assert set(HEADLINES) - {"extension_open"} <= named


def test_a_check_is_recorded_with_its_tasks(exercise, progress):
    event = record(progress, exercise, verdict(("opens", "passed"), ("closes", "failed"), (None, "passed")))
    tasks = {"opens": "passed", "closes": "failed"}
    assert event.data == {"status": "failed", "passed": False, "points": 2, "max": 2, "tasks": tasks}
    assert progress.task_status("tiny-client") == {"opens": "passed", "closes": "failed"}


def test_hints_come_one_by_one_and_are_counted(exercise, progress):
    hints = [next_hint(exercise, progress) for _ in range(3)]
    assert [(hint.task.id, hint.number, hint.of, hint.is_last, hint.again) for hint in hints] == [
        ("opens", 1, 2, False, False),
        ("opens", 2, 2, True, False),
        ("opens", 2, 2, True, True),
    ]
    assert hints[0].text != hints[1].text
    assert progress.hints_shown("tiny-client", "opens") == 2
    assert len(progress.of("hint", "tiny-client")) == 2, "the last one again is not counted"


def test_hints_go_to_the_first_task_not_passed(exercise, progress):
    record(progress, exercise, verdict(("opens", "passed"), ("closes", "not_attempted")))
    assert next_hint(exercise, progress).task.id == "closes"
    assert next_hint(exercise, progress, "opens").task.id == "opens", "unless one is asked for"
    assert next_hint(exercise, progress, 2).task.id == "closes"
    record(progress, exercise, verdict(("opens", "passed"), ("closes", "passed")))
    assert next_hint(exercise, progress) is None
    with pytest.raises(UnknownName, match="Did you mean opens"):
        next_hint(exercise, progress, "open")


def test_fewer_hints_than_were_shown_once(exercise, progress):
    progress.add("hint", "tiny-client", {"task": "opens", "number": 7})
    hint = next_hint(exercise, progress)
    assert (hint.number, hint.of, hint.again) == (2, 2, True)


def test_the_solution_waits_for_a_pass(exercise, progress):
    assert not may_see_solution(exercise, progress)
    assert may_see_solution(exercise, progress, reveal=True)
    progress.add("check", exercise.id, {"status": "passed"})
    assert may_see_solution(exercise, progress)
