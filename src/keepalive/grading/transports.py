"""How judge and runner reach one another: by direct calls, or over pipes to a child process. Same messages."""

from __future__ import annotations

import contextlib
import queue
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from keepalive.grading import messages, shapes, watchdog
from keepalive.grading.entries import Entry
from keepalive.grading.runner import OUT_OF_MEMORY, Runner
from keepalive.grading.shapes import MEDDLED, Malformed
from keepalive.grading.stops import Ended

Handler = Callable[[dict[str, Any]], list[dict[str, Any]]]

OUTPUT_LIMIT = 100_000
"""Characters that are kept of what a learner's code prints and logs in one check."""

LINE_BYTES = 8 * 1024**2
"""Bytes of the longest line that is read from a child. What a client sends comes in pieces of 1 MiB, as base64."""

SCENARIO_BYTES = 64 * 1024**2
"""Bytes that are read from a child in one scenario: requests of 45 MB in all."""

SCENARIO_LINES = 100_000
"""Messages that are read from a child in one scenario. The largest limit of requests leads to half as many."""

_FLOODED = (
    f"Your code sent more than the grader reads: {SCENARIO_BYTES // 1024**2} MiB in one scenario. Send less, or end "
    "the loop that sends."
)

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
        refused: list[Malformed] = []

        def believing_nothing(message: dict[str, Any]) -> list[dict[str, Any]]:
            if refused:
                return []
            try:
                return server(message)
            except Malformed as exc:  # it must not pass through the learner's code, which might catch it
                refused.append(exc)
                return [{"type": "halt", "kind": "meddles", "text": MEDDLED}]

        self._server = believing_nothing
        self._runner.run(request)
        if refused:
            raise _meddled()

    def close(self) -> None:
        self._runner.close()


class SubprocessTransport:
    """Pipes to a process of its own, which is ended from outside if it does not end by itself."""

    isolation = "child"

    def __init__(self, learner: Path, entry: Entry) -> None:
        self._learner, self._entry = learner, entry
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: _Lines | None = None
        self._complaints: Any = None

    def load(self) -> dict[str, Any]:
        self.close()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the child)
        self._child = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "keepalive.grading.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        self._lines = _Lines(self._child.stdout)
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
        try:
            shapes.refuse_no_hello(hello)
        except Malformed:
            self._kill()
            raise _meddled() from None
        self._send([])
        return hello

    def run(self, request: dict[str, Any], server: Handler) -> None:
        assert self._lines is not None
        work = request["limits"]["work"] + GRACE_SECONDS
        self._lines.begin()
        self._send(request, work)
        while True:
            message = self._receive(work)
            try:
                if message.get("nonce") != request["nonce"] or self._lines.ahead():
                    raise Malformed("somebody else speaks our language")
                replies = server(message)
            except Malformed:
                self._kill()
                raise _meddled() from None
            self._send(replies, work)
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
        assert self._lines is not None
        self._lines.close()
        self._complaints.close()

    def _send(self, message: Any, work: float = IMPORT_SECONDS + GRACE_SECONDS) -> None:
        assert self._child is not None and self._child.stdin is not None
        left = memoryview(messages.encode(message))
        try:
            while left:
                piece = left[: self._room(work)]
                self._child.stdin.write(piece)
                self._child.stdin.flush()
                left = left[len(piece) :]
        except OSError:
            raise self._ended() from None

    def _room(self, work: float) -> int:
        """Bytes that the pipe takes without making us wait, once the child has read enough.

        A child that reads nothing would hold the grading process for ever. Windows cannot tell of a pipe: there a child
        that was made to do this still can.
        """
        assert self._child is not None
        if sys.platform == "win32":
            return LINE_BYTES
        look = None
        while not select.select([], [self._child.stdin], [], LOOK_EVERY)[1]:
            if self._lines is not None and self._lines.ahead():
                self._kill()
                raise _meddled()
            look = look or self._begin_to_look(work, ASLEEP_SECONDS)
            self._end_what_is_too_much(look)
        return select.PIPE_BUF

    def _receive(self, work: float, *, asleep: float = ASLEEP_SECONDS) -> dict[str, Any]:
        """The child's next message. `work` and `asleep`: seconds of either after which it is killed."""
        assert self._child is not None and self._lines is not None
        line = self._lines.next()
        if line is None:
            look = self._begin_to_look(work, asleep)
            while (line := self._lines.next()) is None:
                self._end_what_is_too_much(look)
        if not line:
            raise self._ended()
        if self._lines.too_many():
            self._kill()
            raise Ended("ended_early", kind="meddles", text=_FLOODED)
        try:
            message = messages.decode(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self._kill()
            raise _meddled()
        return message

    def _begin_to_look(self, work: float, asleep: float) -> Any:
        from keepalive.grading.process_look import Look  # in most checks no child is silent for so long

        assert self._child is not None
        return Look(self._child.pid, every=LOOK_EVERY, work=work, asleep=asleep)

    def _end_what_is_too_much(self, look: Any) -> None:
        if look.is_too_much():
            self._kill()
            raise Ended("time_limit")

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


def _meddled() -> Ended:
    return Ended("ended_early", kind="meddles", text=MEDDLED)


class _Lines:
    """What a child writes, line by line, as it is asked for: one waits in here, and the rest in the child's pipe.

    So a child that writes without end is held by its own pipe, and this process does not grow.
    """

    def __init__(self, pipe: Any) -> None:
        self._pipe, self._closed = pipe, False
        self._read: queue.Queue[bytes] = queue.Queue(maxsize=1)
        self._lines = self._bytes = self._longest = 0
        threading.Thread(target=self._pass_on, daemon=True).start()

    def begin(self) -> None:
        """A scenario begins."""
        self._lines = self._bytes = 0

    def next(self) -> bytes | None:
        """The next line, b"" after the last; None if none comes in LOOK_EVERY seconds."""
        try:
            line = self._read.get(timeout=LOOK_EVERY)
        except queue.Empty:
            return None
        self._lines, self._bytes, self._longest = self._lines + 1, self._bytes + len(line), len(line)
        return line

    def too_many(self) -> bool:
        """Whether the last line was too long, or there were too many of them since the scenario began."""
        return self._longest > LINE_BYTES or self._bytes > SCENARIO_BYTES or self._lines > SCENARIO_LINES

    def ahead(self) -> bool:
        """Whether a line is there that did not wait for the reply to the one before it, as the runner does."""
        waiting = list(self._read.queue)
        return bool(waiting and waiting[0])  # after the last line there is b""

    def close(self) -> None:
        """Let go of the thread: the child is dead."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            self._read.get_nowait()

    def _pass_on(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not self._closed and (line := self._pipe.readline(LINE_BYTES + 1)):
                self._read.put(line)
                if len(line) > LINE_BYTES:
                    break  # nobody wants the rest of it
        if not self._closed:
            self._read.put(b"")
