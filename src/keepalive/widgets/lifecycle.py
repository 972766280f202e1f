"""The life of a connection, step by step: kept in a pool or made for one call, and closed by one end or the other."""

from __future__ import annotations

from typing import Any

from .shape import Control, Twin, Values, Widget
from .text import count, fixed

TIME_WAIT = 60_000
"""Milliseconds, on Linux; so long it also waits in FIN-WAIT-2 for the other end's close."""

CONTROLS = (
    Control(
        "client",
        "Client",
        "choice",
        "one",
        options=(("one", "one, kept for all calls"), ("each", "one for each call")),
    ),
    Control(
        "closes",
        "After an answer",
        "choice",
        "open",
        options=(("open", "the server leaves the connection open"), ("server", "the server closes it")),
        help="It closes where it answers with Connection: close.",
    ),
    Control("calls", "Calls", "number", 3, least=1, most=4),
    Control("pause", "Pause between calls", "number", 3, unit="s", most=90, step=0.1),
    Control(
        "expiry",
        "keepalive_expiry",
        "number",
        5,
        unit="s",
        most=90,
        step=0.1,
        help="After so long the client does not use an idle connection again.",
        only_if=("client", "one"),
    ),
    Control(
        "idle",
        "Server's idle time",
        "number",
        5,
        unit="s",
        least=1,
        most=90,
        step=0.1,
        help="After so long the server closes an idle connection.",
        only_if=("client", "one"),
    ),
    Control("rtt", "Round-trip time", "number", 300, unit="ms", least=20, most=500, step=20),
    Control("tls", "https, TLS 1.3", "flag", True),
)

# What goes over the wire in a step, at whose time it is sent: to whom, and what.
SYN, FIN_OUT, ACK_OUT = ("server", "SYN"), ("server", "FIN"), ("server", "ACK")
SYN_ACK, FIN_IN, RESET = ("client", "SYN, ACK"), ("client", "FIN"), ("client", "RST")
CLIENT_HELLO, SERVER_HELLO = ("server", "ClientHello"), ("client", "ServerHello")
NOTHING = ("", "")


class _Connection:
    def __init__(self, number: int, opened: int) -> None:
        self.number = number
        self.opened = opened
        self.closed = opened
        """When the client's end is no longer open for a call."""
        self.client_waits: tuple[int, int] | None = None
        self.server_waits: tuple[int, int] | None = None
        self.freed = opened
        """When the client's port is free again."""


class _Story:
    """Collects what happens; at the end it is put in order, and each step is told the states that then hold."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.rtt = values["rtt"]
        self.half = self.rtt // 2
        self.pause, self.idle, self.expiry = (round(values[name] * 1000) for name in ("pause", "idle", "expiry"))
        self.over = 0
        """When nothing is left to happen but the end of TIME-WAIT."""
        self.steps: list[dict[str, Any]] = []
        self.connections: list[_Connection] = []
        self.calls: list[dict[str, Any]] = []

    def tell(
        self,
        at: int,
        connection: _Connection,
        text: str,
        over: tuple[str, str] = NOTHING,
        client: str = "",
        server: str = "",
        after: bool = False,
    ) -> None:
        """`client`, `server`: the state from then on, where it changes; with " → " between several of one step.
        `after`: when all else is over.
        """
        if not after:
            self.over = max(self.over, at)
        self.steps.append(
            {
                "t": at,
                "connection": connection.number,
                "text": text,
                "to": over[0],
                "packet": over[1],
                "client": client,
                "server": server,
            }
        )

    # ---- calls

    def new(self, call: int, at: int) -> tuple[_Connection, int]:
        """A call on a new connection; it, and when the answer is there."""
        connection = _Connection(len(self.connections) + 1, at)
        self.connections.append(connection)
        began, tls = at, self.values["tls"]
        self.tell(at, connection, f"Call {call}: look up the name, take a port, connect.", SYN, "SYN-SENT", "LISTEN")
        self.tell(at + self.half, connection, "The server's kernel accepts.", SYN_ACK, "", "SYN-RECEIVED")
        at += self.rtt
        request = ("server", f"request {call}")
        then = "The TLS handshake begins." if tls else f"Request {call} goes out."
        over = CLIENT_HELLO if tls else request
        self.tell(at, connection, f"Connected after one round trip. {then}", over, "ESTABLISHED")
        if tls:
            text = "The server answers the handshake."
            self.tell(at + self.half, connection, text, SERVER_HELLO, "", "ESTABLISHED")
            at += self.rtt
            text = f"TLS 1.3 is agreed on after one more. Request {call} goes out."
            self.tell(at, connection, text, request)
        return connection, self.answer(call, connection, began, at, "new")

    def kept(self, call: int, connection: _Connection, at: int) -> int:
        self.tell(at, connection, f"Call {call}: the kept connection is used.", ("server", f"request {call}"))
        return self.answer(call, connection, at, at, "kept")

    def answer(self, call: int, connection: _Connection, began: int, sent: int, how: str) -> int:
        ended = sent + self.rtt
        self.calls.append({"call": call, "connection": connection.number, "how": how, "began": began, "ended": ended})
        if self.values["closes"] == "server":
            text = f"The server answers request {call} with Connection: close, and closes."
            self.tell(sent + self.half, connection, text, ("client", f"answer {call}, FIN"), "", "FIN-WAIT-1")
            text = f"Answer {call} is there, and the close with it. The client closes too."
            self.tell(ended, connection, text, FIN_OUT, "CLOSE-WAIT → LAST-ACK")
            self.server_waits_from(connection, ended + self.half, closed=ended)
        else:
            text = f"The server answers request {call}."
            self.tell(sent + self.half, connection, text, ("client", f"answer {call}"), "", "ESTABLISHED")
        if self.values["closes"] == "open" and self.values["client"] == "one":
            self.tell(ended, connection, f"Answer {call} is there. The connection is idle.")
        return ended

    # ---- ends

    def client_closes(self, connection: _Connection, at: int, why: str) -> None:
        connection.closed = at
        self.tell(at, connection, why, FIN_OUT, "FIN-WAIT-1")
        text = "The server reads the end, and closes too."
        self.tell(at + self.half, connection, text, FIN_IN, "", "CLOSE-WAIT → LAST-ACK")
        self.tell(at + self.rtt, connection, "The server's close is there.", ACK_OUT, "FIN-WAIT-2 → TIME-WAIT")
        text = "The server has forgotten the connection. The client, who closed first, has not."
        self.tell(at + self.rtt + self.half, connection, text, NOTHING, "", "closed")
        self.client_waits_from(connection, at + self.rtt)

    def client_waits_from(self, connection: _Connection, at: int) -> None:
        connection.client_waits = (at, at + TIME_WAIT)
        connection.freed = at + TIME_WAIT
        text = "TIME-WAIT is over: the client's port is free."
        self.tell(at + TIME_WAIT, connection, text, NOTHING, "closed", after=True)

    def server_waits_from(self, connection: _Connection, at: int, closed: int) -> None:
        """The client's close, sent half a round trip before `at`, reaches a server that closed first."""
        connection.closed, connection.freed = closed, at + self.half
        connection.server_waits = (at, at + TIME_WAIT)
        self.tell(at, connection, "The client's close is there.", ("client", "ACK"), "", "FIN-WAIT-2 → TIME-WAIT")
        text = "The client's port is free. The server, who closed first, waits."
        self.tell(at + self.half, connection, text, NOTHING, "closed")
        text = "TIME-WAIT is over at the server."
        self.tell(at + TIME_WAIT, connection, text, NOTHING, "", "closed", after=True)

    # ---- what a call meets that comes after a pause

    def next_call(self, call: int, connection: _Connection, ended: int) -> tuple[_Connection | None, int]:
        pause, idle, expiry = self.pause, self.idle, self.expiry
        at = ended + pause
        server_closed = pause > idle - self.rtt
        """When the request arrives, or would."""
        if server_closed:
            text = f"Idle for {_seconds(idle)}: the server closes."
            self.tell(ended - self.half + idle, connection, text, FIN_IN, "", "FIN-WAIT-1")
        if pause >= idle:
            self.replaced(connection, ended + idle, at)
        elif server_closed and pause <= expiry:
            return None, self.crossed(call, connection, at, ended + idle)
        elif server_closed:
            self.both_close(connection, at, ended + idle)
        elif pause > expiry:
            text = f"Idle for longer than keepalive_expiry, {_seconds(expiry)}: the client closes."
            self.client_closes(connection, at, text)
        else:
            return connection, self.kept(call, connection, at)
        return self.new(call, at)

    def replaced(self, connection: _Connection, heard: int, at: int) -> None:
        """The server's close was there long before the call."""
        text = "The close is there. httpx does not look: no call needs the connection."
        self.tell(heard, connection, text, ACK_OUT, "CLOSE-WAIT")
        waits_from = heard + self.half
        if at + self.half < waits_from + TIME_WAIT:
            if at + self.half > waits_from:
                text = "The server waits for the client to close."
                self.tell(waits_from, connection, text, NOTHING, "", "FIN-WAIT-2")
            self.tell(at, connection, "A call looks, finds it closed, and drops it.", FIN_OUT, "LAST-ACK")
            self.server_waits_from(connection, at + self.half, closed=heard)
            return
        self.tell(waits_from, connection, "The server waits for the client to close.", NOTHING, "", "FIN-WAIT-2")
        self.tell(waits_from + TIME_WAIT, connection, "The server's kernel waits no longer.", NOTHING, "", "closed")
        self.tell(at, connection, "A call looks, finds it closed, and drops it.", FIN_OUT, "LAST-ACK")
        self.tell(at + self.rtt, connection, "At the server nobody knows of it. The port is free.", RESET, "closed")
        connection.closed, connection.freed = heard, at + self.rtt

    def crossed(self, call: int, connection: _Connection, at: int, heard: int) -> int:
        """The request goes out on a connection that the server has closed, or will have when it arrives."""
        text = f"Call {call}: the kept connection is used. The server's close cannot be known yet."
        self.tell(at, connection, text, ("server", f"request {call}"))
        text = f"Request {call} meets a closed connection: nobody reads it."
        self.tell(at + self.half, connection, text, RESET, "", "closed")
        text = f"The close is there, no answer: call {call} fails with RemoteProtocolError."
        self.tell(heard, connection, text, FIN_OUT, "CLOSE-WAIT → LAST-ACK")
        self.tell(at + self.rtt, connection, "The reset is there. The port is free.", NOTHING, "closed")
        connection.closed, connection.freed = heard, at + self.rtt
        self.calls.append({"call": call, "connection": connection.number, "how": "failed", "began": at, "ended": heard})
        return heard

    def both_close(self, connection: _Connection, at: int, heard: int) -> None:
        text = "Idle for longer than keepalive_expiry: the client closes. The server's close is on its way."
        self.tell(at, connection, text, FIN_OUT, "FIN-WAIT-1")
        self.tell(at + self.half, connection, "The two closes have crossed.", ("client", "ACK"), "", "CLOSING")
        self.tell(heard, connection, "The server's close is there.", ACK_OUT, "CLOSING")
        self.tell(heard + self.half, connection, "Both closed first, so both wait.", NOTHING, "", "TIME-WAIT")
        self.tell(at + self.rtt, connection, "The client waits.", NOTHING, "TIME-WAIT")
        connection.closed = at
        self.client_waits_from(connection, at + self.rtt)
        from_then = heard + self.half
        connection.server_waits = (from_then, from_then + TIME_WAIT)
        text = "TIME-WAIT is over at the server."
        self.tell(from_then + TIME_WAIT, connection, text, NOTHING, "", "closed", after=True)


def model(values: Values) -> dict[str, Any]:
    """Times in milliseconds from the first call, all of them whole. `ports`: of the client, in TIME-WAIT.

    `over`: when nothing is left to happen but the end of TIME-WAIT; `held`: how many each end holds then.
    """
    story = _Story(values)
    idle: _Connection | None = None
    ended = 0
    for call in range(1, values["calls"] + 1):
        if idle is not None:
            idle, ended = story.next_call(call, idle, ended)
        else:
            idle, ended = story.new(call, ended + story.pause if call > 1 else 0)
        if values["closes"] == "server":
            idle = None
        elif values["client"] == "each" and idle is not None:
            story.client_closes(idle, ended, f"Answer {call} is there. The client was for this call, and closes.")
            idle = None
    if idle is not None:
        story.client_closes(idle, ended, "No call is left: the client is closed.")
    return _told(story)


def _told(story: _Story) -> dict[str, Any]:
    steps = sorted(story.steps, key=lambda step: step["t"])  # what happens at one moment stays as it was told
    states: dict[int, list[str]] = {}
    for step in steps:
        state = states.setdefault(step["connection"], ["", ""])
        for place, end in enumerate(("client", "server")):
            if step[end]:
                state[place] = step[end].rpartition("→ ")[2]
            else:
                step[end] = state[place]
        step["ports"] = _waiting(story, "client_waits", step["t"])
    return {
        "steps": steps,
        "calls": story.calls,
        "connections": [
            {
                "number": each.number,
                "opened": each.opened,
                "closed": each.closed,
                "client_waits": list(each.client_waits) if each.client_waits else None,
                "server_waits": list(each.server_waits) if each.server_waits else None,
                "freed": each.freed,
            }
            for each in story.connections
        ],
        "failed": [call["call"] for call in story.calls if call["how"] == "failed"],
        "over": story.over,
        "held": _waiting(story, "client_waits", story.over),
        "held_by_server": _waiting(story, "server_waits", story.over),
        "held_until": max((each.client_waits[1] for each in story.connections if each.client_waits), default=None),
    }


def _waiting(story: _Story, end: str, at: int) -> int:
    """How many connections one end holds in TIME-WAIT at a time."""
    waits = [getattr(each, end) for each in story.connections]
    return sum(wait is not None and wait[0] <= at < wait[1] for wait in waits)


def twin(values: Values, outcome: dict[str, Any]) -> Twin:
    rows = [
        (
            _seconds(step["t"]),
            str(step["connection"]),
            step["text"],
            step["client"],
            step["server"],
            str(step["ports"]),
        )
        for step in outcome["steps"]
    ]
    return Twin(
        _finding(values, outcome),
        f"{count(len(rows), 'step')}, with the state at both ends, and how many ports of the client are in TIME-WAIT",
        ("Time", "Connection", "What happens", "Client", "Server", "Ports waiting"),
        tuple(rows),
    )


def _finding(values: Values, outcome: dict[str, Any]) -> str:
    opened = len(outcome["connections"])
    shared = f"{count(values['calls'], 'call')}, {count(opened, 'connection')}."
    if failed := outcome["failed"]:
        which = f"Call {failed[0]} fails" if len(failed) == 1 else f"Calls {' and '.join(map(str, failed))} fail"
        shared += f" {which} with RemoteProtocolError: the server's close crosses the request."
    held, by_server = outcome["held"], outcome["held_by_server"]
    if held:
        until = f"until {_seconds(outcome['held_until'])}"
        if held == 1:
            return f"{shared} At the end 1 port of the client is held in TIME-WAIT, {until}."
        return f"{shared} At the end {held} ports of the client are held in TIME-WAIT, the last {until}."
    if by_server:
        return f"{shared} At the end the client holds no port; the server holds {by_server} in TIME-WAIT."
    return f"{shared} At the end nobody holds a port."


def _seconds(value: int) -> str:
    return f"{fixed(value / 1000, 2)} s"


WIDGET = Widget(
    "lifecycle",
    "The life of a connection",
    "Step through what happens to the connections of a few calls, with the state that the kernel shows at each end. "
    "Let the server close first, or let the pause come close to the server's idle time.",
    CONTROLS,
    model,
    twin,
    "loss, the time of the name look-up, and what TLS says when it closes. Each end answers at once. The 60 s are "
    "Linux's; the pool has room for every call.",
)
