"""A comparison is turned.

Beyond the contract, because each is a decision that a learner makes: `boolean` (`and` for `or`), `operand` (a part of
such a condition is missing), `not` (a condition without its `not`, or with one), `branch` (of `a if c else b` always
the same), `arithmetic` (growth by a sum instead of a factor).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from ..source import Change, Source, Splice
from .elements import dropped

_TURNED = {
    "==": ["!="],
    "!=": ["=="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "is": ["is not"],
    "is not": ["is"],
    "in": ["not in"],
    "not in": ["in"],
}
_ARITHMETIC: dict[type[ast.AST], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.Pow: "*"}


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every other condition or sum for this node."""
    match node:
        case ast.Compare():
            yield from _compared(source, node)
        case ast.BoolOp():
            yield from _joined(source, node)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield source.put("not", node, f"({source.of(operand)})")
        case ast.IfExp():
            for branch in (node.body, node.orelse):
                yield source.put("branch", node, f"({source.of(branch)})")
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            new = f"({source.of(node.left)} {_ARITHMETIC[type(op)]} {source.of(node.right)})"
            yield source.put("arithmetic", node, new)
    if isinstance(node, ast.If | ast.While | ast.IfExp) and _is_plain(node.test):
        yield source.put("not", node.test, f"not {source.of(node.test)}")


def _is_plain(test: ast.expr) -> bool:
    """A condition that no other operator turns."""
    return isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Subscript)


def _compared(source: Source, node: ast.Compare) -> Iterator[Change]:
    parts = [node.left, *node.comparators]
    for left, right in pairwise(parts):
        start, end = source.end(left), source.start(right)
        between = source.raw[start:end].decode()
        found = re.search(r"not\s+in|is\s+not|\bin\b|\bis\b|[<>=!]=?", between)
        assert found is not None
        for new in _TURNED[" ".join(found[0].split())]:
            turned = Splice(start, end, between.replace(found[0], new))
            shown = f"{source.of(left)} {new} {source.of(right)}"
            yield Change("comparison", f"{source.of(left)} {found[0]} {source.of(right)}", shown, (turned,))


def _joined(source: Source, node: ast.BoolOp) -> Iterator[Change]:
    word, other = (" and ", " or ") if isinstance(node.op, ast.And) else (" or ", " and ")
    parts = [f"({source.of(each)})" for each in node.values]
    shown = [source.of(each) for each in node.values]
    whole = Splice(source.start(node), source.end(node), f"({other.join(parts)})")
    yield Change("boolean", word.join(shown), other.join(shown), (whole,))
    for gone, rest in dropped(parts):
        yield source.without("operand", node, f"({word.join(rest)})", gone[1:-1])
