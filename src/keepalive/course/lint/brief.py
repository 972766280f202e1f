"""Each demand of a brief names the check that looks at it, in a comment that no learner sees.

    They use **twelve** connections. <!-- check: together.second_round_reuses -->

Several ids are separated by spaces, or each has a comment of its own. A demand that no check looks at says why:
`<!-- check: none, either is right -->`. What is a demand only an author knows; a number, or a word such as *every* or
*never*, is a sign of one, so a paragraph, a list item or a row of a table that has such a sign and no comment is a
finding. Not so in the introduction, and in what leads to a list or a table: each item and row is looked at for itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from ..errors import nearest
from ..text import outside_fences, sections
from .finding import Finding, Folder
from .grader import check_ids

FILE = "brief.md"
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_CHECK = re.compile(r"<!--\s*check:\s*(.*?)\s*-->", re.S)
_NONE = re.compile(r"none\b\s*,?\s*")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_ROW = re.compile(r"\s*\|")
_RULE = re.compile(r"[\s|:-]+$")
_NO_DEMAND = re.compile(r"(`+).+?\1|\]\([^)]*\)|\b[Cc]hapters?(?: \d+(?:,| and| to)?)+|^\s*\d+[.)]\s", re.S)
_WORDS = r"every|only|never|at\s+once|whatever|each|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_SIGN = re.compile(rf"\b(?:{_WORDS})\b|\d[\d.,]*(?:xx)?\b", re.I)


@dataclass(frozen=True)
class _Block:
    """A paragraph, a list item or a row of a table. `line` is its first line, from 1; `text` has its comments.

    `open`: what it says is said by what follows, or by a task's section.
    """

    line: int
    text: str
    open: bool = False

    @property
    def row(self) -> bool:
        return bool(_ROW.match(self.text))

    @property
    def sign(self) -> str:
        """The first word or number that a demand is known by; "" where there is none."""
        said = _COMMENT.sub(" ", self.text)
        found = None if self.open or said.rstrip().endswith(":") else _SIGN.search(_NO_DEMAND.sub(" ", said))
        return found[0] if found else ""

    @property
    def checks(self) -> list[tuple[int, str]]:
        """(line, what it says) of each comment about checks."""
        return [
            (self.line + self.text.count("\n", 0, found.start()), " ".join(found[1].split()))
            for found in _CHECK.finditer(self.text)
        ]


def check(folder: Folder) -> list[Finding]:
    """The findings of this room. Ids are looked at where the grader can be loaded."""
    known, source = check_ids(folder), folder.source(FILE) or ""
    return [
        folder.finding(FILE, line, what, mend)
        for block in _placed(list(_blocks(source)), _first_task(source))
        for line, what, mend in (*_unmarked(block), *_unknown(block, known))
    ]


def _first_task(markdown: str) -> int:
    """The line of the first task's heading; 0 where there is none, and everything may be a demand."""
    _, tasks = sections(markdown)
    return tasks[0].line if tasks else 0


def _placed(blocks: list[_Block], first_task: int) -> list[_Block]:
    """The blocks, and whether each stands in the introduction or above a table."""
    below = [*blocks[1:], _Block(0, "")]
    return [
        replace(block, open=block.line < first_task or (next.row and not block.row))
        for block, next in zip(blocks, below, strict=True)
    ]


def _unmarked(block: _Block) -> Iterator[tuple[int, str, str]]:
    if block.sign and not block.checks:
        mend = "put <!-- check: scenario.check --> behind it (several: spaces between), or <!-- check: none, why -->"
        yield block.line, f"a demand ({' '.join(block.sign.split())!r}) that names no check", mend


def _unknown(block: _Block, known: Collection[str] | None) -> Iterator[tuple[int, str, str]]:
    for line, said in block.checks:
        if none := _NONE.match(said):
            if none.end() == len(said):
                yield (
                    line,
                    "a comment that says neither a check nor why there is none",
                    "write the reason after `none,`",
                )
            continue
        for name in (said.split() or [""]) if known is not None else ():
            if name not in known:
                close = nearest(name, known)
                mend = f"write {close}" if close else "write the id of a check of grader.py: scenario.check"
                yield line, f"a demand names the check {name}, which does not exist", mend


def _blocks(markdown: str) -> Iterator[_Block]:
    """The blocks of a text, without headings, code and the heads of tables."""
    # A comment of several lines is one piece, whatever its lines look like.
    inside = {
        number
        for found in _COMMENT.finditer(markdown)
        for number in range(markdown.count("\n", 0, found.start()) + 2, markdown.count("\n", 0, found.end()) + 2)
    }
    lines: list[str] = []
    first = 0
    table: list[_Block] = []
    for number, line, code in [*outside_fences(markdown.split("\n")), (0, "", False)]:
        row = bool(_ROW.match(line)) and not code and number not in inside
        begins = row or code or not line.strip() or line.startswith("#") or bool(_ITEM.match(line))
        if lines and begins and number not in inside:
            yield _Block(first, "\n".join(lines))
            lines = []
        if row:
            table.append(_Block(number, line))
            continue
        yield from _rows(table)
        table = []
        if line.strip() and not code and not line.startswith("#"):
            first = first if lines else number
            lines.append(line)


def _rows(table: list[_Block]) -> list[_Block]:
    """The rows of a table below its head."""
    head = next((place for place, row in enumerate(table) if _RULE.match(row.text)), -1)
    return table[head + 1 :]
