"""The engine as a page calls it: what JavaScript calls in Pyodide. JSON in, JSON out.

A call returns when the answer is there, and nothing outside can interrupt it. Loops of the learner's own code are
stopped in here (`keepalive.grading.watchdog`). What loops out of Python's sight is ended by whoever holds the worker,
by ending the worker: they were told which scenario began last, and ask a new worker once more, naming it.
"""

from __future__ import annotations

import contextvars
import json
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, clock, grade, script_run, timeline
from keepalive.grading.stops import Ended
from keepalive.grading.transports import Handler, InProcessTransport
from keepalive.grading.verdict import empty_verdict

from . import as_it_was, depot

# httpcore looks for sniffio at every request, and finds none, as everywhere in this course. Looking along the whole
# path each time takes a seventh of a check here; an entry of None says at once that there is no such module.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

IMPORT = ""
"""Stands for importing the learner's file, where otherwise a scenario's id stands."""


_afterwards: list[as_it_was.PutBack] = []
"""What is called after each run of a learner's code, once `settle` has been."""

_EVERYTHING_ONCE = """
import httpx

async def main():
    async with httpx.AsyncClient() as client:
        await client.get("http://depot.test/users?country=%43H")
"""


def settle() -> None:
    """Once, when all is imported: remember the interpreter as it is, and put that back after each `check` and `run`.

    First a run of our own, so that what modules make themselves at first use is part of what is remembered.
    """
    clock.install()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "once.py")
        file.write_text(_EVERYTHING_ONCE, encoding="utf-8")
        outcome = script_run.run(file, depot.Depot, depot.ADDRESSES)
    if outcome["status"] != "finished":
        raise RuntimeError(f"the engine is not what it should be: {outcome}")
    del sys.modules["learner"]
    # Elsewhere than in a page these are somebody's own.
    swept = (Path.cwd(), Path(tempfile.gettempdir())) if sys.platform == "emscripten" else ()
    _afterwards.append(as_it_was.remember(swept))


def _and_put_back(function: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """What the function returns, and the interpreter as it was."""
    put_back = list(_afterwards)
    try:
        # In a context of its own, which keeps what is set in context variables, such as a decimal precision.
        return contextvars.copy_context().run(function, *given)
    finally:
        for each in put_back:
            each()


class _Link(InProcessTransport):
    """Says what begins, and leaves out what is known to end the worker."""

    def __init__(
        self, learner: Path, exercise: ExerciseCode, ended: Mapping[str, str], began: Callable[[str], object]
    ) -> None:
        super().__init__(learner, exercise.entry, exercise.file_name)
        self._ended, self._began = ended, began

    def load(self) -> dict[str, Any]:
        self._begin(IMPORT)
        return super().load()

    def run(self, request: dict[str, Any], server: Handler) -> None:
        self._begin(request["scenario"])
        super().run(request, server)

    def _begin(self, what: str) -> None:
        if what in self._ended:
            raise Ended(self._ended[what])
        self._began(what)


def check(order: str, began: Callable[[str], object] = lambda what: None) -> str:
    """The verdict on a learner's file.

    `order` holds `exercise` (the fields of `ExerciseCode`, paths as text) and `learner`, the path of the file; further
    `seed` and `frontend`, where they matter, and `ended`: for each scenario that cost an earlier worker its life, or
    for IMPORT, "time_limit" or "ended_early". `began` is told of each scenario before it is played, and of IMPORT.
    Raises KeyError or TypeError for an order that lacks something; what the learner's code does is never raised.
    """
    asked: dict[str, Any] = json.loads(order)
    exercise = asked["exercise"]
    paths = {name: Path(exercise[name]) for name in ("drive", "grader")}
    tasks = {name: tuple(exercise[name]) for name in ("tasks", "extensions")}
    code = ExerciseCode(**exercise | paths | tasks)
    learner = Path(asked["learner"])
    link = _Link(learner, code, asked.get("ended", {}), began)
    frontend, seed = asked.get("frontend", "page"), asked.get("seed")
    try:
        return json.dumps(_and_put_back(_graded, code, learner, link, frontend, seed))
    except Exception:
        return json.dumps(_upset(code, frontend, seed or 0, traceback.format_exc()))


def _graded(code: ExerciseCode, learner: Path, link: _Link, frontend: str, seed: int | None) -> dict[str, Any]:
    return grade(code, learner, link=link, frontend=frontend, seed=seed)


_UPSET = {
    "kind": "grader_fault",
    "file": None,
    "line": None,
    "text": "Your code changed something that Python or the course's engine is made of, and the engine could not go "
    "on. It has been put back as it was.",
}


def _upset(code: ExerciseCode, frontend: str, seed: int, trace: str) -> dict[str, Any]:
    """The verdict where there is none: grading itself fell over what the learner's code did to the interpreter."""
    runtime = {"frontend": frontend, "isolation": InProcessTransport.isolation, "wall_ms": 0, "faults": [trace]}
    return empty_verdict(code, seed, runtime) | {"diagnoses": [_UPSET]}


def run(order: str, said: Callable[[str], object] = lambda text: None) -> str:
    """What came of the learner's `main()` with the practice API as its server: an outcome of
    `keepalive.grading.script_run`.

    `order` holds `learner`, the path of the file; further `seed`, where it matters. `said` is told what is printed, as
    it is printed. What the learner's code does is never raised.
    """
    asked: dict[str, Any] = json.loads(order)
    try:
        return json.dumps(_and_put_back(_tried, Path(asked["learner"]), said, asked.get("seed")))
    except Exception:
        fault = traceback.format_exc()
        return json.dumps(
            {"schema": script_run.SCHEMA, "status": "fault", "diagnoses": [_UPSET], "output": "", "fault": fault}
        )


def _tried(learner: Path, said: Callable[[str], object], seed: int | None) -> dict[str, Any]:
    return script_run.run(learner, depot.Depot, depot.ADDRESSES, said=said, network=depot.NETWORK, seed=seed)


def problem(source: str) -> str:
    """Why a source does not compile, in Python's own words; `null` if it does. Nothing of it is run.

    `line` and `column`, from 1, of where it shows, `text`, and `end_line` and `end_column` (behind the last character)
    where Python knows them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<source>", "exec", dont_inherit=True)
    except SyntaxError as exc:
        found: dict[str, Any] = {"line": exc.lineno or 1, "column": max(1, exc.offset or 1), "text": exc.msg}
        if exc.end_lineno and exc.end_offset and exc.end_offset > 0:
            found |= {"end_line": exc.end_lineno, "end_column": exc.end_offset}
        return json.dumps(found)
    except ValueError as exc:  # a null byte
        return json.dumps({"line": 1, "column": 1, "text": str(exc)})
    except (MemoryError, RecursionError):  # nested too deeply to say where
        return json.dumps(None)
    return json.dumps(None)


def draw(order: str) -> str:
    """A scenario's timeline as `svg` and as `text`.

    `order` holds `scenario`, one of a verdict's; further `title` and `width` (pixels), where they matter.
    """
    asked: dict[str, Any] = json.loads(order)
    scenario = asked["scenario"]
    picture = timeline.svg(scenario, title=asked.get("title"), width=asked.get("width", 720))
    return json.dumps({"svg": picture, "text": timeline.text(scenario)})
