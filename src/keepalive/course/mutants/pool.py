"""Worker processes that play mutants. One that hangs, or that its mutant ends, is replaced."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from .outcome import TIME, Killer, Outcome
from .play import Round, play

PATIENCE = 60.0
"""Real seconds that a worker may be silent: far more than the limits of a scenario, which end it from within."""

START = 120.0
"""Real seconds that a worker may take to import what it needs."""

_MOST = 8


@dataclass(frozen=True)
class Job:
    """A program and what it is played against."""

    source: str = field(repr=False)
    rounds: tuple[Round, ...]


class WorkerBroke(RuntimeError):
    """A worker failed on our side of it; the text is its trace."""


def outcomes(jobs: Sequence[Job], *, workers: int = 0, patience: float = PATIENCE) -> Iterator[tuple[int, Outcome]]:
    """What each job came to, with its place, as they end. Raises WorkerBroke.

    `workers`: how many processes; 0 is one for each processor.
    """
    count = min(workers or os.cpu_count() or 1, _MOST, len(jobs))
    waiting = iter(enumerate(jobs))
    pool = [_Worker(patience) for _ in range(count)]
    try:
        busy = [worker for worker in pool if worker.take(next(waiting, None))]
        while busy:
            wait([worker.connection for worker in busy], timeout=min(worker.left for worker in busy))
            for worker in list(busy):
                place = worker.place
                outcome = worker.heard()
                if outcome is not None:
                    yield place, outcome
                    if not worker.take(next(waiting, None)):
                        busy.remove(worker)
    finally:
        for worker in pool:
            worker.end()


class _Worker:
    """One process, and the job that it is at."""

    connection: Connection

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._process: BaseProcess | None = None
        self.place = 0
        self._at: tuple[str, str, int] | None = None
        self._until = 0.0

    @property
    def left(self) -> float:
        """Real seconds that it may still be silent."""
        return max(0.0, self._until - time.monotonic())

    def take(self, numbered: tuple[int, Job] | None) -> bool:
        """Begin a job; False where there is none left."""
        if numbered is None:
            return False
        if self._process is None:
            self._start()
        self.place, job = numbered
        self._until = time.monotonic() + (self._patience if self._at else START)
        self._at = None
        self.connection.send(job)
        return True

    def heard(self) -> Outcome | None:
        """What its job came to; None while it is at it. Raises WorkerBroke."""
        try:
            while self.connection.poll():
                kind, said = self.connection.recv()
                if kind == "broke":
                    raise WorkerBroke(said)
                if kind == "done":
                    return said
                self._at, self._until = said, time.monotonic() + self._patience
        except (EOFError, OSError):
            return self._gave_up()
        return self._gave_up() if self.left == 0 else None

    def _gave_up(self) -> Outcome:
        """It hangs, or its process has ended: what it played last did that."""
        at = self._at
        self.end()
        if at is None:
            raise WorkerBroke("a worker ended, or was silent for too long, before it played anything")
        exercise, scenario, seed = at
        return Outcome(Killer(exercise, scenario, f"({TIME})", seed))

    def _start(self) -> None:
        # Spawn, on every system: a forked copy of this process would bring its threads' locks along.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._at = None

    def end(self) -> None:
        """End the process. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()
            self.connection.close()


def _work(connection: Any) -> None:
    """A worker: jobs come in, one after another."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # "coroutine was never awaited" is what a mutant is for
    gc.freeze()  # what is imported stays
    while True:
        try:
            job = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            done = play(
                job.source,
                job.rounds,
                lambda code, scenario, seed: connection.send(("at", (code.id, scenario, seed))),
            )
        except KeyboardInterrupt:
            return
        except BaseException:
            connection.send(("broke", traceback.format_exc()))
            return
        connection.send(("done", done))
