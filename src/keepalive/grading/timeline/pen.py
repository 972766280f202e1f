"""Marks on paper: the few shapes that the picture is made of, as SVG elements with a style of their own.

What is meant is told by shape first and by colour second, so that it survives a grey printer: striped for a request
that had to wait for a new connection, plain for one on a kept connection, hollow for one without a response, dots for a
wait. A response of 404 or 503 is a response: its number is bold, and nothing of it is red.
Colours are custom properties (`--ka-new`, `--ka-kept`, `--ka-wait`, `--ka-failed`) with fallbacks that stand out at 3:1
or more on white and on near-black alike; all text has the colour of the text around the picture.

No element has an id: several pictures stand in one page, and one of them may be hidden.
"""

from __future__ import annotations

import hashlib
import math
from html import escape

STYLE = """
.@{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;\
font-size:12px;display:block;max-width:100%;height:auto;--n:var(--ka-new,#3d7edb);--k:var(--ka-kept,#0e8c76);--w:var(--ka-wait,#b06f00);\
--f:var(--ka-failed,#d8433b)}
.@:root{color:#24292f}
@media (prefers-color-scheme:dark){.@:root{color:#d5d9de}}
.@ text{fill:currentColor;stroke:none}
.@ .h{font-size:15px;font-weight:600}
.@ .s{font-size:12px;fill-opacity:.88}
.@ .b{font-weight:600}
.@ .m{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:11px}
.@ .mb{font-weight:700}
.@ .q{font-size:11px;fill-opacity:.88}
.@ path,.@ line,.@ rect,.@ circle{fill:none;stroke:none}
.@ .ax{stroke:currentColor;stroke-opacity:.6}
.@ .gr{stroke:currentColor;stroke-opacity:.13}
.@ .tu{fill:currentColor;fill-opacity:.08;stroke:currentColor;stroke-opacity:.45}
.@ .te{stroke:currentColor;stroke-opacity:.6}
.@ .en{stroke:currentColor;stroke-width:2.5}
.@ .no{fill:var(--n)}
.@ .ns{stroke:var(--n);stroke-width:2.5}
.@ .st{stroke:#fff;stroke-opacity:.75;stroke-width:1.4}
.@ .bo{stroke:#fff;stroke-opacity:.75;stroke-dasharray:1.4 3.6}
.@ .sk{stroke:#fff;stroke-opacity:.75;stroke-dasharray:2 4.5}
.@ .ko{fill:var(--k)}
.@ .fo{fill:var(--f);fill-opacity:.22}
.@ .fs{stroke:var(--f);stroke-width:2}
.@ .ff{fill:var(--f)}
.@ .ws{stroke:var(--w);stroke-width:2.4;stroke-dasharray:.1 5;stroke-linecap:round}
.@ .we{stroke:var(--w);stroke-width:2}
.@ .cu{fill:currentColor;fill-opacity:.06}
.@ .cz{stroke:currentColor;stroke-opacity:.6}
.@ .mk{stroke:currentColor;stroke-opacity:.65;stroke-dasharray:4 3}
.@ .mf{fill:currentColor}
.@ .dg{stroke:var(--f);stroke-width:1.5;stroke-dasharray:5 3}
"""

_LOOKS = {"new": "no", "kept": "ko", "failed": "ff"}


class Pen:
    """Collects elements; `page` puts them together. All measures are pixels at full size."""

    def __init__(self) -> None:
        self._out: list[str] = []

    def text(self, x: float, y: float, text: str, css: str, *, end: bool = False) -> None:
        anchor = ' text-anchor="end"' if end else ""
        self._out.append(f'<text class="{css}" x="{n(x)}" y="{n(y)}"{anchor}>{escape(text)}</text>')

    def line(self, x0: float, y0: float, x1: float, y1: float, css: str) -> None:
        self._out.append(f'<line class="{css}" x1="{n(x0)}" y1="{n(y0)}" x2="{n(x1)}" y2="{n(y1)}"/>')

    def rect(self, x: float, y: float, w: float, h: float, css: str) -> None:
        self._out.append(f'<rect class="{css}" x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}"/>')

    def path(self, d: str, css: str) -> None:
        if d:
            self._out.append(f'<path class="{css}" d="{d}"/>')

    def ring(self, x: float, y: float, r: float, css: str) -> None:
        self._out.append(f'<circle class="{css}" cx="{n(x)}" cy="{n(y)}" r="{n(r)}"/>')

    def cross(self, x: float, y: float, r: float) -> None:
        self.path(f"M{n(x - r)} {n(y - r)}l{n(2 * r)} {n(2 * r)}m0 {n(-2 * r)}l{n(-2 * r)} {n(2 * r)}", "fs")

    def goes_on(self, x: float, y: float) -> None:
        """To the right of what nobody ended."""
        for dx in (3, 9):
            self.path(f"M{n(x + dx)} {n(y - 5)}l5 5l-5 5", "fs")

    def lead_in(self, x0: float, x1: float, y: float) -> None:
        """A connection being opened: a ring and a thin line."""
        if x1 - x0 >= 9:
            self.ring(x0 + 3.5, y, 2.8, "ns")
            self.line(x0 + 6.5, y, x1, y, "ns")
        elif x1 - x0 >= 1.5:
            self.line(x0, y, x1, y, "ns")

    def dots(self, x0: float, x1: float, y: float) -> None:
        self.path(f"M{n(x0)} {n(y)}H{n(x1)}", "ws")

    def bar(self, look: str, x0: float, x1: float, y: float, h: float, body: float | None = None) -> None:
        """A request around height `y`; `body`: from where on its response was arriving."""
        w, top = x1 - x0, y - h / 2
        if look == "failed":
            self.rect(x0, top, w, h, "fo")
            self.rect(x0 + 1, top + 1, max(w - 2, 0.5), h - 2, "fs")
            return
        self.rect(x0, top, w, h, _LOOKS[look])
        if look == "new" and w > 3:
            self._stripes(x0, top, (body or x1) - x0, h)
        if body is not None:
            ticks = int((x1 - body) // 5)
            self._out.append(f'<path class="bo" d="M{n(body + 2)} {n(y)}h{5 * ticks}" stroke-width="{n(h - 4)}"/>')

    def sliver(self, look: str, x0: float, x1: float, y: float) -> None:
        """A request that is only there to be counted."""
        self.rect(x0, y - 2.5, x1 - x0, 5, _LOOKS[look])

    def _stripes(self, x: float, y: float, w: float, h: float) -> None:
        """Diagonals inside a rectangle; a long one takes a single element: a dashed line, skewed."""
        if w < 40:
            self.path(_diagonals(x, y, w, h, 6.5), "st")
            return
        self._out.append(
            f'<path class="sk" d="M{n(h / 2 + 1)} 0H{n(w - h / 2)}" stroke-width="{n(h)}" '
            f'transform="translate({n(x)} {n(y + h / 2)}) skewX(-45)"/>'
        )

    def zigzag(self, x: float, runs: list[tuple[float, float]]) -> None:
        d = []
        for y0, y1 in runs:
            d.append(f"M{n(x)} {n(y0)}")
            side, y = 1, y0
            while y < y1:
                y = min(y + 6, y1)
                d.append(f"L{n(x + 2.5 * side)} {n(y)}")
                side = -side
        self.path("".join(d), "cz")

    def page(self, width: int, height: float, title: str, description: str) -> str:
        # The scope is the style's own hash: pictures of one version share it, those of two do not disturb one another.
        scope = "ka-tl-" + hashlib.sha256(STYLE.encode()).hexdigest()[:8]
        style = STYLE.strip().replace(".@", "." + scope)
        h = math.ceil(height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ka-timeline {scope}" role="img" width="{width}" '
            f'height="{h}" viewBox="0 0 {width} {h}"><title>{escape(title)}</title>'
            f"<desc>{escape(description)}</desc><style>{style}</style>{''.join(self._out)}</svg>"
        )


def n(x: float) -> str:
    """A number as short as a tenth of a pixel needs."""
    # In two steps: a coordinate half-way between two tenths must not hang on the last bit, which differs by platform.
    text = f"{round(x, 6):.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")


def _diagonals(x: float, y: float, w: float, h: float, step: float) -> str:
    out, c = [], step / 2
    while c < w + h:
        xa, ya = (x + c, y) if c <= w else (x + w, y + c - w)
        xb, yb = (x, y + c) if c <= h else (x + c - h, y + h)
        out.append(f"M{n(xa)} {n(ya)}L{n(xb)} {n(yb)}")
        c += step
    return "".join(out)
