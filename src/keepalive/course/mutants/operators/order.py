"""Two neighbouring statements are exchanged.

`sleep moved`, beyond the contract: a wait at the beginning or end of a block around it, as one before the first attempt
or one that holds a permit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from ..source import FUNCTION, LOOP, WITH, Change, Source, Splice, is_docstring

_LOUD = ast.Await | ast.Raise | ast.Return | ast.Expr


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every other order of the blocks of this node."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            own = [each for each in block if source.mine(each) and not is_docstring(each)]
            yield from _exchanged(source, own)
            yield from _sleeps(source, own)


def _exchanged(source: Source, block: list[ast.stmt]) -> Iterator[Change]:
    for one, two in pairwise(block):
        if isinstance(one, FUNCTION | ast.ClassDef) or _are_apart(one, two):
            continue
        first, second = source.of(one), source.of(two)
        places = (
            Splice(source.start(one), source.end(one), second),
            Splice(source.start(two), source.end(two), first),
        )
        yield Change("order", first.partition("\n")[0], second.partition("\n")[0], places)


def _are_apart(one: ast.stmt, two: ast.stmt) -> bool:
    """Whether neither waits, leaves, or looks at what the other writes: then their order is nothing."""
    if any(isinstance(node, _LOUD | WITH | LOOP) for node in [*ast.walk(one), *ast.walk(two)]):
        return False
    return not any(
        _names(first, ast.Store) & _names(second, ast.Store | ast.Load) for first, second in ((one, two), (two, one))
    )


def _names(node: ast.stmt, context: type | object) -> set[str]:
    return {ast.unparse(each) for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), context)}  # type: ignore[arg-type]


def _sleeps(source: Source, block: list[ast.stmt]) -> Iterator[Change]:
    for sleep in block:
        if isinstance(sleep, ast.Expr) and "sleep(" in source.of(sleep):
            for up in source.above(sleep):
                yield from _moved(source, sleep, up)
                if isinstance(up, FUNCTION):
                    break


def _moved(source: Source, sleep: ast.stmt, up: ast.AST) -> Iterator[Change]:
    """The sleep as the first and as the last statement of the block of `up`."""
    body = [each for each in getattr(up, "body", []) if not is_docstring(each)]
    if not body:
        return
    text, indent = source.of(sleep), "\n" + " " * body[0].col_offset
    gone = Splice(source.start(sleep), source.end(sleep), "pass")
    first, last = source.start(body[0]), source.end(body[-1])
    where = f"of the block of `{source.of(up).partition(chr(10))[0].strip()}`"
    if body[0] is not sleep:
        yield Change("sleep moved", text, f"at the beginning {where}", (gone, Splice(first, first, text + indent)))
    if body[-1] is not sleep:
        yield Change("sleep moved", text, f"at the end {where}", (gone, Splice(last, last, indent + text)))
