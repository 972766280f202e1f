"""What a check expects, as one line each. Every function does nothing, or ends the check as `fail` does.

    expect.response(outcome, 200, when="The second attempt was responded to with 200", required="That response.")

`when` begins the sentence of what was observed, without a full stop; `required` is what is asked for. Both are
Markdown. What a function says was observed is a number or an outcome of this run, never a cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from keepalive.grading import words
from keepalive.grading.failures import FAILURES
from keepalive.grading.record import RunRecord
from keepalive.grading.scenarios import fail

Outcome = Mapping[str, Any]
K = TypeVar("K")

GRACE = 0.1
"""Seconds that a moment may be late: round trips, and numbers that are met exactly."""

ONCE_MORE = {
    "/alone": "a call alone",
    "/at-once/1": "the first of two calls at once",
    "/at-once/2": "the second of two calls at once",
    "/next": "the next call after two at once",
    "/after-failure": "a call after one that failed",
    "/after-cancel": "a call after one that was cancelled",
}
"""The situations of `run.once_more` in a drive, by path, of which each has to go as the first did."""


def each(
    cases: Iterable[K] | Mapping[K, str], problem: Callable[[K], str | None], *, required: str, when: str = ""
) -> None:
    """Every case is as it should be.

    `problem(case)`: what is wrong with one, as the end of "a GET that got no response: ..."; None for nothing. `cases`:
    what is tried, with the words for it where they are not those of `str`.
    """
    wrong = [f"{_words(cases, case)}: {said}" for case in cases if (said := problem(case)) is not None]
    if wrong:
        begin = f"{when}. " if when else ""
        more = f"; and {len(wrong) - words.MOST_LISTED} more" if len(wrong) > words.MOST_LISTED else ""
        fail(observed=f"{begin}{_capital('; '.join(wrong[: words.MOST_LISTED]))}{more}.", required=required)


def wrong(cases: Iterable[K], problem: Callable[[K], object]) -> list[K]:
    """The cases with a problem: for the predicate of a misconception."""
    return [case for case in cases if problem(case)]


def count(seen: int, wanted: int | range, noun: str, *, when: str, required: str) -> None:
    """So many things were seen: a number, or any of a range."""
    if seen not in (wanted if isinstance(wanted, range) else (wanted,)):
        fail(observed=f"{when}, and the server saw {words.counted(seen, noun)}.", required=required)


def response(outcome: Outcome, status: int, *, when: str, required: str) -> None:
    """The caller got the response with this status."""
    if outcome.get("status") != status:
        fail(observed=f"{when}, and the caller got {words.outcome_words(outcome)}.", required=required)


def exception(outcome: Outcome, name: str, *, when: str, required: str, mentions: Iterable[str] = ()) -> None:
    """The caller got an exception of this class or of one below it, whose text has each of these words."""
    text = outcome.get("text", "").casefold()
    if name not in outcome.get("raised", []) or not all(word.casefold() in text for word in mentions):
        fail(observed=f"{when}, and the caller got {words.outcome_words(outcome)}.", required=required)


def unchanged(outcome: Outcome, name: str, *, when: str, required: str) -> None:
    """The caller got this very exception, not one that it was wrapped in, nor a copy of it, nor None."""
    cause = outcome.get("cause")
    # httpx raises those of FAILURES from one of httpcore's; a copy has httpx's own in its place, or nothing
    copied = any(name == failure.raises for failure in FAILURES.values()) and not any(
        str(each).startswith("httpcore.") for each in (cause, outcome.get("context"))
    )
    if outcome.get("raised", [None])[0] != name or copied:
        wrapped = f", raised from {words.code(cause)}" if cause else ""
        fail(observed=f"{when}, and the caller got {words.outcome_words(outcome)}{wrapped}.", required=required)


def between(length: float, least: float, most: float, *, when: str, required: str, grace: float = GRACE) -> None:
    """A length of time lies between two, with grace on both sides."""
    if not least - grace <= length <= most + grace:
        fail(observed=f"{when} **{words.seconds(length)}**.", required=required)


def given_up(outcome: Outcome, least: float, most: float, *, when: str, required: str, grace: float = GRACE) -> None:
    """The call failed by itself, not before `least` seconds and within `most`."""
    length = words.took(outcome)
    if "raised" not in outcome or not least - grace <= length <= most + grace:
        what = f"the caller got {words.outcome_words(outcome)}"
        after = "" if "still_waiting" in outcome else f" after **{words.seconds(length)}**"
        fail(observed=f"{when}, and {what}{after}.", required=required)


def waits(
    seen: Sequence[float], bounds: Sequence[tuple[float, float]], *, who: str, required: str, grace: float = GRACE
) -> None:
    """Each wait lies within its bounds, (least, most); there are as many as bounds."""
    if len(seen) != len(bounds):
        fail(observed=f"{who} waited {words.times(len(seen))}, not {words.times(len(bounds))}.", required=required)
    for number, (length, (least, most)) in enumerate(zip(seen, bounds, strict=True), 1):
        if not least - grace <= length <= most + grace:
            fail(observed=f"Wait {number} of {who} was **{words.seconds(length)}**.", required=required)


def cancelled(outcome: Outcome, *, required: str, grace: float = GRACE) -> None:
    """The call was under way when it was cancelled, and ended as cancelled at once."""
    late = outcome["ended"] - outcome["cancelled_at"]
    if "cancelled" not in outcome or late > grace:
        what = f"**{words.seconds(late)}** later it ended" if late > grace else "it ended"
        said = f"The caller cancelled the call, and {what} with {words.outcome_words(outcome)}."
        fail(observed=said, required=required)


def quiet(run: RunRecord, since: str = "quiet", *, required: str, after: str = "When all calls were over") -> None:
    """Nothing is sent, and no connection begun, from a mark on: that of `run.quiet` in a drive, or another."""
    requests, connects = run.after(since), run.connects_after(since)
    if requests or connects:
        first = min(each.t for each in requests) if requests else min(each.began_at for each in connects)
        what = words.counted(len(requests), "more request") if requests else "a new connection"
        later = words.seconds(first - run.moment(since))
        fail(observed=f"{after}, the server saw {what}, the first {later} later.", required=required)


def present(run: RunRecord, requests: int, *, required: str, when: str = "In this scenario") -> None:
    """At least so many requests arrived, a number: to be made sure of before anything is said of what is absent."""
    if len(run.requests) < requests:
        seen = words.counted(len(run.requests), "request")
        fail(observed=f"{when}, {seen} arrived, where {requests} were to be sent.", required=required)


def nothing_open(run: RunRecord, *, requests: int, required: str, when: str = "At the end") -> None:
    """Every connection was closed by the client, once at least so many requests, a number, had been served."""
    present(run, requests, required=required)
    if run.open_at_end:
        left = words.counted(len(run.open_at_end), "connection")
        fail(observed=f"{when}, {left} of {len(run.connections)} stayed open.", required=required)


def _words(cases: object, case: object) -> str:
    return str(cases[case] if isinstance(cases, Mapping) else case)


def _capital(text: str) -> str:
    return re.sub(r"^\w", lambda first: first[0].upper(), text)
