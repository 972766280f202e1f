"""The course in Firefox, where one is installed: the exercise of chapter 04 with Python, Stop and storage, pages and
widgets, and the exam with its certificate are not Chromium's alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from answer_files import file_of
from bidi import Firefox, Tab
from browser.test_site import ONE_OF_EACH_KIND
from content.texts import COURSE
from exam import banks
from grading.bench import comparable
from keepalive.exam import Form, draw, keys_of
from keepalive.exam.certificate import of_bytes, verify
from keepalive.grading import grade
from keepalive.widgets import WIDGETS

FIRST = COURSE.exercise("04")
PAGE = "chapters/04-minimal-client.html"
REFERENCE = FIRST.reference_text
WAIT = 60_000  # milliseconds after which something counts as broken
CONTROL = "\ue009"  # as WebDriver names the key


def program() -> str:
    """Where Firefox is. One that was named and is not there fails; without any these tests are skipped."""
    named = os.environ.get("KEEPALIVE_FIREFOX")
    if named and not shutil.which(named):
        pytest.fail(f"KEEPALIVE_FIREFOX is {named}, and there is no program of that name.", pytrace=False)
    for found in filter(None, map(shutil.which, [named] if named else ["firefox-esr", "firefox"])):
        # A snap does not see a profile in our folder. Ubuntu's is a script that starts one.
        if named or b"/snap/" not in os.fsencode(os.path.realpath(found)) + Path(found).read_bytes()[:4000]:
            return found
    pytest.skip(
        "There is no Firefox on PATH, other than a snap. Install one (Debian: apt install firefox-esr; elsewhere from "
        "https://www.mozilla.org/firefox/), or name one in KEEPALIVE_FIREFOX."
    )


@pytest.fixture(scope="module")
def firefox(tmp_path_factory) -> Iterator[Firefox]:
    browser = Firefox(program(), tmp_path_factory.mktemp("firefox"))
    browser.command("session.subscribe", events=["network.beforeRequestSent", "log.entryAdded"])
    yield browser
    browser.close()


class Exercise:
    """What a person does with the exercise of a page."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def press(self, name: str) -> None:
        self.tab.js(
            "[...document.querySelectorAll('keepalive-exercise button')]"
            ".find((each) => each.textContent === values[0]).click()",
            name,
        )

    def expect(self, text: str, part: str = ".ka-x-status") -> None:
        """Wait until this part of the exercise holds the text."""
        found = self.tab.js(
            """
            const [part, text, wait] = values;
            const read = () => document.querySelector(`keepalive-exercise ${part}`)?.textContent ?? "";
            for (const until = Date.now() + wait; !read().includes(text) && Date.now() < until; )
              await new Promise((next) => setTimeout(next, 20));
            return read();
            """,
            part,
            text,
            WAIT,
        )
        assert text in found

    def begin(self) -> Exercise:
        self.press("Edit here")
        self.expect("Python is ready.")
        return self

    def write(self, source: str) -> Exercise:
        """Paste it over everything."""
        self.tab.js(
            "document.querySelector('.cm-content').focus(); return navigator.clipboard.writeText(values[0])", source
        )
        self.tab.press("a", "v", holding=CONTROL)
        assert self.text == source
        return self

    @property
    def text(self) -> str:
        return self.tab.js("return document.querySelector('.cm-content').cmTile.view.state.doc.toString()")

    def check(self) -> dict:
        """The verdict on what stands in the editor."""
        found = self.tab.js(
            """
            const [wait] = values;
            const buttons = [...document.querySelectorAll("keepalive-exercise button")];
            return new Promise((done) => {
              addEventListener("keepalive-checked", ({ detail }) => done(detail), { once: true });
              setTimeout(done, wait, null);
              buttons.find((each) => each.textContent === "Check").click();
            });
            """,
            WAIT,
        )
        assert found, self.tab.js("return document.querySelector('.ka-x-status').textContent")
        return found


@pytest.fixture
def watched(firefox, address) -> Iterator[list[str]]:
    """Every address that is asked for. A request to another host, or an error on the console, fails the test."""
    asked: list[str] = []
    errors: list[str] = []

    def hear(name: str, told: dict) -> None:
        if name == "network.beforeRequestSent":
            asked.append(told["request"]["url"])
        # Firefox fetches ahead what a page calls its next one, and says so where the policy forbids it: no loss.
        elif told["level"] == "error" and not re.search(r"Policy: .* \(default-src\) at \S+\.html ", told["text"]):
            errors.append(told["text"])

    firefox.hearers = [hear]
    yield asked
    firefox.command("session.status")  # what happened before this answer is heard by then
    own = (address, f"blob:{address}", "data:", "about:")
    assert ([url for url in asked if not url.startswith(own)], errors) == ([], [])


@pytest.fixture
def tab(firefox, watched) -> Tab:
    """One whose storage is empty."""
    return firefox.tab()


@pytest.fixture
def exercise(tab, address) -> Exercise:
    """The first exercise's page."""
    tab.go(address + PAGE)
    return Exercise(tab)


def in_terminal(answer: Path, folder: Path, seed: int) -> dict:
    """The verdict of `keepalive check` on the same code, in a file of the name that the page gives it."""
    own = folder / f"{FIRST.name}.py"
    own.write_bytes(answer.read_bytes())
    return grade(FIRST.code, own, link="child", frontend="test", seed=seed)


def test_answers_get_the_verdicts_that_they_get_in_a_terminal_and_nobody_else_is_asked(
    exercise, watched, address, tmp_path
):
    exercise.begin()
    for id in ("reference", FIRST.wrong[0].id):
        answer = file_of(FIRST, id)
        found = exercise.write(answer.read_text(encoding="utf-8")).check()
        assert comparable(found) == comparable(in_terminal(answer, tmp_path, found["seed"])), answer.name
        exercise.expect(f"{found['points']} of {found['max']} points")
        if id == "reference":
            exercise.expect("All tasks passed.")
    exercise.expect("the server saw 5 connections", ".ka-x-check")
    fetched = [url for url in watched if "/runtime/" in url]
    assert any(url.endswith("/pyodide.asm.wasm") for url in fetched), watched  # also what the worker asks is heard


def test_run_calls_main_against_a_practice_api(exercise):
    exercise.begin().write(REFERENCE).press("Run")
    exercise.expect("main() came to its end")
    exercise.expect("3 requests on 1 connection", ".ka-x-run")


def test_a_loop_without_end_is_stopped_and_the_next_check_works(exercise):
    exercise.begin()
    found = exercise.write(REFERENCE + "\nwhile True:\n    pass\n").check()
    assert found["status"] == "time_limit"
    out_of_sight = "async def main():\n    print('begun', flush=True)\n    sum(iter(int, 1))\n"
    exercise.write(out_of_sight).press("Run")
    exercise.expect("begun", ".ka-x-printed")
    exercise.press("Stop")
    exercise.expect("Stopped by you")
    assert exercise.text == out_of_sight
    assert exercise.write(REFERENCE).check()["status"] == "passed"


def test_code_that_was_typed_survives_a_reload(exercise):
    exercise.press("Start over")  # needs the editor and no Python
    exercise.expect("This is the starter.")
    exercise.tab.js("document.querySelector('.cm-content').focus()")
    exercise.tab.press("a", holding=CONTROL)
    exercise.tab.press(*"# mine")
    assert exercise.text == "# mine"
    exercise.tab.reload()
    exercise.expect("Check", ".ka-x-bar")
    exercise.tab.js("document.querySelector('keepalive-exercise').scrollIntoView()")
    exercise.expect("# mine", ".cm-content")


# --- pages and widgets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(ONE_OF_EACH_KIND))
def test_a_page_is_there_and_fits(tab, address, path):
    tab.go(address + path)
    assert tab.js("return document.querySelector('article h1').innerText.trim()")
    assert tab.js("return document.documentElement.scrollWidth <= innerWidth")
    light, dark = (
        tab.js(
            """
            document.querySelector(".ka-colours").click();
            await new Promise(requestAnimationFrame);
            return [document.body.dataset.mdColorScheme, getComputedStyle(document.body).backgroundColor];
            """
        )
        for _ in range(2)
    )
    assert {light[0], dark[0]} == {"slate", "default"} and light[1] != dark[1]


def test_widgets_come_to_life_and_follow_their_controls(tab, address):
    tab.go(f"{address}widgets.html")
    for widget in WIDGETS.values():
        before, after, drawn = tab.js(
            """
            const box = document.querySelector(`keepalive-widget[data-widget="${values[0]}"]`);
            const text = () => box.querySelector(".ka-w-table").textContent;
            while (!box.querySelector(".ka-w-picture svg")) await new Promise(requestAnimationFrame);
            const before = text();
            for (const slider of box.querySelectorAll("input[type=range]")) {
              slider.value = slider.max;
              slider.dispatchEvent(new Event("input", { bubbles: true }));
            }
            await new Promise(requestAnimationFrame);
            return [before, text(), box.querySelectorAll(".ka-w-picture svg").length];
            """,
            widget.id,
        )
        twin = widget.twin(widget.defaults, widget.model(widget.defaults))
        assert before == "".join([twin.caption, *twin.header, *(cell for row in twin.rows for cell in row)])
        assert (after != before, drawn) == (True, 1), widget.id


# --- the exam and its certificate ------------------------------------------------------------------------------------

ANSWER = """
const [format, answer] = values;
const box = document.querySelector("keepalive-exam");
if (format === "number") {
  const field = box.querySelector("input[type=text]");
  field.value = answer;
  field.dispatchEvent(new Event("input", { bubbles: true }));
} else if (format === "order") {
  const order = () => [...box.querySelectorAll(".ka-q-order > li")].map((row) => row.dataset.id);
  for (const [place, id] of answer.entries())
    while (order().indexOf(id) > place) box.querySelector(`li[data-id="${id}"] button`).click();
  press("Keep this order");
} else {
  for (const id of [answer].flat()) box.querySelector(`input[value="${id}"]`).click();
}
"""
HANDS = """
const until = async (there) => { while (!there()) await new Promise(requestAnimationFrame); };
const buttons = () => [...document.querySelectorAll("keepalive-exam button")];
const press = (name) => buttons().find((each) => each.textContent === name).click();
"""


def test_the_exam_is_passed_and_its_certificate_holds(tab, address):
    """With the course's own questions."""
    bank = COURSE.bank
    tab.go(f"{address}exam.html")
    given = tab.js(
        HANDS
        + """
        await until(() => buttons().length);
        press("Begin the exam");
        const kept = () => Object.entries(localStorage).find(([key]) => key.endsWith(":text:exam"));
        await until(() => kept() && document.querySelector("keepalive-exam .ka-q-stem"));
        return JSON.parse(kept()[1]).sitting.form;
        """
    )
    form = Form.of_json(given)
    assert form == draw(bank, form.seed), "the form that Python draws"
    questions = {question.id: question for question in bank.questions}
    for item in form.items:
        tab.js(HANDS + ANSWER, questions[item.id].format, banks.right(questions[item.id]))
        if item != form.items[-1]:
            tab.js(HANDS + "press('Next')")
    tab.js(
        HANDS
        + """
        press("Hand in");
        press("Hand in now");
        await until(() => document.querySelector("keepalive-exam").innerText.includes("14 of 14 right: passed"));
        """
    )

    files = tab.js(
        HANDS
        + """
        const made = [];
        const address = URL.createObjectURL;
        URL.createObjectURL = (blob) => (made.push(blob), address.call(URL, blob));
        const field = document.querySelector("keepalive-exam input[type=text]");
        field.value = "Zoë Ångström";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        for (const [count, name] of ["Save PNG", "Save PDF"].entries()) {
          press(name);
          await until(() => made.length > count);
        }
        return Promise.all(made.map(async (blob) => [...new Uint8Array(await blob.arrayBuffer())]));
        """
    )
    assert [bytes(content[:4]) for content in files] == [b"\x89PNG", b"%PDF"]
    for content in files:
        certificate = of_bytes(bytes(content))
        assert certificate.name == "Zoë Ångström"
        assert verify(certificate, bank, keys_of(bank)).holds
