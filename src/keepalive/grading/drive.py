"""What a drive is given beside `make`: the server's address, the virtual clock, and ways to call the learner's code.

A drive imports neither httpx nor anything of ours: what it needs is on `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import types
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepalive.grading.libraries import name_of

if TYPE_CHECKING:
    from keepalive.grading.session import Session

Outcome = dict[str, Any]
"""What a call gave its caller, as plain data; see `Run.outcome`."""

ONCE_MORE = ("/alone", "/at-once/1", "/at-once/2", "/next", "/fails", "/after-failure", "/cancelled", "/after-cancel")
"""The paths that `Run.once_more` calls, in order. `keepalive.grading.expect.ONCE_MORE` says each in words."""


class Run:
    """What a drive is given beside `make`. Times are virtual seconds since the scenario began."""

    def __init__(self, session: Session, origins: dict[str, str]) -> None:
        self._session, self._urls = session, origins
        self.marks: dict[str, float] = {}
        """The moments that `mark` has named so far."""

    # -- where and when

    @property
    def url(self) -> str:
        """The base URL of the scenario's first origin."""
        return next(iter(self._urls.values()))

    def url_of(self, origin: str) -> str:
        """The base URL of a named origin."""
        return self._urls[origin]

    @property
    def origins(self) -> list[str]:
        """The names of the scenario's further origins, in the order in which the grader declared them."""
        return list(self._urls)[1:]

    @property
    def httpx(self) -> types.ModuleType:
        """The HTTP library that the answer is written for: for `run.httpx.Limits(...)` and the like."""
        return self._session.learner.library

    @property
    def now(self) -> float:
        """Virtual seconds since the scenario began."""
        return self._session.loop.elapsed()

    async def at(self, seconds: float) -> None:
        """Wait until that many virtual seconds after the scenario's beginning."""
        await asyncio.sleep(max(0.0, seconds - self.now))

    def mark(self, name: str) -> None:
        """Name this moment: it is on the timeline, and a check reads it in `run.marks`. The first of a name counts."""
        self.marks.setdefault(name, self.now)
        self._session.send("mark", name=name)

    async def quiet(self, seconds: float = 60.0, *, mark: str = "quiet") -> None:
        """Let time pass in which nothing should be sent. Its beginning is marked: `run.after("quiet")` of a check."""
        self.mark(mark)
        await asyncio.sleep(seconds)

    @property
    def scratch(self) -> Path:
        """A folder for this scenario's files. A check is told their names and SHA-256."""
        return self._session.scratch()

    # -- calls

    async def outcome(
        self,
        call: Awaitable[Any],
        *,
        within: float | None = None,
        attributes: Iterable[str] = (),
        mark: str | None = None,
        gaps: bool = False,
    ) -> Outcome:
        """Await a call; what it gave its caller, as plain data.

        A response: `{"status": 200}`. Any other value: `{"value": …, "type": "dict"}`; a value that JSON cannot hold is
        None there. An exception: `{"raised": [...], "text": …, "cause": …, "context": …}`, where `raised` holds the
        names of its class and of the classes above it, and `cause` and `context` the class of what it was raised from.
        A call that ended cancelled: `{"cancelled": True}`. Each has `began` and `ended`, virtual seconds.

        `within`: seconds after which the call is cancelled and the outcome is `{"still_waiting": True}`. `attributes`:
        what to read off an exception, into `{"attributes": {...}}`. `mark`: a name for the moment at which it ended.

        A gap's NotImplementedError goes through: what is not written yet has no outcome. With `gaps=True` it is one
        like any other, for a scenario whose checks belong to a task before that gap's.
        """
        began = self.now
        try:
            async with asyncio.timeout(within) as limit:
                found = self._returned(await call)
        except Exception as exc:
            if isinstance(exc, NotImplementedError) and not gaps:
                raise
            found = {"still_waiting": True} if limit.expired() else self._raised(exc, attributes)
        except asyncio.CancelledError:
            if _is_being_cancelled():  # the drive's task itself, not the call
                raise
            found = {"cancelled": True}
        if mark is not None:
            self.mark(mark)
        return found | {"began": began, "ended": self.now}

    async def together(self, *calls: Awaitable[Any]) -> list[Outcome]:
        """Await calls at the same time, each in a task of its own; their outcomes, in this order."""
        return list(await asyncio.gather(*map(self.outcome, calls)))

    async def one_after_another(self, *calls: Awaitable[Any]) -> list[Outcome]:
        """Await one call, then the next; their outcomes."""
        with _closing(calls):
            return [await self.outcome(call) for call in calls]

    async def cancelled(
        self, call: Coroutine[Any, Any, Any], *, after: float, within: float = 60.0, mark: str = "cancelled"
    ) -> Outcome:
        """Cancel a call `after` so many seconds, in an attempt or in a wait; its outcome, however long it then takes.

        `{"cancelled": True}` if it ended cancelled; otherwise what it gave, or `{"still_waiting": True}` if it had not
        ended `within` so many seconds. `cancelled_at` is the moment of the cancel, which is also marked.
        """
        task, began = asyncio.ensure_future(call), self.now
        await asyncio.wait([task], timeout=after)
        self.mark(mark)
        cancelled_at = self.now
        task.cancel()
        await asyncio.wait([task], timeout=within)
        found = {"still_waiting": True} if not task.done() else await self.outcome(task)
        return found | {"began": began, "cancelled_at": cancelled_at, "ended": self.now}

    async def once_more(
        self, call: Callable[[str], Coroutine[Any, Any, Any]], *, cancel_after: float = 1.0
    ) -> dict[str, Outcome]:
        """Make the same call again in each situation that a client may be in; the outcomes by path.

        Alone; two at once; the next after them; one that fails and the next after that; one that is cancelled and the
        next after that. `call(path)` makes one; the paths are `/alone`, `/at-once/1`, `/at-once/2`, `/next`, `/fails`,
        `/after-failure`, `/cancelled` and `/after-cancel`. The grader decides how the server responds at each.
        """
        alone, first, second, after_both, fails, after_failure, cancelled, after_cancel = ONCE_MORE
        found = {alone: await self.outcome(call(alone))}
        found[first], found[second] = await self.together(call(first), call(second))
        for path in (after_both, fails, after_failure):
            found[path] = await self.outcome(call(path))
        found[cancelled] = await self.cancelled(call(cancelled), after=cancel_after)
        found[after_cancel] = await self.outcome(call(after_cancel))
        return found

    async def spawn(self, count: int, function: Callable[[int], Awaitable[Any]]) -> list[Outcome]:
        """Run `function(0)` to `function(count - 1)` as tasks at the same time; their outcomes, in that order."""
        return await self.together(*map(function, range(count)))

    def cancel_after_ticks(self, task: asyncio.Task[Any], ticks: int) -> None:
        """Cancel a task after the loop has turned so many times: the finest schedule there is."""
        loop = asyncio.get_running_loop()

        def turn(left: int) -> None:
            if left:
                loop.call_soon(turn, left - 1)
            else:
                task.cancel()

        turn(ticks)

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """A further event loop on the virtual clock: for a drive that is a plain function, before it returns."""
        return self._session.new_loop()

    def _returned(self, value: Any) -> Outcome:
        if isinstance(value, self.httpx.Response):
            return {"status": value.status_code}
        if inspect.iscoroutine(value):
            value.close()
        return {"value": _as_json(value), "type": type(value).__name__}

    def _raised(self, exc: Exception, attributes: Iterable[str]) -> Outcome:
        self._session.report_programming_error(exc)
        found = {
            "raised": class_names(exc),
            "text": _text(exc),
            "cause": _class_name(exc.__cause__),
            "context": _class_name(exc.__context__),
        }
        read = {name: _as_json(getattr(exc, name, None)) for name in attributes}
        return found | ({"attributes": read} if read else {})


def class_names(exc: BaseException) -> list[str]:
    """The names of an exception's class and of those above it.

    A class that has the name of one of Python's or httpx's and is another one does not go by that name alone: a
    learner's `class RuntimeError(Exception)` is "own RuntimeError", httpcore's is "httpcore.ReadTimeout".
    """
    return [name_of(cls) for cls in type(exc).__mro__ if cls not in (object, BaseException)]


def _class_name(exc: BaseException | None) -> str | None:
    return None if exc is None else name_of(type(exc))


def _text(exc: BaseException) -> str:
    try:
        return str(exc)
    except Exception:  # a learner's own __str__ may raise
        return ""


def _as_json(value: Any) -> Any:
    """The value if JSON can hold it, a mapping such as httpx's headers as a dict; otherwise None."""
    if isinstance(value, Mapping):
        return dict(value)
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return None


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextlib.contextmanager
def _closing(calls: Iterable[Any]) -> Iterator[None]:
    """Close the coroutines that were not awaited, because one before them ended the drive."""
    try:
        yield
    finally:
        for call in calls:
            if inspect.iscoroutine(call):
                call.close()
