"""A reference taken apart: its tree, its bytes, and the lines of it that a learner writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
LOOP = ast.For | ast.AsyncFor | ast.While
WITH = ast.With | ast.AsyncWith


@dataclass(frozen=True)
class Splice:
    """The bytes from `start` to `end` become `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Change:
    """One change to a reference. `old` and `new` say it in one line each; `splices` carry it out."""

    operator: str
    old: str
    new: str
    splices: tuple[Splice, ...]

    @property
    def start(self) -> int:
        """Where the change begins, in bytes."""
        return min(splice.start for splice in self.splices)


class Source:
    """A reference's text and tree. A node is `mine` when every line of it is one that the learner writes."""

    def __init__(self, reference: str, starter: str) -> None:
        self.text, self.raw, self.tree = reference, reference.encode(), ast.parse(reference)
        self.lines = reference.split("\n")
        self.region = region(reference, starter)
        self._starts = [0, *accumulate(len(line) + 1 for line in self.raw.split(b"\n"))]
        self._functions = [
            (node.name, range(first_line(node), (node.end_lineno or 0) + 1))
            for node in ast.walk(self.tree)  # outer ones come first
            if isinstance(node, FUNCTION | ast.ClassDef)
        ]
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def start(self, node: ast.AST) -> int:
        """Where the node begins, in bytes."""
        return self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where the node ends, in bytes."""
        return self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def of(self, node: ast.AST) -> str:
        """The node's own text."""
        return self.raw[self.start(node) : self.end(node)].decode()

    def mine(self, node: ast.AST) -> bool:
        return hasattr(node, "lineno") and self.region.issuperset(range(node.lineno, node.end_lineno + 1))  # type: ignore[attr-defined]

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self._parents.get(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around this one, the nearest first."""
        up = self.parent(node)
        while up is not None:
            yield up
            up = self.parent(up)

    def _keyword_of(self, node: ast.AST) -> str:
        """`read=` for the value of that keyword, else "": a line may have several values that are alike."""
        parent = self.parent(node)
        return f"{parent.arg}=" if isinstance(parent, ast.keyword) and parent.arg else ""

    def is_message(self, node: ast.AST) -> bool:
        """Whether the node is part of what an exception is made with."""
        return any(self._makes_exception(up) for up in self.above(node))

    def _makes_exception(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call) and self.of(node.func).startswith("super().__init__")
        )

    def line_at(self, place: int) -> int:
        """The line of a byte, from 1."""
        return self.raw.count(b"\n", 0, place) + 1

    def function_at(self, line: int) -> str:
        """The innermost function or class around a line, as `ApiClient.request`; "" for the module itself."""
        return ".".join(name for name, lines in self._functions if line in lines)

    def put(self, operator: str, node: ast.AST, new: str) -> Change:
        """The change of a whole node, said with the keyword that it is the value of."""
        word = self._keyword_of(node)
        return Change(operator, word + self.of(node), word + new, (Splice(self.start(node), self.end(node), new),))

    def without(self, operator: str, node: ast.AST, new: str, gone: str) -> Change:
        """The change of a node that loses a part of itself."""
        return Change(operator, gone, "", (Splice(self.start(node), self.end(node), new),))

    def changed(self, change: Change) -> str:
        """The whole text after a change."""
        raw = self.raw
        for splice in sorted(change.splices, key=lambda each: (each.start, each.end), reverse=True):
            raw = raw[: splice.start] + splice.new.encode() + raw[splice.end :]
        return raw.decode()


def region(reference: str, starter: str) -> set[int]:
    """The lines of the reference, from 1, that the starter lacks: what a learner writes."""
    kept = aligned(reference, starter)
    return {number for number, line in enumerate(reference.split("\n"), 1) if number not in kept and line.strip()}


def aligned(text: str, other: str) -> dict[int, int]:
    """The lines of a longest common part: of each its number in `text`, from 1, and that in `other`.

    difflib's is not the longest: a starter's line would be taken for one that the learner writes.
    """
    lines, others = text.split("\n"), other.split("\n")
    longest = [[0] * (len(others) + 1) for _ in range(len(lines) + 1)]
    for one in reversed(range(len(lines))):
        for two in reversed(range(len(others))):
            same = longest[one + 1][two + 1] + 1 if lines[one] == others[two] else 0
            longest[one][two] = max(same, longest[one + 1][two], longest[one][two + 1])
    found, one, two = {}, 0, 0
    while one < len(lines) and two < len(others):
        if lines[one] == others[two]:
            found[one + 1] = two + 1
            one, two = one + 1, two + 1
        elif longest[one + 1][two] >= longest[one][two + 1]:
            one += 1
        else:
            two += 1
    return found


def is_docstring(node: ast.AST) -> bool:
    """A text that stands alone; what stands so is read by people only."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Its first line, from 1, that of a decorator among them."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])
