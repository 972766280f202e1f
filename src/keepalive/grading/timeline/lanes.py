"""The rows of the picture: a connection's tube, the requests inside it, and as many labels as there is room for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from .letters import measure, shorten
from .pen import Pen, n
from .scale import Scale, length
from .story import Lane, Request, Story, Wait

PAD = 10.0
#: More connections than this are folded into a line of words.
MOST_LANES = 24
#: Up to so many lanes have a row of labels of their own.
_ROOMY_LANES = 10
#: With more bars than this on one lane only those are labelled where something changes.
_MANY_BARS = 12
_ODD_ENDS = frozenset({"reset", "cut", "crossed", "refused", "abandoned"})


@dataclass(slots=True)
class Bar:
    """One request as drawn, or a run of requests too thin to draw apart."""

    x0: float
    x1: float
    requests: list[Request]
    body: float | None = None  # where the first byte of the response stands, if the body took its time

    @property
    def look(self) -> str:
        first = self.requests[0]
        return "failed" if first.failed else "new" if first.fresh else "kept"

    @property
    def notable(self) -> bool:
        return any(request.notable for request in self.requests)

    @property
    def thin(self) -> bool:
        return self.body is None and (len(self.requests) > 1 or self.x1 - self.x0 < 5)

    def short(self) -> str:
        results = list(dict.fromkeys(r.result for r in self.requests))
        said = results[0] if len(results) == 1 else f"{results[0]} to {results[-1]}"
        return said if len(self.requests) == 1 else f"{len(self.requests)} × {said}"

    def long(self, *, tail: bool) -> list[str]:
        """What it asked for and what came of it, the longest first. `tail`: the end of the path may do, too."""
        targets = list(dict.fromkeys(r.target for r in self.requests))
        if len(targets) > 1:
            return [f"requests {self.short()}"]
        said = [shorten(targets[0], room, 11, mono=True, middle=True) for room in (200.0, 120.0)]
        head, _, last = self.requests[0].path.rstrip("/").rpartition("/")
        if tail and head and last:
            said.append(f"…/{shorten(last, 60, 11, mono=True, middle=True)}")
        return [f"{what} {self.short()}" for what in dict.fromkeys(said)]


class Row:
    """A line of text, or a lane's own line: what is taken, and whether something more fits."""

    def __init__(self, x0: float, x1: float) -> None:
        self.x0, self.x1 = x0, x1
        self.taken: list[tuple[float, float]] = []

    def fits(self, a: float, b: float, gap: float = 5.0) -> bool:
        return a >= self.x0 - 0.01 and b <= self.x1 + 0.01 and all(b + gap <= c or a - gap >= d for c, d in self.taken)

    def take(self, a: float, b: float) -> None:
        self.taken.append((a, b))

    def free(self, a: float, b: float) -> None:
        self.taken.remove((a, b))

    def with_(self, taken: list[tuple[float, float]]) -> Row:
        """A copy in which these are taken, too."""
        row = Row(self.x0, self.x1)
        row.taken = self.taken + taken
        return row

    def first(self, spots: list[float], w: float) -> float | None:
        """The first of the spots where something of width `w` fits, moved into the row where it stands out of it."""
        inside = (min(max(a, self.x0), self.x1 - w) for a in spots)
        return next((a for a in inside if self.fits(a, a + w)), None)

    def gaps(self, a: float, b: float) -> list[tuple[float, float]]:
        """What is free between `a` and `b`."""
        out, x = [], a
        for c, d in sorted(self.taken):
            if d > x and c < b:
                out.append((x, min(c - 5, b)))
                x = d + 5
        return [*out, (x, b)]


@dataclass(slots=True)
class Label:
    text: str
    a: float
    b: float
    bold: bool
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are, from left to right and inside a row; a narrow page has names and endings above the lane."""

    width: int
    narrow: bool
    roomy: bool
    hosts: bool  # several, so that each lane says which
    x0: float
    x1: float
    ends: float
    height: float  # of a lane's row
    name: float  # these three: below the top of the row
    label: float
    middle: float
    thick: float

    @classmethod
    def of(cls, story: Story, shown: list[Lane], width: int) -> Layout:
        narrow, roomy = width < 560, len(shown) <= _ROOMY_LANES
        hosts = len({lane.host for lane in story.lanes if lane.host}) > 1
        if narrow:
            x0, x1, ends = PAD + 4, width - PAD - 16, width - PAD
            rows = (54.0, 13.0, 27.0, 40.0, 13.0) if roomy else (34.0, 13.0, 28.0, 24.0, 9.0)
        else:
            names = [measure(lane.name, 12, bold=True) for lane in shown]
            names += [measure(_host(lane), 11) for lane in shown] if hosts else []
            said = [measure(lane.ending, 12, bold=_odd(lane)) for lane in shown]
            x0 = PAD + min(150.0, max(names, default=0)) + 16
            ends = width - PAD - max(said, default=0)
            x1 = ends - (22 if any(lane.left_open for lane in shown) else 14)
            rows = (41.0, 31.0, 13.0, 27.0, 13.0) if roomy else (20.0, 14.0, 14.0, 10.0, 9.0)
        return cls(width, narrow, roomy, hosts, x0, x1, ends, *rows)

    @property
    def clear(self) -> float:
        """Down to here a narrow row has words above the lane, which nothing may cross."""
        return 16.0 if self.narrow else 0.0


def bars_of(lane: Lane, scale: Scale) -> list[Bar]:
    """The lane's requests as bars; runs of them that are too thin to be told apart become one."""
    bars: list[Bar] = []
    for request in sorted(lane.requests, key=lambda r: r.start.seq):
        x0 = scale.x(request.start)
        x1 = scale.x(request.end) if request.end is not None else scale.finish
        body = None
        if request.first_byte is not None and not scale.by_order:
            at = scale.at(request.first_byte)
            body = at if x1 - at >= 8 else None
        bar = Bar(x0, x1, [request], body)
        last = bars[-1] if bars else None
        if last and bar.thin and last.thin and _alike(last, bar) and x0 - last.x1 < 2:
            last.requests.append(request)
            last.x1 = max(last.x1, x1)
            continue
        bars.append(bar)
    for bar, following in itertools.zip_longest(bars, bars[1:]):
        limit = scale.x1 + 4 if following is None else following.x0
        bar.x1 = max(bar.x1, min(bar.x0 + 3.5, max(limit - 0.8, bar.x0 + 1.5)))
        if bar.x1 - bar.x0 > 5:
            bar.x1 -= 1.0
        over = max(0.0, bar.x1 - max(scale.finish, bar.x0 + 1.5))
        bar.x0, bar.x1 = bar.x0 - over, bar.x1 - over
    return bars


class Lanes:
    """Draws rows with a pen, on a layout, along a scale."""

    def __init__(self, story: Story, pen: Pen, layout: Layout, scale: Scale) -> None:
        self._story, self._pen, self._layout, self._scale = story, pen, layout, scale
        # Where lines run down through all rows: no label may lie across one.
        self._crossing = [x + dx for cut in scale.cuts for x in (cut.x0, cut.x1) for dx in (-2, 2)]
        self._crossing += [scale.x(note.at) for note in story.notes]
        self._one_method = len({request.method for request in story.requests}) == 1

    def draw(self, lane: Lane, bars: list[Bar], y: float) -> None:
        layout, scale, middle = self._layout, self._scale, y + self._layout.middle
        self._names(lane, y + layout.name)
        self._tube(lane, middle)
        line = Row(layout.x0 - 4, layout.x1 + 6)
        for bar in bars:
            self._pen.bar(bar.look, bar.x0, bar.x1, middle, layout.thick, bar.body)
            line.take(bar.x0, bar.x1)
        opened = scale.x(lane.opened or lane.first)
        line.take(opened, max(scale.x(lane.usable), opened + 4))
        if lane.ended is not None:
            line.take(scale.x(lane.ended) - 3, scale.x(lane.ended) + 3)
        if lane.left_open:
            line.take(scale.finish, scale.finish + 16)
        short = self._waits([wait for wait in self._story.waits if wait.lane is lane], middle, line)
        if layout.roomy:
            above = Row(0, layout.width) if layout.narrow else Row(layout.x0 - 4, layout.x1 + 8)
            for x in self._crossing:
                above.take(x, x)
            labels = self._above(bars, short, above)
        else:
            for x in self._crossing:
                line.take(x, x)
            labels = self._beside(bars, line)
        for label in labels:
            self._pen.text(label.a, y + layout.label, label.text, "m mb" if label.bold else "m")

    def strip(self, folded: list[Lane], y: float) -> None:
        """The requests of the lanes that are not drawn, all on one thin line."""
        seen = set()
        for lane in folded:
            for bar in bars_of(lane, self._scale):
                key = (n(bar.x0), n(bar.x1), bar.look)
                if key not in seen:
                    seen.add(key)
                    self._pen.sliver(bar.look, bar.x0, bar.x1, y)

    # ------------------------------------------------------------------ a lane

    def _names(self, lane: Lane, y: float) -> None:
        layout, pen = self._layout, self._pen
        usual = "b" if layout.roomy else "s"
        ending = "b" if _odd(lane) else "e" if layout.roomy else "s"
        if layout.narrow:
            where = f" to {_host(lane)}" if layout.hosts and layout.roomy else ""
            room = layout.width - 3 * PAD - measure(lane.ending, 12, bold=True)
            pen.text(PAD, y, shorten(lane.name + where, room / 1.12, 12), usual)
            pen.text(layout.ends, y, lane.ending, ending, end=True)
            return
        if layout.hosts and layout.roomy:
            pen.text(PAD, y - 4, lane.name, usual)
            pen.text(PAD, y + 10, shorten(_host(lane), layout.x0 - PAD - 10, 11), "q")
        else:
            pen.text(PAD, y, lane.name, usual)
        pen.text(layout.ends, y, lane.ending, ending)

    def _tube(self, lane: Lane, y: float) -> None:
        """The lead-in while it was being opened, the tube while it was there, and a sign for how it ended."""
        scale, pen, tube = self._scale, self._pen, self._layout.thick + 5
        top, x0 = y - tube / 2, scale.x(lane.opened or lane.first)
        if not lane.opens:
            x1 = scale.x(lane.ended) if lane.ended else x0
            pen.lead_in(x0, max(x1 - 5, x0), y)
            pen.cross(max(x1, x0 + 4), y, 4.5)
            return
        x1 = max(scale.x(lane.ended) if lane.ended is not None else scale.finish, x0 + 2)
        usable = min(scale.x(lane.usable), x1)
        pen.lead_in(x0, usable, y)
        if lane.ended is None:  # nobody closed it: no right end
            pen.path(f"M{n(x1)} {n(top)}H{n(usable)}v{n(tube)}H{n(x1)}", "tu")
            pen.goes_on(x1, y)
            return
        pen.rect(usable, top, x1 - usable, tube, "tu")
        if lane.how == "client":
            pen.line(x1, top - 1, x1, top + tube + 1, "en")
            return
        if lane.how in ("reset", "cut"):
            pen.cross(x1, y, 4.5)
        else:
            pen.ring(x1, y, 3.6, "en")
        after = scale.x(lane.closed) if lane.closed is not None else scale.finish
        if after - x1 > 8 and (lane.closed is not None or lane.left_open):
            pen.line(x1 + 6, y, after, y, "mk")
            if lane.closed is not None:
                pen.line(after, top + 3, after, top + tube - 3, "en")
        if lane.left_open:
            pen.goes_on(scale.finish, y)

    def _waits(self, waits: list[Wait], y: float, line: Row) -> list[tuple[float, Wait]]:
        """Dots with the length in their midst. Returned: the middles of those too short for it, for the row above."""
        short = []
        for wait in waits:
            a, b = self._scale.x(wait.start) + 3, self._scale.x(wait.end) - 2
            if b - a < 3:
                continue
            middle = (a + b) / 2
            said = length(wait.length)
            for words in (f"waited {said}", said, _shorter(said)):
                w = measure(words, 11, mono=True)
                left, right = middle - w / 2, middle + w / 2
                if w + 8 <= b - a and line.fits(left, right, gap=3.5) and not self._crossed(left, right):
                    self._pen.text(left, y + 4, words, "m")
                    line.take(left, right)
                    break
            else:
                short.append((middle, wait))
            for x0, x1 in line.gaps(a, b):  # another task may have used the connection meanwhile
                if x1 - x0 >= 2:
                    self._pen.dots(x0, x1, y)
            self._pen.path(f"M{n(a - 1)} {n(y - 5)}v10M{n(b)} {n(y - 5)}v10", "we")
            line.take(a, b)
        return short

    def _crossed(self, a: float, b: float) -> bool:
        return any(a - 3 < x < b + 3 for x in self._crossing)

    # ------------------------------------------------------------------ labels

    def _telling(self, bars: list[Bar]) -> list[Bar]:
        """The bars to label, the most important first. A long row of equal numbers tells nothing."""
        order = range(len(bars))
        edges = (0, len(bars) - 1)
        if len(bars) > _MANY_BARS:
            order = [i for i in order if i in edges or bars[i].short() != bars[i - 1].short()]
        return [bars[i] for i in sorted(order, key=lambda i: (not bars[i].notable, i not in edges, i))]

    def _above(self, bars: list[Bar], short: list[tuple[float, Wait]], row: Row) -> list[Label]:
        """Every bar gets its status where there is room, then the whole request where there is more."""
        labels: list[Label] = []
        for bar in self._telling(bars):
            w = measure(bar.short(), 11, mono=True)
            spots = [bar.x0, (bar.x0 + bar.x1 - w) / 2, bar.x0 - 3, bar.x0 + 6, bar.x0 - 5 - w]
            self._put(labels, row, bar.short(), spots, bar)
        for middle, wait in short:
            for words in (length(wait.length), _shorter(length(wait.length))):
                if self._put(labels, row, words, [middle - measure(words, 11, mono=True) / 2], None):
                    break
        of_bars = [label for label in labels if label.bar is not None]
        self._lengthen(of_bars, row, each=len(bars) > _MANY_BARS)
        return of_bars + [label for label in labels if label.bar is None]

    def _beside(self, bars: list[Bar], line: Row) -> list[Label]:
        labels: list[Label] = []
        whole = self._story.target is None or len(self._story.requests) == 1
        for bar in self._telling(bars):
            for text in [*bar.long(tail=self._one_method), bar.short()] if whole else [bar.short()]:
                before = bar.x0 - 5.5 - measure(text, 11, mono=True)
                spots = [bar.x1 + 5.5, bar.x1 + 9.5, before, before - 4]
                if self._put(labels, line, text, spots, bar):
                    break
        return labels

    def _put(self, labels: list[Label], row: Row, text: str, spots: list[float], bar: Bar | None) -> bool:
        w = measure(text, 11, mono=True)
        a = row.first(spots, w)
        if a is None:
            return False
        row.take(a, a + w)
        labels.append(Label(text, a, a + w, bar is not None and bar.notable, bar))
        return True

    def _lengthen(self, labels: list[Label], row: Row, *, each: bool) -> None:
        """Say the request where its status stands: for all in the same way, or for `each` as it fits."""
        labels.sort(key=lambda label: label.a)
        for label in labels:
            row.free(label.a, label.b)
        tail = self._one_method and self._story.target is None
        longer = [label.bar.long(tail=tail) for label in labels if label.bar]
        if not each:
            for n in range(max(map(len, longer), default=0)):
                wanted = [texts[min(n, len(texts) - 1)] for texts in longer]
                placed = self._together(list(zip(labels, wanted, strict=True)), row)
                if placed is not None:
                    labels[:] = placed
                    return
            if self._one_method:
                return
        taken = [(label.a, label.b) for label in labels]
        for i, (label, texts) in enumerate(zip(labels, longer, strict=True)):
            others = row.with_(taken[:i] + taken[i + 1 :])
            for text in texts:
                spot = self._spot(label, text, others)
                if spot is not None:
                    label.text, (label.a, label.b) = text, spot
                    taken[i] = spot
                    break

    def _together(self, wanted: list[tuple[Label, str]], row: Row) -> list[Label] | None:
        """All of them with these texts, or None."""
        placed: list[Label] = []
        for label, text in wanted:
            spot = self._spot(label, text, row.with_([(each.a, each.b) for each in placed]))
            if spot is None:
                return None
            placed.append(Label(text, *spot, label.bold, label.bar))
        return placed

    def _spot(self, label: Label, text: str, row: Row) -> tuple[float, float] | None:
        assert label.bar is not None
        w = measure(text, 11, mono=True)
        a = row.first([label.bar.x0, label.bar.x0 + 6, label.bar.x1 - w], w)
        return None if a is None else (a, a + w)


def _alike(one: Bar, other: Bar) -> bool:
    return (one.look, one.notable) == (other.look, other.notable)


def _shorter(words: str) -> str:
    """`1 s` for `1.00 s`."""
    number, _, unit = words.partition(" ")
    return f"{number.rstrip('0').rstrip('.')} {unit}" if "." in number else words


def _odd(lane: Lane) -> bool:
    return lane.left_open or lane.how in _ODD_ENDS


def _host(lane: Lane) -> str:
    return shorten(lane.host, 140, 11, middle=True) if lane.host else "?"
