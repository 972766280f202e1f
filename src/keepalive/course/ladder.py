"""The ladder of exercises: whether one goes on from another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .gaps import Gap


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
