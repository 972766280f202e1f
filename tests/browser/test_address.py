"""What a learner writes is kept by address: the course has one, and a page says where the work is when it moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.small_site import built, served
from keepalive.course.progress import Progress
from keepalive.website.serve_moved import Moved
from website import sample


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(sample.make_root(tmp_path_factory.mktemp("address") / "course"))


@pytest.fixture(scope="module")
def before(small: Path) -> Iterator[str]:
    with served(small) as address:
        yield address


@pytest.fixture(scope="module")
def now(small: Path, before: str) -> Iterator[str]:
    """The same course after it moved, because another program had its port. By now that program has ended."""
    port = int(re.search(r":(\d+)/", before)[1])
    with served(small, moved=Moved(port, at=1_700_000_000)) as address:
        yield address


@pytest.fixture
def context(browser, before: str, now: str):
    context = browser.new_context(viewport={"width": 320, "height": 900}, reduced_motion="reduce")
    watch = Watch(context, own=(before, now))
    yield context
    context.close()
    assert (watch.foreign, watch.errors) == ([], [])


def include(page: Page, file: Path) -> None:
    work = page.locator("keepalive-work")
    with page.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Import").click()
    chooser.value.set_files(file)
    expect(work).to_contain_text(f"Imported from {file.name}: 1 event")


def test_the_page_says_where_the_work_is_and_the_work_comes_over(context, before, now, tmp_path):
    page = context.new_page()
    Progress(tmp_path / "p.json").add("read", "chapter:sample", {})
    Progress(tmp_path / "p.json").export(tmp_path / "mine.json")
    page.goto(f"{before}course.html")
    include(page, tmp_path / "mine.json")
    notice = page.get_by_role("complementary", name="Where your work is")
    expect(notice).to_have_count(0)

    page.goto(f"{now}start.html")
    expect(notice.get_by_role("link", name=before)).to_have_attribute("href", before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert found_by_axe(page) == []
    notice.get_by_role("link", name="below the course map").click()
    expect(page.locator("keepalive-work")).to_be_in_viewport()
    expect(notice).to_have_count(1)

    there = context.new_page()
    there.goto(before)
    there.goto(f"{before}course.html")
    with there.expect_download() as export:
        there.get_by_role("button", name="Export").click()
    export.value.save_as(tmp_path / "brought.json")
    include(page, tmp_path / "brought.json")

    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    page.goto(f"{now}chapters/01-sample.html")
    expect(page.locator("h1")).to_be_visible()
    expect(notice).to_have_count(0)


def test_the_notice_is_read_without_a_script(browser, before, now):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(now)
    notice = page.get_by_role("complementary", name="Where your work is")
    expect(notice).to_contain_text(f"What you wrote in the page is kept at {before}")
    expect(notice.get_by_role("button")).to_have_count(0)
    context.close()


def test_localhost_leads_to_the_same_work(browser, before):
    context = browser.new_context()
    page = context.new_page()
    elsewhere = before.replace("127.0.0.1", "localhost")
    page.goto(f"{elsewhere}course.html?a=b#your-work-in-this-browser")
    assert page.url == f"{before}course.html?a=b#your-work-in-this-browser"
    page.goto(f"{elsewhere}course.html?here")
    assert page.url == f"{elsewhere}course.html?here", "what was kept there before can be exported"
    expect(page.get_by_role("button", name="Export")).to_be_visible()
    context.close()


def test_an_old_copy_at_localhost_goes(browser, before, small):
    """Its worker answered there before the course had one address. The next look for a newer one ends it."""
    context = browser.new_context()
    page = context.new_page()
    elsewhere = before.replace("127.0.0.1", "localhost")
    page.goto(f"{elsewhere}start.html?here")
    page.evaluate("navigator.serviceWorker.register('/service-worker.js')")
    page.wait_for_function("navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)")
    context.close()


def test_a_copy_for_use_without_a_network_is_made_after_a_move(context, now):
    """Each file is checked against its hash, which the notice would change."""
    page = context.new_page()
    page.goto(f"{now}start.html")
    page.evaluate("document.querySelector('article').append(document.createElement('keepalive-offline'))")
    page.get_by_role("button", name="Make available offline").click()
    expect(page.locator("keepalive-offline")).to_contain_text("Available offline: version ")
