"""The exam on its page: taken by mouse and by keyboard alone, left and gone on with, in two tabs, without room.

The page is a small course's, built as the site is, with a made-up bank: the tests know what is right.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.opening import go
from browser.small_site import served, with_exam, with_real_questions
from exam import banks
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import CELLS, Bank, Question
from keepalive.exam import Form, draw, keys_of, score
from keepalive.exam.record import sat

NO_ROOM = """
const write = Storage.prototype.setItem;
Storage.prototype.setItem = function (name, text) {
  if (window.keepaliveRoom !== true) throw new DOMException("no room", "QuotaExceededError");
  write.call(this, name, text);
};
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a course with an exam, built."""
    return with_exam(tmp_path_factory)


@pytest.fixture(scope="module")
def bank(course: Path) -> Bank:
    return Bank.load(Course.load(course))


@pytest.fixture(scope="module")
def there(course: Path) -> Iterator[str]:
    with served(course / "site") as address:
        yield address


class Room:
    """The exam's page as a person has it before them."""

    def __init__(self, page: Page, bank: Bank) -> None:
        self.page, self.bank = page, bank
        self.box = page.locator("keepalive-exam")
        self.status = self.box.get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.box.get_by_role("button", name=name, exact=True)

    def place(self, number: int) -> Locator:
        return self.box.get_by_role("navigation").get_by_role("button", name=re.compile(rf"^Question {number} "))

    def heading(self, text: str | re.Pattern) -> Locator:
        return self.box.get_by_role("heading", name=text, level=2)

    def begin(self) -> None:
        self.button("Begin the exam").click()
        expect(self.heading("Question 1 of 14")).to_be_focused()

    @property
    def sitting(self) -> dict | None:
        """What the browser has of the exam under way."""
        found = self.page.evaluate("Object.entries(localStorage).filter(([key]) => key.endsWith(':text:exam'))")
        return json.loads(found[0][1])["sitting"] if found else None

    @property
    def here(self) -> Question:
        """The question that is asked."""
        stem = self.box.locator(".ka-q-stem").inner_text()
        return next(q for q in self.bank.questions if q.stem == stem)

    def events(self, count: int) -> list[dict]:
        """The exams that the browser has kept, once they are so many: a write waits for a lock."""
        for _ in range(100):
            found = self.page.evaluate("Object.entries(localStorage).filter(([key]) => key.endsWith(':events'))")
            events = [e for e in (json.loads(found[0][1])["events"] if found else []) if e["type"] == "exam"]
            if len(events) >= count:
                break
            self.page.wait_for_timeout(50)
        return events

    def order(self) -> list[str]:
        return [row.get_attribute("data-id") for row in self.box.locator(".ka-q-order > li").all()]

    def answer(self, answer, here: Question | None = None) -> None:
        """By mouse."""
        here = here or self.here
        match here.format:
            case "number":
                self.box.get_by_role("textbox").fill(str(answer))
            case "order":
                for place, id in enumerate(answer):
                    while self.order().index(id) > place:
                        self.box.locator(f"li[data-id={id}] button").first.click()
                self.button("Keep this order").click()
            case "multiple":
                for option in here.options:
                    if self.box.locator(f"input[value={option.id}]").is_checked() != (option.id in answer):
                        self.box.locator("label", has=self.page.locator(f"input[value={option.id}]")).click()
            case _:
                self.box.locator("label", has=self.page.locator(f"input[value={answer}]")).click()

    def answer_all(self, right: int, until: int = 14) -> None:
        """Go through all from the first, and leave the last of `until` in sight."""
        for number in range(1, until + 1):
            expect(self.heading(f"Question {number} of 14")).to_be_visible()
            self.answer((banks.right if number <= right else banks.wrong)(self.here))
            if number < until:
                self.button("Next").click()

    def hand_in(self) -> None:
        self.button("Hand in").first.click()
        expect(self.heading("Hand in")).to_be_focused()
        self.button("Hand in now").click()


@pytest.fixture
def enter(browser, there: str, bank: Bank) -> Iterator[Callable[..., Room]]:
    """enter(scheme="dark", width=320, script=True, init="", errors=False, beside=room) -> Room

    `beside`: another tab of the same browser. `before`: called with the page before it goes anywhere.
    """
    opened = []

    def enter(
        *, scheme="light", width=1280, script=True, init="", beside: Room | None = None, before=None, errors=False
    ) -> Room:
        if beside:
            context = beside.page.context
        else:
            context = browser.new_context(
                color_scheme=scheme,
                reduced_motion="reduce",
                viewport={"width": width, "height": 900},
                java_script_enabled=script,
                accept_downloads=True,
            )
            opened.append((context, Watch(context, own=(there,)), errors))
            if init:
                context.add_init_script(init)
        page = context.new_page()
        if before:
            before(page)
        if script:
            go(page, there + "exam.html")
        else:
            page.goto(there + "exam.html")
        return Room(page, bank)

    yield enter
    for context, _, _ in opened:
        context.close()
    assert [(watch.foreign, errors or watch.errors) for _, watch, errors in opened] == [
        ([], errors or []) for _, _, errors in opened
    ]


# --- a whole exam ---------------------------------------------------------------------------------------------------


def test_by_mouse_from_the_first_question_to_a_pass(enter, bank):
    room = enter()
    room.begin()
    form = room.sitting["form"]
    assert Form.of_json(form) == draw(bank, form["seed"]), "the form that Python draws"
    room.answer_all(right=12)
    assert "Because of" not in room.box.inner_text()
    assert room.box.locator(".ka-q-is-right, .ka-q-is-wrong, .ka-q-why").count() == 0, "nothing is judged before"
    answers = room.sitting["answers"]
    room.hand_in()
    expect(room.heading("12 of 14 right: passed")).to_be_focused()
    [event] = room.events(1)
    assert event["ref"] == "final"
    assert event["data"] == {
        "form": form,
        "answers": answers,
        "right": 12,
        "passed": True,
        "began": event["data"]["began"],
        "minutes": None,
    }
    result = score(keys_of(bank), Form.of_json(form), answers)
    assert (result.right, result.passed) == (12, True)
    assert room.sitting is None
    rows = room.box.locator("table tbody tr").all_inner_texts()
    assert [row.split("\t")[0].strip() for row in rows] == list(CELLS.values())
    assert sum("not right" in row for row in rows) == 2
    for item in form["items"]:
        question = bank.question(item["id"])
        box = room.box.locator("details", has_text=question.stem)
        box.evaluate("(box) => { box.open = true }")
        for option in question.options:
            expect(box.get_by_text(option.why)).to_be_visible()


def test_by_keyboard_alone_as_a_screen_reader_hears_it(enter, bank):
    room = enter()
    page, keys = room.page, room.page.keyboard

    def tab_to(wanted: Locator) -> None:
        for _ in range(120):
            if wanted.evaluate("(element) => element === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError("Tab does not lead there")

    tab_to(room.button("Begin the exam"))
    keys.press("Enter")
    for number in range(1, 15):
        heading = room.heading(f"Question {number} of 14")
        expect(heading).to_be_focused()  # and what was under the focus before is gone
        question = room.here
        answer = (banks.right if number <= 11 else banks.wrong)(question)
        heard = room.box.aria_snapshot()
        assert f'group "Question {number} of 14"' in heard
        assert f'navigation "Answer sheet: {number - 1} of 14 answered"' in heard
        assert f'button "Question {number} no answer, here"' in heard
        match question.format:
            case "number":
                tab_to(room.box.get_by_role("textbox"))
                keys.type(str(answer))
            case "order":
                for place, id in enumerate(answer):
                    while room.order().index(id) > place:
                        up = room.box.locator(f"li[data-id={id}] button").first
                        tab_to(up)
                        keys.press("Enter")
                        expect(up).to_be_focused()
                        expect(room.status).to_contain_text(re.compile(r"Now \d of 3"))
                tab_to(room.button("Keep this order"))
                keys.press("Enter")
            case "multiple":
                for id in answer:
                    tab_to(room.box.locator(f"input[value={id}]"))
                    keys.press("Space")
            case _:
                tab_to(room.box.locator("input[type=radio]").first)
                keys.press("Space")
                while not room.box.locator(f"input[value={answer}]").is_checked():
                    keys.press("ArrowDown")
                    expect(heading).to_be_visible()  # an arrow chooses, and goes nowhere
        said = "This order is your answer." if question.format == "order" else f"Answered: {number} of 14."
        expect(room.status).to_have_text(said)
        assert room.sitting["answers"][question.id] == question.key.taken(answer)
        if number == 3:
            tab_to(room.button("Flag"))
            keys.press("Space")
            expect(room.status).to_have_text("Flagged.")
            assert room.button("Flag").get_attribute("aria-pressed") == "true"
        if number < 14:
            tab_to(room.button("Next"))
            keys.press("Enter")
    assert 'button "Question 3 answered, flagged"' in room.box.aria_snapshot()
    tab_to(room.button("Hand in").first)
    keys.press("Enter")
    expect(room.heading("Hand in")).to_be_focused()
    tab_to(room.button("Question 3"))
    keys.press("Enter")
    expect(room.heading("Question 3 of 14")).to_be_focused()
    tab_to(room.button("Hand in"))
    keys.press("Enter")
    tab_to(room.button("Hand in now"))
    keys.press("Enter")
    expect(room.heading("11 of 14 right: not passed")).to_be_focused()
    assert page.evaluate("document.activeElement.textContent") == "11 of 14 right: not passed"


def test_what_is_missing_or_flagged_is_listed_before_it_is_handed_in(enter):
    room = enter()
    room.begin()
    room.answer_all(right=2, until=2)
    room.button("Flag").click()
    room.place(14).click()
    expect(room.heading("Question 14 of 14")).to_be_focused()
    room.button("Hand in").first.click()
    said = room.box.inner_text()
    assert "12 questions have no answer, and would count as not right:" in said
    assert "1 question is flagged:" in said
    room.button("Question 2").click()
    expect(room.heading("Question 2 of 14")).to_be_focused()
    expect(room.place(2)).to_have_accessible_name("Question 2 answered, flagged, here")
    room.button("Clear answer").click()
    expect(room.place(2)).to_have_accessible_name("Question 2 no answer, flagged, here")
    assert len(room.sitting["answers"]) == 1
    room.hand_in()
    expect(room.heading("1 of 14 right: not passed")).to_be_visible()
    expect(room.box.get_by_text("You gave no answer.")).to_have_count(13)


def test_every_format_says_the_right_answer_where_none_was_given(enter, bank):
    room = enter()
    room.begin()
    room.hand_in()
    expect(room.heading("0 of 14 right: not passed")).to_be_visible()
    formats = set()
    for item in room.events(1)[0]["data"]["form"]["items"]:
        question = bank.question(item["id"])
        formats.add(question.format)
        box = room.box.locator("details", has_text=question.stem)
        for option in question.options:
            expect(box.get_by_text(option.why)).to_be_visible()
        if question.format == "number":
            expect(box.get_by_text("Right is 12.5 s.")).to_be_visible()
        if question.format == "order":
            assert box.get_by_text("Its place.").count() == 3
    assert len(formats) > 3


def test_a_text_that_is_no_number_is_no_answer_and_is_said(enter, bank):
    seed = next(f"s{n}" for n in range(99) if bank.question(draw(bank, f"s{n}").items[0].id).format == "number")
    room = enter()
    room.box.locator("summary").click()
    room.page.get_by_label("Seed of the form").fill(seed.upper())
    room.begin()
    assert room.sitting["form"]["seed"] == seed
    field = room.box.get_by_role("textbox")
    field.fill("a dozen")
    field.press("Enter")
    expect(room.status).to_contain_text("not a number that can be read")
    room.button("Next").click()
    expect(room.status).to_contain_text("Question 1 stays without an answer.")
    assert room.sitting["answers"] == {}
    room.button("Previous").click()
    room.box.get_by_role("textbox").fill("12,5 s")
    assert list(room.sitting["answers"].values()) == [12.5]
    room.button("Next").click()
    room.button("Previous").click()
    expect(room.box.get_by_role("textbox")).to_have_value("12.5")


# --- left, and gone on with -----------------------------------------------------------------------------------------


def test_gone_on_with_after_a_reload_and_after_the_tab_was_closed(enter):
    room = enter()
    room.begin()
    room.answer_all(right=3, until=3)
    room.button("Flag").click()
    before = room.sitting
    room.page.reload()
    expect(room.heading("An exam is under way")).to_be_visible()
    expect(room.box.get_by_text("3 of 14 answered, 1 flagged")).to_be_visible()
    assert room.box.get_by_text("another tab").count() == 0
    room.button("Go on").click()
    expect(room.heading("Question 3 of 14")).to_be_focused()
    assert room.sitting == before
    later = enter(beside=room)
    room.page.close()
    later.page.reload()
    later.button("Go on").click()
    expect(later.heading("Question 3 of 14")).to_be_focused()
    later.button("Previous").click()
    chosen = later.box.locator(".ka-q-form")
    expect(chosen).to_be_visible()
    assert later.sitting["answers"] == before["answers"]


def test_each_answer_is_shown_again_as_it_was_given(enter):
    room = enter()
    room.begin()
    room.answer_all(right=14)
    answers = room.sitting["answers"]
    room.page.reload()
    room.button("Go on").click()
    for number in range(1, 15):
        room.place(number).click()
        expect(room.heading(f"Question {number} of 14")).to_be_focused()
        given = answers[room.here.id]
        match room.here.format:
            case "number":
                expect(room.box.get_by_role("textbox")).to_have_value(str(given))
            case "order":
                assert room.order() == given
            case _:
                checked = room.box.locator("input:checked")
                found = [each.get_attribute("value") for each in checked.all()]
                assert sorted(found) == sorted([given] if isinstance(given, str) else given)
    room.hand_in()
    expect(room.heading("14 of 14 right: passed")).to_be_visible()


def test_a_second_tab_says_so_and_the_first_writes_no_more(enter):
    room = enter()
    room.begin()
    room.answer_all(right=1, until=1)
    other = enter(beside=room)
    expect(other.box.get_by_text("It is open in another tab.")).to_be_visible()
    other.button("Go on").click()
    expect(other.heading("Question 1 of 14")).to_be_focused()
    expect(room.status).to_have_text("The exam was gone on with in another tab. Its answers are all there.")
    expect(room.heading("An exam is under way")).to_be_visible()
    other.button("Next").click()
    other.answer(banks.right(other.here))
    room.button("Go on").click()
    expect(other.status).to_contain_text("gone on with in another tab")
    expect(room.heading("Question 2 of 14")).to_be_focused()
    expect(room.place(2)).to_have_accessible_name("Question 2 answered, here")
    room.hand_in()
    expect(room.heading("2 of 14 right: not passed")).to_be_visible()
    assert len(room.events(1)) == 1


def test_an_exam_begun_in_another_tab_is_not_written_over(enter):
    room = enter()
    other = enter(beside=room)
    other.button("Begin the exam").focus()  # it is not drawn anew under somebody's hands
    room.begin()
    room.answer_all(right=1, until=1)
    kept = room.sitting
    other.button("Begin the exam").click()
    expect(other.status).to_have_text("An exam was begun in another tab meanwhile.")
    expect(other.button("Go on")).to_be_visible()
    assert room.sitting == kept


def test_given_up_and_taken_back(enter):
    room = enter()
    room.begin()
    room.answer_all(right=2, until=2)
    before = room.sitting
    room.button("Give up").click()
    expect(room.status).to_contain_text("given up")
    expect(room.button("Begin the exam")).to_be_visible()
    room.page.reload()
    room.button("Undo").click()
    expect(room.status).to_have_text("It is under way again.")
    room.button("Go on").click()
    expect(room.heading("Question 2 of 14")).to_be_focused()
    assert room.sitting == before
    assert room.events(0) == []


def test_without_room_it_is_said_and_the_exam_goes_on(enter):
    room = enter(init=NO_ROOM)
    room.begin()
    expect(room.box.get_by_text("is not kept. Leave this page open")).to_be_visible()
    room.answer_all(right=12)
    assert room.sitting is None
    room.hand_in()
    expect(room.heading("12 of 14 right: passed")).to_be_visible()
    expect(room.box.get_by_text("storage for this site is full")).to_be_visible()
    room.button("Back to the beginning").click()
    expect(room.box.get_by_text("12 of 14 right, passed")).to_be_visible()
    room.page.evaluate("window.keepaliveRoom = true")
    room.box.get_by_role("button", name=re.compile("^Look at")).click()
    expect(room.heading("12 of 14 right: passed")).to_be_visible()


def test_room_that_comes_back_is_used(enter):
    room = enter(init=NO_ROOM)
    room.begin()
    note = room.box.get_by_text("is not kept. Leave this page open")
    expect(note).to_be_visible()
    room.page.evaluate("window.keepaliveRoom = true")
    room.answer_all(right=1, until=1)
    expect(note).to_have_count(0)
    assert len(room.sitting["answers"]) == 1


# --- a release in between -------------------------------------------------------------------------------------------


def _changed(change: Callable[[dict], None]) -> Callable[[Route], None]:
    def fulfil(route: Route) -> None:
        answer = route.fetch()
        data = answer.json()
        change(data)
        route.fulfill(response=answer, json=data)

    return fulfil


def test_a_question_that_has_changed_is_asked_again(enter):
    room = enter()
    room.begin()
    room.answer_all(right=3, until=3)
    second = room.sitting["form"]["items"][1]["id"]
    kept = room.sitting["answers"]

    def change(data: dict) -> None:
        data["version"] = "another"
        for question in data["questions"]:
            if question["id"] == second:
                question["version"] = "another"
                question["html"] = question["html"].replace("What is", "What now is")

    room.page.route("**/exam-*.json", _changed(change))
    room.page.reload()
    room.button("Go on").click()
    expect(room.status).to_have_text("1 question was changed since you began, and asked again: 2.")
    expect(room.place(2)).to_have_accessible_name("Question 2 no answer")
    assert room.sitting["answers"] == {id: given for id, given in kept.items() if id != second}
    room.place(2).click()
    expect(room.box.get_by_text("What now is")).to_be_visible()


def test_a_question_that_is_gone_ends_it_and_says_so(enter):
    room = enter()
    room.begin()
    gone = room.sitting["form"]["items"][4]["id"]

    def change(data: dict) -> None:
        data["questions"] = [question for question in data["questions"] if question["id"] != gone]
        data["questions"].append({**data["questions"][0], "id": "stand-in", "cell": 5})

    room.page.route("**/exam-*.json", _changed(change))
    room.page.reload()
    room.button("Go on").click()
    expect(room.status).to_contain_text("has left the course since: begin a new one.")
    expect(room.button("Begin the exam")).to_be_visible()


def test_an_old_result_stands_when_its_questions_have_changed(enter):
    room = enter()
    room.begin()
    room.answer_all(right=12)
    room.hand_in()
    expect(room.heading("12 of 14 right: passed")).to_be_visible()
    first = room.events(1)[0]["data"]["form"]["items"][0]["id"]

    def change(data: dict) -> None:
        for question in data["questions"]:
            if question["id"] == first:
                question["version"] = "another"

    room.page.route("**/exam-*.json", _changed(change))
    room.page.reload()
    room.box.get_by_role("button", name=re.compile("^Look at")).click()
    expect(room.heading("12 of 14 right: passed")).to_be_visible()
    expect(room.box.get_by_text("1 question has changed since, or left the course.")).to_be_visible()
    assert room.box.locator("details").count() == 13


def test_questions_that_cannot_be_fetched_are_asked_for_again(enter):
    room = enter(errors=True)
    room.page.route("**/exam-*.json", lambda route: route.abort())
    room.button("Begin the exam").click()
    expect(room.status).to_contain_text("could not be fetched")
    room.page.unroute("**/exam-*.json")
    room.begin()


# --- time -----------------------------------------------------------------------------------------------------------


def stopped(enter) -> Room:
    """A page whose clock goes on only when it is told to."""
    noon = datetime(2026, 3, 1, 12)
    room = enter(before=lambda page: page.clock.install(time=noon))
    room.page.clock.pause_at(noon + timedelta(hours=1))  # until then it went with the machine's
    room.box.locator("summary").click()
    return room


def test_a_limit_is_shown_said_and_ends_it(enter):
    room = stopped(enter)
    room.page.get_by_label("Minutes").fill("12")
    room.begin()
    clock = room.box.get_by_role("timer")
    expect(clock).to_have_text("Time left: 12 minutes")
    room.answer_all(right=2, until=2)
    room.page.clock.run_for(119_000)
    expect(room.status).not_to_contain_text("left")
    room.page.clock.run_for(1_000)
    expect(room.status).to_have_text("10 minutes left.")
    expect(clock).to_have_text("Time left: 10 minutes")
    room.page.clock.run_for(510_000)
    expect(clock).to_have_text("Time left: 90 seconds")
    room.page.clock.run_for(30_000)
    expect(room.status).to_have_text("1 minute left.")
    room.page.clock.run_for(59_000)
    expect(clock).to_have_text("Time left: 1 second")
    room.page.clock.run_for(1_000)
    expect(room.heading("2 of 14 right: not passed")).to_be_focused()
    expect(room.status).to_have_text("The time is over. What was answered is handed in.")
    [event] = room.events(1)
    assert event["data"]["minutes"] == 12


def test_a_limit_goes_on_while_the_page_sleeps(enter):
    room = stopped(enter)
    room.page.get_by_label("Minutes").fill("30")
    room.begin()
    room.answer_all(right=1, until=1)
    room.page.clock.fast_forward("40:00")
    expect(room.heading("1 of 14 right: not passed")).to_be_visible()  # it ends as it wakes
    room.button("Take another").click()
    room.button("Begin another exam").click()
    room.button("Begin a fresh form").click()
    expect(room.heading("Question 1 of 14")).to_be_focused()
    expect(room.box.get_by_role("timer")).to_be_hidden()


def test_a_limit_goes_on_while_the_page_is_closed(enter):
    room = stopped(enter)
    room.page.get_by_label("Minutes").fill("30")
    room.begin()
    room.answer_all(right=1, until=1)
    began = datetime.fromisoformat(room.sitting["began"]).replace(tzinfo=None)
    later = enter(beside=room, before=lambda page: page.clock.install(time=began + timedelta(minutes=31)))
    room.page.close()
    later.button("Go on").click()
    expect(later.heading("1 of 14 right: not passed")).to_be_focused()
    expect(later.status).to_have_text("The time was over. What was answered is handed in.")


@pytest.mark.parametrize(("label", "text"), [("Minutes", "0"), ("Minutes", "soon"), ("Seed of the form", "a b")])
def test_an_option_that_cannot_be_is_refused_in_words(enter, label, text):
    room = enter()
    room.box.locator("summary").click()
    field = room.page.get_by_label(label)
    field.fill(text)
    room.button("Begin the exam").click()
    expect(room.status).to_contain_text("or nothing.")
    expect(field).to_be_focused()
    assert field.get_attribute("aria-invalid") == "true"
    assert room.sitting is None


# --- another try ----------------------------------------------------------------------------------------------------


def test_another_try_lists_what_was_missed_and_asks_what_was_not_seen(enter):
    room = enter()
    room.begin()
    room.answer_all(right=11)
    seen = {item["id"] for item in room.sitting["form"]["items"]}
    room.hand_in()
    room.button("Take another").click()
    room.button("Begin another exam").click()
    expect(room.heading("Before you begin again")).to_be_focused()
    listed = room.box.locator("li strong").all_inner_texts()
    assert listed == list(CELLS.values())[11:]
    assert room.sitting is None
    room.button("Begin a fresh form").click()
    expect(room.heading("Question 1 of 14")).to_be_focused()
    form = room.sitting["form"]
    assert not seen & {item["id"] for item in form["items"]}
    assert set(form["excluded"]) == seen
    room.answer_all(right=14)
    room.hand_in()
    expect(room.heading("14 of 14 right: passed")).to_be_visible()
    room.button("Take another").click()
    room.button("Begin another exam").click()
    expect(room.heading("Question 1 of 14")).to_be_focused()  # nothing was missed


def test_what_was_missed_leads_to_the_chapter_that_repairs_it(enter):
    room = enter()
    room.begin()
    room.hand_in()
    link = room.box.locator("table").get_by_role("link", name="01 A sample").first
    assert link.get_attribute("href") == "chapters/01-sample.html"
    rows = room.box.locator("table tbody tr").all_inner_texts()
    assert ["Read again" in row for row in rows] == [True] * 7 + [False] * 7, "chapter 20 is not written"
    link.click()
    expect(room.page.get_by_role("heading", level=1)).to_contain_text("A sample")


def test_a_given_seed_gives_everybody_the_same_questions(enter, bank):
    forms = []
    for taken_before in (False, True):
        room = enter()
        if taken_before:
            room.begin()
            room.hand_in()
            room.button("Take another").click()
        room.box.locator("summary").click()
        room.page.get_by_label("Seed of the form").fill("spring-workshop")
        room.button("Begin another exam" if taken_before else "Begin the exam").click()
        expect(room.heading("Question 1 of 14")).to_be_focused()
        forms.append(room.sitting["form"])
    assert forms[0] == forms[1] == draw(bank, "spring-workshop").as_json()


# --- kept with the rest ---------------------------------------------------------------------------------------------


def test_a_result_is_looked_at_again_exported_and_reset(enter, tmp_path):
    room = enter()
    room.begin()
    room.answer_all(right=13)
    room.hand_in()
    expect(room.heading("13 of 14 right: passed")).to_be_visible()
    said = room.box.locator("table").inner_text()
    room.page.reload()
    room.box.get_by_role("button", name=re.compile("^Look at")).click()
    expect(room.heading("13 of 14 right: passed")).to_be_focused()
    assert room.box.locator("table").inner_text() == said
    page = room.page
    page.goto(page.url.replace("exam.html", "course.html"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / "exported.json"
    download.value.save_as(file)
    progress = Progress(tmp_path / "progress.json")
    assert progress.include(file).events == 1
    [kept] = sat(progress)
    assert (kept.right, kept.passed, len(kept.form.items)) == (13, True, 14)
    page.get_by_role("button", name="Reset checks").click()
    page.goto(page.url.replace("course.html", "exam.html"))
    expect(room.button("Begin the exam")).to_be_visible()


def test_leaving_the_page_and_coming_back_without_a_reload(enter):
    room = enter()
    room.begin()
    room.answer_all(right=1, until=1)
    room.page.get_by_role("link", name="Start", exact=True).first.click()
    expect(room.page.get_by_role("heading", level=1)).to_contain_text("Start")
    room.page.get_by_role("link", name="Final exam", exact=True).first.click()
    expect(room.heading("An exam is under way")).to_be_visible()
    assert room.box.get_by_text("another tab").count() == 0
    room.button("Go on").click()
    expect(room.place(1)).to_have_accessible_name("Question 1 answered, here")


# --- for everybody --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_in_any_state(enter, scheme, width):
    room = enter(scheme=scheme, width=width)
    page = room.page

    def look() -> None:
        assert found_by_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window"

    room.box.locator("summary").click()
    look()
    page.get_by_label("Minutes").fill("60")
    room.begin()
    for number in range(1, 15):
        if number not in (4, 9):
            room.answer(banks.wrong(room.here))
        if number in (4, 5):
            room.button("Flag").click()
        if number <= 6:  # every format is among six cells
            look()
        if number < 14:
            room.button("Next").click()
    room.button("Hand in").first.click()
    look()
    room.button("Hand in now").click()
    look()
    room.button("Take another").click()
    look()
    room.button("Begin another exam").click()
    look()
    room.button("Begin a fresh form").click()
    room.button("Give up").click()
    look()
    room.button("Undo").click()
    expect(room.button("Go on")).to_be_visible()
    look()


def test_without_a_script_the_rules_are_read(enter):
    page = enter(script=False).page
    expect(page.get_by_text("Twelve right answers pass.")).to_be_visible()
    expect(page.get_by_text("With JavaScript switched on, the exam begins here.")).to_be_visible()
    assert page.locator("article").get_by_role("button").count() == 0


def test_from_a_folder_it_is_said_what_to_do(browser, course):
    page = browser.new_page()
    page.goto((course / "site" / "exam.html").as_uri())
    expect(page.locator("keepalive-exam")).to_contain_text("This page was opened from a folder")
    expect(page.locator("keepalive-exam").get_by_role("button")).to_have_count(0)
    page.close()


def test_the_script_and_the_questions_come_when_they_are_wanted(enter):
    asked: list[str] = []
    room = enter(before=lambda page: page.on("request", lambda request: asked.append(request.url)))
    assert not [url for url in asked if "/exam-" in url and url.endswith(".json")]
    assert [url for url in asked if "/exam-" in url and url.endswith(".js")]
    room.begin()
    assert len([url for url in asked if "/exam-" in url and url.endswith(".json")]) == 1


# --- the course's own questions -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Bank]]:
    """Where an exam with the course's own questions is, and those."""
    root = with_real_questions(tmp_path_factory)
    with served(root / "site") as address:
        yield address, Bank.load(Course.load(root))


@pytest.mark.parametrize("sittings", [2, pytest.param(math.inf, marks=pytest.mark.thorough)], ids=["two", "all"])
def test_every_question_of_the_course_is_asked_and_explained_on_a_phone(browser, real, sittings):
    """In as many sittings as it takes, or in the first of them."""
    address, bank = real
    unseen = {question.id for question in bank.questions if "exam" in question.use}
    context = browser.new_context(viewport={"width": 320, "height": 900}, reduced_motion="reduce")
    watch = Watch(context, own=(address,))
    room = Room(context.new_page(), bank)
    forms = [draw(bank, f"look-{number}") for number in range(200)]
    while unseen and sittings > 0:
        sittings -= 1
        form = max(forms, key=lambda form: len({item.id for item in form.items} & unseen))
        here = {item.id for item in form.items} & unseen
        assert here
        unseen -= here
        room.page.goto(address + "exam.html")
        room.box.locator("summary").click()
        room.page.get_by_label("Seed of the form").fill(form.seed)
        room.box.get_by_role("button", name=re.compile("^Begin")).click()
        for place, item in enumerate(form.items, 1):
            if item.id in here:
                room.place(place).click()
                expect(room.heading(f"Question {place} of 14")).to_be_focused()
                question = bank.question(item.id)
                room.answer(banks.right(question), question)
                assert room.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), item.id
        given = room.sitting["answers"]
        room.hand_in()
        expect(room.heading(re.compile(rf"^{len(here)} of 14 right"))).to_be_focused()
        assert given.keys() == here
        room.page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
        assert found_by_axe(room.page) == []
        assert room.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), form.seed
    context.close()
    assert (watch.foreign, watch.errors) == ([], [])
