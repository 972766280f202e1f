"""An asyncio event loop on a virtual clock.

No selector, no self-pipe, no thread: the one thing that can wake this loop is a timer. So when nothing is ready the
clock jumps to the next timer, and thirty seconds of waiting cost microseconds. Runs unchanged on CPython 3.11 to 3.14
and in Pyodide.

Pitfalls, each of which cost somebody an afternoon: the clock's resolution must be above 0, or a timer that is due now
never fires; two timers due at one instant must fire in the order in which they were set, which a plain heap does not
promise; jump to the timer's own time, never `now += timeout`, which drifts.
"""

from __future__ import annotations

import asyncio
import contextlib
import dis
import heapq
import inspect
import itertools
import signal
import sys
from asyncio import base_events, events
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from keepalive.grading.clock import MONOTONIC_START
from keepalive.grading.stops import Stopped

SPINNING_STEPS = 10_000
"""Turns of the loop at one instant, with nothing said on the network, after which it counts as spinning."""


class _Timer(events.TimerHandle):
    """Two timers due at the same instant fire in the order they were set."""

    __slots__ = ("_order",)
    _count = itertools.count()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order = next(self._count)

    def _key(self) -> tuple[float, int]:
        return (self._when, self._order)

    def __lt__(self, other: Any) -> bool:
        return self._key() < other._key()

    def __le__(self, other: Any) -> bool:
        return self._key() <= other._key()

    def __gt__(self, other: Any) -> bool:
        return self._key() > other._key()

    def __ge__(self, other: Any) -> bool:
        return self._key() >= other._key()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash(self._key())


class _NoSelector:
    """Where `BaseEventLoop._run_once` asks for input and output. There is none; only time passes."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None = None) -> tuple[()]:
        self._loop._turn(timeout)
        return ()


class VirtualLoop(base_events.BaseEventLoop):
    """The loop a learner's code runs on.

    `max_virtual`: seconds of virtual time after which the run is stopped. `on_block(seconds)` is told of each
    `time.sleep` on the loop's own thread of execution (it moves the clock and stops everybody else); `on_socket()` of
    each attempt at a real socket, and gives the text of the OSError that follows; `on_run(loop)` before it runs, and
    `on_stop(stop)` when a stop has ended it, while its tasks still stand where they stood.
    """

    def __init__(
        self,
        *,
        max_virtual: float = 3600.0,
        on_block: Callable[[float], None] | None = None,
        on_socket: Callable[[], str] | None = None,
        on_run: Callable[[VirtualLoop], None] | None = None,
        on_stop: Callable[[Stopped], None] | None = None,
    ) -> None:
        super().__init__()
        self._clock_resolution = 1e-9
        self._selector = _NoSelector(self)
        self._now = MONOTONIC_START
        self.wall_offset = 0.0
        self._max_virtual = max_virtual
        self._on_block, self._on_socket = on_block, on_socket
        self._on_run, self._on_stop = on_run, on_stop
        self._signal_handlers: dict[int, Callable[..., object]] = {}
        self._idle_turns = 0
        self._stop: Stopped | None = None
        self._aside: list[float] | None = None  # seconds slept by a function that runs "in a thread"

    # -- time

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        """The time that the code sees which runs now: a worker's sleep has passed for the worker alone."""
        return self._now + sum(self._aside or ())

    @property
    def is_in_worker(self) -> bool:
        """Whether the code that runs now was given to a worker thread."""
        return self._aside is not None

    def elapsed(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now - MONOTONIC_START

    def sleep(self, seconds: float) -> None:
        """`time.sleep` on this clock."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if self._aside is not None:
            self._aside.append(seconds)
            return
        if self._on_block is not None:
            self._on_block(seconds)
        self._now += seconds

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None) -> events.TimerHandle:
        if when is None:
            raise TypeError("when cannot be None")
        self._check_closed()  # type: ignore[attr-defined]
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True
        return timer

    def jump_wall(self, seconds: float) -> None:
        """Put the wall clock forward by so much, or back; the monotonic clock goes on as it was."""
        self.wall_offset += seconds

    def continue_from(self, before: VirtualLoop) -> None:
        """It is as late here as on the loop that ran before this one."""
        self._now, self.wall_offset = before._now, before.wall_offset

    # -- ends

    def run_forever(self) -> None:
        if self._on_run is not None:
            self._on_run(self)
        try:
            super().run_forever()
        except Stopped as stop:
            if self._on_stop is not None:
                self._on_stop(stop)
            raise

    def stop_with(self, stop: Stopped) -> None:
        """End the run at the loop's next turn: raised from the loop, where no learner's `except` stands."""
        if self._stop is None:
            self._stop = stop

    def heard(self) -> None:
        """Something was said on the network: the loop is not spinning."""
        self._idle_turns = 0

    def allow_cleaning_up(self) -> None:
        """After the run: a bounded number of turns more, whatever has run out."""
        self._stop, self._idle_turns, self._max_virtual = None, 0, self.elapsed() + 60.0

    def _turn(self, timeout: float | None) -> None:
        if self._stop is not None:
            raise self._stop
        self._idle_turns += 1
        if self._idle_turns > SPINNING_STEPS:
            raise Stopped(
                "spinning",
                f"Your code goes round and round at {round(self.elapsed(), 2):g} s: it awaits, but nothing it awaits "
                "ever waits. A loop like that keeps a processor busy and lets nothing else happen.",
            )
        if timeout is None:
            raise Stopped(
                "deadlock",
                f"At {round(self.elapsed(), 2):g} s everything waits for something that will never come: no answer is "
                "on its way and no timer is set.",
            )
        if timeout > 0 and self._scheduled:  # type: ignore[attr-defined]
            when = self._scheduled[0]._when  # type: ignore[attr-defined]
            if when - MONOTONIC_START > self._max_virtual:
                raise Stopped(
                    "too_long",
                    f"Your code was still at it after {self._max_virtual:g} s on the virtual clock.",
                )
            if when > self._now:
                self._now, self._idle_turns = when, 0

    # -- what a loop with a selector has

    def _process_events(self, event_list: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """No threads: the function runs now, and what it slept passes before its result is there."""
        future = self.create_future()
        before, self._aside = self._aside, []
        try:
            result, error = func(*args), None
        except (SystemExit, KeyboardInterrupt, Stopped):
            raise
        except BaseException as exc:
            result, error = None, exc
        finally:
            slept, self._aside = sum(self._aside or ()), before

        def settle() -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.call_later(slept, settle)
        return future

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:
        """As on Unix; no signal ever comes."""
        if asyncio.iscoroutine(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError("coroutines cannot be used with add_signal_handler()")
        self._check_closed()  # type: ignore[attr-defined]
        if sig not in signal.valid_signals():
            raise ValueError(f"invalid signal number {sig}")
        self._signal_handlers[sig] = callback

    def remove_signal_handler(self, sig: int) -> bool:
        return self._signal_handlers.pop(sig, None) is not None

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._executor_shutdown_called = True

    def _no_network(self, *args: Any, **kwargs: Any) -> Any:
        raise OSError(self._on_socket() if self._on_socket else "a virtual loop has no sockets")

    async def _no_network_async(self, *args: Any, **kwargs: Any) -> Any:
        self._no_network()

    create_connection = create_server = create_datagram_endpoint = _no_network_async  # type: ignore[assignment]
    create_unix_connection = subprocess_exec = subprocess_shell = _no_network_async  # type: ignore[assignment]
    getaddrinfo = getnameinfo = sock_connect = sock_recv = sock_sendall = _no_network_async  # type: ignore[assignment]
    add_reader = add_writer = _no_network  # type: ignore[assignment]


def await_chain(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """Frames from a task's entry down to the await it stands at."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        for prefix in ("cr", "ag", "gi"):
            if hasattr(awaited, prefix + "_frame"):
                frame = getattr(awaited, prefix + "_frame")
                if frame is not None:
                    yield frame
                awaited = awaited.gi_yieldfrom if prefix == "gi" else getattr(awaited, prefix + "_await", None)
                break
        else:
            return


def is_in_loop(frame: FrameType) -> bool:
    """Whether the frame stands inside a loop of its own function. The loop that an `await` compiles to is none."""
    jumps = (each for each in dis.get_instructions(frame.f_code) if "JUMP_BACKWARD" in each.opname)
    return any(
        each.argval <= frame.f_lasti <= each.offset for each in jumps if not each.opname.endswith("NO_INTERRUPT")
    )


@contextlib.contextmanager
def detached_from_running_loop() -> Iterator[None]:
    """Step out of a loop that runs already (a notebook's, Pyodide's) so that another may run inside it.

    The one place that uses asyncio's private calls: Python offers no public way to nest loops.
    """
    outer = events._get_running_loop()
    hooks = sys.get_asyncgen_hooks()
    swap = getattr(asyncio.tasks, "_swap_current_task", None)  # Python 3.12 and later
    task = swap(outer, None) if swap is not None and outer is not None else None
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(outer)
        sys.set_asyncgen_hooks(*hooks)
        if task is not None:
            swap(outer, task)


@contextlib.contextmanager
def loops_made_by(factory: Callable[[], asyncio.AbstractEventLoop]) -> Iterator[None]:
    """Inside the block `asyncio.run`, `asyncio.Runner` and `asyncio.new_event_loop` make their loops with `factory`.

    The global is private because its setter is deprecated since Python 3.14, and nothing has come in its place.
    """
    base: Any = getattr(events, "_BaseDefaultEventLoopPolicy", None) or events.BaseDefaultEventLoopPolicy
    policy = type("VirtualPolicy", (base,), {"_loop_factory": staticmethod(factory)})()
    before, events._event_loop_policy = events._event_loop_policy, policy  # type: ignore[attr-defined]
    try:
        yield
    finally:
        events._event_loop_policy = before  # type: ignore[attr-defined]
