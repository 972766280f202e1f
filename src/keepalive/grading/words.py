"""What a grader's messages are made of: numbers, times and outcomes in words. All of it is Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST_LISTED = 5
"""Things that a list names before it says how many more there are."""

LONGEST_TEXT = 120
"""Characters of an exception's text, or of a value, that are shown."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things: `counted(3, "request")` is "**3** requests"."""
    return f"**{number}** {noun if number == 1 else plural or noun + 's'}"


def times(number: int) -> str:
    """How often: "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def seconds(length: float) -> str:
    """A length of time, to the hundredth: "1.5 s"."""
    return f"{round(length, 2):g} s"


def listed(things: Iterable[object], last: str = "and") -> str:
    """Things in a row: "a, b and c"; of many the first five, and how many more."""
    shown = [str(each) for each in things]
    if not shown:
        return "none"
    if len(shown) > MOST_LISTED + 1:
        shown = [*shown[:MOST_LISTED], f"{len(shown) - MOST_LISTED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def code(text: object) -> str:
    """A text as code in Markdown, on one line and not too long, whatever backticks are in it."""
    line = " ".join(str(text).split())
    line = line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else "an empty text"


def outcome_words(outcome: Mapping[str, Any]) -> str:
    """What a call gave its caller, as the end of "the caller got ...": "a response with status 503"."""
    if "status" in outcome:
        return f"a response with status {outcome['status']}"
    if "raised" in outcome:
        return exception_words(outcome)
    if "still_waiting" in outcome:
        return "nothing yet" if "cancelled_at" in outcome else f"nothing in {seconds(took(outcome))}"
    if "cancelled" in outcome:
        return "a cancellation"
    kind = outcome.get("type")
    if kind == "NoneType":
        return "`None`"
    if kind == "coroutine":
        return "a coroutine that was never awaited"
    value = outcome.get("value")
    return f"an object of type {code(kind)}" if value is None else f"the value {code(repr(value))}"


def exception_words(outcome: Mapping[str, Any]) -> str:
    """The exception of an outcome with its text: "`RuntimeError: closed`", or "`ReadTimeout` (no text)"."""
    name, text = outcome["raised"][0], outcome["text"].strip()
    return code(f"{name}: {text}") if text else f"{code(name)} (no text)"


def took(outcome: Mapping[str, Any]) -> float:
    """Seconds from a call's beginning to its end."""
    return outcome["ended"] - outcome["began"]
