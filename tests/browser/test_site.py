"""Every page of the built site in a real Chromium: clean, reachable by keyboard, readable without a script."""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from pathlib import Path

import pypdf
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from axe_findings import found_by_axe
from keepalive.course import Course
from keepalive.course.notebooks import learner_copy
from keepalive.website import reference

ROOT = Path(os.environ.get("KEEPALIVE_ROOT") or Path(__file__).parents[2]).resolve()

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
WRITTEN = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
PAGES = [
    # Author's pages are for people with a clone.
    *sorted(path.with_suffix(".html").as_posix() for path in WRITTEN if path.parts[0] != "authors"),
    *(f"chapters/{name}.html" for name in CHAPTERS),
    "course.html",
    "glossary.html",
    *(name.removesuffix(".md") + ".html" for entry in reference.navigation() for name in entry.values()),
]

ONE_OF_EACH_KIND = {
    *("index.html", "start.html", "exam.html", "progress.html", "glossary.html", "reference/practice-api.html"),
    *("chapters/04-minimal-client.html", "chapters/09-retries.html"),
}
"""Pages are written in a few ways. What one way of looking finds in one of a kind, it finds in the others."""

one_of_each_kind = pytest.mark.parametrize(
    "path", [pytest.param(path, marks=() if path in ONE_OF_EACH_KIND else pytest.mark.thorough) for path in PAGES]
)


def test_these_are_all_pages(site):
    assert set(PAGES) >= ONE_OF_EACH_KIND
    assert sorted([*PAGES, "404.html"]) == sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


# --- every page -----------------------------------------------------------------------------------------------------


SETTLED = """async () => {
  for (let frames = 0; frames < 10 || document.getAnimations().length; frames += 1)
    await new Promise(requestAnimationFrame);
}"""
"""Some frames on, and nothing moves or fades any more: what comes into view has come, in the colours it keeps."""


# One visit serves all that is asked of it: opening 21 pages once more costs as much as everything that is asked.


@one_of_each_kind
def test_page_on_a_wide_screen(visit, path):
    page = visit(path, width=1280)
    assert_axe_finds_nothing(page)
    assert page.locator("body").get_attribute("data-md-color-scheme") == "default"


@one_of_each_kind
def test_page_on_a_telephone_in_the_dark(visit, path):
    page = visit(path, scheme="dark", width=390)
    assert_axe_finds_nothing(page)
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    page.set_viewport_size({"width": 320, "height": 900})
    assert_fits(page)


@one_of_each_kind
def test_page_without_a_script(visit, path):
    page = visit(path, script=False)
    assert_reads(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert_fits(page)


def assert_axe_finds_nothing(page) -> None:
    # What is folded away, and what the theme adds as it comes into view, is looked at too.
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true })")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.evaluate(SETTLED)
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate(SETTLED)
    assert found_by_axe(page) == []


def assert_fits(page) -> None:
    # What is asked from here is answered where the page's own scripts are switched off, too.
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true })")
    sticking_out = page.evaluate(
        """() => {
          const scrolls = (box) =>
            box && (/auto|scroll/.test(getComputedStyle(box).overflowX) || scrolls(box.parentElement));
          return [...document.querySelectorAll('.md-header *, .md-content *, .md-footer *')]
            .filter((box) => box.getClientRects().length && box.getBoundingClientRect().right > innerWidth + 1)
            .filter((box) => !scrolls(box.parentElement) && !box.closest('.md-search, .headerlink'))
            .map((box) => box.outerHTML.slice(0, 120))
        }"""
    )
    assert sticking_out == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def assert_reads(page) -> None:
    assert page.locator("article h1").is_visible()
    assert page.locator("article").inner_text().strip()
    # No control that does nothing.
    assert not page.locator(".md-search").is_visible()
    assert page.locator("label[for=__search]:visible").count() == 0
    assert not page.locator(".ka-colours").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_what_every_page_has(site, path):
    """As a search engine and a screen reader get it; no browser is needed to read that."""
    found = BeautifulSoup((site / path).read_text("utf-8"), "html.parser")
    assert found.html["lang"] == "en"
    assert len(found.find_all("h1")) == 1
    assert found.title.string.endswith("Keepalive")
    assert len(found.find("meta", attrs={"name": "description"})["content"]) > 20
    assert not found.select("link[rel=canonical]"), "there is no address to be canonical before it is published"


# --- moving about ---------------------------------------------------------------------------------------------------


def follow(page, link) -> None:
    """Click, and wait until the page has been exchanged: the address changes before that."""
    target, article = link.evaluate("link => link.href"), page.query_selector("article")
    link.click()
    page.wait_for_url(target)
    article.wait_for_element_state("hidden")


def test_next_leads_through_the_whole_course_and_previous_back(visit):
    page = visit("index.html")
    passed = [page.url]
    while (link := page.locator("a.md-footer__link--next")).count():
        follow(page, link)
        assert page.locator("a.md-footer__link--prev").evaluate("link => link.href") == passed[-1]
        passed.append(page.url)
    assert len(passed) == len(set(passed)) == len(PAGES)
    for url in reversed(passed[-4:-1]):
        follow(page, page.locator("a.md-footer__link--prev"))
        assert page.url == url


def test_a_click_changes_the_page_without_a_reload(visit):
    page = visit("index.html")
    page.evaluate("window.stillHere = true")
    follow(page, page.locator(".md-footer__link--next"))
    assert page.url.endswith("/start.html")
    page.locator(".md-code__nav").first.wait_for()
    assert page.evaluate("window.stillHere")
    # What mends the theme for a keyboard works on pages that came this way, too.
    expect(page.locator(".md-code__nav:not([aria-label])")).to_have_count(0)


def test_the_search_fetches_its_index_with_the_first_letter(visit):
    fetched: list[str] = []
    page = visit("index.html", listen=lambda response: fetched.append(response.url))

    def of_search() -> list[str]:
        return [url for url in fetched if url.endswith("/search/pages.json") or "/workers/search." in url]

    page.keyboard.press("/")
    expect(page.locator("#__search")).to_be_checked()
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")
    assert of_search() == []
    page.keyboard.type("pool")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    assert len(of_search()) == 2
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("zzzz")
    expect(page.locator(".md-search-result__meta")).to_have_text("No matching documents")


def test_a_search_that_cannot_be_fetched_tries_again(visit):
    page = visit("index.html", expect_errors=True)
    page.context.route("**/search/pages.json", lambda route: route.abort())
    page.keyboard.press("/")
    page.keyboard.type("po")
    expect(page.locator(".md-search-result__meta")).to_have_text("No matching documents")
    page.context.unroute("**/search/pages.json")
    page.keyboard.type("ol")
    expect(page.locator(".md-search-result__link").first).to_be_visible()


def test_style_sheets_come_and_go_with_the_elements_of_a_page(visit):
    def sheets() -> list[str]:
        links = "links => links.map(link => link.href.match(/assets\\/([a-z]+)\\.css/)).filter(Boolean).map(m => m[1])"
        return sorted(page.locator("link[rel=stylesheet]").evaluate_all(links))

    def go(name: str) -> None:
        page.locator(f".md-nav--primary a[href$='{name}']").first.evaluate("link => link.click()")
        page.wait_for_url(f"**/{name}")

    page = visit("start.html")
    page.evaluate("window.stillHere = true")
    assert sheets() == ["keepalive", "tabs", "terms"]
    go("exam.html")
    expect(page.locator("keepalive-exam")).to_be_visible()
    expect(page.locator("keepalive-exam")).to_have_css("display", "block")
    assert sheets() == ["certificate", "exam", "keepalive", "questions", "terms"]
    go("widgets.html")
    expect(page.locator("keepalive-widget").first).to_have_css("display", "block")
    assert sheets() == ["keepalive", "terms", "widgets"]
    page.go_back()
    expect(page.locator("keepalive-exam")).to_have_css("display", "block")
    assert page.evaluate("window.stillHere")


def test_search_by_keyboard(visit):
    page = visit("index.html")
    page.keyboard.press("/")
    page.keyboard.type("without network")
    # Each letter is answered, and an answer takes the place of the one before, with the cursor if it is there.
    # That the last word is whole stands in the link, in whatever order.
    whole = ".md-search-result__link[href*='start.html?h='][href*='network{}']"
    page.locator(f"{whole.format('#')}, {whole.format('+')}").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/start.html?*")
    page.get_by_role("heading", name="Without a network").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_open_search_has_nothing_for_axe_to_find(visit, scheme, width):
    page = visit("start.html", scheme=scheme, width=width)
    page.get_by_role("button" if width < 960 else "textbox", name="Search").click()
    page.keyboard.type("connection")
    page.locator(".md-search-result__link").first.wait_for()
    assert found_by_axe(page) == []


def test_escape_leaves_the_search(visit):
    page = visit("index.html")
    is_open = page.locator("#__search")
    page.keyboard.press("/")
    # The theme opens the search a moment after it has the cursor; an Escape before that is for the page.
    expect(is_open).to_be_checked()
    page.keyboard.press("Escape")
    expect(is_open).not_to_be_checked()
    expect(page.get_by_role("textbox", name="Search")).not_to_be_focused()


def focused(page) -> dict:
    return page.evaluate(
        """() => { const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
             return { tag: at.tagName, classes: at.className, id: at.id, text: at.innerText || at.ariaLabel || '',
                      inside: !!at.closest('article'), width: box.width, height: box.height, left: box.left,
                      outline: style.outlineStyle, hidden: style.visibility === 'hidden' } }"""
    )


def test_skip_link_is_first_and_leads_to_the_content(visit):
    page = visit("start.html")
    page.keyboard.press("Tab")
    assert focused(page)["text"].strip() == "Skip to content"
    expect(page.locator(".md-skip")).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    page.locator("h1:target").wait_for()  # the address changes a moment earlier
    page.keyboard.press("Tab")
    assert focused(page)["inside"]


@pytest.mark.parametrize("width", [1280, 390])
def test_tab_reaches_the_content_and_is_always_seen(visit, width):
    page = visit("start.html", width=width)
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(focused(page))
        if stops[-1]["inside"]:
            break
    assert stops[-1]["inside"], [stop["text"] for stop in stops]
    for stop in stops:
        assert stop["width"] and stop["left"] >= 0 and not stop["hidden"], stop
        assert stop["outline"] != "none" or stop["tag"] == "INPUT", stop


def test_colours_switch_by_keyboard_and_are_remembered(visit):
    page = visit("index.html")
    scheme = page.locator("body")
    while "ka-colours" not in focused(page)["classes"]:
        page.keyboard.press("Tab")
    assert focused(page)["outline"] != "none"
    button = page.get_by_role("button", name="Dark colours")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    page.reload()
    expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    page.goto(page.url.replace("index.html", "start.html"))
    expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    page.get_by_role("button", name="Dark colours").click()
    expect(scheme).to_have_attribute("data-md-color-scheme", "default")


def test_colours_go_with_the_system_until_somebody_chooses(visit):
    page = visit("index.html")
    scheme = page.locator("body")
    expect(scheme).to_have_attribute("data-md-color-scheme", "default")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    expect(scheme).to_have_attribute("data-md-color-scheme", "default")
    page.goto("about:blank")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # while nobody looks
    page.go_back()
    expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    page.get_by_role("button", name="Dark colours").click()
    expect(scheme).to_have_attribute("data-md-color-scheme", "default")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(scheme).to_have_attribute("data-md-color-scheme", "default")


def test_nothing_is_shown_in_colours_that_it_does_not_keep(visit):
    note = """
      window.schemes = new Set();
      new MutationObserver(() => document.querySelector("h1") && schemes.add(document.body.dataset.mdColorScheme))
        .observe(document, { childList: true, subtree: true, attributes: true });
    """
    page = visit("chapters/04-minimal-client.html", scheme="dark", init=note)
    assert page.evaluate("[...schemes]") == ["slate"]


def test_a_page_is_styled_once(browser, address):
    """Each of its elements: a browser that styles the whole page again counts all of them again."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.goto(f"{address}chapters/09-retries.html")
    page.wait_for_load_state("networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    elements = page.evaluate("document.querySelectorAll('*').length")
    context.close()
    styled = sum(event["args"].get("elementCount", 0) for event in events if event["name"] == "UpdateLayoutTree")
    assert elements / 2 < styled < 1.5 * elements


def test_tabs_are_tabs_on_a_page_that_came_without_a_reload(visit):
    page = visit("index.html")
    page.evaluate("window.stillHere = true")
    page.locator("article").get_by_role("link", name="Start").first.click()
    page.wait_for_url("**/start.html")
    command = page.get_by_text("py course.py", exact=True)
    expect(command).to_be_hidden()
    page.locator(".tabbed-labels").get_by_text("Windows").first.click()
    expect(command).to_be_visible()
    assert page.evaluate("window.stillHere")


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_titles_of_previous_and_next_are_read_whole(visit, width):
    page = visit("chapters/04-minimal-client.html", width=width)
    links = page.locator("a.md-footer__link")
    expect(links).to_have_count(2)
    for link in links.all():
        link.scroll_into_view_if_needed()
        for part in (".md-footer__direction", ".md-ellipsis", ".md-footer__button svg"):
            expect(link.locator(part)).to_be_visible()
            box = link.locator(part).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, part
        assert link.locator(".md-ellipsis").evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_copy_button_covers_no_end_of_a_line(visit):
    page = visit("chapters/04-minimal-client.html", width=360)
    covered = """() => [...document.querySelectorAll('.highlight pre')].filter((pre) => {
      const code = pre.querySelector(':scope > code'), nav = pre.querySelector('.md-code__nav');
      if (!nav || code.innerText.trim().includes('\\n')) return false;
      code.scrollLeft = 1e6;
      const text = document.createRange();
      text.selectNodeContents(code);
      const rights = [...text.getClientRects()].map(({ right }) => right);
      return Math.max(...rights) > nav.getBoundingClientRect().left;
    }).map((pre) => pre.innerText)"""
    shown = page.locator(".highlight pre .md-code__nav")
    for pre in page.locator(".highlight pre").all():
        pre.scroll_into_view_if_needed()  # the theme adds its button to what comes into sight
    expect(shown.first).to_be_attached()
    assert page.evaluate(covered) == []


def test_menu_on_a_narrow_screen_by_keyboard(visit):
    page = visit("index.html", width=390)
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    link = page.locator(".md-sidebar--primary").get_by_role("link", name="Course map")
    link.wait_for()
    expect(page.get_by_role("button", name="Menu")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".md-sidebar--primary")).to_be_hidden()  # a function in the page is not within its policy
    expect(page.get_by_role("button", name="Menu")).to_be_focused()
    page.keyboard.press("Enter")
    link.wait_for()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/course.html")


def test_reduced_motion_is_respected(visit):
    moving = """() => [...document.querySelectorAll('*')]
      .filter((box) => getComputedStyle(box).transitionDuration.split(', ').some((time) => parseFloat(time) > 0.001))
      .map((box) => box.className)"""
    assert visit("start.html", motion="no-preference").evaluate(moving) != []
    assert visit("start.html", motion="reduce").evaluate(moving) == []


def test_a_page_that_does_not_exist(visit, address):
    page = visit("no/such/page.html", expect_errors=True)
    assert "404" in page.locator("article h1").inner_text()
    assert found_by_axe(page) == []


def test_pages_read_from_a_folder(browser, site):
    """A double click on index.html: no server, and reading and going on works."""
    context = browser.new_context()
    page = context.new_page()
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.locator("article").get_by_role("link", name="Start").first.click()
    page.wait_for_url("**/start.html")
    assert page.title() == "Start - Keepalive"
    expect(page.locator(".md-search"), "it could not start its worker").to_be_hidden()
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


@one_of_each_kind
def test_every_page_reads_from_a_folder(browser, site, path):
    context = browser.new_context()
    page = context.new_page()
    errors, failed = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto((site / path).as_uri())
    assert page.locator("article h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--ka-brand')").strip(), "no style sheet"
    assert errors == [] and [url for url in failed if url.endswith((".css", ".svg"))] == []
    context.close()


# --- reference pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_table_that_does_not_fit_scrolls_by_keyboard(visit, script):
    page = visit("reference/exercise-schema.html", width=320, script=script)
    box = page.locator(".ka-scroll").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    # Scrolling is the browser's own, and comes a frame after its key. Asked from here, because a page without scripts
    # cannot wait by itself.
    for _ in range(600):
        if box.evaluate("box => box.scrollLeft > 0"):
            break
        page.wait_for_timeout(50)
    assert box.evaluate("box => box === document.activeElement && box.scrollLeft > 0")


def test_a_table_that_fits_is_no_stop_for_the_keyboard(visit):
    page = visit("reference/command-line.html")
    assert page.locator(".ka-scroll").count() > 5
    assert page.locator(".ka-scroll[tabindex]").count() == 0


@pytest.mark.parametrize("name", ["verdict", "exercise"])
def test_a_schema_is_downloaded(visit, site, name):
    page = visit(f"reference/{name}-schema.html")
    with page.expect_download() as started:
        page.get_by_role("link", name=f"Download {name}.schema.json").click()
    assert started.value.suggested_filename == f"{name}.schema.json"
    got = Path(started.value.path()).read_bytes()
    assert got == (site / f"reference/{name}.schema.json").read_bytes() and json.loads(got)["type"] == "object"


# --- paper ------------------------------------------------------------------------------------------------------------


def words(text: str) -> str:
    """The letters and digits alone: where a line or a page ends is the printer's business."""
    return re.sub(r"[^a-z0-9]+", "", unicodedata.normalize("NFKC", text).lower())  # a ligature is two letters


def printed(page) -> str:
    """What a printer gets, as text."""
    made = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    assert len(made.pages) > 0
    return "\n".join(each.extract_text() for each in made.pages)


@one_of_each_kind
def test_page_on_paper(visit, path):
    page = visit(path, scheme="dark")
    folded = folded_texts(page) if path.startswith("chapters/") else []
    title = page.locator("h1").inner_text().replace("¶", "")
    navigation = page.locator(".md-nav--primary").first.text_content()
    assert "Course map" in navigation
    text = printed(page)
    assert words(title) in words(text)
    for part in ("Skip to content", "Table of contents", "Switch to", "Search", "Download ", "Next", "Previous"):
        assert part not in text.splitlines(), part
    # The folded parts are as they were, after it is printed.
    assert page.locator(".md-content details[open]").count() == 0
    # Folded ones are printed.
    for code in folded:
        assert words(code)[:200] in words(text)
    assert folded or not path.startswith("chapters/04")


def test_what_is_folded_is_printed_without_a_script(visit):
    page = visit("chapters/04-minimal-client.html", script=False)
    folded, on_paper = folded_texts(page), words(printed(page))
    assert folded
    for code in folded:
        assert words(code)[:200] in on_paper


def folded_texts(page) -> list[str]:
    folded = page.locator(".md-content details:not(.ka-head details) > pre")
    return [text for text in folded.all_text_contents() if len(words(text)) > 20]


def test_paper_is_light_whatever_the_screen_is(visit):
    page = visit("start.html", scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="print")
    ink = page.evaluate("getComputedStyle(document.querySelector('.md-typeset')).color")
    assert ink != dark and all(int(part) < 90 for part in re.findall(r"\d+", ink)[:3]), ink
    assert page.evaluate("getComputedStyle(document.querySelector('pre > code')).whiteSpace") == "pre-wrap"


def test_paper_says_where_links_to_other_hosts_lead(visit):
    text = words(printed(visit("about.html")))
    assert words("MkDocs (https://www.mkdocs.org/)") in text
    assert words("start.html") not in words(printed(visit("index.html")))


def test_no_figure_is_cut_across_two_pages(visit):
    page = visit("chapters/04-minimal-client.html")
    page.emulate_media(media="print")
    breaks = "boxes => boxes.filter(box => getComputedStyle(box).breakInside !== 'avoid').length"
    assert page.locator(".md-content svg").count() and page.locator(".md-content svg").evaluate_all(breaks) == 0


# --- chapters and landing page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if f"chapters/{name}.html" in ONE_OF_EACH_KIND else pytest.mark.thorough)
        for name in CHAPTERS
    ],
)
def test_chapter_says_what_it_takes_and_its_download_is_what_a_learner_gets(visit, name):
    page = visit(f"chapters/{name}.html")
    head = page.locator(".ka-head")
    assert "Part " in head.inner_text() and " min" in head.inner_text()
    assert head.get_by_role("listitem").count() >= 1
    assert head.locator("summary", has_text="How to open it").is_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download notebook").click()
    assert started.value.suggested_filename == f"{name}.ipynb"
    got, course = Path(started.value.path()).read_bytes(), Course.load(ROOT)
    assert got == learner_copy(course, course.chapter(name))
    cells = json.loads(got)["cells"]
    assert not any(cell.get("outputs") for cell in cells), "the notebook is handed out as it is before anybody ran it"


def test_landing_page_shows_two_runs(visit):
    page = visit("index.html")
    titles = page.locator(".ka-figure:visible svg > title").all_text_contents()
    assert [title.partition(",")[0] for title in titles] == [
        "A client for each call: 5 connections",
        "One client that is kept: 1 connection",
    ]
    assert page.locator("article h2#start").is_visible()
