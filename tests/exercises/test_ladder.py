"""One class grows from exercise 04 to 09: every answer builds on the one before, and keeps what was promised."""

from __future__ import annotations

import itertools

import pytest

from answer_files import file_of, ids, right
from exercises.rungs import LADDER, failed, graded, rung
from keepalive.course import gaps
from keepalive.course.carry import carry
from keepalive.course.ladder import first_difference

STEPS = list(itertools.pairwise(LADDER))
UPPER = LADDER[1:]
ANSWERS = [pytest.param(exercise, id, id=f"{exercise.number}/{id}") for exercise in UPPER for id in ids(exercise)]

# The gate of 07 stands in front of the pool, so what waits there waits until its deadline.
AT_THE_GATE = {"queueing.gives_up", "own_queue.says_so"}


def test_the_ladder_is_whole():
    assert [exercise.number for exercise in LADDER] == ["04", "05", "06", "07", "08", "09"]


@pytest.mark.parametrize(("before", "exercise"), STEPS, ids=lambda each: each.number)
def test_a_starter_is_the_reference_before_it_with_gaps(before, exercise):
    assert exercise.builds_on == before.id
    source = exercise.starter
    found, misplaced = gaps.find(source)
    assert not misplaced
    assert {gap.task for gap in found} == {task.id for task in exercise.tasks}
    assert first_difference(source, found, before.reference_text) is None


@pytest.mark.parametrize("exercise", UPPER, ids=lambda each: each.number)
def test_a_trial_of_ones_own_ends_every_file(exercise):
    for source in (exercise.starter, exercise.reference_text):
        tail = source.rpartition("\n\n\n")[2]
        assert tail.startswith("async def main() -> None:") and "http://127.0.0.1:8001" in tail


@pytest.mark.parametrize(("exercise", "id"), ANSWERS)
def test_an_answer_comes_to_what_is_declared(exercise, id):
    verdict = graded(exercise, file_of(exercise, id))
    if id == "starter":
        assert (verdict["status"], verdict["points"]) == ("not_attempted", 0)
    elif id in right(exercise):
        assert (verdict["status"], verdict["points"]) == ("passed", exercise.points), failed(verdict)
    else:
        wrong = exercise.answer(id)
        assert {check["id"] for check in verdict["checks"] if check["status"] == "failed"} == set(wrong.fails)
        assert wrong.misconception in {None} | {check.get("misconception") for check in verdict["checks"]}


@pytest.mark.parametrize(
    ("later", "earlier", "gone"),
    [
        *(pytest.param(each, "04", set(), id=f"{each} on 04") for each in ("05", "06", "07", "08", "09")),
        *(pytest.param(each, "05", set(), id=f"{each} on 05") for each in ("06", "07", "08", "09")),
        *(pytest.param(each, "06", AT_THE_GATE, id=f"{each} on 06") for each in ("07", "08")),
        *(pytest.param(each, "07", set(), id=f"{each} on 07") for each in ("08", "09")),
        pytest.param("09", "08", set(), id="09 on 08"),
    ],
)
def test_a_later_reference_keeps_what_an_earlier_exercise_asked_for(later, earlier, gone):
    assert failed(graded(rung(earlier), rung(later).reference)) == gone


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
            "            answer = await self._attempt(method, path, ends, options)\n"
            "            if number == attempts or answer.status_code not in (502, 503, 504):\n"
            "                return answer\n"
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


@pytest.mark.parametrize("exercise", UPPER, ids=lambda each: each.number)
def test_a_right_answer_passes_with_any_seed(exercise):
    for id in right(exercise):
        for seed in range(12):
            assert not failed(graded(exercise, file_of(exercise, id), seed)), (id, seed)


@pytest.mark.parametrize(("before", "exercise"), STEPS, ids=lambda each: each.number)
def test_ones_own_class_goes_on_into_the_next_exercise(tmp_path, before, exercise):
    carried = carry(exercise, exercise.starter, before.reference_text)
    assert set(carried.new) | set(carried.above) == {task.id for task in exercise.tasks}
    path = tmp_path / "carried.py"
    path.write_text(carried.source, "utf-8")
    assert graded(before, path)["status"] == "passed", "what it could, it still can"
