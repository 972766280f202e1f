"""Depot from a terminal: runs until Ctrl-C."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Literal

from keepalive.faults import FaultError, from_text

from .behaviour import Behaviour
from .depot import Depot, DepotError, PortTaken

KEPT = 10_000  # requests in the ledger; a server that runs all day must not fill the memory

# Flushed, because a program that starts this one may be waiting to read the address.
_say: Callable[[str], object] = functools.partial(print, flush=True)


def main(
    host: str = "127.0.0.1",
    port: int = 8001,
    *,
    rtt: float = 0.0,
    tls: Literal["1.2", "1.3"] | None = None,
    faults: Sequence[str] = (),
    out: Callable[[str], object] = _say,
) -> int:
    """Serve until Ctrl-C; returns an exit code: 0 after Ctrl-C, 1 if the server ended by itself, 2 if it cannot start.

    port: 0 lets the system choose. rtt: seconds of a round trip. tls: https with this version. faults: what goes wrong,
    each in words as `keepalive.faults.from_text` has them. out: takes one line of text at a time.
    """
    try:
        behaviour = Behaviour(faults=tuple(map(from_text, faults)))
        depot = Depot(behaviour=behaviour, host=host, port=port, rtt=rtt, tls=tls, keep=KEPT).start()
    except PortTaken as taken:
        out(f"{taken} Choose another one with --port, or --port 0 for any that is free.")
        return 2
    except FaultError as unknown:
        out(f"--fault: {unknown}.")
        return 2
    except (DepotError, ValueError) as problem:
        out(str(problem))
        return 2
    try:
        out(f"Depot, the practice API, answers at {depot.url}")
        if tls:
            out(f"Its certificate is signed by a CA of its own, which a client has to trust: {depot.ca}")
        out(f"What it has seen: {depot.url}/_depot/ledger")
        out("Stop it with Ctrl-C.")
        while depot.running:
            time.sleep(0.5)
    except KeyboardInterrupt:
        depot.stop()
        out("Depot has stopped.")
        return 0
    out("Depot ended by itself; what it printed above says why.")
    return 1
