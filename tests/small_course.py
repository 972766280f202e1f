"""A small course for tests: one chapter, one exercise that keeps its contract, and a stand-in for the grader.

The stand-in reads what a file says of itself, so that no child process is started: `# fails: a.b=misconception c.d`,
`# status: time_limit`, `# differs by link`; a task is not attempted while `"task <id>"` stands in the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from keepalive.course import Course
from keepalive.course.mutants import lock as locks
from keepalive.course.mutants.lock import Entry, Lock
from keepalive.course.mutants.outcome import Killer
from keepalive.course.mutants.subject import SEEDS, Subject
from keepalive.grading import load_grader
from keepalive.grading.totals import totals

COURSE_TOML = """\
schema = 1

[[part]]
number = 1
title = "Ground"

[[chapter]]
number = "03"
id = "before"
part = 1
core = false
title = "What comes before"
summary = "A chapter without an exercise, so that there is one."
objectives = ["Know what comes before"]
minutes_teaching = 10
minutes_exercise = 0

[[chapter]]
number = "04"
id = "tiny-client"
part = 1
core = true
summary = "A client that is opened once and closed once, as small as can be."
objectives = ["Count connections"]
minutes_teaching = 10
"""

EXERCISE_TOML = """\
schema = 2
status = "ready"
title = "A tiny client"
builds_on = ""
entry = "ApiClient"
minutes = 15
objectives = ["Open a client", "Close it again"]
out_of_scope = ["Timeouts"]

[[task]]
id = "opens"
text = "Open it once"

[[task]]
id = "closes"
text = "Close it again"
"""

ANSWERS_TOML = """\
# Every answer but the reference.
schema = 1

[[right]]
id = "lazy"
about = "Right as well: made with the first request."
change = '''
 import httpx
+# lazy
'''

[[misconception]]
id = "client-per-call"
belief = "A client is cheap, so one for each call does no harm."
fact = "A client owns a pool; closing it closes every connection."

[[wrong]]
id = "per-call"
misconception = "client-per-call"
fails = ["calls.one_connection"]
change = '''
 import httpx
+# fails: calls.one_connection=client-per-call
'''

[[wrong]]
id = "two-clients"
misconception = "client-per-call"
fails = ["calls.one_connection", "calls.in_order"]
change = '''
 import httpx
+# fails: calls.one_connection=client-per-call calls.in_order
'''

[[misconception]]
id = "never-closed"
belief = "Python closes what nobody uses."
fact = "A client stays open until somebody closes it."

[[wrong]]
id = "left-open"
misconception = "never-closed"
fails = ["leaves.all_closed"]
change = '''
 import httpx
+# fails: leaves.all_closed=never-closed
'''

[[wrong]]
id = "closed-late"
misconception = "never-closed"
fails = ["leaves.all_closed"]
change = '''
 import httpx
+# fails: leaves.all_closed=never-closed
+# late
'''

# Ends in no time at all.
[[wrong]]
id = "spins"
status = "time_limit"
change = '''
 import httpx
+# status: time_limit
'''
"""

BRIEF = """\
# A tiny client

You write a class.

```python
async with ApiClient() as api:
    answer = await api.get("/users/1")
```

## opens

Open it **once**.

## closes

Close it with `aclose`.
"""

HINTS = """\
## opens

Who makes the `AsyncClient`, and how often?

---

Keep it on `self`:

```python
self._client = httpx.AsyncClient()
```

## closes

What does `async with` call at the end?
"""

REFERENCE = '''\
"""Your client."""

import httpx


class ApiClient:
    def __init__(self):
        # task: opens
        self._client = httpx.AsyncClient()
        # end task

    async def get(self, path) -> httpx.Response:
        return await self._client.get(path)

    async def aclose(self):
        # task: closes
        await self._client.aclose()
        # end task
'''

STARTER = REFERENCE.replace("self._client = httpx.AsyncClient()", 'raise NotImplementedError("task opens")').replace(
    "await self._client.aclose()", 'raise NotImplementedError("task closes")'
)
"""What is derived from it."""

DRIVE = '''\
"""What the exercise asks of your class."""

import asyncio


async def calls(make, run):
    api = make()
    answers = await asyncio.gather(api.get("/1"), api.get("/2"))
    return {"statuses": [answer.status_code for answer in answers if isinstance(answer, run.httpx.Response)]}


async def leaves(make, run):
    await make().aclose()
'''

GRADER = '''\
"""Judges by what the server saw."""

from keepalive.grading import check, fail, scenario


@scenario(drive="calls")
def calls(net):
    """Two calls"""

    @check(task="opens", points=2, misconception={"client-per-call": lambda run: len(run.connections) > 1})
    def one_connection(run):
        """Two calls use one connection"""
        if len(run.connections) != 1:
            fail(observed="More than one.", required="One.")

    @check(needs="calls.one_connection", task="opens", points=1)
    def in_order(run):
        """In order"""

    @check(held=True, needs="calls.one_connection")
    def still_answers(run):
        """It still answers"""


@scenario(drive="leaves")
def leaves(net):
    """Left"""

    @check(task="closes", points=2, misconception={"never-closed": lambda run: run.open_at_end})
    def all_closed(run):
        """Every connection is closed"""
        if run.open_at_end or not run.connections:
            fail(observed="Open.", required="Closed.")
'''

FILES = {
    "exercise.toml": EXERCISE_TOML,
    "brief.md": BRIEF,
    "hints.md": HINTS,
    "drive.py": DRIVE,
    "grader.py": GRADER,
    "reference.py": REFERENCE,
    "answers.toml": ANSWERS_TOML,
}

FOLDER = "exercises/04-tiny-client"


def notebook(*cells: tuple[str, list[str]]) -> str:
    """A notebook of Markdown cells: (source, tags)."""
    import json

    written = [{"cell_type": "markdown", "id": f"c{i}", "metadata": {"tags": tags} if tags else {}, "source": source}
               for i, (source, tags) in enumerate(cells)]  # fmt: skip
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def write(root: Path) -> Path:
    """Writes the small course into `root`; hands back the exercise's folder."""
    files = {f"{FOLDER}/{name}": text for name, text in FILES.items()}
    files["notebooks/course.toml"] = COURSE_TOML
    for name in ("03-before", "04-tiny-client"):
        files[f"notebooks/{name}.ipynb"] = notebook(("# {title}\n\nText.", []))
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    lock(root)
    return root / FOLDER


def lock(root: Path) -> None:
    """Writes the lock of every exercise as if a check had noticed each of its mutants."""
    course = Course.load(root)
    for exercise in (*course.exercises, *(draft.exercise for draft in course.drafts if draft.exercise)):
        subject = Subject(exercise, course)
        killer = Killer(exercise.id, "calls", "one_connection", 1)
        entries = tuple(Entry(mutant.name, killer) for mutant in subject.mutants)
        locks.write(exercise.folder, Lock(subject.belongs, subject.scenarios, SEEDS, entries, subject.functions))


NEXT_REFERENCE = '''\
"""Your client, and what it does next."""

import asyncio

import httpx


class ApiClient:
    def __init__(self):
        self._client = httpx.AsyncClient()

    async def get(self, path) -> httpx.Response:
        # task: tries
        return await self._client.get(path)
        # end task

    async def aclose(self):
        await self._client.aclose()

    # task: waits
    async def get_late(self, path):
        """Later."""
        await asyncio.sleep(1)
        return await self._client.get(path)
    # end task
'''

NEXT_STARTER_CHANGE = '''
[starter]
change = \'\'\'
+import asyncio
+
 import httpx
...
         """Later."""
+        await asyncio.sleep(1)
\'\'\'
'''

NEXT_STARTER = (
    NEXT_REFERENCE.replace("return await self._client.get(path)", 'raise NotImplementedError("task tries")', 1)
    .replace("return await self._client.get(path)", 'raise NotImplementedError("task waits")')
)  # fmt: skip
"""What is derived from it, with that change."""


def write_next(root: Path) -> Path:
    """Adds 05-next-client, which builds on 04-tiny-client, to the small course; hands back its folder."""
    folder = root / "exercises/05-next-client"
    changes = {"tiny-client": "next-client", '"04"': '"05"', "opens": "tries", "closes": "waits"}
    changes |= {"client-per-call": "client-per-task", "never-closed": "never-ended"}
    for name, text in {**FILES, "reference.py": NEXT_REFERENCE}.items():
        for old, new in changes.items():
            text = text.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace('builds_on = ""', 'builds_on = "tiny-client"'), "utf-8", newline="\n")
    with open(folder / "answers.toml", "a", encoding="utf-8", newline="\n") as file:
        file.write(NEXT_STARTER_CHANGE)
    chapter = "[[chapter]]" + COURSE_TOML.split("[[chapter]]")[2]
    for old, new in changes.items():
        chapter = chapter.replace(old, new)
    with open(root / "notebooks/course.toml", "a", encoding="utf-8", newline="\n") as file:
        file.write("\n" + chapter)
    (root / "notebooks/05-next-client.ipynb").write_text(notebook(("# {title}\n\nText.", [])), "utf-8")
    lock(root)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that must be there, everywhere in the file."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new), "utf-8", newline="\n")


def grade(
    code: Any, learner: Path, *, link: str = "child", frontend: str = "terminal", seed: int | None = None
) -> dict[str, Any]:
    """A verdict from what the file says of itself."""
    source = learner.read_text("utf-8", errors="replace")
    said = {key: value.strip() for key, value in re.findall(r"^# (\w[\w ]*): (.*)$", source, re.MULTILINE)}
    fails = dict(part.partition("=")[::2] for part in said.get("fails", "").split())
    empty = set(re.findall(r'raise NotImplementedError\("task ([\w-]+)"\)', source))
    checks, scenarios = [], []
    for scenario in load_grader(code.grader):
        own = []
        for check in scenario.prepare(1).checks:
            status = "failed" if check.id in fails else "not_attempted" if check.task in empty else "passed"
            entry: dict[str, Any] = {
                "id": check.id,
                "title": check.title,
                "task": check.task,
                "scenario": scenario.id,
                "status": status,
                "points": check.points if status == "passed" else 0,
                "max": check.points,
                "observed": said.get("observed", f"Seen **by** {check.id}.") if status == "failed" else "",
                "required": said.get("required", "What `is` right.") if status == "failed" else "",
            }
            if fails.get(check.id):
                entry["misconception"] = fails[check.id]
            own.append(entry)
        failed = any(entry["status"] == "failed" for entry in own)
        timeline = [
            {"t": 0.0, "kind": "connect", "conn": 0, "data": {"host": "depot.test", "port": 80}},
            {"t": 0.0, "kind": "connected", "conn": 0, "data": {}},
            {"t": 0.1, "kind": "end", "data": {"open": 1}},
        ]
        scenarios.append(
            {
                "id": scenario.id,
                "title": scenario.title,
                "status": "failed" if failed else "passed",
                "timeline": timeline,
            }
        )
        checks += own
    statuses = {entry["status"] for entry in checks if entry["max"]}
    status = (
        "failed" if "failed" in statuses else "not_attempted" if statuses == {"not_attempted"} else "passed"
        if statuses == {"passed"} else "failed"
    )  # fmt: skip
    if "differs by link" in source and link == "direct":
        scenarios[0]["timeline"][1]["t"] = 0.05
    if said.get("seed") == str(seed):
        status, checks[0]["status"] = "failed", "failed"
    runtime = {
        "python": "3.11.7",
        "httpx": "0.28.1",
        "engine": "0.1.0",
        "frontend": frontend,
        "isolation": link,
        "wall_ms": 1,
    }
    if "grader_fault" in said.get("status", ""):
        runtime["faults"] = ["Traceback\n  File \"/x/grader.py\", line 12, in calls\nKeyError: 'late'\n"]
    return {
        "schema": 1,
        "exercise": code.id,
        "version": code.version,
        **totals(checks, scenarios, None, code.extensions),
        "status": said.get("status", status),
        "passed": said.get("status", status) == "passed",
        "seed": 1 if seed is None else seed,
        "checks": checks,
        "scenarios": scenarios,
        "diagnoses": [],
        "output": said.get("prints", ""),
        "runtime": runtime,
    }
