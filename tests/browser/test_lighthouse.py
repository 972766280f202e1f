"""What Lighthouse says of four kinds of page. Its figure for speed is the machine's and belongs to the benchmarks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keepalive.website.audit import Audit, audit

WEB = Path(__file__).parents[2] / "web"
WHOLE = {"accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = ("index.html", "start.html", "chapters/09-retries.html", "exam.html")


@pytest.fixture(scope="module")
def audits(chromium, address) -> dict[str, Audit]:
    """All at once: for most of its time Lighthouse waits whether a page has more to fetch."""
    with ThreadPoolExecutor(len(PAGES)) as pool:
        return dict(zip(PAGES, pool.map(lambda page: audit(WEB, chromium, address + page, WHOLE), PAGES), strict=True))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_missing(audits, page):
    assert (audits[page].scores, audits[page].lost) == (WHOLE, ())
