"""An exercise's own two files, compiled once for as long as their text stays the same.

A drive is loaded anew for every scenario and a grader for every check, so that each begins with a fresh namespace.
Compiling is most of what that costs, above all in a browser.
"""

from __future__ import annotations

import functools
from pathlib import Path
from types import CodeType


def compiled(path: Path) -> CodeType:
    """The file's code, to be executed in a namespace. Raises OSError, SyntaxError or ValueError."""
    return _compiled(path.read_bytes(), str(path))


@functools.lru_cache(maxsize=16)
def _compiled(source: bytes, path: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)
