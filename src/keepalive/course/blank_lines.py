"""Lines of Python code replaced or taken out, with no more blank lines left there than the formatter leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def replaced(lines: Sequence[str], put: Mapping[int, Sequence[str]]) -> str:
    """The text with `put[n]` in the place of line n, from 1; nothing there takes the line out.

    Where lines were taken out, at most one blank line stays before what is indented and two before what is not. Blank
    lines elsewhere stay as they are: they may stand in a text.
    """
    out: list[str] = []
    cut = False
    for number, line in enumerate(lines, 1):
        for each in put.get(number, (line,)):
            if cut and each.strip():
                _close_up(out, most=1 if each[0].isspace() else 2)
                cut = False
            out.append(each)
        cut = cut or not put.get(number, True)
    return "\n".join(out).strip("\n") + "\n"


def _close_up(lines: list[str], *, most: int) -> None:
    """Of the blank lines at the end so many stay; at the beginning of the file none does."""
    blank = 0
    while lines and not lines[-1].strip():
        lines.pop()
        blank += 1
    if lines:
        lines += [""] * min(blank, most)
