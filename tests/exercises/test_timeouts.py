"""Exercise 06: any numbers that meet the brief pass, and any that do not are seen."""

from __future__ import annotations

import re

import pytest

from content.texts import COURSE, cells
from exercises.rungs import changed, graded, rung

EXERCISE = rung("06")
NUMBERS = {
    "connect": "connect=2.0",
    "read": "read=10.0",
    "write": "write=5.0",
    "pool": "pool=2.0",
    "most": "max_connections=20,",
    "kept": "max_keepalive_connections=20",
    "report": '{"read": 60.0}',
}


def with_numbers(tmp_path, **numbers):
    """The checks that fail with these numbers. What has nothing to look at then is left out."""
    pairs = [
        (NUMBERS[name], NUMBERS[name].replace(re.search(r"\d[\d.]*", NUMBERS[name])[0], str(number)))
        for name, number in numbers.items()
    ]
    verdict = graded(EXERCISE, changed(EXERCISE, tmp_path, *pairs))
    return {check["id"] for check in verdict["checks"] if check["status"] == "failed"}


@pytest.mark.parametrize(
    "numbers",
    [
        {"connect": 1.01, "read": 8.01, "write": 2.01, "pool": 1.51, "report": 40.01},
        {"connect": 3.0, "read": 15.0, "write": 10.0, "pool": 3.0, "report": 90.0},
        {"most": 16, "kept": 16},
        {"most": 20, "kept": 16},
        {"most": 17, "kept": 100},
        {"most": 20, "kept": None},
    ],
    ids=str,
)
def test_numbers_that_meet_the_brief_pass(tmp_path, numbers):
    assert with_numbers(tmp_path, **numbers) == set()


@pytest.mark.parametrize(
    ("numbers", "seen"),
    [
        ({"connect": 1.0}, {"connecting.waits_for_slow"}),
        ({"connect": 3.05}, {"connecting.gives_up"}),
        ({"read": 8.0}, {"answering.waits_for_slow", "mid_response.waits_for_slow"}),
        ({"read": 15.05}, {"answering.gives_up", "mid_response.gives_up"}),
        ({"write": 2.0}, {"uploading.waits_for_slow"}),
        ({"write": 10.05}, {"uploading.gives_up"}),
        ({"pool": 1.5}, {"short_queue.waits_for_a_slot"}),
        ({"pool": 3.05}, {"queueing.gives_up"}),
        ({"most": 21}, {"workers.capped"}),
        ({"most": 15}, {"workers.none_waits"}),
        ({"kept": 15}, {"workers.kept"}),
        ({"report": 40.0}, {"report.is_waited_for", "report_body.is_waited_for"}),
        ({"report": 90.05}, {"report.has_an_end", "report_body.has_an_end"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else str(sorted(value)),  # a set has no order to rely on
)
def test_a_number_outside_is_seen(tmp_path, numbers, seen):
    assert with_numbers(tmp_path, **numbers) == seen


def test_the_numbers_of_the_chapter_s_example_are_wrong_for_this_server(tmp_path):
    """As the chapter says of them: each one fails, so none can be copied."""
    (said,) = [each["source"] for each in cells(COURSE.chapter("06").notebook) if each["id"] == "build-say-why"]
    last = {"connect": 0, "read": -1, "write": -1, "pool": 0}  # which of the times in its row is the number
    rows = dict(re.findall(r"^\| \*\*(\w+)\*\* \|.*\|(.*)\|$", said, re.M))
    numbers = {name: int(re.findall(r"(\d+) s", rows[name])[place]) for name, place in last.items()}
    for name, number in numbers.items():
        assert with_numbers(tmp_path, **{name: number}), (name, number)
