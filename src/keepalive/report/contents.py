"""What is said of a verdict, before it is HTML or plain text: every sentence in its place, each said once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keepalive.course import Exercise
from keepalive.course.feedback import FRONTEND, STATUS_WORDS, TaskFeedback, Verdict, by_task, headline

SYMBOLS = {"passed": "✓", "failed": "✗", "not_attempted": "○", "not_run": "–"}
"""Beside the word for a status, for whoever looks before reading. Every other status has `!`."""


@dataclass(frozen=True)
class CommandTexts:
    """What a learner types or presses in this frontend. In Markdown; `hint` is given a task's id.

    `again`: how another check comes about. `report`: what to send along when the course itself broke. `file`: the name
    of the file that was checked, plain text, where there is one.
    """

    check: str
    again: str
    hint: Callable[[str], str]
    solution: str
    reveal: str
    report: str
    file: str = ""

    @classmethod
    def of_notebook(cls, exercise: Exercise) -> CommandTexts:
        number = exercise.number
        given = f", {exercise.entry}" if len(exercise.entries) == 1 else ""  # several are taken by their names
        check = f'check("{number}"{given})'
        return cls(
            check=f"`{check}`",
            again=f"Change your code, run its cell, then `{check}`.",
            hint=lambda task: f'`hint("{number}", "{task}")`',
            solution=f'`solution("{number}")`',
            reveal=f'`solution("{number}", reveal=True)`',
            report=f"what this prints: `{check}.verdict`",
        )

    @classmethod
    def of_page(cls) -> CommandTexts:
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
class DiagnosisView:
    """A diagnosis: where, why, and the learner's own frames. `text` is empty where it has been said already."""

    where: str
    text: str
    trace: str


@dataclass(frozen=True)
class CheckView:
    """One check. `scenario` is drawn here, unless an earlier check drew it: then `drawn_at` is that one's title.

    `same_as`: the title of an earlier check that was told the very same; then nothing is said again. `waiting`: the
    titles of the task's checks that are looked at once this one passes.
    """

    title: str
    status: Status
    observed: str = ""
    fact: str = ""
    required: str = ""
    diagnosis: DiagnosisView | None = None
    scenario: Mapping[str, Any] | None = None
    drawn_at: str = ""
    same_as: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskView:
    """One task: what it earned and what was looked at."""

    title: str
    status: Status
    points: str
    notes: tuple[str, ...]
    checks: tuple[CheckView, ...]
    hints: str


@dataclass(frozen=True)
class Report:
    """Everything that is shown of one verdict. Texts are Markdown, but for titles, `file`, `printed` and traces."""

    number: str
    title: str
    file: str
    status: Status
    headline: str
    points: str
    diagnoses: tuple[DiagnosisView, ...]
    tasks: tuple[TaskView, ...]
    scenario: Mapping[str, Any] | None  # drawn for its own sake, where nothing failed
    printed: str
    next: str
    promise: str


def report(exercise: Exercise, verdict: Verdict, hints_shown: Mapping[str, int], commands: CommandTexts) -> Report:
    """`hints_shown`: how many hints of each task have been shown."""
    return _Builder(exercise, verdict, hints_shown, commands).build()


PRACTICE = "Practice: graded on this machine, nothing is sent"
_FIRST_LINES, _LAST_LINES, _LONG_OUTPUT = 10, 40, 4000


class _Builder:
    """Goes through the verdict once, from top to bottom, and remembers what has been said."""

    def __init__(
        self, exercise: Exercise, verdict: Verdict, hints_shown: Mapping[str, int], commands: CommandTexts
    ) -> None:
        self._exercise, self._verdict, self._hints_shown, self._commands = exercise, verdict, hints_shown, commands
        self._scenarios = {each["id"]: each for each in verdict["scenarios"]}
        self._titles = {check["id"]: check["title"] for check in verdict["checks"]}
        self._told: set[object] = set()
        self._drawn: dict[str, str] = {}
        self._said_of: dict[tuple[str, str], str] = {}

    def build(self) -> Report:
        verdict, exercise = self._verdict, self._exercise
        feedback = by_task(exercise, verdict)
        ran = any(check["status"] != "not_run" or "because" in check for check in verdict["checks"])
        diagnoses = tuple(each for found in verdict["diagnoses"] if (each := self._diagnosis(found)))
        return Report(
            number=exercise.number,
            title=exercise.title,
            file=self._commands.file,
            status=Status(verdict["status"]),
            headline=headline(verdict),
            points=_score(verdict),
            diagnoses=diagnoses,
            tasks=tuple(self._task(found) for found in feedback) if ran else (),
            scenario=self._for_its_own_sake(),
            printed=_shortened(verdict["output"]),
            next=self._next(feedback),
            promise=self._promise(),
        )

    def _task(self, found: TaskFeedback) -> TaskView:
        waiting = _waiting(found.checks)
        notes, checks = list[str](), list[CheckView]()
        if found.status in ("not_attempted", "not_run"):
            notes += dict.fromkeys(check["observed"] for check in found.checks if check["observed"])
        else:
            looked_at = [check for check in found.checks if _cause(check) not in self._titles]
            checks = [replace(self._check(check), waiting=waiting.pop(check["id"], ())) for check in looked_at]
        notes += [f"Checked once “{self._titles[id]}” passes: {_listed(titles)}." for id, titles in waiting.items()]
        return TaskView(
            title=found.task.text if found.task else "What worked before",
            status=Status(found.status),
            points=_earned(found.points, found.max, bonus=found.task is not None and found.task.extension),
            notes=tuple(notes),
            checks=tuple(checks),
            hints=self._hints(found),
        )

    def _check(self, check: Mapping[str, Any]) -> CheckView:
        if check["status"] == "failed":
            said = (check["observed"], check["required"])
            if said in self._said_of:
                return CheckView(check["title"], Status("failed"), same_as=self._said_of[said])
            self._said_of[said] = check["title"]
        known = self._exercise.misconceptions.get(check.get("misconception") or "")
        fact = known.fact if known and self._first(("fact", known.id)) else ""
        scenario, drawn_at = self._timeline(check)
        return CheckView(
            title=check["title"],
            status=Status(check["status"]),
            observed=check["observed"],
            fact=fact,
            required=check["required"],
            diagnosis=self._diagnosis(check.get("diagnosis"), said=check["observed"]),
            scenario=scenario,
            drawn_at=drawn_at,
        )

    def _timeline(self, check: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
        """The scenario to draw for a check, or the title of the check where it was drawn before."""
        scenario = self._scenarios.get(check["scenario"])
        if check["status"] != "failed" or scenario is None or not tells(scenario):
            return None, ""
        if drawn_at := self._drawn.get(scenario["id"], ""):
            return None, drawn_at
        self._drawn[scenario["id"]] = check["title"]
        return scenario, ""

    def _diagnosis(self, found: Mapping[str, Any] | None, said: str = "") -> DiagnosisView | None:
        if not found or not self._first(("stopped", *(found.get(k) for k in ("kind", "file", "line", "text")))):
            return None
        view = diagnosis_view(found)
        view = replace(view, text="") if view.text == said else view
        return view if view.where or view.text or view.trace else None

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
            return f"Hint {shown + 1} of {of}: {self._commands.hint(found.task.id)}"
        return f"All hints were shown ({of} of {of}). {self._commands.hint(found.task.id)} shows the last one again."

    def _for_its_own_sake(self) -> Mapping[str, Any] | None:
        if not self._verdict["passed"] or self._verdict.get("extension", "passed") == "failed":
            return None
        return next((each for each in self._verdict["scenarios"] if tells(each)), None)

    def _next(self, feedback: tuple[TaskFeedback, ...]) -> str:
        status, commands = self._verdict["status"], self._commands
        open_tasks = [found.task for found in feedback if found.task and found.status in ("failed", "not_attempted")]
        if self._verdict["passed"]:
            solution = f"{commands.solution} shows the reference and other right answers"
            return (
                f"{solution}; for the extension, {commands.hint(open_tasks[0].id)}." if open_tasks else f"{solution}."
            )
        if status == "grader_fault":
            return f"Please report it, with {commands.report}"
        again = commands.again
        with_hints = next((t for t in open_tasks if self._hints_shown.get(t.id, 0) < len(t.hints)), None)
        if status in ("failed", "not_attempted") and with_hints:
            return f"{again} Or ask: {commands.hint(with_hints.id)}"
        if status == "failed" and open_tasks:
            return f"{again} Every hint was shown; {commands.reveal} shows a solution."
        return again

    def _promise(self) -> str:
        runtime = self._verdict["runtime"]
        memory = "" if runtime.get("isolation") == "child" else ", and nothing bounds the memory it takes"
        with_what = [
            f"{name} {runtime[key]}" for name, key in (("Python", "python"), ("httpx", "httpx")) if key in runtime
        ]
        parts = [*with_what, f"{runtime['wall_ms']} ms", f"seed {self._verdict['seed']}"]
        return f"{PRACTICE}{memory}. {', '.join(parts)}."


def tells(scenario: Mapping[str, Any]) -> bool:
    """Whether there is anything to draw."""
    return any(event["kind"] not in ("end", "mark", "diagnosis") for event in scenario["timeline"])


def diagnosis_view(found: Mapping[str, Any]) -> DiagnosisView:
    """A verdict's diagnosis, or a run's, as it is shown."""
    where = f"{found['file']}, line {found['line']}" if found.get("file") and found.get("line") else ""
    return DiagnosisView(where, found["text"], str(found.get("trace") or "").rstrip())


def _cause(check: Mapping[str, Any]) -> str:
    """The id of the check because of which this one was not looked at, "" for none."""
    cause = check.get("because", "")
    return "" if cause == FRONTEND else cause


def _waiting(checks: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By the id of a cause the titles of the checks that wait for it."""
    waiting: dict[str, tuple[str, ...]] = {}
    for check in checks:
        if cause := _cause(check):
            waiting[cause] = (*waiting.get(cause, ()), check["title"])
    return waiting


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(f"“{title}”" for title in titles)


def _score(verdict: Verdict) -> str:
    """The points, and beside them those of extensions."""
    earned = [_earned(verdict["points"], verdict["max"]), _earned(verdict["bonus"], verdict["bonus_max"], bonus=True)]
    return ", ".join(each for each in earned if each)


def _earned(points: int, most: int, *, bonus: bool = False) -> str:
    return f"{points} of {most} {'bonus ' if bonus else ''}point{'' if most == 1 else 's'}" if most else ""


def _shortened(output: str) -> str:
    """The beginning and the end of what was printed. The last lines are those that a learner put there last."""
    lines = output.rstrip().split("\n")
    left_out = len(lines) - _FIRST_LINES - _LAST_LINES
    if left_out > 1:
        lines[_FIRST_LINES:-_LAST_LINES] = [f"… {left_out} lines left out"]
    text = "\n".join(lines)
    if len(text) <= _LONG_OUTPUT:
        return text
    return f"… {len(text) - _LONG_OUTPUT} characters left out\n" + text[-_LONG_OUTPUT:]
