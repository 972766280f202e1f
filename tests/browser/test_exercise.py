"""An exercise in its page: written, run and graded in a real browser, kept there, and read without any of that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from answer_files import file_of, right
from axe_findings import found_by_axe
from browser.conftest import Watch
from browser.opening import go
from content.texts import COURSE
from grading.bench import comparable
from keepalive.course.progress import Progress
from keepalive.grading import grade

FIRST = COURSE.exercise("04")
PAGE = "chapters/04-minimal-client.html"
REFERENCE = FIRST.reference_text
WAIT = 60_000
"""Milliseconds after which something counts as broken; Python starts in two seconds on an idle machine."""

LOOP = "\n    def forever(self): pass\n\nwhile True:\n    pass\n"


class Exercise:
    """What a person does with the exercise of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator("keepalive-exercise")
        self.editor = self.box.locator(".cm-content")
        self.status = self.box.locator(".ka-x-status")

    def button(self, name: str):
        return self.box.get_by_role("button", name=name, exact=True)

    def begin(self) -> Exercise:
        self.button("Edit here").click()
        expect(self.status).to_have_text("Python is ready.", timeout=WAIT)
        return self

    def open(self) -> Exercise:
        """Begin without Python, which starting over has no need of."""
        self.button("Start over").click()
        expect(self.status).to_have_text("This is the starter.", timeout=WAIT)
        return self

    def write(self, source: str) -> Exercise:
        self.editor.focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        return self

    @property
    def text(self) -> str:
        return self.page.evaluate("document.querySelector('.cm-content').cmTile.view.state.doc.toString()")

    def check(self) -> dict:
        """The verdict on what stands in the editor."""
        found = self.button("Check").evaluate(
            """(button, wait) => new Promise((done) => {
                 addEventListener('keepalive-checked', ({ detail }) => done(detail), { once: true });
                 setTimeout(done, wait, null);
                 button.click();
               })""",
            WAIT,
        )
        assert found, self.status.inner_text()
        return found


@pytest.fixture
def exercise(visit):
    """exercise(...) -> Exercise, on the first exercise's page; arguments are those of `visit`."""

    def there(**options) -> Exercise:
        return Exercise(visit(PAGE, **options))

    return there


@pytest.fixture(scope="module")
def tab(browser, address) -> Iterator[tuple[Page, Watch]]:
    """A page of the site that tests use one after another, so that Python starts once for all of them."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    watch = Watch(context, own=(address,))
    page = context.new_page()
    go(page, f"{address}course.html")
    yield page, watch
    context.close()


@pytest.fixture
def begun(tab) -> Iterator[Callable[..., Exercise]]:
    """begun(exercise) -> Exercise, begun in `tab`: the starter, nothing open, no code kept.

    It is the first exercise unless told. Python may have been there before, and the page remembers what was checked.
    """
    page, watch = tab
    watch.foreign.clear()
    watch.errors.clear()

    def to(name: str) -> None:
        """Follow a link, as a person does: the site changes its pages without a reload."""
        page.locator(f"a[href$='{name}']").first.evaluate("(link) => link.click()")
        page.wait_for_url(f"**/{name}")

    def begun(exercise=FIRST) -> Exercise:
        here = Exercise(page)
        to("course.html")
        expect(here.box).to_have_count(0)  # what an exercise keeps as it goes has been kept
        page.evaluate("localStorage.clear()")
        to(f"{COURSE.chapter(exercise.chapter).name}.html")
        return here.begin()

    yield begun
    assert (watch.foreign, watch.errors) == ([], [])


# ---- graded as everywhere ----------------------------------------------------------------------------------------


def in_terminal(exercise, answer: Path, folder: Path, seed: int) -> dict:
    """The verdict of `keepalive check` on the same code, in a file of the name that the page gives it."""
    own = folder / f"{exercise.name}.py"
    own.write_bytes(answer.read_bytes())
    return grade(exercise.code, own, link="child", frontend="test", seed=seed)


@pytest.mark.parametrize("count", [1, pytest.param(None, marks=pytest.mark.thorough)], ids=["some", "all"])
@pytest.mark.parametrize("asked", COURSE.exercises, ids=lambda each: each.name)
def test_an_answer_gets_the_verdict_that_it_gets_in_a_terminal(asked, count, begun, tmp_path):
    """The starter and so many right and wrong answers, in one page, one after another. All of them when asked for."""
    here = begun(asked)
    wrong = [each.id for each in asked.wrong[:count]]
    for answer in (file_of(asked, id) for id in ("starter", *right(asked)[:count], *wrong)):
        found = here.write(answer.read_text(encoding="utf-8")).check()
        assert comparable(found) == comparable(in_terminal(asked, answer, tmp_path, found["seed"])), answer.name
        assert found["runtime"]["frontend"] == "page"


def test_what_the_check_found_is_shown_with_its_timeline_and_marked_in_the_code(begun):
    here = begun()
    here.write(REFERENCE.replace("base_url=base_url", "base_url=base_uri")).check()
    result = here.box.locator(".ka-x-check")
    assert "NameError" in result.inner_text()
    expect(here.box.locator(".cm-lint-marker-error").first).to_be_visible()
    expect(here.status).to_contain_text(f"0 of {FIRST.points} points")

    here.write(FIRST.wrong[0].source).check()
    expect(result.locator("svg").first).to_be_visible()
    expect(result).to_contain_text("the server saw 5 connections")
    expect(here.box.locator(".cm-lint-marker-error")).to_have_count(0)


def test_what_does_not_compile_is_marked_while_it_is_written(begun):
    here = begun()
    here.write("class ApiClient:\n    def get(self:\n        pass\n")
    expect(here.box.locator(".cm-lint-marker-error")).to_have_count(1, timeout=WAIT)
    here.write("class ApiClient:\n    pass\n")
    expect(here.box.locator(".cm-lint-marker-error")).to_have_count(0, timeout=WAIT)


# ---- run and stop ------------------------------------------------------------------------------------------------


def test_run_calls_main_against_a_practice_api(begun):
    here = begun().write(REFERENCE)
    here.button("Run").click()
    expect(here.status).to_contain_text("main() came to its end", timeout=WAIT)
    printed = here.box.locator(".ka-x-printed").inner_text()
    assert re.fullmatch(r"(200 [A-Z][^\n]+\n?){3}", printed), printed
    run = here.box.locator(".ka-x-run")
    expect(run).to_contain_text("3 requests on 1 connection")
    expect(run.locator("svg").first).to_be_visible()


def test_what_was_asked_for_comes_into_sight_and_the_keyboard_keeps_its_place(exercise):
    here = exercise().begin().write(REFERENCE)
    panels = {"Run": ".ka-x-run", "Check": ".ka-x-check", "Hint": ".ka-x-hint", "Compare": ".ka-x-compare"}
    for name, panel in panels.items():
        expect(here.button(name)).to_be_enabled(timeout=WAIT)  # Run's panel is there before its run has ended
        here.editor.focus()  # far above the panels
        here.button(name).focus()
        here.page.keyboard.press("Enter")
        expect(here.box.locator(f"{panel} .ka-x-title")).to_be_in_viewport(timeout=WAIT)
        if name in ("Run", "Check"):
            expect(here.button(name)).to_be_focused()
    here.editor.focus()
    here.page.keyboard.press("ControlOrMeta+Home")
    for _ in range(40):
        here.page.keyboard.press("ArrowDown")
    seen = here.page.evaluate(
        """() => { const cursor = document.querySelector('.cm-cursor-primary, .cm-cursor').getBoundingClientRect();
             const foot = document.querySelector('.ka-x-foot').getBoundingClientRect();
             return [cursor.bottom, foot.top]; }"""
    )
    assert seen[0] <= seen[1], "the line with the cursor is not behind the buttons"


def test_run_shows_the_learners_traceback_and_no_frame_of_ours(begun):
    here = begun().write("async def main():\n    print('so far')\n    raise ValueError('no key')\n")
    here.button("Run").click()
    expect(here.box.locator(".ka-x-run")).to_contain_text("ValueError: no key", timeout=WAIT)
    said = here.box.locator(".ka-x-run").inner_text()
    assert "so far" in said and "line 3" in said
    assert "site-packages" not in said and "/lib/" not in said


def test_run_without_main_says_what_to_write(begun):
    here = begun().write("print('top')\n")
    here.button("Run").click()
    expect(here.status).to_have_text("There is no main() to run.", timeout=WAIT)
    expect(here.box.locator(".ka-x-run")).to_contain_text("async def main():")
    expect(here.box.locator(".ka-x-printed")).to_have_text("top\n")


def test_a_loop_without_end_is_stopped_and_says_so_and_the_next_check_works(begun):
    here = begun()
    found = here.write(REFERENCE + LOOP).check()
    assert found["status"] == "time_limit"
    expect(here.status).to_contain_text("time limit")
    assert here.write(REFERENCE).check()["status"] == "passed"


def test_stop_ends_what_python_cannot_end_and_the_code_is_still_there(begun):
    here = begun()
    out_of_sight = "async def main():\n    print('begun', flush=True)\n    sum(iter(int, 1))\n"
    here.write(out_of_sight)
    here.button("Run").click()
    expect(here.box.locator(".ka-x-printed")).to_have_text("begun\n", timeout=WAIT)
    here.button("Stop").click()
    expect(here.status).to_contain_text("Stopped by you", timeout=WAIT)
    assert here.text == out_of_sight
    assert here.write(REFERENCE).check()["status"] == "passed"


# ---- where one is ------------------------------------------------------------------------------------------------


CURSOR = """() => { const { view } = document.querySelector('.cm-content').cmTile, { state } = view;
  return state.doc.lineAt(state.selection.main.head).number; }"""
GAPS = [n for n, line in enumerate(FIRST.starter.split("\n"), 1) if "NotImplemented" in line]


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.thorough), 360])
def test_the_editor_opens_at_the_first_task_and_leads_to_the_next(exercise, width):
    here = exercise(width=width).begin()
    cursor = here.box.locator(".cm-cursor-primary")
    assert here.page.evaluate(CURSOR) == GAPS[0]
    expect(cursor).to_be_in_viewport()
    for gap in [*GAPS[1:], GAPS[0]]:
        here.button("Next task").click()
        expect(here.editor).to_be_focused()
        assert here.page.evaluate(CURSOR) == gap
        expect(cursor).to_be_in_viewport()
        expect(here.status).to_contain_text(f"line {gap}.")
    here.write(REFERENCE)
    here.button("Next task").click()
    expect(here.status).to_contain_text("No task is left to begin")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_that_is_scrolled_sideways_does_not_show_through_the_line_numbers(exercise, scheme):
    here = exercise(width=360, scheme=scheme).open()
    colour = here.box.locator(".cm-gutters").evaluate("box => getComputedStyle(box).backgroundColor")
    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", colour), "opaque"


def test_long_lines_are_wrapped_when_somebody_wants_it_and_stay_so(exercise):
    here = exercise(width=360).open()
    scroller = here.box.locator(".cm-scroller")
    is_cut = "box => box.scrollWidth > box.clientWidth"
    assert scroller.evaluate(is_cut)
    here.button("Wrap lines").click()
    assert not scroller.evaluate(is_cut)
    here.page.reload()
    here.open()
    expect(here.button("Wrap lines")).to_have_attribute("aria-pressed", "true")
    assert not scroller.evaluate(is_cut)
    here.button("Wrap lines").click()
    assert scroller.evaluate(is_cut)


def test_the_buttons_lie_over_no_brief(exercise):
    here = exercise()
    here.page.set_viewport_size({"width": 1280, "height": 500})
    here.box.locator(".ka-v-task").first.evaluate("task => task.scrollIntoView({ block: 'start' })")
    expect(here.box.locator(".ka-x-code")).not_to_be_in_viewport()
    expect(here.box.locator(".ka-x-foot")).not_to_be_in_viewport()
    here.box.locator(".ka-x-code").evaluate("code => code.scrollIntoView({ block: 'start' })")
    expect(here.box.locator(".ka-x-foot")).to_be_in_viewport()


# ---- what a result is of ---------------------------------------------------------------------------------------------


def test_a_result_of_older_code_says_so_and_goes_with_the_next_run(begun):
    here = begun()
    here.write("class ApiClient\n").check()
    old = here.box.locator(".ka-x-check")
    expect(here.status).to_contain_text(f"0 of {FIRST.points} points")
    expect(old.locator(".ka-x-since")).to_have_count(0)
    here.write(REFERENCE)
    expect(old.locator(".ka-x-title")).to_contain_text("of your code before you changed it")
    expect(here.status).to_have_text("")
    here.button("Run").click()
    expect(here.status).to_contain_text("main() came to its end", timeout=WAIT)
    expect(old).to_have_count(0)


def test_one_result_is_open_and_the_others_are_folded_to_their_titles(begun):
    here = begun()
    here.check()
    here.button("Run").click()
    expect(here.box.locator(".ka-x-run")).to_contain_text("NotImplementedError", timeout=WAIT)
    expect(here.button("Run")).to_be_enabled(timeout=WAIT)
    here.button("Hint").click()
    expect(here.box.locator(".ka-x-panel")).to_have_count(3)
    bodies = here.box.locator(".ka-x-body:visible")
    expect(bodies).to_have_count(1)
    fold = here.button("What the check found")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.press("Enter")
    expect(bodies).to_have_count(2)
    expect(fold).to_have_attribute("aria-expanded", "true")
    here.check()  # a hint on another task does not stay under a verdict
    expect(bodies).to_have_count(1)
    expect(here.box.locator(".ka-x-check .ka-x-body")).to_be_visible()


def test_a_result_leads_to_the_line_and_to_the_hint_that_it_names(begun):
    here = begun()
    here.button("Next task").click()
    assert here.page.evaluate(CURSOR) != GAPS[0]
    here.check()
    result = here.box.locator(".ka-x-check")
    result.get_by_role("button", name=f"line {GAPS[0]}", exact=True).click()
    expect(here.editor).to_be_focused()
    assert here.page.evaluate(CURSOR) == GAPS[0]

    here.write(REFERENCE.replace("await self._client.aclose()", "pass")).check()
    task = next(task for task in FIRST.tasks if task.id == "closing")
    section = result.locator(".ka-v-task", has_text=task.text)
    section.get_by_role("button", name=f"Hint: {task.text}", exact=True).click()
    expect(here.box.locator(".ka-x-hint select")).to_have_value(task.id)
    expect(here.box.locator(".ka-x-hints > li")).to_have_count(1)
    expect(result.locator(".ka-x-body")).to_be_hidden()


# ---- help --------------------------------------------------------------------------------------------------------


def test_hints_come_one_by_one_and_are_counted(exercise):
    here = exercise()
    here.button("Hint").click()
    hints = here.box.locator(".ka-x-hints > li")
    expect(hints).to_have_count(1, timeout=WAIT)
    of = len(FIRST.tasks[0].hints)
    here.button(f"Show hint 2 of {of}").click()
    expect(hints).to_have_count(2)
    here.page.reload()
    here.button("Hint").click()
    expect(hints).to_have_count(3, timeout=WAIT)
    expect(here.status).to_have_text(f"Hint 3 of {of}: {FIRST.tasks[0].text}.")
    here.button("Hint").click()
    expect(hints).to_have_count(3)

    here.box.locator("select").select_option("closing")
    expect(hints).to_have_count(1)
    assert here.box.locator("select").input_value() == "closing"


def test_the_solution_is_shown_after_a_pass_or_when_somebody_insists(exercise):
    here = exercise()
    here.button("Solution").click()
    panel = here.box.locator(".ka-x-solution")
    expect(panel).to_contain_text("after you have passed", timeout=WAIT)
    assert "self._client" not in panel.inner_text()
    here.button("Show it all the same").click()
    expect(panel).to_contain_text("self._client = httpx.AsyncClient(base_url=base_url)")
    expect(panel.locator("details")).to_have_count(1 + len(FIRST.right))


def test_compare_shows_what_differs_from_the_reference(exercise):
    here = exercise().begin()
    here.write(REFERENCE.replace("base_url=base_url", "base_url=base_url, timeout=3"))
    here.button("Compare").click()
    here.button("Show it all the same").click()
    panel = here.box.locator(".ka-x-compare")
    expect(panel.locator("del")).to_contain_text("timeout=3", timeout=WAIT)
    expect(panel.locator("ins")).to_contain_text("self._client = httpx.AsyncClient(base_url=base_url)")
    here.write(REFERENCE)
    here.button("Compare").click()
    expect(panel).to_contain_text("line for line", timeout=WAIT)


# ---- the code is never lost --------------------------------------------------------------------------------------


def test_code_survives_a_reload_and_start_over_can_be_undone(exercise):
    here = exercise().open()
    here.write("# mine\n")
    here.page.reload()
    here.box.scroll_into_view_if_needed()
    expect(here.editor).to_contain_text("# mine", timeout=WAIT)

    here.button("Start over").click()
    expect(here.editor).to_contain_text("class ApiClient")
    here.button("Undo").click()
    expect(here.editor).to_have_text("# mine")
    assert here.text == "# mine\n"


def test_two_tabs_keep_both_versions(exercise):
    here = exercise().open()
    here.write("# the first tab\n")
    other = Exercise(here.page.context.new_page())
    other.page.goto(here.page.url)
    other.box.scroll_into_view_if_needed()
    expect(other.editor).to_contain_text("# the first tab", timeout=WAIT)
    other.write("# the second tab\n")

    expect(here.box.locator(".ka-x-note", has_text="changed in another tab")).to_be_visible(timeout=WAIT)
    assert here.text == "# the first tab\n"
    here.button("See the other versions").click()
    expect(here.box.locator(".ka-x-versions li")).to_have_count(1)
    here.button("Take this one").click()
    assert here.text == "# the second tab\n"
    here.button("Undo").click()
    assert here.text == "# the first tab\n"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }", "is full"),
        (
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } })",
            "blocked",
        ),
    ],
    ids=["full", "blocked"],
)
def test_storage_that_keeps_nothing_is_said_and_the_work_can_be_exported(exercise, broken, said, tmp_path):
    here = exercise(init=broken, expect_errors=True).begin()  # the theme's own script does not expect it
    here.write("# not kept\n")
    trouble = here.box.locator(".ka-x-note", has_text=said)
    expect(trouble).to_be_visible(timeout=WAIT)
    with here.page.expect_download() as saved:
        here.button("Export all work").click()
    saved.value.save_as(tmp_path / "progress.json")
    drafts = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["drafts"][FIRST.id]
    assert [each["code"] for each in drafts.values()] == ["# not kept\n"]
    assert here.write(REFERENCE).check()["status"] == "passed"


def test_the_file_can_be_downloaded_and_opened(exercise, tmp_path):
    here = exercise().open()
    with here.page.expect_download() as saved:
        here.button("Download").click()
    assert saved.value.suggested_filename == "04-minimal-client.py"
    saved.value.save_as(tmp_path / "mine.py")
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == FIRST.starter

    (tmp_path / "mine.py").write_bytes(b"# mine\r\n")
    with here.page.expect_file_chooser() as chooser:
        here.button("Open file").click()
    chooser.value.set_files(tmp_path / "mine.py")
    expect(here.editor).to_have_text("# mine")
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    with here.page.expect_file_chooser() as chooser:
        here.button("Open file").click()
    chooser.value.set_files(tmp_path / "latin.py")
    expect(here.status).to_contain_text("latin.py is not UTF-8")
    assert here.text == "# mine\n"


# ---- who, where, with what ---------------------------------------------------------------------------------------


def test_one_python_serves_the_whole_site(exercise):
    here = exercise()
    started = []
    here.page.on("worker", lambda worker: started.append(worker.url) if "/worker-" in worker.url else None)
    here.begin()
    here.page.get_by_role("link", name="Course map", exact=True).first.click()
    # The address changes before the page does.
    expect(here.page.locator("keepalive-work")).to_be_visible()
    expect(here.box).to_have_count(0)
    here.page.go_back()
    expect(here.box).to_be_visible()
    expect(here.page.locator("keepalive-work")).to_have_count(0)
    here.button("Check").click()
    expect(here.status).to_contain_text(f"0 of {FIRST.points} points", timeout=WAIT)
    assert len(started) == 1


def test_nothing_large_is_fetched_before_somebody_begins(exercise):
    fetched: list[str] = []
    here = exercise(listen=lambda response: fetched.append(response.url))
    here.box.scroll_into_view_if_needed()
    here.page.wait_for_load_state("networkidle")
    assert fetched
    assert not [url for url in fetched if re.search(r"/runtime/|/editor-|/worker-|/exercises/", url)]


def test_by_keyboard_alone(exercise):
    here = exercise()
    keyboard = here.page.keyboard
    here.button("Edit here").focus()
    keyboard.press("Enter")
    expect(here.editor).to_be_focused(timeout=WAIT)
    expect(here.status).to_have_text("Python is ready.", timeout=WAIT)
    keyboard.press("ControlOrMeta+a")
    keyboard.insert_text("class ApiClient:")
    keyboard.press("Enter")
    keyboard.press("Tab")  # indents once more, and stays
    expect(here.editor).to_be_focused()
    assert here.text == "class ApiClient:\n        "
    keyboard.press("Escape")
    keyboard.press("Tab")
    expect(here.editor).not_to_be_focused()
    expect(here.button("Check")).to_be_focused()
    keyboard.press("Enter")
    expect(here.box.locator(".ka-x-check")).to_be_visible(timeout=WAIT)
    expect(here.button("Check")).to_be_enabled()
    tree = here.box.aria_snapshot()
    assert 'textbox "Your code for exercise 04, Python"' in tree
    assert 'group "Exercise 04"' in tree


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.thorough), "dark"])
def test_axe_finds_nothing_with_everything_open(exercise, scheme):
    here = exercise(scheme=scheme).begin()
    here.write("# before\n")
    here.button("Start over").click()
    expect(here.button("Other versions")).to_be_visible()
    here.write(REFERENCE.replace("await self._client.aclose()", "pass")).check()
    here.button("Run").click()
    expect(here.box.locator(".ka-x-run svg").first).to_be_attached(timeout=WAIT)
    here.button("Hint").click()
    here.button("Solution").click()
    here.button("Show it all the same").click()
    expect(here.box.locator(".ka-x-solution details")).to_have_count(1 + len(FIRST.right))
    here.button("Compare").click()
    expect(here.box.locator(".ka-x-compare ins").first).to_be_attached(timeout=WAIT)
    here.button("Other versions").click()
    expect(here.box.locator(".ka-x-panel")).to_have_count(6)
    for width in (1280, 320):
        here.page.set_viewport_size({"width": width, "height": 900})
        assert found_by_axe(here.page) == [], width
        assert here.page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_the_exercise_can_be_read(exercise):
    here = exercise(script=False)
    said = here.box.inner_text()
    assert "Five calls in a row, without a pause, use one connection" in said
    assert 'raise NotImplementedError("task closing")' in said
    assert "keepalive start 04" in said
    expect(here.box.get_by_role("button")).to_have_count(0)


def test_from_a_folder_it_says_what_to_do_instead(browser, site):
    page = browser.new_page()
    page.goto((site / PAGE).as_uri())
    here = Exercise(page)
    expect(here.box.locator(".ka-x-note")).to_contain_text("python3 -m http.server")
    assert 'raise NotImplementedError("task closing")' in here.box.inner_text()
    expect(here.button("Check")).to_have_count(0)
    page.close()


def test_a_worker_that_cannot_be_fetched_is_a_sentence(exercise):
    here = exercise(expect_errors=True)
    here.page.route("**/worker-*.js", lambda route: route.abort())
    here.button("Check").click()
    expect(here.status).to_contain_text("Python did not start", timeout=WAIT)
    expect(here.status).to_contain_text("Your code is still here")
    here.page.unroute("**/worker-*.js")
    here.button("Check").click()
    expect(here.status).to_contain_text(f"0 of {FIRST.points} points", timeout=WAIT)


# ---- taken elsewhere ---------------------------------------------------------------------------------------------


def test_work_is_exported_and_imported_as_the_terminal_does(exercise, tmp_path):
    here = exercise().begin()
    here.write(REFERENCE).check()
    here.page.get_by_role("link", name="Course map", exact=True).first.click()
    work = here.page.locator("keepalive-work")
    expect(work).to_contain_text("passed")
    with here.page.expect_download() as saved:
        work.get_by_role("button", name="Export").click()
    saved.value.save_as(tmp_path / "page.json")

    own = Progress(tmp_path / "progress.json")
    own.add("hint", FIRST.id, {"task": "closing", "number": 1})
    own.include(tmp_path / "page.json")
    assert own.passed(FIRST.id)
    own.export(tmp_path / "both.json")
    with here.page.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Import").click()
    chooser.value.set_files(tmp_path / "both.json")
    expect(work).to_contain_text("Imported from both.json: 1 event, 0 versions of code.")

    work.get_by_role("button", name="Reset checks").click()
    expect(work).to_contain_text("not checked yet")
    with here.page.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Import").click()
    chooser.value.set_files(tmp_path / "both.json")
    expect(work).to_contain_text("Everything in both.json is here already.")
    work.get_by_role("button", name="Undo reset").click()
    expect(work).to_contain_text(": passed")
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with here.page.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Import").click()
    chooser.value.set_files(tmp_path / "other.json")
    expect(work).to_contain_text("other.json was not imported.")
