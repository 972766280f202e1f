"""A verdict read with the course beside it: what each task earned, what to say of it, which hint comes next.

The frontends (terminal, notebook, page) draw this in their own way; what they say is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .model import Exercise, Task

if TYPE_CHECKING:  # it locks files, which a page has none of
    from .progress import Event, Progress

Verdict = Mapping[str, Any]

FRONTEND = "frontend"
"""The `because` of a check that this frontend cannot look at, as in `keepalive.grading.results`."""

STATUS_WORDS = {
    "passed": "passed",
    "failed": "not yet",
    "not_attempted": "not attempted",
    "not_run": "not run",
    "grader_fault": "fault of the course",
    "error": "could not be run",
    "time_limit": "stopped: time limit",
    "memory_limit": "stopped: memory limit",
    "output_limit": "stopped: too much output",
    "ended_early": "ended early",
}
"""The word for each status of a check, a task or a run. Never colour alone."""

HEADLINES = {
    "passed": "All tasks passed.",
    "extension_open": "Passed. The extension is still open.",
    "failed": "Not yet.",
    "not_attempted": "No task is finished yet.",
    "grader_fault": "The grader failed, not your code. That is a fault of the course.",
    "error": "Your code could not be run.",
    "time_limit": "Your code was stopped: it ran past the time limit.",
    "memory_limit": "Your code was stopped: it took more memory than the limit.",
    "output_limit": "Your code was stopped: it printed or logged without end.",
    "ended_early": "Your code ended the program before the check was over.",
}
"""One sentence for each status of a run, and for a pass whose extension is not done."""


@dataclass(frozen=True)
class TaskFeedback:
    """What one task earned. `task` is None for checks that belong to no task (earlier behaviour that still holds).

    What this frontend cannot look at is set aside in `status`, and has no points.
    """

    task: Task | None
    status: str
    points: int
    max: int
    checks: tuple[Mapping[str, Any], ...]


def by_task(exercise: Exercise, verdict: Verdict) -> tuple[TaskFeedback, ...]:
    """The verdict's checks by task, in the exercise's order; those of no task come last."""
    found = []
    for task in (*exercise.tasks, None):
        ids = {task.id} if task else {check.get("task") for check in verdict["checks"]} - {t.id for t in exercise.tasks}
        checks = tuple(check for check in verdict["checks"] if check.get("task") in ids)
        if task or checks:
            points, most = (sum(check[key] for check in checks) for key in ("points", "max"))
            seen = [check["status"] for check in checks if check.get("because") != FRONTEND]
            found.append(TaskFeedback(task, _roll_up(seen), points, most, checks))
    return tuple(found)


def headline(verdict: Verdict) -> str:
    """The sentence over a verdict."""
    extension_open = verdict["passed"] and verdict.get("extension", "passed") != "passed"
    return HEADLINES["extension_open" if extension_open else verdict["status"]]


def record(progress: Progress, exercise: Exercise, verdict: Verdict) -> Event:
    """Adds the check to the learner's progress."""
    tasks = {found.task.id: found.status for found in by_task(exercise, verdict) if found.task}
    kept = ("status", "passed", "points", "max", *(("bonus", "bonus_max") if verdict["bonus_max"] else ()))
    return progress.add("check", exercise.id, {**{key: verdict[key] for key in kept}, "tasks": tasks})


@dataclass(frozen=True)
class Hint:
    """The hint to show: `number` of `of`, both from 1. `again`: all were shown, and this is the last once more."""

    task: Task
    number: int
    of: int
    text: str
    again: bool = False

    @property
    def is_last(self) -> bool:
        return self.number == self.of


def next_hint(exercise: Exercise, progress: Progress, task: str | int | None = None) -> Hint | None:
    """The next hint, of `task` or of the first task not passed in the latest check, counted in `progress`.

    None when every task is passed and none was asked for. After the last hint the last one comes again, uncounted.
    Raises UnknownName for a task that does not exist.
    """
    if task is not None:
        wanted = exercise.task(task)
    else:
        status = progress.task_status(exercise.id)
        wanted = next((task for task in exercise.tasks if status.get(task.id) != "passed"), None)
        if wanted is None:
            return None
    shown = progress.hints_shown(exercise.id, wanted.id)
    of = len(wanted.hints)
    number = min(shown + 1, of)
    if shown < of:
        progress.add("hint", exercise.id, {"task": wanted.id, "number": number})
    return Hint(wanted, number, of, wanted.hints[number - 1], again=shown >= of)


def may_see_solution(exercise: Exercise, progress: Progress, *, reveal: bool = False) -> bool:
    """Whether the solution is shown: after a pass, or because the learner asks for it all the same."""
    return reveal or progress.passed(exercise.id)


def _roll_up(statuses: list[str]) -> str:
    """A task's status from its checks'. Half a task is not a task that passed."""
    for status in ("grader_fault", "failed", "not_attempted"):
        if status in statuses:
            return status
    if "not_run" in statuses:
        return "failed" if "passed" in statuses else "not_run"
    return "passed" if statuses else "not_run"
