"""The gaps of an exercise: what a learner fills in, and how a starter is made of a reference.

    # task: closes
    await self._client.aclose()
    # end task

A task may have several gaps. In a function a gap leaves one `raise NotImplementedError("task closes")`, whatever
stands in it. Among definitions each function in it keeps its signature and docstring, and raises. A gap that begins
with `# task: closes, gone` leaves nothing. Without its markers a reference is what a learner reads, and what other
answers are changes of.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import imports
from .blank_lines import replaced

_BEGIN = re.compile(r"^\s*#\s*task:\s*(\S.*?)(\s*,\s*gone)?\s*$")
_END = re.compile(r"^\s*#\s*end task\s*$")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Gap:
    """One gap. `first` and `last` are the lines of its two comments, from 1. One that is `gone` leaves nothing."""

    task: str
    first: int
    last: int
    gone: bool = False

    def holds(self, line: int) -> bool:
        return self.first < line < self.last


@dataclass(frozen=True)
class Misplaced:
    """What is wrong with a gap: at `line`, from 1; `what` and `mend` are for the author."""

    line: int
    what: str
    mend: str


class Refused(ValueError):
    """No starter can be made of this reference. `problems` says why, each with its line."""

    def __init__(self, problems: Iterable[Misplaced]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"line {each.line}: {each.what}" for each in self.problems))


def find(source: str) -> tuple[list[Gap], list[Misplaced]]:
    """The gaps in order, and the comments that make none."""
    gaps: list[Gap] = []
    wrong: list[Misplaced] = []
    begun: re.Match[str] | None = None
    first = 0
    for number, line in enumerate(source.split("\n"), 1):
        if match := _BEGIN.match(line):
            if begun:
                what = f"`# task: {match[1]}` inside the gap of `{begun[1]}` that begins in line {first}"
                wrong.append(Misplaced(number, what, "write `# end task` before it"))
            begun, first = match, number
        elif _END.match(line):
            if begun:
                gaps.append(Gap(begun[1], first, number, bool(begun[2])))
                begun = None
            else:
                wrong.append(
                    Misplaced(number, "`# end task` without a `# task: <id>`", "take it out, or begin the gap")
                )
    if begun:
        what = f"the gap of `{begun[1]}` is never closed"
        wrong.append(Misplaced(first, what, "write `# end task` after the gap's last line"))
    return gaps, wrong


def plain(reference: str) -> str:
    """The reference without its markers."""
    lines = reference.split("\n")
    return replaced(lines, {n: () for n, line in enumerate(lines, 1) if _BEGIN.match(line) or _END.match(line)})


def starter(reference: str) -> str:
    """The starter that a reference makes, with the markers of its gaps. Raises Refused."""
    found, problems = find(reference)
    if problems:
        raise Refused(problems)
    try:
        tree = ast.parse(reference)
    except SyntaxError as e:
        raise Refused([Misplaced(e.lineno or 1, f"not Python: {e.msg}", "mend the syntax")]) from None
    emptied = _Emptied(reference, tree, found)
    for gap in found:
        try:
            emptied.empty(gap)
        except Refused as e:
            problems += e.problems
    if problems:
        raise Refused(problems)
    return imports.without_unused(_compiled(emptied.text()), reference)


def _compiled(made: str) -> str:
    try:
        compile(made, "<starter>", "exec", dont_inherit=True)
    except SyntaxError as e:
        what = f"the starter would not compile: {e.msg} in its line {e.lineno}"
        mend = "leave a statement beside what is `gone`, or put the gap around the whole function"
        raise Refused([Misplaced(e.lineno or 1, what, mend)]) from None
    return made


class _Emptied:
    """A reference whose gaps are emptied one after another."""

    def __init__(self, reference: str, tree: ast.Module, gaps: Sequence[Gap]) -> None:
        self._lines, self._tree, self._gaps = reference.split("\n"), tree, gaps
        self._put: dict[int, list[str]] = {}  # what stands in the place of a line, by its number from 1

    def text(self) -> str:
        return replaced(self._lines, self._put)

    def empty(self, gap: Gap) -> None:
        around, inside = _statements(self._tree, gap)
        self._check(gap, inside)
        functions = [node for node in around if isinstance(node, _Function)]
        if gap.gone:
            self._cut(gap.first, gap.last)
        elif functions:
            self._cut(gap.first + 1, gap.last - 1)
            self._put[gap.first + 1] = self._raised(gap, inside[0].col_offset, functions[-1])
        else:
            in_class = any(isinstance(node, ast.ClassDef) for node in around)
            for node in inside:
                self._definition(gap, node, in_class=in_class)

    def _check(self, gap: Gap, inside: Sequence[ast.stmt]) -> None:
        """A gap holds whole statements of one block, and nothing else."""
        covered = {line for node in inside for line in range(first_line(node), (node.end_lineno or 0) + 1)}
        for number in range(gap.first + 1, gap.last):
            if number not in covered and not self._says_nothing(number):
                what = f"the gap of {gap.task} does not end in the block that it begins in"
                raise _refused(number, what, "begin and end it in one block, around whole statements")
        if not inside:
            raise _refused(gap.first, f"the gap of {gap.task} holds nothing", "put it around what the learner writes")

    def _says_nothing(self, number: int) -> bool:
        bare = self._lines[number - 1].strip()
        return not bare or bare.startswith("#")

    def _definition(self, gap: Gap, node: ast.stmt, *, in_class: bool) -> None:
        """A function keeps its head and docstring; a class what says its shape."""
        if isinstance(node, _Function):
            self._body(gap, node)
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                self._definition(gap, each, in_class=True)
        elif not in_class or not _is_shape(node):
            what = f"`{self._lines[node.lineno - 1].strip()}` would be in the starter, where nothing is written yet"
            mend = f"end the gap before it, or give it one of its own: `# task: {gap.task}, gone`"
            raise _refused(node.lineno, what, mend)

    def _body(self, gap: Gap, node: _Function) -> None:
        said = node.body[0]
        if self._lines[said.lineno - 1][: said.col_offset].strip():
            raise _refused(node.lineno, f"the function {node.name} has one line", "write its body below its head")
        documented = ast.get_docstring(node, clean=False) is not None
        head = said.end_lineno if documented else self._line_before(first_line(said))
        self._cut((head or 0) + 1, self._end(node))
        self._put[head or 0] = [self._lines[(head or 0) - 1], *self._raised(gap, said.col_offset, node)]

    def _line_before(self, number: int) -> int:
        """The line of code before that one."""
        number -= 1
        while self._says_nothing(number):
            number -= 1
        return number

    def _end(self, node: _Function) -> int:
        """Its last line, with the comments below it that are indented as its body is."""
        end = here = node.end_lineno or 0
        while here < len(self._lines) and self._says_nothing(here + 1):
            here += 1
            line = self._lines[here - 1]
            if line.strip() and len(line) - len(line.lstrip()) > node.col_offset:
                end = here
        return end

    def _cut(self, first: int, last: int) -> None:
        self._put |= {number: [] for number in range(first, last + 1)}

    def _raised(self, gap: Gap, indent: int, function: _Function) -> list[str]:
        """The raise; of a generator's last `yield` one stays below it, without which it would be a coroutine."""
        lines = [" " * indent + f'raise NotImplementedError("task {gap.task}")']
        yields = [node.lineno for node in _own_nodes(function) if isinstance(node, ast.Yield | ast.YieldFrom)]
        own = any(gap.holds(line) for line in yields)
        if own and all(any(other.holds(line) for other in self._gaps) for line in yields):
            lines.append(" " * indent + "yield")
        return lines


def _refused(line: int, what: str, mend: str) -> Refused:
    return Refused([Misplaced(line, what, mend)])


def _statements(tree: ast.Module, gap: Gap) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """(the statements around the gap, outermost first; the statements of one block that it holds whole)."""
    around: list[ast.stmt] = []
    block: ast.AST = tree
    while True:
        lists = [each for each in _blocks(block) if any(gap.holds(first_line(node)) for node in each)]
        inside = [node for node in lists[0] if _whole(node, gap)] if lists else []
        if inside or lists:
            return around, inside
        inner = next((node for node in _children(block) if _begins_around(node, gap)), None)
        if inner is None:
            return around, []
        around.append(inner)
        block = inner


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks that belong to a statement itself: body, orelse, handlers, cases."""
    for name in ("body", "orelse", "finalbody"):
        if isinstance(each := getattr(node, name, None), list) and each:
            yield each
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _children(node: ast.AST) -> Iterator[ast.stmt]:
    for block in _blocks(node):
        yield from block


def _begins_around(node: ast.stmt, gap: Gap) -> bool:
    return first_line(node) < gap.first <= (node.end_lineno or 0)


def _whole(node: ast.stmt, gap: Gap) -> bool:
    return gap.holds(first_line(node)) and gap.holds(node.end_lineno or 0)


def first_line(node: ast.stmt) -> int:
    """The line where a statement begins, from 1; a decorated one at its first decorator."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])


def _is_shape(node: ast.stmt) -> bool:
    """What a class may keep: its docstring, annotated fields, `pass` and `...`."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str | type(...))
    return isinstance(node, ast.AnnAssign | ast.Pass)


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Everything in a function but what stands in a function inside it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _Function | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def stray(tree: ast.AST, gaps: Sequence[Gap]) -> Iterator[int]:
    """The lines where a NotImplementedError is raised outside every gap."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and not any(gap.holds(node.lineno) for gap in gaps):
            name = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(name, ast.Name) and name.id == "NotImplementedError":
                yield node.lineno


def only_open(starter: str, reference: str, task: str) -> str | None:
    """The reference with the gaps of `task` as they are in the starter; None where the gaps do not match."""
    own = [gap for gap in find(starter)[0] if not gap.gone]
    theirs = [gap for gap in find(reference)[0] if not gap.gone]
    if [gap.task for gap in own] != [gap.task for gap in theirs]:
        return None
    empty, lines = starter.split("\n"), reference.split("\n")
    for gap, answer in reversed(list(zip(own, theirs, strict=True))):
        if gap.task == task:
            lines[answer.first : answer.last - 1] = empty[gap.first : gap.last - 1]
    return "\n".join(lines)
