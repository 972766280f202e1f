"""The two pictures on the landing page: what the judge recorded of two answers to exercise 04."""

from __future__ import annotations

import re

from keepalive.course import Course, UnknownName
from keepalive.course.answers import as_files
from keepalive.grading import grade, timeline

from .errors import BuildError

EXERCISE, MISTAKE = "minimal-client", "client-per-call"
_WIDTHS = {"ka-if-wide": 560, "ka-if-narrow": 340}
"""Pixels: two beside each other on a wide screen, at the least width that the drawing lays out as a wide one; and a
telephone. The style sheet shows one of the two."""


def five_calls(course: Course) -> str:
    """A client for each call beside one client that is kept. Pictures and numbers come from the runs."""
    try:
        exercise = course.exercise(EXERCISE)
        wrong = next(wrong for wrong in exercise.wrong if wrong.misconception == MISTAKE)
    except (UnknownName, StopIteration):
        raise BuildError(
            f"The landing page draws exercise {EXERCISE} and its mistake {MISTAKE}; the course has no such thing."
        ) from None
    scenario = wrong.fails[0].partition(".")[0]
    runs = (("A client for each call", wrong.source), ("One client that is kept", exercise.reference_text))
    pictures = []
    for name, source in runs:
        with as_files({"answer": source}) as files:
            verdict = grade(exercise.code, files["answer"], link="child", frontend="test", seed=1)
        run = next((run for run in verdict["scenarios"] if run["id"] == scenario), None)
        if run is None:
            said = "; ".join(each["text"] for each in verdict["diagnoses"]) or verdict["status"]
            raise BuildError(f"The landing page draws {scenario} of {exercise.name}, and it did not run: {said}")
        opened = sum(event["kind"] == "connect" for event in run["timeline"])
        title = f"{name}: {opened} connection{'' if opened == 1 else 's'}, {run['timeline'][-1]['t']:.2f} s"
        for screen, width in _WIDTHS.items():
            svg = timeline.svg(run, title=title, width=width)
            in_one_line = re.sub(r"\n\s*", " ", svg)  # an empty line would end the block of HTML for Markdown
            pictures.append(f'<div class="ka-figure {screen}" data-search-exclude="true">{in_one_line}</div>')
    return '<div class="ka-columns ka-wide">\n' + "\n".join(pictures) + "\n</div>"
