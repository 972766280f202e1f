"""A widget as complete HTML, for its start values, and as plain text. `web/src/widgets` brings the HTML to life."""

from __future__ import annotations

import json
import textwrap
from html import escape
from typing import Literal

from .shape import Twin, Widget

MANY_ROWS = 12
"""A table of more rows than this is folded away behind its caption."""

WIDE = 100
"""A table as plain text has at most so many letters to a line; else each row is a sentence."""


def html(widget: Widget, frontend: Literal["page", "notebook"] = "page") -> str:
    """The element, in one line: an empty one would end the block of HTML in a Markdown file.

    frontend: in a notebook, the address of the page is left alone.
    """
    twin = _of_start_values(widget)
    controls = json.dumps([control.as_dict() for control in widget.controls], ensure_ascii=False, separators=(",", ":"))
    return (
        f'<keepalive-widget data-widget="{widget.id}" data-frontend="{frontend}" data-controls="{escape(controls)}"'
        ' data-search-exclude="true">'
        f'<div class="ka-w" role="group" aria-label="{escape(widget.title)}">'
        f'<p class="ka-w-title">{escape(widget.title)}</p>'
        f'<p class="ka-w-lead">{escape(widget.lead)}</p>'
        f'<p class="ka-w-settings">{escape(_settings(widget))}</p>'
        '<p class="ka-w-without">With JavaScript, each of these values can be changed here, and the rest follows.</p>'
        f'<p class="ka-w-finding">{escape(twin.finding)}</p>'
        f"{_table(twin)}"
        f'<p class="ka-w-left-out">Left out: {escape(widget.left_out)}</p>'
        "</div></keepalive-widget>"
    )


def text(widget: Widget) -> str:
    """The same where there is no HTML: at a prompt."""
    twin = _of_start_values(widget)
    table = [twin.header, *twin.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(twin.header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    if max(map(len, lines)) > WIDE:
        told = ["; ".join(map(": ".join, zip(twin.header, row, strict=True))) for row in twin.rows]
        lines = [textwrap.fill(each, WIDE, subsequent_indent="    ", break_on_hyphens=False) for each in told]
    parts = [widget.title, _settings(widget), twin.finding, "\n".join([twin.caption, *lines])]
    return "\n\n".join([*parts, f"Left out: {widget.left_out}"])


def _of_start_values(widget: Widget) -> Twin:
    return widget.twin(widget.defaults, widget.model(widget.defaults))


def _settings(widget: Widget) -> str:
    return "; ".join(control.told(control.default) for control in widget.controls) + "."


def _table(twin: Twin) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in twin.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in twin.rows
    )
    is_long = len(twin.rows) > MANY_ROWS
    said = escape(twin.caption)
    # Folded, the summary says what the table is; the caption says it to a screen reader that jumps there.
    caption = f"<caption{' class=ka-w-spoken' if is_long else ''}>{said}</caption>"
    table = (
        f'<div class="ka-scroll"><table class="ka-table ka-w-table">{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return f'<details class="ka-w-fold"><summary>{said}</summary>{table}</details>' if is_long else table
