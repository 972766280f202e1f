"""A small course, built once for all workers, and copies of it to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepalive.website.build import build
from made_once import made_once
from website.sample import make_root


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a sample course with its site built. Not to be changed."""
    return made_once(tmp_path_factory, "built", lambda folder: build(make_root(folder / "course"))) / "course"


@pytest.fixture
def sample(built: Path, tmp_path: Path) -> Path:
    """The same, the test's own: built, its notebooks in the cache, so that only what a test changes is executed."""
    return shutil.copytree(built, tmp_path / "course", symlinks=True)  # the npm packages are not copied
