"""How far somebody is, in a real browser: read, answered, solved; going on; the objectives; the review.

The pages are a small course's, built as the site is: two chapters, the second with an exercise, both with questions of
the real bank.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.opening import go
from browser.small_site import built, served
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import Bank
from website import sample

ROOT = Path(__file__).parents[2]
BANK = Bank.load(Course.load(ROOT))
OLD_FILE = ROOT / "tests" / "course" / "progress" / "old.json"
FIRST = "chapters/01-sample.html"
SECOND = "chapters/02-other.html"
IN_FIRST = ("client-in-a-loop", "ports-used-up")
IN_SECOND = ("made-and-never-entered",)
SECTIONS = ("Break it", "Build", "Recap")
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LINES = "\n\n".join(["A paragraph that somebody reads, so that there is something to scroll past."] * 24)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = sample.make_root(tmp_path_factory.mktemp("progress") / "course")
    folder = root / "exercises" / "questions"
    folder.mkdir(parents=True)
    for path in (ROOT / "exercises" / "questions").glob("[0-9]*.toml"):
        # The exercises that know these mistakes are not here; the chapters that are, have other numbers.
        source = re.sub(r"^misconception = .*\n", "", path.read_text("utf-8"), flags=re.M)
        for real, here in (("03", "01"), ("04", "02")):
            source = source.replace(f'chapter = "{real}"', f'chapter = "{here}"')
        (folder / path.name).write_text(source, "utf-8")
    exercise = root / "exercises" / "02-minimal-client"
    shutil.copytree(ROOT / "exercises" / "04-minimal-client", exercise)
    listed = root / "notebooks" / "course.toml"
    told = listed.read_text("utf-8").replace('title = "Another sample"\n', "").replace("minutes_exercise = 10\n", "")
    listed.write_text(told, "utf-8")
    for name in ("progress.md", "review.md"):
        shutil.copy(ROOT / "docs" / name, root / "docs" / name)
    imports = sample.code("from keepalive.notebook import exercise, question", "hide")

    def asked(ids: tuple[str, ...]) -> list:
        return [sample.code(f'question("{id}")') for id in ids]

    sections = [sample.md(f"## {title}\n\n{LINES}") for title in SECTIONS]
    first = [sample.md("# A sample\n\n[On](02-other.ipynb#deeper)"), sample.md("## In a fold\n\nNothing."), imports]
    sample.write(root, "01-sample.ipynb", [*first, *sections[:-1], *asked(IN_FIRST), sections[-1]])
    solve = [sample.md("## Exercise"), sample.code('exercise("02")')]
    second = [sample.md("# Another sample\n\n## Deeper\n\nDone."), imports, *solve, *asked(IN_SECOND)]
    sample.write(root, "02-other.ipynb", second)
    return built(root)


@pytest.fixture(scope="module")
def there(small: Path) -> Iterator[str]:
    with served(small) as address:
        yield address


class Reader:
    """Somebody with a browser of their own."""

    def __init__(self, context: BrowserContext, there: str, script: bool) -> None:
        self.context, self.there, self.script = context, there, script
        self.page = context.new_page()

    def open(self, path: str) -> Page:
        if self.script:
            go(self.page, self.there + path)
        else:
            self.page.goto(self.there + path)
        return self.page

    def moves_to(self, time: datetime) -> None:
        """From there on it is always this time. A page that is open would have the timers of both clocks: none is."""
        self.page.goto("about:blank")
        self.page.clock.set_fixed_time(time)

    def events(self) -> list[dict]:
        found = self.page.evaluate("Object.entries(localStorage).filter(([key]) => key.endsWith(':events'))")
        return json.loads(found[0][1])["events"] if found else []

    def kept(self, type: str, count: int) -> list[dict]:
        """The events of a type, once there are so many: a write waits for a lock."""
        for _ in range(100):
            found = [event for event in self.events() if event["type"] == type]
            if len(found) >= count:
                break
            self.page.wait_for_timeout(50)
        assert len(found) == count, found
        return found

    def include(self, file: Path) -> None:
        """Import a file below the course map."""
        self.open("course.html")
        work = self.page.locator("keepalive-work")
        with self.page.expect_file_chooser() as chooser:
            work.get_by_role("button", name="Import").click()
        chooser.value.set_files(file)
        expect(work).to_contain_text(f"Imported from {file.name}")

    def did(self, tmp_path: Path, *done: tuple[str, str, dict], at: datetime = NOW) -> None:
        """Bring events along, as somebody does from another machine."""
        progress = Progress(tmp_path / "brought" / "progress.json", now=lambda: at)
        for type, ref, data in done:
            progress.add(type, ref, data)
        progress.export(tmp_path / "mine.json")
        self.include(tmp_path / "mine.json")

    @property
    def map(self) -> Locator:
        return self.page.locator("keepalive-map")

    def at(self, chapter: str) -> Locator:
        return self.page.locator(f".ka-entry[data-chapter={chapter}] .ka-p-standing")

    @property
    def read(self) -> Locator:
        return self.page.locator("keepalive-read")


@pytest.fixture
def reader(browser, there: str) -> Iterator[Callable[..., Reader]]:
    """reader(scheme="dark", width=320, script=True, init="...", expect_errors=False) -> Reader"""
    opened = []

    def reader(*, scheme="light", width=1280, script=True, init="", expect_errors=False) -> Reader:
        context = browser.new_context(
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            timezone_id="Europe/Berlin",
        )
        watch = Watch(context, own=(there,))
        opened.append((context, watch, expect_errors))
        if init:
            context.add_init_script(init)
        return Reader(context, there, script)

    yield reader
    for context, _, _ in opened:
        context.close()
    for _, watch, expect_errors in opened:
        assert watch.foreign == []
        assert expect_errors or watch.errors == []


def answer(id: str, right: bool) -> tuple[str, str, dict]:
    question = BANK.question(id)
    option = next(option.id for option in question.options if option.correct == right)
    return ("answer", id, {"version": question.version, "answer": option, "correct": right})


def answered_on_page(page: Page, id: str, right: bool) -> None:
    question = BANK.question(id)
    assert question.format == "single"
    option = next(option.id for option in question.options if option.correct == right)
    box = page.locator(f"keepalive-question[data-question={id}]")
    box.locator("label", has=page.locator(f"input[value={option}]")).click()
    box.locator("button.ka-q-button").click()


def look_at_sections(page: Page) -> None:
    for heading in page.locator(".md-content h2[id]").all():
        heading.scroll_into_view_if_needed()
        page.wait_for_timeout(1_300)  # longer than the moment that counts


# ---- read -----------------------------------------------------------------------------------------------------------


def test_a_chapter_is_read_when_every_section_was_on_the_screen(reader):
    here = reader()
    page = here.open(FIRST)
    expect(here.read).to_contain_text("Not marked as read yet")
    look_at_sections(page)
    expect(here.read).to_contain_text("You have read this chapter")
    (event,) = here.kept("read", 1)
    assert event["ref"] == "chapter:sample"
    here.open("course.html")
    expect(here.at("sample")).to_contain_text("read")
    expect(here.at("sample")).not_to_contain_text("not read yet")
    expect(here.at("other")).to_contain_text("not read yet")
    expect(here.map).to_contain_text("1 of 2 chapters read")


def test_a_jump_to_the_end_is_not_reading(reader):
    here = reader()
    page = here.open(FIRST + "#recap")
    here.read.scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)
    expect(here.read).to_contain_text("Not marked as read yet")
    assert here.events() == []


def test_sections_add_up_over_visits(reader):
    here = reader()
    page = here.open(FIRST)
    headings = page.locator(".md-content h2[id]")
    for place in range(headings.count() - 1):
        headings.nth(place).scroll_into_view_if_needed()
        page.wait_for_timeout(1_300)
    page = here.open(FIRST + "#recap")
    expect(here.read).to_contain_text("You have read this chapter")


def test_a_button_marks_it_and_takes_it_back(reader):
    here = reader()
    page = here.open(FIRST)
    page.get_by_role("button", name="Mark as read").focus()
    page.keyboard.press("Enter")
    expect(here.read.get_by_role("status")).to_have_text("Marked as read.")
    page.get_by_role("button", name="Mark as not read").click()
    expect(here.read).to_contain_text("Not marked as read yet")
    (read,) = here.kept("read", 1)
    (unread,) = here.kept("unread", 1)
    assert unread["data"] == {"events": [read["id"]]}
    page.reload()
    expect(here.read).to_contain_text("Not marked as read yet")


def test_the_map_marks_it_as_well_and_keeps_the_focus(reader):
    here = reader()
    page = here.open("course.html")
    page.get_by_role("button", name="Mark as read: chapter 02").press("Enter")
    expect(here.map.get_by_role("status")).to_contain_text("Chapter 02 is now marked as read.")
    expect(page.get_by_role("button", name="Mark as not read: chapter 02")).to_be_focused()
    here.kept("read", 1)


def test_another_tab_hears_of_it(reader):
    here = reader()
    page = here.open("course.html")
    other = here.context.new_page()
    other.goto(here.there + FIRST)
    other.get_by_role("button", name="Mark as read").click()
    expect(here.at("sample")).not_to_contain_text("not read yet")
    page.get_by_role("button", name="Mark as not read: chapter 01").click()
    expect(other.locator("keepalive-read")).to_contain_text("Not marked as read yet")


# ---- the map --------------------------------------------------------------------------------------------------------


def test_the_map_of_somebody_new(reader):
    here = reader()
    here.open("course.html")
    expect(here.map.get_by_role("link", name="Begin")).to_have_attribute("href", FIRST)
    expect(here.map).to_contain_text("20 min of 20 min left on the core path")
    expect(here.at("other")).to_contain_text("1 question to answer")
    expect(here.at("other")).to_contain_text("exercise to solve")


def test_going_on_where_somebody_left_off(reader):
    here = reader()
    page = here.open(FIRST)
    page.evaluate("document.querySelector('#build').scrollIntoView()")
    page.wait_for_timeout(200)
    page.get_by_role("link", name="Course map", exact=True).first.click()  # without a reload
    link = here.map.get_by_role("link", name="Continue where you left off")
    expect(link).to_have_attribute("href", FIRST + "#build")
    expect(here.map).to_contain_text("Chapter 01, A sample, section Build")
    page.wait_for_timeout(300)  # the theme notes for 100 ms where the page before was scrolled to
    link.click()
    page.wait_for_url("**/" + FIRST + "#build")
    expect(page.locator("#build")).to_be_in_viewport()


def test_a_chapter_that_is_gone_is_nowhere_to_go_on(reader):
    here = reader()
    page = here.open(FIRST)
    key = page.evaluate("Object.keys(localStorage).find((key) => key.endsWith('text:place'))")
    for text in ('{"chapter": "gone", "page": "chapters/99-gone.html", "section": "", "title": ""}', "[3", "7"):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
        here.open("course.html")
        expect(here.map.get_by_role("link", name="Begin")).to_be_visible()


def test_answers_and_exercises_are_on_the_map(reader, tmp_path):
    here = reader()
    passed = ("check", "minimal-client", {"status": "passed", "points": 20, "max": 20, "tasks": {}})
    here.did(tmp_path, answer(IN_FIRST[0], True), answer(IN_SECOND[0], False), passed)
    expect(here.at("sample")).to_contain_text("1 of 2 questions right")
    expect(here.at("other")).to_contain_text("0 of 1 question right, 1 wrong")
    expect(here.at("other")).to_contain_text("exercise passed")
    expect(here.map).to_contain_text("1 of 1 exercise passed")


def test_reset_and_undo_in_the_same_page(reader, tmp_path):
    here = reader()
    here.did(tmp_path, ("read", "chapter:sample", {}), answer(IN_FIRST[0], True))
    expect(here.map).to_contain_text("1 of 2 chapters read")
    here.page.get_by_role("button", name="Reset checks").click()
    expect(here.map).to_contain_text("0 of 2 chapters read")
    expect(here.at("sample")).to_contain_text("2 questions to answer")
    here.page.get_by_role("button", name="Undo reset").click()
    expect(here.map).to_contain_text("1 of 2 chapters read")
    expect(here.at("sample")).to_contain_text("1 of 2 questions right")


def test_an_old_file_loses_nothing(reader, tmp_path):
    """A file as an earlier release wrote it, with an event of a type that is long gone."""
    before = json.loads(OLD_FILE.read_text("utf-8"))
    here = reader()
    page = here.open(FIRST)
    page.get_by_role("button", name="Mark as read").click()
    here.kept("read", 1)
    here.include(OLD_FILE)
    expect(here.at("other")).to_contain_text("exercise passed")
    expect(here.at("sample")).not_to_contain_text("not read yet")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export").click()
    saved.value.save_as(tmp_path / "page.json")
    after = json.loads((tmp_path / "page.json").read_text("utf-8"))
    known = {event["id"]: event for event in after["events"]}
    assert all(known[event["id"]] == event for event in before["events"])
    assert len(known) == len(before["events"]) + 1
    assert after["drafts"] == before["drafts"]
    own = Progress(tmp_path / "progress.json")
    own.include(tmp_path / "page.json")
    assert own.passed("minimal-client")
    assert {event.type for event in own.counting} >= {"read", "check", "answer"}


BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


@pytest.mark.parametrize(
    ("init", "said"), [(BLOCKED, "storage is blocked"), (FULL, "is full")], ids=["blocked", "full"]
)
def test_what_is_not_kept_is_said(reader, init, said):
    here = reader(init=init, expect_errors=init == BLOCKED)  # the theme's own script says that it is
    page = here.open(FIRST)
    page.get_by_role("button", name="Mark as read").click()
    expect(here.read).to_contain_text("You have read this chapter")
    expect(here.read.get_by_role("status")).to_contain_text(said)
    page.get_by_role("link", name="Course map", exact=True).first.click()
    expect(here.map).to_contain_text("1 of 2 chapters read")  # as long as the page is open
    expect(here.map.get_by_role("status")).to_contain_text(said)


# ---- the objectives -------------------------------------------------------------------------------------------------


def test_objectives_of_somebody_new(reader):
    page = reader().open("progress.html")
    box = page.locator("keepalive-mastery")
    expect(box).to_contain_text("Nothing was answered or solved in this browser yet.")
    expect(box.locator("tbody tr")).to_have_count(14)
    expect(box.locator("td[data-level=nothing]")).to_have_count(14)


def test_objectives_say_what_mends_them(reader, tmp_path):
    here = reader()
    here.did(tmp_path, answer(IN_FIRST[0], False), answer(IN_SECOND[0], True))
    page = here.open("progress.html")
    row = page.locator("tr[data-objective='2']")
    expect(row.locator("[data-level]")).to_have_text("needs another look")
    expect(row).to_contain_text("0 of 1 right, 0 at once")
    row.get_by_role("link", name="a question of chapter 01").click()
    page.wait_for_url(f"**/{FIRST}#question-{IN_FIRST[0]}")
    expect(page.locator(f"#question-{IN_FIRST[0]}")).to_be_in_viewport()
    page = here.open("progress.html")
    row = page.locator("tr[data-objective='3']")
    expect(row.locator("[data-level]")).to_have_text("begun")
    expect(row.get_by_role("link")).to_have_text(["the exercise of chapter 02"])


# ---- the review -----------------------------------------------------------------------------------------------------


def test_a_first_visit_says_where_questions_come_from(reader):
    page = reader().open("review.html")
    box = page.locator("keepalive-review")
    expect(box).to_contain_text("Nothing comes back yet")
    box.get_by_role("button", name="Ask me some anyway").click()
    expect(box.get_by_role("heading", name="Question 1 of")).to_be_focused()


def test_what_was_wrong_comes_back_at_once_and_is_asked_anew(reader):
    here = reader()
    page = here.open(FIRST)
    answered_on_page(page, IN_FIRST[0], False)
    here.kept("answer", 1)
    page = here.open("review.html")
    box = page.locator("keepalive-review")
    expect(box).to_contain_text("1 question is due: Connection cost and pool.")
    box.get_by_role("button", name="Begin").click()
    expect(box.locator("fieldset")).to_be_visible()
    expect(box.get_by_text("You chose this")).to_have_count(0)
    answered_on_page(page, IN_FIRST[0], True)
    expect(box).to_contain_text("Right. Every choice is explained below.")
    box.get_by_role("button", name="Finish").click()
    expect(box.get_by_role("heading", name="That was it for now")).to_be_focused()
    expect(box).to_contain_text("1 of 1 right.")
    expect(box).to_contain_text("Nothing is due. The next questions come up on")
    here.kept("answer", 2)


def test_what_was_not_seen_for_a_week_comes_back(reader, tmp_path):
    here = reader()
    here.did(tmp_path, answer(IN_FIRST[0], True))
    here.moves_to(NOW + timedelta(days=6))
    page = here.open("review.html")
    expect(page.locator("keepalive-review")).to_contain_text("The next questions come up on March 8, 2026.")
    page.clock.set_fixed_time(NOW + timedelta(days=7, hours=1))
    page.reload()
    expect(page.locator("keepalive-review")).to_contain_text("2 questions are due: Connection cost and pool.")


def test_an_answer_again_in_the_same_round_does_not_count_for_it(reader):
    here = reader()
    answered_on_page(here.open(FIRST), IN_FIRST[0], False)
    here.kept("answer", 1)
    page = here.open("review.html")
    box = page.locator("keepalive-review")
    box.get_by_role("button", name="Begin").click()
    answered_on_page(page, IN_FIRST[0], False)
    box.get_by_role("button", name="Try again").click()
    answered_on_page(page, IN_FIRST[0], True)
    box.get_by_role("button", name="Finish").click()
    expect(box).to_contain_text("0 of 1 right.")


def test_a_review_by_keyboard_alone(reader, tmp_path):
    here = reader()
    here.did(tmp_path, answer(IN_FIRST[0], False), answer(IN_SECOND[0], False))
    here.moves_to(NOW + timedelta(days=1))
    page = here.open("review.html")
    box = page.locator("keepalive-review")
    box.get_by_role("button", name="Begin").focus()
    page.keyboard.press("Enter")
    for heading in ("Question 1 of 2", "Question 2 of 2"):
        expect(box.get_by_role("heading", name=heading)).to_be_focused()
        radio = box.locator("input[type=radio]").first
        for _ in range(10):
            page.keyboard.press("Tab")
            if radio.evaluate("(element) => element === document.activeElement"):
                break
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")  # chooses another, and submits nothing
        expect(box.locator(".ka-q-why")).to_have_count(0)
        box.locator("button.ka-q-button").press("Enter")
        box.locator("button.ka-p-next").press("Enter")
    expect(box.get_by_role("heading", name="That was it for now")).to_be_focused()


def test_leaving_out_and_ending(reader, tmp_path):
    here = reader()
    here.did(tmp_path, answer(IN_FIRST[0], False), answer(IN_SECOND[0], False))
    here.moves_to(NOW + timedelta(days=1))
    page = here.open("review.html")
    box = page.locator("keepalive-review")
    box.get_by_role("button", name="Begin").click()
    box.get_by_role("button", name="Leave it out").click()
    box.get_by_role("button", name="End here").click()
    expect(box).to_contain_text("Nothing was answered.")
    expect(box).to_contain_text("2 questions are due")


def test_questions_that_cannot_be_fetched_are_a_sentence(reader):
    here = reader(expect_errors=True)
    page = here.open("review.html")
    page.route("**/assets/review-*.json", lambda route: route.abort())
    box = page.locator("keepalive-review")
    box.get_by_role("button", name="Ask me some anyway").click()
    expect(box.get_by_role("status")).to_contain_text("The questions could not be fetched.")
    page.unroute("**/assets/review-*.json")
    box.get_by_role("button", name="Ask me some anyway").click()
    expect(box.get_by_role("heading", name="Question 1 of")).to_be_visible()


# ---- for everybody --------------------------------------------------------------------------------------------------

PAGES = ("course.html", FIRST, "progress.html", "review.html")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing(reader, tmp_path, scheme, width):
    here = reader(scheme=scheme, width=width)
    here.did(tmp_path, answer(IN_FIRST[0], False), answer(IN_SECOND[0], True), ("read", "chapter:sample", {}))
    for path in PAGES:
        page = here.open(path)
        assert found_by_axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.locator("keepalive-review").get_by_role("button", name="Begin").click()
    expect(page.locator("keepalive-review fieldset")).to_be_visible()
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_the_pages_say_what_there_is(reader):
    here = reader(script=False)
    page = here.open("progress.html")
    expect(page.locator("keepalive-mastery")).to_contain_text("Lifecycle and ownership: 02 A minimal client")
    page = here.open("review.html")
    expect(page.locator("keepalive-review")).to_contain_text("keepalive question --due")
    page = here.open("course.html")
    expect(page.locator("keepalive-map")).to_contain_text("With JavaScript switched on")
    page = here.open(FIRST)
    expect(page.locator("keepalive-read")).to_be_empty()
