"""Numbers as they are written, and the round ones on an axis."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from keepalive.grading.timeline.scale import round_step

_SPACE = "\u00a0"
_UNIT = re.compile(r"(?:,\s*([^,()]{1,12})|\(([^()]{1,12})\))$")


def decimals(values: Iterable[float], *, within: float = 0.005) -> int:
    """How many decimals say each of the values to half a percent; small ones beside large ones less exactly."""
    values = list(values)
    peak = max(map(abs, values), default=0.0) / 50
    for digits in range(12):
        if all(abs(round(v, digits) - v) <= within * max(abs(v), peak) for v in values):
            return digits
    return 12


def written(value: float, digits: int) -> str:
    """`10 000`, `2.50`, `−3`: thousands apart by a space that does not break."""
    text = f"{abs(value):,.{digits}f}".replace(",", _SPACE)
    return f"−{text}" if value < 0 and float(text.replace(_SPACE, "")) else text


def unit_of(label: str) -> str:
    """The unit at the end of an axis label: "s" of "time, s" and of "time (s)"; "" where there is none."""
    found = _UNIT.search(label)
    return (found.group(1) or found.group(2)).strip() if found else ""


def with_unit(text: str, unit: str) -> str:
    return f"{text}{_SPACE}{unit}" if unit else text


class Axis:
    """From values to places, straight. `at(value)`; `ticks` are round values with their words."""

    def __init__(self, low: float, high: float, p0: float, p1: float, *, room: float, whole: bool = False) -> None:
        """`p0` and `p1`: the places of both ends in pixels. `room`: pixels between two ticks at least. `whole`: the
        axis goes on to the next tick at both ends, unless it ends only little after one.
        """
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            high = low + (abs(low) or 1.0)
        step = round_step((high - low) / max(1.0, abs(p1 - p0) / room))
        if whole:
            low, high = -_whole(-low, step), _whole(high, step)
        self.low, self.high, self.p0, self.p1 = low, high, p0, p1
        digits = max(0, math.ceil(-math.log10(step) - 1e-9))
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        self.ticks = [(k * step, written(k * step, digits)) for k in range(first, last + 1)]

    def at(self, value: float) -> float:
        return self.p0 + (self.p1 - self.p0) * (value - self.low) / (self.high - self.low)


def _whole(value: float, step: float) -> float:
    """The next multiple of the step, or the value itself, little after one."""
    over = value / step - math.floor(value / step + 1e-9)
    return value if over < 0.3 else math.ceil(value / step) * step
