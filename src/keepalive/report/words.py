"""The same as plain text: what a Python prompt, an IPython terminal and a log show of a verdict, a brief or a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepalive.course import Exercise
from keepalive.grading import timeline
from keepalive.visible import visible

from .contents import Looked, Report, Stopped, Tried
from .prose import plain

WIDTH = 80


def verdict(report: Report) -> str:
    """What the learner's code did, task by task, and what to do next."""
    out = [f"{report.number}  {report.title}", "", f"{report.headline} {report.points}".rstrip()]
    for stopped in report.stopped:
        out += ["", *_stopped(stopped, 0)]
    for task in report.tasks:
        out += ["", *_task(task)]
    if report.scenario is not None:
        out += ["", *figure(report.scenario, indent=2)]
    if report.printed:
        out += ["", "Your code printed:", *(f"  | {visible(line)}" for line in report.printed.split("\n"))]
    out += ["", plain(f"Next: {report.next}", width=WIDTH), plain(report.promise, width=WIDTH)]
    return "\n".join(out)


def figure(scenario: Mapping[str, Any], *, title: str | None = None, indent: int = 0) -> list[str]:
    """The timeline in words, under its title."""
    lines = timeline.text(dict(scenario), width=WIDTH - indent - 2).rstrip("\n").split("\n")
    head = visible(title or f"What the server saw: {scenario['title']}")
    return [" " * indent + head, *(" " * (indent + 2) + line for line in lines)]


def brief(exercise: Exercise, starter: str, call: str) -> str:
    out = [f"{exercise.number}  {exercise.title}", f"{_points(exercise.points)}, about {exercise.minutes} minutes"]
    if exercise.brief_intro:
        out += ["", plain(exercise.brief_intro, width=WIDTH)]
    for number, task in enumerate(exercise.tasks, 1):
        out += ["", f"{number}. {task.text}  ({task.id}, {_points(task.points)})"]
        out.append(plain(task.brief, width=WIDTH, indent=3))
    out += ["", plain(starter, width=WIDTH), plain(f"Next: {call}", width=WIDTH)]
    return "\n".join(out)


def hint(task: str, which: str, text: str, then: str) -> str:
    return "\n".join([f"{which}  {task}", "", plain(text, width=WIDTH), "", plain(then, width=WIDTH)])


def notice(text: str, detail: str = "") -> str:
    return plain(text, width=WIDTH) + (f"\n\n{visible(detail)}" if detail else "")


# ---- parts -------------------------------------------------------------------------------------------------------


def _task(task: Tried) -> list[str]:
    out = [f"{task.status.sign} [{task.status.word}] {task.title}" + (f"  {task.points}" if task.points else "")]
    out += [plain(note, width=WIDTH, indent=2) for note in task.notes]
    for check in task.checks:
        out += _check(check)
    if task.hints:
        out.append(plain(task.hints, width=WIDTH, indent=2))
    return out


def _check(check: Looked) -> list[str]:
    same = f", as with “{check.same_as}”" if check.same_as else ""
    out = [f"  {check.status.sign} {check.title}: {check.status.word}{same}"]
    required = f"Required: {check.required}" if check.required else ""
    out += [plain(said, width=WIDTH, indent=4) for said in (check.observed, check.fact, required) if said]
    if check.stopped:
        out += _stopped(check.stopped, 4)
    if check.drawn_at:
        out.append(f"    The timeline is above, under “{check.drawn_at}”.")
    if check.scenario is not None:
        out += figure(check.scenario, indent=4)
    return out


def _stopped(stopped: Stopped, indent: int) -> list[str]:
    out = [" " * indent + visible(stopped.where)] if stopped.where else []
    if stopped.text:
        out.append(plain(stopped.text, width=WIDTH, indent=indent))
    out += [" " * (indent + 2) + line for line in visible(stopped.trace).splitlines()]
    return out


def _points(number: int) -> str:
    return "1 point" if number == 1 else f"{number} points"
