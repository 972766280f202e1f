"""What a field of a user or a shipment may hold. A check returns a sentence for what is wrong, or None."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

Check = Callable[[Any], str | None]


def text(longest: int) -> Check:
    """A line of 1 to `longest` characters that is not all blank."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not value.strip() or len(value) > longest:
            return f"must be 1 to {longest} characters"
        # JSON may spell half of a surrogate pair ("\ud800"), which no UTF-8 answer could carry back.
        if any(c < " " or "\ud800" <= c <= "\udfff" for c in value):
            return "must be one line of printable text"
        return None

    return check


def email(value: Any) -> str | None:
    """Enough of an address to tell a slip; whether it exists only a mail can tell."""
    wrong = text(254)(value)
    if wrong is None and not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value):
        wrong = "must be an e-mail address such as amelie@example.com"
    return wrong


def country(value: Any) -> str | None:
    """Two capital letters, as in ISO 3166-1."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}", value):
        return "must be a country code of two capital letters such as FR"
    return None


def whole(smallest: int, largest: int) -> Check:
    """A whole number within bounds, both allowed."""

    def check(value: Any) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool) or not smallest <= value <= largest:
            return f"must be a whole number from {smallest} to {largest}"
        return None

    return check


def one_of(allowed: Collection[str]) -> Check:
    """One of the words given."""

    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and value in allowed else f"must be one of {', '.join(allowed)}"

    return check


def day(value: Any) -> str | None:
    """A date as YYYY-MM-DD."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return "must be a date such as 2026-03-02"


def wrong_fields(checks: Mapping[str, Check], given: Mapping[str, Any], *, all_required: bool) -> dict[str, str]:
    """What is wrong with `given`, by field; empty if nothing is. Without `all_required` a field may be left out."""
    wrong = {name: "is not a field here" for name in given if name not in checks}
    for name, check in checks.items():
        if name in given:
            sentence = check(given[name])
            if sentence is not None:
                wrong[name] = sentence
        elif all_required:
            wrong[name] = "is required"
    return wrong
