"""Stops code that does not give control back to the event loop, in this process.

Not part of runner or judge, which hold no thread: whoever calls them brings a watchdog that works where they are.

What is counted is work and not time, because a right answer may be paused by a closed lid or wait for a busy machine:
the processor time of the watched thread, or else the ticks of a timer at which it had done nothing since the last one.
A process that is paused gets a single tick however long the pause, and one that waits for a processor has always done
something between two ticks that reach it. In Pyodide, which has neither signals nor threads nor processor time, the
loops of the learner's own file are counted; a loop inside a function written in C is seen by nobody there, and the
page ends the worker.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from keepalive.grading import clock
from keepalive.grading.stops import TimeLimit

TICK = 0.05
"""Seconds between two looks at what the watched thread has done, and between two attempts to stop it: code may catch
the first."""

TICKS_ASLEEP = 60
"""So many ticks in a row without any work are a wait that blocks the thread."""

_NO_WORK = 0.0005
"""Seconds of processor time in a tick that are the watching's own."""

_away = 0  # how many waits for the judge the watched thread stands in


@contextlib.contextmanager
def waiting_for_the_judge() -> Iterator[None]:
    """Inside the block nothing is counted: a paused judge is not the learner's doing."""
    global _away
    _away += 1
    try:
        yield
    finally:
        _away -= 1


class Meter:
    """Adds up what a thread does. `worked`: its processor time so far, in seconds; `most`: what it may take."""

    def __init__(self, worked: Callable[[], float], most: float) -> None:
        self._worked = worked
        self._seen = worked()
        self._end = self._seen + most
        self._asleep = 0
        self._over = False

    def tick(self) -> bool:
        """To be called every TICK seconds, as far as the machine manages. Whether the thread is to be stopped."""
        if self._over:
            return True
        worked = self._worked()
        idle = worked - self._seen < _NO_WORK and not _away
        self._asleep, self._seen = self._asleep + 1 if idle else 0, worked
        self._over = worked >= self._end or self._asleep >= TICKS_ASLEEP
        return self._over


@contextlib.contextmanager
def watch(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Raise TimeLimit inside the block once this thread has worked for `seconds`, or is blocked for good; and again
    until the block is left.

    `seconds` are of processor time. `tell` is called first, so that an exception that is swallowed is not forgotten.
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
    meter = Meter(time.thread_time, seconds)
    traced = sys.gettrace()

    def ring(signum: int, frame: FrameType | None) -> None:
        nonlocal strikes
        if not meter.tick():
            return
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
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
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
    with clock.follow(None):
        left, lock = threading.Event(), threading.Lock()
    meter = Meter(_processor_time_of_this_thread(), seconds)

    def bark() -> None:
        while not left.wait(TICK):
            with lock:
                if meter.tick() and not left.is_set():
                    tell(TimeLimit())
                    raise_in(watched, ctypes.py_object(TimeLimit))

    dog = threading.Thread(target=bark, name="keepalive-watchdog", daemon=True)
    with clock.follow(None):
        dog.start()
    try:
        yield
    finally:
        with clock.follow(None):
            with lock:
                left.set()
                raise_in(watched, None)  # one that is on its way must not arrive after the block
            dog.join()


def _processor_time_of_this_thread() -> Callable[[], float]:
    """Reads it from any thread. Where the system does not tell it of one thread, that of the process."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    of_thread = time.pthread_getcpuclockid(threading.get_ident())
    return lambda: time.clock_gettime(of_thread)


_TOOL = 4
"""Our number among the six that `sys.monitoring` has; 0 to 2 and 5 are spoken for."""

_left: float | None = None  # seconds that the learner's loops may still take; None: nothing is watched
_jumped_at = 0.0  # on the performance counter
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
    """Every loop jumps back. What is raised here is raised there.

    However long the worker was paused between two jumps, it counts as one tick.
    """
    global _left, _jumped_at
    if _left is None:
        return
    now = clock.REAL["perf_counter"]()
    _left -= min(now - _jumped_at, TICK)
    _jumped_at = now
    if _left <= 0:
        stop = TimeLimit()
        _tell(stop)
        raise stop


@contextlib.contextmanager
def _by_jumps(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Costs nothing but where the learner's own code loops. It must have been given to `mind`."""
    global _left, _tell, _jumped_at
    before = _left, _tell
    _left, _tell, _jumped_at = seconds, tell, clock.REAL["perf_counter"]()
    try:
        yield
    finally:
        _left, _tell = before
