"""Claims about httpx and httpx2 side by side. In a process of their own, in which each name means its own library."""

from __future__ import annotations

import os
import subprocess
import sys


def said_with_both(program: str) -> str:
    """What a program prints that may import both. Also where this process has httpx2 by the name of httpx."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-W", "ignore", "-c", f"import httpx, httpx2\nassert httpx is not httpx2\n{program}"]
    return subprocess.run(command, env=plain, capture_output=True, text=True, check=True).stdout.strip()


def test_httpx2_has_the_names_of_httpx():
    """Every public name of httpx is there in httpx2, too: `import httpx2 as httpx` finds them all."""
    assert said_with_both("print(len(httpx.__all__) > 60, [n for n in httpx.__all__ if not hasattr(httpx2, n)])") == (
        "True []"
    )


def test_neither_library_catches_the_others_errors():
    """The errors of httpx and of httpx2 are classes of their own: `except httpx.HTTPError` lets an
    `httpx2.ReadTimeout` pass, and the other way round.
    """
    program = """
for raising, catching in ((httpx, httpx2), (httpx2, httpx)):
    try:
        try:
            raise raising.ReadTimeout("late")
        except catching.HTTPError:
            print("caught")
    except raising.HTTPError:
        print("passed")
"""
    assert said_with_both(program).split() == ["passed", "passed"]
