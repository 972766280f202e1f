"""An exercise and verdicts on it, made up: what the notebook shows is tested apart from what the grader finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grading.timeline_samples import at_once, client_per_call
from keepalive.course import Answer, Exercise, Misconception, Task

FOLDER = Path("exercises/04-kept")
POINTS = {"one-pool": 4, "closing": 3}


def exercise() -> Exercise:
    return Exercise(
        id="kept",
        number="04",
        title="A client that keeps & reuses",
        chapter="kept",
        builds_on="",
        entries=("ApiClient",),
        minutes=20,
        objectives=("Keep a connection",),
        out_of_scope=(),
        status="ready",
        folder=FOLDER,
        brief_intro="What it is **about**.\n\n```python\nasync with ApiClient() as api:\n    ...\n```",
        tasks=(
            Task(
                "one-pool",
                "One pool",
                "Five calls, **one** connection.",
                ("Count.", "Keep it.", "In `__init__`."),
                POINTS,
            ),
            Task("closing", "Close it", "- also\n- when it raises", ("Who?",), POINTS),
        ),
        misconceptions={"per-call": Misconception("per-call", "Tidy.", "The *connections* belong to it.")},
        answers=(Answer("per-call", "", False, "per-call", ("in_a_row.one",)),),
    )


def check(id: str, task: str | None, status: str = "passed", points: int = 1, **more: Any) -> dict[str, Any]:
    """One check's entry; its scenario is the part of `id` before the dot."""
    earned = points if status == "passed" else 0
    return {
        "id": id,
        "title": f"Title of {id.partition('.')[2]}",
        "task": task,
        "scenario": id.partition(".")[0],
        "status": status,
        "points": earned,
        "max": points,
        "observed": "",
        "required": "",
        **more,
    }


def scenario(id: str, status: str = "passed") -> dict[str, Any]:
    drawn = client_per_call() if id == "in_a_row" else at_once()
    return {**drawn, "id": id, "status": status}


def verdict(status: str, checks: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    names = dict.fromkeys(each["scenario"] for each in checks)
    return {
        "schema": 1,
        "exercise": "kept",
        "version": "0" * 64,
        "status": status,
        "passed": status == "passed",
        "points": sum(each["points"] for each in checks),
        "max": sum(each["max"] for each in checks),
        "bonus": 0,
        "bonus_max": 0,
        "seed": 7,
        "checks": checks,
        "scenarios": [scenario(name) for name in names],
        "diagnoses": [],
        "output": "",
        "runtime": {"python": "3.11.7", "httpx": "0.28.1", "engine": "0.1.0", "frontend": "notebook",
                    "isolation": "direct", "wall_ms": 41},
        **more,
    }  # fmt: skip


ONE = {
    "status": "failed",
    "points": 2,
    "observed": "The server accepted **5** connections.",
    "required": "One that is kept.",
    "misconception": "per-call",
}


def failed() -> dict[str, Any]:
    return verdict(
        "failed",
        [
            check("in_a_row.one", "one-pool", **ONE),
            check("in_a_row.paths", "one-pool", points=2),
            check("at_once.shared", "closing", "failed", 3, observed="Closed **0**.", required="All of them."),
            check(
                "at_once.again", "closing", "failed", 0, observed="Twice.", required="Once.", misconception="per-call"
            ),
        ],
    )


def passed() -> dict[str, Any]:
    return verdict(
        "passed", [check("in_a_row.one", "one-pool", points=4), check("at_once.shared", "closing", points=3)]
    )


def not_attempted() -> dict[str, Any]:
    checks = [
        check("in_a_row.one", "one-pool", "not_attempted", 4, observed="`get` still raises (line 9)."),
        check("at_once.shared", "closing", "not_run", 3, observed="This can be seen once `get` is written."),
    ]
    return verdict("not_attempted", checks)


def raised() -> dict[str, Any]:
    stopped = {
        "kind": "exception", "file": "your cell", "line": 12, "text": "Your code raised `KeyError: 'a'`.",
        "trace": "  line 12, in get\n    raise KeyError('a')\nKeyError: 'a'",
    }  # fmt: skip
    same = {"observed": stopped["text"], "required": "Your code gets to its end.", "diagnosis": stopped}
    checks = [
        check("in_a_row.one", "one-pool", "failed", 2, **same),
        check("in_a_row.paths", "one-pool", "failed", 2, **same),
        check("at_once.shared", "closing", "failed", 3, **same),
    ]
    return verdict("failed", checks, output="about to fail\n")


def broken() -> dict[str, Any]:
    found = {
        "kind": "wrong_signature",
        "file": "your cell",
        "line": 3,
        "text": "The exercise makes it by `ApiClient()`.",
    }
    checks = [check("in_a_row.one", "one-pool", "not_run", 4), check("at_once.shared", "closing", "not_run", 3)]
    return verdict("error", checks, diagnoses=[found])


def our_fault() -> dict[str, Any]:
    return verdict("grader_fault", [check("in_a_row.one", "one-pool", "grader_fault", 4, observed="It broke.")])


def stopped(status: str) -> dict[str, Any]:
    return verdict(status, [check("in_a_row.one", "one-pool", "failed", 4, observed="It ran on.", required="An end.")])


HOSTILE = (
    "</pre></div><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.test/x.png)",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "` <b>`` </style><style>*{display:none}</style>",
    "\x1b[2J\x07\x00\ud800\u202e",
    "<!-- --><svg onload=alert(1)>",
    "&lt;script&gt;",
    "# " + "x" * 3000,
    "a\n\n    <script>code</script>",
)


def hostile(said: str) -> dict[str, Any]:
    """A verdict in which everything that a learner can have a say in is `said`."""
    place = {"kind": "exception", "file": said, "line": 1, "text": said, "trace": said}
    found = verdict(
        "failed",
        [
            check("in_a_row.one", "one-pool", "failed", 4, observed=said, required=said, diagnosis=place),
            check("at_once.shared", "closing", "failed", 3, observed=said + " ", required=said),
        ],
        diagnoses=[{**place, "line": 2}],
        output=said,
    )
    for run in found["scenarios"]:
        for event in run["timeline"]:
            if event["kind"] == "request":
                event["data"] |= {"method": said, "path": said}
            if event["kind"] == "connect":
                event["data"]["host"] = said
    return found


VERDICTS = {
    "failed": failed(),
    "passed": passed(),
    "not_attempted": not_attempted(),
    "raised": raised(),
    "broken": broken(),
    "our_fault": our_fault(),
    **{status: stopped(status) for status in ("time_limit", "output_limit", "memory_limit", "ended_early")},
}
