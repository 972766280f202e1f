"""Imports that a starter does not need, because what needed them is in a gap, and those that only its gaps need."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from .blank_lines import replaced

_COLUMNS = 120

_Import = ast.Import | ast.ImportFrom


def without_unused(source: str, original: str) -> str:
    """The source without the imported names that `original` uses and it does not; what neither uses stays."""
    tree = ast.parse(source)
    lines = source.split("\n")
    return replaced(lines, _fewer(tree, lines, _used(ast.parse(original)) - _used(tree)))


def needed_within(source: str, inside: Collection[int]) -> dict[int, list[str]]:
    """What each line of an import is without the names that only the code on the lines `inside` uses."""
    tree = ast.parse(source)
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    within = {node.id for node in named if node.lineno in inside}
    return _fewer(tree, source.split("\n"), within - {node.id for node in named if node.lineno not in inside})


def _fewer(tree: ast.Module, lines: list[str], unused: Collection[str]) -> dict[int, list[str]]:
    """The lines of the imports that have one of these names, without them."""
    put: dict[int, list[str]] = {}
    for node in [each for each in tree.body if isinstance(each, _Import)]:
        kept = [name for name in node.names if _bound(name) not in unused]
        if len(kept) < len(node.names):
            put |= {number: [] for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
            put[node.lineno] = _written(node, kept, lines) if kept else []
    return put


def _written(node: _Import, kept: list[ast.alias], lines: list[str]) -> list[str]:
    """The statement with fewer names: a list with a name to a line stays one, anything else goes on one line."""
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    places = [name.lineno for name in node.names]
    if last - first == len(places) + 2 and len(set(places)) == len(places):
        gone = {name.lineno for name in node.names if name not in kept}
        return [line for number, line in enumerate(lines[first:last], node.lineno) if number not in gone]
    head = "import " if isinstance(node, ast.Import) else f"from {'.' * node.level}{node.module or ''} import "
    after = lines[last - 1].encode()[node.end_col_offset :].decode()
    line = head + ", ".join(map(ast.unparse, kept)) + after
    if len(line) <= _COLUMNS:
        return [line]
    return [f"{head}(", *(f"    {ast.unparse(name)}," for name in kept), f"){after}"]


def _bound(name: ast.alias) -> str:
    return name.asname or name.name.partition(".")[0]


def _used(tree: ast.AST) -> set[str]:
    """The names that the code reads, in annotations that are written as text, too."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for annotation in _annotations(tree):
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used |= {each.id for each in ast.walk(_parsed(node.value)) if isinstance(each, ast.Name)}
    return used


def _annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if isinstance(each := getattr(node, name, None), ast.expr):
                yield each


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError:
        return ast.Module([], [])
