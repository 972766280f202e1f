"""The two libraries that every claim is tried with: httpx, and httpx2, its maintained successor.

Each has a process of its own. The suite's process has httpx; `test_with_httpx2.py` starts one in which `import httpx`
means httpx2 (`as_httpx2/sitecustomize.py`), and runs the same tests there. A claim that comes out differently says so
with `differs`; every other difference is a failure.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

LIBRARY = "KEEPALIVE_CLAIMS_LIBRARY"
"""The variable that says which library a process was started for."""

WANTED = os.environ.get(LIBRARY, "httpx")
if httpx.__name__ != WANTED:  # Python goes on when its sitecustomize fails
    raise ImportError(f"These tests are for {WANTED}, and `import httpx` gives {httpx.__name__}.")

HERE = Path(__file__).parent
AS_HTTPX2 = HERE / "as_httpx2"


def differs(
    *, httpx: str, httpx2: str, shown_by: Callable[..., None], library: str = WANTED
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Records that a claim comes out as `httpx` says with httpx, and with httpx2 as `httpx2` says, in words.

    The claim itself is the test of the first value, `shown_by` that of the second; it is given the test's fixtures.
    With httpx2 the claim has to fail and `shown_by` has to pass, so that neither word outlives its truth. The site
    reads both words from the source (keepalive.website.claims).
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def both(**fixtures: Any) -> None:
            if library == "httpx":
                return test(**fixtures)
            if holds(test, fixtures):
                pytest.fail(
                    f"This claim holds with httpx2, too, and is recorded as different: {httpx2!r}. Remove that."
                )
            return shown_by(**fixtures)

        return both

    return decorate


def holds(test: Callable[..., None], fixtures: dict[str, Any]) -> bool:
    """Whether a test passes. What it has patched is put back, as if it had never run."""
    try:
        test(**fixtures)
    except (Exception, pytest.fail.Exception):
        return False
    finally:
        if "monkeypatch" in fixtures:
            fixtures["monkeypatch"].undo()
    return True


def run_with_httpx2(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A pytest of its own, in which `import httpx` means httpx2."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    told = {LIBRARY: "httpx2", "PYTHONPATH": str(AS_HTTPX2)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, arguments)]
    return subprocess.run(command, env=inherited | told, capture_output=True, text=True, cwd=HERE.parents[1])
