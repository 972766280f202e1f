"""What a run changes of the process round it, and puts back."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from types import SimpleNamespace

import httpx
import pytest

from grading.bench import ok, on_wire


async def five_calls(run):
    async with httpx.AsyncClient(base_url=run.url) as client:
        return [(await client.get("/")).status_code for _ in range(5)]


class Looking:
    """Stands first on the path, finds nothing, and remembers what was looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name, path=None, target=None):
        self.names.append(name)


@pytest.mark.skipif(PathFinder.find_spec("sniffio") is not None, reason="it is installed here")
def test_a_module_that_is_missing_is_not_looked_for_at_every_lock(monkeypatch):
    # Another test of this process may have said that it is missing.
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    looking = Looking()
    monkeypatch.setattr(sys, "meta_path", [looking, *sys.meta_path])
    assert on_wire(five_calls, ok).value == [200] * 5
    assert looking.names.count("sniffio") == 1
    assert "sniffio" not in sys.modules, "as before"


def test_one_that_is_there_is_left_alone(monkeypatch):
    there = SimpleNamespace(current_async_library=lambda: "asyncio")
    monkeypatch.setitem(sys.modules, "sniffio", there)
    assert on_wire(five_calls, ok).value == [200] * 5
    assert sys.modules["sniffio"] is there
