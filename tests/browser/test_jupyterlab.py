"""Chapter 04 in a real JupyterLab: run the notebook, fail the check, mend the class, pass.

The lab is started by the command with which `course.py` starts it, on a folder of copies as a learner has it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import socket
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
from browser.conftest import ROOT, Watch
from playwright.sync_api import Browser, Locator, Page, expect

CHAPTER = "04-minimal-client.ipynb"
EXERCISE = ROOT / "exercises" / "04-minimal-client"

PATIENCE = 120_000
"""Milliseconds after which something that should have appeared is missed: a kernel on a busy machine takes its time."""


class Lab(NamedTuple):
    address: str
    token: str
    work: Path
    home: Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    spec = importlib.util.spec_from_file_location("course_py", ROOT / "course.py")
    course_py = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course_py)

    folder = tmp_path_factory.mktemp("learner")
    token = secrets.token_hex(16)
    own = {"KEEPALIVE_WORK": str(folder / "work"), "KEEPALIVE_HOME": str(folder / "home"), "KEEPALIVE_ROOT": str(ROOT)}
    os.environ |= own
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, *course_py.lab_command(port)[1:]]
        environment = course_py.environment(JUPYTER_TOKEN=token, PATH=course_py.BIN + os.pathsep + os.environ["PATH"])
        for name in ("CONFIG", "DATA", "RUNTIME"):
            environment[f"JUPYTER_{name}_DIR"] = str(folder / name.lower())
        subprocess.run([sys.executable, "-m", "keepalive", "work"], check=True, env=environment, capture_output=True)
    finally:
        for name in own:
            del os.environ[name]
    address = f"http://127.0.0.1:{port}/"
    with open(folder / "lab.log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_up(address, token, process, folder / "lab.log")
        yield Lab(address, token, folder / "work", folder / "home")
    finally:
        process.terminate()
        process.wait(30)


def wait_until_up(address: str, token: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
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
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    watch = Watch(context, own=(lab.address, lab.address.replace("http", "ws")))
    page = context.new_page()
    page.goto(f"{lab.address}lab/tree/{CHAPTER}?token={lab.token}")
    page.set_default_timeout(PATIENCE)
    yield page
    foreign = watch.foreign
    context.close()
    assert foreign == []


def run_all(page: Page) -> None:
    expect(page.locator(".jp-Notebook")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_attached(timeout=PATIENCE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def cell_with(page: Page, text: str) -> Locator:
    """The code cell that holds a text; scrolled to, because JupyterLab renders only what is near."""
    cell = page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea-editor", has_text=text)).first
    cell.scroll_into_view_if_needed(timeout=PATIENCE)
    return cell


def write(page: Page, cell: Locator, source: str) -> None:
    """Put a source into a cell as a person would paste it, and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("ControlOrMeta+Enter")


def verdict_of(page: Page, cell: Locator) -> Locator:
    """Run the cell with the check once more; its verdict."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    return cell.locator(".jp-OutputArea-output .ka-verdict")


def test_fail_mend_pass(page: Page, lab: Lab) -> None:
    run_all(page)
    check = cell_with(page, 'check("04", ApiClient)')
    verdict = check.locator(".jp-OutputArea-output .ka-verdict")
    expect(verdict).to_contain_text("not attempted", timeout=PATIENCE, ignore_case=True)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0

    answer = cell_with(page, "class ApiClient")
    write(page, answer, (EXERCISE / "wrong" / "client_per_call.py").read_text(encoding="utf-8"))
    expect(verdict_of(page, check)).to_contain_text("accepted 5 connections", timeout=PATIENCE)
    expect(verdict.locator("svg").first).to_be_visible()

    answer = cell_with(page, "class ApiClient")
    write(page, answer, (EXERCISE / "solutions" / "reference.py").read_text(encoding="utf-8"))
    expect(verdict_of(page, check)).to_contain_text("20 of 20", timeout=PATIENCE)
    expect(verdict).not_to_contain_text("not yet")

    events = json.loads(next(lab.home.glob("*.json")).read_text(encoding="utf-8"))["events"]
    assert [event["data"]["status"] for event in events if event["type"] == "check"][-2:] == ["failed", "passed"]


def test_an_endless_loop_costs_the_check_and_not_the_kernel(page: Page) -> None:
    run_all(page)
    check = cell_with(page, 'check("04", ApiClient)')
    expect(check.locator(".ka-verdict")).to_be_visible(timeout=PATIENCE)

    endless = (EXERCISE / "solutions" / "reference.py").read_text(encoding="utf-8")
    endless = endless.replace(
        "return await self._client.request", "while True: pass\n        return await self._client.request"
    )
    write(page, cell_with(page, "class ApiClient"), endless)
    expect(verdict_of(page, check)).to_contain_text("real time", timeout=PATIENCE)

    write(page, cell_with(page, "class ApiClient"), "print('still', 'here')")
    expect(cell_with(page, "'still', 'here'").locator(".jp-OutputArea-output")).to_contain_text("still here")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_verdict_is_accessible_in_both_themes(page: Page, theme: str) -> None:
    run_all(page)
    verdict = cell_with(page, 'check("04", ApiClient)').locator(".ka-verdict")
    expect(verdict).to_be_visible(timeout=PATIENCE)
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_role("menuitem", name="Theme", exact=True).hover()
    page.get_by_role("menuitemcheckbox", name=theme, exact=True).or_(
        page.get_by_role("menuitem", name=theme, exact=True)
    ).first.click()
    expect(page.locator(f"body[data-jp-theme-name='{theme}']")).to_be_attached()

    found = Axe().run(page, context=".ka-verdict").response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
