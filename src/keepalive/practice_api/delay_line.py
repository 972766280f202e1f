"""The way between a client and the server in one direction, which takes its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol


class Timer(Protocol):
    """What `Clock.call_at` gives."""

    def cancel(self) -> Any:
        """Do not call."""


class Clock(Protocol):
    """What an asyncio event loop has, too: the time in seconds, and a call at a time."""

    def time(self) -> float:
        """Seconds that never go back."""

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call at that time."""


class DelayLine:
    """What leaves one end arrives at the other `delay` seconds later, in its order.

    delay: 0 for a line on which everything arrives at once, as on loopback.
    """

    def __init__(self, clock: Clock, delay: float) -> None:
        self._clock, self.delay = clock, delay
        self._under_way: deque[tuple[float, Callable[[], object]]] = deque()
        self._timer: Timer | None = None
        self._free_at = 0.0

    @property
    def free_at(self) -> float:
        """When all that was given to it so far has left."""
        return max(self._free_at, self._clock.time())

    def send(self, arrives: Callable[[], object], after: float = 0.0) -> None:
        """Send something: `arrives` is called when it does. It leaves `after` seconds behind what was sent before."""
        self._free_at = self.free_at + after
        at = self._free_at + self.delay
        if not self._under_way and at <= self._clock.time():
            arrives()
            return
        self._under_way.append((at, arrives))
        if self._timer is None:
            self._timer = self._clock.call_at(at, self._due)

    def hold_back(self) -> None:
        """What has not left yet never does."""
        left = self._clock.time() + self.delay
        while self._under_way and self._under_way[-1][0] > left:
            self._under_way.pop()
        self._free_at = min(self._free_at, self._clock.time())

    def cut(self) -> None:
        """What is under way never arrives."""
        self._under_way.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        due = self._under_way[0][0] if self._under_way else 0.0  # a loop's timer may go off a tick too early
        while self._under_way and self._under_way[0][0] <= max(due, self._clock.time()):
            _, arrives = self._under_way.popleft()
            arrives()
        if self._under_way and self._timer is None:
            self._timer = self._clock.call_at(self._under_way[0][0], self._due)
