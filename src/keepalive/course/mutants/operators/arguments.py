"""An argument is None; two arguments, or `min` and `max`, are exchanged.

`argument dropped`, beyond the contract: a keyword or `**options` is not handed on, so that its default holds, which is
seldom None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from ..source import Change, Source, Splice


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every other way to make this call."""
    if not isinstance(node, ast.Call):
        return
    yield from _exchanged(source, node)
    for value in [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg)]:
        if not isinstance(value, ast.Starred) and not _is_left(source, value):
            yield source.put("argument None", value, "None")
    yield from _dropped(source, node)


def _is_left(source: Source, value: ast.expr) -> bool:
    """None already, or a message: those are emptied."""
    if isinstance(value, ast.Constant) and value.value is None:
        return True
    return isinstance(value, ast.Constant | ast.JoinedStr) and source.is_message(value)


def _exchanged(source: Source, node: ast.Call) -> Iterator[Change]:
    name = source.of(node.func)
    if name in ("min", "max"):
        yield source.put("min and max", node.func, "max" if name == "min" else "min")
        return
    for one, two in pairwise(node.args):
        first, second = source.of(one), source.of(two)
        places = (
            Splice(source.start(one), source.end(one), second),
            Splice(source.start(two), source.end(two), first),
        )
        yield Change("arguments exchanged", f"{first}, {second}", f"{second}, {first}", places)


def _dropped(source: Source, node: ast.Call) -> Iterator[Change]:
    given = [source.of(each) for each in node.args]
    given += [(f"{each.arg}=" if each.arg else "**") + source.of(each.value) for each in node.keywords]
    for place, each in enumerate([*node.args, *node.keywords]):
        if isinstance(each, ast.keyword | ast.Starred):
            rest = ", ".join(given[:place] + given[place + 1 :])
            yield source.without("argument dropped", node, f"{source.of(node.func)}({rest})", given[place])
