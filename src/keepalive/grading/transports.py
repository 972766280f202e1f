"""How judge and runner reach one another: by direct calls, or over pipes to a child process. Same messages."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from keepalive.grading import messages, watchdog
from keepalive.grading.entries import Entry
from keepalive.grading.runner import OUT_OF_MEMORY, Runner

Handler = Callable[[dict[str, Any]], list[dict[str, Any]]]

OUTPUT_LIMIT = 100_000
"""Characters that are kept of what a learner's code prints and logs in one check."""

IMPORT_SECONDS = 5.0
"""Seconds of processor time that importing the learner's file may take."""

START_SECONDS = 60.0
"""As much for starting Python and importing httpx, and as long asleep: a slow disk is nobody's mistake."""

LOOK_EVERY = 0.1
"""Seconds between two looks at a child that says nothing."""

GRACE_SECONDS = 3.0
"""Seconds of processor time, or asleep, that a child has beyond its own limit to notice and report it."""

ASLEEP_SECONDS = watchdog.TICK * watchdog.TICKS_ASLEEP + GRACE_SECONDS
"""So long a child may be blocked, as the parent sees it in the system's list of processes."""


SECONDS_TO_DIE = 10.0
"""Real seconds in which a process that has closed its output is gone; its exit code says why."""


class Ended(Exception):
    """The learner's process ended or had to be ended. `status`: "ended_early", "memory_limit" or "time_limit"."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Transport(Protocol):
    """`isolation`: what the learner's code is held by, as the verdict reports it."""

    isolation: str

    def load(self) -> dict[str, Any]:
        """Load the learner's code; the runner's `hello`. Raises Ended."""

    def run(self, request: dict[str, Any], server: Handler) -> None:
        """Run one scenario; `server` is called with every message. Raises Ended."""

    def close(self) -> None:
        """Let go of whatever is held. May be called twice."""


class InProcessTransport:
    """Calls within this process and thread: for practice. Fast, and it contains nobody."""

    isolation = "direct"

    def __init__(self, learner: Path | Any, entry: Entry, file_name: str) -> None:
        self._learner, self._entry, self._file_name = learner, entry, file_name
        self._server: Handler = lambda message: []
        self._runner = Runner(
            lambda message: self._server(message),
            watch=watchdog.watch,
            output_limit=OUTPUT_LIMIT,
            interruptible=sys.platform != "emscripten",  # a page has no Ctrl-C: there it is the learner's own doing
        )

    def load(self) -> dict[str, Any]:
        heard: list[dict[str, Any]] = []
        self._server = lambda message: heard.append(message) or []
        if isinstance(self._learner, Path):
            self._runner.load(self._learner, self._entry, work=IMPORT_SECONDS)
        else:
            self._runner.take(self._learner, self._entry, self._file_name)
        return heard[-1]

    def run(self, request: dict[str, Any], server: Handler) -> None:
        self._server = server
        self._runner.run(request)

    def close(self) -> None:
        self._runner.close()


class SubprocessTransport:
    """Pipes to a process of its own, which is ended from outside if it does not end by itself."""

    isolation = "child"

    def __init__(self, learner: Path, entry: Entry) -> None:
        self._learner, self._entry = learner, entry
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._complaints: Any = None

    def load(self) -> dict[str, Any]:
        self.close()
        self._lines = queue.Queue()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the child)
        self._child = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "keepalive.grading.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        threading.Thread(target=_read_lines, args=(self._child.stdout, self._lines), daemon=True).start()
        self._send(
            {
                "type": "load",
                "file": str(self._learner),
                "entry": self._entry,
                "output": OUTPUT_LIMIT,
                "work": IMPORT_SECONDS,
            }
        )
        hello = self._receive(START_SECONDS + IMPORT_SECONDS + GRACE_SECONDS, asleep=START_SECONDS)
        if hello.get("type") != "hello":
            raise Ended("ended_early")
        self._send([])
        return hello

    def run(self, request: dict[str, Any], server: Handler) -> None:
        self._send(request)
        while True:
            message = self._receive(request["limits"]["work"] + GRACE_SECONDS)
            if message.get("nonce") != request["nonce"]:
                raise Ended("ended_early")  # somebody else speaks our language
            self._send(server(message))
            if message["type"] == "done":
                return

    def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(OSError):
            assert child.stdin is not None
            child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.5)
        if child.poll() is None:
            child.kill()
            child.wait()
        self._complaints.close()

    def _send(self, message: Any) -> None:
        assert self._child is not None and self._child.stdin is not None
        try:
            self._child.stdin.write(messages.encode(message))
            self._child.stdin.flush()
        except OSError:
            raise self._ended() from None

    def _receive(self, work: float, *, asleep: float = ASLEEP_SECONDS) -> dict[str, Any]:
        """The child's next message. `work` and `asleep`: seconds of either after which it is killed."""
        assert self._child is not None
        try:
            line = self._lines.get(timeout=LOOK_EVERY)
        except queue.Empty:
            from keepalive.grading.process_look import Look  # most checks never wait so long

            look = Look(self._child.pid, every=LOOK_EVERY, work=work, asleep=asleep)
            while (line := self._next_line()) is None:
                if look.is_too_much():
                    self._kill()
                    raise Ended("time_limit") from None
        if not line:
            raise self._ended()
        try:
            message = messages.decode(line)
        except ValueError:
            self._kill()
            raise Ended("ended_early") from None
        if not isinstance(message, dict):
            self._kill()
            raise Ended("ended_early")
        return message

    def _next_line(self) -> bytes | None:
        with contextlib.suppress(queue.Empty):
            return self._lines.get(timeout=LOOK_EVERY)
        return None

    def _ended(self) -> Exception:
        """The child is gone. If it never got as far as the learner's code, the fault is on our side."""
        assert self._child is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._child.wait(timeout=SECONDS_TO_DIE) == OUT_OF_MEMORY:
                return Ended("memory_limit")
        self._kill()
        self._complaints.seek(0)
        complaints = self._complaints.read(20_000).decode("utf-8", "replace")
        if complaints.strip():
            return RuntimeError(f"the runner did not start:\n{complaints}")
        return Ended("ended_early")

    def _kill(self) -> None:
        assert self._child is not None
        self._child.kill()
        self._child.wait()


def _read_lines(pipe: Any, lines: queue.Queue[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in iter(pipe.readline, b""):
            lines.put(line)
    lines.put(b"")
