"""When things happened: a small panel for each way of doing it, all under one axis of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from keepalive.grading.timeline.letters import wrap
from keepalive.grading.timeline.pen import n

from ..shown import Shown
from . import given
from .numbers import Axis, decimals, unit_of, with_unit, written
from .paper import PAD, Paper
from .twin import Numbers, figure

_HEIGHT = 92.0
_MOST_BINS = 2000
_ROWS = 24
_THIN = 1.5
"""Pixels: a bin that is not empty is at least so wide and high, or nobody would see it."""


def histogram(
    title: str,
    panels: Mapping[str, Iterable[float]],
    *,
    width: float,
    x: str,
    until: float | None = None,
    roles: Mapping[str, str] | None = None,
    mark: tuple[float, str] | None = None,
    what: str = "arrivals",
    own: bool = False,
) -> Shown:
    """Draw `panels`: {label: [moments]}, counted in bins of `width`, from 0 on.

    `x` names the axis with its unit: "time after the failure, s". `until`: how far it goes at least. `mark`: a moment
    and its words. `what` is counted. All panels have one scale of heights; with `own` each has its own, and the figure
    says so. The fullest bin of each has its count written on it.
    """
    title, x, what = given.words(title, "title"), given.words(x, "axis label"), given.words(what, "name of what counts")
    width = given.number(width, "`width`", least=0.0)
    given.not_too_small([width], "Bins of `width`")
    if width == 0:
        raise ValueError("`width` is 0. Give the length of one bin, in the unit of the moments.")
    moments = {
        label: [given.number(each, f"A moment of {label!r}", least=0.0) for each in given.listed(each, f"{label!r}")]
        for label, each in given.table(panels, "panels").items()
    }
    end = given.number(until, "`until`", least=0.0) if until is not None else 0.0
    at_mark = (given.number(mark[0], "`mark`", least=0.0), given.words(mark[1], "mark")) if mark is not None else None
    counts = {label: Counter(bin_of(each, width) for each in there) for label, there in moments.items()}
    last = max(max(each) for each in counts.values())
    end = max(end, (last + 1) * width, at_mark[0] if at_mark else 0.0)
    if end / width > _MOST_BINS:
        raise ValueError(f"`width` {width:g} makes {end / width:.0f} bins. Take one of {end / 200:.2g} or more.")
    labels = list(moments)
    known = given.roles_of([label for label in labels if label in given.ROLES or label in (roles or {})], roles)
    unit = unit_of(x)
    bin_words = with_unit(written(width, decimals([width], within=1e-6)), unit)
    counted = f"{what} in each {bin_words}"

    def draw(paper: Paper) -> float:
        return _draw(paper, counts, known, width, end, x, unit, counted, at_mark, own)

    return figure(title, draw, _numbers(moments, counts, width, x, unit, what, bin_words, at_mark))


def bin_of(moment: float, width: float) -> int:
    """The bin's number. A moment on the edge belongs to the bin that begins there, rounding of floats forgiven."""
    return int(moment / width + 1e-9)


def _draw(
    paper: Paper,
    counts: dict[str, Counter[int]],
    roles: dict[str, str],
    width: float,
    end: float,
    x: str,
    unit: str,
    counted: str,
    mark: tuple[float, str] | None,
    own: bool,
) -> float:
    x0, x1 = PAD + 2, paper.width - PAD - 10
    axis = Axis(0.0, end, x0, x1, room=56)
    line = paper.line_height
    note = f"bar height: {counted}" + (", each panel to its own scale" if own and len(counts) > 1 else "")
    y = 2.0
    for each in wrap(note, paper.width - 2 * PAD, paper.size, lines=3):
        y += line
        paper.write(x0, y, each)
    highest = max(max(each.values()) for each in counts.values())
    places = decimals([width], within=1e-6)
    begin, stops = 0.0, []  # where the mark's line begins, and what it leaves free
    if mark is not None:
        words = wrap(mark[1], paper.width - 2 * PAD, paper.size, lines=2)
        w, at = max(map(paper.measure, words)), axis.at(mark[0])
        left = min(max(at - w / 2, x0), paper.width - PAD - w)
        y += 6
        for each in words:
            y += line
            paper.write(left, y, each)
        begin = y + 4
    for label, each in counts.items():
        names = wrap(label, x1 - x0, paper.size, bold=True, lines=3)
        began = y + 8
        y += 8
        for name in names:
            y += line
            paper.write(x0, y, name, bold=True)
        stops.append((began, y + 4))
        full = max(each.values())
        height = _HEIGHT * (1.0 if own else full / highest)
        height = max(height, _THIN)
        top = y + 11 + line
        base = top + height
        first = min(index for index, count in each.items() if count == full)
        said = f"{written(full, 0)} at {with_unit(written(first * width, places), unit)}"
        w = paper.measure(said)
        middle = axis.at((first + 0.5) * width)
        left = min(max(middle - w / 2, x0), paper.width - PAD - w)
        paper.write(left, top - 4, said)
        if mark is not None and left - 3 < axis.at(mark[0]) < left + w + 3:
            stops.append((top - 2 - line, top))
        _bins(paper, each, roles.get(label, ""), axis, width, base, height / full)
        paper.line(x0, base, x1, base, "ax")
        y = base
    if mark is not None:
        paper.broken(axis.at(mark[0]), begin, y, stops)
    return paper.axis_below(axis, y, x)


def _bins(paper: Paper, counts: Counter[int], role: str, axis: Axis, width: float, base: float, per_one: float) -> None:
    """All bars of a panel in one path: a herd's histogram has hundreds."""
    d = []
    for index, count in sorted(counts.items()):
        a, b = axis.at(index * width), axis.at((index + 1) * width)
        if b - a > 4:
            a, b = a + 0.5, b - 0.5
        if b - a < _THIN:
            a = min((a + b - _THIN) / 2, axis.p1 - _THIN)
            b = a + _THIN
        h = max(count * per_one, _THIN)
        d.append(f"M{n(a)} {n(base)}v{n(-h)}h{n(b - a)}v{n(h)}z")
    paper.path("".join(d), "bins " + {"new": "no", "kept": "ko", "wait": "pw", "failed": "ff"}.get(role, "g0"))


def _numbers(
    moments: dict[str, list[float]],
    counts: dict[str, Counter[int]],
    width: float,
    x: str,
    unit: str,
    what: str,
    bin_words: str,
    mark: tuple[float, str] | None,
) -> Numbers:
    places = decimals([width], within=1e-6)

    def when(t: float, digits: int = places) -> str:
        return with_unit(written(t, digits), unit)

    said = []
    for label, there in moments.items():
        full = max(counts[label].values())
        first = min(index for index, count in counts[label].items() if count == full)
        fine = decimals([min(there), max(there)])
        said.append(
            f"{label}: {written(len(there), 0)} {what}, at most {written(full, 0)} in one bin of {bin_words}, that "
            f"from {when(first * width)} on; the first at {when(min(there), fine)}, the last at "
            f"{when(max(there), fine)}."
        )
    if mark is not None:
        said.append(f"{mark[1]}: at {when(mark[0], decimals([mark[0]]))}.")
    last = max(max(each) for each in counts.values())
    merged = next(k for k in _round_numbers() if (last + 1) / k <= _ROWS)
    rows = []
    for start in range(0, last + 1, merged):
        row = [sum(each[i] for i in range(start, start + merged)) for each in counts.values()]
        if any(row):
            span = f"{written(start * width, places)} to {written((start + merged) * width, places)}"
            rows.append([span, *(written(count, 0) for count in row)])
    rows.append(["all", *(written(len(there), 0) for there in moments.values())])
    note = f"Counts of {what}. Times without any are left out."
    return Numbers(said, [x, *moments], rows, note)


def _round_numbers() -> Iterable[int]:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
