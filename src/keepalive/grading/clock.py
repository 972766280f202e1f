"""The clock that learner's code reads: virtual during a run, real everywhere else.

`install()` puts switching functions in the place of `time.monotonic`, `time.time`, `time.perf_counter`, `time.sleep`
and their `_ns` forms; dates follow them. On a thread that follows a virtual clock they read that clock; on every other
thread, and when no run is on, they are the real ones. It must happen before learner's code is imported: `from time
import monotonic` binds whatever stands there at that moment.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from keepalive.grading import dates

MONOTONIC_START = 1_000.0
"""Seconds a virtual monotonic clock shows at the start. Not 0: `if self._opened_at:` is a common idiom that works."""

EPOCH_START = 1_700_000_000.0
"""Seconds since 1970 that a virtual wall clock shows at the start: 14 November 2023, 22:13:20 UTC."""


class Clock(Protocol):
    """What a thread may follow."""

    @property
    def wall_offset(self) -> float:
        """Seconds by which the wall clock was put forward, or back."""

    def monotonic(self) -> float:
        """Seconds on the virtual monotonic clock."""

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` does on that clock."""


class _Followed(threading.local):
    clock: Clock | None = None


_followed = _Followed()


def _wall(clock: Clock) -> float:
    return EPOCH_START + clock.monotonic() - MONOTONIC_START + clock.wall_offset


_VIRTUAL: dict[str, Callable[..., Any]] = {
    "monotonic": lambda clock: clock.monotonic(),
    "perf_counter": lambda clock: clock.monotonic(),
    "time": _wall,
    "sleep": lambda clock, seconds: clock.sleep(seconds),
    "monotonic_ns": lambda clock: round(clock.monotonic() * 1e9),
    "perf_counter_ns": lambda clock: round(clock.monotonic() * 1e9),
    "time_ns": lambda clock: round(_wall(clock) * 1e9),
}


def _real(name: str) -> Callable[..., Any]:
    function = getattr(time, name)
    return getattr(function, "__wrapped__", function)  # already switching: an earlier copy of this module installed it


REAL: dict[str, Callable[..., Any]] = {name: _real(name) for name in _VIRTUAL}
"""The functions of `time` as the interpreter made them."""


def _switching(name: str) -> Callable[..., Any]:
    real, virtual = REAL[name], _VIRTUAL[name]

    @functools.wraps(real)
    def switching(*args: Any) -> Any:
        clock = _followed.clock
        return real(*args) if clock is None else virtual(clock, *args)

    switching.follows_keepalive = True  # type: ignore[attr-defined]
    return switching


def install() -> None:
    """Put the switching functions in place. Harmless when they are."""
    for name in _VIRTUAL:
        if not hasattr(getattr(time, name), "follows_keepalive"):
            setattr(time, name, _switching(name))
    dates.install(followed_wall)


def is_followed() -> bool:
    """Whether this thread follows a virtual clock."""
    return _followed.clock is not None


def followed_wall() -> float | None:
    """Seconds since 1970 on the clock that this thread follows; None where it follows none."""
    clock = _followed.clock
    return None if clock is None else _wall(clock)


def virtual_names(namespace: dict[str, Any]) -> dict[str, Any]:
    """For each name in `namespace` bound to a real clock function, the switching one that stands in during a run."""
    switching = {id(real): getattr(time, name) for name, real in REAL.items()}
    return {name: switching[id(value)] for name, value in namespace.items() if id(value) in switching}


@contextlib.contextmanager
def follow(clock: Clock | None) -> Iterator[None]:
    """Let this thread, and no other, read `clock` inside the block; None is real time, for the engine's own doings."""
    install()
    before, _followed.clock = _followed.clock, clock
    try:
        yield
    finally:
        _followed.clock = before


def real_function(value: object) -> str | None:
    """The name of the real clock function that `value` is; None for anything else."""
    return next((name for name, function in REAL.items() if value is function), None)
