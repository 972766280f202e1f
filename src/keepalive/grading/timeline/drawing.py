"""The picture: time from left to right, one row a connection."""

from __future__ import annotations

from .lanes import MOST_LANES, PAD, Bar, Lanes, Layout, Row, bars_of
from .letters import measure, shorten, wrap
from .pen import Pen, n
from .scale import Scale, Tick, length
from .story import Lane, Story
from .words import NOTE_WORDS, description, groups

_MARK_ROWS = 3
_ROW = 15.0

#: Words at a place: where, what, in which style.
_Words = list[tuple[float, str, str]]


def draw(story: Story, title: str, width: int, until: float) -> str:
    """The whole picture as an SVG element. `until`: how far the axis goes at least, in seconds."""
    pen = Pen()
    shown, folded = _choose(story.lanes)
    layout = Layout.of(story, shown, width)
    scale = Scale(story, layout.x0, layout.x1, until)
    bars = {lane.number: bars_of(lane, scale) for lane in shown}
    lanes = Lanes(story, pen, layout, scale)

    axis = _head(pen, story, title, width) + 24
    notes = _place_notes(story, layout, scale)
    top = axis + _ROW * len(notes) + (8 if notes else 4)
    bottom = top + layout.height * len(shown) + 2 if shown else top + 26

    _axis(pen, story, layout, scale, axis, bottom)
    for cut in scale.cuts:
        pen.rect(cut.x0, axis - 5, cut.x1 - cut.x0, bottom - axis + 5, "cu")
    for i, lane in enumerate(shown):
        lanes.draw(lane, bars[lane.number], top + layout.height * i)
    if not shown:
        pen.text(layout.x0, top + 14, "no connection was opened", "s")
    runs = [(axis - 5, bottom)]
    if layout.narrow and shown:
        rows = [top + layout.height * i for i in range(len(shown))]
        runs = [(axis - 5, top), *((y + layout.clear, y + layout.height - 2) for y in rows)]
    for cut in scale.cuts:
        pen.zigzag(cut.x0, runs)
        pen.zigzag(cut.x1, runs)
    _notes(pen, story, scale, axis, notes, runs)

    y = bottom + 4
    if folded:
        lanes.strip(folded, y + 8)
        y += 10
        for line in wrap(groups(folded), width - 2 * PAD, 12, lines=3):
            y += 16
            pen.text(PAD, y, line, "s")
        y += 4
    y = _key(pen, story, layout, scale, y, bars, shown)
    return pen.page(width, y + 8, title, description(story))


def _head(pen: Pen, story: Story, title: str, width: int) -> float:
    """The finding, and under it the summary."""
    y = 6.0
    for line in wrap(title, width - 2 * PAD, 15, bold=True, lines=4):
        y += 18
        pen.text(PAD, y, line, "h")
    summary = story.summary()
    if story.target and len(story.requests) > 1:
        what = shorten(story.target, (width - 2 * PAD) * 0.6, 12, middle=True)
        summary = summary.replace(" on ", f" ({what}) on ", 1)
    y += 2
    for line in wrap(summary, width - 2 * PAD, 12, lines=4):
        y += 16
        pen.text(PAD, y, line, "s")
    return y


# ---------------------------------------------------------------------- time


def _axis(pen: Pen, story: Story, layout: Layout, scale: Scale, y: float, bottom: float) -> None:
    """Labels first for what was cut out, then for round times; what would touch is left out."""
    row, at = Row(PAD / 2, layout.width - PAD / 2), y - 5
    cuts: list[tuple[float, str]] = []
    for cut in scale.cuts:
        words = length(cut.t1 - cut.t0)
        w = measure(words, 11, mono=True) * 1.02
        a = (cut.x0 + cut.x1 - w) / 2
        if row.fits(a, a + w, gap=8):
            row.take(a, a + w)
            cuts.append((a, words))
    ticks: list[tuple[Tick, float]] = []
    for tick in scale.ticks(64):
        w = measure(tick.label, 11, mono=True)
        a = min(max(tick.x - w / 2, row.x0), row.x1 - w)
        inside = any(cut.x0 + 0.5 < tick.x < cut.x1 - 0.5 for cut in scale.cuts)
        if not inside and row.fits(a, a + w, gap=8):
            row.take(a, a + w)
            ticks.append((tick, a))
    for tick, a in ticks:
        pen.line(tick.x, y, tick.x, bottom, "gr")
        pen.line(tick.x, y - 4, tick.x, y, "ax")
        pen.text(a, at, tick.label, "m")
    x = scale.x0
    for cut in scale.cuts:
        pen.line(x, y, cut.x0, y, "ax")
        x = cut.x1
    pen.line(x, y, scale.x1, y, "ax")
    for a, words in cuts:
        pen.text(a, at, words, "m mb")
    if scale.by_order and story.lanes:
        words = "no time passes: drawn in order" if scale.end <= 1e-9 else "drawn in order, not to scale"
        w = measure(words, 11)
        if row.fits(scale.x1 - w, scale.x1, gap=8):
            pen.text(scale.x1 - w, at, words, "q")


def _place_notes(story: Story, layout: Layout, scale: Scale) -> list[_Words]:
    """Diagnoses have lines of their own; marks share rows, and what finds no room there is in the words alone."""
    said = list(dict.fromkeys(note.text for note in story.notes if note.kind == "diagnosis"))
    lines: list[_Words] = []
    room = layout.width - 2 * PAD - 12
    for text in said[:2]:
        for i, words in enumerate(wrap(_plain(text), room, 12, bold=True, lines=4 if layout.narrow else 2)):
            lines.append([(PAD + 12, words, "b")] + ([(PAD, "!", "b")] if i == 0 else []))
    if len(said) > 2:
        lines.append([(PAD + 12, f"and {len(said) - 2} more", "s")])
    left = PAD if layout.narrow else layout.x0 - 4
    rows: list[tuple[Row, _Words]] = []
    for note in story.notes:
        if note.kind == "diagnosis":
            continue
        words = shorten(note.text if note.kind == "mark" else NOTE_WORDS[note.kind] + note.text, 260, 11)
        x, w = scale.x(note.at), measure(words, 11)
        for i in range(_MARK_ROWS):
            if i == len(rows):
                row = Row(left, layout.width - PAD)
                for other in story.notes:
                    row.take(scale.x(other.at), scale.x(other.at))
                rows.append((row, []))
            row, placed = rows[i]
            spot = next((a for a in (x + 6, x - 6 - w) if row.fits(a, a + w)), None)
            if spot is not None:
                row.take(spot, spot + w)
                placed.append((spot, words, "q"))
                break
    return lines + [placed for _, placed in rows if placed]


def _notes(
    pen: Pen, story: Story, scale: Scale, axis: float, lines: list[_Words], runs: list[tuple[float, float]]
) -> None:
    seen = set()
    for note in story.notes:
        x, diagnosis = scale.x(note.at), note.kind == "diagnosis"
        if (n(x), diagnosis) in seen:
            continue
        seen.add((n(x), diagnosis))
        start = axis + (_ROW * len(lines) + 4 if diagnosis else 0)  # a diagnosis has its text under the axis
        down = [(max(y0, start), y1) for y0, y1 in runs if y1 > start]
        pen.path("".join(f"M{n(x)} {n(y0)}V{n(y1)}" for y0, y1 in down), "dg" if diagnosis else "mk")
        pen.path(f"M{n(x - 4)} {n(axis)}h8l-4 6z", "ff" if diagnosis else "mf")
    for i, words in enumerate(lines):
        for x, text, css in words:
            pen.text(x, axis + 14 + _ROW * i, text, css)


# ---------------------------------------------------------------------- key


def _key(
    pen: Pen, story: Story, layout: Layout, scale: Scale, y: float, bars: dict[int, list[Bar]], shown: list[Lane]
) -> float:
    """What the shapes mean, for those that occur."""
    drawn = [bar for each in bars.values() for bar in each]
    looks = {bar.look for bar in drawn}
    slow = next((bar.look for bar in drawn if bar.body is not None and bar.look != "failed"), "")
    items = [
        ("opening", "connection being opened", any(_opening(lane, scale) >= 2.5 for lane in shown)),
        ("new", "request on a new connection", "new" in looks),
        ("kept", "request on a kept connection", "kept" in looks),
        ("failed", "request without a response", "failed" in looks),
        ("body " + slow, "response still arriving", bool(slow)),
        ("wait", "wait before another attempt", any(wait.lane.number in bars for wait in story.waits)),
    ]
    there = [(look, words) for look, words, occurs in items if occurs]
    if not there:
        return y
    x, y = PAD, y + 18
    for look, words in there:
        w = 24 + measure(words, 11)
        if x > PAD and x + w > layout.width - PAD:
            x, y = PAD, y + 17
        if look == "opening":
            pen.lead_in(x, x + 18, y - 4)
        elif look == "wait":
            pen.dots(x + 1, x + 18, y - 4)
        else:
            arriving = look.startswith("body ")
            pen.bar(look.removeprefix("body "), x, x + 18, y - 4, 10, x + 1 if arriving else None)
        pen.text(x + 24, y, words, "q")
        x += w + 16
    return y


def _opening(lane: Lane, scale: Scale) -> float:
    until = lane.usable if lane.opens else lane.ended or lane.usable
    return scale.x(until) - scale.x(lane.opened or lane.first) - (0 if lane.opens else 5)


def _choose(lanes: list[Lane]) -> tuple[list[Lane], list[Lane]]:
    """The lanes to draw, and the rest. Of those alike the first are drawn, so that the odd one is not folded away."""
    if len(lanes) <= MOST_LANES:
        return lanes, []
    seen: dict[tuple, int] = {}
    ranked = []
    for lane in lanes:
        alike = (lane.how, lane.left_open, min(len(lane.requests), 2), tuple(sorted({r.result for r in lane.requests})))
        seen[alike] = rank = seen.get(alike, 0) + 1
        ranked.append((rank, lane.number, lane))
    kept = {number for _, number, _ in sorted(ranked, key=lambda r: r[:2])[:MOST_LANES]}
    return [lane for lane in lanes if lane.number in kept], [lane for lane in lanes if lane.number not in kept]


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").replace("**", "")
