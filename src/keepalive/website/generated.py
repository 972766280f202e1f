"""The pieces of pages that are made from the course's data: navigation, course map, a chapter's head, versions.

Everything here is Markdown that goes through the site's own Markdown afterwards: its links are checked with the rest.
A page in docs/ asks for a piece with a comment of its own on a line: `<!-- keepalive: chapters -->`.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Iterable
from html import escape
from itertools import groupby

from keepalive import widgets
from keepalive.course import Chapter, Course
from keepalive.report import prose

from . import claims, exam, glossary, progress, reference, verify
from .errors import BuildError

_WISH = re.compile(r"^<!-- keepalive: ([a-z-]+) -->$", re.M)

# What a reader's result depends on, in the order in which the course meets it.
_VERSIONED = (
    *("httpx", "httpcore", "httpx2", "httpcore2", "h11", "anyio", "respx"),
    *("starlette", "uvicorn", "jupyterlab", "mkdocs-material"),
)


def page_of(chapter: Chapter) -> str:
    """The chapter's page below build/docs."""
    return f"chapters/{chapter.name}.ipynb"


def download_of(chapter: Chapter) -> str:
    """The notebook as it is in the repository, for reading on elsewhere."""
    return f"notebooks/{chapter.name}.ipynb"


def navigation(course: Course) -> list[dict]:
    """What mkdocs calls nav. Only what exists."""
    return [
        {"Overview": "index.md"},
        {"Start": "start.md"},
        {"Course map": "course.md"},
        *([{"Your progress": progress.PAGE}] if (course.root / "docs" / progress.PAGE).is_file() else []),
        *([{"Review": progress.REVIEW}] if (course.root / "docs" / progress.REVIEW).is_file() else []),
        *({_part_title(part): pages} for part, pages in _by_part(course)),
        *([{"Final exam": exam.PAGE}] if (course.root / "docs" / exam.PAGE).is_file() else []),
        *([{"Verify a certificate": verify.PAGE}] if (course.root / "docs" / verify.PAGE).is_file() else []),
        {"Glossary": glossary.PAGE},
        *([{"Widgets": "widgets.md"}] if (course.root / "docs" / "widgets.md").is_file() else []),
        {"Reference": reference.navigation()},
        {"Put it on a web server": "hosting.md"},
        {"About": "about.md"},
    ]


def _by_part(course: Course) -> list[tuple]:
    grouped = groupby(course.chapters, key=lambda chapter: chapter.part)
    return [(part, [{f"{c.number} {c.title}": page_of(c)} for c in chapters]) for part, chapters in grouped]


def _part_title(part) -> str:
    return f"Part {part.number}. {part.title}"


def minutes(count: int) -> str:
    """45 → "45 min", 80 → "1 h 20 min"."""
    hours, rest = divmod(count, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _time(chapters: Iterable[Chapter]) -> str:
    return minutes(sum(chapter.minutes_teaching + chapter.minutes_exercise for chapter in chapters))


def chapter_head(chapter: Chapter) -> str:
    """What stands under a chapter's title: its place, what it takes, what one can do afterwards, the notebook."""
    facts = [
        _part_title(chapter.part),
        f"Chapter {chapter.number}",
        f"{minutes(chapter.minutes_teaching)} to read and run",
    ]
    if chapter.minutes_exercise:
        facts.append(f"{minutes(chapter.minutes_exercise)} of exercise")
    if chapter.core:
        facts.append('<span class="ka-core">core path</span>')
    listed = "\n".join(f"- {objective}" for objective in chapter.objectives)
    goals = f"After this chapter you can\n\n{listed}" if listed else ""
    return f"""\
<div class="ka-head" markdown="1">

<p class="ka-facts" data-search-exclude="true">{" ".join(f"<span>{fact}</span>" for fact in facts)}</p>

{goals}

<div data-search-exclude="true" markdown="1">

[Download notebook](../{download_of(chapter)}){{ .ka-download download="{chapter.name}.ipynb" }}

??? note "How to open it"

    `python3 course.py` starts JupyterLab, and this chapter is there as `{chapter.name}.ipynb`: a copy that is yours to
    change. To open the downloaded file somewhere else, that environment needs the course's packages:
    [Start](../start.md) says how they are installed.

</div>
</div>
"""


def course_map(course: Course) -> str:
    """The page that lists every chapter that exists."""
    core = [c for c in course.chapters if c.core]
    lines = [
        "---",
        "description: Every chapter of the course with what it takes and what you can do after it.",
        "hide: [toc]",
        "---",
        "# Course map",
        "",
        f"{_count(len(course.chapters), 'chapter')}, {_time(course.chapters)} in all. Where time is short, those on "
        f'the <span class="ka-core">core path</span> ({_count(len(core), "chapter")}, {_time(core)}) come first. A '
        "chapter starts from a supplied reference, so nothing has to be done before it, and a number that is missing "
        "belongs to a chapter that is still to be written.",
        "",
        progress.map_element(course),
        "",
    ]
    for part, chapters in groupby(course.chapters, key=lambda chapter: chapter.part):
        lines += [f"## {_part_title(part)}", ""]
        for chapter in chapters:
            lines += [_map_entry(course, chapter), ""]
    return "\n".join([*lines, _work(course)])


def _work(course: Course) -> str:
    """Where a reader sees what they did on these pages, takes it along, and brings it back."""
    titles = json.dumps({each.id: f"{each.number} {each.title}" for each in course.exercises}, ensure_ascii=False)
    return f"""\
## Your work in this browser

What you write and check in these pages stays in this browser. Nobody is sent any of it. Export it to a file to have it
in another browser or on another machine; `keepalive progress import` reads the same file in a terminal, and
`keepalive progress export` writes one for here.

<keepalive-work data-exercises="{escape(titles)}">Without JavaScript nothing is kept here.</keepalive-work>
"""


def _map_entry(course: Course, chapter: Chapter) -> str:
    facts = f"<span>{minutes(chapter.minutes_teaching)} to read and run</span>"
    if chapter.core:
        facts += ' <span class="ka-core">core path</span>'
    listed = "\n".join(f"- {objective}" for objective in chapter.objectives)
    exercise = ""
    if chapter.exercise:
        task_count = _count(len(course.exercise(chapter.exercise).tasks), "task")
        where = f"in the page, or by `keepalive start {chapter.number}`"
        exercise = f"Exercise: {task_count}, {minutes(chapter.minutes_exercise)}; {where}."
    return f"""\
<div class="ka-entry" data-chapter="{chapter.id}" markdown="1">

### [{chapter.number} {chapter.title}]({page_of(chapter)}) {{ #chapter-{chapter.number} }}

<p class="ka-facts" data-search-exclude="true">{facts}</p>

{chapter.summary}

{listed}

{exercise}

</div>"""


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def abilities(course: Course) -> str:
    """What one can do after the chapters that exist, in their own words; those that only set up are left out."""
    entries = []
    for chapter in course.chapters:
        if chapter.minutes_exercise:
            entries += [f"- {objective}" for objective in chapter.objectives]
            entries[-1] += f" ([chapter {chapter.number}]({page_of(chapter)}))"
    return "\n".join(entries)


def chapters(course: Course) -> str:
    """The chapters as a short table."""
    rows = [f"| {c.number} | [{c.title}]({page_of(c)}) | {c.summary} | {_time([c])} |" for c in course.chapters]
    return "\n".join(["| No. | Chapter | What happens in it | Time |", "|-|-|-|-:|", *rows])


def versions(course: Course) -> str:
    """What these pages were checked with: the locked versions, and the Python that ran the notebooks."""
    lock = (course.root / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", lock, re.M))
    rows = [f"| Python | {platform.python_version()} |"]
    rows += [f"| {name} | {pinned[name]} |" for name in _VERSIONED if name in pinned]
    return "\n".join(["| Package | Version |", "|-|-|", *rows])


def differences(course: Course) -> str:
    """The claims that come out differently with httpx2, with what comes out."""
    found = [claim for claim in claims.of(course.root).values() if claim.differs]
    if not found:
        return "No statement of these pages is known to come out differently with httpx2."
    rows = [_row(claim.statement, *(claim.differs[name] for name in claims.LIBRARIES)) for claim in found]
    tried = claims.versions(course.root)
    heads = " | ".join(f"{name} {tried.get(name, '')}".strip() for name in claims.LIBRARIES)
    count = "1 statement" if len(found) == 1 else f"{len(found)} statements"
    return "\n".join(
        [
            f"With httpx2 {count} of the course came out differently; all others that a test holds hold for both.",
            "",
            f"| Statement | {heads} |",
            "|-|-|-|",
            *rows,
        ]
    )


def _row(*cells: str) -> str:
    """A row of a table in Markdown. A bar would end its cell, in code as well."""
    return f"| {' | '.join(prose.inline(cell).replace('|', '&#124;') for cell in cells)} |"


def timelines(course: Course) -> str:
    """Two runs, five calls each: with a client per call, and with one client. Drawn from the judge's own record."""
    from .figure import five_calls

    return five_calls(course)


def widgets_of_the_course(course: Course) -> str:
    """Each widget, alive, under a heading of its own, with what calls it in a notebook."""
    parts = []
    for widget in widgets.WIDGETS.values():
        parts += [
            f"## {widget.title} {{ #{widget.id} }}",
            f'In a notebook: `widget("{widget.id}")`',
            # The heading is its title here.
            f'<div class="ka-w-listed">{widgets.html(widget)}</div>',
        ]
    return "\n\n".join(parts)


PIECES: dict[str, Callable[[Course], str]] = {
    "abilities": abilities,
    "chapters": chapters,
    "differences": differences,
    "exam": exam.piece,
    "mastery": progress.piece,
    "review": progress.review_piece,
    "review-days": progress.days,
    "timelines": timelines,
    "verify": verify.piece,
    "versions": versions,
    "widgets": widgets_of_the_course,
}


def fill(text: str, course: Course, name: str) -> str:
    """Put the pieces into a page that asks for them. name: the page, as it stands in a message."""

    def piece(match: re.Match) -> str:
        wish = match.group(1)
        if wish not in PIECES:
            known = ", ".join(sorted(PIECES))
            raise BuildError(f"{name}: asks for {wish!r}, which is not one of the generated pieces ({known}).")
        return PIECES[wish](course)

    return _WISH.sub(piece, text)
