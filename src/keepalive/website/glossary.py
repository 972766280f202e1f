"""The glossary: `docs/glossary.toml` as a page, and its terms marked where the pages use them.

The first use of a term in each section of prose becomes a link to the glossary's page. What `web/src/page/terms.ts`
shows in a tip stands in a `<template>` at the page's end: no fetch, and nothing where there is no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from keepalive.course import CourseError, shape
from keepalive.course.errors import Problem
from keepalive.course.text import toml_line
from keepalive.course.toml_file import read_toml
from keepalive.report import prose

FILE = "docs/glossary.toml"
PAGE = "glossary.md"

_PROSE = {"p", "li", "td", "dd"}
"""A text whose nearest block is one of these is prose."""

_BLOCKS = _PROSE | {
    *("article", "aside", "blockquote", "body", "caption", "details", "div", "dl", "dt", "figcaption", "figure"),
    *("footer", "header", "nav", "ol", "pre", "section", "table", "tbody", "tfoot", "th", "thead", "tr", "ul"),
}
_LEFT_ALONE = {
    *("a", "abbr", "button", "code", "h1", "h2", "h3", "h4", "h5", "h6", "label", "pre", "script", "style", "summary"),
    *("sup", "svg", "template"),
}
_LEFT_ALONE_CLASSES = {"admonition-title", "ka-caption", "ka-entry", "ka-facts", "ka-head", "ka-out", "ka-figure"}
_USED = '<p class="ka-used" data-search-exclude data-term="TERM"></p>'
_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Term:
    """One term.

    `forms`: the words for it, in backticks where they count as code only; `but_not`: phrases in which they mean
    something else.
    `chapters`: the numbers of those that use it; `source`: title and address, or None.
    """

    id: str
    term: str
    forms: tuple[str, ...]
    assumed: str
    means: str
    chapters: tuple[str, ...]
    claims: tuple[str, ...] = ()
    source: tuple[str, str] | None = None
    but_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """A section in which a term stands: the id of the section's heading, "" above the first."""

    term: str
    section: str


class Glossary:
    """The terms, and what is done with them."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(sorted(terms, key=lambda term: term.term.strip("`").lower()))

    @classmethod
    def load(cls, root: Path) -> Glossary:
        """The glossary of the course in `root`. Raises CourseError with every problem."""
        data, source, problems = read_toml(root / FILE, root)
        problems = problems or shape.problems("glossary", data, file=FILE, text=source) or _repeated(data, source)
        if problems:
            raise CourseError(problems)
        return cls(_term(row) for row in data["term"])

    @cached_property
    def _by_id(self) -> dict[str, Term]:
        return {term.id: term for term in self.terms}

    @cached_property
    def _by_form(self) -> dict[str, Term | None]:
        """None: a phrase in which a term's word means something else."""
        others = {key: None for term in self.terms for form in term.but_not for key in _spellings(form)}
        return others | {key: term for term in self.terms for form in term.forms for key in _spellings(form)}

    @cached_property
    def _any_form(self) -> re.Pattern[str]:
        # The longest first: "connection pool" is not "connection".
        forms = sorted((form for form in self._by_form if "`" not in form), key=len, reverse=True)
        spelled = "|".join(r"\s+".join(map(re.escape, form.split())) for form in forms)
        return re.compile(rf"(?<![\w-])(?:{spelled})(?![\w-])")

    def mark(self, html: str, page: str) -> tuple[str, list[Use]]:
        """A page's HTML with its terms marked and their tips behind it, and where they stand.

        page: the glossary's page, as a link from there.
        """
        prose_of = _Prose(html)
        changes: list[tuple[int, int, str]] = []
        uses: list[Use] = []
        seen: set[Use] = set()

        def found(term: Term, section: str, start: int, end: int) -> None:
            use = Use(term.id, section)
            if use in seen:
                return
            seen.add(use)
            uses.append(use)
            link = f'<a class="ka-term" href="{page}#{term.id}">{html[start:end]}</a>'
            changes.append((start, end, link))

        for piece in prose_of.pieces:
            text = html[piece.start : piece.end]
            if piece.is_code:
                code = unescape(re.sub(r"</?code[^>]*>", "", text))
                if term := self._by_form.get(code) or self._by_form.get(f"`{code}`"):
                    found(term, piece.section, piece.start, piece.end)
                continue
            for match in self._any_form.finditer(text):
                if term := self._by_form[" ".join(match.group().split())]:
                    found(term, piece.section, piece.start + match.start(), piece.start + match.end())
        for start, end, link in reversed(changes):
            html = html[:start] + link + html[end:]
        return html + self._tips(dict.fromkeys(use.term for use in uses)), uses

    def _tips(self, ids: Iterable[str]) -> str:
        tips = [_tip(self._by_id[each]) for each in ids]
        if not tips:
            return ""
        return "\n".join(['\n<template class="ka-tips" data-search-exclude>', *tips, "</template>\n"])

    def page(self) -> str:
        """The glossary as Markdown. Where each term is used is put in later, by `fill_uses`."""
        lines = [
            "---",
            "description: The terms of the course, each with what people assume of it and what it means.",
            "---",
            "# Glossary",
            "",
            "What people assume of each term, and what it means. A term with a dotted line in a chapter leads here.",
        ]
        for term in self.terms:
            marks = "".join(f" <!-- claim: {claim} -->" for claim in term.claims)
            lines += ["", f"## {term.term} {{ #{term.id} }}", ""]
            lines += [f"*People assume:* {term.assumed}", "", f"{term.means}{marks}"]
            if term.source:
                lines[-1] += f" ([{term.source[0]}]({term.source[1]}))"
            lines += ["", _USED.replace("TERM", term.id)]
        return "\n".join(lines) + "\n"


def fill_uses(html: str, uses: dict[str, list[tuple[str, str]]]) -> str:
    """The glossary's page with links to where each term is used.

    uses: title and address, as seen from this page, of each place; by the term's id.
    """

    def line(place: re.Match) -> str:
        links = [f'<a href="{escape(url)}">{escape(title)}</a>' for title, url in uses.get(place[1], [])]
        return f'<p class="ka-used" data-search-exclude>In {", ".join(links)}</p>' if links else ""

    return re.sub(re.escape(_USED).replace("TERM", r"([^\"]+)"), line, html)


def _term(row: dict[str, Any]) -> Term:
    source = row.get("source")
    return Term(
        id=row["id"],
        term=row["term"],
        forms=tuple(row["forms"]),
        assumed=row["assumed"],
        means=row["means"],
        chapters=tuple(row["chapters"]),
        claims=tuple(row.get("claims", ())),
        source=(source["title"], source["url"]) if source else None,
        but_not=tuple(row.get("except", ())),
    )


def _tip(term: Term) -> str:
    return (
        f'<div data-term="{term.id}"><p class="ka-tip-term">{prose.inline(term.term)}</p>'
        f"<p><em>People assume:</em> {prose.inline(term.assumed)}</p><p>{prose.inline(term.means)}</p></div>"
    )


def _spellings(form: str) -> Iterator[str]:
    yield form
    if form == form.lower():
        yield form[0].upper() + form[1:]


def _repeated(data: dict[str, Any], source: str) -> list[Problem]:
    """Two terms with one id, or one form for two terms."""
    problems = []
    ids: set[str] = set()
    owners: dict[str, str] = {}

    def problem(at: tuple[str | int, ...], expected: str, found: str, mend: str) -> None:
        key, line = shape.key_name(data, at), toml_line(source, at)
        problems.append(Problem(FILE, expected, shape.toml(found), mend, key=key, line=line))

    for i, row in enumerate(data["term"]):
        if row["id"] in ids:
            problem(("term", i, "id"), "an id that no other term has", row["id"], "give it an id of its own")
        ids.add(row["id"])
        for j, form in enumerate(row["forms"]):
            owner = owners.setdefault(form.lower(), row["id"])
            if owner != row["id"]:
                mend = f"leave it to {owner}, or take it out there"
                problem(("term", i, "forms", j), "words that stand for one term", form, mend)
    return problems


@dataclass(frozen=True)
class _Piece:
    """A text, or inline code with its tags, that may hold a term. Positions in the page."""

    start: int
    end: int
    section: str
    is_code: bool


class _Prose(HTMLParser):
    """The pieces of a page that are prose: not headings, links, code blocks, summaries, exercises, outputs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[_Piece] = []
        self._open: list[tuple[str, bool]] = []  # name, whether what is inside is left alone
        self._section = ""
        self._code: int | None = None
        self._starts = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    @property
    def _is_prose(self) -> bool:
        if any(left for _, left in self._open):
            return False
        block = next((name for name, _ in reversed(self._open) if name in _BLOCKS), "")
        return block in _PROSE

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        values = {name: value or "" for name, value in attrs}
        if tag == "h2":
            self._section = values.get("id", "")
        if tag == "code" and self._is_prose:
            self._code = self._at()
        classes = set(values.get("class", "").split())
        left = (
            tag in _LEFT_ALONE
            or tag.startswith("keepalive-")
            or bool(classes & _LEFT_ALONE_CLASSES)
            or "data-search-exclude" in values
        )
        self._open.append((tag, left))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # <circle/>, <br/>: nothing is inside

    def handle_endtag(self, tag: str) -> None:
        if tag not in (name for name, _ in self._open):
            return
        while self._open.pop()[0] != tag:
            pass
        if tag == "code" and self._code is not None:
            self.pieces.append(_Piece(self._code, self._at() + len("</code>"), self._section, is_code=True))
            self._code = None

    def handle_data(self, data: str) -> None:
        if self._is_prose:
            self.pieces.append(_Piece(self._at(), self._at() + len(data), self._section, is_code=False))
