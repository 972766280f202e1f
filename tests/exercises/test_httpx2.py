"""An answer that is written for httpx2 is judged by the same checks, with the same points."""

from __future__ import annotations

import re

import pytest

from answer_files import few, file_of, ids
from keepalive.course import Course
from keepalive.grading import grade

SEED = 3


def answers():
    """The reference and one wrong answer of each exercise; the others when asked for."""
    for exercise in Course.load().exercises:
        for id in ids(exercise):
            marks = () if id in few(exercise) else pytest.mark.thorough
            yield pytest.param(exercise, id, marks=marks, id=f"{exercise.name}/{id}")


def came_to(verdict) -> dict[str, tuple[str, int]]:
    return {each["id"]: (each["status"], each["points"]) for each in verdict["checks"]}


@pytest.mark.parametrize(("exercise", "id"), list(answers()))
def test_the_library_makes_no_difference_to_the_points(exercise, id, tmp_path):
    plain = file_of(exercise, id)
    source, changed = re.subn(r"^import httpx$", "import httpx2 as httpx", plain.read_text("utf-8"), flags=re.M)
    assert changed == 1
    path = tmp_path / plain.name
    path.write_text(source, "utf-8")
    one, two = (grade(exercise.code, each, link="direct", frontend="test", seed=SEED) for each in (plain, path))
    assert (one["runtime"]["library"], two["runtime"]["library"]) == ("httpx", "httpx2")
    assert came_to(one) == came_to(two)
