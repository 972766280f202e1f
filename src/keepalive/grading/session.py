"""One scenario on the learner's side: the clock, the link to the judge, and what was noticed on the way."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import io
import itertools
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from keepalive.grading import own_work
from keepalive.grading.clock import MONOTONIC_START
from keepalive.grading.learner import FROM_EARLIER_SCENARIO, Diagnosis, Gap, Learner
from keepalive.grading.libraries import CORES
from keepalive.grading.loop import VirtualLoop, await_chain, is_in_loop
from keepalive.grading.stops import OutputLimit, Stopped
from keepalive.grading.wire import Stream

Exchange = Callable[[dict[str, Any]], list[dict[str, Any]]]
"""Sends a message to the scenario's server and returns the messages that come back."""


_LOOPS = ("endless_retry", "spinning", "too_long")
"""Kinds of a stop whose cause is a loop."""


FLOOD = 100
"""A scenario's output is a flood when it is so many times what a whole check keeps: no logger writes as much."""


class Output:
    """What the learner prints and logs, kept up to a number of characters in all. A flood in one scenario raises.

    `said` hears each text as it is printed, as far as it is kept.
    """

    def __init__(self, limit: int, said: Callable[[str], object] = lambda text: None) -> None:
        self._limit, self._said, self._kept, self._flood = limit, said, 0, 0
        self._parts: list[str] = []
        self.full = False

    def begin(self) -> None:
        """A scenario begins."""
        self._flood, self.full = 0, False

    def write(self, text: str) -> None:
        kept = text[: max(0, self._limit - self._kept)]
        if kept:
            self._parts.append(kept)
            self._kept += len(kept)
            self._said(kept)
            if self._kept == self._limit:
                self._parts.append(f"\n[{self._limit:,} characters of output are kept, and there was more.]\n")
        self._flood += len(text)
        if self._flood > FLOOD * self._limit:
            self.full = True
            raise OutputLimit("output_limit", self.too_much)

    @property
    def too_much(self) -> str:
        """What is said of a flood."""
        return f"Your code printed or logged more than {FLOOD * self._limit:,} characters."

    def take(self) -> str:
        text, self._parts = "".join(self._parts), []
        return text


class _Captured(io.TextIOBase):
    """Stands in for stdout or stderr on one thread; other threads print where they always did."""

    encoding = "utf-8"

    def __init__(self, output: Output, elsewhere: Any) -> None:
        self._output, self._elsewhere, self._thread = output, elsewhere, threading.get_ident()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            self._output.write(text)
        else:
            self._elsewhere.write(text)
        return len(text)

    def flush(self) -> None:
        if threading.get_ident() != self._thread:
            self._elsewhere.flush()


@contextlib.contextmanager
def captured(output: Output) -> Iterator[None]:
    """Collect in `output` what this thread prints."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Captured(output, out), _Captured(output, err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


@dataclasses.dataclass
class _Due:
    """Something that the server does at a time of the loop's clock."""

    at: float
    act: Callable[[], None]
    timer: asyncio.TimerHandle


class Session:
    """A run of one scenario, as seen from the learner's process."""

    def __init__(self, learner: Learner, exchange: Exchange, output: Output, *, nonce: str, max_virtual: float) -> None:
        self.learner, self._exchange, self._output, self._nonce = learner, exchange, output, nonce
        self._max_virtual = max_virtual
        self.loop = self.new_loop()
        """The loop that runs, or ran last. A scenario has one; a script run may make several, one after another."""
        self.early_clients = False
        """Whether a client may be used that was made while the file was imported."""
        self._agenda: dict[int, _Due] = {}
        self._numbers = itertools.count()
        self.streams: dict[int, Stream] = {}
        self._connecting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ticks: dict[int, int] = {}  # numbers on the agenda
        self._connections = 0
        self.diagnoses: list[Diagnosis] = []
        self.gaps: list[Gap] = []  # whose NotImplementedError was raised
        self._over = False
        self._scratch: Path | None = None

    # -- loops

    def new_loop(self) -> VirtualLoop:
        """A further loop on the session's clock."""
        loop = VirtualLoop(
            max_virtual=self._max_virtual,
            on_block=self._notice_blocking,
            on_socket=self._notice_socket,
            on_run=self._move_to,
            on_stop=self._look_where_it_stands,
        )
        loop.set_exception_handler(lambda loop, context: None)  # a leftover task's error is not ours to print
        return loop

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end, on a loop that is open."""
        loop = self.new_loop() if self.loop.is_closed() else self.loop
        return loop.run_until_complete(call)

    def monotonic(self) -> float:
        """The clock that a run follows: that of the loop which runs."""
        return self.loop.monotonic()

    @property
    def wall_offset(self) -> float:
        return self.loop.wall_offset

    def sleep(self, seconds: float) -> None:
        self.loop.sleep(seconds)

    def _move_to(self, loop: VirtualLoop) -> None:
        """This loop runs now: what the server still has to do happens on it, at the same times."""
        if loop is self.loop:
            return
        loop.continue_from(self.loop)
        self.loop = loop
        for due in self._agenda.values():
            due.timer.cancel()
            due.timer = loop.call_at(due.at, due.act)

    def _put_on_agenda(self, at: float, do: Callable[[Any], None], what: Any) -> int:
        number = next(self._numbers)

        def act() -> None:
            del self._agenda[number]
            do(what)

        at += MONOTONIC_START
        self._agenda[number] = _Due(at, act, self.loop.call_at(at, act))
        return number

    # -- messages

    def send(self, kind: str, **fields: Any) -> None:
        """Tell the judge; what it wants done is put on the clock. After `done`, nothing is told any more."""
        if self._over:
            return
        self.loop.heard()
        printed = self._output.take()
        if printed:
            self._send("output", {"text": printed})
        self._over = kind == "done"
        for reply in self._send(kind, fields):
            self._put_on_clock(reply)

    def _send(self, kind: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
        return self._exchange({"type": kind, "t": round(self.loop.elapsed(), 9), "nonce": self._nonce, **fields})

    def _put_on_clock(self, reply: dict[str, Any]) -> None:
        kind = reply["type"]
        if kind == "halt":
            self.loop.stop_with(Stopped(reply["kind"], reply["text"]))
        elif kind == "cancel":
            number = self._ticks.pop(reply["id"], None)
            if number is not None:
                self._agenda.pop(number).timer.cancel()
        elif kind == "tick":
            self._ticks[reply["id"]] = self._put_on_agenda(reply["at"], self._tick, reply["id"])
        else:
            self._put_on_agenda(reply["at"], self._deliver, reply)

    def _tick(self, tick: int) -> None:
        del self._ticks[tick]
        self.send("tick", id=tick)

    def _deliver(self, reply: dict[str, Any]) -> None:
        conn = reply["conn"]
        connected = self._connecting.pop(conn, None)
        if connected is not None and reply["type"] in ("accept", "refuse"):
            if not connected.done():
                if reply["type"] == "accept":
                    self.streams[conn] = Stream(self, conn, reply.get("window"), records=reply.get("records", False))
                connected.set_result(reply)
        elif conn in self.streams:
            self.streams[conn].deliver(reply)

    # -- connections

    def open_connection(self) -> tuple[int, asyncio.Future[dict[str, Any]]]:
        """A number for a new connection, and the future of the judge's answer to it."""
        conn, self._connections = self._connections, self._connections + 1
        self._connecting[conn] = connected = self.loop.create_future()
        return conn, connected

    def abandon(self, conn: int) -> None:
        """The learner's side gave up while connecting, or in the instant after."""
        self._connecting.pop(conn, None)
        stream = self.streams.get(conn)
        if stream is not None:
            stream.closed = True
        self.send("connect_abandoned", conn=conn)

    # -- files

    def scratch(self) -> Path:
        """A folder of this run's own, made when first asked for."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="keepalive-"))
        return self._scratch

    def files(self) -> dict[str, str]:
        """What lies in the scratch folder: names with `/`, and the SHA-256 of each."""
        if self._scratch is None:
            return {}
        return {
            path.relative_to(self._scratch).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self._scratch.rglob("*"))
            if path.is_file()
        }

    def sweep(self) -> None:
        """Remove the scratch folder."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    # -- what is noticed

    def _notice(self, kind: str, text: str, *, line: int | None) -> str:
        if not any(found["kind"] == kind for found in self.diagnoses):
            self.diagnoses.append(self.learner.diagnosis(kind, text, line=line))
        return text

    def _notice_blocking(self, seconds: float) -> None:
        self._notice(
            "blocking_sleep",
            f"`time.sleep({seconds:g})` stops the whole event loop: for {seconds:g} s no other task could send, read "
            "or be cancelled. In async code a wait is `await asyncio.sleep(...)`.",
            line=self.learner.line_of_caller(),
        )

    def notice_sync_client(self) -> str:
        return self._notice(
            "sync_client",
            "This call uses httpx's synchronous side, which stops the whole event loop until the answer is there. In "
            "async code requests are awaited on an `httpx.AsyncClient`.",
            line=self.learner.line_of_caller(),
        )

    def notice_copying(self, text: str) -> str:
        return self._notice(own_work.KIND, text, line=self.learner.line_of_caller())

    def notice_thread(self, kind: str, text: str) -> str:
        return self._notice(kind, text, line=self.learner.line_of_caller())

    def notice_early_client(self, line: int | None, *, in_scenario: bool = False) -> str:
        """`in_scenario`: it was made in a scenario before this one, and not before the first."""
        if in_scenario:
            text = f"This client was made in an earlier scenario. {FROM_EARLIER_SCENARIO}"
            return self._notice("client_made_early", text, line=line)
        return self._notice(
            "client_made_early",
            "This client was made before the check began: while the file was imported, or in an earlier cell. A client "
            "belongs to the event loop that opened its connections, so make it where it is used: in `__init__` or in "
            "`__aenter__`.",
            line=line,
        )

    def _notice_socket(self) -> str:
        callers, frame = [], sys._getframe(1)
        while frame is not None:
            callers.append(str(frame.f_globals.get("__name__")))
            frame = frame.f_back  # type: ignore[assignment]
        backends = {f"{core}._backends.{name}": name for core in CORES.values() for name in ("auto", "anyio")}
        found = {backends.get(name) for name in callers}
        if "auto" in found:
            return self.notice_early_client(None)
        if "anyio" in found:
            return self._notice(
                "socket",
                "Your client's connection pool has a network backend of its own. In an exercise the network is the "
                "grader's: leave `network_backend=` out.",
                line=self.learner.line_of_caller(),
            )
        return self._notice(
            "socket",
            "Your code opened a socket of its own. In an exercise the network is the grader's, and it is reached "
            "through `httpx.AsyncClient`.",
            line=self.learner.line_of_caller(),
        )

    def notice_clocks_bound_early(self) -> None:
        for place, function in self.learner.clocks_bound_early:
            self._notice(
                "clock_bound_early",
                f"`{place}` keeps the real `time.{function}`: the class was made before `keepalive.notebook` was "
                "imported, so it does not follow the virtual clock. Run the class's cell once more, then check again.",
                line=None,
            )

    def report_programming_error(self, exc: BaseException) -> None:
        """The drive has caught this. A programming error in the learner's code is reported before what it led to."""
        error = None if self._over else self.learner.programming_error(exc)
        if error is not None and not any(found["kind"] == error["kind"] for found in self.diagnoses):
            self.diagnoses.append(error)

    def notice_stop(self, stop: Stopped) -> None:
        """The run was stopped from outside the learner's code; find the line at which it stood."""
        self._look_where_it_stands(stop)
        self._notice(stop.kind, stop.text, line=stop.line)

    def _look_where_it_stands(self, stop: Stopped) -> None:
        if stop.line is None:
            stop.line = self._line_waited_at(stop)

    def _line_waited_at(self, stop: Stopped) -> int | None:
        explained = self.learner.explain(stop)
        if explained["line"] is not None:
            return explained["line"]
        for task in sorted(asyncio.all_tasks(self.loop), key=_task_number):
            own = [frame for frame in await_chain(task) if self.learner.owns(frame)]
            if own:
                # What does not end is a loop, and the innermost await may be in a method that is right.
                loops = [frame for frame in own if is_in_loop(frame)] if stop.kind in _LOOPS else []
                return (loops or own)[-1].f_lineno
        return None


def _task_number(task: asyncio.Task[Any]) -> tuple[int, str]:
    name = task.get_name()
    digits = name.rpartition("-")[2]
    return (int(digits) if digits.isdigit() else 0, name)
