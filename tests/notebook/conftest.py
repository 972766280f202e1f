"""A progress file of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's real progress, nobody's real folder."""
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEEPALIVE_WORK", str(tmp_path / "work"))
    return tmp_path / "home" / "progress.json"
