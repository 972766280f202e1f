"""What ruff says of a notebook and of an exercise's files, the derived starter among them.

ruff is installed for authors alone. Where it is missing that is said once, and nothing else is.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import CourseError
from ..model import Course, Exercise
from ..text import NotUtf8, read
from .finding import Finding

MISSING = "ruff is not installed here, so nobody looked at the style; python3 course.py setup --tests installs it."


def installed() -> bool:
    """Whether there is a ruff for this Python."""
    return importlib.util.find_spec("ruff") is not None


def check(course: Course, notebook: Path, exercise: Exercise | None) -> list[Finding]:
    """The findings about a chapter's notebook and its exercise's files. ruff must be installed."""
    paths = [notebook] if notebook.is_file() else []
    if exercise:
        paths += sorted(exercise.folder.rglob("*.py"))
    found = [*_rules(course, paths), *_format(course, paths)] if paths else []
    return found + (_starter(course, exercise) if exercise else [])


def _rules(course: Course, paths: Sequence[Path]) -> list[Finding]:
    said = json.loads(_ruff(course, "check", "--output-format", "json", *map(str, paths)) or "[]")
    return [_finding(course, one) for one in said]


def _finding(course: Course, said: dict[str, Any]) -> Finding:
    path = Path(said["filename"])
    what, line = f"{said['code'] or 'not Python'}: {said['message']}", said["location"]["row"]
    if said.get("cell"):
        id, line = _place(path, said["cell"] - 1)
        what = f"cell {id}: {what} (line {said['location']['row']} of it)"
    file = _named(course, path)
    mend = f"run ruff check --fix {file}" if said.get("fix") else "mend the line"
    return Finding(file, line, what, mend)


def _place(notebook: Path, index: int) -> tuple[str, int | None]:
    """The id of a cell, and its line in the file."""
    source = read(notebook)
    id = str(json.loads(source)["cells"][index].get("id", index + 1))
    at = source.find(f'"id": {json.dumps(id)}')
    return id, source.count("\n", 0, at) + 1 if at >= 0 else None


def _format(course: Course, paths: Sequence[Path]) -> list[Finding]:
    said = json.loads(_ruff(course, "format", "--check", "--output-format", "json", *map(str, paths)) or "[]")
    files = dict.fromkeys(_named(course, Path(one["filename"])) for one in said if one["code"] == "unformatted")
    return [Finding(file, None, "it is not laid out as ruff lays it out", f"run ruff format {file}") for file in files]


def _starter(course: Course, exercise: Exercise) -> list[Finding]:
    try:
        source = exercise.starter
    except (CourseError, OSError, NotUtf8):
        return []  # said where the starter is made
    name = ["--stdin-filename", str(exercise.folder / "starter.py"), "-"]
    said = json.loads(_ruff(course, "check", "--output-format", "json", *name, source=source) or "[]")
    file = _named(course, exercise.reference)
    mend = "mend the reference, or write a change under [starter] in answers.toml"
    found = [
        Finding(file, None, f"line {one['location']['row']} of the starter: {one['code']}: {one['message']}", mend)
        for one in said
    ]
    if not found and _ruff(course, "format", *name, source=source) != source:
        found.append(Finding(file, None, "the starter is not laid out as ruff lays it out", mend))
    return found


def _ruff(course: Course, *arguments: str, source: str | None = None) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--quiet"]
    done = subprocess.run(
        command, cwd=course.root, input=source, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    return done.stdout


def _named(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix()
