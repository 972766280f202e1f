"""Worker threads without threads, and waits that would never end.

During a run there is one thread. What `asyncio.to_thread`, `run_in_executor` and anyio's workers are given runs at
once, on the loop's own thread (`VirtualLoop.run_in_executor`). Nobody else can then release a lock, set an event or put
something in a queue, so a call that would block can only be told so: it raises, where it stands.

Other threads of a notebook go on as ever: what is replaced here asks whether its own thread follows a virtual clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
from anyio._backends import _asyncio as anyio_backend
from anyio._core._eventloop import threadlocals

from keepalive.grading import clock
from keepalive.grading.surroundings import replaced
from keepalive.grading.wire import running_session

WORKER_WAITS = (
    "`{what}` waits in a worker thread for something that only the event loop, or another thread, can do. In the "
    "course's engine workers share the loop's thread, so this would never end."
)
LOOP_WAITS = (
    "`{what}` blocks the event loop's own thread until somebody else acts, and while it is blocked no task can. In "
    "async code wait with `await`, on what `asyncio` has for it."
)
NO_THREADS = (
    "Your code starts a thread. In an exercise there is one thread, the event loop's. Give blocking work to "
    "`asyncio.to_thread`."
)
NO_LOOP_IN_A_WORKER = (
    "`asyncio.run` in a worker thread starts a second event loop, and a client belongs to one. Await the coroutine on "
    "the loop that runs already."
)

_allocate = threading.Lock


class BlocksForever(RuntimeError):
    """A call that would block a run's only thread for good."""


class Lock:
    """A `threading.Lock` that does not let a run's only thread wait for itself."""

    def __init__(self) -> None:
        self._lock = _allocate()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._lock.acquire(False):
            return True
        if not blocking or timeout == 0:
            return False
        _refuse_to_block("Lock.acquire")
        return self._lock.acquire(True, timeout)

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]


def _refuse_to_block(what: str) -> None:
    """Raise BlocksForever where this thread is a run's, with a diagnosis at the learner's line."""
    if not clock.is_followed():
        return
    session = running_session()
    in_worker = session is not None and session.loop.is_in_worker
    text = (WORKER_WAITS if in_worker else LOOP_WAITS).format(what=what)
    raise BlocksForever(session.notice_thread("blocking_wait", text) if session is not None else text)


def _refuse(kind: str, text: str) -> RuntimeError:
    session = running_session()
    return RuntimeError(session.notice_thread(kind, text) if session is not None else text)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Inside the block this thread is alone. It stands in `wire.patched_backend`, which knows the session, if any."""
    session = running_session()
    start, wait, run = threading.Thread.start, threading.Condition.wait, asyncio.run
    backend, portal = anyio_backend.AsyncIOBackend, anyio.from_thread.BlockingPortal

    def start_thread(self: threading.Thread) -> None:
        if clock.is_followed():
            raise _refuse("starts_a_thread", NO_THREADS)
        start(self)

    def wait_for_notice(self: threading.Condition, timeout: float | None = None) -> bool:
        if timeout is None or timeout > 0:
            _refuse_to_block(_what_waits())
        return wait(self, timeout)

    def run_loop(main: Any, **options: Any) -> Any:
        if session is not None and clock.is_followed() and session.loop.is_in_worker:
            if asyncio.iscoroutine(main):
                main.close()
            raise _refuse("loop_in_a_worker", NO_LOOP_IN_A_WORKER)
        return run(main, **options)

    def from_worker(what: str) -> Callable[..., Any]:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            _refuse_to_block(what)

        return refuse

    ours: list[tuple[Any, str, Any]] = [
        (threading, "Lock", Lock),
        (threading, "_allocate_lock", Lock),
        (threading.Thread, "start", start_thread),
        (threading.Condition, "wait", wait_for_notice),
        (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]
        (asyncio, "run", run_loop),
    ]
    if session is not None:
        ours += [
            (backend, "run_sync_in_worker_thread", classmethod(_run_at_once)),
            (backend, "run_async_from_thread", from_worker("anyio.from_thread.run")),
            (backend, "run_sync_from_thread", from_worker("anyio.from_thread.run_sync")),
            (portal, "_check_running", from_worker("BlockingPortal.call")),
        ]
    with replaced(ours):
        yield


async def _run_at_once(
    cls: Any, func: Callable[..., Any], args: tuple[Any, ...], abandon_on_cancel: bool = False, limiter: Any = None
) -> Any:
    """anyio's `to_thread.run_sync`, and with it `anyio.Path` and `anyio.open_file`."""
    if not clock.is_followed():  # another thread of a notebook, whose loop is a real one
        return await _workers(cls, func, args, abandon_on_cancel, limiter)
    await cls.checkpoint()
    async with limiter or cls.current_default_thread_limiter():
        with anyio.CancelScope(shield=not abandon_on_cancel):
            return await asyncio.get_running_loop().run_in_executor(None, _as_worker, func, args)


_workers = anyio_backend.AsyncIOBackend.run_sync_in_worker_thread.__func__  # type: ignore[attr-defined]


def _as_worker(func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """With what `anyio.from_thread` looks for in a worker."""
    threadlocals.current_token = anyio.lowlevel.current_token()
    try:
        return func(*args)
    finally:
        del threadlocals.current_token


_WAITING = ("threading", "queue", "concurrent.futures._base")
"""Modules whose functions end in `Condition.wait`."""


def _what_waits() -> str:
    """The call of the standard library that blocks, as the learner wrote it."""
    name, frame = "Condition.wait", sys._getframe(2)
    while frame.f_globals.get("__name__") in _WAITING and frame.f_back is not None:
        name, frame = frame.f_code.co_qualname, frame.f_back
    return name.removeprefix("_Py")
