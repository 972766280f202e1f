"""Opening a page of a site, and knowing when it is ready: by what it has, not by half a second without a request."""

from __future__ import annotations

from playwright.sync_api import Page, Request

PATIENCE = 120_000
"""Milliseconds after which what has not come does not come at all, on however busy a machine."""


def is_last(request: Request) -> bool:
    """What the theme needs to exchange pages without a reload; it comes after the page's own scripts have run."""
    return request.url.endswith("/sitemap.xml")


def go(page: Page, address: str) -> None:
    """Open it, and come back when its elements work and its links exchange pages without a reload."""
    _ready_after(page, lambda: page.goto(address))


def reload(page: Page) -> None:
    """Again, and as ready as after `go`."""
    _ready_after(page, page.reload)


def _ready_after(page: Page, navigate) -> None:
    came: list[Request] = []

    def hear(request: Request) -> None:
        if is_last(request):
            came.append(request)

    page.on("requestfinished", hear)
    # Nothing is answered where the address leads to another place of the same page.
    if navigate() and not came:
        page.wait_for_event("requestfinished", is_last)
    page.remove_listener("requestfinished", hear)
    page.locator(":not(:defined):not(ka-html)").first.wait_for(state="detached")  # that one is no more than a name
