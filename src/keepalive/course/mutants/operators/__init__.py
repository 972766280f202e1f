"""What a mutant may be: each module holds one kind of change, each function yields the changes of one node.

The kinds are those that the maintained mutation testers lack (elements of a set, unions, `except`, `await`, `finally`,
state on `self`, sleeps), and those of theirs that made a hole visible in a grader.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ..source import Change, Source
from . import arguments, conditions, elements, flow, kept, order, values

Operator = Callable[[Source, ast.AST], Iterator[Change]]

OF_NODES: tuple[Operator, ...] = (elements.of, values.of, conditions.of, arguments.of, flow.of)
"""Asked about a node that is the learner's as a whole."""

OF_BLOCKS: tuple[Operator, ...] = (order.of, kept.of)
"""Asked about every node: what they change may lie in a block that is the learner's in part."""
