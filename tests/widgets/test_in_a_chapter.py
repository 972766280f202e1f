"""A chapter's cell that calls `widget()`: on the page the element stands there, whole, and no output."""

from __future__ import annotations

import nbformat
import pytest

from keepalive import widgets
from keepalive.course import Course
from keepalive.website.assemble import learners_page
from keepalive.website.errors import BuildError

COURSE = Course.load()


def page_of(*sources: str) -> list[nbformat.NotebookNode]:
    output = nbformat.v4.new_output("display_data", data={"text/html": "<script>never()</script>"})
    cells = [nbformat.v4.new_code_cell(source, outputs=[output]) for source in sources]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A chapter"), *cells])
    title, *shown, read = learners_page(book, COURSE.chapters[0], COURSE, {}).cells
    assert title.source.startswith("# A chapter") and "<keepalive-read" in read.source
    return shown


def test_the_element_stands_in_place_of_the_call():
    (cell,) = page_of('widget("connection-cost")\n')
    assert cell.cell_type == "markdown"
    assert cell.source == widgets.html(widgets.WIDGETS["connection-cost"])


def test_other_code_stays():
    (cell,) = page_of('shown = widget("connection-cost")')
    assert cell.cell_type == "code" and cell.outputs


def test_a_widget_that_there_is_not_stops_the_build():
    with pytest.raises(BuildError, match='widget\\("conection-cost"\\) names a widget that there is not'):
        page_of('widget("conection-cost")')
