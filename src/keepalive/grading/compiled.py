"""An exercise's own two files, compiled once for as long as their text stays the same.

A drive is loaded anew for every scenario and a grader for every check, so that each begins with a fresh namespace.
Compiling is most of what that costs, above all in a browser.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from types import CodeType

CAUGHT = "__caught__"
"""A function without arguments that a drive's namespace holds: each `except` of the drive begins by calling it."""


def compiled(path: Path) -> CodeType:
    """The file's code, to be executed in a namespace. Raises OSError, SyntaxError or ValueError."""
    return _compiled(path.read_bytes(), str(path), False)


def compiled_drive(path: Path) -> CodeType:
    """As `compiled`; the code tells `CAUGHT` of what it catches.

    A drive makes a result of whatever a call raises. Whether that was httpx's answer or a mistyped name is seen in
    the traceback alone, and a result has none.
    """
    return _compiled(path.read_bytes(), str(path), True)


@functools.lru_cache(maxsize=16)
def _compiled(source: bytes, path: str, tells: bool) -> CodeType:
    tree = ast.parse(source, path)
    return compile(_Telling().visit(tree) if tells else tree, path, "exec", dont_inherit=True)


class _Telling(ast.NodeTransformer):
    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        tell = ast.parse(f"{CAUGHT}()").body[0]
        for each in ast.walk(tell):
            ast.copy_location(each, node)
        node.body.insert(0, tell)
        return node
