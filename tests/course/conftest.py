from pathlib import Path

import pytest

import small_course as small


@pytest.fixture(autouse=True)
def nobodys_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where whoever runs the tests keeps their own work is none of the tests' business."""
    for name in ("KEEPALIVE_WORK", "KEEPALIVE_HOME", "KEEPALIVE_ROOT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small course, in a folder of its own."""
    small.write(tmp_path)
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Path:
    """The folder of its exercise."""
    return root / small.FOLDER
