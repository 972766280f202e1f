"""A question's HTML, as it is before any script, and what the build makes of a chapter's call."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from keepalive.course import Course
from keepalive.course.questions import Bank
from keepalive.website import questions
from keepalive.website.assemble import learners_page
from keepalive.website.errors import BuildError
from keepalive.website.sources import execution_digest

ROOT = Path(__file__).parents[2]
COURSE = Course.load(ROOT)
BANK = Bank.load(COURSE)
VOID = {"br", "hr", "img", "input"}


class Balance(HTMLParser):
    """Every element is closed where it has to be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        if "p" in self.open[:-1] and tag in ("p", "div", "pre", "ul", "ol"):
            raise AssertionError(f"<{tag}> in a paragraph")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
def test_the_element_holds_everything(question):
    made = questions.element(question)
    balance = Balance()
    balance.feed(made)
    assert balance.open == []
    assert json.loads(html.unescape(re.search(r'data-key="([^"]*)"', made)[1])) == question.key.as_json()
    assert f'data-version="{question.version}"' in made
    whys = re.findall(r'data-why="([^"]*)"', made)
    assert sorted(whys) == sorted(option.id for option in question.options)
    if question.format not in ("number", "spot"):
        shown = re.findall(r'<li data-option="([^"]*)"', made)
        assert shown == [option.id for option in question.shown()]
    if question.format == "spot":
        assert [int(n) for n in re.findall(r'data-line="(\d+)"', made)] == list(question.lines)
    if question.format == "order":
        assert tuple(re.findall(r'<li data-option="([^"]*)"', made)) != question.order, (
            "the page shows no order as it is"
        )


def a_chapter(source: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_markdown_cell("# A title"), nbformat.v4.new_code_cell(source)]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_chapters_call_becomes_the_element():
    asked = BANK.questions[0]
    page = learners_page(a_chapter(f'question("{asked.id}")'), COURSE.chapters[0], COURSE, {})
    assert page.cells[1].cell_type == "markdown"
    assert page.cells[1].source == questions.element(asked)


def test_a_call_that_names_no_question_fails_the_build():
    with pytest.raises(BuildError, match=r'00-welcome\.ipynb: question\("no-such-one"\)'):
        learners_page(a_chapter('question("no-such-one")'), COURSE.chapters[0], COURSE, {})


def test_another_wording_of_a_question_executes_no_chapter_again(sample):
    notebook = sample / "notebooks/01-sample.ipynb"
    before = execution_digest(sample, notebook)
    for name, same in (("questions/02.toml", True), ("04-x/exercise.toml", False)):
        path = sample / "exercises" / name
        path.parent.mkdir(parents=True)
        path.write_text("schema = 1\n")
        assert (execution_digest(sample, notebook) == before) is same, name
