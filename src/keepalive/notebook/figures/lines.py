"""Curves with their names at their ends; what was measured as dots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from keepalive.grading.timeline.lanes import Row
from keepalive.grading.timeline.letters import wrap

from ..shown import Shown
from . import given
from .numbers import Axis, decimals, unit_of, with_unit, written
from .paper import PAD, Paper, looks
from .twin import Numbers, figure

_HEIGHT = 230.0
_MOST_ROWS = 60

Point = tuple[float, float]


def lines(
    title: str,
    series: Mapping[str, Iterable[Sequence[float]]],
    *,
    x: str,
    y: str,
    marks: Iterable[tuple[float, str]] = (),
    until: float | None = None,
    points: Collection[str] = (),
    roles: Mapping[str, str] | None = None,
) -> Shown:
    """Draw `series`: {label: [(x, y), ...]}, each a line with its label at its end.

    `x` and `y` name the axes with their units: "round-trip time, ms". `points`: labels of what was measured, drawn as
    dots. `marks`: (x, words), a dashed line across. `until`: how far the x axis goes at least. `roles`: {label: "new",
    "kept", "wait" or "failed"}; a measured series may have the role of its theory.
    """
    title, x, y = given.words(title, "title"), given.words(x, "axis label"), given.words(y, "axis label")
    read = {label: _points(each, label) for label, each in given.table(series, "series").items()}
    dots = {points} if isinstance(points, str) else {given.words(each, "label in `points`") for each in points}
    if unknown := sorted(dots - set(read)):
        raise ValueError(f"`points` names {unknown[0]!r}, and no series is called so. There are: {', '.join(read)}.")
    marks = list(marks)
    marked = [
        (given.number(at, "The place of a mark"), given.words(words, "mark"))
        for at, words in (given.pairs(marks, "`marks`") if marks else [])
    ]
    known = given.roles_of(read, roles)
    # Counted apart: the first that was measured is told from the others as the first line is.
    look = looks([each for each in read if each not in dots], known) | looks([*filter(dots.__contains__, read)], known)
    xs = [px for each in read.values() for px, _ in each] + [at for at, _ in marked]
    if until is not None:
        xs.append(given.number(until, "`until`"))
    ys = [py for each in read.values() for _, py in each]
    given.not_too_small(xs, "The x")
    given.not_too_small(ys, "The y")
    span = (_start(xs), max(xs), min(0.0, *ys), max(0.0, *ys))

    def draw(paper: Paper) -> float:
        return _draw(paper, read, look, dots, marked, x, y, span)

    return figure(title, draw, _numbers(read, marked, x, y))


def _points(each: Any, label: str) -> list[Point]:
    found = [
        (given.number(px, f"An x of {label!r}"), given.number(py, f"A y of {label!r}"))
        for px, py in given.pairs(each, f"The series {label!r}")
    ]
    return sorted(found, key=lambda point: point[0])


def _start(xs: list[float]) -> float:
    """An axis begins at 0, unless all that there is to see is far from it."""
    return 0.0 if 0 <= min(xs) <= max(xs) / 2 else min(xs)


def _draw(
    paper: Paper,
    series: dict[str, list[Point]],
    look: dict[str, str | int],
    dots: set[str],
    marks: list[tuple[float, str]],
    x: str,
    y: str,
    span: tuple[float, float, float, float],
) -> float:
    line, right = paper.line_height, paper.width - PAD
    low_x, high_x, low_y, high_y = span
    # Names at the ends, in a column of their own.
    most = paper.width * (0.34 if paper.narrow else 0.30)
    longest = max(paper.measure(word) for label in series for word in label.split())
    room = max(min(max(paper.measure(label) for label in series), most), min(longest, paper.width * 0.42)) + 1
    names = {label: wrap(label, room, paper.size, lines=5) for label in series}
    heights = {label: len(each) * line + 5 for label, each in names.items()}
    wide = max(paper.measure(each) for lines in names.values() for each in lines)
    key = 20.0 if paper.narrow else 28.0  # a sample of line or dot before the name
    x1 = right - wide - key - 16
    height = max(_HEIGHT if not paper.narrow else 210.0, sum(heights.values()) + 4)

    top = 2.0
    for each in wrap(y, paper.width - 2 * PAD, paper.size, lines=2):
        top += line
        paper.write(PAD, top, each)
    trial = Axis(low_y, high_y, height, 0, room=44, whole=True)
    x0 = PAD + max(paper.measure(words) for _, words in trial.ticks) + 7
    axis_x = Axis(low_x, high_x, x0, x1, room=56)
    rows = _rows(paper, marks, axis_x)
    top += 6 + line * (max((row for row, *_ in rows), default=-1) + 1) + 8
    bottom = top + height
    axis_y = Axis(low_y, high_y, bottom, top, room=44, whole=True)

    for value, words in axis_y.ticks:
        at = axis_y.at(value)
        paper.line(x0, at, x1, at, "ax" if value == 0 else "gr")
        paper.write(x0 - 6, at + paper.size * 0.36, words, anchor="end")
    paper.line(x0, top, x0, bottom, "ax")
    first = top - 8 - line * (max((row for row, *_ in rows), default=0))
    for row, left, at, words in rows:
        foot = first + line * row
        paper.write(left, foot, words)
        below = [first + line * r for r, a, _, said in rows if r > row and a - 3 < at < a + paper.measure(said) + 3]
        paper.broken(at, foot + 4, bottom, [(each - paper.size, each + 4) for each in below])

    ends: dict[str, Point] = {}
    for label, each in series.items():
        spots = [(axis_x.at(px), axis_y.at(py)) for px, py in each]
        ends[label] = spots[-1]
        if label not in dots:
            if len(spots) == 1:
                paper.dot(look[label], *spots[0])
            else:
                paper.curve(look[label], spots)
    for label in (each for each in series if each in dots):
        for px, py in series[label]:
            paper.dot(look[label], axis_x.at(px), axis_y.at(py))

    at_y = apart({label: ends[label][1] for label in series}, heights, top - 6, bottom + 6)
    for label in series:
        ex, ey = ends[label]
        lx, ly = x1 + 12, at_y[label]
        if lx - ex > 16 or abs(ly - ey) > 3:
            paper.line(ex + 6, ey, lx - 2, ly, "ld")
        if label in dots or len(series[label]) == 1:
            paper.dot(look[label], lx + key / 2 - 2, ly, "key")
        else:
            paper.sample(look[label], lx, ly, key - 4)
        foot = ly - (len(names[label]) - 1) * line / 2 + paper.size * 0.36
        for i, each in enumerate(names[label]):
            paper.write(lx + key, foot + i * line, each)
    return paper.axis_below(axis_x, bottom, x)


def _rows(paper: Paper, marks: list[tuple[float, str]], axis: Axis) -> list[tuple[int, float, float, str]]:
    """(row from the top, left edge, x, words) of each mark; words that would touch stand in rows of their own."""
    out: list[tuple[int, float, float, str]] = []
    rows: list[Row] = []
    for at, words in sorted(marks, key=lambda mark: -mark[0]):
        px = axis.at(at)
        said = wrap(words, paper.width - 2 * PAD, paper.size, lines=1)[0]
        w = paper.measure(said)
        spots = [px - w / 2, px - 4, px + 4 - w]
        for number in range(len(rows) + 1):
            if number == len(rows):
                rows.append(Row(PAD, paper.width - PAD))
            left = rows[number].first(spots, w)
            if left is not None:
                rows[number].take(left, left + w)
                out.append((number, left, px, said))
                break
    return out


def apart(wanted: dict[str, float], heights: dict[str, float], low: float, high: float) -> dict[str, float]:
    """Middles for blocks of these heights, as near to those wanted as can be, none over another, all within."""
    order = sorted(wanted, key=lambda label: wanted[label])
    groups: list[tuple[float, float, list[str]]] = []  # (top, height, labels)

    def settle(labels: list[str]) -> tuple[float, float, list[str]]:
        total, offset, tops = sum(heights[label] for label in labels), 0.0, []
        for label in labels:
            tops.append(wanted[label] - heights[label] / 2 - offset)
            offset += heights[label]
        return min(max(sum(tops) / len(tops), low), max(high - total, low)), total, labels

    for label in order:
        groups.append(settle([label]))
        while len(groups) > 1 and groups[-2][0] + groups[-2][1] > groups[-1][0] + 1e-9:
            last, before = groups.pop(), groups.pop()
            groups.append(settle(before[2] + last[2]))
    found = {}
    for top, _, labels in groups:
        for label in labels:
            found[label] = top + heights[label] / 2
            top += heights[label]
    return found


def _numbers(series: dict[str, list[Point]], marks: list[tuple[float, str]], x: str, y: str) -> Numbers:
    ux, uy = unit_of(x), unit_of(y)
    dx = decimals([px for each in series.values() for px, _ in each] + [at for at, _ in marks], within=1e-3)
    dy = decimals([py for each in series.values() for _, py in each], within=1e-3)

    def say_x(value: float) -> str:
        return with_unit(written(value, dx), ux)

    def say_y(value: float) -> str:
        return with_unit(written(value, dy), uy)

    said = [f"{y}, against {x}."]
    for label, each in series.items():
        (ax, ay), (bx, by) = each[0], each[-1]
        if len(each) == 1:
            said.append(f"{label}: {say_y(ay)} at {say_x(ax)}.")
            continue
        sentence = f"{label}: {say_y(ay)} at {say_x(ax)}, {say_y(by)} at {say_x(bx)}"
        low, high = min(each, key=lambda p: p[1]), max(each, key=lambda p: p[1])
        if high[1] > max(ay, by):
            sentence += f"; the highest {say_y(high[1])} at {say_x(high[0])}"
        if low[1] < min(ay, by):
            sentence += f"; the lowest {say_y(low[1])} at {say_x(low[0])}"
        said.append(sentence + ".")
    said += [f"{words}: at {say_x(at)}." for at, words in marks]

    table: dict[tuple[float, int], dict[str, float]] = {}
    for label, each in series.items():
        seen: dict[float, int] = {}
        for px, py in each:
            turn = seen[px] = seen.get(px, -1) + 1
            table.setdefault((px, turn), {})[label] = py
    every = -(-len(table) // _MOST_ROWS)
    keys = sorted(table)
    kept = [key for i, key in enumerate(keys) if i % every == 0 or key == keys[-1]]
    rows = [
        [written(px, dx), *(written(there[label], dy) if label in there else "–" for label in series)]
        for (px, _), there in ((key, table[key]) for key in kept)
    ]
    note = f"{y}, at each {x}." + (f" One row of every {every} is shown." if every > 1 else "")
    return Numbers(said, [x, *series], rows, note)
