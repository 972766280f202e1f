"""The learner's own class carried into the next exercise, where its starter builds on the one before.

The file begins as the learner's. What the new starter asks for goes where it must: a function that the learner does
not have yet comes whole, with its gap, at the end of the class (or of the file), and so do classes; above a function
that they have, a comment says the task. None of their lines is changed or taken out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import gaps
from .model import Exercise

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Place = tuple[str, ...]  # ("ApiClient", "get"), or ("helper",)


class NotCarried(ValueError):
    """The learner's code cannot be carried over; the text is a clause: "it has no class ApiClient"."""


@dataclass(frozen=True)
class Carried:
    """`source` is the new file; `new` are the tasks with a gap in it, `above` those said in a comment."""

    source: str
    new: tuple[str, ...]
    above: tuple[str, ...]


def carry(exercise: Exercise, starter: str, own: str) -> Carried:
    """The learner's code `own` with the tasks of the exercise's starter. Raises NotCarried."""
    try:
        mine = ast.parse(own)
    except (SyntaxError, ValueError) as e:
        raise NotCarried(f"it does not compile ({e})") from None
    for name in exercise.entries:
        if (name,) not in {**_classes(mine), **_functions(mine)}:
            raise NotCarried(f"it has no {'class' if name[:1].isupper() else 'function'} {name}")
    asked, lines = ast.parse(starter), starter.split("\n")
    have, wanted, found = _functions(mine), _functions(asked), gaps.find(starter)[0]
    at_end: dict[_Place, list[str]] = {}  # what is added, by the class that it belongs to; () is the file
    comments: dict[int, list[str]] = {}
    new: list[str] = []
    above: list[str] = []
    added: set[_Place] = set()
    for gap in found:
        holds = [place for place, node in wanted.items() if gap.first < _first(node) < gap.last]
        around = [place for place, node in wanted.items() if _first(node) < gap.first <= (node.end_lineno or 0)]
        classes = {place for place, node in _classes(asked).items() if gap.first < node.lineno < gap.last}
        if classes and not classes & set(_classes(mine)):
            at_end.setdefault((), []).extend(["", *lines[gap.first - 1 : gap.last]])
            new.append(gap.task)
            continue
        if not holds and not around:
            raise NotCarried(f"the task {gap.task} is in no function, so it has no place in your code")
        for place in holds or around:
            if place in have:
                comments.setdefault(_first(have[place]), []).append(gap.task)
                above.append(gap.task)
                continue
            new.append(gap.task)
            if place in added:
                continue
            added.add(place)
            first, last = _first(wanted[place]), wanted[place].end_lineno or 0
            inner = [each.last for each in found if first < each.first <= last]
            block = lines[first - 1 : max([last, *inner])]
            if holds:
                block = [lines[gap.first - 1], *block, lines[gap.last - 1]]
            at_end.setdefault(place[:-1], []).extend(["", *block])
    for owner in at_end:
        if owner and owner not in _classes(mine):
            raise NotCarried(f"it has no class {owner[0]}")
    out = own.rstrip("\n").split("\n")
    puts = [(len(out), ["", *block]) for owner, block in at_end.items() if not owner]
    puts += [_in_class(_classes(mine)[owner], out, block) for owner, block in at_end.items() if owner]
    if imports := _imports(asked, mine, lines, [line for _, block in puts for line in block]):
        puts.append(_at_top(mine, imports))
    for line, tasks in comments.items():
        margin = re.match(r"\s*", out[line - 1])[0]  # type: ignore[index]
        said = [f"{margin}# task: {task}. {exercise.task(task).text}" for task in dict.fromkeys(tasks)]
        puts.append((line - 1, said))
    for at, block in sorted(puts, key=lambda put: put[0], reverse=True):
        out[at:at] = block
    source = "\n".join(out) + "\n"
    try:
        ast.parse(source)
    except SyntaxError:
        raise NotCarried("the new tasks cannot be put into it (is its class indented by tabs?)") from None
    return Carried(source, tuple(dict.fromkeys(new)), tuple(dict.fromkeys(above)))


def _classes(tree: ast.Module) -> dict[_Place, ast.ClassDef]:
    return {(node.name,): node for node in tree.body if isinstance(node, ast.ClassDef)}


def _functions(tree: ast.Module) -> dict[_Place, _Function]:
    """The functions of the file and the methods of its classes."""
    found: dict[_Place, _Function] = {}

    def look(body: list[ast.stmt], owner: _Place) -> None:
        for node in body:
            if isinstance(node, _Function):
                found[(*owner, node.name)] = node
            elif isinstance(node, ast.ClassDef) and not owner:
                look(node.body, (node.name,))

    look(tree.body, ())
    return found


def _first(node: _Function) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _in_class(node: ast.ClassDef, out: list[str], block: list[str]) -> tuple[int, list[str]]:
    """(where, what), indented as the class is."""
    unit, end = " " * (node.body[0].col_offset or 4), node.end_lineno or 0
    while end < len(out) and re.match(r"\s+#", out[end]):  # the comment that ended the last gap
        end += 1
    return end, [re.sub(r"^(?: {4})+", lambda m: unit * (len(m[0]) // 4), line) for line in block]


def _imports(asked: ast.Module, mine: ast.Module, lines: list[str], added: list[str]) -> list[str]:
    """The starter's imports that the added lines need and the learner's file lacks."""
    words = set(re.findall(r"[^\W\d]\w*", "\n".join(added)))
    there = {name for node in mine.body for name in _imported(node)}
    needed = [node for node in asked.body if (set(_imported(node)) & words) - there]
    return [line for node in needed for line in lines[node.lineno - 1 : node.end_lineno]]


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _at_top(tree: ast.Module, imports: list[str]) -> tuple[int, list[str]]:
    """(where, what): after the last import, else after the docstring, else at the top, with room around."""
    ends = [node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if ends:
        return max(ends), imports
    if ast.get_docstring(tree) is not None:
        return tree.body[0].end_lineno or 0, ["", *imports]
    return 0, [*imports, "", ""]
