"""What is said of a verdict, before it is HTML or plain text: every sentence in its place, each said once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keepalive.course import Exercise
from keepalive.course.feedback import STATUS_WORDS, TaskFeedback, Verdict, by_task, headline, is_done

SYMBOLS = {"passed": "✓", "failed": "✗", "not_attempted": "○", "not_run": "–"}
"""Beside the word for a status, for whoever looks before reading. Every other status has `!`."""


@dataclass(frozen=True)
class Calls:
    """What a learner types or presses at this frontend. In Markdown; `hint` is given a task's id.

    `again`: how another check comes about. `report`: what to send along when the course itself broke.
    """

    check: str
    again: str
    hint: Callable[[str], str]
    solution: str
    reveal: str
    report: str

    @classmethod
    def of_notebook(cls, exercise: Exercise) -> Calls:
        number = exercise.number
        check = f'check("{number}", {exercise.entry})'
        return cls(
            check=f"`{check}`",
            again=f"Change your class, run its cell, then `{check}`.",
            hint=lambda task: f'`hint("{number}", "{task}")`',
            solution=f'`solution("{number}")`',
            reveal=f'`solution("{number}", reveal=True)`',
            report=f"what this prints: `{check}.verdict`",
        )

    @classmethod
    def of_page(cls) -> Calls:
        return cls(
            check="**Check**",
            again="Change your code, then **Check**.",
            hint=lambda task: "**Hint**",
            solution="**Solution**",
            reveal="**Solution**",
            report="the file that **Save verdict** gives you.",
        )


@dataclass(frozen=True)
class Status:
    """The status of a run, a task or a check: its word and its sign."""

    id: str

    @property
    def word(self) -> str:
        return STATUS_WORDS[self.id]

    @property
    def sign(self) -> str:
        return SYMBOLS.get(self.id, "!")


@dataclass(frozen=True)
class Stopped:
    """A diagnosis: where, why, and the learner's own frames. `text` is empty where it has been said already."""

    where: str
    text: str
    trace: str


@dataclass(frozen=True)
class Looked:
    """One check. `scenario` is drawn here, unless an earlier check drew it: then `drawn_at` is that one's title.

    `same_as`: the title of an earlier check that was told the very same; then nothing is said again.
    """

    title: str
    status: Status
    observed: str = ""
    fact: str = ""
    required: str = ""
    stopped: Stopped | None = None
    scenario: Mapping[str, Any] | None = None
    drawn_at: str = ""
    same_as: str = ""


@dataclass(frozen=True)
class Tried:
    """One task: what it earned and what was looked at."""

    title: str
    status: Status
    points: str
    notes: tuple[str, ...]
    checks: tuple[Looked, ...]
    hints: str


@dataclass(frozen=True)
class Report:
    """Everything that is shown of one verdict. Texts are Markdown, but for titles, `printed` and traces."""

    number: str
    title: str
    status: Status
    headline: str
    points: str
    stopped: tuple[Stopped, ...]
    tasks: tuple[Tried, ...]
    scenario: Mapping[str, Any] | None  # drawn for its own sake, where nothing failed
    printed: str
    next: str
    promise: str


def report(exercise: Exercise, verdict: Verdict, hints_shown: Mapping[str, int], calls: Calls) -> Report:
    """`hints_shown`: how many hints of each task have been shown."""
    return _Builder(exercise, verdict, hints_shown, calls).build()


PRACTICE = "Practice: graded on this machine, nothing is sent, and nothing bounds the memory it takes."
_LONG_OUTPUT = 4000


class _Builder:
    """Goes through the verdict once, from top to bottom, and remembers what has been said."""

    def __init__(self, exercise: Exercise, verdict: Verdict, hints_shown: Mapping[str, int], calls: Calls) -> None:
        self._exercise, self._verdict, self._hints_shown, self._calls = exercise, verdict, hints_shown, calls
        self._scenarios = {each["id"]: each for each in verdict["scenarios"]}
        self._told: set[object] = set()
        self._drawn: dict[str, str] = {}
        self._said_of: dict[tuple[str, str], str] = {}

    def build(self) -> Report:
        verdict, exercise = self._verdict, self._exercise
        feedback = by_task(exercise, verdict)
        ran = any(check["status"] != "not_run" for check in verdict["checks"])
        stopped = tuple(each for found in verdict["diagnoses"] if (each := self._stopped(found)))
        return Report(
            number=exercise.number,
            title=exercise.title,
            status=Status("passed" if is_done(exercise, verdict) else verdict["status"]),
            headline=headline(exercise, verdict),
            points=_earned(verdict["points"], verdict["max"]),
            stopped=stopped,
            tasks=tuple(self._task(found) for found in feedback) if ran else (),
            scenario=self._for_its_own_sake(),
            printed=_shortened(verdict["output"]),
            next=self._next(feedback),
            promise=self._promise(),
        )

    def _task(self, found: TaskFeedback) -> Tried:
        notes: list[str] = []
        checks: list[Looked] = []
        if found.status in ("not_attempted", "not_run"):
            notes += dict.fromkeys(check["observed"] for check in found.checks if check["observed"])
        else:
            checks = [self._check(check) for check in found.checks]
        return Tried(
            title=found.task.text if found.task else "What worked before",
            status=Status(found.status),
            points=_earned(found.points, found.max),
            notes=tuple(notes),
            checks=tuple(checks),
            hints=self._hints(found),
        )

    def _check(self, check: Mapping[str, Any]) -> Looked:
        if check["status"] == "failed":
            said = (check["observed"], check["required"])
            if said in self._said_of:
                return Looked(check["title"], Status("failed"), same_as=self._said_of[said])
            self._said_of[said] = check["title"]
        known = self._exercise.misconceptions.get(check.get("misconception") or "")
        fact = known.fact if known and self._first(("fact", known.id)) else ""
        scenario, drawn_at = None, ""
        there = self._scenarios.get(check["scenario"])
        if check["status"] == "failed" and there is not None and tells(there):
            drawn_at = self._drawn.get(there["id"], "")
            if not drawn_at:
                self._drawn[there["id"]] = check["title"]
                scenario = there
        return Looked(
            title=check["title"],
            status=Status(check["status"]),
            observed=check["observed"],
            fact=fact,
            required=check["required"],
            stopped=self._stopped(check.get("diagnosis"), said=check["observed"]),
            scenario=scenario,
            drawn_at=drawn_at,
        )

    def _stopped(self, found: Mapping[str, Any] | None, said: str = "") -> Stopped | None:
        if not found or not self._first(("stopped", *(found.get(k) for k in ("kind", "file", "line", "text")))):
            return None
        where = f"{found['file']}, line {found['line']}" if found.get("file") and found.get("line") else ""
        text = "" if found["text"] == said else found["text"]
        stopped = Stopped(where, text, str(found.get("trace") or "").rstrip())
        return stopped if stopped.where or stopped.text or stopped.trace else None

    def _first(self, what: object) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True

    def _hints(self, found: TaskFeedback) -> str:
        if found.task is None or found.status not in ("failed", "not_attempted"):
            return ""
        shown, of = self._hints_shown.get(found.task.id, 0), len(found.task.hints)
        if shown < of:
            return f"Hint {shown + 1} of {of}: {self._calls.hint(found.task.id)}"
        return f"All hints were shown ({of} of {of}). {self._calls.hint(found.task.id)} shows the last one again."

    def _for_its_own_sake(self) -> Mapping[str, Any] | None:
        if self._verdict["status"] != "passed":
            return None
        return next((each for each in self._verdict["scenarios"] if tells(each)), None)

    def _next(self, feedback: tuple[TaskFeedback, ...]) -> str:
        status, calls = self._verdict["status"], self._calls
        if status == "passed":
            return f"{calls.solution} shows the reference and other right answers."
        if is_done(self._exercise, self._verdict):
            [beyond, *_] = [found.task for found in feedback if found.task and found.status != "passed"]
            return f"{calls.solution} shows the reference; for the extension, {calls.hint(beyond.id)}."
        if status == "grader_fault":
            return f"Please report it, with {calls.report}"
        again = calls.again
        open_tasks = [found.task for found in feedback if found.task and found.status in ("failed", "not_attempted")]
        with_hints = next((t for t in open_tasks if self._hints_shown.get(t.id, 0) < len(t.hints)), None)
        if status in ("failed", "not_attempted") and with_hints:
            return f"{again} Or ask: {calls.hint(with_hints.id)}"
        if status == "failed" and open_tasks:
            return f"{again} Every hint was shown; {calls.reveal} shows a solution."
        return again

    def _promise(self) -> str:
        runtime = self._verdict["runtime"]
        with_what = [
            f"{name} {runtime[key]}" for name, key in (("Python", "python"), ("httpx", "httpx")) if key in runtime
        ]
        parts = [*with_what, f"{runtime['wall_ms']} ms", f"seed {self._verdict['seed']}"]
        return f"{PRACTICE} {', '.join(parts)}."


def tells(scenario: Mapping[str, Any]) -> bool:
    """Whether there is anything to draw."""
    return any(event["kind"] not in ("end", "mark", "diagnosis") for event in scenario["timeline"])


def _earned(points: int, most: int) -> str:
    return f"{points} of {most} point{'' if most == 1 else 's'}" if most else ""


def _shortened(output: str) -> str:
    """The end of what was printed: the last lines are the ones that a learner put there last."""
    output = output.rstrip()
    if len(output) <= _LONG_OUTPUT:
        return output
    left_out = len(output) - _LONG_OUTPUT
    return f"… {left_out} characters left out\n" + output[-_LONG_OUTPUT:]
