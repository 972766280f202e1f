"""A clock for the proxy that a test moves by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass
class _Timer:
    when: float
    call: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Moved:
    """Stands at `now` until `to()` moves it. early: seconds by which each timer goes off too soon."""

    def __init__(self) -> None:
        self.now = 0.0
        self.early = 0.0
        self._timers: list[_Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> _Timer:
        self._timers.append(_Timer(when - self.early, lambda: callback(*args)))
        return self._timers[-1]

    @property
    def waiting(self) -> int:
        """How many timers are set."""
        return sum(not timer.cancelled for timer in self._timers)

    def to(self, when: float) -> None:
        """Move on to that time, by way of each timer's own."""
        while due := [timer for timer in self._timers if timer.when <= when and not timer.cancelled]:
            timer = min(due, key=lambda each: each.when)
            self._timers.remove(timer)
            self.now = max(self.now, timer.when)
            timer.call()
        self.now = when
