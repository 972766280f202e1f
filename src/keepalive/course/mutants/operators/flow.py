"""A statement, an `await` or a `finally` is dropped; what is raised is returned.

Beyond the contract: `return` (None is returned: somebody forgot to return what they have), and `with` (a block without
what it stands in, as a permit or a deadline).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import FUNCTION, WITH, Change, Source, Splice, is_docstring

_STAYS = FUNCTION | WITH | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass | ast.Try


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every way to leave this node out."""
    match node:
        case ast.Await(value=value):
            yield source.put("await", node, source.of(value))
        case ast.Raise():
            yield source.put("raise returned", node, "return None")
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield source.put("return", node, "return None")
        case ast.With() | ast.AsyncWith():
            yield _bare(source, node)
        case ast.Try(finalbody=[first, *_] as final):
            gone = Splice(source.start(first), source.end(final[-1]), "pass")
            yield Change("finally", source.of(first), "", (gone,))
    if _can_go(source, node):
        yield source.without("statement", node, "pass", source.of(node))


def _can_go(source: Source, node: ast.AST) -> bool:
    if not isinstance(node, ast.stmt) or isinstance(node, _STAYS) or is_docstring(node):
        return False
    return not _is_last_return(source, node)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _bare(source: Source, node: ast.With | ast.AsyncWith) -> Change:
    last = node.items[-1].optional_vars or node.items[-1].context_expr
    colon = source.raw.index(b":", source.end(last))
    head = source.raw[source.start(node) : colon].decode()
    return Change("with", head, "", (Splice(source.start(node), colon, "if True"),))


def _is_last_return(source: Source, node: ast.stmt) -> bool:
    """Dropped, it would be the same as a return of None."""
    parent = source.parent(node)
    return isinstance(node, ast.Return) and isinstance(parent, FUNCTION) and parent.body[-1] is node
