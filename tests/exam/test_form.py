"""Which questions a seed draws: one of each cell, each as often as another, none of those just seen."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from exam.banks import bank, question
from keepalive.course.questions import CELLS
from keepalive.exam import CELL_SIZE, LENGTH, Form, NotReady, draw, is_seed, missing, new_seed

SEEDS = [new_seed(random.Random(number)) for number in range(3000)]


def test_one_question_of_each_cell():
    there = bank()
    cells = {q.id: q.cell for q in there.questions}
    for seed in SEEDS[:200]:
        assert [cells[item.id] for item in draw(there, seed).items] == list(CELLS)
    assert LENGTH == len(CELLS) == 14


def test_a_seed_draws_the_same_each_time_and_another_seed_another_form():
    there = bank()
    forms = [draw(there, seed) for seed in SEEDS[:200]]
    assert forms == [draw(there, seed) for seed in SEEDS[:200]]
    assert len({tuple(item.id for item in form.items) for form in forms}) == 200


def test_each_question_is_drawn_as_often_as_another():
    """Chi squared with 5 degrees of freedom in each cell: above 25.7 once in 10 000 times, and the seeds are fixed."""
    there = bank()
    drawn = Counter(item.id for seed in SEEDS for item in draw(there, seed).items)
    expected = len(SEEDS) / CELL_SIZE
    for cell in CELLS:
        counts = [drawn[q.id] for q in there.cell(cell)]
        assert sum((count - expected) ** 2 / expected for count in counts) < 25.7, (cell, counts)


def test_each_option_stands_first_as_often_as_another():
    there = bank()
    first = Counter()
    for seed in SEEDS:
        first.update((item.id, item.options[0]) for item in draw(there, seed).items)
    for q in there.questions:
        counts = [first[q.id, option.id] for option in q.options]
        if q.format in ("single", "multiple", "trace"):
            assert min(counts) > sum(counts) / 3 * 0.75, (q.id, counts)
        elif q.format == "order":  # its answer is never shown as it is
            assert min(counts) > sum(counts) * 0.1, (q.id, counts)


def test_neither_cell_knows_of_another():
    """The draws of two cells are independent: every pair of questions of the first two comes up."""
    there = bank()
    pairs = Counter((form.items[0].id, form.items[1].id) for form in (draw(there, seed) for seed in SEEDS))
    assert len(pairs) == CELL_SIZE**2
    assert max(pairs.values()) < 3 * len(SEEDS) / CELL_SIZE**2


def test_what_was_just_seen_is_not_asked():
    there = bank()
    for seed, other in zip(SEEDS[:200], SEEDS[200:400], strict=True):
        seen = {item.id for item in draw(there, seed).items}
        again = draw(there, other, seen)
        assert not seen & {item.id for item in again.items}
        assert set(again.excluded) == seen


def test_where_a_cell_has_nothing_else_it_is_asked_again():
    there = bank()
    everything = {q.id for q in there.questions}
    form = draw(there, "here", everything)
    assert [item.id for item in form.items] == [item.id for item in draw(there, "here").items]


def test_exclusions_of_what_is_not_in_the_bank_are_forgotten():
    assert draw(bank(), "here", ["gone"]).excluded == ()


def test_a_question_that_is_added_elsewhere_changes_nothing_here():
    """A form depends on each cell's questions alone, so that a bank can grow."""
    small = bank()
    grown = bank(change=lambda q: q)
    grown = type(grown)(grown.course, (*grown.questions, question(14, 7, "single")))
    for seed in SEEDS[:50]:
        assert draw(small, seed).items[:13] == draw(grown, seed).items[:13]


def test_a_bank_that_is_not_full_opens_no_exam():
    there = bank(change=lambda q: None if q.id == "item-3-1" else q)
    assert missing(there) == {3: 1}
    assert missing(bank()) == {}
    with pytest.raises(NotReady, match="not open yet"):
        draw(there, "here")


def test_questions_for_a_chapter_alone_do_not_count():
    from dataclasses import replace

    there = bank(change=lambda q: replace(q, use=("chapter",)) if q.id == "item-5-2" else q)
    assert missing(there) == {5: 1}


@pytest.mark.parametrize("seed", ["", "Ab", "a b", "-a", "a" * 33, 7, None, "ä"])
def test_what_is_no_seed(seed):
    assert not is_seed(seed)
    with pytest.raises(ValueError, match="A seed is"):
        draw(bank(), seed)


def test_new_seeds_are_seeds():
    assert all(map(is_seed, SEEDS))
    assert len(set(SEEDS)) == len(SEEDS)
    assert not set("".join(SEEDS)) & set("il1o0"), "nothing that is misread"


def test_a_form_is_written_and_read():
    form = draw(bank(), "here", ["item-1-1"])
    assert Form.of_json(json.loads(json.dumps(form.as_json()))) == form
