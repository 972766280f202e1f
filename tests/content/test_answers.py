"""Every answer to every exercise: the same verdict through every frontend, and the one that was declared."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree

import pytest

from answer_files import file_of, ids, right
from content.texts import COURSE
from keepalive.grading import grade, timeline

ANSWERS = [
    pytest.param(exercise, id, id=f"{exercise.name}/{id}") for exercise in COURSE.exercises for id in ids(exercise)
]
SEED = 7

every_answer = pytest.mark.parametrize(("exercise", "id"), ANSWERS)


def the_same_part(verdict):
    """All of a verdict but what depends on the machine and the moment."""
    return {key: value for key, value in verdict.items() if key not in ("runtime", "output")}


@every_answer
def test_the_verdict_is_the_same_by_every_way_and_is_the_declared_one(exercise, id):
    path = file_of(exercise, id)
    direct = grade(exercise.code, path, link="direct", frontend="test", seed=SEED)
    child = grade(exercise.code, path, link="child", frontend="test", seed=SEED)

    async def inside():
        return grade(exercise.code, path, link="direct", frontend="test", seed=SEED)

    inside_a_loop = asyncio.run(inside())
    assert the_same_part(direct) == the_same_part(child)
    assert the_same_part(direct) == the_same_part(inside_a_loop)
    as_declared(exercise, id, direct)


def as_declared(exercise, id, verdict):
    if id == "starter":
        assert (verdict["status"], verdict["points"]) == ("not_attempted", 0)
        return
    if id in right(exercise):
        assert (verdict["status"], verdict["points"], verdict["bonus"]) == ("passed", exercise.points, exercise.bonus)
        return
    wrong = exercise.answer(id)
    if wrong.status:
        assert verdict["status"] == wrong.status
        return
    failed = {check["id"]: check for check in verdict["checks"] if check["status"] == "failed"}
    assert set(failed) == set(wrong.fails)
    named = {check.get("misconception") for check in failed.values()}
    assert wrong.misconception in {None, *named}, "and is told by its own message"


@every_answer
def test_every_timeline_can_be_drawn_and_told(exercise, id):
    verdict = grade(exercise.code, file_of(exercise, id), link="direct", frontend="test", seed=SEED)
    assert verdict["scenarios"]
    for scenario in verdict["scenarios"]:
        for width in (340, 560, 720):
            svg = timeline.svg(scenario, title="what was found", width=width)
            root = ElementTree.fromstring(svg)
            assert root.tag.endswith("svg") and "what was found" in svg
        assert timeline.text(scenario).strip()


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)
def test_a_number_that_is_drawn_changes_no_right_answer(exercise):
    for seed in range(5):
        verdict = grade(exercise.code, exercise.reference, link="direct", frontend="test", seed=seed)
        assert {check["status"] for check in verdict["checks"]} == {"passed"}, seed
