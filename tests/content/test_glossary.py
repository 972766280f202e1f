"""The glossary and the chapters know each other: what a term names is there, and the chapters use it."""

from __future__ import annotations

from functools import cache

import markdown
import pytest
from mkdocs.config import load_config

from claims.collect import claims
from content.texts import COURSE, GLOSSARY, ROOT, cells
from keepalive.course.lint import terms
from keepalive.website.assemble import HIDDEN_TAGS

TEACHING = {chapter.number: chapter for chapter in COURSE.chapters}

each_term = pytest.mark.parametrize("term", GLOSSARY.terms, ids=lambda term: term.id)


@cache
def terms_of(number: str) -> set[str]:
    """The terms that are marked on a chapter's page."""
    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(ROOT / "docs"))
    shown = (cell for cell in cells(TEACHING[number].notebook) if not HIDDEN_TAGS.intersection(cell["tags"]))
    text = "\n\n".join(cell["source"] for cell in shown if cell["cell_type"] == "markdown")
    html = markdown.markdown(text, extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
    return {use.term for use in GLOSSARY.mark(html, "glossary.html")[1]}


@each_term
def test_its_chapters_use_it(term):
    """Else the page would explain a word that nobody reads. A chapter that is not written yet cannot."""
    unused = [number for number in term.chapters if number in TEACHING and term.id not in terms_of(number)]
    assert unused == [], f"none of {term.forms} is in the prose of these chapters"


@each_term
def test_its_claims_are_tested(term):
    assert set(term.claims) <= set(claims())


@each_term
def test_what_names_httpx_leans_on_a_claim(term):
    if "httpx" in term.means or "AsyncClient" in term.means:
        assert term.claims


@pytest.mark.parametrize("number", TEACHING)
def test_a_chapter_uses_terms(number):
    assert terms_of(number)


@pytest.mark.parametrize("number", TEACHING)
def test_the_linter_sees_the_terms_that_the_page_marks(number):
    """It reads the Markdown, because it may not import what makes the page."""
    rows = [{"id": term.id, "forms": term.forms, "except": term.but_not} for term in GLOSSARY.terms]
    assert terms.used_in(terms.prose_of(TEACHING[number]), rows) == terms_of(number)
