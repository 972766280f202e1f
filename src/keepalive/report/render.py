"""A verdict, a brief, a hint as HTML: pure functions, for a notebook's output and for a page alike.

No script, no id, nothing fetched. All colours come from the page around, but for the small signs of a status, which
bring their own ground: so the same HTML is right in JupyterLab, VS Code and the site, light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from keepalive.course import Exercise
from keepalive.grading import timeline

from . import prose
from .contents import CheckView, DiagnosisView, Report, Status, TaskView, diagnosis_view, tells
from .words import points, score

_WIDE, _NARROW = 720, 280
_SVG_STYLE = re.compile(r"<style>.*?</style>", re.S)


@cache
def style() -> str:
    """The style sheet that every output carries."""
    css = files(__package__).joinpath("verdict.css").read_text("utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return f"<style>{' '.join(css.split())}</style>"


def page(body: str, label: str, *, framed: bool = True) -> str:
    """One output: the style and a group with a name. A picture alone has no frame."""
    inner = "ka-v-in" if framed else "ka-v-in ka-v-bare"
    return (
        f'<div class="ka-v" role="group" aria-label="{prose.verbatim(label)}">{style()}'
        f'<div class="{inner}">{_one_svg_style(body)}</div></div>'
    )


def verdict(report: Report) -> str:
    """What the learner's code did, task by task, and what to do next."""
    earned = f'<span class="ka-v-points">{report.points}</span>' if report.points else ""
    # "Not yet." beside a sign that says so would be said twice.
    headline = "" if report.status.id == "failed" else f" <strong>{report.headline}</strong>"
    out = [
        f'<h3 class="ka-v-h jp-toc-ignore">{prose.verbatim(report.number)} {prose.verbatim(report.title)}</h3>',
        f'<p class="ka-v-head">{sign(report.status)}{headline} {earned}</p>',
        *(_diagnosis(diagnosis) for diagnosis in report.diagnoses),
        *(_task(task) for task in report.tasks),
    ]
    if report.scenario is not None:
        out.append(figure(report.scenario))
    if report.printed:
        out.append(_more("What your code printed", _pre(report.printed), open=True))
    out.append(f'<p class="ka-v-next"><strong>Next:</strong> {prose.inline(report.next)}</p>')
    out.append(f'<p class="ka-v-small">{prose.verbatim(report.promise)}</p>')
    return page("".join(out), f"Check of exercise {report.number}")


def trial(headline: str, outcome: Mapping[str, Any]) -> str:
    """What came of a run of the learner's `main()`: where it ended, and what the server saw of it.

    `outcome` is that of `keepalive.grading.script_run.run`. What was printed is shown by whoever heard it.
    """
    body = [f'<p class="ka-v-head"><strong>{prose.verbatim(headline)}</strong></p>']
    for found in outcome["diagnoses"]:
        body.append(_diagnosis(diagnosis_view(found)))
    if sentence := (outcome.get("server") or {}).get("text"):
        body.append(f"<p>{prose.inline(sentence)}</p>")
    if outcome.get("scenario") and tells(outcome["scenario"]):
        body.append(figure(outcome["scenario"]))
    return page("".join(body), "Run")


def figure(scenario: Mapping[str, Any], *, title: str | None = None, until: float = 0.0) -> str:
    """The timeline twice, for a wide and a narrow page (the style shows one), and its twin in words.

    `until`: seconds up to which the axis goes at least, for pictures that are to be compared.
    """
    drawn = dict(scenario)
    wide, narrow = (timeline.svg(drawn, title=title, width=width, until=until) for width in (_WIDE, _NARROW))
    words = _more("The same in words", _pre(timeline.text(drawn)), open=False)
    return (
        f'<div class="ka-v-fig"><div class="ka-v-wide">{wide}</div><div class="ka-v-narrow">{narrow}</div></div>{words}'
    )


def brief(exercise: Exercise, starter: str = "", call: str = "") -> str:
    """What is asked. `starter` and `call` are Markdown: where to begin, and what to run then, where that is said."""
    tasks = "".join(
        f'<section class="ka-v-task"><h4 class="ka-v-h jp-toc-ignore">{number}. {prose.inline(task.text)} '
        f'<span class="ka-v-points">{points(task.points, bonus=task.extension)}</span></h4>'
        f'<div class="ka-v-md">{prose.html(task.brief)}</div></section>'
        for number, task in enumerate(exercise.tasks, 1)
    )
    body = (
        f'<h3 class="ka-v-h jp-toc-ignore">{prose.verbatim(exercise.number)} {prose.verbatim(exercise.title)}</h3>'
        f'<p class="ka-v-head">{score(exercise)}, about {exercise.minutes} minutes</p>'
        f'<div class="ka-v-md">{prose.html(exercise.brief_intro)}</div>{tasks}'
    )
    if starter:
        body += (
            f'<div class="ka-v-md ka-v-next"><p>{prose.inline(starter)}</p>'
            f"<p><strong>Next:</strong> {prose.inline(call)}</p></div>"
        )
    return page(body, f"Exercise {exercise.number}")


def hint(task: str, which: str, text: str, then: str) -> str:
    body = (
        f'<p class="ka-v-head"><strong>{prose.verbatim(which)}</strong> {prose.inline(task)}</p>'
        f'<div class="ka-v-md">{prose.html(text)}</div><p class="ka-v-next">{prose.inline(then)}</p>'
    )
    return page(body, which)


def notice(text: str, detail: str = "") -> str:
    """A sentence or two, and below them something that is not prose."""
    return page(f'<div class="ka-v-md">{prose.html(text)}</div>{_pre(detail) if detail else ""}', "Message")


def sign(status: Status) -> str:
    mark = f'<span aria-hidden="true">{status.sign}</span>'
    return f'<span class="ka-v-sign ka-v-{_look(status)}">{mark} {status.word}</span>'


# ---- parts -------------------------------------------------------------------------------------------------------


def _task(task: TaskView) -> str:
    earned = f'<span class="ka-v-points">{task.points}</span>' if task.points else ""
    out = [f'<h4 class="ka-v-h jp-toc-ignore">{sign(task.status)} {prose.inline(task.title)} {earned}</h4>']
    passed = [check for check in task.checks if check.status.id == "passed"]
    out += [_check(check) for check in task.checks if check.status.id != "passed"]
    if passed:
        items = "".join(
            f'<li><span aria-hidden="true">{check.status.sign}</span> {prose.inline(check.title)}'
            f": {check.status.word}</li>"
            for check in passed
        )
        out.append(f'<ul class="ka-v-passed-list">{items}</ul>')
    out += [f'<div class="ka-v-md">{prose.html(note)}</div>' for note in task.notes]
    if task.hints:
        out.append(f'<p class="ka-v-hints">{prose.inline(task.hints)}</p>')
    return f'<section class="ka-v-task">{"".join(out)}</section>'


def _check(check: CheckView) -> str:
    out = [
        f'<p class="ka-v-what"><span aria-hidden="true">{check.status.sign}</span> '
        f"<strong>{prose.inline(check.title)}</strong>: {check.status.word}"
        + (f", as with “{prose.inline(check.same_as)}”</p>" if check.same_as else "</p>")
    ]
    if check.observed:
        out.append(prose.html(check.observed))
    if check.fact:
        out.append(prose.html(check.fact))
    if check.required:
        out.append(prose.html(f"**Required:** {check.required}"))
    if check.diagnosis:
        out.append(_diagnosis(check.diagnosis))
    if check.drawn_at:
        out.append(f"<p>The timeline is above, under “{prose.inline(check.drawn_at)}”.</p>")
    if check.scenario is not None:
        out.append(figure(check.scenario))
    if check.waiting:
        out.append(prose.html(f"Checked once this passes: {', '.join(check.waiting)}."))
    return f'<div class="ka-v-check ka-v-md ka-v-edge-{_look(check.status)}">{"".join(out)}</div>'


def _diagnosis(diagnosis: DiagnosisView) -> str:
    out = []
    if diagnosis.where:
        out.append(f'<p class="ka-v-where">{prose.verbatim(diagnosis.where)}</p>')
    if diagnosis.text:
        out.append(prose.html(diagnosis.text))
    if diagnosis.trace:
        out.append(_pre(diagnosis.trace))
    return f'<div class="ka-v-stopped ka-v-md">{"".join(out)}</div>'


def _pre(text: str) -> str:
    return f'<pre class="ka-v-pre">{prose.verbatim(text)}</pre>'


def _more(summary: str, body: str, *, open: bool) -> str:
    state = " open" if open else ""
    return f'<details class="ka-v-more"{state}><summary class="ka-v-sum">{summary}</summary>{body}</details>'


def _look(status: Status) -> str:
    return status.id.replace("_", "-") if status.sign != "!" else "fault"


def _one_svg_style(body: str) -> str:
    """Pictures of one version share their style: the first carries it for all."""
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        first = found.group() not in seen
        seen.add(found.group())
        return found.group() if first else ""

    return _SVG_STYLE.sub(once, body)
