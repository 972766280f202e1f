"""The pool simulator and the backoff explorer in a real Chromium: what is set there is what Python says of it."""

from __future__ import annotations

import re
from unicodedata import normalize

import pytest
from playwright.sync_api import Locator, expect

from axe_findings import found_by_axe
from browser.test_widgets import PAGE, alive, expected, place, printed, query, rows_of
from keepalive.widgets import WIDGETS

CROWDED = {
    "pool": {"most": 20, "no_keep": True, "callers": 60, "calls": 6, "pool_timeout": 150, "gate": 50},
    "backoff": {"kind": "doubling", "capacity": 10_000, "outage": 600},
}
"""Settings in which everything that can be drawn is drawn."""

ADDRESS = f"{PAGE}?" + "&".join(
    f"{widget}.{name}={'1' if value is True else value}"
    for widget, set_ in CROWDED.items()
    for name, value in set_.items()
)

pytestmark = pytest.mark.thorough

both = pytest.mark.parametrize("widget", CROWDED)


def texts(found: Locator) -> list[str]:
    return found.locator(".ka-w-picture text").all_text_contents()


@both
def test_an_address_brings_what_was_set(visit, widget):
    found = alive(visit(ADDRESS), widget)
    expect(found.locator(".ka-w-finding")).to_have_text(expected(widget, **CROWDED[widget]))
    whole = WIDGETS[widget]
    values = whole.defaults | CROWDED[widget]
    twin = whole.twin(values, whole.model(values))
    assert rows_of(found) == [list(twin.header), *map(list, twin.rows)]


def test_keeping_all_is_one_key_away(visit):
    """The comparison goes, with its column, as soon as nothing is left to compare."""
    page = visit(PAGE)
    found = alive(page, "pool")
    assert len(rows_of(found)[0]) == 3
    found.get_by_role("checkbox", name="max_keepalive_connections left out").focus()
    page.keyboard.press("Space")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("pool", no_keep=True))
    assert "50 connections for 600 calls" in found.locator(".ka-w-finding").inner_text()
    assert len(rows_of(found)[0]) == 2
    expect(found.get_by_role("slider", name="max_keepalive_connections", exact=True)).to_be_disabled()
    assert query(page) == {"pool.no_keep": "1"}


def test_first_calls_are_striped_and_queues_are_named(visit):
    page = visit(ADDRESS)
    found = alive(page, "pool")
    stripes = found.locator("pattern")
    filled = found.locator(".ka-w-picture path").evaluate_all("paths => paths.map(path => path.getAttribute('fill'))")
    assert f"url(#{stripes.get_attribute('id')})" in filled
    said = " ".join(texts(found))
    for words in ("first call on a connection", "call on a kept one", "the pool's queue: up to 30", "permit: up to 10"):
        assert words in said
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(set(ids)) == len(ids)


def test_the_outage_is_named_where_there_is_room(visit):
    found = alive(visit(PAGE), "backoff")
    assert "the server is down" in texts(found)
    found.get_by_role("spinbutton", name=re.compile("The server is down for")).fill("100")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("backoff", outage=100))
    assert "the server is down" not in texts(found)


def test_another_draw_by_keyboard(visit):
    page = visit(PAGE)
    found = alive(page, "backoff")
    found.get_by_role("slider", name="Random seed").focus()
    page.keyboard.press("ArrowRight")
    expect(found.locator(".ka-w-finding")).to_have_text(expected("backoff", seed=2))
    assert expected("backoff", seed=2) != expected("backoff")
    assert query(page) == {"backoff.seed": "2"}


def test_every_kind_of_wait_can_be_chosen(visit):
    found = alive(visit(PAGE), "backoff")
    kinds = next(control for control in WIDGETS["backoff"].controls if control.id == "kind")
    for kind, label in kinds.options:
        found.get_by_role("combobox", name="Wait between attempts").select_option(label=label)
        expect(found.locator(".ka-w-finding")).to_have_text(expected("backoff", kind=kind))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_in_a_crowd(visit, scheme, width):
    page = visit(ADDRESS, scheme=scheme, width=width)
    for widget in CROWDED:
        alive(page, widget)
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for widget in CROWDED:
        picture = place(page, widget).locator(".ka-w-picture svg")
        outside = """svg => { const whole = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text, path')].filter((one) => {
            const box = one.getBoundingClientRect(); return box.left < whole.left - 1 || box.right > whole.right + 1;
          }).map((one) => one.textContent || one.getAttribute('d').slice(0, 40)) }"""
        assert picture.evaluate(outside) == []


def test_paper_has_the_crowd(visit):
    page = visit(ADDRESS)
    for widget in CROWDED:
        alive(page, widget)
    text = normalize("NFKC", printed(page))  # letters that the printer joins, spaces at which it does not break
    for widget, values in CROWDED.items():
        assert normalize("NFKC", expected(widget, **values)) in text
    assert "Callers: 60;" in text and "The server is down for: 600 ms" in text
