"""What an outcome depends on, as hashes: a mutant is graded again when one of them is another.

Only code counts. A comment, a docstring or a blank line changes no outcome, so that a docstring that goes through the
whole ladder leaves every lock as it is. Hashes are the same on every system and Python.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from .source import FUNCTION, first_line, is_docstring

_DEFINITION = FUNCTION | ast.ClassDef
_DRAWINGS = "timeline"
"""The part of the engine that draws what was recorded, and decides nothing."""


def digest(*parts: str) -> str:
    """A hash short enough to read, of several texts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(b"%d\n" % len(part.encode()))
        total.update(part.encode())
    return total.hexdigest()[:12]


class Code:
    """A file's lines as code: without comments, docstrings, blank lines and blanks at the ends of lines."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self._lines = dict(enumerate(text.split("\n"), 1))
        for line, column in _comments(text):
            self._lines[line] = self._lines[line][:column]
        for number in _docstring_lines(self.tree):
            del self._lines[number]

    def of(self, numbers: Iterable[int]) -> str:
        """These lines of it, one below the other."""
        found = (self._lines.get(number, "").rstrip() for number in numbers)
        return "\n".join(line for line in found if line)

    @property
    def hash(self) -> str:
        """Of the whole file."""
        return digest(self.of(sorted(self._lines)))

    def definitions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """The functions and classes at the top of the file."""
        return {node.name: node for node in self.tree.body if isinstance(node, _DEFINITION)}

    def behind(self, name: str | None) -> str:
        """A definition at the top, all others that it uses, however far, and everything that is in none."""
        known, needed, more = self.definitions(), set(), {name}
        while more := (more - needed) & set(known):
            needed |= more
            more = {each.id for one in more for each in ast.walk(known[one]) if isinstance(each, ast.Name)}
        left_out = {number for other in known.keys() - needed for number in _span(known[other])}
        return self.of(number for number in sorted(self._lines) if number not in left_out)

    def hash_of_function(self, qualified: str) -> str:
        """Of a function or class by its name, as `ApiClient.request`; "" is what lies in no definition."""
        node: ast.AST = self.tree
        for name in filter(None, qualified.split(".")):
            node = next(each for each in ast.walk(node) if isinstance(each, _DEFINITION) and each.name == name)
        if isinstance(node, _DEFINITION):
            return digest(self.of(_span(node)))
        inside = {number for each in ast.walk(node) if isinstance(each, _DEFINITION) for number in _span(each)}
        return digest(self.of(number for number in sorted(self._lines) if number not in inside))


def scenarios(grader: str, drive: str) -> dict[str, str]:
    """For each scenario of a grader, by id, the hash of what its outcome depends on; under "" that of both files.

    That is its function, the function of drive.py that it plays, and whatever these use. A scenario that is no function
    at the top of the file has the hash of both files.
    """
    judge, side = Code(grader), Code(drive)
    found = {"": digest(judge.hash, side.hash)}
    for node in _scenario_functions(judge.tree):
        found[node.name] = digest(judge.behind(node.name), side.behind(_drive_of(node)))
    return found


@functools.cache
def engine() -> str:
    """Of what plays and judges: `keepalive.grading`, less its drawings, and `keepalive.faults`."""
    import keepalive

    package = Path(keepalive.__file__).parent
    texts = []
    for part in ("grading", "faults"):
        for path in sorted((package / part).rglob("*.py"), key=lambda path: path.relative_to(package).as_posix()):
            if _DRAWINGS not in path.parts:
                texts += [path.relative_to(package).as_posix(), Code(path.read_text("utf-8")).hash]
    return digest(*texts)


@functools.cache
def operators() -> str:
    """Of what makes mutants."""
    here = Path(__file__).parent
    paths = [here / "make.py", here / "source.py", *sorted((here / "operators").glob("*.py"))]
    return digest(*(Code(path.read_text("utf-8")).hash for path in paths))


def _span(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> range:
    return range(first_line(node), (node.end_lineno or node.lineno) + 1)


def _comments(text: str) -> Iterator[tuple[int, int]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, _DEFINITION | ast.Module) and body and is_docstring(body[0]) and len(body) > 1:
            yield from range(body[0].lineno, body[0].end_lineno + 1)


def _scenario_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_is_scenario(each) for each in node.decorator_list):
            yield node


def _is_scenario(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "scenario"


def _drive_of(node: ast.FunctionDef) -> str | None:
    """The function of drive.py that a scenario plays, where it is said in plain text."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "drive" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return None
