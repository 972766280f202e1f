"""The project's own Python looks as ruff and the configuration in pyproject.toml want it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("question", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(question: list[str]) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "ruff", *question, "."], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
