"""A real Chromium that shows an output as its host does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from notebook_hosts import HOSTS


@pytest.fixture(scope="module")  # not longer: see tests/browser/conftest.py
def browser() -> Iterator[Browser]:
    named = os.environ.get("KEEPALIVE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.fail("There is no Chromium on PATH; `python3 course.py test` brings one.", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def shown(browser: Browser) -> Iterator:
    """shown(host, html, width=900) -> Page; any request that it makes fails the test."""
    pages: list[Page] = []
    asked: list[str] = []

    def show(host: str, html: str, *, width: int = 900) -> Page:
        css, body, frame = HOSTS[host]()
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page.route("**/*", lambda route: (asked.append(route.request.url), route.abort()))
        page.set_content(
            f'<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page'
            f"</title><style>{css}</style></head><body {body}><main><h1>Chapter</h1><h2>Exercise</h2>"
            f"{frame.format(html)}</main></body></html>"
        )
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.close()
    assert asked == []
