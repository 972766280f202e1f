"""How far a reader is, on the pages that say so: the course map, a chapter's end, the objectives, the review.

What was done lies in the reader's browser, so these pages hold what it is measured by; `web/src/progress/` and
`web/src/review/` do the rest. Each says without a script what there is to know without one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from pathlib import Path

from keepalive.course import Chapter, Course
from keepalive.course.outline import Outline
from keepalive.course.questions import CELLS, Bank
from keepalive.course.standing import REVIEW_DAYS

from . import data_file, questions

PAGE = "progress.md"
REVIEW = "review.md"
SCHEMA = 1


def map_element(course: Course) -> str:
    """Where somebody is, at the head of the course map; it says so at each chapter as well."""
    outline = Outline.of(course.bank)
    asked = {id for stage in outline.stages for id in stage.questions}
    told = replace(outline, objectives=(), questions=tuple(each for each in outline.questions if each.id in asked))
    pages = {"progress": PAGE, "review": REVIEW}
    there = {
        name: page.replace(".md", ".html") for name, page in pages.items() if (course.root / "docs" / page).is_file()
    }
    return _element(
        "keepalive-map",
        "<p>With JavaScript switched on, what you have read, answered and solved is shown here.</p>",
        outline=_json(told),
        pages=json.dumps(there),
    )


def read_element(chapter: Chapter) -> str:
    """At the end of a chapter: whether it is read."""
    page = f"chapters/{chapter.name}.html"
    return _element("keepalive-read", "", chapter=chapter.id, page=page)


def piece(course: Course) -> str:
    """Every objective: how it stands, and what mends it."""
    outline = Outline.of(course.bank)
    return _element("keepalive-mastery", _taught(course, outline), outline=_json(outline))


def _taught(course: Course, outline: Outline) -> str:
    """The objectives with the chapters that teach them: all that can be said without a script."""
    rows = []
    for number, title in CELLS.items():
        numbers = {each.chapter for each in outline.questions if each.cell == number}
        chapters = [chapter for chapter in course.chapters if chapter.number in numbers]
        rows.append(f"<li>{escape(title)}: {_links(chapters)}</li>")
    return (
        "<p>With JavaScript switched on, how you stand is said here; <code>keepalive progress</code> says it, too. "
        f"These are the objectives, and the chapters that teach them:</p><ol>{''.join(rows)}</ol>"
    )


def _links(chapters: Iterable[Chapter]) -> str:
    links = [f'<a href="chapters/{each.name}.html">{each.number} {escape(each.title)}</a>' for each in chapters]
    return ", ".join(links) or "no chapter of it is written yet"


def review_piece(course: Course) -> str:
    """The deck, where questions come back."""
    bank = course.bank
    place, _ = review_content(bank)
    return _element(
        "keepalive-review",
        "<p>With JavaScript switched on, questions come back here. In a terminal: "
        "<code>keepalive question --due</code></p>",
        outline=_json(Outline.of(bank)),
        source=place,
    )


def review_content(bank: Bank) -> tuple[str, bytes]:
    """The file with what is shown of each question: where it lies below the site, and its bytes."""
    asked = {each.id: questions.element(each) for each in bank.questions if "review" in each.use}
    body = json.dumps({"schema": SCHEMA, "html": asked}, ensure_ascii=False, sort_keys=True).encode()
    return data_file.place("review", body), body


def write(course: Course, into: Path) -> None:
    """Write that file below build/docs, where the course has the page."""
    if (into / REVIEW).is_file():
        name, body = review_content(course.bank)
        (into / name).write_bytes(body)


def days(course: Course) -> str:
    """The sentence that says how long a question stays away."""
    return (
        f"An objective comes up {REVIEW_DAYS} days after you last met a question of it or marked a chapter of it as "
        "read, and again after as many days: equal pauses, since longer and longer ones were found to be no better "
        "([Latimier, Peyre and Ramus 2021](https://doi.org/10.1007/s10648-020-09572-8))."
    )


def _json(outline: Outline) -> str:
    return json.dumps(outline.as_json(), ensure_ascii=False, separators=(",", ":"))


def _element(tag: str, without_a_script: str, **data: str) -> str:
    # In a block, else Markdown makes paragraphs of what it does not know.
    said = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<div><{tag}{said} data-search-exclude="true">{without_a_script}</{tag}></div>'
