"""What the linter reports, and the folder that it reads."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import text
from ..errors import Problem
from ..model import Course, Exercise


@dataclass(frozen=True)
class Finding:
    """One thing to mend: where, what it is, and how to mend it. `line` counts from 1, None for the file as a whole."""

    file: str
    line: int | None
    what: str
    mend: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Folder:
    """An exercise's folder with its files read once."""

    def __init__(self, exercise: Exercise, course: Course) -> None:
        self.exercise, self.course = exercise, course

    def rel(self, path: Path | str) -> str:
        """The path as findings name it, from the course's root."""
        return (self.exercise.folder / path).relative_to(self.course.root).as_posix()

    def finding(self, path: Path | str, line: int | None, what: str, mend: str) -> Finding:
        return Finding(self.rel(path), line, what, mend)

    def toml(self, *key: str | int) -> int | None:
        """The line of a key in exercise.toml."""
        return text.toml_line(self._toml, key)

    def answers_line(self, *key: str | int) -> int | None:
        """The line of a key in answers.toml."""
        return text.toml_line(self._answers, key)

    def answer(self, id: str, what: str, mend: str) -> Finding:
        """A finding about an answer as a whole, the starter and the reference among them."""
        if id in ("starter", "reference"):
            return self.finding("reference.py", None, f"the {id}: {what}", mend)
        found = self.exercise.answer(id)
        return self.finding("answers.toml", found.line, f"{id}: {what}", mend)

    @cached_property
    def _answers(self) -> str:
        return text.read(self.exercise.folder / "answers.toml")

    @cached_property
    def _toml(self) -> str:
        return text.read(self.exercise.folder / "exercise.toml")

    def source(self, path: Path | str) -> str | None:
        """The file's text; None where it is missing or cannot be read (what loads the course has said so)."""
        try:
            return text.read(self.exercise.folder / path)
        except (OSError, text.NotUtf8):
            return None

    def tree(self, path: Path | str) -> ast.Module | Finding | None:
        """The file's syntax tree, or the finding that it does not compile; None where it cannot be read."""
        source = self.source(path)
        if source is None:
            return None
        try:
            return ast.parse(source)
        except SyntaxError as e:
            return self.finding(path, e.lineno, f"not Python: {e.msg}", "mend the syntax")
        except ValueError as e:  # a null byte
            return self.finding(path, None, f"not Python: {e}", "save the file as text")


def from_problem(problem: Problem) -> Finding:
    """A problem of the course's data as a finding."""
    key = f"{problem.key}: " if problem.key else ""
    return Finding(problem.file, problem.line, f"{key}expected {problem.expected}; found {problem.found}", problem.mend)
