"""The program that decides a key, run: against the judge's server, on the virtual clock, in this process.

The shown code, or that of [question.run], defines `async def main(url)` and prints. It may use asyncio, httpx, random
and time without importing them: a question has no room for what every program begins with.
"""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from typing import Any

from .key import NoAnswer, number
from .model import Question

VIRTUAL_SECONDS = 900.0
"""How long a question's program may take on the virtual clock."""

REQUESTS = 5_000

_HEAD = "import asyncio, collections, contextlib, httpx, random, time"
_DRIVE = "async def asks(make, run):\n    await make(url=run.url).run()\n"
_ENTRY = """

class Question:
    def __init__(self, url):
        self.url = url

    async def run(self):
        await main(self.url)
"""
_GRADER = '''\
from keepalive.faults import *
from keepalive.grading import *


@scenario(drive="asks", limits=Limits(virtual={virtual}, requests={requests}, work=20.0))
def question(net):
    """The question's server"""
{server}

    @check(task="ran", points=1)
    def finished(run):
        """It ran to its end"""
        if not run.finished:
            fail(observed=repr(run.error or run.ended), required="a program that ends")
'''


class NotRun(Exception):
    """The program did not run to its end; the text says why."""


def printed(question: Question, *, seed: int = 1) -> str:
    """What the question's program prints, without the last line end. Raises NotRun."""
    from keepalive.grading import ExerciseCode, grade

    assert question.run is not None
    with tempfile.TemporaryDirectory(prefix="keepalive-question-", ignore_cleanup_errors=True) as folder:
        learner, drive, grader = (Path(folder, name) for name in ("question.py", "drive.py", "grader.py"))
        learner.write_text(f"{_HEAD}\n{question.run.code}\n{_ENTRY}", "utf-8")
        drive.write_text(_DRIVE, "utf-8")
        server = textwrap.indent(question.run.server.strip("\n") or "pass", "    ")
        head = {"virtual": VIRTUAL_SECONDS, "requests": REQUESTS}
        grader.write_text(_GRADER.format(server=server, **head), "utf-8")
        code = ExerciseCode(
            id=question.id,
            version=question.version,
            entry="Question",
            drive=drive,
            grader=grader,
            tasks=("ran",),
            file_name=f"{question.id}.py",
        )
        verdict = grade(code, learner, link="direct", frontend="question", seed=seed)
    if verdict["status"] != "passed":
        raise NotRun(_why(verdict))
    return str(verdict["output"]).rstrip("\n")


def disagreement(question: Question) -> str:
    """What the run says against the key, in a sentence; "" where they agree."""
    if question.run is None:
        return ""
    try:
        said = printed(question)
    except NotRun as e:
        return str(e)
    if question.format == "number":
        last = said.split("\n")[-1]
        try:
            return "" if question.key.judge(number(last)) else f"the program prints {last!r}, not {question.answer:g}"
        except NoAnswer:
            return f"the program's last line is {last!r}, which is no number"
    if question.format == "order":
        return "" if tuple(said.split()) == question.order else f"the program prints the order {said!r}"
    if question.format == "spot":
        return ""  # it shows that the code runs
    agree = {option.id for option in question.options if _same(option.prints, said)}
    if question.format == "multiple":  # one line for each option that is right: its id
        agree = set(said.split())
    if agree != set(question.key.right):
        return f"the program prints {said!r}, which is not what the key says"
    return ""


def _same(prints: str, said: str) -> bool:
    return [line.rstrip() for line in prints.strip("\n").split("\n")] == [line.rstrip() for line in said.split("\n")]


def _why(verdict: dict[str, Any]) -> str:
    found = [diagnosis["text"] for diagnosis in verdict["diagnoses"]]
    found += [check["observed"] for check in verdict["checks"] if check["observed"]]
    for check in verdict["checks"]:
        if diagnosis := check.get("diagnosis"):
            found.append(f"{diagnosis['text']} (line {diagnosis.get('line')})")
            found.append(str(diagnosis.get("trace") or ""))
    return f"the program did not end well: {verdict['status']}. " + " ".join(dict.fromkeys(filter(None, found)))
