"""Every statement that a page marks as a claim is one that a test runs."""

from __future__ import annotations

import re

from claims.collect import claims
from content.texts import NOTEBOOKS, TEXTS, cells
from keepalive.course.errors import nearest

_MARK = re.compile(r"<!--\s*claim:\s*(.*?)\s*-->")


def test_every_named_claim_has_its_test():
    known = claims()
    for text in TEXTS:
        for name in _MARK.findall(text.markdown):
            assert name in known, f"{text.where}: no test for the claim {name!r}; nearest is {nearest(name, known)!r}"


def test_a_mark_is_written_as_the_pages_expect_it():
    for text in TEXTS:
        for comment in re.findall(r"<!--.*?-->", text.markdown, re.S):
            if "claim" in comment:
                assert re.fullmatch(r"<!-- claim: [a-z0-9]+(-[a-z0-9]+)* -->", comment), f"{text.where}: {comment}"


def test_a_mark_begins_no_line():
    """There it would end the paragraph in JupyterLab, and what follows it would be no Markdown."""
    for text in TEXTS:
        assert not re.search(r"^\s*<!-- claim", text.markdown, re.M), text.where


def test_chapters_lean_on_claims():
    """A chapter that says what httpx does says where that was tried."""
    for notebook in NOTEBOOKS:
        marked = [name for cell in cells(notebook) for name in _MARK.findall(cell["source"])]
        assert marked, notebook.name
