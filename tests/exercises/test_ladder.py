"""One class grows from exercise to exercise: each answer builds on the one before, and keeps what was promised.

Which exercises these are follows from `builds_on` in each exercise.toml, and what a later one no longer keeps from its
`supersedes`.
"""

from __future__ import annotations

import pytest

from answer_files import file_of, right
from exercises.rungs import COURSE, LADDER, broken, failed, graded, rung
from keepalive.course import gaps
from keepalive.course.carry import carry
from keepalive.course.ladder import first_difference
from keepalive.course.lineage import earlier

PAIRS = [
    pytest.param(exercise, before, id=f"{exercise.number} on {before.exercise.number}")
    for exercise in LADDER
    for before in earlier(exercise, COURSE)
]
STEPS = [
    pytest.param(before.exercise, exercise, id=f"{before.exercise.number}-{exercise.number}")
    for exercise in LADDER
    for before in list(earlier(exercise, COURSE))[:1]
]
each_exercise = pytest.mark.parametrize("exercise", LADDER, ids=lambda each: each.number)


@pytest.mark.parametrize(("exercise", "before"), PAIRS)
def test_a_later_reference_keeps_what_an_earlier_exercise_asked_for(exercise, before):
    """Each check of each earlier grader passes, or it is superseded, and then it is one that does not pass."""
    found = broken(before.exercise, file_of(exercise, "reference"), before.superseded)
    assert found - set(before.superseded) == set()
    own = {each.check for each in exercise.supersedes if each.exercise == before.exercise.id}
    assert own - found == set(), "superseded, and it still holds"


@each_exercise
def test_an_exercise_supersedes_checks_of_those_that_it_builds_on(exercise):
    known = {before.exercise.id for before in earlier(exercise, COURSE)}
    assert {each.exercise for each in exercise.supersedes} <= known


@pytest.mark.parametrize(("before", "exercise"), STEPS)
def test_a_starter_is_the_reference_before_it_with_gaps(before, exercise):
    assert before.number < exercise.number
    found, misplaced = gaps.find(exercise.starter)
    assert not misplaced
    assert {gap.task for gap in found} == {task.id for task in exercise.tasks}
    assert first_difference(exercise.starter, found, before.reference_text) is None


@pytest.mark.parametrize(("before", "exercise"), STEPS)
def test_a_trial_of_ones_own_ends_every_file(before, exercise):
    for source in (exercise.starter, exercise.reference_text):
        tail = source.rpartition("\n\n\n")[2]
        assert tail.startswith("async def main() -> None:") and "http://127.0.0.1:8001" in tail


FIRST_TASKS = [
    pytest.param(
        "06",
        (
            '        raise NotImplementedError("task numbers")\n',
            "        timeout = timeout or httpx.Timeout(connect=2, read=10, write=5, pool=2)\n"
            "        limits = limits or httpx.Limits(max_connections=16, max_keepalive_connections=16)\n"
            "        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, limits=limits)\n",
        ),
        id="06",
    ),
    pytest.param(
        "09",
        (
            '        raise NotImplementedError("task again")\n',
            "        for number in range(1, attempts + 1):\n"
            "            try:\n"
            "                response = await self._attempt(method, path, ends, options)\n"
            "            except (httpx.ConnectError, httpx.ConnectTimeout):\n"
            "                if number == attempts:\n"
            "                    raise\n"
            "            else:\n"
            "                if number == attempts or response.status_code not in (502, 503, 504):\n"
            "                    return response\n"
            "            await asyncio.sleep(0.25)\n",
        ),
        id="09",
    ),
]


@pytest.mark.parametrize(("number", "written"), FIRST_TASKS)
def test_the_first_task_can_be_passed_by_itself(tmp_path, number, written):
    exercise = rung(number)
    source = exercise.starter
    assert source.count(written[0]) == 1
    path = tmp_path / "begun.py"
    path.write_text(source.replace(*written), "utf-8")
    first = exercise.tasks[0]
    checks = [check for check in graded(exercise, path)["checks"] if check["task"] == first.id]
    assert sum(check["points"] for check in checks) == first.points


@pytest.mark.thorough
@each_exercise
def test_a_right_answer_passes_with_any_seed(exercise):
    for id in right(exercise):
        for seed in range(12):
            assert not failed(graded(exercise, file_of(exercise, id), seed)), (id, seed)


@pytest.mark.parametrize(("before", "exercise"), STEPS)
def test_ones_own_class_goes_on_into_the_next_exercise(tmp_path, before, exercise):
    carried = carry(exercise, exercise.starter, before.reference_text)
    assert set(carried.new) | set(carried.above) == {task.id for task in exercise.tasks}
    path = tmp_path / "carried.py"
    path.write_text(carried.source, "utf-8")
    assert graded(before, path)["status"] == "passed", "what it could, it still can"
