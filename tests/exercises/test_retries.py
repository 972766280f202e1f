"""Exercise 09: what is told of slips and counts, right answers that choose otherwise, and what a check costs."""

from __future__ import annotations

import pytest

from exercises.rungs import changed, failed, graded, rung

EXERCISE = rung("09")
BACKOFF = "        return random.uniform(0, min(LONGEST, FIRST * 2 ** (number - 1)))"


def checks_of(tmp_path, *pairs):
    """The verdict's checks, by id, of the reference with texts replaced."""
    return {check["id"]: check for check in graded(EXERCISE, changed(EXERCISE, tmp_path, *pairs))["checks"]}


def test_too_few_attempts_are_not_called_too_many(tmp_path):
    counts = checks_of(tmp_path, ("range(1, attempts + 1)", "range(1, attempts)"))["stays_down.counts"]
    assert counts["status"] == "failed" and "misconception" not in counts
    assert "the server saw **2** requests, with `attempts=1` **0** requests" in counts["observed"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said", "spared"),
    [
        ("import random\n", "", "random.uniform", "`import random` is missing", {"their_mistakes.asked_once"}),
        ("outcome.status_code in", "outcome.status in", "outcome.status in", "no attribute 'status'", set()),
    ],
    ids=["no import", "no such attribute"],
)
def test_a_slip_is_told_before_any_belief(tmp_path, old, new, line, said, spared):
    checks = checks_of(tmp_path, (old, new))
    hit = [check for check in checks.values() if check["status"] == "failed"]
    assert hit and not spared & {check["id"] for check in hit}
    source = (tmp_path / "answer.py").read_text(encoding="utf-8").splitlines()
    for check in hit:
        assert said in check["observed"] and "misconception" not in check
        assert line in source[check["diagnosis"]["line"] - 1]


def test_a_slip_of_a_call_that_is_to_be_cancelled_is_told_as_well(tmp_path):
    old = "        loop = asyncio.get_running_loop()\n        ends"
    ends = checks_of(tmp_path, (old, "        ends"))["cancelled.ends"]
    assert "name 'loop' is not defined" in ends["observed"]


def test_a_wait_that_is_not_drawn_is_not_called_a_seed(tmp_path):
    """A share that is drawn once for each client is none of the beliefs about seeds and caps."""
    share = (
        "        self._entered = False\n",
        "        self._entered = False\n        self._share = random.random()\n",
    )
    method = ("    @staticmethod\n    def _backoff(number", "    def _backoff(self, number")
    waits = (BACKOFF, "        return self._share * min(LONGEST, FIRST * 2 ** (number - 1))")
    checks = checks_of(tmp_path, share, method, waits)
    assert checks["herd.is_spread"]["status"] == "failed" and "misconception" not in checks["herd.is_spread"]


def test_one_slip_is_told_once(tmp_path):
    """What cannot be looked at without retries of one kind says so; the rest is looked at."""
    checks = checks_of(tmp_path, ('"HEAD", ', ""))
    assert [id for id, check in checks.items() if check["status"] == "failed"] == ["maybe_sent.is_repeated"]
    because = {id: check["because"] for id, check in checks.items() if check["status"] == "not_run"}
    assert because and set(because.values()) == {"maybe_sent.is_repeated"}


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param(
            [(BACKOFF, "        return random.SystemRandom().uniform(0, min(8, 0.5 * 2 ** (number - 1)))")], id="system"
        ),
        pytest.param(
            [(BACKOFF, "        return min(8, 2 ** (number - 2)) * (0.5 + random.random() / 2)")], id="random()"
        ),
        pytest.param(
            [("isinstance(content, bytes | str)", "isinstance(content, bytes | bytearray | str)")], id="bytearray"
        ),
        pytest.param(
            [("        return True  # never sent", "        return not self._one_shot(options)")], id="unread"
        ),
    ],
)
def test_right_answers_that_choose_otherwise_pass(tmp_path, pairs):
    answer = changed(EXERCISE, tmp_path, *pairs)
    for seed in range(2):
        assert failed(graded(EXERCISE, answer, seed)) == set(), seed


def test_a_check_is_lean():
    """What a check costs is its requests and, a quarter as much, its attempts to connect."""
    events = [event for each in graded(EXERCISE, EXERCISE.reference)["scenarios"] for event in each["timeline"]]
    assert sum(event["kind"] == "request" for event in events) <= 125
    assert sum(event["kind"] == "connect" for event in events) <= 500
