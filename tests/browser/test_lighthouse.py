"""What Lighthouse says of three kinds of page. Its figure for speed is the machine's and belongs to the benchmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalive.website.audit import audit

WEB = Path(__file__).parents[2] / "web"
WHOLE = {"accessibility": 100, "best-practices": 100, "seo": 100}


@pytest.mark.parametrize("page", ["index.html", "start.html", "chapters/04-minimal-client.html", "exam.html"])
def test_nothing_is_missing(chromium, address, page):
    seen = audit(WEB, chromium, address + page, WHOLE)
    assert (seen.scores, seen.lost) == (WHOLE, ())
