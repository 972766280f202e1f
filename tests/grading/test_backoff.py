"""Waits are judged by their family, whatever chance draws: no right family fails, and no other one passes."""

from __future__ import annotations

import random

import pytest

from keepalive.grading.backoff import Backoff, growing, spread, within_limits
from keepalive.grading.scenarios import Failed

CALLS, WAITS = 8, 24


def limit(n, first=0.5, cap=8.0, factor=2.0):
    return min(cap, first * factor**n)


def by_number(wait):
    """A family whose waits depend on their number alone."""
    return lambda draw: [wait(draw, n) for n in range(WAITS)]


def decorrelated(draw, cap=8.0):
    wait, waits = 0.5, []
    for _ in range(WAITS):
        wait = draw(0.5, min(cap, 3 * wait))
        waits.append(wait)
    return waits


def published(draw):
    wait, waits = 0.5, []
    for _ in range(WAITS):
        wait = min(8.0, draw(0.5, 3 * wait))
        waits.append(wait)
    return waits


RIGHT = {
    "full": by_number(lambda draw, n: draw(0, limit(n))),
    "equal": by_number(lambda draw, n: draw(0.5, 1) * limit(n)),
    "from a quarter on": by_number(lambda draw, n: draw(0.25, 1) * limit(n)),
    "decorrelated": decorrelated,
}

WRONG = {
    "first wait of 1 s": (by_number(lambda draw, n: draw(0, limit(n, first=1.0))), "too_long"),
    "equal, first wait of 1 s": (by_number(lambda draw, n: draw(0.5, 1) * limit(n, first=1.0)), "too_long"),
    "first wait of 0.25 s": (by_number(lambda draw, n: draw(0, limit(n, first=0.25))), "too_short"),
    "cap of 4 s": (by_number(lambda draw, n: draw(0, limit(n, cap=4.0))), "too_short"),
    "cap of 7 s": (by_number(lambda draw, n: draw(0, limit(n, cap=7.0))), "too_short"),
    "decorrelated, cap of 4 s": (lambda draw: decorrelated(draw, cap=4.0), "too_short"),
    "cap of 10 s": (by_number(lambda draw, n: draw(0, limit(n, cap=10.0))), "too_long"),
    "no cap": (by_number(lambda draw, n: draw(0, limit(n, cap=1e6))), "too_long"),
    "growth by half": (by_number(lambda draw, n: draw(0, limit(n, factor=1.5))), "too_short"),
    "growth by steps": (by_number(lambda draw, n: draw(0, min(8, 0.5 * (n + 1)))), "too_short"),
    "limits that begin again": (by_number(lambda draw, n: draw(0, limit(n % 5))), "too_short"),
    "threefold growth": (by_number(lambda draw, n: draw(0, limit(n, factor=3.0))), "too_long"),
    "no growth": (by_number(lambda draw, n: draw(0, 0.5)), "too_short"),
    "the whole range at once": (by_number(lambda draw, n: draw(0.5, 8)), "too_long"),
    "cap outside": (by_number(lambda draw, n: min(8.0, draw(0, 0.5 * 2**n))), "at_the_cap"),
    "decorrelated, cap outside": (published, "at_the_cap"),
    "no jitter": (by_number(lambda draw, n: limit(n)), "together"),
    "a fixed wait": (by_number(lambda draw, n: 1.0), "together"),
    "whole seconds": (by_number(lambda draw, n: float(round(draw(0, limit(n))))), "in_steps"),
    "hundredths of a second": (by_number(lambda draw, n: round(draw(0, limit(n)), 2)), "in_steps"),
    "a tenth of each wait": (by_number(lambda draw, n: draw(0.9, 1) * limit(n)), "narrow"),
    "a third of each wait": (by_number(lambda draw, n: draw(2 / 3, 1) * limit(n)), "narrow"),
}

FINDINGS = ("too_long", "too_short", "together", "in_steps", "narrow", "at_the_cap")


def waits_of(family, seed):
    draw = random.Random(seed).uniform
    return Backoff([family(draw) for _ in range(CALLS)])


def found(backoff):
    values = {name: getattr(backoff, name) for name in FINDINGS}
    return {name for name, value in values.items() if (value() if callable(value) else value)}


@pytest.mark.parametrize("family", RIGHT.values(), ids=RIGHT)
def test_no_draw_fails_a_right_family(family):
    assert [seed for seed in range(150) if found(waits_of(family, seed))] == []


@pytest.mark.parametrize(("family", "finding"), WRONG.values(), ids=WRONG)
def test_every_draw_of_another_one_is_seen(family, finding):
    assert [seed for seed in range(20) if finding not in found(waits_of(family, seed))] == []


@pytest.mark.parametrize("family", RIGHT.values(), ids=RIGHT)
def test_calls_that_draw_the_same_numbers_are_together(family):
    alike = Backoff([family(random.Random(7).uniform)] * CALLS)
    assert alike.together and alike.alike and not alike.by_rule and not alike.doubles


def test_what_follows_a_rule_is_not_called_drawn():
    rules = {"doubling": limit, "the same": lambda n: 0.5, "thirds": lambda n: n / 3, "by half": lambda n: 0.5 * 1.5**n}
    backoffs = {name: Backoff([[rule(n) for n in range(WAITS)]] * CALLS) for name, rule in rules.items()}
    assert all(each.alike and each.by_rule for each in backoffs.values())
    assert {name for name, each in backoffs.items() if each.doubles} == {"doubling"}
    assert {name for name, each in backoffs.items() if each.steady} == {"the same"}


def test_few_waits_of_decorrelated_jitter_are_known_as_such():
    few = [Backoff([decorrelated(random.Random(seed).uniform)[:5]] * 2) for seed in range(500)]
    assert not any(each.too_long() for each in few)


def test_decorrelated_jitter_has_limits_of_its_own():
    backoff = Backoff([[0.6, 1.8, 1.0], [1.4, 0.9, 2.7], [0.5, 1.5, 4.6]])
    assert backoff.decorrelated
    assert backoff.too_long() == (3, 4.6, 4.5)


@pytest.mark.parametrize(
    ("expect", "name", "said"),
    [
        (within_limits, "cap of 10 s", "At most 8 s. The limits are 0.5, 1, 2, 4, 8, 8 … s"),
        (spread, "no jitter", "8 calls failed at the same moment. They came back after 0.50, 0.50"),
        (spread, "cap outside", "of **160** waits were 8 s exactly"),
        (spread, "hundredths of a second", "not rounded to a step"),
        (growing, "growth by half", "Waits drawn up to 0.5, 1, 2, 4, 8, 8 … s"),
    ],
)
def test_what_is_wrong_is_said_with_its_numbers(expect, name, said):
    for family in RIGHT.values():
        expect(waits_of(family, 1))
    with pytest.raises(Failed) as failed:
        expect(waits_of(WRONG[name][0], 1))
    assert said in f"{failed.value.observed} {failed.value.required}"
