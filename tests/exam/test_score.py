"""What answers are worth, and who has passed."""

from __future__ import annotations

import random

import pytest

from exam.banks import bank, right, wrong
from keepalive.course.questions import CELLS
from keepalive.exam import PASS, draw, keys_of, score

BANK = bank()
QUESTIONS = {question.id: question for question in BANK.questions}
FORM = draw(BANK, "here")


def answers(how_many_right: int) -> dict[str, object]:
    given = {}
    for place, item in enumerate(FORM.items):
        given[item.id] = (right if place < how_many_right else wrong)(QUESTIONS[item.id])
    return given


@pytest.mark.parametrize("count", range(15))
def test_twelve_of_fourteen_pass(count):
    result = score(keys_of(BANK), FORM, answers(count))
    assert (result.right, result.passed) == (count, count >= 12)
    assert PASS == 12


def test_every_format_is_judged_by_its_key():
    for seed in map(str, range(60)):
        form = draw(BANK, seed)
        for choose, expected in ((right, True), (wrong, False)):
            given = {item.id: choose(QUESTIONS[item.id]) for item in form.items}
            assert {item.right for item in score(keys_of(BANK), form, given).items} == {expected}


def test_what_was_not_answered_is_not_right():
    result = score(keys_of(BANK), FORM, {})
    assert [(item.answer, item.right) for item in result.items] == [(None, False)] * 14
    assert len(result.missed) == 14 and not result.passed


@pytest.mark.parametrize("nonsense", ["no-such-option", 7, [], {}, ["one-1", "one-1"], "", True, float("nan")])
def test_what_is_no_answer_counts_as_none(nonsense):
    first = FORM.items[0]
    given = answers(14) | {first.id: nonsense}
    item = score(keys_of(BANK), FORM, given).items[0]
    assert item.right is False


def test_answers_to_other_questions_count_nowhere():
    other = next(id for id in QUESTIONS if id not in {item.id for item in FORM.items})
    given = {other: right(QUESTIONS[other])}
    assert score(keys_of(BANK), FORM, given).right == 0


def test_a_report_names_each_objective():
    result = score(keys_of(BANK), FORM, answers(3))
    assert [(each.cell, each.title) for each in result.cells] == list(CELLS.items())
    assert [each.right for each in result.cells] == [1, 1, 1] + [0] * 11
    assert {each.of for each in result.cells} == {1}


def test_an_item_whose_key_is_not_known_is_neither_right_nor_wrong():
    keys = keys_of(BANK)
    item = FORM.items[0]
    del keys[item.id, item.version]
    result = score(keys, FORM, answers(14))
    assert (result.items[0].right, result.right, result.passed) == (None, 13, True)


def test_the_order_of_answers_does_not_matter():
    given = answers(9)
    shuffled = list(given.items())
    random.Random(4).shuffle(shuffled)
    assert score(keys_of(BANK), FORM, dict(shuffled)) == score(keys_of(BANK), FORM, given)
