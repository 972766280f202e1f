"""Ports for programs that have to be told one."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def held_ports(count: int) -> Iterator[list[int]]:
    """Loopback ports that are this test's until the block ends. Nobody listens there: whoever connects is refused.

    On Linux a socket that is bound and does not listen holds each of them. The system gives such a port to nobody who
    asks for any, and yet lets a server that sets SO_REUSEADDR, as all of ours do, listen there. Elsewhere the server
    would be refused, so the ports are merely free when the block begins.
    """
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in sockets]
        if not sys.platform.startswith("linux"):
            held.close()
        yield ports
