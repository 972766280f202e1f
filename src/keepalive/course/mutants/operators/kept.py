"""A local is kept on `self`, where another task may run between its store and a use of it.

`parameter on self`, beyond the contract: the same with what a caller gave; two calls at once then share it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import FUNCTION, LOOP, Change, Source, Splice, is_docstring

_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Every local and parameter of this method, kept on `self`."""
    if isinstance(node, FUNCTION) and [each.arg for each in node.args.args[:1]] == ["self"]:
        method = _Method(source, node)
        for name in method.names:
            yield from method.kept(name)


class _Method:
    def __init__(self, source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._source, self._node = source, node
        self._inside = list(ast.walk(node))
        hidden = _names_of_comprehensions(self._inside)
        self._uses = [each for each in self._inside if isinstance(each, ast.Name) and each.id not in hidden]
        arguments = node.args
        given = [*arguments.args[1:], *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        self._parameters = [each.arg for each in given if each]

    @property
    def names(self) -> list[str]:
        stored = [each.id for each in self._uses if isinstance(each.ctx, ast.Store)]
        return list(dict.fromkeys([*self._parameters, *stored]))

    def kept(self, name: str) -> Iterator[Change]:
        """The change that keeps this name on `self`, where it can make a difference."""
        source = self._source
        own = [each for each in self._uses if each.id == name]
        stores = [each for each in own if isinstance(each.ctx, ast.Store)]
        loads = [each for each in own if isinstance(each.ctx, ast.Load)]
        first = self._begin() if name in self._parameters else min(stores, key=source.start)
        if not loads or not all(map(source.mine, [first, *stores])) or any(source.of(each) != name for each in own):
            return
        splices = [Splice(source.start(each), source.end(each), f"self._kept_{name}") for each in stores + loads]
        begin = source.start(first)
        if name in self._parameters:
            splices.append(Splice(begin, begin, f"self._kept_{name} = {name}\n" + " " * first.col_offset))  # type: ignore[attr-defined]
        elif not isinstance(source.parent(first), LOOP):  # stored when its statement is done
            begin = source.end(next(up for up in source.above(first) if isinstance(up, ast.stmt)))
        if self._may_change(begin, loads):
            kind = "parameter" if name in self._parameters else "local"
            yield Change(f"{kind} on self", name, f"self._kept_{name}", tuple(splices))

    def _begin(self) -> ast.AST:
        return next((each for each in self._node.body if not is_docstring(each)), self._node)

    def _may_change(self, begin: int, loads: list[ast.Name]) -> bool:
        """Whether another task may run between the store and the last use."""
        source = self._source
        loops = [
            up for each in loads for up in source.above(each) if isinstance(up, LOOP) and source.start(up) >= begin
        ]
        end = max(source.end(each) for each in [*loads, *loops])
        return any(begin < stop < end for stop in self._stops())

    def _stops(self) -> Iterator[int]:
        """Where the method lets others run: awaits, and the begin and end of an `async with`."""
        for node in self._inside:
            if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
                yield self._source.end(node)
            if isinstance(node, ast.AsyncWith):
                entered = node.items[-1].context_expr
                if "timeout" not in self._source.of(entered):  # asyncio.timeout does not wait
                    yield self._source.end(entered)


def _names_of_comprehensions(nodes: list[ast.AST]) -> set[str]:
    inside = [each for node in nodes if isinstance(node, _COMPREHENSION) for each in ast.walk(node)]
    return {each.id for each in inside if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
