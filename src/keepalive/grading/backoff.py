"""Judges the waits of many calls that retry with backoff: full, equal or decorrelated jitter, or none of them.

The bounds are placed so that no draw of a right family meets them and no wrong one misses them: with eight calls of 24
waits each, the chance of either is below one in 10^9. A grader builds a `Backoff` of what it measured, and asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from keepalive.grading.scenarios import fail
from keepalive.grading.words import counted, seconds

GRACE = 0.01
"""Seconds by which a measured wait may be longer than the drawn one."""

SETTLED = 4
"""So many waits are below the cap; the later ones have reached it."""

MANY = 100
"""With so many late waits, decorrelated jitter has short ones among them."""

SLOWER = {"half as long again": lambda n: 0.5 * 1.5**n, "half a second more each time": lambda n: 0.5 * (n + 1)}
"""Growth that is too slow, as the limit of wait `n`, from 0."""


class Backoff:
    """The waits of several calls, in seconds: a row for each call, in order.

    `first`: the limit of the first wait. It doubles with each wait, up to `cap`.
    """

    def __init__(self, waits: Sequence[Sequence[float]], *, first: float = 0.5, cap: float = 8.0) -> None:
        self.waits, self.first, self.cap = [list(row) for row in waits], first, cap
        self.columns = [list(column) for column in zip(*self.waits, strict=False)]

    @property
    def all(self) -> list[float]:
        return [wait for row in self.waits for wait in row]

    @property
    def late(self) -> list[float]:
        """The waits that have reached the cap."""
        return [wait for row in self.waits for wait in row[SETTLED:]]

    @cached_property
    def decorrelated(self) -> bool:
        """Whether these are the waits of decorrelated jitter: never below `first`, and some above a doubling limit."""
        above = any(wait > self._doubled(n) + GRACE for row in self.waits for n, wait in enumerate(row))
        return (
            above and min(self.all) >= self.first - GRACE and (len(self.late) < MANY or min(self.late) < 5 * self.first)
        )

    # -- the upper side

    def limit(self, row: Sequence[float], n: int) -> float:
        """The longest that wait `n` of a row may be, from 0."""
        if self.decorrelated:
            return min(self.cap, 3 * (row[n - 1] if n else self.first))
        return self._doubled(n)

    def _doubled(self, n: int) -> float:
        return min(self.cap, self.first * 2**n)

    def too_long(self) -> tuple[int, float, float] | None:
        """The wait that is over its limit by most: its number from 1, its seconds, its limit. None: there is none."""
        over = [
            (n + 1, wait, self.limit(row, n))
            for row in self.waits
            for n, wait in enumerate(row)
            if wait > self.limit(row, n) + GRACE
        ]
        return max(over, key=lambda each: each[1] - each[2], default=None)

    # -- the lower side

    @property
    def longest(self) -> list[float]:
        """The longest first wait, the longest second and so on."""
        return [max(column) for column in self.columns]

    def too_short(self) -> bool:
        """Whether limits are too low: at the start, at the cap, between, or after it, where they begin again."""
        if max(self.late) <= self.cap * (6 / 8 if self.decorrelated else 7 / 8):
            return True
        if sum(wait <= self.first + GRACE for wait in self.longest[SETTLED:]) > 1:
            return True  # they begin again
        if self.decorrelated:
            return False
        early = self.longest[:SETTLED]
        if all(wait <= self.first * 2**n / 2 + GRACE for n, wait in enumerate(early)):
            return True
        between = list(enumerate(self.longest))[1:12]
        return any(all(wait <= slower(n) + GRACE for n, wait in between) for slower in SLOWER.values())

    # -- chance

    @property
    def alike(self) -> bool:
        """Whether all calls wait for the same time, each time."""
        return all(max(column) - min(column) < 1e-3 for column in self.columns[:SETTLED])

    @property
    def together(self) -> bool:
        """Whether calls come back together: at some early wait two in eight or more wait for the same time."""
        return any(len({round(wait, 5) for wait in column}) < 7 / 8 * len(column) for column in self.columns[:SETTLED])

    @property
    def in_steps(self) -> bool:
        """Whether late waits are the same more often than by chance, as hundredths of a second are."""
        cap = self.at_the_cap
        drawn = [wait for wait in self.late if wait not in cap]
        return len({round(wait, 6) for wait in drawn}) < len(drawn) - 3

    @property
    def narrow(self) -> bool:
        """Whether chance decides over too little: no wait is below six tenths of the longest that others had."""
        return all(wait >= 0.6 * max(column) for column in self.columns for wait in column)

    @property
    def at_the_cap(self) -> list[float]:
        """The late waits that are the cap to the last digit, if they are too many for chance."""
        exact = [wait for wait in self.late if abs(wait - self.cap) < 1e-4]
        return exact if len(exact) > 3 else []

    @property
    def steady(self) -> bool:
        """Whether every wait of every call is the same."""
        return min(self.all) > 0.01 and max(self.all) - min(self.all) < 1e-3

    @property
    def by_rule(self) -> bool:
        """Whether the first waits of a call follow a rule: hundredths, equal steps, or one factor."""
        first = self.waits[0][:SETTLED]
        steps = [later - sooner for sooner, later in pairwise(first)]
        factors = [later / max(sooner, 1e-9) for sooner, later in pairwise(first)]
        return self.in_hundredths or min(max(steps) - min(steps), max(factors) - min(factors)) < 1e-3

    @property
    def in_hundredths(self) -> bool:
        """Whether the first waits of a call are hundredths of a second, as numbers in a program are."""
        return all(abs(wait * 100 - round(wait * 100)) < 1e-3 for wait in self.waits[0][:SETTLED])

    @property
    def doubles(self) -> bool:
        """Whether the first waits of a call are numbers that double."""
        first = self.waits[0][:SETTLED]
        return self.in_hundredths and all(abs(later - 2 * sooner) < 1e-3 for sooner, later in pairwise(first))


def listed(lengths: Sequence[float]) -> str:
    """Lengths of time, each to the hundredth: "0.25, 1.50 s"."""
    return ", ".join(f"{each:.2f}" for each in lengths) + " s"


def within_limits(found: Backoff) -> None:
    """No wait is longer than its limit. Ends the check as `fail` does, like the two below."""
    if over := found.too_long():
        number, wait, limit = over
        fail(
            observed=f"Wait {number} of a call was **{seconds(wait)}**. The first waits of {len(found.waits)} calls "
            f"were {listed(found.columns[0])}.",
            required=f"At most {seconds(limit)}. The limits are {_limits(found)}; with decorrelated jitter, which "
            f"never waits less than {seconds(found.first)}, three times the previous wait or {seconds(found.cap)}.",
        )


def spread(found: Backoff) -> None:
    """Calls that failed together come back apart, at the cap too."""
    if found.together or found.narrow:
        fail(
            observed=f"{len(found.waits)} calls failed at the same moment. They came back after "
            f"{listed(found.columns[0])}, and then after {listed(found.columns[1])}.",
            required="Different times, from zero or half of the limit up to the limit.",
        )
    if found.at_the_cap:
        fail(
            observed=f"From the fifth on, **{len(found.at_the_cap)}** of {counted(len(found.late), 'wait')} were "
            f"{seconds(found.cap)} exactly. Clients at the cap come back together, again and again.",
            required="Waits at the cap that differ: the cap limits the range, and then the wait is drawn.",
        )
    if found.in_steps:
        kinds = len({round(wait, 4) for wait in found.late})
        fail(
            observed=f"From the fifth on there were {len(found.late)} waits, {kinds} different times among them.",
            required="Any time in the range, not rounded to a step.",
        )


def growing(found: Backoff) -> None:
    """The limits double, up to the cap."""
    if found.too_short():
        fail(
            observed=f"The longest first wait of {len(found.waits)} calls, the longest second one and so on were "
            f"{listed(found.longest[:7])}; the longest of all {len(found.late)} from the fifth on was "
            f"{seconds(max(found.late))}.",
            required=f"Waits drawn up to {_limits(found)}, or with decorrelated jitter up to {seconds(found.cap)}.",
        )


def _limits(found: Backoff) -> str:
    doubled = [min(found.cap, found.first * 2**n) for n in range(SETTLED + 2)]
    return f"{', '.join(f'{each:g}' for each in doubled)} … s"
