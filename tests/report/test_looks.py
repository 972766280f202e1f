"""Outputs in a real browser, in the style sheets of their hosts."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from grading.timeline_samples import ALL
from keepalive.grading import timeline
from keepalive.report import render
from keepalive.report.contents import CommandTexts, report
from notebook_hosts import HOSTS
from verdict_samples import exercise, failed, not_attempted, passed, raised


def outputs() -> str:
    about = exercise()
    calls = CommandTexts.of_notebook(about)
    verdicts = (failed(), raised(), passed(), not_attempted())
    shown = [render.verdict(report(about, found, {}, calls)) for found in verdicts]
    return "".join(
        [
            render.brief(about, "Starter: `starter.py`", "write task 1"),
            *shown,
            shown[0],  # the same output twice in one page
            render.hint("One pool", "Hint 1 of 3", "Look at `httpx`:\n\n```python\nx = 1\n```", "Then check."),
            render.notice("There is no 99. [A link](https://example.org).", "file:1\n  expected: a"),
            render.page(render.figure(ALL["retry"], title="A picture alone"), "A picture", framed=False),
        ]
    )


@pytest.mark.parametrize("host", HOSTS)
def test_axe_finds_nothing(shown, host):
    page = shown(host, outputs())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("width", [320, 900])
def test_nothing_is_wider_than_the_page(shown, host, width):
    page = shown(host, outputs(), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll('.ka-v *')].filter(each => !each.closest('svg'))
            .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible')
            .map(each => each.className)"""
        )
        == []
    )


@pytest.mark.parametrize(("width", "kind"), [(320, "ka-v-narrow"), (900, "ka-v-wide")])
def test_one_of_two_pictures_is_seen(shown, width, kind):
    page = shown("lab-light", outputs(), width=width)
    for picture in page.query_selector_all(".ka-v-fig > div"):
        assert picture.is_visible() == (picture.get_attribute("class") == kind)


def test_text_in_pictures_can_be_read(shown):
    """At the widths of a phone and of a notebook no letter is drawn smaller than 9.5 and 10.9 pixels."""
    for width, least in ((320, 9.5), (900, 10.9)):
        page = shown("lab-light", outputs(), width=width)
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('.ka-v svg')].filter(svg => svg.getBoundingClientRect().width)
                .map(svg => 11 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""
        )
        assert sizes and min(sizes) >= least


@pytest.mark.parametrize("width", [720, 280])
def test_labels_do_not_touch_in_a_real_browser(shown, width):
    page = shown("code-light", "".join(timeline.svg(scenario, width=width) for scenario in ALL.values()), width=760)
    touching = page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
            const placed = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBBox()]);
            const wide = +svg.getAttribute('width');
            const outside = placed.filter(([_, box]) => box.x < -1 || box.x + box.width > wide + 1);
            const over = placed.flatMap(([said, a], i) => placed.slice(0, i).filter(([_, b]) =>
                a.x < b.x + b.width && b.x < a.x + a.width
                && a.y + 2 < b.y + b.height - 2 && b.y + 2 < a.y + a.height - 2
            ).map(([other]) => [said, other]));
            return [...outside.map(([said]) => said), ...over];
        })"""
    )
    assert touching == []


def test_a_picture_has_a_name_and_a_description(shown):
    page = shown("code-light", render.page(render.figure(ALL["retry"], title="The finding"), "A picture"), width=900)
    (picture,) = page.get_by_role("img", name="The finding").all()
    assert "Waits before another attempt: 1.00 s, 2.00 s, 4.00 s." in picture.text_content()


def test_the_words_open_with_the_keyboard(shown):
    page = shown("site-dark", render.verdict(report(exercise(), failed(), {}, CommandTexts.of_notebook(exercise()))))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "The same in words"
    page.keyboard.press("Enter")
    assert page.get_by_text("5 requests on 5 connections, 0 left open, 0.20 s\n0.00 s").is_visible()
