"""An exercise in its chapter's page: complete HTML for whoever only reads, and the data that brings it to life.

Both are made of the exercise's own folder. `web/src/page/exercise.ts` takes the HTML and puts an editor, buttons and
results in the place of the code; the data is fetched when somebody begins.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from keepalive.course import Course, Exercise
from keepalive.course.text import about_of
from keepalive.report import prose, render

from . import data_file
from .code_colours import coloured
from .runtime import telling


def data(exercise: Exercise) -> dict[str, Any]:
    """Everything that the page's exercise needs: what it is, the starter, hints, right answers, and the grader's files.

    The grader is code that every reader can find. In a page it is practice, and says so; it is not hidden there.
    """
    return {
        "about": telling.about(exercise),
        "version": exercise.version,
        "file": f"{exercise.name}.py",
        "starter": exercise.starter,
        "hints": {task.id: [prose.html(hint) for hint in task.hints] for task in exercise.tasks},
        "solutions": [
            _solution("reference", about_of(exercise.reference_text), exercise.reference_text),
            *(_solution(answer.id, answer.about, answer.source) for answer in exercise.right),
        ],
        "grader": {
            "drive": _read(exercise.folder / "drive.py"),
            "grader": _read(exercise.folder / "grader.py"),
        },
    }


def _solution(name: str, about: str, source: str) -> dict[str, str]:
    return {"name": name, "about": about, "source": source, "html": coloured(source)}


def write(course: Course, into: Path) -> dict[str, str]:
    """Write each exercise's data below build/docs; where it lies below the site, by the exercise's id."""
    (into / data_file.FOLDER / "exercises").mkdir(parents=True, exist_ok=True)
    places = {}
    for exercise in course.exercises:
        content = json.dumps(data(exercise), ensure_ascii=False, sort_keys=True).encode()
        places[exercise.id] = data_file.place(f"exercises/{exercise.name}", content)
        (into / places[exercise.id]).write_bytes(content)
    return places


def element(exercise: Exercise, source: str) -> str:
    """The exercise as HTML. `source`: where its data lies, as seen from the page."""
    number = exercise.number
    given = f", {escape(exercise.entry)}" if len(exercise.entries) == 1 else ""
    attributes = {"data-exercise": exercise.id, "data-number": number, "data-source": source}
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"""\
<keepalive-exercise {said} data-search-exclude="true">
<div class="ka-x-brief">{render.brief(exercise)}</div>
<div class="ka-x-code highlight" role="group" aria-label="Starter of exercise {number}">
<pre tabindex="0"><code>{coloured(exercise.starter)}</code></pre>
</div>
<p class="ka-x-elsewhere">Elsewhere the same: <code>keepalive start {number}</code> puts this file into
<code>work/</code> for your own editor, <code>keepalive check {number}</code> judges it; in a notebook,
<code>check("{number}"{given})</code>. Hints and right answers: <code>keepalive hint {number}</code>,
<code>keepalive solution {number}</code>.</p>
</keepalive-exercise>"""


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")
