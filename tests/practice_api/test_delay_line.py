"""The way from one end to the other, on a clock that only a test moves."""

from __future__ import annotations

import pytest

from keepalive.practice_api.delay_line import DelayLine
from practice_api.moved import Moved


@pytest.fixture
def clock() -> Moved:
    return Moved()


def test_each_piece_arrives_the_delay_later_in_order(clock):
    line, arrived = DelayLine(clock, 0.04), []
    line.send(lambda: arrived.append(("a", clock.now)))
    clock.to(0.01)
    line.send(lambda: arrived.append(("b", clock.now)))
    line.send(lambda: arrived.append(("c", clock.now)))
    assert arrived == []
    clock.to(10)
    assert arrived == [("a", 0.04), ("b", 0.05), ("c", 0.05)]


def test_without_a_delay_it_arrives_at_once_and_no_timer_is_set(clock):
    line, arrived = DelayLine(clock, 0.0), []
    line.send(lambda: arrived.append("a"))
    assert arrived == ["a"] and clock.waiting == 0


def test_what_waits_holds_up_what_comes_behind_it(clock):
    line, arrived = DelayLine(clock, 0.5), []
    line.send(lambda: arrived.append(("first", clock.now)), after=1.0)
    line.send(lambda: arrived.append(("second", clock.now)))
    assert line.free_at == 1.0
    clock.to(0.25)
    line.send(lambda: arrived.append(("third", clock.now)), after=2.0)
    clock.to(10)
    assert arrived == [("first", 1.5), ("second", 1.5), ("third", 3.5)]
    assert line.free_at == 10, "a line on which nothing is left is free now"


def test_held_back_is_what_has_not_left_and_cut_is_all(clock):
    line, arrived = DelayLine(clock, 1.0), []
    for name in "abc":
        line.send(lambda name=name: arrived.append(name), after=0.4)
    clock.to(0.9)  # a left at 0.4, b at 0.8, c would at 1.2
    line.hold_back()
    assert line.free_at == 0.9
    clock.to(5)
    assert arrived == ["a", "b"]
    line.send(lambda: arrived.append("d"))
    line.cut()
    clock.to(10)
    assert arrived == ["a", "b"] and clock.waiting == 0


def test_a_timer_that_goes_off_a_tick_early_is_good_enough(clock):
    clock.early = 1e-9
    line, arrived = DelayLine(clock, 0.5), []
    line.send(lambda: arrived.append(clock.now))
    clock.to(2)
    assert arrived == [0.5 - 1e-9]


def test_what_arrives_may_send_on_the_same_line(clock):
    line, arrived = DelayLine(clock, 0.5), []
    line.send(lambda: line.send(lambda: arrived.append(clock.now)))
    clock.to(2)
    assert arrived == [1.0]
