"""A widget as it stands before any script: complete, and the same in words."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from keepalive import widgets
from keepalive.widgets import WIDGETS, Widget
from keepalive.widgets.text import count, fixed, milliseconds

each_widget = pytest.mark.parametrize("widget", WIDGETS.values(), ids=lambda widget: widget.id)


class Read(HTMLParser):
    """The element's attributes, the text by class of its paragraph, and the table."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}
        self.open: list[str] = []
        self.classes: list[str] = []
        self.by_class: dict[str, str] = {}
        self.rows: list[list[str]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.open.append(tag)
        self.classes.append(found.get("class") or "")
        if tag == "keepalive-widget":
            self.attributes = found
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.classes.pop()

    def handle_data(self, data):
        if self.open[-1] in ("th", "td"):
            self.rows[-1][-1] += data
        elif self.open[-1] == "p":
            self.by_class[self.classes[-1]] = self.by_class.get(self.classes[-1], "") + data


@each_widget
def test_complete_without_a_script(widget: Widget) -> None:
    read = Read(widgets.html(widget))
    twin = widget.twin(widget.defaults, widget.model(widget.defaults))
    assert read.open == [], "every element is closed"
    assert read.by_class["ka-w-title"] == widget.title
    assert read.by_class["ka-w-finding"] == twin.finding
    assert read.rows == [list(twin.header), *map(list, twin.rows)]
    assert json.loads(read.attributes["data-controls"]) == [control.as_dict() for control in widget.controls]
    for control in widget.controls:
        assert control.told(control.default) in read.by_class["ka-w-settings"]


@each_widget
def test_stands_in_markdown_and_in_two_doors(widget: Widget) -> None:
    page, notebook = widgets.html(widget), widgets.html(widget, frontend="notebook")
    assert "\n" not in page and " id=" not in page, "one block for Markdown, and no id that another might have"
    assert 'data-frontend="page"' in page and 'data-frontend="notebook"' in notebook


@each_widget
def test_text_says_the_finding_and_every_cell(widget: Widget) -> None:
    text = widgets.text(widget)
    twin = widget.twin(widget.defaults, widget.model(widget.defaults))
    assert twin.finding in text and widget.left_out in text
    unwrapped = " ".join(text.split())
    assert all(" ".join(cell.split()) in unwrapped for row in twin.rows for cell in row)
    assert max(map(len, text.split("\n\n")[3].splitlines())) <= 100


@each_widget
def test_controls_are_sound(widget: Widget) -> None:
    """Each start value is one that a reader can set, and has a name; what a control depends on is there."""
    ids = [control.id for control in widget.controls]
    assert len(set(ids)) == len(ids) and "step" not in ids, "`step` is the step's own name in an address"
    for control in widget.controls:
        assert control.label and control.id.replace("_", "").isalnum()
        if control.kind == "number":
            assert control.least <= control.default <= control.most and control.step > 0
            steps = (control.default - control.least) / control.step
            assert abs(steps - round(steps)) < 1e-9
        elif control.kind == "choice":
            assert control.default in dict(control.options) and len(control.options) > 1
        else:
            assert isinstance(control.default, bool)
        if control.only_if:
            other, value = control.only_if
            assert other in ids and other != control.id
            on = next(each for each in widget.controls if each.id == other)
            assert value in (dict(on.options) if on.kind == "choice" else (True, False))


@each_widget
def test_rows_are_named_and_whole(widget: Widget) -> None:
    twin = widget.twin(widget.defaults, widget.model(widget.defaults))
    assert all(twin.header) and twin.caption and len(twin.rows) > 1
    assert {len(row) for row in twin.rows} == {len(twin.header)} and all(row[0] for row in twin.rows)


def test_numbers_as_a_reader_sees_them() -> None:
    """The same list as in web/tests/widgets.test.ts."""
    given = [0, 0.5, 9.6, 12.4, 999.4, 999.6, 1234, 9994, 9996, 12_340, 99_960, 125_000]
    said = "0 ms, 0.5 ms, 9.6 ms, 12 ms, 999 ms, 1.00 s, 1.23 s, 9.99 s, 10.0 s, 12.3 s, 100 s, 125 s"
    assert ", ".join(map(milliseconds, given)) == said
    assert (fixed(0.5, 0), fixed(2.5, 0), fixed(1.005, 2)) == ("1", "3", "1.00")
    assert (count(1, "call"), count(2, "call")) == ("1 call", "2 calls")
