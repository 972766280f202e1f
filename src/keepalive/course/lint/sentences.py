"""What `keepalive new` left for the author: sentences that begin with MARK. One that still stands is a finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..text import NotUtf8, read
from ..version import files_of
from .finding import Finding

MARK = "For the author:"
"""How every sentence of the templates begins that an author is to replace by their own text."""

_READ = {".md", ".py", ".toml", ".ipynb"}
_ORDER = ("exercise.toml", "brief.md", "reference.py", "drive.py", "grader.py", "hints.md", "answers.toml")


def check(folder: Path, root: Path) -> list[Finding]:
    """The template's sentences in an exercise's folder, in the order in which an author writes the files."""
    names = {(folder / name): place for place, name in enumerate(_ORDER)}
    paths = sorted(files_of(folder), key=lambda path: (names.get(path, len(names)), path))
    return [finding for path in paths if path.suffix in _READ for finding in in_file(path, root)]


def in_file(path: Path, root: Path) -> Iterator[Finding]:
    """The template's sentences in one file; of a notebook, by the line of the file that holds them."""
    try:
        lines = read(path).split("\n")
    except (OSError, NotUtf8):
        return  # said by what loads the course
    for number, line in enumerate(lines, 1):
        if path.suffix == ".ipynb":
            line = _source_line(line)
        _, mark, rest = line.partition(MARK)
        if mark:
            asked = rest.strip().strip('"').rstrip('",] ')
            what = f"still to be written: {asked}"
            mend = f"write your own text over the template's sentence, `{MARK}` included"
            yield Finding(path.relative_to(root).as_posix(), number, what, mend)


def _source_line(line: str) -> str:
    """A line of a notebook's cell, from the line of JSON that holds it."""
    try:
        said = json.loads(line.strip().rstrip(","))
    except ValueError:
        return ""
    return said if isinstance(said, str) else ""
