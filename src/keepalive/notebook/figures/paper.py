"""The paper a plot is drawn on: the timeline's pen and its looks, with hatches and dashes for what has no role.

Form says what colour says: a role has its colour and the pattern that it has in a timeline; what has no role has the
colour of the text and a hatch or a dash of its own.
"""

from __future__ import annotations

import hashlib
import math
from html import escape

from keepalive.grading.timeline.lanes import Row
from keepalive.grading.timeline.letters import measure, wrap
from keepalive.grading.timeline.pen import STYLE as TIMELINE
from keepalive.grading.timeline.pen import Pen, n

from .numbers import Axis

#: Pixels at full size: a picture that is shown from 560 pixels on, and one for everything narrower. The style sheet
#: scales each by no more than an eighth down, so the smallest letters are 11 pixels high.
WIDE, NARROW = 640, 288
PAD = 4.0

STYLE = (
    TIMELINE.replace("max-width:100%;", "", 1)
    + """.@ .t{font-size:13px}
.@ .u{font-size:12px}
.@ .wo{fill:var(--w);fill-opacity:.2}
.@ .wl{stroke:var(--w);stroke-width:2}
.@ .g0{fill:currentColor;fill-opacity:.62}
.@ .gh{fill:currentColor;fill-opacity:.05}
.@ .go{stroke:currentColor;stroke-opacity:.85;stroke-width:1.5}
.@ .gx{stroke:currentColor;stroke-opacity:.7;stroke-width:1.2}
.@ .gd{stroke:currentColor;stroke-opacity:.8;stroke-width:2.2;stroke-linecap:round;stroke-dasharray:.1 5}
.@ .l{stroke-width:2.4;stroke-linejoin:round}
.@ .ln{stroke:var(--n)}
.@ .lk{stroke:var(--k)}
.@ .lw{stroke:var(--w)}
.@ .lf{stroke:var(--f)}
.@ .lg{stroke:currentColor;stroke-opacity:.8}
.@ .pn{fill:var(--n)}
.@ .pk{fill:var(--k)}
.@ .pw{fill:var(--w)}
.@ .pf{fill:var(--f)}
.@ .pg{fill:currentColor}
.@ .on{stroke:var(--n)}
.@ .ok{stroke:var(--k)}
.@ .ow{stroke:var(--w)}
.@ .of{stroke:var(--f)}
.@ .og{stroke:currentColor}
.@ .o{stroke-width:2}
.@ .ld{stroke:currentColor;stroke-opacity:.45;stroke-dasharray:1 3}
"""
)

_ROLE_LETTER = {"new": "n", "kept": "k", "wait": "w", "failed": "f"}
_ROLE_DASH = {"new": "9 4", "kept": "", "wait": "1.5 4", "failed": "3 3"}
_DASHES = ("", "2 3", "10 3 2 3", "14 4", "5 3", "4 2 1 2")

#: The middle is where the path begins.
_DOTS = {
    "disc": ("M{x} {y}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "p"),
    "ring": ("M{x} {y}m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z", "o o"),
    "cross": ("M{x} {y}m-3.5 -3.5l7 7m0 -7l-7 7", "o o"),
    "square": ("M{x} {y}m-3.5 -3.5h7v7h-7z", "p"),
    "triangle": ("M{x} {y}m0 -4.6l4.4 7.8h-8.8z", "p"),
    "diamond": ("M{x} {y}m0 -4.8l4.8 4.8l-4.8 4.8l-4.8 -4.8z", "o o"),
}
_ROLE_DOT = {"kept": "disc", "new": "ring", "failed": "cross", "wait": "triangle"}
_OTHER_DOT = ("disc", "square", "diamond", "cross", "triangle", "ring")


class Paper(Pen):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width, self.narrow = width, width < 560
        self.size, self.letters = (12.0, "u") if self.narrow else (13.0, "t")
        self.line_height = 15.0 if self.narrow else 16.0

    def measure(self, text: str, *, bold: bool = False) -> float:
        return measure(text, self.size, bold=bold)

    def write(self, x: float, y: float, text: str, *, bold: bool = False, anchor: str = "start") -> None:
        """A line of text, its foot at `y`."""
        css = f"{self.letters} b" if bold else self.letters
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._out.append(f'<text class="{css}" x="{n(x)}" y="{n(y)}"{where}>{escape(text)}</text>')

    def pair(self, x: float, y: float, number: str, name: str) -> None:
        """A number, and what it is of."""
        rest = f'<tspan font-weight="400">{escape(name)}</tspan>' if name else ""
        self._out.append(f'<text class="{self.letters} b" x="{n(x)}" y="{n(y)}">{escape(number)}{rest}</text>')

    def axis_below(self, axis: Axis, y: float, label: str) -> float:
        """Ticks, their words and the axis's label under a plot that ends at `y`; returns the picture's height."""
        self.line(axis.p0, y, axis.p1, y, "ax")
        row, foot = Row(PAD / 2, self.width - PAD / 2), y + 6 + self.size
        for value, words in axis.ticks:
            at, w = axis.at(value), self.measure(words)
            left = min(max(at - w / 2, row.x0), row.x1 - w)
            if row.fits(left, left + w, gap=8):
                row.take(left, left + w)
                self.line(at, y, at, y + 4, "ax")
                self.write(left + w / 2, foot, words, anchor="middle")
        for line in wrap(label, self.width - 2 * PAD, self.size, lines=3):
            foot += self.line_height + 1
            left = min(axis.p0, self.width - PAD - self.measure(line))
            self.write(max(left, PAD), foot, line)
        return foot + 6

    def broken(self, x: float, y0: float, y1: float, gaps: list[tuple[float, float]]) -> None:
        """A mark's line from top to bottom that leaves out where words stand."""
        y = y0
        for a, b in [*sorted(gaps), (y1, y1)]:
            if a - y > 2:
                self.line(x, y, x, a, "mk")
            y = max(y, b)

    def block(self, look: str | int, x0: float, x1: float, top: float, height: float) -> None:
        """A bar. `look`: a role, or the number of a series without one."""
        w = max(x1 - x0, 0.0)
        if look == "new":
            self.rect(x0, top, w, height, "bar no")
            if w > 3:
                self._stripes(x0, top, w, height)
        elif look == "kept":
            self.rect(x0, top, w, height, "bar ko")
        elif look == "failed":
            self.rect(x0, top, w, height, "bar fo")
            self._edge(x0, top, w, height, "fs", 2)
        elif look == "wait":
            self.rect(x0, top, w, height, "bar wo")
            self._edge(x0, top, w, height, "wl", 2)
            if w > 12:
                self.line(x0 + 7, top + height / 2, x1 - 5, top + height / 2, "ws")
        elif look == 0:
            self.rect(x0, top, w, height, "bar g0")
        else:
            self.rect(x0, top, w, height, "bar gh")
            self._edge(x0, top, w, height, "go", 1.5)
            self._hatch(int(look), x0, top, w, height)

    def _edge(self, x: float, y: float, w: float, h: float, css: str, stroke: float) -> None:
        if w > 0:
            self.rect(x + stroke / 2, y + stroke / 2, max(w - stroke, 0.1), h - stroke, css)

    def _hatch(self, kind: int, x: float, y: float, w: float, h: float) -> None:
        if w <= 5:
            return
        if kind in (2, 4):
            steps = range(1, math.ceil(w / 6))
            self.path("".join(f"M{n(x + 6 * k)} {n(y)}v{n(h)}" for k in steps), "gx")
        if kind == 3:
            for share in (0.3, 0.7):
                self.line(x + 5, y + h * share, x + w - 3, y + h * share, "gd")
        if kind in (4, 5):
            for share in (1 / 3, 2 / 3):
                self.line(x, y + h * share, x + w, y + h * share, "gx")

    def curve(self, look: str | int, spots: list[tuple[float, float]]) -> None:
        d = "M" + "L".join(f"{n(x)} {n(y)}" for x, y in spots)
        letter, dash = self._form(look)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._out.append(f'<path class="l l{letter}" d="{d}"{dashed}/>')

    def sample(self, look: str | int, x: float, y: float, length: float) -> None:
        """A piece of a curve, beside its name."""
        letter, dash = self._form(look)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._out.append(f'<path class="l l{letter} key" d="M{n(x)} {n(y)}h{n(length)}"{dashed}/>')

    def dot(self, look: str | int, x: float, y: float, css: str = "dot") -> None:
        """A measured point: a form of its own for each look."""
        letter, _ = self._form(look)
        d, kind = _DOTS[_ROLE_DOT[look] if isinstance(look, str) else _OTHER_DOT[look]]
        self.path(d.format(x=n(x), y=n(y)), f"{css} {kind}{letter}")

    def _form(self, look: str | int) -> tuple[str, str]:
        if isinstance(look, str):
            return _ROLE_LETTER[look], _ROLE_DASH[look]
        return "g", _DASHES[look % len(_DASHES)]

    def picture(self, height: float, title: str, description: str) -> str:
        """The whole as an SVG element."""
        # The scope is the style's own hash, as in a timeline.
        scope = "ka-pl-" + hashlib.sha256(STYLE.encode()).hexdigest()[:8]
        style = " ".join(STYLE.replace(".@", "." + scope).split("\n")).strip()
        h = math.ceil(height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ka-plot {scope}" role="img" width="{self.width}" '
            f'height="{h}" viewBox="0 0 {self.width} {h}"><title>{escape(title)}</title>'
            f"<desc>{escape(description)}</desc><style>{style}</style>{''.join(self._out)}</svg>"
        )


def looks(names: list[str], roles: dict[str, str]) -> dict[str, str | int]:
    """The look of each series: its role, else the next that is free."""
    others = [name for name in names if name not in roles]
    if len(others) > len(_DASHES):
        raise ValueError(
            f"{len(others)} series without a role, from {others[0]!r} to {others[-1]!r}, cannot be told apart. "
            f"Draw at most {len(_DASHES)} of them in one figure."
        )
    return {name: roles.get(name) or others.index(name) for name in names}
