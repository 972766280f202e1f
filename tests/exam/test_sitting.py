"""An exam that is being taken: kept, gone on with, and brought up to a bank that has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exam.banks import bank
from keepalive.exam import NotASitting, Sitting, draw

BANK = bank()
BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def begun(**how) -> Sitting:
    return Sitting(draw(BANK, "here"), BEGAN, **how)


def test_it_is_kept_and_gone_on_with():
    sitting = begun(minutes=30)
    first, second = (item.id for item in sitting.form.items[:2])
    sitting = sitting.answered(first, "one-1").answered(second, 12.5).flagged(second, True).moved(5)
    assert Sitting.of_json(json.loads(json.dumps(sitting.as_json()))) == sitting


def test_answers_are_given_changed_and_taken_back():
    sitting = begun()
    first = sitting.form.items[0].id
    assert sitting.answered(first, "a1").answered(first, "b1").answers == {first: "b1"}
    assert sitting.answered(first, "a1").answered(first, None).answers == {}
    assert sitting.unanswered == tuple(range(14))
    assert sitting.answered(first, "a1").unanswered == tuple(range(1, 14))


def test_flags_come_and_go():
    first = begun().form.items[0].id
    assert begun().flagged(first, True).flags == {first}
    assert begun().flagged(first, True).flagged(first, False).flags == set()


@pytest.mark.parametrize(("to", "at"), [(-3, 0), (0, 0), (13, 13), (14, 13), (99, 13)])
def test_a_place_outside_is_the_next_inside(to, at):
    assert begun().moved(to).at == at
    assert begun().moved(to).item == begun().form.items[at]


def test_time_is_left_only_where_there_is_a_limit():
    assert begun().left(BEGAN) is None
    limited = begun(minutes=30)
    assert limited.left(BEGAN + timedelta(minutes=10)) == timedelta(minutes=20)
    assert limited.left(BEGAN + timedelta(hours=3)) == timedelta()


@pytest.mark.parametrize(
    "change",
    [
        {"form": {}},
        {"form": None},
        {"began": "yesterday"},
        {"answers": []},
        {"minutes": -1},
        {"at": "x"},
        {"schema": "1"},
        {"flags": 7},
    ],
)
def test_what_is_no_sitting(change):
    data = begun().as_json() | change
    if change == {"schema": "1"}:
        del data["schema"]
    with pytest.raises(NotASitting, match="no exam"):
        Sitting.of_json(data)


@pytest.mark.parametrize("data", [None, [], "text", 7, {}])
def test_what_is_not_even_like_one(data):
    with pytest.raises(NotASitting):
        Sitting.of_json(data)


def test_one_of_a_later_version_says_so():
    with pytest.raises(NotASitting, match="newer version"):
        Sitting.of_json(begun().as_json() | {"schema": 2})


def test_answers_and_flags_of_other_questions_are_left_out():
    data = begun().as_json() | {"answers": {"gone": "one"}, "flags": ["gone"]}
    found = Sitting.of_json(data)
    assert (found.answers, found.flags) == ({}, set())


def test_a_question_that_reads_otherwise_is_asked_again():
    sitting = begun()
    first, second = (item.id for item in sitting.form.items[:2])
    sitting = sitting.answered(first, "one-1").answered(second, "two-1")
    newer = bank(change=lambda q: replace(q, stem="What is it now?") if q.id == first else q)
    found, lost = sitting.brought_up_to(newer)
    assert lost == (first,)
    assert found.answers == {second: "two-1"}
    assert found.form.bank == newer.version != sitting.form.bank
    assert [item.id for item in found.form.items] == [item.id for item in sitting.form.items]
    versions = {question.id: question.version for question in newer.questions}
    assert all(item.version == versions[item.id] for item in found.form.items)


def test_nothing_changes_where_nothing_changed():
    sitting = begun()
    assert sitting.brought_up_to(BANK) == (sitting, ())


def test_a_question_that_has_left_the_course_ends_the_sitting():
    gone = begun().form.items[3].id
    with pytest.raises(NotASitting, match="has left the course"):
        begun().brought_up_to(bank(change=lambda q: None if q.id == gone else q))
