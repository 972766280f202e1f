"""Numbers as a reader sees them, to the letter as `web/src/widgets/text.ts` writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def fixed(value: float, digits: int) -> str:
    """With so many digits behind the point. A tie goes away from zero, as in JavaScript's `toFixed`."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def milliseconds(value: float) -> str:
    """A time given in milliseconds: "80 ms", "8.24 s", "125 s"."""
    if value < 999.5:
        return f"{fixed(value, 0 if value >= 10 or value == int(value) else 1)} ms"
    digits = 2 if value < 9_995 else 1 if value < 99_950 else 0
    return f"{fixed(value / 1000, digits)} s"


def count(number: int, thing: str) -> str:
    """ "1 connection", "2 connections"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def grouped(number: int) -> str:
    """ "999", "1 000", "10 000": digits in groups of three, with no break between them."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
