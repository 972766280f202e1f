"""Exercise 09: right answers pass whatever chance draws, and each family of jitter passes as itself."""

from __future__ import annotations

import random

import httpx
import pytest

from exercises.rungs import changed, failed, graded, rung
from keepalive.grading import load_grader
from keepalive.grading.record import RequestSeen, RunRecord
from keepalive.grading.scenarios import Failed

EXERCISE = rung("09")
HERD = next(each for each in load_grader(EXERCISE.code.grader) if each.id == "herd").prepare(1)
CLIENTS, WAITS = 12, 7
SEEDS = 2000
BACKOFF = "return random.uniform(0, min(LONGEST, FIRST * 2 ** (number - 1)))"


def doubling(nth, first=0.5, cap=8.0):
    return min(cap, first * 2**nth)


def full(draw):
    return [draw(0, doubling(nth)) for nth in range(WAITS)]


def full_counted_from_one(draw):
    return [draw(0, doubling(nth, first=1.0)) for nth in range(WAITS)]


def equal(draw):
    return [doubling(nth) / 2 + draw(0, doubling(nth) / 2) for nth in range(WAITS)]


def decorrelated(draw):
    wait, waits = 0.5, []
    for _ in range(WAITS):
        wait = min(8.0, draw(0.5, 3 * wait))
        waits.append(wait)
    return waits


def herd_that_waits(family, seed):
    """The record of twelve clients with such waits."""
    draw = random.Random(seed).uniform
    requests = []
    for client in range(CLIENTS):
        t = 0.02
        for wait in [*family(draw), 0.0]:
            number, path = len(requests), f"/parcels/{client}"
            requests.append(
                RequestSeen(number, t, client, 1, "GET", path, {}, path, httpx.Headers(), b"", 503, t + 0.02)
            )
            t += 0.02 + wait
    return RunRecord(requests, [], [], {}, 60.0, "finished", None, None, [], [], {})


def not_passed(family, seed):
    """The herd's checks that such waits do not pass, each with the misconception that is named first."""
    record, found = herd_that_waits(family, seed), {}
    for check in HERD.checks:
        try:
            check.function(record)
        except Failed:
            named = (name for name, holds in check.misconceptions.items() if holds(record))
            found[check.id.partition(".")[2]] = next(named, None)
    return found


@pytest.mark.parametrize("family", [full, full_counted_from_one, equal, decorrelated], ids=lambda each: each.__name__)
def test_no_draw_fails_a_right_family(family):
    """The bounds leave the unluckiest family one chance in 10^10; a bound that is drawn too tight shows in 2000."""
    assert [seed for seed in range(SEEDS) if not_passed(family, seed)] == []


@pytest.mark.parametrize(
    ("family", "seen"),
    [
        pytest.param(lambda draw: [doubling(n) for n in range(WAITS)], {"is_spread": "no-jitter"}, id="none"),
        pytest.param(
            lambda draw: [min(8, doubling(n, cap=99) + draw(0, 1)) for n in range(WAITS)],
            {"is_spread": "cap-after-jitter"},
            id="cap after jitter",
        ),
        pytest.param(
            lambda draw: [doubling(n) * draw(0.9, 1.1) * 0.9 for n in range(WAITS)],
            {"is_spread": None},
            id="a tenth of each wait",
        ),
        pytest.param(lambda draw: [draw(0, 1.5) for _ in range(WAITS)], {"grows": "never-grows"}, id="never grows"),
        pytest.param(
            lambda draw: [draw(0.5, 1) * doubling(n, cap=99) for n in range(WAITS)],
            {"is_capped": "no-cap"},
            id="no cap",
        ),
    ],
)
def test_what_is_no_right_family_is_seen_with_every_draw(family, seen):
    for seed in range(200):
        assert not_passed(family, seed) == seen, seed


def test_clients_that_draw_the_same_numbers_are_seen():
    for seed in range(200):
        for family in (full, equal, decorrelated):
            alike = family(random.Random(seed).uniform)
            found = not_passed(lambda draw, alike=alike: alike, 1)
            assert found.get("is_spread") == "seeded-alike" and set(found.values()) <= {"seeded-alike", None}, seed


@pytest.mark.parametrize(
    ("waits", "seen"),
    [
        pytest.param([0.5] * WAITS, {"is_spread": "fixed-wait", "grows": "fixed-wait"}, id="half a second"),
        pytest.param([8.0] * WAITS, {"is_capped": None, "is_spread": "fixed-wait"}, id="the cap from the first"),
        pytest.param([0.0] * WAITS, {"is_spread": None, "grows": None}, id="at once"),
        pytest.param([0.3 * nth for nth in range(1, 8)], {"is_spread": None}, id="by three tenths more each time"),
        pytest.param([nth / 3 for nth in range(1, 8)], {"is_spread": None}, id="by thirds"),
        pytest.param([0.5 * 1.5**nth for nth in range(WAITS)], {"is_spread": None}, id="half as long again"),
        pytest.param([doubling(nth) for nth in range(WAITS)], {"is_spread": "no-jitter"}, id="doubling"),
    ],
)
def test_nothing_is_said_of_chance_where_none_is_drawn(waits, seen):
    """Who waits by a rule is not told of seeds, and who is not kept apart is not told that they are."""
    assert not_passed(lambda draw: waits, 1) == seen


def answer_of(tmp_path, *pairs):
    """The verdict's checks, by id, of the reference with texts replaced."""
    return {check["id"]: check for check in graded(EXERCISE, changed(EXERCISE, tmp_path, *pairs))["checks"]}


def test_too_few_attempts_are_not_called_too_many(tmp_path):
    counts = answer_of(tmp_path, ("range(1, attempts + 1)", "range(1, attempts)"))["stays_down.counts"]
    assert counts["status"] == "failed" and "misconception" not in counts
    assert "`attempts=3` the server saw **2** requests, with `attempts=1` **0** requests" in counts["observed"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said", "spared"),
    [
        ("import random\n", "", "random.uniform", "`import random` is missing", {"their_mistakes.asked_once"}),
        ("came.status_code in", "came.status in", "came.status in", "no attribute 'status'", set()),
    ],
    ids=["no import", "no such attribute"],
)
def test_a_slip_is_told_before_any_belief(tmp_path, old, new, line, said, spared):
    checks = answer_of(tmp_path, (old, new))
    hit = [check for check in checks.values() if check["status"] == "failed"]
    assert len(hit) >= 10 and not spared & {check["id"] for check in hit}
    source = (tmp_path / "answer.py").read_text(encoding="utf-8").splitlines()
    for check in hit:
        assert said in check["observed"] and "misconception" not in check
        assert line in source[check["diagnosis"]["line"] - 1]


def test_a_slip_of_a_call_that_is_to_be_cancelled_is_told_as_well(tmp_path):
    ends = answer_of(tmp_path, ("        loop = asyncio.get_running_loop()\n        ends", "        ends"))[
        "cancelled.ends"
    ]
    assert "name 'loop' is not defined" in ends["observed"]


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param(
            [(BACKOFF, "return random.SystemRandom().uniform(0, min(8, 0.5 * 2 ** (number - 1)))")], id="system"
        ),
        pytest.param([(BACKOFF, "return min(8, 2 ** (number - 2)) * (0.5 + random.random() / 2)")], id="by random()"),
        pytest.param(
            [('"PUT", "DELETE"}', '"PUT", "DELETE", "TRACE"}'), ("{502, 503, 504}", "{429, 500, 502, 503, 504}")],
            id="other choices",
        ),
        pytest.param(
            [
                (
                    "            except httpx.TransportError as error:",
                    "            except (httpx.TransportError, NoSlot) as error:",
                ),
                (
                    "        if isinstance(came, httpx.ConnectError | httpx.ConnectTimeout):",
                    "        if isinstance(came, httpx.ConnectError | httpx.ConnectTimeout | NoSlot):",
                ),
            ],
            id="a full pool is repeated",
        ),
        pytest.param(
            [
                (
                    "            await asyncio.sleep(self._backoff(number))\n",
                    "            wait = self._backoff(number)\n"
                    "            if asyncio.get_running_loop().time() + wait >= ends:\n"
                    "                return answer\n"
                    "            await asyncio.sleep(wait)\n",
                )
            ],
            id="no wait that the deadline would cut off",
        ),
        pytest.param(
            [("isinstance(content, bytes | str)", "isinstance(content, bytes | bytearray | str)")], id="bytearray"
        ),
    ],
)
def test_right_answers_that_choose_otherwise_pass(tmp_path, pairs):
    answer = changed(EXERCISE, tmp_path, *pairs)
    for seed in range(5):
        assert failed(graded(EXERCISE, answer, seed)) == set(), seed


def test_a_check_is_lean():
    """What a check costs is its requests; so many take about a tenth of a second on a quiet machine."""
    scenarios = graded(EXERCISE, EXERCISE.reference)["scenarios"]
    assert len(scenarios) <= 10
    assert sum(event["kind"] == "request" for each in scenarios for event in each["timeline"]) <= 140
