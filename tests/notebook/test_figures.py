"""Plots: that they show the numbers they were given, at every size, and can be read."""

from __future__ import annotations

import itertools
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepalive.grading.timeline.letters import measure
from keepalive.notebook import bars, histogram, lines
from keepalive.notebook.figures.histogram import bin_of
from keepalive.notebook.figures.lines import apart
from keepalive.notebook.figures.numbers import Axis, decimals, unit_of, written
from keepalive.notebook.figures.paper import STYLE
from notebook_hosts import HOSTS
from report.conftest import browser, shown  # noqa: F401  fixtures

SVG = "{http://www.w3.org/2000/svg}"
PIXEL = 0.11
"""Places are written to a tenth of a pixel."""

# ---- reading a picture ---------------------------------------------------------------------------------------------


@dataclass
class Text:
    words: str
    x0: float
    x1: float
    foot: float
    size: float

    @property
    def box(self):
        return self.x0, self.foot - self.size * 0.78, self.x1, self.foot + self.size * 0.22


class Picture:
    """One of a figure's drawings."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        self.width, self.height = map(float, self.root.get("viewBox").split()[2:])
        self.narrow = self.width < 560
        self.texts = [self._text(each) for each in self.root.iter(f"{SVG}text")]

    def _text(self, each: ET.Element) -> Text:
        classes = each.get("class").split()
        size = {"t": 13.0, "u": 12.0}[classes[0]]
        parts = [(each.text or "", "b" in classes), *((span.text, False) for span in each)]
        w = sum(measure(words, size, bold=bold) for words, bold in parts)
        x = float(each.get("x")) - {"end": w, "middle": w / 2}.get(each.get("text-anchor"), 0.0)
        return Text("".join(words for words, _ in parts), x, x + w, float(each.get("y")), size)

    def classed(self, name: str) -> list[ET.Element]:
        return [each for each in self.root.iter() if name in (each.get("class") or "").split()]

    def rects(self, name: str) -> list[tuple[float, float, float, float]]:
        """(x, y, width, height)"""
        return [tuple(float(each.get(k)) for k in ("x", "y", "width", "height")) for each in self.classed(name)]

    def all_lines(self, name: str = "") -> list[tuple[float, float, float, float]]:
        """(x1, y1, x2, y2)"""
        found = [each for each in self.root.iter(f"{SVG}line") if name in ("", each.get("class"))]
        return [tuple(float(each.get(k)) for k in ("x1", "y1", "x2", "y2")) for each in found]

    def axis_x(self) -> list[tuple[float, float]]:
        """(place, value) of the ticks of the axis below."""
        upright = [line for line in self.all_lines("ax") if line[0] == line[2]]
        ticks = [line for line in upright if abs(line[3] - line[1] - 4) < PIXEL]
        out = []
        for x, y, _, _ in ticks:
            row = [each for each in self.texts if y + 8 < each.foot < y + 24 and each.x0 - 1 <= x <= each.x1 + 1]
            assert len(row) == 1, (x, row)
            out.append((x, value(row[0].words)))
        return out


def value(words: str) -> float:
    return float(words.replace("\u00a0", "").replace("−", "-"))


def pictures(figure) -> list[Picture]:
    return [Picture(svg) for svg in re.findall(r"<svg\b.*?</svg>", figure._repr_html_(), re.S)]


class _Table(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows, self.caption, self._in = [], "", ""
        self.feed(html[html.index("<table") : html.index("</table>")])

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            assert tag == "td" or dict(attrs)["scope"] in ("col", "row")
        self._in = tag

    def handle_data(self, data):
        if self._in in ("th", "td"):
            self.rows[-1][-1] += data
        if self._in == "caption":
            self.caption += data


def table(figure) -> list[list[str]]:
    found = _Table(figure._repr_html_())
    assert found.caption
    return found.rows


def touching(boxes: list[tuple[float, float, float, float]]) -> list:
    return [
        (a, b)
        for a, b in itertools.combinations(boxes, 2)
        if a[0] < b[2] - 0.5 and b[0] < a[2] - 0.5 and a[1] < b[3] - 0.5 and b[1] < a[3] - 0.5
    ]


def legible(picture: Picture) -> None:
    """No text outside or over another; no shape outside."""
    for text in picture.texts:
        x0, y0, x1, y1 = text.box
        assert x0 >= -0.5 and y0 >= -0.5 and x1 <= picture.width + 0.5 and y1 <= picture.height + 0.5, text
    clash = touching([text.box for text in picture.texts])
    assert not clash, [(t.words, t.box) for t in picture.texts if any(t.box in pair for pair in clash)]
    for x, y, w, h in picture.rects("bar"):
        assert x >= 0 and y >= 0 and x + w <= picture.width and y + h <= picture.height
    for x1, y1, x2, y2 in picture.all_lines():
        assert min(x1, x2) >= 0 and max(x1, x2) <= picture.width
        assert min(y1, y2) >= 0 and max(y1, y2) <= picture.height


# ---- what is drawn at random -----------------------------------------------------------------------------------------

LABELS = st.text("abc mnoW-12.,é", min_size=1, max_size=30).map(lambda s: " ".join(s.split())).filter(bool)
SHORT = st.sampled_from(["new", "kept", "wait", "failed", "queue", "in httpx, with one pool", "a", "b b", "Wide Words"])
AMOUNT = st.one_of(st.integers(0, 20_000), st.floats(0.001, 5_000), st.sampled_from([0, 1, 0.5, 1e6]))
SINGLE = st.dictionaries(LABELS, AMOUNT, min_size=1, max_size=6)
SERIES = st.dictionaries(
    LABELS,
    st.dictionaries(SHORT, AMOUNT, min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)
RANDOM = settings(max_examples=40, deadline=None, derandomize=True)


def flat(rows) -> list[tuple[str, str, float]]:
    return [
        (label, name, v)
        for label, row in rows.items()
        for name, v in (row.items() if isinstance(row, dict) else [("", row)])
    ]


@RANDOM
@given(st.one_of(SINGLE, SERIES))
def test_bars_are_as_long_as_their_numbers(rows):
    figure = bars("The finding", rows, unit="round trips")
    every = flat(rows)
    most = max(v for _, _, v in every)
    for picture in pictures(figure):
        legible(picture)
        drawn = picture.rects("bar")
        assert len(drawn) == len(every)
        longest = max(w for _, _, w, _ in drawn)
        for (_, _, v), (x, _, w, _) in zip(every, drawn, strict=True):
            assert abs(w - (longest * v / most if most else 0)) <= 2 * PIXEL
            assert x == drawn[0][0]
        assert len({(y, h) for _, y, _, h in drawn}) == len(every)
        assert not touching([(x, y, x + w, y + h) for x, y, w, h in drawn])
        # Each has its number at its end or right above it, and no text lies on a bar.
        digits = decimals(v for _, _, v in every)
        for (_, name, v), (x, y, w, h) in zip(every, drawn, strict=True):
            said = written(v, digits) + (f" {name}" if name else "")
            near = [
                t
                for t in picture.texts
                if t.words == said and ((abs(t.x0 - (x + w + 6)) < 1 and y < t.foot < y + h) or abs(t.foot - y + 4) < 1)
            ]
            assert near, said
        assert not [t for t in picture.texts for x, y, w, h in drawn if w and touching([t.box, (x, y, x + w, y + h)])]
        for place, at in picture.axis_x():
            assert not most or abs(place - (drawn[0][0] + longest * at / most)) <= 3 * PIXEL


@RANDOM
@given(st.one_of(SINGLE, SERIES))
def test_the_numbers_of_bars_stand_in_table_text_and_description(rows):
    figure = bars("The finding", rows, unit="round trips")
    digits = decimals(v for _, _, v in flat(rows))
    head, *body = table(figure)
    text, desc = repr(figure), pictures(figure)[0].root.find(f"{SVG}desc").text
    assert [row[0] for row in body] == list(rows)
    for label, name, v in flat(rows):
        row = next(row for row in body if row[0] == label)
        assert row[head.index(name) if name else 1] == written(v, digits)
        assert any(line.startswith(label) and written(v, digits) in line for line in text.splitlines())
        assert f"{name or label}" in desc and written(v, digits) in desc
    assert "The finding" in text and "round trips" in text and "round trips" in desc


XS = st.one_of(st.integers(0, 200), st.floats(0.01, 500))
CURVE = st.lists(st.tuples(XS, st.one_of(st.integers(-50, 900), st.floats(0.01, 3000))), min_size=1, max_size=12)
CURVES = st.dictionaries(LABELS, CURVE, min_size=1, max_size=6)


def spots(picture: Picture, axis_x, axis_y, points):
    return [(axis_x(x), axis_y(y)) for x, y in sorted(points, key=lambda p: p[0])]


def scale_of(pairs: list[tuple[float, float]]):
    """A straight scale through two ticks that are far from one another."""
    (p0, v0), (p1, v1) = min(pairs, key=lambda p: p[1]), max(pairs, key=lambda p: p[1])
    return lambda v: p0 + (p1 - p0) * (v - v0) / (v1 - v0)


def axis_y(picture: Picture) -> list[tuple[float, float]]:
    """(place, value) of the lines that go across, and of the number to their left."""
    across = [line for line in picture.all_lines() if line[1] == line[3]]
    out = []
    for x1, y, x2, _ in across:
        said = [t for t in picture.texts if abs(t.x1 - (x1 - 6)) < 0.5 and abs(t.foot - y - t.size * 0.36) < 0.5]
        if said and x2 - x1 > 40:
            out.append((y, value(said[0].words)))
    return out


@RANDOM
@given(CURVES, st.booleans(), st.lists(st.tuples(XS, LABELS), max_size=4))
def test_points_lie_where_they_belong(series, measured, marks):
    dots = [label for i, label in enumerate(series) if i % 2 == 0] if measured else []
    figure = lines("The finding", series, x="round-trip time, ms", y="time, ms", points=dots, marks=marks)
    for picture in pictures(figure):
        legible(picture)
        ticks_x, ticks_y = picture.axis_x(), axis_y(picture)
        if len(ticks_x) < 2 or len(ticks_y) < 2:
            continue
        to_x, to_y = scale_of(ticks_x), scale_of(ticks_y)
        # A tenth of a pixel at each tick, carried on to the rest of the axis.
        near = 4 * PIXEL

        def same(drawn, wanted, near=near):
            assert len(drawn) == len(wanted)
            for (ax, ay), (bx, by) in zip(drawn, wanted, strict=True):
                assert abs(ax - bx) <= near and abs(ay - by) <= near, (drawn, wanted)

        curves = [each for each in picture.classed("l") if "key" not in each.get("class").split()]
        as_curve = [label for label in series if label not in dots and len(series[label]) > 1]
        assert len(curves) == len(as_curve)
        for label, curve in zip(as_curve, curves, strict=True):
            drawn = [tuple(map(float, pair.split())) for pair in curve.get("d")[1:].split("L")]
            same(drawn, spots(picture, to_x, to_y, series[label]))
        single = [label for label in series if label not in dots and len(series[label]) == 1]
        as_dots = [*single, *(label for label in series if label in dots)]
        drawn = [
            tuple(map(float, re.match(r"M(\S+) ([-\d.]+)", each.get("d")).groups())) for each in picture.classed("dot")
        ]
        same(drawn, [spot for label in as_dots for spot in spots(picture, to_x, to_y, series[label])])


@RANDOM
@given(CURVES)
def test_every_line_has_its_name_and_its_numbers(series):
    figure = lines("The finding", series, x="round-trip time, ms", y="time, ms")
    head, *body = table(figure)
    assert head[1:] == list(series)
    dx = decimals((x for each in series.values() for x, _ in each), within=1e-3)
    dy = decimals((y for each in series.values() for _, y in each), within=1e-3)
    there = {(row[0], i, row[i]) for row in body for i in range(1, len(head))}
    text = repr(figure)
    for i, (label, points) in enumerate(series.items(), 1):
        assert label in text
        for x, y in points:
            assert (written(x, dx), i, written(y, dy)) in there
            assert written(y, dy) in text
    for picture in pictures(figure):
        said = " ".join(text.words for text in picture.texts)
        for label in series:
            assert label.split()[0][:3] in said


MOMENTS = st.lists(st.one_of(st.floats(0, 30), st.integers(0, 30), st.just(1.0)), min_size=1, max_size=300)
PANELS = st.dictionaries(LABELS, MOMENTS, min_size=1, max_size=4)


def columns(path: ET.Element) -> list[tuple[float, float, float, float]]:
    """(x, base, width, height) of each bar of a panel."""
    out = []
    for part in path.get("d").rstrip("z").split("z"):
        x, base, up, w, down = map(float, re.match(r"M(\S+) ([-\d.]+)v(\S+)h(\S+)v(\S+)", part).groups())
        assert up == -down
        out.append((x, base, w, down))
    return out


@RANDOM
@given(PANELS, st.sampled_from([0.1, 0.25, 0.5, 1, 5]), st.booleans(), st.booleans())
def test_a_panels_bars_are_its_counts(panels, width, own, marked):
    mark = (2.5, "the server is up again") if marked else None
    figure = histogram("They return", panels, width=width, x="time after the failure, s", own=own, mark=mark)
    for picture in pictures(figure):
        legible(picture)
        paths = picture.classed("bins")
        assert len(paths) == len(panels)
        to_x = scale_of(picture.axis_x())
        tallest = max(h for path in paths for _, _, _, h in columns(path))
        highest = 0
        for moments in panels.values():
            counts = [sum(1 for m in moments if bin_of(m, width) == b) for b in {bin_of(m, width) for m in moments}]
            highest = max(highest, *counts)
        for path, moments in zip(paths, panels.values(), strict=True):
            numbers = sorted({bin_of(m, width) for m in moments})
            counts = {b: sum(1 for m in moments if bin_of(m, width) == b) for b in numbers}
            drawn = columns(path)
            assert len(drawn) == len(numbers)
            scale = tallest / (max(counts.values()) if own else highest)
            for (x, base, w, h), b in zip(drawn, numbers, strict=True):
                assert abs(h - max(counts[b] * scale, 1.5)) <= 2 * PIXEL
                assert abs(x + w / 2 - to_x((b + 0.5) * width)) <= 1.0
                assert base == drawn[0][1] and x >= 0 and x + w <= picture.width
            # The fullest is named right above the tallest bar, and no other words lie on the bars.
            said = [t for t in picture.texts if t.words.startswith(f"{written(max(counts.values()), 0)} at ")]
            top = drawn[0][1] - max(h for *_, h in drawn)
            assert any(0 < top - t.foot < 8 for t in said)
            boxes = [(x, base - h, x + w, base) for x, base, w, h in drawn]
            assert not [t for t in picture.texts for box in boxes if touching([t.box, box])]
        if marked:
            lines_of_it = picture.classed("mk")
            assert lines_of_it and all(abs(float(each.get("x1")) - to_x(2.5)) < 3 * PIXEL for each in lines_of_it)
            for each in lines_of_it:
                x, a, b = float(each.get("x1")), float(each.get("y1")), float(each.get("y2"))
                assert not [t for t in picture.texts if touching([t.box, (x - 1, a, x + 1, b)])]


@RANDOM
@given(PANELS, st.sampled_from([0.1, 0.5, 1]))
def test_a_panels_counts_stand_in_table_and_text(panels, width):
    figure = histogram("They return", panels, width=width, x="time after the failure, s")
    head, *body, last = table(figure)
    assert head[1:] == list(panels) and len(body) <= 24
    for i, (label, moments) in enumerate(panels.items(), 1):
        assert sum(int(value(row[i])) for row in body) == int(value(last[i])) == len(moments)
        for row in body:
            low, high = map(value, row[0].split(" to "))
            assert int(value(row[i])) == sum(1 for m in moments if low - 1e-7 <= m < high - 1e-7)
        fullest = max(sum(1 for m in moments if bin_of(m, width) == b) for b in {bin_of(m, width) for m in moments})
        said = " ".join(repr(figure).split())
        assert (
            " ".join(f"{label}: {written(len(moments), 0)} arrivals, at most {written(fullest, 0)} in".split()) in said
        )


def test_a_herd_of_ten_thousand_stands_beside_those_who_spread_out():
    doubling = [1.0] * 10_000
    jitter = [i / 10_000 * 8 for i in range(10_000)]
    figure = histogram("They return", {"doubling": doubling, "jitter": jitter}, width=0.1, x="time, s")
    for picture in pictures(figure):
        one, many = map(columns, picture.classed("bins"))
        assert len(one) == 1 and len(many) == 80
        assert abs(one[0][3] - 92) < PIXEL and {h for *_, h in many} == {1.5}
        assert {"10\u00a0000 at 1.0\u00a0s", "125 at 0.0\u00a0s"} <= {text.words for text in picture.texts}
    assert len(figure._repr_html_()) < 25_000


def test_what_subtraction_leaves_is_no_reason_for_digits():
    figure = lines("a", {"b": [(2.7e-17, 0.1), (1, 600.0), (2, 5.6e-17)]}, x="time, s", y="n")
    assert [row[1:] for row in table(figure)[1:]] == [["0.1"], ["600.0"], ["0.0"]]


def test_edges_of_bins_forgive_floats():
    assert [bin_of(k * 0.1, 0.1) for k in range(100)] == list(range(100))
    assert bin_of(0.1 + 0.2, 0.1) == 3


# ---- scales and words ------------------------------------------------------------------------------------------------


def test_most_and_until_make_figures_comparable():
    short, long = bars("a", {"a": 2}, unit="s", most=10), bars("a", {"a": 10}, unit="s")
    for one, other in zip(pictures(short), pictures(long), strict=True):
        # The number at the end is narrower, and its room with it.
        assert 0.18 < one.rects("bar")[0][2] / other.rects("bar")[0][2] < 0.23
    assert bars("a", {"a": 12}, unit="s", most=10)
    for picture in pictures(lines("a", {"a": [(0, 1), (1, 2)]}, x="time, s", y="n", until=100)):
        assert max(v for _, v in picture.axis_x()) == 100
    for picture in pictures(histogram("a", {"a": [1]}, width=1, x="time, s", until=20)):
        assert max(v for _, v in picture.axis_x()) == 20


@RANDOM
@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6), st.floats(40, 600))
def test_ticks_are_round_and_within(low, span, pixels):
    axis = Axis(low, low + span, 0, pixels, room=40)
    for at, words in axis.ticks:
        assert -0.01 <= axis.at(at) <= pixels + 0.01
        assert math.isclose(value(words), at, rel_tol=1e-6, abs_tol=1e-9)
    places = [axis.at(at) for at, _ in axis.ticks]
    assert all(b - a >= 39 for a, b in itertools.pairwise(places))


@RANDOM
@given(st.lists(st.tuples(st.floats(0, 200), st.floats(15, 60)), min_size=1, max_size=8))
def test_names_at_the_ends_stand_apart_and_near(given_):
    wanted = {str(i): at for i, (at, _) in enumerate(given_)}
    heights = {str(i): h for i, (_, h) in enumerate(given_)}
    total = sum(heights.values())
    high = max(220.0, total)
    found = apart(wanted, heights, 0.0, high)
    boxes = sorted((found[k] - heights[k] / 2, found[k] + heights[k] / 2) for k in found)
    assert boxes[0][0] >= -1e-6 and boxes[-1][1] <= high + 1e-6
    assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(boxes))
    assert sorted(found, key=found.get) == sorted(wanted, key=lambda k: (wanted[k], int(k)))
    if not touching([(0, wanted[k] - heights[k] / 2, 1, wanted[k] + heights[k] / 2) for k in wanted]) and all(
        heights[k] / 2 <= wanted[k] <= high - heights[k] / 2 for k in wanted
    ):
        assert all(abs(found[k] - wanted[k]) <= 1 for k in wanted)


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [
        (10_000, 0, "10\u00a0000"),
        (2.5, 2, "2.50"),
        (-3, 0, "−3"),
        (-0.001, 1, "0.0"),
        (1e6, 1, "1\u00a0000\u00a0000.0"),
    ],
)
def test_numbers_as_written(number, digits, words):
    assert written(number, digits) == words


@pytest.mark.parametrize(
    ("values", "digits"),
    [([1, 2, 3], 0), ([2.0, 1.02], 2), ([0.5, 12.25], 1), ([600.0, 0.5251], 1), ([0.0123], 4), ([0], 0)],
)
def test_as_many_decimals_as_tell_them_apart(values, digits):
    assert decimals(values) == digits


@pytest.mark.parametrize(
    ("label", "unit"),
    [("time, s", "s"), ("time (ms)", "ms"), ("connections at once", ""), ("time, after all of the failures", "")],
)
def test_the_unit_of_a_label(label, unit):
    assert unit_of(label) == unit


# ---- looks -----------------------------------------------------------------------------------------------------------


def test_the_same_things_look_the_same():
    [wide, _] = pictures(bars("a", {"a": {"new": 9, "kept": 9, "wait": 9, "failed": 9, "x": 9, "y": 9}}, unit="s"))
    assert [each.get("class").split()[1] for each in wide.classed("bar")] == ["no", "ko", "wo", "fo", "g0", "gh"]
    assert wide.classed("sk") and wide.classed("ws") and wide.classed("fs")
    renamed = bars("a", {"first": 3, "second": 3}, unit="s", roles={"first": "new", "second": "kept"})
    assert [each.get("class") for each in pictures(renamed)[0].classed("bar")] == ["bar no", "bar ko"]
    [wide, _] = pictures(
        lines(
            "a",
            {"new": [(0, 0), (1, 1)], "seen": [(1, 1)]},
            x="s",
            y="s",
            points=["seen"],
            roles={"seen": "new"},
        )
    )
    assert wide.classed("ln") and all("on" in each.get("class").split() for each in wide.classed("dot"))
    [wide, _] = pictures(histogram("a", {"b": [1]}, width=1, x="time, s", roles={"b": "failed"}))
    assert wide.classed("bins")[0].get("class") == "bins ff"


def test_six_series_without_a_role_are_told_apart_by_form_alone():
    names = list("abcdef")
    [wide, _] = pictures(lines("a", {name: [(0, i), (1, i)] for i, name in enumerate(names)}, x="s", y="s"))
    forms = [each.get("stroke-dasharray") for each in wide.classed("l") if "key" not in each.get("class").split()]
    assert len(set(forms)) == 6
    dots = {name: [(0, i)] for i, name in enumerate(names)}
    [wide, _] = pictures(lines("a", dots, x="s", y="s", points=names))
    forms = [re.sub(r"^M\S+ [-\d.]+", "", each.get("d")) + each.get("class") for each in wide.classed("dot")]
    assert len(set(forms)) == 6
    [wide, _] = pictures(bars("a", {"a": dict.fromkeys(names, 5)}, unit="s"))
    inside = [each for each in wide.root if each.tag in (f"{SVG}rect", f"{SVG}path", f"{SVG}line")]
    hatches, current = [], None
    for each in inside:
        classes = each.get("class").split()
        if classes[0] == "bar":
            current = [classes[1]]
            hatches.append(current)
        elif current is not None and classes[0] in ("gx", "gd"):
            current.append(f"{classes[0]} {'v' in (each.get('d') or '')}")
    assert len({tuple(each) for each in hatches}) == 6
    with pytest.raises(ValueError, match="7 series without a role, from 'a' to 'g'"):
        bars("a", {"a": dict.fromkeys("abcdefg", 5)}, unit="s")


def test_a_figure_is_one_picture_shown_in_one_of_two_sizes():
    html = lines("A & B <finding>", {"a <b>": [(0, 1), (1, 2)]}, x="time, s", y="n")._repr_html_()
    assert html.count("<svg") == 2 and html.count("<style>") == 3  # the output's, the figure's, the drawing's
    assert html.count('role="img"') == 2 and "<figure" in html and "<details" in html and " open" not in html
    assert not re.search(r"<script|\sid=|\son\w+=|url\(|https?://(?!www\.w3\.org/2000/svg)|@import|\n", html)
    for svg in re.findall(r"<svg\b.*?</svg>", html):
        root = ET.fromstring(svg)
        assert root.find(f"{SVG}title").text == "A & B <finding>"
        assert "a <b>: 1 at 0\u00a0s, 2 at 1\u00a0s." in root.find(f"{SVG}desc").text
    assert html.count("A &amp; B &lt;finding&gt;") == 3  # caption, and the title of both


def test_the_same_numbers_give_the_same_bytes():
    code = (
        "from keepalive.notebook import bars, histogram, lines\n"
        "print(bars('a', {'a': {'new': 1, 'x': 2}}, unit='s')._repr_html_())\n"
        "print(lines('a', {'a': [(0, 1), (1, 2)], 'b': [(0, 2)]}, x='s', y='s', points={'b', 'a'})._repr_html_())\n"
        "print(histogram('a', {'a': [1, 2]}, width=1, x='s')._repr_html_())\n"
    )
    one, other = (
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    )
    assert one == other and b"<figure" in one


def test_every_rule_of_the_drawings_style_is_its_own():
    rules = STYLE.replace("@media (prefers-color-scheme:dark){", "").split("}")
    assert all(
        part.strip().startswith(".@") for rule in rules if rule.strip() for part in rule.split("{")[0].split(",")
    )


# ---- wrong use -------------------------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")
PLAIN = {"x": "time, s", "y": "n"}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bars("", {"a": 1}, unit="s"), "empty title"),
        (lambda: bars("t", {"a": 1}, unit=" "), "empty unit"),
        (lambda: bars("t", {}, unit="s"), "no rows"),
        (lambda: bars("t", [1, 2], unit="s"), "dict of label and values, not list"),
        (lambda: bars("t", {"TLS": NAN}, unit="s"), "'TLS' is nan"),
        (lambda: bars("t", {"TLS": {"new": INF}}, unit="s"), "'new' of the row 'TLS' is inf"),
        (lambda: bars("t", {"TLS": -1}, unit="s"), "'TLS' is -1, and less than 0"),
        (lambda: bars("t", {"TLS": "many"}, unit="s"), "'TLS' is 'many'"),
        (lambda: bars("t", {"TLS": None}, unit="s"), "'TLS' is None"),
        (lambda: bars("t", {"a": {"new": 1}, "b": 2}, unit="s"), "row 'b' is a number where others have series"),
        (lambda: bars("t", {"a": {}}, unit="s"), "no series in the row 'a'"),
        (lambda: bars("t", {"a": 1, "a ": 2}, unit="s"), "Two rows are called 'a'"),
        (lambda: bars("t", {"a": 1e15}, unit="s"), "another unit"),
        (lambda: bars("t", {"a": 1e-12, "b": 0}, unit="s"), "The numbers are at most 1e-12"),
        (lambda: bars("t", {"a": 1}, unit="s", roles={"b": "new"}), "names 'b', and no series"),
        (lambda: bars("t", {"a": 1}, unit="s", roles={"a": "blue"}), "A role is one of: new, kept, wait, failed"),
        (lambda: bars("t", {"a": 1}, unit="s", most=NAN), "`most` is nan"),
        (lambda: lines("t", {}, **PLAIN), "no series"),
        (lambda: lines("t", {"a": []}, **PLAIN), "The series 'a' is empty"),
        (lambda: lines("t", {"a": [1, 2]}, **PLAIN), "'a' has 1 where a pair is wanted"),
        (lambda: lines("t", {"a": [(1, 2, 3)]}, **PLAIN), r"'a' has \(1, 2, 3\)"),
        (lambda: lines("t", {"a": [(1, NAN)]}, **PLAIN), "A y of 'a' is nan"),
        (lambda: lines("t", {"a": [(INF, 1)]}, **PLAIN), "An x of 'a' is inf"),
        (lambda: lines("t", {"a": [(1, 1)]}, **PLAIN, points=["b"]), "`points` names 'b'"),
        (lambda: lines("t", {"a": [(1, 1)]}, **PLAIN, marks=[(NAN, "m")]), "The place of a mark is nan"),
        (lambda: lines("t", {"a": [(1, 1)]}, **PLAIN, marks=[3]), "`marks` has 3"),
        (lambda: histogram("t", {}, width=1, x="s"), "no panels"),
        (lambda: histogram("t", {"a": []}, width=1, x="s"), "'a' is empty"),
        (lambda: histogram("t", {"a": [1, NAN]}, width=1, x="s"), "A moment of 'a' is nan"),
        (lambda: histogram("t", {"a": [-0.1]}, width=1, x="s"), "A moment of 'a' is -0.1"),
        (lambda: histogram("t", {"a": 3}, width=1, x="s"), "'a' is int. Give a list"),
        (lambda: histogram("t", {"a": [1]}, width=0, x="s"), "`width` is 0"),
        (lambda: histogram("t", {"a": [1]}, width=-1, x="s"), "`width` is -1"),
        (lambda: histogram("t", {"a": [9000]}, width=0.01, x="s"), "900001 bins. Take one of 45 or more"),
    ],
)
def test_a_mistake_is_said_with_its_place(call, says):
    with pytest.raises(ValueError, match=says) as refused:
        call()
    assert str(refused.value).endswith(".")


def test_iterators_and_numbers_of_other_kinds_are_welcome():
    from decimal import Decimal
    from fractions import Fraction

    histogram("t", {"a": (each for each in (1, Fraction(1, 2)))}, width=Decimal("0.5"), x="s")
    lines("t", {"a": ((i, Decimal(i)) for i in range(3))}, **PLAIN, marks=iter([(1, "m")]))
    bars("t", {"a": Fraction(1, 3), 2: 1}, unit="s")


# ---- in a browser ----------------------------------------------------------------------------------------------------


def several() -> str:
    made = [
        bars(
            "A kept one costs less",
            {"TLS 1.2": {"new": 4, "kept": 1}, "plain": {"wait": 2, "failed": 3}},
            unit="round trips",
        ),
        bars("Without", {"a client for each call": 600, "one client, all of the time": 20}, unit="connections"),
        lines(
            "A handshake costs round trips",
            {"theory": [(0, 0), (150, 450)], "measured": [(0, 3), (80, 250), (150, 460)], "kept": [(0, 0), (150, 150)]},
            x="round-trip time, ms",
            y="time until the answer, ms",
            points=["measured"],
            marks=[(80, "another continent")],
        ),
        histogram(
            "They come back together",
            {"doubling": [1.0] * 99, "jitter": [i / 9 for i in range(99)]},
            width=0.1,
            x="time after the failure, s",
            mark=(2, "up again"),
        ),
    ]
    return "".join(each._repr_html_() for each in made) + made[0]._repr_html_()


@pytest.mark.parametrize("host", HOSTS)
def test_axe_finds_nothing(shown, host):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page = shown(host, several(), width=700)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("host", ["site-dark", "lab-light"])
@pytest.mark.parametrize(("width", "kind"), [(320, "ka-v-narrow"), (700, "ka-v-wide")])
def test_letters_are_large_enough_and_nothing_is_too_wide(shown, host, width, kind):  # noqa: F811
    page = shown(host, several(), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = page.evaluate(
        """() => {
          const seen = [...document.querySelectorAll('.ka-v-fig svg')].filter((each) => each.getClientRects().length);
          return seen.map((each) => {
            const scale = each.getBoundingClientRect().width / each.viewBox.baseVal.width;
            const sizes = [...each.querySelectorAll('text')].map((text) => parseFloat(getComputedStyle(text).fontSize));
            return { kind: each.parentElement.className, letters: scale * Math.min(...sizes) };
          });
        }"""
    )
    assert len(seen) == 5 and {each["kind"] for each in seen} == {kind}
    assert all(each["letters"] >= 11 for each in seen), seen


@pytest.mark.parametrize("host", ["site-light", "site-dark", "lab-dark"])
def test_marks_stand_out_from_the_page(shown, host):  # noqa: F811
    page = shown(host, several(), width=700)
    ratios = page.evaluate(
        """() => {
          const parse = (colour) => {
            const [r, g, b, a] = colour.match(/[\\d.]+/g).map(Number);
            return [[r, g, b], a ?? 1];
          };
          const light = (rgb) => {
            const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
            const [r, g, b] = rgb.map(part);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const [paper, covers] = parse(getComputedStyle(document.body).backgroundColor);
          const ground = covers ? paper : [255, 255, 255];
          const seen = (css, name) => [...document.querySelectorAll(css)].map((each) => {
            const style = getComputedStyle(each), [rgb, a] = parse(style[name]), all = a * style[name + 'Opacity'];
            const mixed = rgb.map((v, i) => v * all + ground[i] * (1 - all));
            const [low, high] = [light(mixed), light(ground)].sort((x, y) => x - y);
            return [css, (high + 0.05) / (low + 0.05)];
          });
          return [...seen('.bar.no, .bar.ko, .bins, .pg', 'fill'), ...seen('.l, .fs, .wl, .ws, .go', 'stroke')];
        }"""
    )
    assert len(ratios) > 15
    assert all(ratio >= 3 for _, ratio in ratios), ratios


def test_the_numbers_are_reached_by_keyboard(shown):  # noqa: F811
    page = shown("site-light", several(), width=320)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "The numbers"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ka-v-scroll"
    assert page.locator("table.ka-v-table").first.is_visible()
