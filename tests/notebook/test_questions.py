"""`question()` in a cell: asked, answered, explained, and wrong use answered by a sentence."""

from __future__ import annotations

import html
import re

import pytest

from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import Bank
from keepalive.notebook import question

BANK = Bank.load(Course.load())
NUMBER, SINGLE = BANK.question("waves-of-tasks"), BANK.question("client-in-a-loop")
SPOT, ORDER = BANK.question("cap-that-is-none"), BANK.question("first-call-over-tls")


def letters(asked, ids):
    shown = [option.id for option in asked.shown()]
    return "".join("abcdef"[shown.index(id)] for id in ids)


def words(shown) -> str:
    """What is read of the HTML."""
    text = re.sub(r"<style>.*?</style>", "", shown._repr_html_(), flags=re.S)
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?(code|strong|em|span)\b[^>]*>", "", text))
    return " ".join(html.unescape(text).split())


@pytest.mark.parametrize("asked", [NUMBER, SINGLE, SPOT, ORDER], ids=lambda asked: asked.format)
def test_it_is_asked_with_its_choices_and_how_to_answer(asked):
    shown = question(asked.id)
    for text in (words(shown), " ".join(repr(shown).split())):
        assert " ".join(re.sub(r"[`*]", "", asked.stem).split()) in text.replace("`", "")
        assert f'question("{asked.id}", ' in text
    for option in asked.options:
        assert option.why not in repr(shown), "nothing is explained before"
        if option.text:
            assert re.sub(r"[`*]", "", option.text) in words(shown)
    assert Progress().events == ()


@pytest.mark.parametrize(
    ("asked", "wrong", "right"),
    [
        (NUMBER, 26, 12),
        (NUMBER, "1", "12,0 connections"),
        (SINGLE, letters(SINGLE, ["shakes-hands"]), letters(SINGLE, SINGLE.key.right).upper()),
        (SINGLE, "shakes-hands", "reads-certificates"),
        (SPOT, 1, 2),
        (ORDER, letters(ORDER, reversed(ORDER.order)), ", ".join(letters(ORDER, ORDER.order))),
    ],
)
def test_an_answer_is_judged_kept_and_every_choice_explained(asked, wrong, right):
    for given, expected in ((wrong, False), (right, True)):
        said = question(asked.id, given)
        assert said.right is expected
        assert ("Right." if expected else "Not yet.") in repr(said)
        flat = " ".join(repr(said).split()).replace("`", "")
        for option in asked.options:
            assert " ".join(option.why.split()).replace("`", "") in flat
            assert re.sub(r"[`*]", "", option.why) in words(said)
    assert [event.data["correct"] for event in Progress().of("answer", asked.id)] == [False, True]
    assert "You have answered it right." in repr(question(asked.id))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((), "wants a question's name, in quotes"),
        ((7,), "wants a question's name, in quotes"),
        (("waves",), "Did you mean waves-of-tasks?"),
        (("no such thing at all",), "There is no question"),
        ((SINGLE.id, "z"), "The choices are a to c"),
        ((SINGLE.id, 3), "Answer with a letter"),
        ((NUMBER.id, "a dozen"), "not a number that can be read"),
        ((SPOT.id, 77), "a line that holds code"),
        ((ORDER.id, "ab"), "All 4 have a place"),
    ],
)
def test_wrong_use_is_answered_by_a_sentence(call, said):
    answered = question(*call)
    assert said in " ".join(repr(answered).split())
    assert said in words(answered)
    assert Progress().events == ()
