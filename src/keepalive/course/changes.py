"""A change: what turns a reference into another answer, as the lines of a diff.

A line begins with a space (it stays), `-` (it goes) or `+` (it is new); an empty line is a blank line that stays. Hunks
are parted by a line `...`. The lines of a hunk that stay or go stand in the reference exactly once, whole and in this
order.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BETWEEN = "..."
_NEAR = 2
"""Hunks with fewer lines between them than this are one."""


class Misfit(ValueError):
    """A change that does not fit. `line` is the line of the change, from 1; the text is a clause for its author."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.mend = line, mend


@dataclass(frozen=True)
class _Hunk:
    """`line`: of the change, from 1, where it begins."""

    line: int
    old: list[str]
    new: list[str]


def apply(text: str, change: str) -> str:
    """The text with the change. Every hunk is looked for in the text as it is before any of them. Raises Misfit."""
    lines = text.splitlines()
    spans = sorted(((_only_place(lines, hunk), hunk) for hunk in _hunks(change)), key=lambda span: span[0])
    for (one, earlier), (other, later) in itertools.pairwise(spans):
        if one + len(earlier.old) > other:
            what = f"the same line as another hunk: {lines[other]!r}"
            raise Misfit(later.line, what, "make one hunk of the two")
    for begin, hunk in reversed(spans):
        lines[begin : begin + len(hunk.old)] = hunk.new
    return "\n".join(lines) + "\n"


def express(base: str, other: str) -> str:
    """The change that turns `base` into `other`, with the fewest lines around that make each hunk fit once."""
    one, two = base.splitlines(), other.splitlines()
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    spans = [list(code[1:]) for code in matcher.get_opcodes() if code[0] != "equal"]
    while True:
        _join_near(spans)
        wide = next((span for span in spans if len(_places(one, one[span[0] : span[1]])) != 1), None)
        if wide is None:
            return f"{_BETWEEN}\n".join("".join(_told(one[a:b], two[c:d])) for a, b, c, d in spans)
        _widen(wide, one)


def _hunks(change: str) -> Iterator[_Hunk]:
    begin = 1
    written: list[str] = []
    lines = change.removesuffix("\n").split("\n")
    for number, line in enumerate([*lines, _BETWEEN], 1):
        if line != _BETWEEN:
            written.append(line)
            continue
        yield _hunk(begin, written)
        begin, written = number + 1, []


def _hunk(begin: int, written: Sequence[str]) -> _Hunk:
    for number, line in enumerate(written, begin):
        if line[:1] not in ("", " ", "-", "+"):
            what = f"a line that begins with neither a space nor - nor +: {line!r}"
            raise Misfit(number, what, "begin it with a space if it stays, - if it goes, + if it is new")
    old = [line[1:] for line in written if line[:1] != "+"]
    if not old:
        raise Misfit(begin, "a hunk without a line of the reference", "add the line before or after what is new")
    return _Hunk(begin, old, [line[1:] for line in written if line[:1] != "-"])


def _only_place(lines: Sequence[str], hunk: _Hunk) -> int:
    places = _places(lines, hunk.old)
    if len(places) == 1:
        return places[0]
    if places:
        what = f"lines that stand in the reference {len(places)} times, the first of them {hunk.old[0]!r}"
        raise Misfit(hunk.line, what, "add a line before or after them that tells the places apart")
    missing = next((line for line in hunk.old if line not in lines), None)
    if missing is None:
        what = f"lines that do not follow one another in the reference, the first of them {hunk.old[0]!r}"
        raise Misfit(hunk.line, what, "add the lines between them, or part them by a line `...`")
    what = f"a line that is not in the reference: {missing!r}"
    close = difflib.get_close_matches(missing, lines, n=1)
    raise Misfit(hunk.line, what, f"write {close[0]!r}" if close else "write it as the reference has it")


def _places(lines: Sequence[str], old: Sequence[str]) -> list[int]:
    return [at for at in range(len(lines)) if old and lines[at : at + len(old)] == old]


def _join_near(spans: list[list[int]]) -> None:
    for index in range(len(spans) - 1, 0, -1):
        if spans[index][0] - spans[index - 1][1] < _NEAR:
            spans[index - 1][1::2] = spans.pop(index)[1::2]


def _widen(span: list[int], lines: Sequence[str]) -> None:
    """One line more: the one before, or the one after where that is blank, which says little."""
    begin, end, *_ = span
    after = end < len(lines) and (begin == 0 or not lines[begin - 1].strip())
    for place, by in enumerate((-(not after), after, -(not after), after)):
        span[place] += by


def _told(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for line in old[a:b]:
            yield f"{' ' if line else ''}{line}\n" if kind == "equal" else f"-{line}\n"
        if kind != "equal":
            yield from (f"+{line}\n" for line in new[c:d])
