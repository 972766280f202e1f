"""A direct call that cannot take its caller along: `check --fast` must not exit 0 because the answer did.

`os._exit`, `os.execv` and a crash of Python end a process without a word: no `finally`, no `atexit`. So the verdict is
made in a copy of this process (a fork, a few milliseconds) and comes back over a pipe; where none comes, none passed.
Windows has no fork, and a second Python would cost what `--fast` saves: there only `os._exit` itself is caught, as it
is everywhere (`surroundings.no_hard_exit`).
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from keepalive.grading.stops import Ended


class Gone:
    """A link to an answer whose process has ended: what is graded over it gets the verdict of that."""

    isolation = "direct"

    def load(self) -> dict[str, Any]:
        raise Ended("ended_early", text="Your code ended Python before the check was over, so there is nothing to see.")

    def run(self, request: dict[str, Any], server: Any) -> None:
        raise AssertionError("nothing was loaded")

    def close(self) -> None:
        pass


def verdict_of(make: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What `make` returns, which JSON can carry; None where the process ended before that. Raises KeyboardInterrupt."""
    if not hasattr(os, "fork") or sys.platform == "emscripten":
        return make()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: the copy uses none of theirs
        child = os.fork()
    if child == 0:
        _answer(make, reading, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
    finally:
        _, status = os.waitpid(child, 0)
    return json.loads(said) if said and status == 0 else None


def _answer(make: Callable[[], dict[str, Any]], reading: int, writing: int) -> None:
    """The copy's whole life. What it raises is told by Python, as it would have been without a copy."""
    status = 1
    leave = os._exit  # before the learner's code can put another in its place
    try:
        os.close(reading)
        said = json.dumps(make()).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(said)
        status = 0
    except KeyboardInterrupt:  # Ctrl-C reached the caller, too
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        leave(status)
