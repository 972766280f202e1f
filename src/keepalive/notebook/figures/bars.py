"""Horizontal bars: the value at the end of each, its label beside or above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepalive.grading.timeline.letters import wrap

from ..shown import Shown
from . import given
from .numbers import Axis, decimals, with_unit, written
from .paper import PAD, Paper, looks
from .twin import Numbers, figure

_BAR, _STEP, _BETWEEN = 18.0, 23.0, 10.0


def bars(
    title: str,
    rows: Mapping[str, Any],
    *,
    unit: str,
    most: float | None = None,
    digits: int | None = None,
    roles: Mapping[str, str] | None = None,
) -> Shown:
    """Draw `rows`: {label: number}, or {label: {series: number}}.

    `unit` names what is counted, for the axis. `most`: how far the scale goes at least; give figures that are compared
    the same. `digits`: decimals of the numbers written. `roles`: {series or label: "new", "kept", "wait" or "failed"}.
    """
    title, unit = given.words(title, "title"), given.words(unit, "unit")
    several, values = _read(rows)
    names = list(dict.fromkeys(name for row in values.values() for name in row)) if several else list(values)
    if several:
        look = looks(names, given.roles_of(names, roles))
    else:
        known = given.roles_of([name for name in names if name in given.ROLES or name in (roles or {})], roles)
        look = {name: known.get(name, 0) for name in names}
    every = [value for row in values.values() for value in row.values()]
    given.not_too_small(every, "The numbers")
    top = max([*every, given.number(most, "`most`", least=0.0) if most is not None else 0.0])
    places = decimals(every) if digits is None else max(0, min(12, int(digits)))

    def draw(paper: Paper) -> float:
        return _draw(paper, values, several, look, unit, top, places)

    return figure(title, draw, _numbers(values, several, unit, places))


def _read(rows: Any) -> tuple[bool, dict[str, dict[str, float]]]:
    """Whether there are several series, and {label: {series: value}}."""
    rows = given.table(rows, "rows")
    several = [isinstance(row, Mapping) for row in rows.values()]
    if any(several) and not all(several):
        odd = next(label for label, each in zip(rows, several, strict=True) if not each)
        raise ValueError(f"The row {odd!r} is a number where others have series. Give every row as {{series: number}}.")
    if not all(several):
        return False, {label: {label: given.number(v, f"The row {label!r}", least=0.0)} for label, v in rows.items()}
    return True, {
        label: {
            name: given.number(value, f"{name!r} of the row {label!r}", least=0.0)
            for name, value in given.table(row, f"series in the row {label!r}").items()
        }
        for label, row in rows.items()
    }


def _draw(
    paper: Paper,
    values: dict[str, dict[str, float]],
    several: bool,
    look: dict[str, str | int],
    unit: str,
    top: float,
    places: int,
) -> float:
    right = paper.width - PAD
    ends = {
        (label, name): (written(value, places), f" {name}" if several else "")
        for label, row in values.items()
        for name, value in row.items()
    }
    widest = max(paper.measure(number, bold=True) + paper.measure(name) for number, name in ends.values())
    beside = not paper.narrow
    room = (paper.width - 2 * PAD) * (0.34 if beside else 1.0)
    labels = {label: wrap(label, room, paper.size, bold=several, lines=3) for label in values}
    x0 = PAD
    if beside:
        x0 += max(paper.measure(line, bold=several) for lines in labels.values() for line in lines) + 12
    # Where the words at the end would take half the room, they stand above their bar.
    above = widest + 8 > 0.5 * (right - x0)
    x1 = right - (6 if above else widest + 10)
    step = _STEP + (paper.line_height if above else 0)
    axis = Axis(0.0, top, x0, x1, room=72)

    y, drawn = 4.0, []
    for label, row in values.items():
        lines = labels[label]
        if beside:
            tall = max(len(row) * step, len(lines) * paper.line_height + 4)
            foot = y + (paper.line_height + 13 if above else _BAR / 2 + paper.size * 0.36)
            for i, line in enumerate(lines):
                paper.write(x0 - 8, foot + i * paper.line_height, line, bold=several, anchor="end")
        else:
            for i, line in enumerate(lines):
                paper.write(x0, y + paper.size + i * paper.line_height, line, bold=several)
            y += len(lines) * paper.line_height + 3
            tall = len(row) * step
        for i, (name, value) in enumerate(row.items()):
            drawn.append((label, name, axis.at(value), y + i * step))
        y += tall + _BETWEEN
    y -= _BETWEEN - 2

    for value, _ in axis.ticks:
        paper.line(axis.at(value), 2, axis.at(value), y, "gr")
    for label, name, end, at in drawn:
        number, series = ends[label, name]
        if above:
            at += paper.line_height
            foot, x = at - 4, x0
        else:
            foot, x = at + _BAR / 2 + paper.size * 0.36, end + 6
        paper.block(look[name], x0, end, at, _BAR)
        paper.pair(x, foot, number, series)
    paper.line(x0, 2, x0, y, "ax")
    return paper.axis_below(axis, y, unit)


def _numbers(values: dict[str, dict[str, float]], several: bool, unit: str, places: int) -> Numbers:
    if not several:
        said = "; ".join(f"{label}: {with_unit(written(row[label], places), unit)}" for label, row in values.items())
        rows = [[label, written(row[label], places)] for label, row in values.items()]
        return Numbers([f"{said}."], ["", unit], rows, f"In {unit}.", told=False)
    names = list(dict.fromkeys(name for row in values.values() for name in row))
    said = "; ".join(
        f"{label}: " + ", ".join(f"{name} {written(value, places)}" for name, value in row.items())
        for label, row in values.items()
    )
    rows = [
        [label, *(written(row[name], places) if name in row else "–" for name in names)]
        for label, row in values.items()
    ]
    return Numbers([f"In {unit}. {said}."], ["", *names], rows, f"In {unit}.", told=False)
