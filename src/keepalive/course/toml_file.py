"""One of the course's TOML files: read, held against its shape, and its problems told with their lines."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from . import shape, text
from .errors import Problem


class TomlFile:
    """A file on its way into the course. `data` is empty where it cannot be read; `problems` grows as it is read."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path, self.name = path, path.relative_to(root).as_posix()
        self.data, self.source, self.problems = read_toml(path, root)

    def has_shape(self, name: str) -> bool:
        """Whether it was read and is of the shape of that name; what is not is a problem."""
        if not self.problems:
            self.problems += shape.problems(name, self.data, file=self.name, text=self.source)
        return not self.problems

    def line(self, *at: str | int) -> int | None:
        """The line of a key."""
        return text.toml_line(self.source, at)

    def problem(self, at: tuple[str | int, ...], expected: str, found: object, mend: str) -> None:
        """Adds a problem with the value at that place."""
        key = shape.key_name(self.data, at)
        shown = shape.toml(found)
        self.problems.append(Problem(self.name, expected, shown, mend, key=key, line=self.line(*at)))


def read_toml(path: Path, root: Path) -> tuple[dict[str, Any], str, list[Problem]]:
    """(the data, the text, what is wrong). The data is empty where the file cannot be read."""
    file = path.relative_to(root).as_posix()
    try:
        source = text.read(path)
        return tomllib.loads(source), source, []
    except FileNotFoundError:
        return {}, "", [Problem(file, "this file", "no such file", f"write {path.name}")]
    except text.NotUtf8 as e:
        return {}, "", [Problem(file, "UTF-8 text", str(e), "save the file as UTF-8", line=e.line)]
    except OSError as e:
        return {}, "", [Problem(file, "a file that can be read", e.strerror or str(e), "look at its permissions")]
    except tomllib.TOMLDecodeError as e:
        what, line = _toml_error(e, source)
        mend = "text goes in double quotes, true and false in small letters, a list in [ ]"
        return {}, source, [Problem(file, "TOML", what, mend, line=line)]


def _toml_error(error: tomllib.TOMLDecodeError, source: str) -> tuple[str, int]:
    # Python 3.14 gives msg and lineno as attributes; before, both are only in the text "... (at line 3, column 5)".
    what, _, place = str(error).partition(" (at ")
    number = place.removeprefix("line ").partition(",")[0]
    line = int(number) if number.isdecimal() else len(source.rstrip("\n").split("\n"))
    written = source.split("\n")[line - 1].strip() if line <= source.count("\n") + 1 else ""
    return f"{what} at `{written}`" if written else f"{what} at the end of the file", line
