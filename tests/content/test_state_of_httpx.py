"""What the first page and the first chapter say of httpx and its successor is so: versions, months, where it is taken.

A lock that moves on fails here, until somebody has looked up what is to be said now.
"""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from content.texts import NOTEBOOKS, ROOT, cells
from keepalive.website.runtime.sources import PACKAGES

RELEASED = {"0.28.1": "December 2024"}
"""When this release of httpx came out. It is the last, and does not say so of itself."""


def paragraph(text: str) -> str:
    (found,) = (part for part in text.split("\n\n") if "successor" in part)
    return " ".join(re.sub(r"<!--.*?-->", "", found).split())


SAID = {
    "docs/index.md": paragraph((ROOT / "docs/index.md").read_text(encoding="utf-8")),
    NOTEBOOKS[0].name: paragraph("\n\n".join(cell["source"] for cell in cells(NOTEBOOKS[0]))),
}

each = pytest.mark.parametrize("said", SAID.values(), ids=SAID)


def month_of_httpx2(version: str) -> str:
    """The month of a release, as its own metadata have it."""
    notes = metadata.metadata("httpx2").get_payload()
    month, year = re.search(rf"^## {re.escape(version)} \((\w+) \d+\w+, (\d+)\)", notes, re.MULTILINE).groups()
    return f"{month} {year}"


@each
def test_versions_and_months_are_those_of_what_is_installed(said):
    last, here = metadata.version("httpx"), metadata.version("httpx2")
    assert f"httpx has had no stable release since {last} of {RELEASED[last]}." in said
    assert f"httpx2 (the course has {here} of {month_of_httpx2(here)})" in said


@each
def test_it_is_four_sentences(said):
    assert len(re.findall(r"[.](?= [A-Z]|$)", said)) == 4


@each
def test_where_an_answer_may_use_httpx2(said):
    """Notebook and terminal: tests/grading/test_libraries.py. The page has the packages of its runtime."""
    assert ("the editor in a page has httpx only" in said) == ("httpx2" not in PACKAGES)


def test_the_first_page_leads_to_the_list_of_differences():
    assert "](about.md#where-httpx2-differs)" in SAID["docs/index.md"]
    about = (ROOT / "docs/about.md").read_text(encoding="utf-8")
    assert "## Where httpx2 differs\n\n<!-- keepalive: differences -->" in about
