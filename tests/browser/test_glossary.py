"""Terms with their tips, and the marks of what was checked, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from axe_findings import found_by_axe
from browser.opening import go

CHAPTER = "chapters/04-minimal-client.html"


def term(page: Page, name: str = "TLS context"):
    return page.locator("article a.ka-term", has_text=name).first


def tip(page: Page):
    return page.get_by_role("tooltip")


@pytest.fixture
def touched(browser, address):
    """touched(path) -> a page on a telephone."""
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 320, "height": 700})

    def opened(path: str) -> Page:
        page = context.new_page()
        go(page, address + path)
        return page

    yield opened
    context.close()


# --- tips -----------------------------------------------------------------------------------------------------------


def test_a_pointer_opens_the_tip_and_may_go_into_it(visit):
    page = visit(CHAPTER)
    term(page).hover()
    expect(tip(page)).to_contain_text("People assume: It is made when an https address is called.")
    expect(term(page)).to_have_attribute("aria-describedby", "ka-tip")
    box = tip(page).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=12)
    expect(tip(page)).to_be_visible()
    page.mouse.move(2, 2)
    expect(tip(page)).to_have_count(0)
    assert term(page).get_attribute("aria-describedby") is None


def test_the_keyboard_opens_the_tip_and_escape_closes_it(visit):
    page = visit(CHAPTER)
    term(page).focus()
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip(page)).to_have_count(0)
    expect(term(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(term(page)).not_to_be_focused()
    assert term(page).get_attribute("aria-describedby") is None


def test_a_pointer_that_leaves_does_not_close_what_the_keyboard_opened(visit):
    page = visit(CHAPTER)
    term(page).focus()
    term(page).hover()
    page.mouse.move(2, 2)
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip(page)).to_have_count(0)


def test_a_term_is_a_link_and_tips_work_on_the_page_it_leads_back_to(visit):
    page = visit(CHAPTER)
    page.evaluate("window.stillHere = true")
    term(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#tls-context")
    page.get_by_role("heading", name="Glossary").wait_for()
    expect(tip(page)).to_have_count(0)
    page.locator("#tls-context ~ .ka-used a[href*='04-']").first.click()
    page.locator("h1#a-minimal-client").wait_for()
    assert page.evaluate("window.stillHere"), "a page that came without a reload"
    term(page).hover()
    expect(tip(page)).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_an_open_tip_has_nothing_for_axe_to_find(visit, scheme, width):
    page = visit(CHAPTER, scheme=scheme, width=width)
    page.locator("details").evaluate_all("boxes => boxes.forEach(box => { box.open = true })")
    term(page).focus()
    expect(tip(page)).to_be_visible()
    assert found_by_axe(page) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_every_tip_stays_in_the_window_and_off_its_term(visit, width):
    page = visit(CHAPTER, width=width)
    page.locator("article details").evaluate_all("boxes => boxes.forEach(box => { box.open = true })")
    outside = page.evaluate(
        """() => [...document.querySelectorAll('article a.ka-term')].flatMap((term, place) => {
          // At the window's lower and upper edge in turn.
          term.scrollIntoView({ block: place % 2 ? 'end' : 'center' });
          term.blur();
          term.focus({ preventScroll: true });
          const tip = document.querySelector('[role=tooltip]').closest('.ka-tip');
          const box = tip.getBoundingClientRect();
          const line = term.getBoundingClientRect();
          const fits = box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
          const covers = box.top < line.bottom - 1 && box.bottom > line.top + 1;
          return fits && !covers ? [] : [[term.textContent, box.toJSON(), line.toJSON()]];
        })"""
    )
    assert outside == []
    assert page.locator("article a.ka-term").count() > 5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_tap_opens_the_tip_and_a_second_follows_the_link(touched):
    page = touched(CHAPTER)
    term(page).tap()
    expect(tip(page)).to_be_visible()
    assert page.url.endswith(CHAPTER)
    page.locator("article h1").tap()
    expect(tip(page)).to_have_count(0)
    term(page).tap()
    expect(tip(page)).to_be_visible()
    term(page).tap()
    page.wait_for_url("**/glossary.html#tls-context")


def test_after_a_tap_the_keyboard_follows_the_link(touched):
    page = touched(CHAPTER)
    term(page).tap()
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#tls-context")


def test_a_tap_s_tip_has_a_link_to_the_glossary(touched):
    page = touched(CHAPTER)
    term(page).tap()
    link = page.locator(".ka-tip").get_by_role("link", name="Glossary")
    assert link.bounding_box()["height"] >= 24
    link.tap()
    page.wait_for_url("**/glossary.html#tls-context")
    expect(tip(page)).to_have_count(0)


def test_from_a_folder_the_tip_is_there_too(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / CHAPTER).as_uri())
    term(page).focus()
    expect(tip(page)).to_contain_text("People assume: ")
    context.close()


def test_without_a_script_a_term_is_a_link(visit):
    page = visit(CHAPTER, script=False)
    assert not page.locator("template.ka-tips").is_visible()
    term(page).click()
    page.wait_for_url("**/glossary.html#tls-context")
    assert page.locator("h2#tls-context").is_visible()


def test_on_paper_there_are_no_terms(visit):
    page = visit(CHAPTER)
    term(page).focus()
    expect(tip(page)).to_be_visible()
    page.emulate_media(media="print")
    expect(tip(page)).to_be_hidden()
    assert term(page).evaluate("link => getComputedStyle(link).textDecorationLine") == "none"


# --- what was checked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_mark_leads_to_its_statement_and_back(visit, script):
    page = visit(CHAPTER, script=script)
    mark = page.get_by_role("link", name="checked: 1", exact=True).first
    statement = page.locator("#check-1")
    expect(statement).to_be_hidden()
    mark.click()
    expect(statement).to_be_in_viewport()
    expect(statement).to_contain_text(
        "A client made for each call opens a connection for each call: 50 calls, 50 connections."
    )
    expect(page.locator(".ka-checked")).to_contain_text("tried with httpx 0.28.1, httpcore ")
    statement.get_by_role("link", name="Back to the text").first.click()
    expect(mark).to_be_in_viewport()


def test_tab_passes_the_marks_by_and_the_contents_lead_to_the_list(visit):
    page = visit(CHAPTER)
    marks = page.locator("article .ka-mark a")
    assert marks.count() > 20
    assert marks.evaluate_all("links => links.every(link => link.tabIndex === -1)")
    link = page.locator(".md-sidebar--secondary").get_by_role("link", name="Checked on this page")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#check-1")).to_be_visible()
    expect(link).not_to_be_focused()  # the browser starts from the target then
    page.keyboard.press("Tab")
    expect(page.locator(".ka-checked :focus")).to_have_count(1)
