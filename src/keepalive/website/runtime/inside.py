"""The door on the other side: what JavaScript calls in Pyodide. JSON in, JSON out.

A call returns when the answer is there; nothing can interrupt it from inside. Code that computes for ever is ended by
whoever holds the worker: by ending the worker.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade, timeline


def check(order: str) -> str:
    """The verdict on a learner's file.

    `order` holds `exercise` (the fields of `ExerciseCode`, paths as text) and `learner`, the path of the file; further
    `seed` and `door`, where they matter. Raises KeyError or TypeError for an order that lacks something; what the
    learner's code does is never raised.
    """
    asked: dict[str, Any] = json.loads(order)
    exercise = asked["exercise"]
    code = ExerciseCode(
        **exercise
        | {"drive": Path(exercise["drive"]), "grader": Path(exercise["grader"]), "tasks": tuple(exercise["tasks"])}
    )
    verdict = grade(
        code, Path(asked["learner"]), link="direct", door=asked.get("door", "page"), seed=asked.get("seed")
    )
    return json.dumps(verdict)


def draw(order: str) -> str:
    """A scenario's timeline as `svg` and as `text`.

    `order` holds `scenario`, one of a verdict's; further `title` and `width` (pixels), where they matter.
    """
    asked: dict[str, Any] = json.loads(order)
    scenario = asked["scenario"]
    picture = timeline.svg(scenario, title=asked.get("title"), width=asked.get("width", 720))
    return json.dumps({"svg": picture, "text": timeline.text(scenario)})
