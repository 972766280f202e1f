"""The learner's side of grading: load their code, run what a drive asks of it, report.

It holds no expectation and no thread, socket or subprocess: all it knows is a link. As a program
(`python -m keepalive.grading.runner`) the link is a pair of pipes and the judge is in the process at the other end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

import keepalive
from keepalive.grading import clock, entries, learner, limits, messages, own_work, threads, watchdog
from keepalive.grading.compiled import CAUGHT, compiled_drive
from keepalive.grading.drive import Run, class_names
from keepalive.grading.entries import Entry
from keepalive.grading.learner import Diagnosis, Gap, Learner
from keepalive.grading.loop import detached_from_running_loop
from keepalive.grading.session import Exchange, Output, Session, captured
from keepalive.grading.stops import MEMORY_FULL, LearnerProblem, Stopped, TimeLimit
from keepalive.grading.surroundings import (
    LoggingAsItWas,
    Warned,
    fail_import_fast,
    isolated_environment,
    no_hard_exit,
    seeded,
)
from keepalive.grading.wire import patched_backend

Watch = Callable[[float, Callable[[TimeLimit], None]], AbstractContextManager[None]]

OUT_OF_MEMORY = 77
"""The exit code of a child that has no memory left to report with."""

_leave = os._exit  # the learner's code gets another

SECONDS_TO_CLEAN_UP = 1.0
"""Seconds of processor time that leftover tasks have to end in after a run, before they are left alone."""


Drive = Callable[[Callable[..., Any], Run], Any]
"""What asks the learner's code: `async def drive(make, run)`. What it returns is what the judge hears as observed."""


class _DriveBroke(Exception):
    """The exercise's own drive cannot be loaded: no fault of the learner's."""


class Runner:
    """Runs scenarios on one learner's code, which is loaded once.

    `interruptible`: a KeyboardInterrupt is somebody's Ctrl-C and passes; otherwise it is the learner's doing. `said`
    hears what the learner's code prints, as it prints it. `early_clients`: a client may be used that was made while the
    file was imported, as in a script with one event loop. `prints_warnings`: Python's warnings are part of the output.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        watch: Watch,
        output_limit: int,
        interruptible: bool,
        said: Callable[[str], object] = lambda text: None,
        early_clients: bool = False,
        prints_warnings: bool = True,
    ) -> None:
        self._warned = Warned() if prints_warnings else None
        self._path: Path | None = None
        self._early_clients = early_clients
        self._exchange, self._watch, self._interruptible = exchange, watch, interruptible
        self._output = Output(output_limit, said)
        self._logging = LoggingAsItWas()
        self._learner: Learner | None = None
        self._gaps_at_import: list[Gap] = []
        self._session: Session | None = None

    @property
    def learner(self) -> Learner:
        """The learner's code, once it has been loaded without a problem."""
        assert self._learner is not None
        return self._learner

    # -- loading

    def load(self, path: Path, entry: Entry | None, *, work: float) -> None:
        """Import the learner's file. Says `hello`, with what is wrong if it is.

        `work`: seconds of processor time that it may take.

        Without an `entry` nothing is looked for, and a drive has nothing to make.
        """
        found: Learner | Diagnosis
        stopped: list[TimeLimit] = []
        self._path = path
        with (
            isolated_environment(),
            captured(self._output),
            self._warnings_printed(),
            patched_backend(None),
            threads.one_thread(),
            no_hard_exit(),
            _beside(path),
        ):
            try:
                with self._watch(work, stopped.append):
                    found = learner.load(path, entry, self._gaps_at_import.append)
            except TimeLimit as exc:  # it struck between two of our own lines
                found = Learner({}, None, path.name).explain(exc)
            except KeyboardInterrupt:
                if self._interruptible:
                    raise
                found = Learner({}, None, path.name).diagnosis("exits", "Your file interrupted its own import.")
        if stopped and not (isinstance(found, dict) and found["kind"] == "time_limit"):
            found = Learner({}, None, path.name).explain(stopped[0])
        if self._output.full:
            found = Learner({}, None, path.name).diagnosis("output_limit", self._output.too_much)
        self._hello(found)

    def take(self, answer: Any, entry: Entry, file_name: str) -> None:
        """Use a class that lives already, in a notebook's cells for instance."""
        self._hello(learner.take(answer, entry, file_name))

    def _hello(self, found: Learner | Diagnosis) -> None:
        problem = found if isinstance(found, dict) else None
        library = found.library if isinstance(found, Learner) else httpx
        if isinstance(found, Learner):
            self._learner = found
        self._exchange(
            {
                "type": "hello",
                "version": keepalive.__version__,
                "python": platform.python_version(),
                "library": library.__name__,
                "httpx": library.__version__,
                "problem": problem,
                "noticed": found.noticed if isinstance(found, Learner) else [],
                "printed": self._output.take(),
            }
        )

    def close(self) -> None:
        """Put back what the learner's code has set up for logging: its handlers hold what was captured of it."""
        self._logging.put_back()

    # -- running

    def run(self, request: dict[str, Any]) -> None:
        """One scenario: `request` is the judge's `run` message. Ends by saying `done`."""
        try:
            drive = _load_drive(Path(request["drive"]), request["function"], self._caught)
        except Exception as exc:
            fault = f"{type(exc).__name__}: {exc}"

            async def drive(make: Any, run: Run) -> Any:
                raise _DriveBroke(fault)

        self.play(drive, request)

    def _warnings_printed(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext() if self._warned is None else self._warned.printed(self._path)

    def _caught(self) -> None:
        """Called where a drive catches an exception."""
        exc = sys.exc_info()[1]
        if self._session is not None and exc is not None:
            self._session.report_programming_error(exc)

    def play(self, drive: Drive, request: dict[str, Any]) -> None:
        """As `run`, with the drive given as a function."""
        assert self._learner is not None
        self._output.begin()
        session = Session(
            self._learner,
            self._exchange,
            self._output,
            nonce=request["nonce"],
            max_virtual=request["limits"]["virtual"],
        )
        session.early_clients = self._early_clients
        self._session = session
        with (
            isolated_environment(),
            fail_import_fast(),
            seeded(request["seed"]),
            captured(self._output),
            self._warnings_printed(),
            learner.patched_globals(self._learner.namespace, session.gaps.append),
            patched_backend(session),
            threads.one_thread(),
            no_hard_exit(),
            own_work.enforced(
                self._learner.owns, str(self._learner.namespace.get("__file__", "")), session.notice_copying
            ),
            detached_from_running_loop(),
            clock.follow(session),
        ):
            try:
                session.send("done", **self._play(session, drive, request))
            finally:
                self._clean_up(session)

    def _play(self, session: Session, drive: Drive, request: dict[str, Any]) -> dict[str, Any]:
        asked = self._learner
        assert asked is not None
        run = Run(session, request["origins"])

        def checked(function: Callable[..., Any]) -> Callable[..., Any]:
            def make(*args: Any, **kwargs: Any) -> Any:
                problem = learner.takes(asked, function, args, kwargs)
                if problem is not None:
                    session.diagnoses.append(problem)
                    raise LearnerProblem(problem["kind"], problem["text"])
                return function(*args, **kwargs)

            return make

        make = entries.maker(asked.entry, checked)
        stopped: list[Stopped] = []

        def stop(limit: TimeLimit) -> None:
            stopped.append(limit)
            session.loop.stop_with(limit)

        session.notice_clocks_bound_early()
        for at, seconds in request.get("wall_jumps", []):
            session.loop.call_later(at, session.loop.jump_wall, seconds)
        try:
            with self._watch(request["limits"]["work"], stop):
                observed = session.run(drive(make, run))
        except Stopped as exc:
            session.notice_stop(exc)
            return self._report(session, "stopped")
        except MemoryError as exc:
            traceback.clear_frames(exc.__traceback__)  # they hold what filled it, and the rest of this needs some
            full = Stopped("memory_limit", MEMORY_FULL)
            session.notice_stop(full.with_traceback(exc.__traceback__))
            return self._report(session, "stopped")
        except SystemExit:
            session.notice_stop(
                Stopped("exits", "Your code ended Python (`SystemExit`) in the middle of the exercise.")
            )
            return self._report(session, "stopped")
        except KeyboardInterrupt:
            if self._interruptible and not stopped:
                raise
            session.notice_stop(Stopped("exits", "Your code raised `KeyboardInterrupt` in the middle of the exercise."))
            return self._report(session, "stopped")
        except _DriveBroke as exc:
            return self._report(session, "drive_fault", fault=str(exc))
        except BaseException as exc:
            if stopped:
                session.notice_stop(stopped[0])
                return self._report(session, "stopped")
            return self._report(session, "raised", error=_error(asked, exc))
        if stopped or self._output.full:
            # The exception that should have ended it was swallowed somewhere.
            session.notice_stop(stopped[0] if stopped else Stopped("output_limit", self._output.too_much))
            return self._report(session, "stopped")
        return self._report(session, "finished", observed=observed)

    def _report(self, session: Session, ended: str, **more: Any) -> dict[str, Any]:
        observed = json.loads(json.dumps(more.pop("observed", None), default=repr))
        return {
            "ended": ended,
            "observed": observed,
            "error": more.pop("error", None),
            "diagnoses": session.diagnoses,
            "gaps": [*self._gaps_at_import, *session.gaps],
            "files": session.files(),
            **more,
        }

    def _clean_up(self, session: Session) -> None:
        """End leftover tasks. What their `finally` blocks do now is told to nobody."""
        loop = session.loop
        loop.allow_cleaning_up()
        try:
            if loop.is_closed():  # by the learner's own `asyncio.run`, which has ended its tasks
                return
            with self._watch(SECONDS_TO_CLEAN_UP, loop.stop_with):
                leftover = asyncio.all_tasks(loop)
                for task in leftover:
                    task.cancel()
                if leftover:
                    loop.run_until_complete(asyncio.gather(*leftover, return_exceptions=True))
                loop.run_until_complete(loop.shutdown_asyncgens())
        except KeyboardInterrupt:
            if self._interruptible:
                raise
        except BaseException:  # whatever it was, the scenario is over and has been reported
            pass
        finally:
            session.sweep()
            with contextlib.suppress(RuntimeError):
                loop.close()


def _error(asked: Learner, exc: BaseException) -> dict[str, Any]:
    found = asked.explain(exc)
    names = class_names(exc)
    return {"type": names[0], "mro": names, "diagnosis": found}


def _load_drive(path: Path, function: str, caught: Callable[[], None]) -> Drive:
    namespace: dict[str, Any] = {"__name__": "drive", "__file__": str(path), CAUGHT: caught}
    exec(compiled_drive(path), namespace)
    return namespace[function]


@contextlib.contextmanager
def _beside(path: Path) -> Any:
    """A learner's file may import its neighbours, as it could when run as a script."""
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def main() -> int:
    """The child: orders come in on standard input, messages go out on standard output."""
    orders, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # the learner's code gets none of ours
        os.dup2(nothing, descriptor)
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    clock.install()

    limits.apply()

    def exchange(message: dict[str, Any]) -> list[dict[str, Any]]:
        replies.write(messages.encode(message))
        replies.flush()
        with watchdog.waiting_for_the_judge():
            line = orders.readline()
        if not line:
            _leave(1)  # the judge is gone
        return messages.decode(line)

    runner: Runner | None = None
    for line in iter(orders.readline, b""):
        request = messages.decode(line)
        if request["type"] == "load":
            runner = Runner(exchange, watch=watchdog.watch, output_limit=request["output"], interruptible=False)
            runner.load(Path(request["file"]), request["entry"], work=request["work"])
        elif request["type"] == "run":
            assert runner is not None
            try:
                runner.run(request)
            except MemoryError:  # not even enough is left to say so
                _leave(OUT_OF_MEMORY)
        else:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
