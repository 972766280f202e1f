"""`keepalive.notebook` in a real IPython kernel, as JupyterLab and VS Code run one: inside a running event loop."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from keepalive.course import Course

EXERCISE = Course.load().exercise("04")

SETTING_UP = "import httpx\nfrom keepalive.notebook import check, exercise, hint, solution, timeline"

UNCLOSED = """class ApiClient:
    def __init__(self, base_url):
        self.client = httpx.AsyncClient(base_url=base_url)

    async def request(self, method, path, **options):
        print("sending", path)
        return await self.client.request(method, path, **options)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass
"""


def source(text: str) -> str:
    return text.replace("from __future__ import annotations\n", "")


def run(*cells: str) -> list[list[Any]]:
    """The outputs of each cell; an exception in one fails the test."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    nbformat.validate(notebook)
    return [cell.outputs for cell in notebook.cells]


def test_a_learner_fails_asks_mends_and_passes():
    outputs = run(
        SETTING_UP,
        'exercise("04")',
        source(EXERCISE.starter),
        'check("04", ApiClient)',
        UNCLOSED,
        'found = check("04", ApiClient, seed=1)\nfound',
        'hint("04")',
        'solution("04")',
        source(EXERCISE.reference_text),
        'check("04", ApiClient)',
        'solution("04")',
        'import asyncio; print("the loop goes on:", await asyncio.sleep(0.01, "yes"))',
    )
    brief, starter, wrong, asked, refused, right, shown = (outputs[n][0].data for n in (1, 3, 5, 6, 7, 9, 10))
    for data in (brief, starter, wrong, asked, refused, right):
        assert set(data) == {"text/html", "text/plain"}
    assert f"{EXERCISE.points} points" in brief["text/plain"]
    assert "No task is finished yet." in starter["text/html"]
    assert "3 left open" in wrong["text/html"] and "<svg" in wrong["text/html"]
    assert "Your code printed:\n  | sending /users/0" in wrong["text/plain"]
    assert asked["text/plain"].startswith("Hint 1 of 4  Close it")
    assert "after you have passed" in refused["text/plain"]
    assert f"All tasks passed. {EXERCISE.points} of {EXERCISE.points} points" in right["text/plain"]
    assert set(shown) == {"text/markdown", "text/plain"} and "```python" in shown["text/markdown"]
    assert outputs[11][0].text == "the loop goes on: yes\n"
    # What was printed belongs to the verdict; nothing of it runs out into the cell.
    assert [len(each) for each in outputs] == [0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1]


def test_a_class_of_a_cell_is_on_the_virtual_clock_and_its_line_is_named():
    blocking = UNCLOSED.replace('print("sending", path)', "sleep(2.5)")
    (shown,) = run(SETTING_UP + "\nfrom time import sleep", blocking, 'check("04", ApiClient)')[2]
    text = " ".join(shown.data["text/plain"].split())
    assert "`time.sleep(2.5)` stops the whole event loop" in text
    assert "your cell, line 6" in text


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        pytest.param("n = 0\n        while True:\n            n += 1", marks=pytest.mark.thorough),
    ],
)
def test_an_endless_loop_costs_the_check_and_not_the_kernel(loop):
    endless = UNCLOSED.replace('print("sending", path)', loop)
    outputs = run(SETTING_UP, endless, 'check("04", ApiClient)', "print(6 * 7)")
    assert "Your code was stopped: it ran past the time limit." in " ".join(outputs[2][0].data["text/plain"].split())
    assert outputs[3][0].text == "42\n"


def test_what_happens_is_kept_for_the_next_kernel(own_progress):
    run(SETTING_UP, source(EXERCISE.reference_text), 'check("04", ApiClient)')
    (shown,) = run(SETTING_UP, 'solution("04")')[1]
    assert "class ApiClient" in shown.data["text/plain"]
    types = [event["type"] for event in json.loads(own_progress.read_text("utf-8"))["events"]]
    assert types == ["check", "solution"]


@pytest.fixture
def kernel() -> Iterator[tuple[KernelManager, Any]]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_interrupting_a_check_gives_the_kernel_back(kernel):
    """Kernel > Interrupt while learner's code computes: the person's own KeyboardInterrupt, not a finding."""
    manager, client = kernel
    marker = 'open(MARK, "w").close()\n        while True:\n            n = 1'
    mark = Path(os.environ["KEEPALIVE_HOME"]).parent / "begun"
    client.execute_interactive(SETTING_UP + f"\nMARK = {str(mark)!r}", timeout=60)
    client.execute_interactive(UNCLOSED.replace('print("sending", path)', marker), timeout=60)
    asked = client.execute('check("04", ApiClient)')
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    manager.interrupt_kernel()
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == asked:
            break
    assert reply["content"]["status"] == "error" and reply["content"]["ename"] == "KeyboardInterrupt"
    # For a moment after an error a kernel turns away what was asked meanwhile.
    again = next(
        reply
        for reply in (client.execute_interactive("print(6 * 7)", timeout=60) for _ in range(20))
        if reply["content"]["status"] != "aborted"
    )
    assert again["content"]["status"] == "ok"
