from pathlib import Path

import pytest

import small_course as small


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small course, in a folder of its own."""
    small.write(tmp_path)
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Path:
    """The folder of its exercise."""
    return root / small.FOLDER
