"""A real Chromium, and the built site on a loopback port. Every page that is opened is watched.

`browser` is the browser itself, one per worker; whoever tests another program in it (JupyterLab) starts there.
`visit(path, ...)` opens a page of the site; a request to another host, an error on the console or an exception in a
script fails the test when it ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from browser.opening import PATIENCE, go
from browser.small_site import served

expect.set_options(timeout=PATIENCE)

ROOT = Path(os.environ.get("KEEPALIVE_ROOT") or Path(__file__).parents[2]).resolve()

ARGUMENTS = [
    "--no-sandbox",  # in a container, where the sandbox cannot be had
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium's own conversations with its maker's hosts:
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other host has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is. A missing one fails the tests: they would otherwise prove nothing and look well."""
    named = os.environ.get("KEEPALIVE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found or not Path(found).exists():
        pytest.fail(
            f"There is no Chromium {f'at {named}' if named else 'on PATH'}. `python3 course.py test` brings one; "
            "or install it (Debian, Ubuntu: apt install chromium), or name one in KEEPALIVE_CHROMIUM.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for a file's tests. Not longer: as long as Playwright's sync API runs, an event loop is running in
    this thread, and `asyncio.run` of the next tests in the same process would refuse.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site, up to date. With several workers the first one builds, and the others wait for its lock."""
    build = [sys.executable, "-m", "keepalive.website", "build"]
    done = subprocess.run(build, env={**os.environ, "KEEPALIVE_ROOT": str(ROOT)}, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"The site could not be built.\n{done.stdout}{done.stderr}", pytrace=False)
    return ROOT / "site"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site as `python -m keepalive.website serve` serves it, on a port of its own."""
    with served(site) as address:
        yield address


class Watch:
    """What went wrong in a browser context: requests to other hosts (which they do not reach), errors of scripts.

    Requests are heard of, not held: a route for all of them takes each through two other processes and switches the
    browser's cache off.
    """

    def __init__(self, context: BrowserContext, own: tuple[str, ...]) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.own = (*own, "data:", "blob:")
        context.on("request", self._judge)
        context.on("page", self._listen)

    def _judge(self, request) -> None:
        if not request.url.startswith(self.own):
            self.foreign.append(request.url)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.errors.append(f"{said.text} {said.location}"))


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """visit("start.html", scheme="dark", width=390, script=True, motion="reduce", expect_errors=False) -> Page

    `init`: a script that runs before those of the page. `listen`: hears every response.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def visit(
        path: str,
        *,
        scheme="light",
        width=1280,
        script=True,
        motion="reduce",
        expect_errors=False,
        init="",
        listen=None,
    ) -> Page:
        context = browser.new_context(
            color_scheme=scheme,
            reduced_motion=motion,
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
        )
        watch = Watch(context, own=(address,))
        if not expect_errors:
            opened.append((context, watch))
        if init:
            context.add_init_script(init)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if listen:
            page.on("response", listen)
        if script:
            go(page, address + path)
        else:
            page.goto(address + path)
        return page

    yield visit
    found = [(watch.foreign, watch.errors) for _, watch in opened]
    for context, _ in opened:
        context.close()
    assert all(each == ([], []) for each in found), found
