"""Widgets in a real Chromium: by mouse, by keyboard, in the address, on paper, in a narrow window, in JupyterLab."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.opening import PATIENCE
from browser.test_jupyterlab import Lab, choose_theme, lab, port, run_all  # noqa: F401
from keepalive.widgets import WIDGETS

PAGE = "widgets.html"

CHAPTER = "chapters/03-connections.html"

MOST_KB = 60
"""Of all widgets together, compressed."""

each_widget = pytest.mark.parametrize("widget", WIDGETS.values(), ids=lambda widget: widget.id)


def place(page: Page, widget: str) -> Locator:
    return page.locator(f"keepalive-widget[data-widget={widget}]")


def alive(page: Page, widget: str) -> Locator:
    """The widget, once its script has brought it to life."""
    found = place(page, widget)
    expect(found.locator(".ka-w-controls")).to_be_attached()
    return found


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def expected(widget: str, **values) -> str:
    """The finding, by the half in Python."""
    found = WIDGETS[widget]
    given = found.defaults | values
    return found.twin(given, found.model(given)).finding


def rows_of(found: Locator) -> list[list[str]]:
    cells = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    return found.locator(".ka-w-table tr").evaluate_all(cells)


@each_widget
def test_nothing_is_lost_without_a_script(visit, widget):
    page = visit(PAGE, script=False)
    found = place(page, widget.id)
    twin = widget.twin(widget.defaults, widget.model(widget.defaults))
    expect(found.locator(".ka-w-finding")).to_have_text(twin.finding)
    expect(found.locator(".ka-w-without")).to_be_visible()
    expect(found.locator(".ka-w-settings")).to_be_visible()
    assert found.locator("tr").count() == len(twin.rows) + 1
    assert found.locator("input, button").count() == 0


@each_widget
def test_the_page_says_what_python_says(visit, widget):
    found = alive(visit(PAGE), widget.id)
    twin = widget.twin(widget.defaults, widget.model(widget.defaults))
    expect(found.locator(".ka-w-finding")).to_have_text(twin.finding)
    assert rows_of(found) == [list(twin.header), *map(list, twin.rows)]
    expect(found.locator(".ka-w-without")).to_have_count(0)
    assert found.locator(".ka-w-picture svg").count() == 1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing(visit, scheme, width):
    page = visit(PAGE, scheme=scheme, width=width)
    for widget in WIDGETS:
        alive(page, widget)
    for fold in page.locator("keepalive-widget summary").all():
        fold.click()
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
@each_widget
def test_the_picture_fits_its_place(visit, widget, width):
    found = alive(visit(PAGE, width=width), widget.id)
    box, svg = found.locator(".ka-w").bounding_box(), found.locator(".ka-w-picture svg").bounding_box()
    assert box["x"] < svg["x"] and svg["x"] + svg["width"] < box["x"] + box["width"]
    outside = """svg => { const whole = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text')].filter((text) => {
        const box = text.getBoundingClientRect(); return box.left < whole.left - 1 || box.right > whole.right + 1;
      }).map((text) => text.textContent) }"""
    assert found.locator(".ka-w-picture svg").evaluate(outside) == []


@each_widget
def test_every_control_has_a_name_and_is_reached_by_keyboard(visit, widget):
    page = visit(PAGE)
    found = alive(page, widget.id)
    for control in widget.controls:
        if control.kind == "number":
            named = f"{control.label}, {control.unit}" if control.unit else control.label
            slider, field = found.get_by_role("slider", name=control.label), found.get_by_role("spinbutton", name=named)
            expect(slider.first).to_be_attached()
            expect(field.first).to_have_value(f"{control.default}")
            if control.help:
                expect(slider.first).to_have_accessible_description(control.help)
        elif control.kind == "flag":
            expect(found.get_by_role("checkbox", name=control.label)).to_be_checked(checked=control.default)
        else:
            chosen = dict(control.options)[control.default]
            either = found.get_by_role("radio", name=chosen, exact=True)
            if either.count():
                expect(found.get_by_role("group", name=control.label, exact=True)).to_be_attached()
                expect(either.first).to_be_checked()
            else:
                expect(found.get_by_role("combobox", name=control.label)).to_have_value(control.default)
    # One way through with Tab: each stop lies in the widget, and the last control is among them.
    inside = found.locator("input:not(:disabled), select:not(:disabled), button:not([hidden])")
    stops = inside.count() - sum(
        len(c.options) - 1 for c in widget.controls if c.kind == "choice" and len(c.options) < 5
    )
    inside.first.focus()
    for _ in range(stops - 1):
        page.keyboard.press("Tab")
        assert found.evaluate("box => box.contains(document.activeElement)")
    assert inside.last.evaluate("box => box === document.activeElement")


def test_a_slider_by_keyboard_changes_all_of_it(visit):
    page = visit(PAGE)
    found = alive(page, "connection-cost")
    before = found.locator("svg").inner_html()
    slider = found.get_by_role("slider", name="Round-trip time")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "83 ms")
    expect(found.get_by_role("spinbutton", name="Round-trip time, ms")).to_have_value("83")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=83))
    assert found.locator("svg").inner_html() != before
    assert query(page) == {"connection-cost.rtt": "83"}
    page.keyboard.press("Home")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=0))
    page.keyboard.press("End")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=300))
    found.get_by_role("radio", name="https, TLS 1.2").check()
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=300, protocol="tls12"))


def test_the_finding_is_said_when_the_hand_rests(visit):
    """Its region is polite, and a slide of thirty steps is said once, or twice on a slow machine, not thirty times."""
    page = visit(PAGE)
    found = alive(page, "connection-cost")
    finding = found.locator(".ka-w-finding")
    expect(finding).to_have_attribute("aria-live", "polite")
    watch = """box => { window.said = []; new MutationObserver(() => window.said.push(box.textContent))
      .observe(box, { childList: true, characterData: true, subtree: true }) }"""
    finding.evaluate(watch)
    slide = """slider => { for (let value = 100; value < 130; value++) {
      slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })) } }"""
    found.get_by_role("slider", name="Round-trip time").evaluate(slide)
    expect(finding).to_have_text(expected("connection-cost", rtt=129))
    assert page.evaluate("window.said") == [expected("connection-cost", rtt=129)]


def test_a_number_out_of_bounds_is_brought_back_and_said(visit):
    page = visit(PAGE)
    found = alive(page, "connection-cost")
    field = found.get_by_role("spinbutton", name="Calls", exact=True)
    field.fill("5000")
    expect(found.locator(".ka-w-said")).to_have_text("")
    page.keyboard.press("Tab")
    expect(field).to_have_value("1000")
    expect(found.locator(".ka-w-said")).to_have_text("Calls goes from 1 to 1000; it is 1000 now.")
    expect(found.locator(".ka-w-said")).to_have_attribute("role", "status")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", calls=1000))
    field.fill("")
    page.keyboard.press("Tab")
    expect(field).to_have_value("1000")
    expect(found.locator(".ka-w-said")).to_contain_text("it is 1000 now")


def test_back_to_the_start_and_undo(visit):
    page = visit(f"{PAGE}?connection-cost.rtt=20&connection-cost.calls=7&h=x")
    found = alive(page, "connection-cost")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=20, calls=7))
    expect(found.get_by_role("button", name="Undo")).to_be_hidden()
    found.get_by_role("button", name="Back to the start values").press("Enter")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost"))
    assert query(page) == {"h": "x"}
    found.get_by_role("button", name="Undo").press("Enter")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=20, calls=7))
    assert query(page) == {"connection-cost.rtt": "20", "connection-cost.calls": "7", "h": "x"}
    expect(found.get_by_role("button", name="Undo")).to_be_hidden()
    expect(found.get_by_role("button", name="Back to the start values")).to_be_focused()


def test_the_address_says_what_is_set_and_others_keep_theirs(visit):
    page = visit(f"{PAGE}?lifecycle.calls=2&connection-cost.protocol=http#connection-cost")
    cost, life = alive(page, "connection-cost"), alive(page, "lifecycle")
    expect(cost.locator(".ka-w-finding")).to_have_text(expected("connection-cost", protocol="http"))
    expect(life.locator(".ka-w-finding")).to_have_text(expected("lifecycle", calls=2))
    life.get_by_role("checkbox", name="https").uncheck()
    expect(life.locator(".ka-w-finding")).to_have_text(expected("lifecycle", calls=2, tls=False))
    assert query(page) == {"connection-cost.protocol": "http", "lifecycle.calls": "2", "lifecycle.tls": "0"}
    assert urlsplit(page.url).fragment == "connection-cost"
    page.reload()
    expect(alive(page, "lifecycle").locator(".ka-w-finding")).to_have_text(expected("lifecycle", calls=2, tls=False))


def test_what_the_address_cannot_mean_is_said(visit):
    page = visit(f"{PAGE}?connection-cost.rtt=9000&connection-cost.speed=<b>x&connection-cost.calls=3")
    found = alive(page, "connection-cost")
    expect(found.locator(".ka-w-said")).to_have_text(
        "The address of this page asks for what this widget does not know: rtt=9000, speed=<b>x."
    )
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", calls=3))
    expect(alive(page, "lifecycle").locator(".ka-w-said")).to_be_hidden()


def test_copy_link(visit):
    page = visit(PAGE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    found = alive(page, "connection-cost")
    found.get_by_role("slider", name="Calls", exact=True).fill("12")
    found.get_by_role("button", name="Copy link").click()
    expect(found.locator(".ka-w-said")).to_have_text("The link is in the clipboard.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url and link.endswith("?connection-cost.calls=12")


def test_copy_link_where_the_clipboard_is_closed(visit):
    closed = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    found = alive(visit(PAGE, init=closed), "connection-cost")
    found.get_by_role("button", name="Copy link").click()
    field = found.get_by_role("textbox", name="Link to these values")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+/widgets\.html$"))


def test_a_page_that_comes_without_a_reload_has_its_widgets(visit):
    page = visit("about.html")
    page.evaluate("window.stays = true")
    page.locator(".md-nav--primary").get_by_role("link", name="Widgets").first.click()
    page.wait_for_url("**/widgets.html")
    found = alive(page, "connection-cost")
    found.get_by_role("slider", name="Calls", exact=True).fill("12")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", calls=12))
    assert page.evaluate("window.stays"), "no reload"
    page.locator(".md-nav--primary").get_by_role("link", name="About").first.click()
    page.wait_for_url("**/about.html")
    assert query(page) == {}
    page.go_back()
    page.wait_for_url("**/widgets.html?*")
    back = alive(page, "connection-cost").locator(".ka-w-finding")
    expect(back).to_have_text(expected("connection-cost", calls=12))


def test_in_its_chapter(visit):
    page = visit(f"{CHAPTER}?lifecycle.client=each")
    expect(alive(page, "connection-cost").locator(".ka-w-finding")).to_have_text(expected("connection-cost"))
    expect(alive(page, "lifecycle").locator(".ka-w-finding")).to_have_text(expected("lifecycle", client="each"))
    assert page.locator("article").get_by_text('widget("').count() == 0, "the call is for notebooks"


def test_only_a_page_with_a_widget_asks_for_the_script(visit, site):
    (script,) = (site / "assets").glob("widgets-*.js")
    assert len(gzip.compress(script.read_bytes())) < MOST_KB * 1000
    asked = []
    visit("about.html", listen=lambda response: asked.append(response.url))
    assert not [url for url in asked if url.endswith(script.name)]
    visit(PAGE, listen=lambda response: asked.append(response.url))
    assert len([url for url in asked if url.endswith(script.name)]) == 1


def test_from_a_folder(browser, site):
    context = browser.new_context()
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{(site / PAGE).as_uri()}?connection-cost.calls=12")
    found = alive(page, "connection-cost")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", calls=12))
    found.get_by_role("slider", name="Calls", exact=True).fill("13")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", calls=13))
    found.get_by_role("button", name="Copy link").click()
    expect(found.locator(".ka-w-said")).not_to_have_text("")
    assert errors == []
    context.close()


# ---- steps


def test_steps_by_keyboard(visit):
    page = visit(PAGE)
    found = alive(page, "lifecycle")
    step, forward = found.locator(".ka-w-step"), found.get_by_role("button", name="Step forward")
    back = found.get_by_role("button", name="Step back")
    expect(step).to_contain_text("Step 1 of 18.")
    expect(step).to_contain_text("Client SYN-SENT, server LISTEN")
    expect(back).to_have_attribute("aria-disabled", "true")
    back.press("Enter")
    expect(step).to_contain_text("Step 1 of 18.")
    before = found.locator("svg").inner_html()
    forward.press("Enter")
    forward.press("Space")
    expect(step).to_contain_text("Step 3 of 18.")
    assert found.locator("svg").inner_html() != before
    assert query(page) == {"lifecycle.step": "3"}
    expect(found.locator("tr[aria-current=step] th")).to_have_text("0.30 s")
    for _ in range(20):
        forward.press("Enter")
    expect(step).to_contain_text("Step 18 of 18.")
    expect(forward).to_have_attribute("aria-disabled", "true")
    expect(forward).to_be_focused()
    page.reload()
    found = alive(page, "lifecycle")
    expect(found.locator(".ka-w-step")).to_contain_text("Step 18 of 18.")
    found.get_by_role("radio", name="one for each call").check()
    expect(found.locator(".ka-w-step")).to_contain_text("Step 1 of ")
    assert query(page) == {"lifecycle.client": "each"}


def test_with_less_motion_nothing_moves_by_itself(visit):
    found = alive(visit(PAGE, motion="reduce"), "lifecycle")
    expect(found.get_by_role("button", name="Play")).to_be_hidden()
    expect(found.get_by_role("button", name="Step forward")).to_be_visible()


def test_play_and_pause(browser: Browser, visit):
    page = visit(PAGE, motion="no-preference")
    there = page.url
    page.goto("about:blank")  # a page that is open would have the timers of both clocks
    page.clock.install()
    page.goto(there)
    found = alive(page, "lifecycle")
    step = found.locator(".ka-w-step")
    found.get_by_role("button", name="Play").click()
    expect(step).to_have_attribute("aria-live", "off")
    page.clock.run_for(2000)
    expect(step).to_contain_text("Step 2 of 18.")
    found.get_by_role("button", name="Pause").click()
    expect(step).to_have_attribute("aria-live", "polite")
    page.clock.run_for(20_000)
    expect(step).to_contain_text("Step 2 of 18.")
    found.get_by_role("button", name="Play").click()
    page.clock.run_for(60_000)
    expect(step).to_contain_text("Step 18 of 18.")
    expect(found.get_by_role("button", name="Play")).to_be_visible()
    page.emulate_media(reduced_motion="reduce")
    expect(found.get_by_role("button", name="Play")).to_be_hidden()


def test_what_does_not_count_is_disabled(visit):
    found = alive(visit(PAGE), "lifecycle")
    expiry = found.get_by_role("slider", name="keepalive_expiry")
    expect(expiry).to_be_enabled()
    found.get_by_role("radio", name="one for each call").check()
    expect(expiry).to_be_disabled()
    found.get_by_role("radio", name="one, kept for all calls").check()
    expect(expiry).to_be_enabled()


# ---- paper


def printed(page: Page) -> str:
    made = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    return " ".join(" ".join(each.extract_text() for each in made.pages).split())


def test_paper_has_the_state_that_is_set(visit):
    page = visit(f"{PAGE}?connection-cost.rtt=20&lifecycle.client=each&lifecycle.calls=2")
    alive(page, "connection-cost"), alive(page, "lifecycle")
    text = printed(page)
    assert "Round-trip time: 20 ms; Calls: 100;" in text
    assert expected("connection-cost", rtt=20) in text
    assert expected("lifecycle", client="each", calls=2) in text
    assert "FIN-WAIT-2" in text, "what is folded is printed"
    for gone in ("Back to the start values", "Copy link", "Step forward", "With JavaScript"):
        assert gone not in text, gone


def test_paper_right_after_a_change(visit):
    page = visit(PAGE)
    found = alive(page, "connection-cost")
    moved = """slider => { slider.value = 33; slider.dispatchEvent(new Event('input', { bubbles: true }));
      window.dispatchEvent(new Event('beforeprint')) }"""
    found.get_by_role("slider", name="Round-trip time").evaluate(moved)
    assert found.locator(".ka-w-finding").inner_text() == expected("connection-cost", rtt=33)


# ---- JupyterLab


@pytest.fixture
def cell(browser: Browser, lab: Lab, site: Path) -> Iterator[Page]:  # noqa: F811
    """A notebook with both kinds of widget, one of them twice, run in a real JupyterLab."""
    cells = ["from keepalive.notebook import widget", 'widget("connection-cost")', 'widget("lifecycle")']
    cells.append('widget("connection-cost")')
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.work / "widgets.ipynb")
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
    watch = Watch(context, own=(lab.address, lab.address.replace("http", "ws")))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab.address}lab/workspaces/widgets/tree/widgets.ipynb?token={lab.token}")
    run_all(page)
    yield page
    context.close()
    assert watch.foreign == []


def test_in_jupyterlab(cell: Page) -> None:
    page = cell
    outputs = page.locator(".jp-OutputArea-output")
    found = outputs.locator("keepalive-widget[data-widget=connection-cost]").first
    expect(found.locator(".ka-w-controls")).to_be_attached()
    expect(outputs.locator("keepalive-widget .ka-w-controls")).to_have_count(3)
    # While cells run, JupyterLab moves the focus from one to the next.
    expect(page.locator(".jp-InputPrompt").filter(has_text="[4]")).to_have_count(1)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    found.locator(".ka-w-title").click()
    address = page.url
    slider = found.get_by_role("slider", name="Round-trip time")
    slider.focus()
    expect(slider).to_be_focused()
    active = "document.querySelectorAll('.jp-Notebook .jp-mod-active').length"
    before = page.evaluate(active), page.locator(".jp-Cell").count()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=83))
    expect(slider).to_be_focused()
    field = found.get_by_role("spinbutton", name="Calls", exact=True)
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12")  # in a notebook's command mode, digits make headings
    expect(found.locator(".ka-w-finding")).to_have_text(expected("connection-cost", rtt=83, calls=12))
    assert (page.evaluate(active), page.locator(".jp-Cell").count()) == before
    assert page.url == address, "the address is JupyterLab's"
    expect(found.get_by_role("button", name="Copy link")).to_have_count(0)
    other = outputs.locator("keepalive-widget[data-widget=connection-cost]").last.locator(".ka-w-finding")
    expect(other).to_have_text(expected("connection-cost"))

    life = outputs.locator("keepalive-widget[data-widget=lifecycle]")
    life.get_by_role("button", name="Step forward").click()
    expect(life.locator(".ka-w-step")).to_contain_text("Step 2 of 18.")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        if theme.endswith("Dark"):
            choose_theme(page, theme)
        violations = Axe().run(page, context=".jp-OutputArea-output keepalive-widget").response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []


def test_what_is_built_for_notebooks_is_what_the_page_has(site: Path) -> None:
    (script,) = (site / "assets").glob("widgets-*.js")
    assert (site.parent / "build" / "widgets" / "widgets.js").read_bytes() == script.read_bytes()
    assert json.dumps(script.read_text(encoding="utf-8")).count("</script") == 0
