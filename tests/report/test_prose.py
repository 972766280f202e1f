"""Markdown for HTML and for a terminal, with a stranger's text in it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalive.report import prose
from keepalive.visible import visible
from verdict_samples import HOSTILE

MAY = {"p", "strong", "em", "code", "pre", "ul", "ol", "li", "a", "br", "hr", "blockquote", "table", "thead", "tbody",
       "tr", "th", "td"}  # fmt: skip


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_comment(self, data):
        self.found.append(("comment", {}))


def harmless(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag in MAY, tag
        assert set(attributes) <= {"class", "href", "title", "start", "style"}, attributes
        assert attributes.get("style") in (None, "text-align:left", "text-align:right", "text-align:center")
        target = attributes.get("href") or ""
        assert not target.lower().startswith(("javascript:", "data:", "vbscript:", "file:"))


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_text_stays_text(said):
    harmless(prose.html(said))
    harmless(prose.inline(said))
    assert "<" not in prose.verbatim(said)
    for text in (prose.plain(said), visible(said), prose.html(said)):
        assert not any(ord(c) < 32 and c not in "\n\t" for c in text)
        text.encode()


@given(st.text())
def test_any_text_is_harmless(said):
    harmless(prose.html(said))
    prose.plain(said).encode()


def test_markdown_becomes_html():
    assert prose.html("The server saw **5**.\n\nUse `aclose()`.") == (
        "<p>The server saw <strong>5</strong>.</p>\n<p>Use <code>aclose()</code>.</p>\n"
    )


def test_a_heading_is_no_heading():
    """The page around has an outline of its own."""
    assert prose.html("# Big") == '<p class="ka-v-sub">Big</p>\n'


def test_plain_text():
    text = (
        "First **bold** and `code`.\nStill first.\n\n- one\n- two that is longer than the line is\n  - inner\n\n"
        "3. three\n\n```python\nx = 1\n    y\n```\n"
    )
    assert prose.plain(text, width=32) == (
        "First bold and `code`. Still\nfirst.\n\n- one\n- two that is longer than the\n  line is\n  - inner\n\n"
        "3. three\n\n    x = 1\n        y"
    )


def test_a_command_is_not_broken():
    assert prose.plain("To begin, type `keepalive start 04` there.", width=32) == (
        "To begin, type\n`keepalive start 04` there."
    )


def test_plain_text_is_indented():
    assert prose.plain("one two", indent=4) == "    one two"


def test_what_steers_a_terminal_is_shown():
    assert visible("\x1b[31mred\r\nnext\ttab") == "\\x1b[31mred\nnext\ttab"
