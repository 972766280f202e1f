"""Questions in a page: every format answered by mouse and by keyboard, heard, looked at, and read without a script.

The page is a small course's, built as the site is, with a question of each format from the real bank on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.opening import go, reload
from browser.small_site import ONE_OF_EACH_FORMAT, served, with_real_questions
from keepalive.course import Course
from keepalive.course.questions import FORMATS, Bank, Question

ROOT = Path(__file__).parents[2]
BANK = Bank.load(Course.load(ROOT))
ASKED = {question.format: question for question in map(BANK.question, ONE_OF_EACH_FORMAT)}
assert ASKED.keys() == FORMATS.keys()
PAGE = "chapters/01-sample.html"

each_format = pytest.mark.parametrize("question", list(ASKED.values()), ids=list(ASKED))
each_format_or_two = pytest.mark.parametrize(
    "question",
    [
        pytest.param(question, marks=() if name in ("single", "order") else pytest.mark.thorough, id=name)
        for name, question in ASKED.items()
    ],
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site of a course with one question of each format."""
    return with_real_questions(tmp_path_factory) / "site"


@pytest.fixture(scope="module")
def there(small: Path) -> Iterator[str]:
    with served(small) as address:
        yield address


@pytest.fixture
def open_page(browser, there: str) -> Iterator[Callable[..., Page]]:
    """open_page(scheme="dark", width=320, script=True) -> Page"""
    opened = []

    def open_page(*, scheme: str = "light", width: int = 1280, script: bool = True) -> Page:
        context = browser.new_context(
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
        )
        watch = Watch(context, own=(there,))
        opened.append((context, watch))
        page = context.new_page()
        if script:
            go(page, there + PAGE)
        else:
            page.goto(there + PAGE)
        return page

    yield open_page
    for context, _ in opened:
        context.close()
    assert [(watch.foreign, watch.errors) for _, watch in opened] == [([], [])] * len(opened)


class Box:
    """One question as a person meets it."""

    def __init__(self, page: Page, question: Question) -> None:
        self.page, self.question = page, question
        self.box = page.locator(f"keepalive-question[data-question={question.id}]")
        self.button = self.box.locator("button.ka-q-button")
        self.status = self.box.get_by_role("status")
        expect(self.button).to_be_visible()

    def input(self, id: str) -> Locator:
        return self.box.locator(f"input[value={id}]")

    def label(self, id: str) -> Locator:
        return self.box.locator("label", has=self.page.locator(f"input[value={id}]"))

    @property
    def order(self) -> list[str]:
        return [row.get_attribute("data-id") for row in self.box.locator(".ka-q-order > li").all()]

    def kept(self, count: int = 0) -> list[dict]:
        """What is in the browser's storage of this question, once that is so many: a write waits for a lock."""
        for _ in range(100):
            found = self._kept()
            if len(found) >= count:
                break
            self.page.wait_for_timeout(50)
        return found

    def _kept(self) -> list[dict]:
        found = self.page.evaluate("Object.entries(localStorage).filter(([key]) => key.endsWith(':events'))")
        events = json.loads(found[0][1])["events"] if found else []
        return [event["data"] for event in events if event["ref"] == self.question.id]


def wrong_answer(question: Question) -> object:
    """A whole answer that is not right."""
    match question.format:
        case "number":
            return "26"
        case "order":
            return list(reversed(question.order))
        case "multiple":
            return [option.id for option in question.options]
    return next(option.id for option in question.options if not option.correct)


def right_answer(question: Question) -> object:
    match question.format:
        case "number":
            return f"{question.answer:g}".replace(".", ",")
        case "order":
            return list(question.order)
        case "multiple":
            return list(question.key.right)
    return question.key.right[0]


def by_mouse(asked: Box, answer) -> None:
    match asked.question.format:
        case "number":
            asked.box.get_by_role("textbox").fill(answer)
        case "order":
            for place, id in enumerate(answer):
                while asked.order.index(id) > place:
                    asked.box.locator(f"li[data-id={id}] button").first.click()
        case "multiple":
            for option in asked.question.options:
                if asked.input(option.id).is_checked() != (option.id in answer):
                    asked.label(option.id).click()
        case _:
            asked.label(answer).click()
    asked.button.click()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    for _ in range(80):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def by_keyboard(asked: Box, answer) -> None:
    """From the top of the question, with Tab, arrows, Space and Enter alone."""
    page, box = asked.page, asked.box
    match asked.question.format:
        case "number":
            tab_to(page, box.get_by_role("textbox"))
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(answer)
        case "order":
            for place, id in enumerate(answer):
                while asked.order.index(id) > place:
                    button = box.locator(f"li[data-id={id}] button").first
                    tab_to(page, button)
                    page.keyboard.press("Enter")
                    expect(button).to_be_focused()  # it went along
        case "multiple":
            for option in asked.question.options:
                if asked.input(option.id).is_checked() != (option.id in answer):
                    tab_to(page, asked.input(option.id))
                    page.keyboard.press("Space")
        case _:
            tab_to(page, box.locator("input[type=radio]").first)
            page.keyboard.press("Space")
            for _ in range(40):
                if asked.input(answer).is_checked():
                    break
                page.keyboard.press("ArrowDown")
                expect(asked.button).to_have_text("Check")  # an arrow chooses; it never submits
            assert asked.kept() == []
    tab_to(page, asked.button)
    page.keyboard.press("Enter")


@each_format
@pytest.mark.parametrize("way", [by_mouse, by_keyboard], ids=["mouse", "keyboard"])
def test_a_question_is_answered_explained_and_tried_again(open_page, question, way):
    asked = Box(open_page(), question)
    if way is by_keyboard:  # as one arrives there, reading
        asked.box.evaluate("(box) => { box.tabIndex = -1; box.focus(); }")
    way(asked, wrong_answer(question))
    expect(asked.status).to_contain_text("Not yet.")
    expect(asked.button).to_have_text("Try again")
    for option in question.options:
        said = re.sub(r"[`*]", "", option.why)[:40]
        expect(asked.box.get_by_text(said)).to_be_visible()
    assert [each["correct"] for each in asked.kept(1)] == [False]
    # Read from the top: the verdict, then what each choice comes from, then the button.
    expect(asked.status).to_be_focused()
    expect(asked.status).to_be_in_viewport()
    if way is by_keyboard:
        tab_to(asked.page, asked.button)
        asked.page.keyboard.press("Enter")
        assert asked.box.evaluate("(box) => box.contains(document.activeElement)")
        # Each way begins at the top: Tab leads round.
        asked.box.evaluate("(box) => box.focus()")
    else:
        asked.button.click()
    expect(asked.button).to_have_text("Check")
    expect(asked.box.locator(".ka-q-why")).to_have_count(0)
    if way is by_mouse:
        by_mouse(asked, right_answer(question))
        expect(asked.status).to_contain_text("Right.")
        assert [each["correct"] for each in asked.kept(2)] == [False, True]
        assert {each["version"] for each in asked.kept()} == {asked.box.get_attribute("data-version")}


@each_format_or_two
def test_what_was_answered_is_there_after_a_reload(open_page, question):
    page = open_page()
    asked = Box(page, question)
    by_mouse(asked, right_answer(question))
    expect(asked.status).to_contain_text("Right.")
    said = asked.box.inner_text()
    reload(page)
    expect(asked.status).to_contain_text("Right.")
    assert asked.box.inner_text() == said


def test_the_verdict_stands_above_the_explanations(open_page):
    page = open_page(width=360)
    for question in ASKED.values():
        asked = Box(page, question)
        by_mouse(asked, wrong_answer(question))
        expect(asked.status).to_be_in_viewport()
        tops = [box.bounding_box()["y"] for box in (asked.status, asked.box.locator("fieldset"), asked.button)]
        assert tops == sorted(tops), question.id
        asked.button.click()
        expect(asked.status).to_have_text("")
        assert asked.status.bounding_box()["y"] > asked.button.bounding_box()["y"]


def test_an_option_says_what_the_reader_did_with_it(open_page):
    asked = Box(open_page(), ASKED["multiple"])
    key = asked.question.key
    wrong = [option.id for option in asked.question.options if option.id not in key.right]
    by_mouse(asked, [key.right[0], wrong[0]])
    said = {
        key.right[0]: "You chose this, rightly.",
        wrong[0]: "You chose this. It is not right.",
        **dict.fromkeys(key.right[1:], "You left this out. It is right."),
        **dict.fromkeys(wrong[1:], "You left this out, rightly."),
    }
    assert len(set(said.values())) == 4
    for id, text in said.items():
        row = asked.box.locator(".ka-q-row", has=asked.page.locator(f"input[value={id}]"))
        expect(row.locator(".ka-q-head")).to_have_text(text)


def test_a_number_is_said_whatever_was_typed(open_page):
    asked = Box(open_page(), ASKED["number"])
    right = f"{asked.question.answer:g} {asked.question.unit}"
    by_mouse(asked, wrong_answer(asked.question))
    expect(asked.status).to_contain_text(f"Not yet. You said 26 {asked.question.unit}. Right is {right}.")
    asked.button.click()
    by_mouse(asked, right_answer(asked.question))
    expect(asked.status).to_have_text(f"Right. It is {right}.")


def test_lines_are_told_apart_and_only_those_are_explained_that_are_easily_chosen(open_page):
    question = ASKED["spot"]
    asked = Box(open_page(), question)
    lines = {option.id: option.line for option in question.options}
    other = next(line for line in question.lines if line not in lines.values())
    by_mouse(asked, f"line-{other}")
    expect(asked.status).to_have_text(
        f"Not yet. You chose line {other}, which is in order. "
        "The lines that are easily taken for the wrong one are explained below."
    )
    [right] = question.key.right
    heads = asked.box.locator(".ka-q-head").all_inner_texts()
    assert heads == [
        f"Line {line} is {'the one that is wrong' if id == right else 'in order'}."
        for id, line in sorted(lines.items(), key=lambda each: each[1])
    ]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_lines_of_code_are_read_whole_on_a_telephone(open_page, script):
    page = open_page(width=360, script=script)
    box = page.locator(f"keepalive-question[data-question={ASKED['spot'].id}]")
    scroller = box.locator(".ka-q-scroll" if script else ".ka-q-lines")
    assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
    lines = box.locator(".ka-q-row code" if script else ".ka-q-lines code")
    assert lines.all_inner_texts() != []
    inside = "(codes) => codes.every((code) => code.getBoundingClientRect().right <= innerWidth)"
    assert lines.evaluate_all(inside)


def test_a_changed_question_is_asked_again(open_page):
    page = open_page()
    asked = Box(page, ASKED["single"])
    by_mouse(asked, right_answer(asked.question))
    expect(asked.status).to_contain_text("Right.")
    assert asked.kept(1)
    page.evaluate(
        """(id) => {
          const old = document.querySelector(`keepalive-question[data-question=${id}]`);
          window.keepaliveEvents = Object.keys(localStorage).find((key) => key.endsWith(':events'));
          const data = JSON.parse(localStorage[keepaliveEvents]);
          for (const event of data.events) event.data.version = 'another';
          localStorage[keepaliveEvents] = JSON.stringify(data);
        }""",
        asked.question.id,
    )
    reload(page)
    expect(asked.button).to_have_text("Check")


def test_check_without_an_answer_says_what_is_missing(open_page):
    page = open_page()
    for format in ("single", "multiple", "trace", "spot", "number"):
        asked = Box(page, ASKED[format])
        asked.button.click()
        expect(asked.status).to_have_text("Type a number first." if format == "number" else "Choose first.")
        assert asked.kept() == []


def test_a_number_is_read_with_comma_and_unit_and_refused_in_words(open_page):
    asked = Box(open_page(), ASKED["number"])
    field = asked.box.get_by_role("textbox")
    field.fill("a dozen")
    field.press("Enter")
    expect(asked.status).to_contain_text("not a number that can be read")
    assert asked.kept() == []
    field.fill(f"12,0 {asked.question.unit}")
    field.press("Enter")
    expect(asked.status).to_contain_text("Right.")


def test_things_are_dragged_into_order(open_page):
    asked = Box(open_page(), ASKED["order"])
    wanted = list(asked.question.order)
    for place, id in enumerate(wanted):
        if asked.order[place] != id:
            target = asked.box.locator(f"li[data-id={asked.order[place]}] .ka-q-text")
            asked.box.locator(f"li[data-id={id}] .ka-q-text").drag_to(target)
            assert asked.order[place] == id
    asked.button.click()
    expect(asked.status).to_contain_text("Right.")


@each_format
def test_a_screen_reader_hears_group_choices_and_outcome(open_page, question):
    asked = Box(open_page(), question)
    outer = asked.box.aria_snapshot()
    assert outer.startswith('- group "Question"')
    group = asked.box.get_by_role("group", name=FORMATS[question.format])
    expect(group).to_have_accessible_description(re.compile(re.sub(r"\W+", ".+?", question.stem.strip()[:30])))
    heard = group.aria_snapshot()
    match question.format:
        case "number":
            assert f'textbox "Your answer, in {question.unit}"' in heard
        case "order":
            assert heard.count("Up: ") == heard.count("Down: ") == len(question.options)
        case "spot":
            assert len(re.findall(r"- '?radio \"", heard)) == len(question.lines)
        case _:
            role = "checkbox" if question.format == "multiple" else "radio"
            assert len(re.findall(rf"- '?{role}\b", heard)) == len(question.options)
    by_mouse(asked, wrong_answer(question))
    assert "status: Not yet." in asked.box.aria_snapshot().replace('"', "")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_before_and_after(open_page, scheme, width):
    page = open_page(scheme=scheme, width=width)
    assert found_by_axe(page) == []
    for question in ASKED.values():
        asked = Box(page, question)
        by_mouse(asked, wrong_answer(question))
        expect(asked.status).to_contain_text("Not yet.")
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window"


@each_format
def test_it_is_whole_without_a_script(open_page, question):
    page = open_page(script=False)
    box = page.locator(f"keepalive-question[data-question={question.id}]")
    assert box.locator("button, input").count() == 0
    assert box.locator(".ka-q-stem").is_visible()
    for option in question.options:
        if option.text:
            assert re.sub(r"[`*]", "", option.text) in box.inner_text()
    fold = box.locator("details")
    assert fold.get_attribute("open") is None
    fold.locator("summary").click()
    for option in question.options:
        assert fold.get_by_text(re.sub(r"[`*]", "", option.why)[:40]).is_visible()


def test_the_script_comes_with_the_first_question_only(open_page, there):
    page = open_page()
    assert page.locator("script[src*='/questions-']").count() == 1
    go(page, there + "chapters/02-other.html")
    assert page.locator("script[src*='/questions-']").count() == 0
    page.evaluate("window.stillHere = true")
    page.locator("article a[href*='01-sample']").first.click()
    Box(page, ASKED["single"])
    assert page.evaluate("window.stillHere"), "the page was exchanged without a reload"


def test_it_works_from_a_double_clicked_file(browser, small):
    context = browser.new_context()
    page = context.new_page()
    page.goto((small / PAGE).as_uri())
    asked = Box(page, ASKED["multiple"])
    by_mouse(asked, right_answer(asked.question))
    expect(asked.status).to_contain_text("Right.")
    context.close()
