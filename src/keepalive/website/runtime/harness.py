"""Grades under Node, with the files that a page would fetch. One Node process, one worker in it, as in the page."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode

from ..errors import BuildError
from . import node

FOLDER = "/course"
"""Where files are put in the engine's file system."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One answer to grade. `limit`: real seconds for one scenario, after which the worker is ended and a new one goes
    on. It is for what the engine cannot stop by itself, and far above what a busy machine needs."""

    exercise: ExerciseCode
    learner: Path
    seed: int
    limit: float = 60.0
    draw: bool = False


@dataclasses.dataclass(frozen=True)
class Run:
    """One `main()` to run. `limit`: real seconds for all of it. `stop_on`: it is stopped once this has been printed."""

    learner: Path
    seed: int
    limit: float = 60.0
    stop_on: str | None = None


@dataclasses.dataclass(frozen=True)
class Compile:
    """A source to look at as it is typed."""

    source: str


@dataclasses.dataclass(frozen=True)
class Graded:
    """`verdict` as from `grade`; `took`: milliseconds in the engine; `drawn`: `svg` and `text` of each scenario."""

    verdict: dict[str, Any]
    took: float
    drawn: list[dict[str, str]]


@dataclasses.dataclass(frozen=True)
class Ran:
    """`outcome` as from `keepalive.grading.script_run`; `heard`: what was printed, in the pieces in which it was told.

    `while_busy`: whether a source was looked at while it ran.
    """

    outcome: dict[str, Any]
    heard: list[str]
    while_busy: bool


@dataclasses.dataclass(frozen=True)
class Compiled:
    """`problem` as from `inside.problem`."""

    problem: dict[str, Any] | None


@dataclasses.dataclass(frozen=True)
class Played:
    """`results` in the order of the jobs: a `Graded` for each `Job`, a `Ran` for a `Run`, a `Compiled` for a `Compile`.

    `boots`: for each worker, milliseconds until "python" ran, the engine was "unpacked" and "imported". `foreign`: what
    was tried to be fetched from elsewhere; nothing ever is.
    """

    results: list[Any]
    boots: list[dict[str, int]]
    foreign: list[str]


def play(runtime: Path, web: Path, jobs: Sequence[Job | Run | Compile], *, timeout: float = 300.0) -> Played:
    """Do the jobs one after another. `runtime`: the folder that `build_runtime` made; `web`: the checkout's.

    Raises BuildError where Node is missing, the engine does not start, or all of it takes more than `timeout` real
    seconds.
    """
    files: dict[str, str] = {}
    request = {
        "runtime": str(runtime.resolve()),
        "files": files,
        "jobs": [_asked(job, files) for job in jobs],
    }
    done = node.run([web / "node" / "harness.ts"], input=json.dumps(request).encode(), timeout=timeout)
    if done.returncode:
        raise BuildError(f"The engine did not run under Node, which said:\n\n{node.said(done)}")
    answer = json.loads(done.stdout)
    results = [_result(found) for found in answer["results"]]
    return Played(results, answer["boots"], answer["foreign"])


def _result(found: dict[str, Any]) -> Graded | Ran | Compiled:
    if "verdict" in found:
        return Graded(**found)
    if "outcome" in found:
        return Ran(found["outcome"], found["heard"], while_busy="whileBusy" in found)
    return Compiled(found["problem"])


def _asked(job: Job | Run | Compile, files: dict[str, str]) -> dict[str, Any]:
    """A job as the engine is asked, with the paths of its own file system; `files` gets what has to lie there."""
    if isinstance(job, Compile):
        return {"kind": "compile", "source": job.source}
    limit = round(job.limit * 1000)
    if isinstance(job, Run):
        order = {"learner": _carried(job.learner, files), "seed": job.seed}
        return {"kind": "run", "order": order, "limit": limit, "stopOn": job.stop_on}
    code = job.exercise
    asked = {
        "exercise": {
            "id": code.id,
            "version": code.version,
            "entry": code.entry,
            "tasks": list(code.tasks),
            "extensions": list(code.extensions),
            "drive": _carried(code.drive, files),
            "grader": _carried(code.grader, files),
        },
        "learner": _carried(job.learner, files),
        "seed": job.seed,
        "frontend": "test",
    }
    return {"kind": "check", "order": asked, "limit": limit, "draw": job.draw}


def _carried(path: Path, files: dict[str, str]) -> str:
    # Two files of one name, in two folders, stay two; and a diagnosis names a file by its bare name.
    place = f"{FOLDER}{path.resolve().as_posix().replace(':', '')}"
    files[place] = base64.b64encode(path.read_bytes()).decode("ascii")
    return place
