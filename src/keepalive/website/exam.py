"""The exam on its page: what is read of it before it is begun, and the file with the questions that is fetched then.

The file holds every question that may be drawn, with its key. A page that is served to everybody cannot hide it; the
page says so.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from keepalive.course import Course
from keepalive.course.questions import CELLS, Bank
from keepalive.exam import CELL_SIZE, missing

from . import data_file, questions

PAGE = "exam.md"
SCHEMA = 1

_WITHOUT_A_SCRIPT = "With JavaScript switched on, the exam begins here."


def data(bank: Bank, pages: dict[str, str]) -> dict[str, Any]:
    """What the page needs to draw an exam, to show it and to score it. `pages`: each chapter's page, by its number."""
    titles = {chapter.number: chapter.title for chapter in bank.course.chapters}
    return {
        "schema": SCHEMA,
        "version": bank.version,
        "cells": {str(cell): title for cell, title in CELLS.items()},
        "chapters": {number: {"title": titles[number], "href": page} for number, page in pages.items()},
        "questions": [
            {
                "id": question.id,
                "version": question.version,
                "cell": question.cell,
                "key": question.key.as_json(),
                "chapter": question.chapter,
                "html": questions.body(question),
            }
            for question in bank.questions
            if "exam" in question.use
        ],
    }


def content(bank: Bank) -> tuple[str, bytes]:
    """The file: where it lies below the site, and its bytes."""
    pages = {chapter.number: f"chapters/{chapter.name}.html" for chapter in bank.course.chapters}
    body = json.dumps(data(bank, pages), ensure_ascii=False, sort_keys=True).encode()
    return data_file.place("exam", body), body


def write(course: Course, into: Path) -> None:
    """Write the file below build/docs, where the course has an exam and it is open."""
    if not (into / PAGE).is_file():
        return
    bank = course.bank
    if not missing(bank):
        name, body = content(bank)
        (into / name).write_bytes(body)


def piece(course: Course) -> str:
    """The exam as it stands on its page; as long as it is not open, why."""
    bank = course.bank
    if short := missing(bank):
        return not_open(short)
    place, _ = content(bank)
    return (  # in a block, else Markdown makes paragraphs of what it does not know
        f'<div><keepalive-exam data-source="{escape(place)}" data-search-exclude="true">\n'
        f"<p>{_WITHOUT_A_SCRIPT}</p>\n</keepalive-exam></div>"
    )


def not_open(short: dict[int, int]) -> str:
    """short: how many questions each objective still needs."""
    listed = "\n".join(f"- {CELLS[cell]}: {count}" for cell, count in short.items())
    return (
        f"**The exam is not open yet.** It opens when each of its {len(CELLS)} objectives has {CELL_SIZE} questions to "
        f"draw from. Those that are there can be practised: in the chapters, and with `keepalive question` in a "
        f"terminal. So many are missing:\n\n{listed}"
    )
