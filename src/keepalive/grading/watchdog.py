"""Stops code that computes for ever without an await, in this process.

Not part of runner or judge, which hold no thread: whoever calls them brings a watchdog that works where they are. In
Pyodide, which has neither signals nor threads, it sees the loops of the learner's own file; a loop inside a function
written in C is seen by nobody there, and the page ends the worker.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from keepalive.grading.clock import REAL
from keepalive.grading.stops import TimeLimit

AGAIN_AFTER = 0.05
"""Seconds between two attempts: code may catch the first."""


@contextlib.contextmanager
def watch(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Raise TimeLimit inside the block once `seconds` of real time have passed, and again until it is left.

    `tell` is called first, so that an exception that is swallowed is not forgotten.
    """
    if sys.platform == "emscripten":
        with _by_jumps(seconds, tell):
            yield
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        with _by_signal(seconds, tell):
            yield
    else:
        with _by_thread(seconds, tell):
            yield


@contextlib.contextmanager
def _by_signal(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Interrupts waiting for a lock or a file, too."""
    strikes = 0
    traced = sys.gettrace()

    def ring(signum: int, frame: FrameType | None) -> None:
        nonlocal strikes
        stop = TimeLimit()
        tell(stop)
        strikes += 1
        if strikes % 2:
            raise stop
        # It was caught. A signal always strikes at the same few places, which may all lie inside a `try` that catches
        # everything; so strike at a line instead, another one each time, until one lies outside. Every other time the
        # signal itself strikes again: `while True: pass` is a single instruction in which no line ever begins.
        strike = _strike_after(strikes // 2 % 9, stop)
        while frame is not None:
            frame.f_trace = strike
            frame = frame.f_back
        sys.settrace(strike)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(traced)


def _strike_after(lines: int, stop: TimeLimit) -> Callable[[FrameType, str, Any], Any]:
    """A trace function that raises `stop` once so many lines have been executed, in no module of ours."""

    def strike(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if str(frame.f_globals.get("__name__", "")).startswith("keepalive."):
            return None
        if event == "line":
            lines -= 1
            if lines < 0:
                raise stop
        return strike

    return strike


@contextlib.contextmanager
def _by_thread(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Works on every system and thread, but only between two bytecodes of the watched thread."""
    import ctypes

    watched = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    left, lock = threading.Event(), threading.Lock()

    def bark() -> None:
        wait = seconds
        while not left.wait(wait):
            wait = AGAIN_AFTER
            with lock:
                if not left.is_set():
                    tell(TimeLimit())
                    raise_in(watched, ctypes.py_object(TimeLimit))

    dog = threading.Thread(target=bark, name="keepalive-watchdog", daemon=True)
    dog.start()
    try:
        yield
    finally:
        with lock:
            left.set()
            raise_in(watched, None)  # one that is on its way must not arrive after the block
        dog.join()


_TOOL = 4
"""Our number among the six that `sys.monitoring` has; 0 to 2 and 5 are spoken for."""

_due: float | None = None  # real seconds on the performance counter; None: nothing is watched
_tell: Callable[[TimeLimit], None] = lambda stop: None  # noqa: E731


def mind(code: CodeType) -> None:
    """Learner's code that is about to run, with all functions in it: in Pyodide its loops are heard of from now on."""
    if sys.platform == "emscripten":
        monitoring = sys.monitoring
        if monitoring.get_tool(_TOOL) is None:
            monitoring.use_tool_id(_TOOL, "keepalive")
            monitoring.register_callback(_TOOL, monitoring.events.JUMP, _jumped)
        monitoring.set_local_events(_TOOL, code, monitoring.events.JUMP)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                mind(inner)


def _jumped(code: CodeType, origin: int, destination: int) -> None:
    """Every loop jumps back. What is raised here is raised there."""
    if _due is not None and REAL["perf_counter"]() >= _due:
        stop = TimeLimit()
        _tell(stop)
        raise stop


@contextlib.contextmanager
def _by_jumps(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Costs nothing but where the learner's own code loops. It must have been given to `mind`."""
    global _due, _tell
    before = _due, _tell
    _due, _tell = REAL["perf_counter"]() + seconds, tell
    try:
        yield
    finally:
        _due, _tell = before
