"""Every answer to every exercise is graded once: it comes to what is declared, in every frontend, and can be shown."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from answer_files import file_of, ids
from content.texts import ROOT
from keepalive.course.lint import answers, lint
from keepalive.course.lint.finding import Folder
from keepalive.course.load import read
from keepalive.grading import grade, timeline

COURSE = read(ROOT)[0]
DRAFTS = [draft.exercise for draft in COURSE.drafts if draft.exercise]
EXERCISES = sorted([*COURSE.exercises, *DRAFTS], key=lambda exercise: exercise.number)

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)

_VERDICTS: dict[tuple[str, str, str, int], dict[str, Any]] = {}


def graded(code, learner: Path, *, link: str, seed: int, **_) -> dict[str, Any]:
    """The verdict on an answer, kept for every test here that asks for it."""
    key = code.id, learner.read_text(encoding="utf-8"), link, seed
    if key not in _VERDICTS:
        _VERDICTS[key] = grade(code, learner, link=link, frontend="test", seed=seed)
    return _VERDICTS[key]


def shown(findings) -> list[str]:
    return [f"{finding.where}: {finding.what} (mend: {finding.mend})" for finding in findings]


def findings(exercise) -> list[str]:
    """What the linter says of an exercise's answers. Asked again, it grades none of them again."""
    return shown(answers.check(Folder(exercise, COURSE), graded))


@each_exercise
def test_every_answer_comes_to_what_is_declared(exercise):
    assert findings(exercise) == []


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)
def test_an_exercise_that_is_ready_keeps_its_contract(exercise):
    report = lint(ROOT, [exercise.name], grade=graded)
    assert shown(report.findings) == []
    assert report.proved == [exercise.name]


@each_exercise
def test_every_timeline_can_be_drawn_and_told(exercise):
    findings(exercise)
    verdicts = [verdict for (id, _, link, _), verdict in _VERDICTS.items() if (id, link) == (exercise.id, "direct")]
    assert len(verdicts) > len(exercise.answers) / 2
    for scenario in (scenario for verdict in verdicts for scenario in verdict["scenarios"]):
        for width in (340, 560, 720):
            svg = timeline.svg(scenario, title="what was found", width=width)
            root = ElementTree.fromstring(svg)
            assert root.tag.endswith("svg") and "what was found" in svg
        assert timeline.text(scenario).strip()


def by_every_way():
    """One right and one wrong answer of each exercise; the others when asked for."""
    for exercise in EXERCISES:
        for id in ids(exercise):
            first = id in ("reference", next((answer.id for answer in exercise.wrong if not answer.status), ""))
            yield pytest.param(exercise, id, marks=() if first else pytest.mark.thorough, id=f"{exercise.name}/{id}")


@pytest.mark.parametrize(("exercise", "id"), list(by_every_way()))
def test_the_verdict_is_the_same_in_a_child_and_inside_a_running_loop(exercise, id):
    path = file_of(exercise, id)

    async def inside():
        return grade(exercise.code, path, link="direct", frontend="test", seed=answers.SEED)

    direct = the_same_part(graded(exercise.code, path, link="direct", seed=answers.SEED))
    assert direct == the_same_part(graded(exercise.code, path, link="child", seed=answers.SEED))
    assert direct == the_same_part(asyncio.run(inside()))


def the_same_part(verdict):
    """All of a verdict but what depends on the machine and the moment."""
    return {key: value for key, value in verdict.items() if key not in ("runtime", "output")}
