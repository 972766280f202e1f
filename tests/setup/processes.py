"""Looking at processes from outside."""

import time
from pathlib import Path

import pytest


def wait_for(condition, seconds: float = 120.0):
    """The first true value of `condition()`; fails the test after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {condition}")


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: nobody may be there to collect it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"
