"""Markdown of briefs, hints and feedback as HTML, and as plain text.

Feedback quotes what a learner's code said and sent. So HTML in it stays text, pictures are not fetched, and characters
that steer a terminal or break a page are shown instead of obeyed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from keepalive.visible import visible

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

#: Stands for a space inside code, which is typed as it stands: no line ends there. No text has it after `visible`.
_UNBROKEN = "\ue000"


def html(text: str) -> str:
    """Blocks of HTML. Headings become paragraphs: the page around has an outline of its own."""
    tokens = _MARKDOWN.parse(visible(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
            if token.nesting > 0:
                token.attrSet("class", "ka-v-sub")
    return _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})


def inline(text: str) -> str:
    """HTML without blocks, for a title or a sentence."""
    return _MARKDOWN.renderInline(visible(text))


def verbatim(text: str) -> str:
    """Text that is no Markdown, for HTML."""
    return escape(visible(text))


def plain(text: str, *, width: int = 80, indent: int = 0, unbroken: int | None = 60) -> str:
    """Lines for a terminal: emphasis dropped, code in backticks, paragraphs wrapped, code blocks as they are.

    `unbroken`: code of so many characters is not wrapped; None: no code is.
    """
    margin = " " * indent
    out: list[str] = []
    for lead, hang, words, verbatim, close in _blocks(_MARKDOWN.parse(visible(text)), unbroken):
        if out and not close:
            out.append("")
        if verbatim:
            out += [margin + lead + line for line in words.splitlines()]
        else:
            wrapped = textwrap.wrap(
                words,
                width=max(width, indent + 30),
                initial_indent=margin + lead,
                subsequent_indent=margin + hang,
                break_on_hyphens=False,
                break_long_words=False,
            )
            out += [line.replace(_UNBROKEN, " ") for line in wrapped]
    return "\n".join(out)


def _blocks(tokens: list[Token], unbroken: int | None) -> Iterator[tuple[str, str, str, bool, bool]]:
    """(first indent, further indent, words, whether they are code, whether they follow without an empty line)."""
    lists: list[int | None] = []  # the next number of an ordered list
    mark, begun, tight = "", False, False
    for token in tokens:
        if token.type == "bullet_list_open":
            lists.append(None)
            begun = len(lists) > 1
        elif token.type == "ordered_list_open":
            lists.append(int(token.attrGet("start") or 1))
            begun = len(lists) > 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            mark = "- " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        elif token.type == "paragraph_open":
            tight = token.hidden
        elif token.type in ("fence", "code_block"):
            yield "  " * len(lists) + "    ", "", token.content, True, False
        elif token.type == "inline":
            outer = "  " * max(0, len(lists) - 1)
            hang = outer + ("  " if lists else "")
            yield outer + mark if mark else hang, hang, _words(token.children or [], unbroken), False, begun and tight
            mark, begun = "", True


def _words(tokens: list[Token], unbroken: int | None) -> str:
    out = []
    for token in tokens:
        if token.type == "code_inline":
            whole = unbroken is None or len(token.content) < unbroken
            out.append(f"`{token.content}`".replace(" ", _UNBROKEN if whole else " "))
        elif token.type in ("softbreak", "hardbreak"):
            out.append(" ")
        else:
            out.append(token.content)
    return "".join(out)
