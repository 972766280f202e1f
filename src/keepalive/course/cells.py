"""A learner's class out of their notebook: what a check of an `.ipynb` reads.

Nothing of the notebook is run. From its code cells are taken, in order, the last definition of the class that the
exercise asks for, and the imports, functions, classes and assignments which that class needs. What stands beside them
(calls, awaits, magics, lines for the shell) stays out: it is the learner trying things. The taken lines make a module
for the grader, and `locate` says in a verdict which cell and line each of its lines was.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import re
import symtable
import tempfile
import textwrap
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .text import decode

SUFFIX = ".ipynb"

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|.*\?|[\w, .]+=\s*[%!].*)$")
_LINE = re.compile(r"\(line (\d+)\)|(?<=: )line (\d+)(?= is written for )")
"""Where a diagnosis names a line in its text."""
_PYTHON_BELOW = {"time", "timeit", "capture", "prun"}
"""Cell magics under which the rest of the cell is still Python of the notebook's own."""


class NoNotebook(ValueError):
    """The file is no notebook that can be read; the text is a clause: "it is not JSON (line 3: ...)"."""


@dataclass(frozen=True)
class _Cell:
    """A code cell. `number` counts the code cells from 1; `body` is None where it does not parse."""

    number: int
    lines: tuple[str, ...]
    body: tuple[ast.stmt, ...] | None


@dataclass(frozen=True)
class _Statement:
    """A statement at the top of a cell. `taken` is whether a module may hold it at all."""

    cell: int
    node: ast.stmt
    lines: tuple[tuple[int, str], ...]
    binds: frozenset[str]
    needs: frozenset[str]
    taken: bool


@dataclass(frozen=True)
class Taken:
    """The module made of a notebook. `notes` are sentences for the learner about what was left out.

    `places` has (number of the code cell, line in it) for each line of `source`, None for a line that is ours.
    """

    name: str
    source: str
    places: tuple[tuple[int, int] | None, ...]
    notes: tuple[str, ...] = ()
    folder: Path = field(default=Path())

    @contextlib.contextmanager
    def as_file(self) -> Iterator[Path]:
        """The module as a file for the grader, for the length of a `with`. It has the notebook's name."""
        first, _, rest = self.source.partition("\n")
        # The class may import its notebook's neighbours, as it could in the notebook. The first line is kept for this.
        neighbours = f'__import__("sys").path.insert(0, {str(self.folder.resolve())!r})'
        with tempfile.TemporaryDirectory(prefix="keepalive-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / self.name
            path.write_text(f"{first}{'; ' if first else ''}{neighbours}\n{rest}", "utf-8", newline="\n")
            yield path

    def locate(self, verdict: Mapping[str, Any]) -> dict[str, Any]:
        """The verdict with cells and their lines in place of the module's lines."""
        found = copy.deepcopy(dict(verdict))
        for check in found["checks"]:
            if diagnosis := check.get("diagnosis"):
                same = check["observed"] == diagnosis["text"]
                self._place(diagnosis)
                if same:
                    check["observed"] = diagnosis["text"]
        for diagnosis in found["diagnoses"]:
            self._place(diagnosis)
        for scenario in found["scenarios"]:
            for event in scenario["timeline"]:
                data = event.get("data") or {}
                if event["kind"] == "diagnosis" and isinstance(data.get("text"), str):
                    data["text"] = re.sub(r"\(line (\d+)\)", self._said, data["text"])
        return found

    def _place(self, diagnosis: dict[str, Any]) -> None:
        place = self._at(diagnosis.get("line"))
        if diagnosis.get("line") is not None:
            diagnosis["line"] = place[1] if place else None
        if place:
            diagnosis["file"] = f"{self.name}, code cell {place[0]}"
        diagnosis["text"] = _LINE.sub(self._said, diagnosis["text"])
        if diagnosis.get("trace"):
            diagnosis["trace"] = re.sub(r"(?m)^  line (\d+)(?=, in |$)", self._said, diagnosis["trace"])

    def _at(self, line: object) -> tuple[int, int] | None:
        return self.places[line - 1] if isinstance(line, int) and 0 < line <= len(self.places) else None

    def _said(self, match: re.Match[str]) -> str:
        line = next(filter(None, match.groups()))
        place = self._at(int(line))
        said = f"line {line}"
        return match[0].replace(said, f"code cell {place[0]}, line {place[1]}") if place else match[0]


def take(path: Path, *entries: str) -> Taken:
    """The class or functions of the notebook with these names, and what they need.

    A notebook without one gives a module without it, and one that does not parse gives a module that does not: what to
    say of either is the grader's. Raises OSError, NotUtf8, NoNotebook.
    """
    cells = _cells(decode(path.read_bytes()))
    named = "|".join(map(re.escape, entries))
    own = re.compile(rf"^(?:class|def|async\s+def)\s+(?:{named})\b", re.MULTILINE)
    holds = [
        cell for cell in cells if _defines(cell, entries) or (cell.body is None and own.search("\n".join(cell.lines)))
    ]
    if holds and holds[-1].body is None:
        cell = holds[-1]
        lines = ["", *cell.lines]
        places = (None, *((cell.number, number) for number in range(1, len(lines))))
        return Taken(path.name, "\n".join(lines) + "\n", places, (), path.parent)
    made = {name for cell in cells for name in entries if _defines(cell, (name,))}
    statements = [statement for cell in cells if cell.body is not None for statement in _statements(cell)]
    chosen, missing = _needed(statements, entries)
    if not set(entries) <= {name for statement in chosen for name in statement.binds}:
        # The grader says what is there instead, and for that needs the names only.
        defined = [(s.cell, s.node) for s in statements if isinstance(s.node, _Definition)]
        heads = [f"class {n.name}" if isinstance(n, ast.ClassDef) else f"def {n.name}()" for _, n in defined]
        lines = ["", *(f"{head}: ..." for head in heads)]
        places = (None, *((cell, node.lineno) for cell, node in defined))
        return Taken(path.name, "\n".join(lines) + "\n", places, tuple(_left_out(cells, {}, made)), path.parent)
    source, places = _module(chosen)
    return Taken(path.name, source, places, tuple(_left_out(cells, missing, made)), path.parent)


# ---- reading -----------------------------------------------------------------------------------------------------


def _cells(text: str) -> list[_Cell]:
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as e:
        raise NoNotebook(f"it is not JSON (line {e.lineno}: {e.msg})") from None
    except RecursionError:
        raise NoNotebook("it is not JSON of a notebook") from None
    if isinstance(data, dict) and "worksheets" in data:
        raise NoNotebook("it is in the notebook format of before 2014; open it in JupyterLab and save it once")
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise NoNotebook('it has no list of "cells"')
    found: list[_Cell] = []
    for cell in data["cells"]:
        if not isinstance(cell, dict):
            raise NoNotebook("one of its cells is not a cell")
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(map(str, source))
        found.append(_cell(len(found) + 1, str(source)))
    return found


def _cell(number: int, source: str) -> _Cell:
    """The cell without its magics. A line is taken for one only where Python's parser stops at it."""
    lines = source.replace("\r\n", "\n").split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name = lines[first][2:].split(" ")[0].strip()
        if name not in _PYTHON_BELOW:
            return _Cell(number, ("",), ())  # another language
        lines[first] = ""
    elif lines[first][:1].isspace():
        lines = textwrap.dedent("\n".join(lines)).split("\n")  # IPython takes a cell that is indented as a whole
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _Cell(number, tuple(lines), tuple(ast.parse("\n".join(lines)).body))
        except SyntaxError as e:
            at = (e.lineno or 0) - 1
            while 0 < at < len(lines) and lines[at - 1].endswith("\\"):  # a magic may go on over several lines
                at -= 1
            magic = _MAGIC.match(lines[at]) if 0 <= at < len(lines) else None
            if magic is None:
                return _Cell(number, tuple(lines), None)
            while lines[at].endswith("\\") and at + 1 < len(lines):
                lines[at] = ""
                at += 1
            lines[at] = f"{magic[1]}pass" if magic[1] else ""
        except (ValueError, RecursionError, MemoryError):  # a null byte; brackets without end
            return _Cell(number, tuple(lines), None)


def _defines(cell: _Cell, names: Collection[str]) -> bool:
    return any(isinstance(node, _Definition) and node.name in names for node in cell.body or ())


def _statements(cell: _Cell) -> Iterator[_Statement]:
    body = cell.body or ()
    spans = [(min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]), node.end_lineno or 0)
             for node in body]  # fmt: skip
    for at, (node, (first, last)) in enumerate(zip(body, spans, strict=True)):
        before, after = spans[at - 1][1] if at else 0, spans[at + 1][0] if at + 1 < len(spans) else last + 1
        if before < first and last < after:
            lines = tuple((number, cell.lines[number - 1]) for number in range(first, last + 1))
        else:  # `import a; await b()`: written again, without its neighbour
            lines = tuple((first, line) for line in ast.unparse(node).split("\n"))
        text = "\n".join(line for _, line in lines)
        taken = _may_be_taken(node)
        yield _Statement(cell.number, node, lines, _binds(node), _needs(node, text) if taken else frozenset(), taken)


def _may_be_taken(node: ast.stmt) -> bool:
    """Whether a module may hold it: it defines or imports, and awaits nothing while it does."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return not _awaits(node)
        case ast.If(test=test):
            return not _awaits(test) and all(map(_may_be_taken, [*node.body, *node.orelse]))
        case ast.Try():
            inner = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
            return all(map(_may_be_taken, inner))
        case ast.For(iter=over):  # methods that are put on a class one by one
            return not _awaits(over) and all(map(_may_be_taken, [*node.body, *node.orelse]))
        case ast.Expr():
            return _class_that_is_set(node) is not None and not _awaits(node)
        case ast.Pass() | ast.Break() | ast.Continue():
            return True
    return type(node).__name__ == "TypeAlias"  # Python 3.12


def _class_that_is_set(node: ast.stmt) -> str | None:
    """The name whose attribute `setattr(...)` or `delattr(...)` changes; None for any other statement."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=name), *_])):
            return name
    return None


def _awaits(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom)
        or (isinstance(inner, ast.comprehension) and inner.is_async)
        for inner in ast.walk(node)
    )


def _binds(node: ast.stmt) -> frozenset[str]:
    """The names that the statement gives a value, or changes: `ApiClient.get = ...` changes ApiClient."""
    if (name := _class_that_is_set(node)) is not None:
        return frozenset({name})
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Import() | ast.ImportFrom():
            return frozenset(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    found = set()
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt | ast.ExceptHandler):
            found |= _binds(inner)  # type: ignore[arg-type]
        else:
            for place in ast.walk(inner):
                if isinstance(getattr(place, "ctx", None), ast.Store):
                    while isinstance(place, ast.Attribute | ast.Subscript):
                        place = place.value
                    if isinstance(place, ast.Name):
                        found.add(place.id)
    return frozenset(found)


def _needs(node: ast.stmt, text: str) -> frozenset[str]:
    """The names of the module that the statement looks up, now or when its functions run."""
    found: set[str] = set()
    with contextlib.suppress(SyntaxError, ValueError):  # `return` outside a function and the like: compiling says so
        tables = [symtable.symtable(text, "cell", "exec")]
        while tables:
            table = tables.pop()
            tables += table.get_children()
            top = table.get_type() == "module"
            found |= {
                symbol.get_name()
                for symbol in table.get_symbols()
                if (symbol.is_referenced() and (top or symbol.is_global())) or symbol.is_declared_global()
            }
    for inner in ast.walk(node):  # annotations in quotes
        for quoted in (getattr(inner, "annotation", None), getattr(inner, "returns", None)):
            for part in ast.walk(quoted) if isinstance(quoted, ast.AST) else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found |= set(re.findall(r"[^\W\d]\w*", part.value))
    return frozenset(found)


# ---- choosing ----------------------------------------------------------------------------------------------------


def _needed(statements: list[_Statement], entries: Sequence[str]) -> tuple[list[_Statement], dict[str, int]]:
    """(the statements that make what is asked for, in order; names that an untaken one gives or changes, by cell).

    What is asked for itself is among these where a statement changes it that is not taken.
    """
    replaced = {at for name in entries for at in _replaced(statements, name)}
    candidates = [(at, s) for at, s in enumerate(statements) if s.taken and at not in replaced]
    chosen: set[int] = set()
    wanted, asked = [*entries], {*entries}
    while wanted:
        name = wanted.pop()
        for at, statement in candidates:
            if name in statement.binds and at not in chosen:
                chosen.add(at)
                new = statement.needs - asked
                asked |= new
                wanted += new
    given = {name for at in chosen for name in statements[at].binds}
    missing: dict[str, int] = {}
    for at, statement in enumerate(statements):
        if not statement.taken and at not in replaced:
            names = statement.binds & asked - given | statement.binds & given & {*entries}
            missing |= {name: statement.cell for name in names}
    for at, statement in candidates:
        if isinstance(statement.node, ast.ImportFrom) and chosen:
            starred = "*" in statement.binds
            if statement.node.module == "__future__" or (starred and asked - given - set(missing)):
                chosen.add(at)
    return [statements[at] for at in sorted(chosen)], missing


def _replaced(statements: list[_Statement], name: str) -> set[int]:
    """The statements of that name that no longer count, because a later one defines it anew."""
    own = [at for at, s in enumerate(statements) if isinstance(s.node, _Definition) and s.node.name == name]
    # Of several definitions the last counts, unless it is built on the one before: `class ApiClient(ApiClient)`.
    replaced: set[int] = set()
    for before, last in zip(reversed(own[:-1]), reversed(own[1:]), strict=True):
        built_on = any(isinstance(n, ast.Name) and n.id == name for b in _bases(statements[last]) for n in ast.walk(b))
        if replaced or not built_on:
            replaced.add(before)
    if not replaced:
        return replaced
    # What was done to a replaced class went with it.
    start = min(at for at in own if at not in replaced)
    return replaced | {at for at, s in enumerate(statements) if at < start and name in s.binds}


def _bases(statement: _Statement) -> list[ast.expr]:
    node = statement.node
    return [*node.bases, *(k.value for k in node.keywords)] if isinstance(node, ast.ClassDef) else []


def _module(chosen: list[_Statement]) -> tuple[str, tuple[tuple[int, int] | None, ...]]:
    """(source, places). The first line is empty or holds every import from `__future__`, which have to come first."""
    features, rest = [], []
    for statement in chosen:
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            features += [alias.name for alias in node.names]
        else:
            rest.append(statement)
    lines = [f"from __future__ import {', '.join(dict.fromkeys(features))}" if features else ""]
    places: list[tuple[int, int] | None] = [None]
    before = 0
    for statement in rest:
        if before != statement.cell or not isinstance(statement.node, ast.Import | ast.ImportFrom | ast.Assign):
            lines += ["", ""]
            places += [None, None]
        before = statement.cell
        for number, line in statement.lines:
            lines.append(line)
            places.append((statement.cell, number))
    return "\n".join(lines) + "\n", tuple(places)


def _left_out(cells: list[_Cell], missing: Mapping[str, int], made: Collection[str]) -> Iterator[str]:
    for cell in cells:
        if cell.body is None:
            yield f"Code cell {cell.number} does not parse, so nothing was taken from it."
    for name, cell in sorted(missing.items(), key=lambda one: (one[1], one[0])):
        if name in made:
            yield f"Code cell {cell} changes {name} in a statement that a check does not run: the change is left out."
            continue
        yield (
            f"{name} gets its value in code cell {cell} from a statement that a check does not run. "
            "A class that is checked has to come without it."
        )
