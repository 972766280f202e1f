"""The gaps of a starter: what a learner fills in, and what stands around them.

    # task: closes
    raise NotImplementedError("task closes")
    # end task

A task may have several gaps.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BEGIN = re.compile(r"^\s*#\s*task:\s*(\S.*?)\s*$")
_END = re.compile(r"^\s*#\s*end task\s*$")


@dataclass(frozen=True)
class Gap:
    """One gap. `first` and `last` are the lines of its two comments, from 1."""

    task: str
    first: int
    last: int


@dataclass(frozen=True)
class Misplaced:
    """A comment of a gap that has no partner: at `line`, from 1; `what` and `mend` are for the author."""

    line: int
    what: str
    mend: str


def find(source: str) -> tuple[list[Gap], list[Misplaced]]:
    """The gaps in order, and the comments that make none."""
    gaps: list[Gap] = []
    wrong: list[Misplaced] = []
    begun: tuple[str, int] | None = None
    for number, line in enumerate(source.split("\n"), 1):
        if match := _BEGIN.match(line):
            if begun:
                what = f"`# task: {match[1]}` inside the gap of `{begun[0]}` that begins in line {begun[1]}"
                wrong.append(Misplaced(number, what, "write `# end task` before it"))
            begun = (match[1], number)
        elif _END.match(line):
            if begun:
                gaps.append(Gap(*begun, number))
                begun = None
            else:
                wrong.append(
                    Misplaced(number, "`# end task` without a `# task: <id>`", "take it out, or begin the gap")
                )
    if begun:
        what = f"the gap of `{begun[0]}` is never closed"
        wrong.append(Misplaced(begun[1], what, "write `# end task` after the gap's last line"))
    return gaps, wrong


def raised(tree: ast.AST, gap: Gap) -> bool:
    """Whether `raise NotImplementedError("task <id>")` stands in the gap."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise) or not gap.first < node.lineno < gap.last:
            continue
        match node.exc:
            case ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=said)]):
                if said == f"task {gap.task}":
                    return True
    return False


def stray(tree: ast.AST, gaps: Sequence[Gap]) -> Iterator[int]:
    """The lines where a NotImplementedError is raised outside every gap."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and not any(gap.first < node.lineno < gap.last for gap in gaps):
            name = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(name, ast.Name) and name.id == "NotImplementedError":
                yield node.lineno


def only_open(starter: str, filled: str, task: str) -> str | None:
    """`filled` with the gaps of `task` as they are in the starter; None where the gaps do not match.

    What `filled` has outside its gaps and the starter lacks, as an import that the answer needs, stays.
    """
    own, theirs = find(starter)[0], find(filled)[0]
    if [gap.task for gap in own] != [gap.task for gap in theirs]:
        return None
    empty, lines = starter.split("\n"), filled.split("\n")
    for gap, answer in reversed(list(zip(own, theirs, strict=True))):
        if gap.task == task:
            lines[answer.first : answer.last - 1] = empty[gap.first : gap.last - 1]
    return "\n".join(lines)


def first_difference(starter: str, gaps: Sequence[Gap], base: str) -> tuple[int, str] | None:
    """Where the starter differs from `base` outside its gaps: (line of the starter, from 1, that line), or None.

    The lines between the gaps must stand in `base` in the same order, with nothing between them but what a gap may
    hold. Blank lines, comments and the module's docstring do not count: they are said differently to a learner.
    """
    segments: list[list[tuple[int, str]]] = [[]]
    ends = {gap.first: gap.last for gap in gaps}
    skip_to = 0
    for number, line in _code(starter, keep=set(ends)):
        if number <= skip_to:
            continue
        if number in ends:
            skip_to = ends[number]
            segments.append([])
        else:
            segments[-1].append((number, line))
    lines = [line for _, line in _code(base, keep=set())]
    place = 0
    for index, segment in enumerate(segments):
        wanted = [line for _, line in segment]
        at_end = len(lines) - len(wanted)
        if index == len(segments) - 1:  # nothing may follow it
            starts = [at_end] if index or not at_end else []
        else:
            starts = [0] if index == 0 else list(range(place, at_end + 1))
        fits = (start for start in starts if start >= place and lines[start : start + len(wanted)] == wanted)
        found = next(fits, None)
        if found is None:
            return _closest(segment, lines[place:], from_start=index == 0, from_end=index == len(segments) - 1)
        place = found + len(wanted)
    return None


def _closest(segment: list[tuple[int, str]], lines: list[str], *, from_start: bool, from_end: bool) -> tuple[int, str]:
    """The line at fault: the first of the segment (counted from its fixed end) that goes another way."""
    if not segment:
        return 1, ""
    if from_end and not from_start:
        pairs = zip(reversed(segment), reversed(lines), strict=False)
    else:
        start = lines.index(segment[0][1]) if not from_start and segment[0][1] in lines else 0
        pairs = zip(segment, lines[start:], strict=False)
    for (number, line), other in pairs:
        if line != other:
            return number, line
    return segment[0] if from_end and not from_start else segment[-1]


def _code(source: str, keep: set[int]) -> Iterator[tuple[int, str]]:
    """(number, line) of what counts as code; the lines in `keep` too."""
    docstring = range(0)
    body = ast.parse(source).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        docstring = range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1)
    for number, line in enumerate(source.split("\n"), 1):
        bare = line.strip()
        if number in keep or (bare and not bare.startswith("#") and number not in docstring):
            yield number, line.rstrip()
