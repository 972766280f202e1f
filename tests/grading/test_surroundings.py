"""What a run changes of the process round it, and puts back."""

from __future__ import annotations

import logging
import os
import random
import secrets
import signal
import sys
import uuid
from importlib.machinery import PathFinder
from types import SimpleNamespace

import httpx
import pytest

from grading.bench import client, judged, ok, on_wire


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


DRAWS = """
drawn = [uuid.uuid4(), uuid.uuid1(), secrets.token_hex(8), secrets.randbelow(10**9), os.urandom(4), random.random()]
print(*drawn, secrets.choice("abcdefghijk"), random.SystemRandom().random())
return await self.http.get(path)
"""
ANSWER = client(DRAWS, before="import os, random, secrets, uuid\n")


def test_whatever_is_drawn_comes_from_the_seed_and_not_afterwards(tmp_path):
    said = [judged(tmp_path, ANSWER, link=link, seed=7)["output"] for link in ("direct", "direct", "child")]
    assert said[0] == said[1] == said[2] != ""
    first, second = said[0].splitlines()
    assert first != second, "each scenario draws its own"
    assert judged(tmp_path, ANSWER, seed=8)["output"] != said[0]
    assert uuid.uuid4() != uuid.uuid4() and os.urandom(8) != os.urandom(8)
    assert secrets.token_hex(8) != secrets.token_hex(8) and random._urandom is os.urandom


LOGS = "import logging\nlogging.basicConfig(level=logging.DEBUG, force=True)\n"


def test_logging_at_debug_costs_nothing_and_is_put_back(tmp_path):
    def set_up():
        return logging.root.level, list(logging.root.handlers), logging.getLogger("httpcore").level

    before = set_up()
    body = """
        logging.getLogger("mine").addHandler(logging.StreamHandler())
        for number in range(4000):
            logging.getLogger("mine").debug("%d %s", number, "x" * 90)
        return await self.http.get(path)
    """
    for link in ("direct", "child"):
        verdict = judged(tmp_path, client(body, before=LOGS), link=link)
        assert verdict["status"] == "passed"
        assert "DEBUG:mine:0 xxx" in verdict["output"] and "there was more" in verdict["output"]
        assert len(verdict["output"]) < 101_000
    assert set_up() == before
    assert logging.getLogger("mine").handlers == []


HANDLES_A_SIGNAL = """
import signal
loop = asyncio.get_running_loop()
assert loop.remove_signal_handler(signal.SIGINT) is False
loop.add_signal_handler(signal.SIGINT, print, "never")
assert loop.remove_signal_handler(signal.SIGINT) is True
loop.add_signal_handler(signal.SIGINT, print, "never")
return await self.http.get(path)
"""


@pytest.mark.parametrize("link", ["direct", "child"])
def test_a_signal_handler_is_taken_as_on_unix_and_no_signal_is_handled_differently(tmp_path, link) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert judged(tmp_path, client(HANDLES_A_SIGNAL), link=link)["status"] == "passed"
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("call", "error"),
    [("add_signal_handler(9999, print)", "ValueError"), ("add_signal_handler(2, self.get)", "TypeError")],
)
def test_what_is_no_signal_handler_is_refused_as_on_unix(tmp_path, call, error) -> None:
    verdict = judged(tmp_path, client(f"asyncio.get_running_loop().{call}"))
    assert f"Your code raised `{error}: " in verdict["checks"][0]["observed"]
