"""In what order the workers of a run take the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

LONG = (
    "browser/test_exam.py",
    "pyodide/test_as_it_was.py",
    "browser/test_exercise.py",
    "website/test_build.py",
    "browser/test_site.py",
    "browser/test_questions.py",
    "browser/test_certificate.py",
    "pyodide/test_equal_verdicts.py",
    "browser/test_offline.py",
    "browser/test_progress.py",
    "browser/test_glossary.py",
    "browser/test_widgets.py",
    "setup/test_start.py",
    "course/test_scaffold.py",
)
"""Files that take more than half a minute: begun first, none is left to one worker while the others have no more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return  # one after another, as they are listed
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))  # all others stay in their order
