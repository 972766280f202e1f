"""An exam that was handed in is an event of the learner's progress, as the page writes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exam.banks import bank, right
from keepalive.course.progress import Progress
from keepalive.course.shape import validator
from keepalive.exam import Sitting, draw, keys_of, score
from keepalive.exam.record import EXAM, FINAL, record, sat


@pytest.fixture
def progress(tmp_path) -> Progress:
    return Progress(tmp_path / "progress.json")


def sitting(seed: str = "abc", count: int = 13) -> Sitting:
    there = bank()
    found = Sitting(draw(there, seed), datetime(2026, 3, 1, 9, 30, tzinfo=UTC), 30)
    questions = {question.id: question for question in there.questions}
    for item in found.form.items[:count]:
        found = found.answered(item.id, right(questions[item.id]))
    return found.flagged(found.form.items[3].id, True)


def hand_in(progress: Progress, seed: str = "abc", count: int = 13):
    taken = sitting(seed, count)
    return record(progress, taken, score(keys_of(bank()), taken.form, taken.answers))


def test_it_holds_what_a_certificate_needs_and_nothing_of_how_it_was_taken(progress):
    kept = hand_in(progress)
    [event] = progress.events
    assert (event.type, event.ref) == (EXAM, FINAL) == ("exam", "final")
    assert event.data == {
        "form": sitting().form.as_json(),
        "answers": dict(sitting().answers),
        "began": "2026-03-01T09:30:00Z",
        "minutes": 30,
        "right": 13,
        "passed": True,
    }
    assert (kept.at, kept.right, kept.passed) == (event.at, 13, True)
    assert kept.form == sitting().form


def test_it_is_read_again_and_counts_until_it_is_reset(progress):
    kept = [hand_in(progress, "first", 11), hand_in(progress, "second", 14)]
    again = Progress(progress.path)
    assert sat(again) == tuple(kept)
    assert [each.passed for each in kept] == [False, True]
    again.reset()
    assert sat(again) == ()
    again.undo()
    assert sat(again) == tuple(kept)


def test_two_files_are_merged(progress, tmp_path):
    other = Progress(tmp_path / "other.json")
    one, two = hand_in(progress, "here"), hand_in(other, "there")
    progress.include(other.path)
    progress.include(other.path)
    assert {each.form.seed for each in sat(progress)} == {one.form.seed, two.form.seed}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"form": sitting().form.as_json()},
        {"form": sitting().form.as_json(), "answers": []},
        {"form": sitting().form.as_json(), "answers": {}, "right": True},
        {"form": {**sitting().form.as_json(), "items": []}, "answers": {}, "right": 1},
        {"form": {**sitting().form.as_json(), "seed": "No Seed"}, "answers": {}, "right": 1},
        {"form": 7, "answers": {}, "right": 1},
    ],
)
def test_what_somebody_wrote_by_hand_is_no_result(progress, data):
    progress.add(EXAM, FINAL, data)
    assert sat(progress) == ()


def test_the_shape_of_the_file_knows_it(progress):
    hand_in(progress)
    shape = validator("progress")
    assert "exam" in shape.schema["$defs"]["event"]["properties"]["type"]["description"]
    event = shape.evolve(schema=shape.schema["$defs"]["event"])
    assert event.is_valid(progress.events[0].as_json())
