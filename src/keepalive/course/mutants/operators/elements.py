"""An element is dropped: from a set, list, tuple, dict or union, or from what an `except` catches.

`widened`, beyond the contract: an `except` that catches everything. It hides mistakes in a call, and a cancel.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Change, Source

_BRACKETS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Set: ("{%s}", "set()"),
    ast.List: ("[%s]", "[]"),
    ast.Tuple: ("(%s,)", "()"),
}


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every way to drop one element of this node."""
    match node:
        case ast.Set() | ast.List() | ast.Tuple():
            yield from _sequence(source, node)
        case ast.Dict():
            yield from _dict(source, node)
        case ast.BinOp(op=ast.BitOr()) if not isinstance(getattr(source.parent(node), "op", None), ast.BitOr):
            operands = [source.of(each) for each in _operands(node)]
            for gone, rest in dropped(operands):
                yield source.without("element", node, " | ".join(rest), gone)
        case ast.ExceptHandler(type=ast.expr() as kind):
            if not isinstance(kind, ast.Tuple):
                yield source.without("element", kind, "()", source.of(kind))
            for wide in ("Exception", "BaseException"):
                yield source.put("widened", kind, wide)


def dropped(parts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each part, with the others."""
    for place, part in enumerate(parts):
        yield part, parts[:place] + parts[place + 1 :]


def _sequence(source: Source, node: ast.Set | ast.List | ast.Tuple) -> Iterator[Change]:
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or _is_unpacked(source, node):
        return
    full, empty = _BRACKETS[type(node)]
    for gone, rest in dropped([source.of(each) for each in node.elts]):
        yield source.without("element", node, full % ", ".join(rest) if rest else empty, gone)


def _is_unpacked(source: Source, node: ast.AST) -> bool:
    """`a, b = 1, 2` with an element fewer does not even run."""
    match source.parent(node):
        case ast.Assign(targets=[ast.Tuple()], value=value):
            return value is node
    return False


def _dict(source: Source, node: ast.Dict) -> Iterator[Change]:
    pairs = [
        f"{source.of(key)}: {source.of(value)}" if key else f"**{source.of(value)}"
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    for gone, rest in dropped(pairs):
        yield source.without("element", node, f"{{{', '.join(rest)}}}", gone)


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _operands(node.left)
        yield from _operands(node.right)
    else:
        yield node
