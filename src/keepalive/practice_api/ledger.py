"""What the server saw: the evidence that the chapters read.

A client cannot be trusted to say how many connections it opened; the server counts what it accepted. The server's
thread writes here, any other thread reads, so everything happens under one lock.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import Headers


@dataclass(frozen=True)
class Seen:
    """One request, as the server saw it.

    request_id: the id that the answer carries too, in `X-Request-Id` and in a problem's body.
    connection: number of the TCP connection it came on, from 0 in the order of acceptance; None without a socket
        (the app called in-process).
    method, path, query: as sent, path and query still percent-encoded, the query without its question mark.
    headers: names without regard to case; `headers.getlist(name)` for one that was sent twice.
    body_bytes: how many bytes of its body the API has read.
    status: status of the answer; None while there is none yet.
    at: when it arrived, in seconds since the ledger began (when it was made, or reset).
    """

    request_id: str
    connection: int | None
    method: str
    path: str
    query: str
    headers: Headers
    body_bytes: int
    status: int | None
    at: float

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON can carry it; headers as a list of pairs, because a name may come twice."""
        return {**vars(self), "headers": [[name, value] for name, value in self.headers.items()]}


@dataclass(frozen=True)
class Charged:
    """One charge that the API has made.

    number: its id. shipment_id, cents: what was charged for, and how much. at: when, in seconds since the ledger began.
    """

    number: int
    shipment_id: int
    cents: int
    at: float


@dataclass
class _Connection:
    number: int
    recent: bool = True  # accepted since the ledger began
    used: bool = False  # has carried a request that counts, at any time
    aside: bool = False  # has carried nothing but questions about the ledger
    open: bool = True
    requests: int = 0  # since the ledger began


class Ledger:
    """Connections, requests and charges that a server has seen since it started, or since `reset()`.

    A request to the ledger's own address (`/_depot/...`) is not counted. A connection that has carried nothing else is
    not counted either: asking for the count does not change it. Should it carry another request later, it counts as
    accepted from then on.

    clock: gives seconds that never go back.
    keep: how many requests are kept in full; the oldest go first. None keeps all of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, keep: int | None = None) -> None:
        self._clock = clock
        self._keep = keep
        self._changed = threading.Condition()
        self._next_connection = 0
        self._next_request = 1
        self._known: dict[int | None, _Connection] = {}
        self._history: list[tuple[int | None, int]] = []  # (connection number, +1 opened or -1 closed), for the peak
        self._requests: dict[str, Seen] = {}
        self._forgotten = 0
        self._charges: list[Charged] = []
        self._began = clock()

    # What a reader may ask.

    @property
    def began(self) -> float:
        """What the clock said when the ledger began: `began + seen.at` is the clock's own time of a request."""
        return self._began

    @property
    def connections(self) -> int:
        """Connections accepted since the ledger began."""
        with self._changed:
            return sum(c.recent and not c.aside for c in self._known.values())

    @property
    def open(self) -> int:
        """Connections open now, whenever they were accepted."""
        with self._changed:
            return sum(c.open and not c.aside for c in self._known.values())

    @property
    def peak_open(self) -> int:
        """The most connections that were open at one time since the ledger began."""
        with self._changed:
            peak = now = 0
            for number, step in self._history:
                if not self._known[number].aside:
                    now += step
                    peak = max(peak, now)
            return peak

    @property
    def requests(self) -> list[Seen]:
        """Requests in the order of their arrival. Those that wait for an answer are among them, with no status."""
        with self._changed:
            return list(self._requests.values())

    @property
    def forgotten(self) -> int:
        """Requests that are no longer in `requests`, because the ledger keeps only the newest of them."""
        with self._changed:
            return self._forgotten

    @property
    def in_flight(self) -> int:
        """Requests that have arrived and have not been answered."""
        with self._changed:
            return sum(seen.status is None for seen in self._requests.values())

    @property
    def requests_per_connection(self) -> list[int]:
        """How many requests each connection has carried since the ledger began, in the order of acceptance."""
        with self._changed:
            return [c.requests for c in self._known.values() if (c.recent or c.requests) and not c.aside]

    @property
    def charges(self) -> list[Charged]:
        """The charges made, in their order: the work itself, whether or not its answer arrived anywhere."""
        with self._changed:
            return list(self._charges)

    @property
    def charged_again(self) -> int:
        """How many of the charges are for a shipment that was charged already."""
        with self._changed:
            return len(self._charges) - len({charge.shipment_id for charge in self._charges})

    def reset(self) -> None:
        """Begin anew. Connections that are open stay open and go on counting as open, not as accepted since."""
        with self._changed:
            self._known = {c.number: replace(c, recent=False, requests=0) for c in self._known.values() if c.open}
            self._history = [(number, +1) for number in self._known]
            self._requests = {}
            self._forgotten = 0
            self._charges = []
            self._began = self._clock()
            self._changed.notify_all()

    def wait_until(self, true: Callable[[Ledger], object], timeout: float = 10.0) -> None:
        """Wait until `true(ledger)` holds; raise TimeoutError, with what the ledger says, after `timeout` seconds.

        Blocks the thread: inside `async def` use `until`.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: true(self), timeout):
                raise TimeoutError(f"after {timeout} s the ledger says: {self}")

    async def until(self, true: Callable[[Ledger], object], timeout: float = 10.0) -> None:
        """The same for `async def`: the event loop goes on meanwhile."""
        await asyncio.to_thread(self.wait_until, true, timeout)

    def as_dict(self) -> dict[str, Any]:
        """Everything above at one moment, as JSON can carry it."""
        with self._changed:
            return {
                "connections": self.connections,
                "open": self.open,
                "peak_open": self.peak_open,
                "requests_per_connection": self.requests_per_connection,
                "in_flight": self.in_flight,
                "forgotten": self.forgotten,
                "charges": [vars(charge) for charge in self.charges],
                "charged_again": self.charged_again,
                "requests": [seen.as_dict() for seen in self.requests],
            }

    def __repr__(self) -> str:
        with self._changed:
            requests = len(self._requests) + self._forgotten
            return (
                f"<Ledger: {self.connections} connection{'s' * (self.connections != 1)} accepted, "
                f"{self.open} open now, {self.peak_open} at most; {requests} request{'s' * (requests != 1)}>"
            )

    # What the server reports.

    def connection_opened(self) -> int:
        """A connection was accepted: its number."""
        with self._changed:
            number = self._next_connection
            self._next_connection += 1
            self._known[number] = _Connection(number)
            self._history.append((number, +1))
            self._changed.notify_all()
            return number

    def connection_closed(self, number: int) -> None:
        """A connection is gone, whoever closed it."""
        with self._changed:
            self._known[number].open = False
            self._history.append((number, -1))
            self._changed.notify_all()

    def ledger_asked(self, connection: int | None) -> None:
        """A request for the ledger itself came: a connection that has carried no other does not count."""
        with self._changed:
            known = self._known.get(connection)
            if known is not None and not known.used:
                known.aside = True
                self._changed.notify_all()

    def request_arrived(
        self, connection: int | None, method: str, path: str, query: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> str:
        """The head of a request came: the id it is given."""
        with self._changed:
            request_id = f"req-{self._next_request:06}"
            self._next_request += 1
            self._requests[request_id] = Seen(
                request_id=request_id,
                connection=connection,
                method=method,
                path=path,
                query=query,
                headers=Headers(raw=list(headers)),
                body_bytes=0,
                status=None,
                at=self._clock() - self._began,
            )
            known = self._known.get(connection)  # None too if it closed and a reset forgot it before we came here
            if known is not None:
                if known.aside:
                    known.aside, known.recent = False, True
                known.used = True
                known.requests += 1
            if self._keep is not None and len(self._requests) > self._keep:
                del self._requests[next(iter(self._requests))]
                self._forgotten += 1
            self._changed.notify_all()
            return request_id

    def body_read(self, request_id: str, count: int) -> None:
        """The API has read so many more bytes of the request's body."""
        with self._changed:
            if (seen := self._requests.get(request_id)) is not None:
                self._requests[request_id] = replace(seen, body_bytes=seen.body_bytes + count)
                self._changed.notify_all()

    def charged(self, number: int, shipment_id: int, cents: int) -> None:
        """The API has charged something."""
        with self._changed:
            self._charges.append(Charged(number, shipment_id, cents, self._clock() - self._began))
            self._changed.notify_all()

    def request_answered(self, request_id: str, status: int) -> None:
        """The head of the answer was sent."""
        with self._changed:
            if (seen := self._requests.get(request_id)) is not None:
                self._requests[request_id] = replace(seen, status=status)
                self._changed.notify_all()
