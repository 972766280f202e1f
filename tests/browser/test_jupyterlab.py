"""Chapter 04 in a real JupyterLab: run the notebook, fail the check, mend the class, pass.

The lab is started by the command with which `course.py` starts it, on a folder of copies as a learner has it.
"""

from __future__ import annotations

import importlib.util
import json
import re
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from browser.conftest import ROOT, Watch
from browser.opening import PATIENCE
from keepalive.course import Course
from ports import held_ports

CHAPTER = "04-minimal-client.ipynb"
EXERCISE = Course.load().exercise("04")


class Lab(NamedTuple):
    address: str
    token: str
    work: Path
    home: Path


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with held_ports(1) as (port,):
        yield port


@pytest.fixture(scope="module")
def lab(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    spec = importlib.util.spec_from_file_location("course_py", ROOT / "course.py")
    course_py = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course_py)

    folder = tmp_path_factory.mktemp("learner")
    token = secrets.token_hex(16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEPALIVE_WORK", str(folder / "work"))
        patch.setenv("KEEPALIVE_HOME", str(folder / "home"))
        patch.setenv("KEEPALIVE_ROOT", str(ROOT))
        patch.setattr(course_py, "CACHE", str(folder / "cache"))
        patch.setattr(course_py, "PYTHON", sys.executable)
        course_py.quiet_lab()
        command, environment = course_py.lab_command(port), course_py.environment(JUPYTER_TOKEN=token)
        subprocess.run([sys.executable, "-m", "keepalive", "work"], check=True, env=environment, capture_output=True)
    address = f"http://127.0.0.1:{port}/"
    with open(folder / "lab.log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_up(address, token, process, folder / "lab.log")
        yield Lab(address, token, folder / "work", folder / "home")
    finally:
        process.terminate()
        process.wait(60)


def wait_until_up(address: str, token: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}api/status?token={token}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The chapter in the lab, each time a fresh copy with a kernel of its own."""
    copy = lab.work / f"{secrets.token_hex(4)}.ipynb"
    shutil.copy(lab.work / CHAPTER, copy)
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    watch = Watch(context, own=(lab.address, lab.address.replace("http", "ws")))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    # A workspace of its own: JupyterLab would open what the test before had open, too.
    page.goto(f"{lab.address}lab/workspaces/{copy.stem}/tree/{copy.name}?token={lab.token}")
    yield page
    foreign = watch.foreign
    context.close()
    assert foreign == []


def run_all(page: Page) -> None:
    expect(page.locator(".jp-Notebook")).to_be_visible()
    # Asked to run before its kernel is there, JupyterLab opens a dialogue instead.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def cell_with(page: Page, lab: Lab, text: str) -> Locator:
    """The first code cell that had this text in the learner's copy, scrolled to.

    Found by its place: of a long cell the editor keeps only the lines in the page that are near what is in view, and
    JupyterLab may keep cells far from it out of the page.
    """
    cells = json.loads((lab.work / CHAPTER).read_text(encoding="utf-8"))["cells"]
    place = next(n for n, cell in enumerate(cells) if cell["cell_type"] == "code" and text in "".join(cell["source"]))
    cell = page.locator(f".jp-CodeCell[data-windowed-list-index='{place}']")
    for part in range(21):
        if cell.count():
            break
        page.locator(".jp-WindowedPanel-outer").first.evaluate(
            "(outer, part) => { outer.scrollTop = outer.scrollHeight * part / 20 }", part
        )
        page.wait_for_timeout(200)
    return scrolled_to(cell)


def scrolled_to(cell: Locator) -> Locator:
    # Not by Playwright's own scrolling, which waits for a layout that stands still: other cells are still printing.
    cell.evaluate("cell => cell.scrollIntoView({block: 'center'})")
    return cell


def run(page: Page, cell: Locator) -> None:
    """Run the cell that has the cursor, and wait until it has run."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))


def write(page: Page, cell: Locator, source: str) -> None:
    """Put a source into a cell as a person would paste it, and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    run(page, cell)


def verdict_of(page: Page, cell: Locator) -> Locator:
    """Run the cell with the check once more; its verdict."""
    cell.locator(".cm-content").click()
    run(page, cell)
    return cell.locator(".jp-OutputArea-output .ka-v")


def faults_in(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds in our own part of the page; JupyterLab's is not ours to mend."""
    found = Axe().run(page, context=".jp-CodeCell .ka-v").response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def choose_theme(page: Page, name: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item").filter(has_text=re.compile("^Theme$")).hover()
    page.locator(".lm-Menu-item").filter(has_text=re.compile(f"^{name}$")).click()
    expect(page.locator(f"body[data-jp-theme-name='{name}']")).to_be_attached()


def test_fail_mend_pass(page: Page, lab: Lab) -> None:
    run_all(page)
    check = cell_with(page, lab, 'check("04", ApiClient)')
    verdict = check.locator(".jp-OutputArea-output .ka-v")
    expect(verdict).to_contain_text("not attempted", ignore_case=True)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0

    answer = cell_with(page, lab, "class ApiClient")
    write(page, answer, EXERCISE.answer("client-per-call").source)
    expect(verdict_of(page, check)).to_contain_text("saw 5 connections")
    expect(verdict.locator("svg").first).to_be_visible()
    assert faults_in(page) == []
    choose_theme(page, "JupyterLab Dark")
    assert faults_in(page) == []

    write(page, scrolled_to(answer), EXERCISE.reference_text)
    expect(verdict_of(page, check)).to_contain_text(f"{EXERCISE.points} of {EXERCISE.points}")
    expect(verdict).not_to_contain_text("not yet")

    events = json.loads(next(lab.home.glob("*.json")).read_text(encoding="utf-8"))["events"]
    assert [event["data"]["status"] for event in events if event["type"] == "check"][-2:] == ["failed", "passed"]


@pytest.mark.thorough  # without JupyterLab round the kernel it is tried in tests/notebook/test_kernel.py
def test_an_endless_loop_costs_the_check_and_not_the_kernel(page: Page, lab: Lab) -> None:
    run_all(page)
    check = cell_with(page, lab, 'check("04", ApiClient)')
    expect(check.locator(".ka-v")).to_be_visible()

    endless = EXERCISE.reference_text
    endless = endless.replace(
        "return await self._client.request", "while True: pass\n        return await self._client.request"
    )
    answer = cell_with(page, lab, "class ApiClient")
    write(page, answer, endless)
    expect(verdict_of(page, check)).to_contain_text("did not give control back")

    write(page, scrolled_to(answer), "print('still', 'here')")
    expect(answer.locator(".jp-OutputArea-output")).to_contain_text("still here")
