"""From virtual time to places on the page: one straight scale, with long stretches of nothing cut short and marked.

Virtual time jumps: thirty seconds of idling stand beside answers of twenty milliseconds. Drawn straight, the answers
would be thinner than a hair. So a gap in which nothing happens is shortened, but only where leaving it at its length
would squeeze several requests into one blot: waits between single attempts are the finding, and stay as long as they
were.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

from .story import SAME, Moment, Story

#: A gap may be shortened when it is longer than this share of what is left of the span ...
_SHARE = 0.25
#: ... and this many times as long as the next gap in length.
_OUTLIER = 4.0
#: Requests closer together than this many pixels are squeezed.
_ROOM = 14.0
#: All shortened gaps together take at most this share of the width; each at least so many pixels.
_CUT_SHARE, _CUT_LEAST = 0.45, 62.0
_MOST_CUTS = 6


class Cut(NamedTuple):
    """A shortened stretch of time."""

    x0: float
    x1: float
    t0: float
    t1: float


class Tick(NamedTuple):
    x: float
    label: str


class Scale:
    """`x(moment)` for events, `at(t)` for times; `cuts` and `ticks(...)` for the axis.

    `finish` is where the scenario ends; with `until`, a later time, the scale goes on to there.
    """

    def __init__(self, story: Story, x0: float, x1: float, until: float = 0.0) -> None:
        self.x0, self.x1, self.end = x0, x1, max(story.end, until)
        self.times = sorted({0.0, *(m.t for m in story.moments), story.end, self.end})
        self.by_order = _stands_still(story)
        self.cuts: list[Cut] = []
        self._points: list[tuple[float, float]] = [(0.0, x0), (max(self.end, SAME), x1)]
        if self.by_order:
            self._columns = _columns(story)
            self._moment_times = {m.seq: m.t for m in story.moments}
            self._last = max(self._columns.values(), default=0) + 1
            self.finish = x1
        else:
            self._bend([t for t, _ in _shorten(story, self.end, x1 - x0)])
            self.finish = self.at(story.end)

    def x(self, moment: Moment) -> float:
        if self.by_order:
            return self._column_x(self._columns.get(moment.seq, self._last))
        return self.at(moment.t)

    def _column_x(self, column: int) -> float:
        return self.x0 + (self.x1 - self.x0) * column / max(self._last, 1)

    def at(self, t: float) -> float:
        """Only on a scale of time."""
        for (t0, xa), (t1, xb) in itertools.pairwise(self._points):
            if t <= t1:
                return xa + (xb - xa) * (max(t, t0) - t0) / (t1 - t0)
        return self.x1

    def _bend(self, starts: list[float]) -> None:
        gaps = [(t0, t1) for t0, t1 in itertools.pairwise(self.times) if t0 in set(starts)]
        if not gaps:
            return
        width = self.x1 - self.x0
        cut_widths = _cut_widths([t1 - t0 for t0, t1 in gaps], width)
        # Summed piece by piece: beside an hour that is cut out, a difference would lose the microseconds that are left.
        edges = [0.0, *(t for gap in gaps for t in gap), self.end]
        shown = sum(t1 - t0 for t0, t1 in zip(edges[::2], edges[1::2], strict=True))
        per_second = (width - sum(cut_widths)) / max(shown, SAME)
        points, x, t = [(0.0, self.x0)], self.x0, 0.0
        for (t0, t1), cut in zip(gaps, cut_widths, strict=True):
            x += (t0 - t) * per_second
            points.append((t0, x))
            self.cuts.append(Cut(x, x + cut, t0, t1))
            x, t = x + cut, t1
            points.append((t1, x))
        points.append((max(self.end, t + SAME), self.x1))
        self._points = [(t, min(x, self.x1)) for i, (t, x) in enumerate(points) if i == 0 or t > points[i - 1][0]]

    def segments(self) -> Iterable[tuple[float, float]]:
        """The stretches of time that are drawn straight."""
        t = 0.0
        for cut in self.cuts:
            yield t, cut.t0
            t = cut.t1
        yield t, self.end

    def ticks(self, room: float) -> list[Tick]:
        """Round times, at least `room` pixels apart on a straight stretch; the start of every stretch first."""
        if self.by_order:
            unit, times = Unit(self.end, self.end or 1.0), {}
            for seq, column in self._columns.items():
                times.setdefault(self._moment_times[seq], column)
            return [Tick(self._column_x(c), unit(t)) for t, c in times.items()]
        shown = sum(t1 - t0 for t0, t1 in self.segments())
        width = self.x1 - self.x0 - sum(c.x1 - c.x0 for c in self.cuts)
        step = round_step(shown / max(1.0, width / room)) if shown > SAME else 1.0
        unit = Unit(self.end, step)
        ticks = [Tick(self.x0, unit(0.0))]
        for t0, t1 in self.segments():
            n = math.ceil(t0 / step - SAME)
            while n * step <= t1 + SAME * max(1.0, t1):
                if n > 0:
                    ticks.append(Tick(self.at(n * step), unit(n * step)))
                n += 1
        return ticks


class Unit:
    """Labels of an axis: milliseconds below a second, seconds above, only as many decimals as the step asks for."""

    def __init__(self, span: float, step: float) -> None:
        self.milli = span < 1.0
        self.factor, self.name = (1000.0, "ms") if self.milli else (1.0, "s")
        self.decimals = max(0, min(4, math.ceil(-math.log10(step * self.factor) - SAME)))

    def __call__(self, t: float) -> str:
        return f"{t * self.factor:.{self.decimals}f} {self.name}"


def length(seconds: float) -> str:
    """A stretch of time in words: `40 ms`, `1.00 s`, `6 min 40 s`."""
    if seconds < 0.9995:
        milli = seconds * 1000
        return f"{milli:.0f} ms" if abs(milli - round(milli)) < 0.05 else f"{milli:.1f} ms"
    if seconds < 99.995:
        return f"{seconds:.2f} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def round_step(at_least: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= at_least * (1 - 1e-9))


def _shorten(story: Story, end: float, width: float) -> list[tuple[float, float]]:
    """The gaps to shorten, as (start, length). Mostly none. `end` is the axis's, maybe after the story's."""
    times = sorted({0.0, *(m.t for m in story.moments), story.end})
    gaps = sorted(((b - a, a) for a, b in itertools.pairwise(times)), key=lambda g: (-g[0], g[1]))
    begun = sorted({r.start.t for r in story.requests} | {lane.first.t for lane in story.lanes if not lane.requests})
    finished = max((m.t for m in story.moments[:-1]), default=0.0) if story.ended else story.end
    chosen: list[tuple[float, float]] = []
    for k in range(1, min(_MOST_CUTS, len(gaps)) + 1):
        shortest, following = gaps[k - 1][0], gaps[k][0] if k < len(gaps) else 0.0
        left = sum(g for g, _ in gaps[k - 1 :])
        if shortest <= SAME or shortest < _OUTLIER * following:
            continue
        if shortest < _SHARE * left:
            break
        candidates = [(start, gap) for gap, start in gaps[:k]]
        tail = k - len(chosen) == 1 and gaps[k - 1][1] >= finished - SAME
        if tail or _squeezed(candidates, chosen, begun, end, width):
            chosen = candidates
    return sorted(chosen)


def _squeezed(
    candidates: list[tuple[float, float]],
    chosen: list[tuple[float, float]],
    begun: list[float],
    end: float,
    width: float,
) -> bool:
    """Would several beginnings between the candidate gaps stand too close together as things are?"""
    lengths = [gap for _, gap in chosen]
    per_second = (width - sum(_cut_widths(lengths, width))) / max(end - sum(lengths), SAME)
    edges = sorted(start for start, _ in candidates)
    clusters: list[list[float]] = [[] for _ in range(len(edges) + 1)]
    for t in begun:
        clusters[sum(t > edge + SAME for edge in edges)].append(t)
    return any(len(c) > 1 and (c[-1] - c[0]) * per_second < _ROOM * (len(c) - 1) for c in clusters)


def _cut_widths(lengths: list[float], width: float) -> list[float]:
    """Longer gaps stay longer, within what the picture can spare."""
    if not lengths:
        return []
    least = min(_CUT_LEAST, width * _CUT_SHARE / len(lengths))
    spare = max(0.0, width * _CUT_SHARE / 2 - least * len(lengths))
    weights = [math.log1p(n / min(lengths)) for n in lengths]
    return [least + spare * w / sum(weights) for w in weights]


def _stands_still(story: Story) -> bool:
    """No time passes, or several requests begin and end within one instant: only the order is left to show."""
    if story.end <= SAME:
        return True
    instants = [r.start.t for r in story.requests if r.end is not None and r.end.t - r.start.t <= SAME]
    return len(instants) != len(set(instants))


def _columns(story: Story) -> dict[int, int]:
    """A column for every event, one beside the other; the same step of several connections at one time shares one."""
    columns: dict[int, int] = {}
    steps: dict[int, tuple[str, int]] = {}
    for lane in story.lanes:
        for step in ("opened", "ready", "tls", "ended", "closed"):
            moment = getattr(lane, step)
            if moment is not None:
                steps.setdefault(moment.seq, (step, lane.number))
        for request in lane.requests:
            steps.setdefault(request.start.seq, ("request", lane.number))
            if request.end is not None:
                steps.setdefault(request.end.seq, ("answer", lane.number))
    column, kind, at, lanes = -1, "", -1.0, set()
    for moment in story.moments:
        step, lane = steps.get(moment.seq, ("note", -1))
        if step != kind or lane in lanes or moment.t - at > SAME or step == "note":
            column, lanes = column + 1, set()
        columns[moment.seq], kind, at = column, step, moment.t
        lanes.add(lane)
    return columns
