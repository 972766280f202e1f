"""Which claims are tested: the ids that a page may name in `<!-- claim: client-is-lazy -->`.

A claim is a test function `test_client_is_lazy` in a file `test_about_*.py` here. Its docstring is the claim in one
sentence. Read from the source, so that asking costs no import.
"""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent


def claims(folder: Path = HERE) -> dict[str, str]:
    """Every tested claim: its statement by its id (kebab case), in the order of files and lines.

    Raises ValueError, naming file and function, for a claim without a statement and for an id that is given twice.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("test_about_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            claim = node.name.removeprefix("test_").replace("_", "-")
            statement = " ".join((ast.get_docstring(node) or "").split())
            if not statement:
                raise ValueError(f"{path.name}: {node.name} has no docstring; the claim belongs there, in one sentence")
            if claim in found:
                raise ValueError(f"{path.name}: {node.name} claims what another test has claimed already")
            found[claim] = statement
    return found
