"""A value is another: a number doubled, halved, one more, one less; a message emptied.

`string` and `constant`, beyond the contract: a text that is compared or sent has one more letter, True is False. A
header's name and a flag are things that a brief asks for by name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Change, Source


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every other value for this node."""
    match node:
        case ast.Constant(value=bool() as value):
            yield source.put("constant", node, str(not value))
        case ast.Constant(value=int() | float() as number):
            for other in _others(number):
                yield source.put("number", node, str(other) if other >= 0 else f"({other})")
        case ast.Constant(value=str()) | ast.JoinedStr() if source.is_message(node):
            yield source.put("message", node, '""')
        case ast.Constant(value=str() as text):
            yield source.put("string", node, repr(text + "x"))
        case ast.JoinedStr():
            text = source.of(node)
            yield source.put("string", node, f"{text[:-1]}x{text[-1]}")


def _others(number: int | float) -> list[int | float]:
    """A negative duration or share is no value that anybody writes by mistake."""
    half = number // 2 if isinstance(number, int) else number / 2
    others = dict.fromkeys([number * 2, half, number + 1, number - 1])
    return [each for each in others if each != number and (isinstance(each, int) or each >= 0)]
