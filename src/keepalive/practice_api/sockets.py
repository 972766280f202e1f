"""What the kernel of this machine says of the TCP connections at a port: both ends of each, and the state of each end.

The server counts what it accepted; the kernel also knows what is neither program's any more, such as a TIME-WAIT. On
Linux it is read from /proc/net/tcp, elsewhere from what `netstat -an` prints.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# Linux numbers the states of RFC 9293, section 3.3.2 so (include/net/tcp_states.h). 12, NEW-SYN-RECV, is an inner one.
_LINUX = {
    1: "ESTABLISHED",
    2: "SYN-SENT",
    3: "SYN-RECEIVED",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "CLOSED",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN-RECEIVED",
}
# And netstat spells them so: BSD and macOS first, then Windows.
_NETSTAT = {"SYN_RCVD": "SYN-RECEIVED", "SYN_RECEIVED": "SYN-RECEIVED", "LISTENING": "LISTEN"}
_TIMEWAIT_TIMER = 3


class DelayLine(NamedTuple):
    """One line of the kernel's table: the end of a connection that has the local port.

    seconds_left: until the kernel drops a TIME-WAIT or FIN-WAIT-2 that no program owns; None where it does not say.
    """

    local_port: int
    remote_port: int
    state: str
    seconds_left: float | None = None


@dataclass(frozen=True)
class Socket:
    """One connection to the port, as the kernel has it.

    port: the client's port; with the two addresses and the server's port it is the connection's name.
    client, server: the state of each end, as RFC 9293 calls it; None for an end that is gone.
    seconds_left: until the kernel forgets the end that no program owns any more; None where it does not say.
    """

    port: int
    client: str | None
    server: str | None
    seconds_left: float | None = None


class Sockets(tuple[Socket, ...]):
    """Connections to one port, by the client's port. Prints as a table, with the seconds that are left to an end.

    known: whether this system says anything; False makes an empty table mean nothing.
    """

    known: bool

    def __new__(cls, found: Iterable[Socket] = (), known: bool = True) -> Sockets:
        self = super().__new__(cls, found)
        self.known = known
        return self

    def __repr__(self) -> str:
        if not self.known:
            return "This system does not say which connections there are."
        rows = [("port", "client's end", "server's end")]
        for each in self:
            left = "" if each.seconds_left is None else f" {each.seconds_left:.0f} s"
            ends = [f"{end}{left if end in _TIMED else ''}" if end else "gone" for end in (each.client, each.server)]
            rows.append((str(each.port), *ends))
        if len(rows) == 1:
            return "no connections"
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(row.rstrip() for row in padded)


_TIMED = ("TIME-WAIT", "FIN-WAIT-2")


def sockets_at(port: int) -> Sockets:
    """Every connection to a port of this machine that has an end here, those that nobody owns any more included."""
    lines = _lines()
    return Sockets(known=False) if lines is None else paired(lines, port)


def paired(lines: Iterable[DelayLine], port: int) -> Sockets:
    """The two ends of each connection side by side."""
    client: dict[int, DelayLine] = {}
    server: dict[int, DelayLine] = {}
    for line in lines:
        if line.state == "LISTEN":
            continue
        if line.remote_port == port:
            client[line.local_port] = line
        elif line.local_port == port:
            server[line.remote_port] = line
    found = []
    for number in sorted({*client, *server}):
        ends = [ends.get(number) for ends in (client, server)]
        left = next((end.seconds_left for end in ends if end and end.seconds_left is not None), None)
        found.append(Socket(number, *(end and end.state for end in ends), left))
    return Sockets(found)


def of_proc(table: str, ticks: int) -> Iterator[DelayLine]:
    """The lines of /proc/net/tcp or tcp6. ticks: the kernel's per second, `os.sysconf("SC_CLK_TCK")`."""
    for row in table.splitlines()[1:]:
        _, local, remote, state, _, timer, *_ = row.split()
        kind, _, when = timer.partition(":")
        left = int(when, 16) / ticks if int(kind, 16) == _TIMEWAIT_TIMER else None
        name = _LINUX.get(int(state, 16), state)
        yield DelayLine(int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16), name, left)


def of_netstat(printed: str) -> Iterator[DelayLine]:
    """The lines about TCP that `netstat -an` prints on macOS, BSD and Windows.

    A Windows that speaks another language names the states in it; they stay as they are.
    """
    for row in printed.splitlines():
        kind, *cells = row.split() or [""]
        if not kind.lower().startswith("tcp"):
            continue
        # macOS has two columns of queues before the addresses, and writes the port behind a dot.
        while cells and cells[0].isdecimal():
            del cells[0]
        if len(cells) < 3:
            continue
        ports = [cell[max(cell.rfind("."), cell.rfind(":")) + 1 :] for cell in cells[:2]]
        if all(port.isdecimal() for port in ports):
            state = _NETSTAT.get(cells[2], cells[2].replace("_", "-"))
            yield DelayLine(int(ports[0]), int(ports[1]), state)


def _lines() -> list[DelayLine] | None:
    if sys.platform == "linux":
        found: list[DelayLine] | None = None
        for name in ("tcp", "tcp6"):
            with contextlib.suppress(OSError):  # a sandbox may hide either
                table = Path("/proc/net", name).read_text(encoding="ascii")
                found = [*(found or []), *of_proc(table, os.sysconf("SC_CLK_TCK"))]
        return found
    try:
        asked = subprocess.run(["netstat", "-an"], capture_output=True, text=True, errors="replace", timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return list(of_netstat(asked.stdout)) if asked.returncode == 0 else None
