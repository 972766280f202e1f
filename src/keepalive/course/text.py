"""Reading the course's text files: decoding, sections of a Markdown file, fenced code, TOML's line numbers.

`brief.md` and `hints.md` of an exercise have one section per task, `## <task id>`:

    # brief.md                              # hints.md
    What this exercise is about.            ## one-pool
                                            Where does a connection go when a client is closed?
    ## one-pool
    Five calls, one connection.             ---
                                            `httpx.AsyncClient` keeps ...
    ## closes
    ...                                     ## closes
                                            ...

Under a task's heading in `hints.md`, hints stand in order and are separated by a line that holds `---` alone. What
stands in `brief.md` before the first task is the introduction; a first heading `# ...` there is dropped, because every
frontend shows the exercise's title itself. A `##` inside a fenced code block is code, not a section.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([^`]*)$")
_SECTION = re.compile(r"^##[ \t]+(.+?)[ \t]*#*[ \t]*$")
_LONG = re.compile(r"""(\"{3}|'{3}).*?\1""", re.S)
_TITLE = re.compile(r"^#[ \t]+\S.*$")


class NotUtf8(ValueError):
    """The file is not UTF-8. `line` counts from 1, `offset` is the byte's place in the file from 0."""

    def __init__(self, line: int, offset: int, byte: int, encoding: str = "") -> None:
        self.line, self.offset, self.byte, self.encoding = line, offset, byte, encoding
        if encoding:
            text = f"it is saved as {encoding}, not as UTF-8"
        else:
            text = f"line {line} holds the byte 0x{byte:02x} (number {offset} in the file, from 0), which is not UTF-8"
        super().__init__(text)


def decode(data: bytes) -> str:
    """UTF-8 text with line ends normalised to `\\n` and a byte order mark dropped. Raises NotUtf8."""
    for mark, encoding in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if data.startswith(mark):  # what `>` in an older PowerShell writes
            raise NotUtf8(1, 0, data[0], encoding)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        offset = e.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        raise NotUtf8(data.count(b"\n", 0, offset) + 1, offset, data[offset]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_python(path: Path) -> str:
    """A Python file's text, by its coding line if it has one, as Python reads it. Raises OSError, NotUtf8."""
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if not encoding.startswith("utf-8"):
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (SyntaxError, UnicodeDecodeError):  # an encoding that nobody knows, or another one: Python says so
        pass
    return decode(data)


def read(path: Path) -> str:
    """The file's text. Raises OSError, NotUtf8."""
    return decode(path.read_bytes())


_COMMENT = re.compile(r"[ \t]*(?:\n[ \t]*)?<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Section:
    """What stands under one `## <name>` heading. `line` is the heading's, from 1; `text` is stripped of blank lines."""

    name: str
    line: int
    text: str


@dataclass(frozen=True)
class Fence:
    """One fenced block. `line` is that of its first line of code, `info` the language as written after the fence."""

    info: str
    line: int
    code: str


def sections(text: str) -> tuple[str, tuple[Section, ...]]:
    """(what stands before the first `##`, without its title; the sections in order)."""
    heads: list[tuple[int, str]] = []
    lines = text.split("\n")
    for number, line, inside in outside_fences(lines):
        if not inside and (match := _SECTION.match(line)):
            heads.append((number, match[1]))
    first = heads[0][0] if heads else len(lines) + 1
    intro = lines[: first - 1]
    while intro and not intro[0].strip():
        intro.pop(0)
    if intro and _TITLE.match(intro[0]):
        intro.pop(0)
    ends = [number for number, _ in heads[1:]] + [len(lines) + 1] if heads else []
    found = tuple(
        Section(name, number, "\n".join(lines[number : end - 1]).strip("\n").rstrip())
        for (number, name), end in zip(heads, ends, strict=True)
    )
    return "\n".join(intro).strip(), found


def hints(section: Section) -> tuple[str, ...]:
    """The hints of one task's section: its parts between lines of `---`. Empty parts are kept, to be refused."""
    if not section.text.strip():
        return ()
    parts: list[list[str]] = [[]]
    for _, line, inside in outside_fences(section.text.split("\n")):
        if not inside and line.strip() == "---":
            parts.append([])
        else:
            parts[-1].append(line)
    return tuple("\n".join(part).strip() for part in parts)


def fences(text: str) -> tuple[Fence, ...]:
    """The fenced code blocks of a Markdown text, in order."""
    found: list[Fence] = []
    mark, info, start = "", "", 0
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if mark:
            if match and match[1].startswith(mark) and not match[2].strip():
                found.append(Fence(info, start, "\n".join(lines[start - 1 : number - 1])))
                mark = ""
        elif match:
            mark, info, start = match[1], match[2].strip(), number + 1
    if mark:
        found.append(Fence(info, start, "\n".join(lines[start - 1 :])))
    return tuple(found)


def outside_fences(lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """Every line as (number from 1, line, whether it is code or a fence's own line)."""
    mark = ""
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if mark:
            yield number, line, True
            if match and match[1].startswith(mark) and not match[2].strip():
                mark = ""
        else:
            if match:
                mark = match[1]
            yield number, line, bool(mark)


def toml_line(text: str, path: tuple[str | int, ...]) -> int | None:
    """The line (from 1) where a key of a TOML file stands, or of the nearest thing around it that can be found.

    `tomllib` tells no lines. The course's files are tables in arrays, a question's options in arrays below those, so
    that looking for the nth `[[name]]` and for `key =` after it finds the place. `path` is like `("task", 1, "points")`
    or `("question", 1, "options", 0, "why")` or `("starter", "change")`.
    """
    lines = without_long_texts(text).split("\n")
    start, end = 0, next((i for i, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    found = None
    rest = list(path)
    table, whole = "", (0, len(lines))
    while len(rest) >= 2 and isinstance(rest[0], str) and isinstance(rest[1], int):
        table = f"{table}.{rest[0]}" if table else rest[0]
        header = re.compile(rf"^\s*\[\[\s*{re.escape(table)}\s*\]\]")
        heads = [i for i in range(*whole) if header.match(lines[i])]
        if len(heads) <= rest[1]:
            break
        found = start = heads[rest[1]]
        end = next((i for i in range(start + 1, len(lines)) if lines[i].lstrip().startswith("[[")), len(lines))
        whole = start, heads[rest[1] + 1] if len(heads) > rest[1] + 1 else whole[1]
        rest = rest[2:]
    if len(rest) == 2 and isinstance(rest[1], str):  # a key in a table of its own
        head = re.compile(rf"^\s*\[\s*{re.escape(str(rest[0]))}\s*\]")
        own = next((i for i in range(*whole) if head.match(lines[i])), None)
        if own is not None:
            found, start, rest = own, own, rest[1:]
            end = next((i for i in range(own + 1, len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
    if rest and isinstance(rest[0], str):
        key = re.compile(rf"^\s*[\"']?{re.escape(rest[0])}[\"']?\s*=")
        head = re.compile(rf"^\s*\[\[?\s*([\w-]+\.)*{re.escape(rest[0])}\s*\]")
        found = next((i for i in range(start, end) if key.match(lines[i])), found)
        if found is None and len(rest) == 1:  # the key is itself a table
            found = next((i for i in range(*whole) if head.match(lines[i])), None)
    return None if found is None else found + 1


def without_long_texts(toml: str) -> str:
    """A TOML file whose texts of several lines are empty lines: code in one may look like a key or a table."""
    return _LONG.sub(lambda found: "\n" * found[0].count("\n"), toml)


def without_comments(markdown: str) -> str:
    """The text without HTML comments, and without the blanks in front of them: an author's notes, for no reader."""
    return _COMMENT.sub("", markdown)


def about_of(source: str) -> str:
    """The first paragraph of a Python file's docstring, on one line; "" where there is none."""
    try:
        said = ast.get_docstring(ast.parse(source)) or ""
    except (SyntaxError, ValueError):
        return ""
    return said.partition("\n\n")[0].replace("\n", " ")
