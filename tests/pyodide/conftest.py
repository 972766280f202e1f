"""The runtime's files, as a page would fetch them. Built once; after that they come from .cache."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from keepalive.website.runtime.build import build_runtime


class Built(NamedTuple):
    folder: Path
    manifest: dict[str, Any]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Not to be changed. Without Node this fails, and says how Node is installed."""
    folder = tmp_path_factory.mktemp("runtime")
    return Built(folder, build_runtime(folder))
