"""Numbers, times and outcomes in words."""

from __future__ import annotations

import pytest

from keepalive.grading.words import code, counted, listed, outcome_words, seconds, times


def test_numbers() -> None:
    assert [counted(n, "request") for n in (0, 1, 3)] == ["**0** requests", "**1** request", "**3** requests"]
    assert counted(2, "retry", "retries") == "**2** retries"
    assert [times(n) for n in (0, 1, 2, 3)] == ["0 times", "once", "twice", "3 times"]
    assert [seconds(n) for n in (0.0, 1.5, 40, 0.0234)] == ["0 s", "1.5 s", "40 s", "0.02 s"]


def test_lists() -> None:
    assert listed([]) == "none"
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a and b"
    assert listed("abcdef") == "a, b, c, d, e and f"
    assert listed("abcdefg") == "a, b, c, d, e and 2 more"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a b", "`a b`"), ("a `b`", "`` a `b` ``"), ("two\nlines", "`two lines`"), ("", "an empty text")],
)
def test_what_a_learner_wrote_stays_code(text, shown) -> None:
    assert code(text) == shown


def test_a_long_text_is_cut() -> None:
    assert len(code("x" * 1000)) < 130


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"status": 503}, "a response with status 503"),
        ({"raised": ["ReadTimeout"], "text": ""}, "`ReadTimeout` (no text)"),
        ({"raised": ["RuntimeError"], "text": "closed"}, "`RuntimeError: closed`"),
        ({"cancelled": True}, "a cancellation"),
        ({"still_waiting": True, "began": 1.0, "ended": 121.0}, "nothing in 120 s"),
        ({"still_waiting": True, "cancelled_at": 1.0}, "nothing yet"),
        ({"value": None, "type": "NoneType"}, "`None`"),
        ({"value": None, "type": "coroutine"}, "a coroutine that was never awaited"),
        ({"value": None, "type": "Response"}, "an object of type `Response`"),
        ({"value": {"id": 1}, "type": "dict"}, "the value `{'id': 1}`"),
    ],
)
def test_outcomes(outcome, said) -> None:
    assert outcome_words(outcome) == said
