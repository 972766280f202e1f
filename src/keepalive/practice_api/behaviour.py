"""How one Depot behaves: well, unless it is told otherwise.

What goes wrong is said in the faults of `keepalive.faults`. What an ASGI app can do (answer late, answer 503) is a
wrapper in `middleware.py`, put round the API by `create_app`. What a server can do (closing an idle connection) is read
by `serving.py`, because an ASGI app never sees a connection. What takes bytes (half an answer, a reset) is played by
`proxy.py`, which a Depot puts in front when one of its faults needs it. That nobody answers an attempt to connect is
the listening socket's own (`depot.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

from keepalive.faults import Drip, DropConnect, Fault, IdleClose, Latency, Refuse, one_of_each

F = TypeVar("F", bound=Fault)


@dataclass(frozen=True)
class Behaviour:
    """What a Depot does to every request, and to a connection between requests.

    latency: seconds that pass after a request has arrived and before the API looks at it. 0 or more. Short for
        `faults=(Latency(...),)`.
    idle_timeout: seconds that the server keeps a connection on which nothing happens after an answer, before it
        closes it. More than 0. The default is well above httpx's own `keepalive_expiry` (5 s), so that the client
        lets go first and a request does not meet a close on its way. `faults=(IdleClose(...),)` takes its place.
    faults: what else goes wrong, out of `keepalive.faults`, one of each kind.

    No fault stands before the ledger's own address, except those of the connection: `IdleClose`, `Refuse`,
    `DropConnect`.
    Raises ValueError for a number that cannot be waited for, and for two faults at one place.
    """

    latency: float = 0.0
    idle_timeout: float = 60.0
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.latency) and self.latency >= 0):
            raise ValueError(f"latency is in seconds, 0 or more; got {self.latency!r}")
        if not (math.isfinite(self.idle_timeout) and self.idle_timeout > 0):
            raise ValueError(f"idle_timeout is in seconds, more than 0; got {self.idle_timeout!r}")
        object.__setattr__(self, "faults", one_of_each(self.faults))
        if self.latency and self.fault(Latency):
            raise ValueError("a latency is given twice: as `latency` and among the faults")

    def fault(self, kind: type[F]) -> F | None:
        """The fault of a kind, if it has it."""
        return next((each for each in self.faults if isinstance(each, kind)), None)

    @property
    def on_the_bytes(self) -> tuple[Fault, ...]:
        """Those of its faults that no app can play: about the bytes on a connection, or about connecting."""
        return tuple(
            each for each in self.faults if each.on_the_bytes or (isinstance(each, Drip) and each.part == "head")
        )

    @property
    def unreachable(self) -> Refuse | DropConnect | None:
        """Why no attempt to connect succeeds, if none does."""
        return self.fault(Refuse) or self.fault(DropConnect)

    @property
    def thinks(self) -> float:
        """Seconds before the API looks at a request, however they were given."""
        fault = self.fault(Latency)
        return self.latency if fault is None else fault.seconds

    @property
    def closes_idle_after(self) -> float:
        """Seconds that an idle connection is kept, however they were given."""
        fault = self.fault(IdleClose)
        return self.idle_timeout if fault is None else fault.after
