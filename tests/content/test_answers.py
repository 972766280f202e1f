"""Every answer to every exercise: the same verdict through every frontend, and the one that was declared."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree

import pytest

from content.texts import COURSE
from keepalive.grading import grade, timeline

ANSWERS = [
    pytest.param(exercise, path, id=f"{exercise.name}/{path.parent.name}/{path.name}")
    for exercise in COURSE.exercises
    for path in (exercise.starter, *exercise.solutions, *(wrong.file for wrong in exercise.wrong))
]
SEED = 7

every_answer = pytest.mark.parametrize(("exercise", "path"), ANSWERS)


def the_same_part(verdict):
    """All of a verdict but what depends on the machine and the moment."""
    return {key: value for key, value in verdict.items() if key not in ("runtime", "output")}


@every_answer
def test_the_verdict_is_the_same_by_every_way_and_is_the_declared_one(exercise, path):
    direct = grade(exercise.code, path, link="direct", frontend="test", seed=SEED)
    child = grade(exercise.code, path, link="child", frontend="test", seed=SEED)

    async def inside():
        return grade(exercise.code, path, link="direct", frontend="test", seed=SEED)

    inside_a_loop = asyncio.run(inside())
    assert the_same_part(direct) == the_same_part(child)
    assert the_same_part(direct) == the_same_part(inside_a_loop)
    as_declared(exercise, path, direct)


def as_declared(exercise, path, verdict):
    if path == exercise.starter:
        assert (verdict["status"], verdict["points"]) == ("not_attempted", 0)
        return
    if path in exercise.solutions:
        assert (verdict["status"], verdict["points"]) == ("passed", exercise.points)
        return
    (wrong,) = (wrong for wrong in exercise.wrong if wrong.file == path)
    if wrong.status:
        assert verdict["status"] == wrong.status
        return
    failed = {check["id"]: check for check in verdict["checks"] if check["status"] != "passed"}
    assert set(failed) == set(wrong.fails)
    named = {check.get("misconception") for check in failed.values()}
    assert wrong.misconception in named, "and is told by its own message"


@every_answer
def test_every_timeline_can_be_drawn_and_told(exercise, path):
    verdict = grade(exercise.code, path, link="direct", frontend="test", seed=SEED)
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
        assert verdict["status"] == "passed", seed


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)
def test_the_chapter_says_how_long_the_exercise_takes(exercise):
    chapter = COURSE.chapter(exercise.chapter)
    assert chapter.minutes_exercise == exercise.minutes
    assert chapter.exercise == exercise.id
