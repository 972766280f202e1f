"""The same as plain text: what a terminal, a Python prompt and a log show of a verdict, a brief or a hint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepalive.course import Exercise
from keepalive.grading import timeline
from keepalive.visible import visible

from .contents import CheckView, DiagnosisView, Report, TaskView
from .prose import plain

WIDTH = 80
_ROOM = 60
"""Lines for all timelines of a verdict. The first is drawn whatever its length; of one that no longer fits, the summary
is left."""


@dataclass(frozen=True)
class Line:
    """One line. `style`: "title", "status:" and a status' id, or "" for plain text."""

    text: str = ""
    style: str = ""


def verdict(report: Report) -> str:
    """What the learner's code did, task by task, and what to do next."""
    return "\n".join(line.text for line in lines(report))


def lines(report: Report, *, width: int = WIDTH, timelines_first: bool = False) -> Iterator[Line]:
    """The verdict line by line. `timelines_first`: not where they belong, but before everything that is said: a
    terminal shows its last lines."""
    return _Writer(report, width, timelines_first).lines()


def figure(scenario: Mapping[str, Any], *, title: str | None = None, indent: int = 0, width: int = WIDTH) -> list[str]:
    """The timeline in words, under its title."""
    drawn = timeline.text(dict(scenario), width=width - indent - 2).rstrip("\n").split("\n")
    head = visible(title or f"What the server saw: {scenario['title']}")
    return [" " * indent + head, *(" " * (indent + 2) + line for line in drawn)]


def brief(exercise: Exercise, starter: str, call: str) -> str:
    out = [f"{exercise.number}  {exercise.title}", f"{score(exercise)}, about {exercise.minutes} minutes"]
    if exercise.brief_intro:
        out += ["", plain(exercise.brief_intro, width=WIDTH)]
    for number, task in enumerate(exercise.tasks, 1):
        out += ["", f"{number}. {task.text}  ({task.id}, {points(task.points, bonus=task.extension)})"]
        out.append(plain(task.brief, width=WIDTH, indent=3))
    out += ["", plain(starter, width=WIDTH), plain(f"Next: {call}", width=WIDTH)]
    return "\n".join(out)


def hint(task: str, which: str, text: str, then: str) -> str:
    return "\n".join([f"{which}  {task}", "", plain(text, width=WIDTH), "", plain(then, width=WIDTH)])


def notice(text: str, detail: str = "") -> str:
    return plain(text, width=WIDTH) + (f"\n\n{visible(detail)}" if detail else "")


def score(exercise: Exercise) -> str:
    """What an exercise is worth: `20 points and 3 bonus points`."""
    beside = f" and {points(exercise.bonus, bonus=True)}" if exercise.bonus else ""
    return points(exercise.points) + beside


def points(number: int, *, bonus: bool = False) -> str:
    return f"{number} {'bonus ' if bonus else ''}point{'' if number == 1 else 's'}"


# ---- a verdict ---------------------------------------------------------------------------------------------------


class _Writer:
    """One report, from top to bottom."""

    def __init__(self, report: Report, width: int, timelines_first: bool) -> None:
        self._report, self._width, self._first, self._room = report, width, timelines_first, _ROOM

    def lines(self) -> Iterator[Line]:
        """The parts, with an empty line between them."""
        for number, part in enumerate(part for part in self._parts() if part):
            if number:
                yield Line()
            yield from part

    def _parts(self) -> Iterator[list[Line]]:
        report = self._report
        file = f"    {visible(report.file)}" if report.file else ""
        yield [Line(f"{report.number}  {report.title}{file}", "title")]
        if self._first:
            yield from self._timelines(_drawn(report))
            yield self._printed()
        points = f" {report.points}." if report.points else ""
        yield [Line(report.headline + points, _of(report.status.id))]
        yield from (list(self._diagnosis(diagnosis, 0)) for diagnosis in report.diagnoses)
        yield from (list(self._task(task)) for task in report.tasks)
        if not self._first:
            yield from self._timelines([report.scenario] if report.scenario is not None else [])
            yield self._printed()
        yield [*self._prose(report.promise), *self._prose(f"Next: {report.next}", whole=True)]

    def _timelines(self, scenarios: Sequence[Mapping[str, Any]]) -> Iterator[list[Line]]:
        yield from (list(self._figure(scenario, 0)) for scenario in scenarios)

    def _printed(self) -> list[Line]:
        printed = self._report.printed
        said = [Line(f"  | {visible(line)}") for line in printed.split("\n")]
        return [Line("Your code printed:", "title"), *said] if printed else []

    def _task(self, task: TaskView) -> Iterator[Line]:
        earned = f"  {task.points}" if task.points else ""
        yield Line(f"{task.status.sign} [{task.status.word}] {task.title}{earned}", _of(task.status.id))
        for check in task.checks:
            yield from self._check(check)
        for note in task.notes:
            yield from self._prose(note, 2)
        yield from self._prose(task.hints, 2, whole=True)

    def _check(self, check: CheckView) -> Iterator[Line]:
        same = f", as with “{check.same_as}”" if check.same_as else ""
        yield Line(f"  {check.status.sign} {check.title}: {check.status.word}{same}")
        required = f"Required: {check.required}" if check.required else ""
        for said in (check.observed, check.fact, required):
            yield from self._prose(said, 4)
        if check.diagnosis:
            yield from self._diagnosis(check.diagnosis, 4)
        yield from self._figure_of(check)
        if check.waiting:
            yield from self._prose(f"Checked once this passes: {', '.join(check.waiting)}.", 4)

    def _figure_of(self, check: CheckView) -> Iterator[Line]:
        if self._first and check.scenario is not None:
            yield Line(f"    The timeline is above: {check.scenario['title']}")
        elif check.scenario is not None:
            yield from self._figure(check.scenario, 4)
        elif check.drawn_at and not self._first:
            yield Line(f"    The timeline is above, under “{check.drawn_at}”.")

    def _figure(self, scenario: Mapping[str, Any], indent: int) -> Iterator[Line]:
        """Where everything fails, ten timelines would bury the first: of those the summary is enough."""
        title, *drawn = figure(scenario, indent=indent, width=self._width)
        fits = self._room == _ROOM or len(drawn) <= self._room
        self._room -= len(drawn)
        yield Line(title, "title")
        yield from map(Line, drawn if fits else drawn[:1])

    def _diagnosis(self, diagnosis: DiagnosisView, indent: int) -> Iterator[Line]:
        if diagnosis.where:
            yield Line(" " * indent + visible(diagnosis.where))
        yield from self._prose(diagnosis.text, indent)
        yield from (Line(" " * (indent + 2) + line) for line in visible(diagnosis.trace).splitlines())

    def _prose(self, markdown: str, indent: int = 0, *, whole: bool = False) -> Iterator[Line]:
        """`whole`: what is typed stays on one line, however long."""
        if markdown:
            text = plain(markdown, width=self._width, indent=indent, unbroken=None if whole else 60)
            yield from map(Line, text.split("\n"))


def _drawn(report: Report) -> Sequence[Mapping[str, Any]]:
    """The scenarios that are drawn, in their order."""
    of_checks = [check.scenario for task in report.tasks for check in task.checks]
    return [scenario for scenario in (*of_checks, report.scenario) if scenario is not None]


def _of(status: str) -> str:
    return f"status:{status}"
