"""What axe, the checker of accessibility, finds in a page."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def found_by_axe(page: Page) -> list[tuple[str, list[str], str]]:
    """Rule, place and what is wrong, of each; nothing where all is well."""
    page.evaluate(AXE)
    # The one rule of WCAG 2.2 AA among axe's, which it does not ask for by itself: targets of a finger's size.
    asked = "{ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }"
    found = page.evaluate(f"axe.run(document, {asked})")["violations"]
    return [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]
