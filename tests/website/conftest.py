"""A small course, built once per worker, and copies of it to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepalive.website.build import build
from website.sample import make_root


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a sample course with its site built. Not to be changed."""
    root = make_root(tmp_path_factory.mktemp("built") / "course")
    assert build(root) is True
    return root


@pytest.fixture
def sample(built: Path, tmp_path: Path) -> Path:
    """The same, the test's own: built, its notebooks in the cache, so that only what a test changes is executed."""
    return shutil.copytree(built, tmp_path / "course", symlinks=True)  # the npm packages are not copied
