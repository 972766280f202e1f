"""How one Depot behaves: well, unless it is told otherwise.

This is where a fault plugs in. What an ASGI app can do (answer late, answer 503) becomes a field here and a wrapper
in `layers.py`, put round the API by `create_app`. What happens on the connection itself (closing an idle one) becomes
a field here that `serving.py` reads, because an ASGI app never sees a connection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """What a Depot does to every request, and to a connection between requests.

    latency: seconds that pass after a request has arrived and before the API looks at it. 0 or more.
    idle_timeout: seconds that the server keeps a connection on which nothing happens after an answer, before it
        closes it. More than 0. The default is well above httpx's own `keepalive_expiry` (5 s), so that the client
        lets go first and a request does not meet a close on its way.

    Raises ValueError for a number that cannot be waited for.
    """

    latency: float = 0.0
    idle_timeout: float = 60.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.latency) and self.latency >= 0):
            raise ValueError(f"latency is in seconds, 0 or more; got {self.latency!r}")
        if not (math.isfinite(self.idle_timeout) and self.idle_timeout > 0):
            raise ValueError(f"idle_timeout is in seconds, more than 0; got {self.idle_timeout!r}")
