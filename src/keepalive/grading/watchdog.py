"""Stops code that computes for ever without an await, in this process.

Not part of runner or judge, which hold no thread: whoever calls them brings a watchdog that works where they are. In
Pyodide there is none; the page ends the worker.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from keepalive.grading.stops import TimeLimit

AGAIN_AFTER = 0.05
"""Seconds between two attempts: code may catch the first."""


@contextlib.contextmanager
def watch(seconds: float, tell: Callable[[TimeLimit], None]) -> Iterator[None]:
    """Raise TimeLimit inside the block once `seconds` of real time have passed, and again until it is left.

    `tell` is called first, so that an exception that is swallowed is not forgotten.
    """
    if sys.platform == "emscripten":
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

    def ring(signum: int, frame: object) -> None:
        stop = TimeLimit()
        tell(stop)
        raise stop

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
