"""A line that does not compile because it is written for a newer Python than the one that runs.

Each construct of the table is rewritten as an older Python has it. Only if the line compiles then, or at least is no
longer where compiling stops, it certainly was that.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable

Version = tuple[int, int]

_NAME = r"[^\W\d]\w*"
_PREFIX = re.compile(r"(?<!\w)(?:f|fr|rf)(['\"])", re.IGNORECASE)
_EXCEPTION = rf"(?:{_NAME}\.)*[A-Z]\w*"


def newer(text: str, error: SyntaxError, *, running: Version = sys.version_info[:2]) -> tuple[Version, str] | None:
    """The version that the failing line is written for and what in it is new; None if that is not certain."""
    lines = text.split("\n")
    at = (error.lineno or 0) - 1
    if not 0 <= at < len(lines):
        return None
    found: list[tuple[Version, str]] = []
    for version, what, older in _TABLE:
        line = older(lines[at]) if version > running else lines[at]
        if line != lines[at]:
            lines[at] = line
            found.append((version, what))
    return max(found) if found and _gets_beyond("\n".join(lines), at + 1) else None


def _gets_beyond(text: str, line: int) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "older", "exec", dont_inherit=True)
    except SyntaxError as error:
        return (error.lineno or 0) > line
    except (ValueError, RecursionError, MemoryError):
        return False
    return True


def _type_statement(line: str) -> str:
    return re.sub(rf"^(\s*)type\s+({_NAME})\s*(?:\[.*?\]\s*)?=(?!=)", r"\1\2 =", line)


def _type_parameters(line: str) -> str:
    head = re.match(rf"\s*(?:(?:async\s+)?def|class)\s+{_NAME}\s*(?=\[)", line)
    if head is None:
        return line
    depth = 0
    for at in range(head.end(), len(line)):
        depth += (line[at] == "[") - (line[at] == "]")
        if not depth:
            return line[: head.end()] + line[at + 1 :]
    return line


def _quotes_in_f_string(line: str) -> str:
    at = 0
    while begun := _PREFIX.search(line, at):
        written, at = _with_other_quotes(line, begun.end(), begun[1])
        line = line[: begun.end()] + written + line[at:]
        at = begun.end() + len(written)
    return line


def _with_other_quotes(line: str, at: int, quote: str) -> tuple[str, int]:
    """(an f-string's text with the other quotes inside braces, where its closing quote stands). It begins at `at`."""
    other, depth, written = "'" if quote == '"' else '"', 0, ""
    while at < len(line) and (depth or line[at] != quote):
        taken = line[at]
        if not depth and (taken == "\\" or line[at : at + 2] == "{{"):
            taken = line[at : at + 2]
        elif depth and taken in "'\"" and (inner := re.compile(rf"{taken}[^'\"\\]*{taken}").match(line, at)):
            taken = inner[0]
            if taken[0] == quote:
                written, at = f"{written}{other}{taken[1:-1]}{other}", inner.end()
                continue
        elif taken in "([{":
            depth += bool(depth) or taken == "{"
        elif taken in ")]}":
            depth -= bool(depth)
        written, at = written + taken, at + len(taken)
    return written, at


def _template_string(line: str) -> str:
    return re.sub(r"(?<![\w'\"])(?:t(r?)|(r)t)(?=['\"])", r"f\1\2", line, flags=re.IGNORECASE)


def _exceptions_without_parentheses(line: str) -> str:
    return re.sub(rf"^(\s*except\*?)\s+({_EXCEPTION}(?:\s*,\s*{_EXCEPTION})+)\s*:", r"\1 (\2):", line)


_TABLE: tuple[tuple[Version, str, Callable[[str], str]], ...] = (
    ((3, 12), "a `type` statement", _type_statement),
    ((3, 12), "type parameters in brackets", _type_parameters),
    ((3, 12), "an f-string's own quotes inside its braces", _quotes_in_f_string),
    ((3, 14), "a template string", _template_string),
    ((3, 14), "several exceptions without parentheses", _exceptions_without_parentheses),
)
"""Since when, what it is called after "new is", and the line as an older Python has it (unchanged without it)."""
