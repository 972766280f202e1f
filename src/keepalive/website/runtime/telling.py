"""What a page says of a verdict, made where the verdict was made: JSON in, JSON out, as in `inside`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from keepalive.course import Exercise, Misconception, Task, gaps
from keepalive.course.feedback import by_task
from keepalive.report import render
from keepalive.report.contents import CommandTexts, report
from keepalive.visible import visible

CONTEXT = 3
"""Lines around a difference."""


def about(exercise: Exercise) -> dict[str, Any]:
    """What a page has to know of an exercise to speak of it; `told` makes an exercise of it again."""
    return {
        "id": exercise.id,
        "number": exercise.number,
        "title": exercise.title,
        "entry": exercise.entry if len(exercise.entries) == 1 else list(exercise.entries),
        "minutes": exercise.minutes,
        "tasks": [
            {
                "id": task.id,
                "text": task.text,
                "points": task.points,
                "hints": len(task.hints),
                "extension": task.extension,
            }
            for task in exercise.tasks
        ],
        "misconceptions": {
            each.id: {"belief": each.belief, "fact": each.fact} for each in exercise.misconceptions.values()
        },
    }


def told(data: Mapping[str, Any]) -> Exercise:
    """The exercise that `about` was given, without its files and without the texts of hints."""
    points = {task["id"]: task["points"] for task in data["tasks"]}
    return Exercise(
        id=data["id"],
        number=data["number"],
        title=data["title"],
        chapter="",
        builds_on="",
        entries=(data["entry"],) if isinstance(data["entry"], str) else tuple(data["entry"]),
        minutes=data["minutes"],
        objectives=(),
        out_of_scope=(),
        status="ready",
        folder=Path(),
        brief_intro="",
        tasks=tuple(
            Task(
                task["id"],
                task["text"],
                brief="",
                hints=("",) * task["hints"],
                points_of=points,
                extension=task["extension"],
            )
            for task in data["tasks"]
        ),
        misconceptions={id: Misconception(id=id, **each) for id, each in data["misconceptions"].items()},
    )


def tell(order: str) -> str:
    """A verdict as HTML, in a sentence, and the status of each task.

    `order` holds `exercise` (what `about` said), `verdict`, and `hints`: how many of each task's hints were shown.
    """
    asked: dict[str, Any] = json.loads(order)
    exercise, verdict = told(asked["exercise"]), asked["verdict"]
    said = report(exercise, verdict, asked["hints"], CommandTexts.of_page())
    tasks = {found.task.id: found.status for found in by_task(exercise, verdict) if found.task}
    return json.dumps({"html": render.verdict(said), "tasks": tasks, "headline": said.headline, "points": said.points})


def script_run(order: str) -> str:
    """What came of a run of `main()`, as HTML, and in a sentence. `order` holds `outcome`, as `inside.run` gave it."""
    outcome: dict[str, Any] = json.loads(order)["outcome"]
    headline = TRIAL_HEADLINES[outcome["status"]]
    return json.dumps({"html": render.trial(headline, outcome), "headline": headline})


TRIAL_HEADLINES = {
    "finished": "main() came to its end.",
    "raised": "main() raised an exception.",
    "stopped": "main() was stopped.",
    "stopped_by_you": "Stopped by you.",
    "no_main": "There is no main() to run.",
    "error": "Your code could not be run.",
    "fault": "The course itself broke, not your code.",
}
"""One sentence for each way in which a run ends."""


def compare(order: str) -> str:
    """How a learner's code differs from another text, as HTML in JSON; "" where only markers of gaps do.

    `order` holds `own` and `other`, and `names` of the two.
    """
    asked: dict[str, Any] = json.loads(order)
    own, other = (gaps.plain(asked[which]).rstrip("\n").split("\n") for which in ("own", "other"))
    lines = list(difflib.unified_diff(own, other, *asked["names"], n=CONTEXT, lineterm=""))
    return json.dumps("".join(_line(line) for line in lines[2:]))


_MARKS = {"+": ("ins", "the reference: "), "-": ("del", "yours: "), "@": ("span", "")}


def _line(line: str) -> str:
    """One line of a difference. A screen reader that passes over the element hears what it is."""
    text = visible(line)
    element, spoken = _MARKS.get(line[:1], ("span", ""))
    if line.startswith("@"):
        return f'<span class="ka-x-hunk">{escape(text)}</span>\n'
    said = f'<span class="ka-x-spoken">{spoken}</span>' if spoken else ""
    return f"<{element}>{said}{escape(text)}</{element}>\n"
