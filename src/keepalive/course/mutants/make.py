"""From a reference and its starter to its mutants, each with a name that edits elsewhere leave as it is."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .operators import OF_BLOCKS, OF_NODES
from .source import Change, Source, is_docstring

_SHOWN = 200
"""Characters of a changed text in a mutant's name: a statement may be long."""


@dataclass(frozen=True, order=True)
class Name:
    """What a mutant is known by, in the lock and in declarations.

    `function`: where it is, as `ApiClient.request`. `text`: its line, without blanks around. `old` and `new`: the
    change. `nth`: counts those that are alike in all this, from 1.
    """

    function: str
    text: str
    operator: str
    old: str
    new: str
    nth: int = 1

    @property
    def change(self) -> str:
        """`8.0 -> 4.0`, or `without 503`."""
        return f"{self.old} -> {self.new}" if self.new else f"without {self.old}"


@dataclass(frozen=True)
class Mutant:
    """A reference with one change. `line` is the change's line in the reference, from 1."""

    name: Name
    line: int
    source: str = field(repr=False)


def mutants(reference: str, starter: str) -> tuple[Mutant, ...]:
    """The mutants of a reference (without its markers) in the lines that the starter lacks, in the order of lines.

    Two changes that come to the same program are one mutant.
    """
    source = Source(reference, starter)
    seen = {ast.dump(source.tree)}
    made: list[tuple[int, Change, str]] = []
    for change in _changes(source):
        text = source.changed(change)
        program = _program(text)
        if program is not None and program not in seen:
            seen.add(program)
            made.append((change.start, change, text))
    made.sort(key=lambda each: each[0])
    return tuple(_named(source, made))


def _changes(source: Source) -> Iterator[Change]:
    for node in ast.walk(source.tree):
        if _is_passed_over(source, node):
            continue
        for of_block in OF_BLOCKS:
            yield from of_block(source, node)
        if source.mine(node):
            for of_node in OF_NODES:
                yield from of_node(source, node)


def _is_passed_over(source: Source, node: ast.AST) -> bool:
    """Annotations, docstrings, and what is inside an f-string (that is changed as a whole)."""
    inside = [node, *source.above(node)]
    for each, up in pairwise(inside):
        if each in (getattr(up, "annotation", None), getattr(up, "returns", None)) or isinstance(up, ast.JoinedStr):
            return True
    return any(map(is_docstring, inside))


def _program(text: str) -> str | None:
    """What the text comes to; None where it is no program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except SyntaxError:
        return None


def _named(source: Source, made: list[tuple[int, Change, str]]) -> Iterator[Mutant]:
    alike: Counter[tuple[str, ...]] = Counter()
    for start, change, text in made:
        line = source.line_at(start)
        key = (source.function_at(line), source.lines[line - 1].strip(), change.operator)
        key += (_short(change.old), _short(change.new))
        alike[key] += 1
        yield Mutant(Name(*key, nth=alike[key]), line, text)


def _short(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]
