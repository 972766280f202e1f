"""Lines of Python code replaced or taken out, with no more blank lines left there than the formatter leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def replaced(lines: Sequence[str], put: Mapping[int, Sequence[str]]) -> str:
    """The text with `put[n]` in the place of line n, from 1; nothing there takes the line out.

    Where lines were taken out, as many blank lines stay as there were on one side of them, but at most one before what
    is indented and two before what is not. Elsewhere blank lines stay as they are: they may stand in a text.
    """
    out: list[str] = []
    blank, widest = 0, None  # blank lines that wait for the next line; the most beside a cut, None without one
    for number, line in enumerate(lines, 1):
        new = put.get(number, (line,))
        if not new:
            blank, widest = 0, max(blank, widest or 0)
        for each in new:
            if not each.strip():
                blank += 1
                continue
            if widest is not None:
                blank = min(max(blank, widest), 1 if each[0].isspace() else 2)
            out += [*[""] * blank, each]
            blank, widest = 0, None
    return "\n".join(out).strip("\n") + "\n"
