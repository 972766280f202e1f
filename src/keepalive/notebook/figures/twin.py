"""A figure as a cell gives it back: both pictures, the numbers under them, and all of it as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from keepalive.report import render

from ..shown import Shown
from .paper import NARROW, WIDE, Paper


@dataclass(frozen=True)
class Numbers:
    """What a figure shows, without the figure."""

    sentences: list[str]
    """The finding's numbers, for who cannot see the picture."""
    head: list[str]
    """Names of the columns. The first says what a row is about."""
    rows: list[list[str]]
    caption: str
    """What the table's numbers are."""
    told: bool = True
    """Whether the sentences say what the table does not."""


@cache
def _style() -> str:
    css = files(__package__).joinpath("figure.css").read_text("utf-8")
    return f"<style>{' '.join(css.split())}</style>"


def figure(title: str, draw: Callable[[Paper], float], numbers: Numbers) -> Shown:
    """`draw` fills a paper and returns the height that it took."""
    description = " ".join(numbers.sentences)
    pictures = []
    for width, css in ((WIDE, "ka-v-wide"), (NARROW, "ka-v-narrow")):
        paper = Paper(width)
        height = draw(paper)
        pictures.append(f'<div class="{css}">{paper.picture(height, title, description)}</div>')
    body = (
        f'{_style()}<figure class="ka-v-fig ka-v-plot"><figcaption class="ka-v-finding">{escape(title)}</figcaption>'
        f"{''.join(pictures)}</figure>"
        f'<details class="ka-v-more"><summary class="ka-v-sum">The numbers</summary>{_table(numbers)}</details>'
    )
    return Shown(render.page(body, "Figure", framed=False), _text(title, numbers))


def _table(numbers: Numbers) -> str:
    first, *others = numbers.head
    head = f'<th scope="col">{escape(first)}</th>' if first else "<td></td>"
    head += "".join(f'<th scope="col" class="ka-v-num">{escape(name)}</th>' for name in others)
    rows = []
    for about, *values in numbers.rows:
        cells = "".join(f'<td class="ka-v-num">{escape(text)}</td>' for text in values)
        rows.append(f'<tr><th scope="row">{escape(about)}</th>{cells}</tr>')
    return (
        f'<div class="ka-v-scroll" role="group" aria-label="The numbers as a table" tabindex="0">'
        f'<table class="ka-v-table"><caption>{escape(numbers.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _text(title: str, numbers: Numbers) -> str:
    out = [*textwrap.wrap(title, 78), ""]
    for sentence in numbers.sentences if numbers.told else [numbers.caption]:
        out += textwrap.wrap(sentence.replace("\u00a0", "\ue000"), 78, break_long_words=False, break_on_hyphens=False)
    lines = [numbers.head, *numbers.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(numbers.head))]
    out.append("")
    for line in lines:
        cells = [
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    if numbers.told:
        out += ["", *textwrap.wrap(numbers.caption, 78)]
    return "\n".join(out).replace("\ue000", "\u00a0")
