"""The connection pool of httpcore 1.0.9, for one origin, in small: its rules, its order, its locks, and nothing else.

A loop with a virtual clock runs one generator for each caller. A generator yields `None` where the original lets other
tasks go first, and a `Wait` where it waits. Which of two calls that end in the same instant comes first decides how
many connections are opened, so these places are the original's; `tests/widgets/test_pool.py` puts hundreds of random
settings to the real pool and to this one, and every count is equal. All times are whole milliseconds.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from .chance import mixed

KEEPALIVE_EXPIRY = 5000
"""Milliseconds that httpx keeps a connection without a call, unless it is told otherwise."""


@dataclass(frozen=True)
class Settings:
    """What is simulated; times in milliseconds.

    most, keep: `max_connections` and `max_keepalive_connections`; None: unset. gate: permits of a semaphore round each
    call; 0: no semaphore. varies: answers take from half to one and a half times `service`.
    """

    callers: int
    calls: int
    service: int
    most: int | None = None
    keep: int | None = None
    pool_timeout: int = 5000
    gate: int = 0
    pause: int = 0
    connect: int = 0
    varies: bool = False
    server_closes: bool = False

    def answer_takes(self, call: int) -> int:
        if not self.varies:
            return self.service
        return max(1, math.floor(self.service * (0.5 + mixed(call + 1) / 4294967296) + 0.5))


@dataclass
class Wait:
    """Something that a task waits for. Whatever ends it first, its time or somebody else, is its `ending`."""

    task: Task | None = None
    ending: str | None = None


Task = Generator["Wait | None", "str | None", None]


class Loop:
    """Runs what is ready, turn by turn; with nothing ready, the clock goes to the next time that is waited for."""

    def __init__(self) -> None:
        self.now = 0
        self._ready: deque[tuple[Task, str | None]] = deque()
        self._timers: list[tuple[int, int, Wait, str]] = []
        self._order = itertools.count()

    def start(self, task: Task) -> None:
        self._ready.append((task, None))

    def later(self, delay: int, wait: Wait, ending: str = "time") -> Wait:
        heapq.heappush(self._timers, (self.now + delay, next(self._order), wait, ending))
        return wait

    def end(self, wait: Wait, ending: str) -> None:
        if wait.ending is None:
            wait.ending = ending
            if wait.task is not None:
                self._ready.append((wait.task, ending))

    def run(self) -> None:
        while True:
            while self._timers and self._timers[0][2].ending is not None:
                heapq.heappop(self._timers)
            if not self._ready:
                if not self._timers:
                    return
                self.now = self._timers[0][0]
            turn = len(self._ready)
            due = []
            while self._timers and self._timers[0][0] <= self.now:
                due.append(heapq.heappop(self._timers))
            for _ in range(turn):
                task, ending = self._ready.popleft()
                try:
                    wait = task.send(ending)
                except StopIteration:
                    continue
                if wait is None:
                    self._ready.append((task, None))
                else:
                    wait.task = task
            for _, _, wait, ending in due:
                self.end(wait, ending)


@dataclass
class Lock:
    """First come, first served; even one that is free lets other tasks go first, as anyio's does."""

    loop: Loop
    held: bool = False
    waiting: deque[Wait] = field(default_factory=deque)

    def acquire(self) -> Task:
        if self.held:
            wait = Wait()
            self.waiting.append(wait)
            yield wait
        else:
            self.held = True
            yield None

    def release(self) -> None:
        if self.waiting:
            self.loop.end(self.waiting.popleft(), "yours")
        else:
            self.held = False


class Semaphore:
    """asyncio's."""

    def __init__(self, loop: Loop, permits: int) -> None:
        self._loop, self._permits = loop, permits
        self._waiting: list[Wait] = []

    def acquire(self) -> Task:
        if self._permits and not self._waiting:
            self._permits -= 1
            return
        wait = Wait()
        self._waiting.append(wait)
        yield wait
        self._waiting.remove(wait)
        if self._permits:
            self._wake()

    def release(self) -> None:
        self._permits += 1
        self._wake()

    def _wake(self) -> None:
        for wait in self._waiting:
            if wait.ending is None:
                self._permits -= 1
                self._loop.end(wait, "yours")
                return


class Connection:
    """One connection. `lane`: which of the pool's places it takes. `served`: when each call was sent and answered."""

    def __init__(self, loop: Loop, lane: int) -> None:
        self.lane = lane
        self.state = "connecting"
        self.dialled: int | None = None
        self.opened: int | None = None
        self.closed: int | None = None
        self.why: str | None = None
        self.expires = 0
        self.served: list[tuple[int, int]] = []
        self.dial_lock, self.state_lock = Lock(loop), Lock(loop)


@dataclass
class Request:
    connection: Connection | None = None
    event: Wait | None = None


class Simulation:
    """Every caller of `settings` at a pool. After `run()`, the rest says what came of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.loop = settings, Loop()
        self._most = math.inf if settings.most is None else settings.most
        self._keep = self._most if settings.keep is None else min(self._most, settings.keep)
        self._gate = Semaphore(self.loop, settings.gate) if settings.gate else None
        self._pool: list[Connection] = []
        self._requests: list[Request] = []
        self._queued = 0  # requests without a connection
        self._quiet = 0  # connections of the pool that are idle or closed: only those can be taken or removed
        self._lanes: list[bool] = []
        self.connections: list[Connection] = []
        """In the order in which they were dialled."""
        self.peak = self.timeouts = self.looks = 0
        self.longest = {"gate": 0, "pool": 0}
        self.waiting = {"gate": 0, "pool": 0}
        self.waits: list[list[int]] = [[0, 0, 0]]
        """Each change of who waits: [time, in the pool, at the gate]."""

    def run(self) -> None:
        for caller in range(self.settings.callers):
            self.loop.start(self._caller(caller))
        self.loop.run()

    # -- a caller

    def _caller(self, number: int) -> Task:
        settings, loop = self.settings, self.loop
        for nth in range(settings.calls):
            if self._gate:
                came = loop.now
                self._count("gate", 1)
                yield from self._gate.acquire()
                self._count("gate", -1)
                self._waited("gate", came)
            yield from self._call(number * settings.calls + nth)
            if self._gate:
                self._gate.release()
            if settings.pause and nth + 1 < settings.calls:
                yield loop.later(settings.pause, Wait())

    def _call(self, number: int) -> Task:
        """`AsyncConnectionPool.handle_async_request`, and the reading of the answer."""
        loop, came = self.loop, self.loop.now
        request = Request()
        self._requests.append(request)
        self._queued += 1
        self._count("pool", 1)
        while True:
            yield from self._close(self._assign())
            if request.connection is None:
                # The time begins anew whenever another call was quicker at a connection that had become free.
                request.event = loop.later(self.settings.pool_timeout, Wait(), "timeout")
                if (yield request.event) == "timeout":
                    self._count("pool", -1)
                    self._waited("pool", came)
                    self.timeouts += 1
                    self._leave(request)
                    yield from self._close(self._assign())
                    return
            assert request.connection is not None
            connection, assigned = request.connection, loop.now
            self._count("pool", -1)
            yield from self._open(connection)
            yield from connection.state_lock.acquire()
            is_ours = connection.state in ("new", "idle")
            if is_ours:
                self._quiet -= connection.state == "idle"
                connection.state = "active"
            connection.state_lock.release()
            if is_ours:
                break
            request.connection = request.event = None
            self._queued += 1
            self._count("pool", 1)
        self._waited("pool", came, assigned)
        yield None  # the request is written
        sent = loop.now
        yield loop.later(self.settings.answer_takes(number), Wait())
        connection.served.append((sent, loop.now))
        yield from self._answered(connection)
        self._leave(request)
        yield from self._close(self._assign())

    def _open(self, connection: Connection) -> Task:
        yield from connection.dial_lock.acquire()
        if connection.opened is None:
            yield None
            connection.dialled = self.loop.now
            self.connections.append(connection)
            yield self.loop.later(self.settings.connect, Wait())
            connection.opened, connection.state = self.loop.now, "new"
        connection.dial_lock.release()

    def _answered(self, connection: Connection) -> Task:
        yield from connection.state_lock.acquire()
        self._quiet += 1
        if self.settings.server_closes:
            connection.state, connection.closed, connection.why = "closed", self.loop.now, "server"
            yield None
        else:
            connection.state, connection.expires = "idle", self.loop.now + KEEPALIVE_EXPIRY
        connection.state_lock.release()

    # -- the pool

    def _assign(self) -> list[Connection]:
        """`_assign_requests_to_connections`: first it tidies up, then it serves the queue. What is to be closed."""
        closing = []
        self.looks += len(self._pool)
        for connection in list(self._pool) if self._quiet else []:
            if connection.state == "closed":
                self._remove(connection)
            elif connection.state == "idle" and self.loop.now > connection.expires:
                closing.append(self._remove(connection, "expired"))
            elif connection.state == "idle" and len(self._pool) > self._keep:  # all of them count, not the idle ones
                closing.append(self._remove(connection, "surplus"))
        if self._queued:
            self._serve()
        return closing

    def _serve(self) -> None:
        # One that is idle stays so until its request runs: every request of the queue is given the same one.
        free = next((each for each in self._pool if each.state == "idle"), None) if self._quiet else None
        for request in list(self._requests):
            if request.connection is not None:
                continue
            if free is None and len(self._pool) >= self._most:
                self.looks += self._queued * len(self._pool)  # for each that is left, and in vain
                return
            self.looks += len(self._pool)
            request.connection = free or self._make()
            self._queued -= 1
            if request.event is not None:
                self.loop.end(request.event, "assigned")

    def _make(self) -> Connection:
        lane = self._lanes.index(False) if False in self._lanes else len(self._lanes)
        self._lanes[lane : lane + 1] = [True]
        connection = Connection(self.loop, lane)
        self._pool.append(connection)
        self.peak = max(self.peak, len(self._pool))
        return connection

    def _remove(self, connection: Connection, why: str | None = None) -> Connection:
        self._pool.remove(connection)
        self._quiet -= 1
        self._lanes[connection.lane] = False
        connection.why = why or connection.why
        return connection

    def _close(self, closing: list[Connection]) -> Task:
        for connection in closing:
            connection.state, connection.closed = "closed", self.loop.now
            yield None

    def _leave(self, request: Request) -> None:
        self._requests.remove(request)
        self._queued -= request.connection is None

    # -- what is noted

    def _count(self, where: str, change: int) -> None:
        self.waiting[where] += change
        now = [self.loop.now, self.waiting["pool"], self.waiting["gate"]]
        if self.waits[-1][0] == now[0]:
            self.waits[-1] = now
        else:
            self.waits.append(now)

    def _waited(self, where: str, since: int, until: int | None = None) -> None:
        self.longest[where] = max(self.longest[where], (self.loop.now if until is None else until) - since)

    def summary(self) -> dict[str, Any]:
        """The figures; times in milliseconds."""
        ends = [connection.why for connection in self.connections]
        served = sum(len(connection.served) for connection in self.connections)
        return {
            "opened": len(self.connections),
            "reused": served - sum(1 for connection in self.connections if connection.served),
            "surplus": ends.count("surplus"),
            "expired": ends.count("expired"),
            "by_server": ends.count("server"),
            "peak": self.peak,
            "timeouts": self.timeouts,
            "pool_wait": self.longest["pool"],
            "gate_wait": self.longest["gate"],
            "looks": self.looks,
            "total": self.loop.now,
        }
