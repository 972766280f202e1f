"""The door on the other side: what JavaScript calls in Pyodide. JSON in, JSON out.

A call returns when the answer is there, and nothing outside can interrupt it. Loops of the learner's own code are
stopped in here (`keepalive.grading.watchdog`). What loops out of Python's sight is ended by whoever holds the worker,
by ending the worker: they were told which scenario began last, and ask a new worker once more, naming it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade, timeline
from keepalive.grading.links import DirectLink, Ended, Hear

# httpcore looks for sniffio at every request, and finds none, as everywhere in this course. Looking along the whole
# path each time takes a seventh of a check here; an entry of None says at once that there is no such module.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

IMPORT = ""
"""Stands for importing the learner's file, where otherwise a scenario's id stands."""


class _Link(DirectLink):
    """Says what begins, and leaves out what is known to end the worker."""

    def __init__(
        self, learner: Path, exercise: ExerciseCode, ended: Mapping[str, str], began: Callable[[str], object]
    ) -> None:
        super().__init__(learner, exercise.entry, exercise.file_name)
        self._ended, self._began = ended, began

    def load(self) -> dict[str, Any]:
        self._begin(IMPORT)
        return super().load()

    def run(self, order: dict[str, Any], judge: Hear) -> None:
        self._begin(order["scenario"])
        super().run(order, judge)

    def _begin(self, what: str) -> None:
        if what in self._ended:
            raise Ended(self._ended[what])
        self._began(what)


def check(order: str, began: Callable[[str], object] = lambda what: None) -> str:
    """The verdict on a learner's file.

    `order` holds `exercise` (the fields of `ExerciseCode`, paths as text) and `learner`, the path of the file; further
    `seed` and `door`, where they matter, and `ended`: for each scenario that cost an earlier worker its life, or for
    IMPORT, "time_limit" or "ended_early". `began` is told of each scenario before it is played, and of IMPORT. Raises
    KeyError or TypeError for an order that lacks something; what the learner's code does is never raised.
    """
    asked: dict[str, Any] = json.loads(order)
    exercise = asked["exercise"]
    code = ExerciseCode(
        **exercise
        | {"drive": Path(exercise["drive"]), "grader": Path(exercise["grader"]), "tasks": tuple(exercise["tasks"])}
    )
    learner = Path(asked["learner"])
    link = _Link(learner, code, asked.get("ended", {}), began)
    return json.dumps(grade(code, learner, link=link, door=asked.get("door", "page"), seed=asked.get("seed")))


def draw(order: str) -> str:
    """A scenario's timeline as `svg` and as `text`.

    `order` holds `scenario`, one of a verdict's; further `title` and `width` (pixels), where they matter.
    """
    asked: dict[str, Any] = json.loads(order)
    scenario = asked["scenario"]
    picture = timeline.svg(scenario, title=asked.get("title"), width=asked.get("width", 720))
    return json.dumps({"svg": picture, "text": timeline.text(scenario)})
