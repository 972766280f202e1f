"""A scenario's timeline as a picture and as words. Standard library only; the same for every frontend.

    svg(scenario)    an SVG to put into a page: one row a connection, requests as bars, waits with their length
    text(scenario)   the twin in words, for a terminal and a screen reader

`scenario` is one entry of a verdict's `scenarios`.
"""

from __future__ import annotations

from typing import Any

from .drawing import draw
from .story import clean, read
from .words import listing

__all__ = ["svg", "text"]


def svg(scenario: dict[str, Any], *, title: str | None = None, width: int = 720, until: float = 0.0) -> str:
    """Draw the scenario. `title` is the finding; without one the scenario's own title stands there.

    `width` is in pixels at full size; below 560 the picture is laid out for a narrow page (names above the rows).
    `until` is how far the axis goes at least, in seconds: pictures that stand beside one another need the same scale to
    be compared. The same arguments give the same bytes.
    """
    story = read(scenario)
    return draw(story, clean(title or story.title), max(280, int(width)), until)


def text(scenario: dict[str, Any], *, width: int = 78) -> str:
    """Tell the scenario: a summary, then one line for everything that happened. Long runs are cut in the middle."""
    return listing(read(scenario), width)
