"""The page that verifies a certificate, and the keys that it fetches when a file is chosen.

The keys are those of every question as it ever was asked, so that a certificate holds after the questions have changed.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from keepalive.course import Course
from keepalive.course.questions import CELLS, Bank
from keepalive.exam import keys_of
from keepalive.exam.keys import as_json

from . import data_file

PAGE = "verify.md"
_WITHOUT_A_SCRIPT = (
    "With JavaScript switched on, a file can be chosen here. In a terminal: <code>keepalive verify FILE</code>"
)


def data(bank: Bank) -> dict[str, Any]:
    """What the page needs to draw the form of a seed again, and to score the answers to it."""
    exam = [[question.id, question.version] for question in bank.questions if "exam" in question.use]
    cells = {str(cell): title for cell, title in CELLS.items()}
    return {**as_json(keys_of(bank)), "version": bank.version, "exam": exam, "cells": cells}


def content(bank: Bank) -> tuple[str, bytes]:
    """The file: where it lies below the site, and its bytes."""
    body = json.dumps(data(bank), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return data_file.place("exam-keys", body), body


def write(course: Course, into: Path) -> None:
    """Write the file below build/docs, where the course has the page."""
    if (into / PAGE).is_file():
        name, body = content(course.bank)
        (into / name).write_bytes(body)


def piece(course: Course) -> str:
    """Where a file is chosen on the page."""
    place, _ = content(course.bank)
    return (  # in a block, else Markdown makes paragraphs of what it does not know
        f'<div><keepalive-verify data-source="{escape(place)}" data-search-exclude="true">\n'
        f"<p>{_WITHOUT_A_SCRIPT}</p>\n</keepalive-verify></div>"
    )
