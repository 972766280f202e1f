"""The hidden side: the server of a scenario. It has no clock of its own; it gets messages and says what is to happen.

Per connection an h11 server parses what the client wrote. A respx router decides what to respond; an author
knows its patterns and effects. Whatever goes wrong in here is kept as `fault` and never reaches the learner as an
exception.
"""

from __future__ import annotations

import dataclasses
import itertools
import traceback
from typing import Any

import h11
import httpx
import respx.models

from keepalive.faults import (
    CloseAfter,
    CloseDuringRequest,
    Cut,
    Drip,
    DropConnect,
    Hang,
    Latency,
    Pace,
    Pauses,
    Refuse,
    Reset,
    RetryAfter,
    StatusSequence,
    WrongLength,
)
from keepalive.grading import shapes
from keepalive.grading.asgi import answer_of
from keepalive.grading.net import Net, Origin
from keepalive.grading.record import ConnectionSeen, Requests, RequestSeen
from keepalive.grading.replies import Reply
from keepalive.grading.scenarios import Limits
from keepalive.grading.shapes import Malformed
from keepalive.grading.targets import NotServed, requested_url
from keepalive.grading.tls import ServerEnd

Messages = list[dict[str, Any]]
"""What the runner is told to do, and when."""

INSTANT = 1e-6
"""Seconds within which two moments are one. Sums of floats differ in their last digits, and events are told to the
microsecond: a response that was read as the connection closed would seem to come after it."""


OUTPUT_KEPT = 200_000
"""Characters that are kept of a scenario's output. The runner sends half as much: this is for what is none."""


@dataclasses.dataclass
class _Connection:
    """One connection, the server's end."""

    seen: ConnectionSeen
    origin: Origin
    tls: ServerEnd | None = None  # where TLS is done for real
    h11: h11.Connection = dataclasses.field(default_factory=lambda: h11.Connection(h11.SERVER))
    head: h11.Request | None = None
    url: httpx.URL = dataclasses.field(default_factory=httpx.URL)  # of that head
    body: bytearray = dataclasses.field(default_factory=bytearray)
    idle_tick: int | None = None
    in_time_until: float = 0.0  # what the client sends later meets the idle close on its way
    responded_early: bool = False
    taken: float = 0.0  # bytes of the window that are in use, at `taken_at`
    taken_at: float = 0.0
    ended: bool = False  # the server has closed, or will at a time that is already on the clock
    let_go: bool = False  # the client has closed its end, or given it up


class ScenarioServer:
    """The server of one scenario. Call it with each message of the runner; it returns what is to happen, and when.

    A message that the runner never sends raises Malformed: somebody else has sent it.
    """

    def __init__(self, net: Net, limits: Limits) -> None:
        self._net, self._limits = net, limits
        self._connections: dict[int, _Connection] = {}
        self._ticks: dict[int, _Connection] = {}
        self._numbers = itertools.count()
        self._order = itertools.count()
        self._events: list[tuple[float, int, int, dict[str, Any]]] = []
        self.requests = Requests()
        self.connect_attempts: list[ConnectionSeen] = []
        self.marks: dict[str, float] = {}
        self.printed: list[str] = []
        self._room_for_output = OUTPUT_KEPT
        self.done: dict[str, Any] | None = None
        self.end = 0.0
        self.fault: str | None = None
        self._halted = False
        self._heard_at = 0.0

    # -- what it has seen

    @property
    def accepted(self) -> list[ConnectionSeen]:
        """The connections that were there before the end, by their numbers."""
        return [seen for seen in self.connect_attempts if seen.opened_at is not None and seen.opened_at <= self.end]

    @property
    def open_at_end(self) -> list[int]:
        """The numbers of those that the client has not closed. That the server has is no merit of the client's."""
        return [seen.number for seen in self.accepted if not self._connections[seen.number].let_go]

    # -- what the link calls

    def __call__(self, message: dict[str, Any]) -> Messages:
        if self.done is not None:  # what comes after the end is not credited
            return []
        shapes.refuse_malformed(message)
        self._refuse_what_cannot_be(message)
        handler = getattr(self, f"_on_{message['type']}")
        try:
            out: Messages = handler(**{key: value for key, value in message.items() if key not in ("type", "nonce")})
        except Exception as exc:
            return self._broke(exc)
        return out

    def _broke(self, exc: Exception) -> Messages:
        if self.fault is None:
            self.fault = "".join(traceback.format_exception(exc))
        return [{"type": "halt", "kind": "grader_fault", "text": "The exercise itself broke."}]

    def _refuse_what_cannot_be(self, message: dict[str, Any]) -> None:
        """Raise Malformed for what does not fit to what was said before."""
        t, kind, conn = message["t"], message["type"], message.get("conn")
        if t < self._heard_at:
            raise Malformed("its time is before that of the message before it")
        self._heard_at = t
        if kind == "connect" and any(seen.number == conn for seen in self.connect_attempts):
            raise Malformed("there has been a connection of that number")
        if kind == "tick" and message["id"] not in self._ticks:
            raise Malformed("nobody asked for that tick")
        if kind in ("tls", "data", "close"):
            known = self._connections.get(message["conn"])
            opened = None if known is None else known.seen.opened_at
            if opened is None or t < opened - INSTANT:
                raise Malformed("there is no connection of that number")

    # -- the runner's messages

    def _on_output(self, t: float, text: str) -> Messages:
        text = text[: self._room_for_output]
        self._room_for_output -= len(text)
        self.printed.append(text)
        return []

    def _on_mark(self, t: float, name: str) -> Messages:
        self.marks.setdefault(name, t)
        self._event(t, "mark", data={"name": name})
        return []

    def _on_connect(self, t: float, conn: int, host: str, port: int) -> Messages:
        seen = ConnectionSeen(conn, host, port, began_at=t)
        self.connect_attempts.append(seen)
        self._event(t, "connect", conn, data={"host": host if port in (80, 443) else f"{host}:{port}"})
        if len(self.connect_attempts) > self._limits.requests:
            return self._halt(
                t,
                f"{self._limits.requests} connections had been opened",
            )
        origin = self._net.at(host, port)
        if origin is None:
            self._event(t, "refused", conn)
            seen.refused_at = t
            return [{"type": "refuse", "conn": conn, "at": t}]
        plan = origin.next_connect_plan()
        at = t + (origin.network.connect_takes if plan.takes is None else plan.takes)
        context = origin.tls
        self._connections[conn] = _Connection(seen, origin, None if context is None else ServerEnd(context))
        if isinstance(plan.fault, DropConnect):
            return []
        if isinstance(plan.fault, Refuse):
            seen.refused_at = at
            self._event(at, "refused", conn)
            return [{"type": "refuse", "conn": conn, "at": at}]
        seen.opened_at = at
        self._event(at, "connected", conn)
        told = {} if context is None else {"records": True}
        window = origin.network.window if plan.window is None else plan.window
        return [{"type": "accept", "conn": conn, "at": at, "window": window, **told}]

    def _on_connect_abandoned(self, t: float, conn: int) -> Messages:
        connection = self._connections.get(conn)
        if connection is not None and not connection.seen.refused:
            if connection.seen.opened_at is not None and connection.seen.opened_at > t:
                connection.seen.opened_at = None
                self._forget(conn, "connected")
            connection.seen.closed_at, connection.seen.closed_by, connection.ended = t, "client", True
            connection.let_go = True
            self._event(t, "connect_abandoned", conn)
        return []

    def _on_tls(self, t: float, conn: int, sni: str | None, verify: bool) -> Messages:
        connection = self._connections[conn]
        handshake = connection.origin.next_handshake()
        self._event(t, "tls", conn, data={"sni": sni})
        at = t + connection.origin.network.tls_takes
        if handshake.silent:
            connection.ended = True  # records that arrive are read by nobody
            return []
        if connection.tls is not None:
            return []  # its records are what is heard next
        if handshake.fails is not None and verify:
            return [{"type": "tls_fail", "conn": conn, "at": at, "text": handshake.fails}]
        connection.seen.tls = True
        return [{"type": "tls_ok", "conn": conn, "at": at}]

    def _on_close(self, t: float, conn: int) -> Messages:
        connection = self._connections[conn]
        out = self._withdraw_idle_close(connection)
        seen = connection.seen
        # A response that is still on its way is never read.
        for request in seen.requests:
            if request.response_at is not None and request.response_at > t + INSTANT:
                request.response_at = request.status = None
                self._forget(conn, "answer", after=t)
        self._forget(conn, "eof", after=t)
        self._forget(conn, "reset", after=t)
        if seen.closed_by is None or (seen.closed_at or 0.0) > t + INSTANT:
            seen.closed_at, seen.closed_by = t, "client"
        connection.ended = connection.let_go = True
        self._event(t, "close", conn)
        return out

    def _on_tick(self, t: float, id: int) -> Messages:
        connection = self._ticks.pop(id)
        connection.idle_tick = None
        return self._server_ends(connection, "eof", t, "crossed" if connection.ended else "idle")

    def _on_data(self, t: float, conn: int, bytes: bytes) -> Messages:
        connection = self._connections[conn]
        if connection.idle_tick is not None and t > connection.in_time_until + INSTANT:
            connection.ended = True
        if connection.ended:  # it crosses the server's close on the way: nobody reads it
            return self._make_room(t, connection, len(bytes))
        out = self._withdraw_idle_close(connection) + self._make_room(t, connection, len(bytes))
        if connection.tls is None:
            return out + self._read(t, connection, bytes)
        return out + self._read_records(t, connection, connection.tls, bytes)

    def _read_records(self, t: float, connection: _Connection, tls: ServerEnd, records: bytes) -> Messages:
        """What came in over TLS, and the response as records: of the handshake, then of the requests."""
        seen, network = connection.seen, connection.origin.network
        said = tls.receive(records)
        out: Messages = []
        flight, at = tls.take(), t + network.tls_takes
        if flight:
            out.append({"type": "data", "conn": seen.number, "at": at, "bytes": flight})
        if tls.failure is not None:
            seen.tls_failure = tls.failure
            return out + self._server_ends(connection, "eof", at, "handshake failed")
        seen.tls, seen.certificate = tls.shaken, tls.common_name
        if said:
            for each in self._read(t, connection, said):
                out.append({**each, "bytes": tls.send(each["bytes"])} if each["type"] == "data" else each)
        return out

    def _read(self, t: float, connection: _Connection, bytes: bytes) -> Messages:
        """What came in: the response to each request that is whole."""
        conn, out = connection.seen.number, []
        try:
            connection.h11.receive_data(bytes)
            while True:
                event = connection.h11.next_event()
                if isinstance(event, h11.Request):
                    connection.head, connection.body = event, bytearray()
                    connection.url = requested_url(event, connection.seen.host, secure=connection.seen.tls)
                    out += self._respond_to_head(t, connection)
                elif isinstance(event, h11.Data):
                    connection.body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    if not connection.responded_early:
                        out += self._respond(t, connection)
                    connection.responded_early = False
                    if connection.h11.our_state is h11.DONE and connection.h11.their_state is h11.DONE:
                        connection.h11.start_next_cycle()
                else:
                    return out
        except (h11.RemoteProtocolError, NotServed) as exc:
            at = t + connection.origin.network.rtt
            self._event(t, "bad_request", conn, data={"why": str(exc)})
            refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            out.append({"type": "data", "conn": conn, "at": at, "bytes": refusal})
            return out + self._server_ends(connection, "eof", at, "after answer")

    def _on_done(self, t: float, **report: Any) -> Messages:
        self.done, self.end = report, t
        announced = ("answer", "eof", "reset", "connected")
        self._events = [each for each in self._events if each[0] <= t + INSTANT or each[3]["kind"] not in announced]
        for connection in self._connections.values():
            seen = connection.seen
            if seen.closed_at is not None and seen.closed_at > t + INSTANT:
                seen.closed_at = seen.closed_by = None
        for found in report["diagnoses"]:
            self._event(t, "diagnosis", data={"kind": found["kind"], "text": found["text"]})
        self._event(t, "end", data={"open": len(self.open_at_end)})
        return []

    # -- responding

    def _respond_to_head(self, t: float, connection: _Connection) -> Messages:
        """What is due before the body has arrived: an early response, or leave to go on (RFC 9110, 10.1.1)."""
        if not connection.origin.early_router.routes and not connection.h11.they_are_waiting_for_100_continue:
            return []  # as for nearly every request
        request = self._request(t, connection)
        try:
            response = connection.origin.early_router.handler(request)
        except respx.models.AllMockedAssertionError:
            if not connection.h11.they_are_waiting_for_100_continue:
                return []
            go_on = connection.h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
            at = t + connection.origin.network.rtt
            return [{"type": "data", "conn": connection.seen.number, "at": at, "bytes": go_on}]
        connection.responded_early = True
        noted = self._note(t, connection, request)
        return self._play(t, connection, noted, request, _as_reply(response, request))

    def _respond(self, t: float, connection: _Connection) -> Messages:
        request = self._request(t, connection)
        noted = self._note(t, connection, request)
        if len(self.requests) > self._limits.requests:
            return self._halt(t, f"{noted.number} requests had been sent")
        if connection.origin.closes_during(noted.nth):
            at = t + connection.origin.network.rtt / 2
            return self._server_ends(connection, "eof", at, "crossed")
        status = connection.origin.next_status()
        reply = self._routed(request, connection.origin) if status is None else Reply(httpx.Response(status))
        return self._play(t, connection, noted, request, reply)

    def _request(self, t: float, connection: _Connection) -> httpx.Request:
        """What has arrived, as httpx would send it."""
        seen, head = connection.seen, connection.head
        assert head is not None
        headers = list(head.headers)  # as bytes: not all that may be in a header is ASCII
        method, body = head.method.decode("latin-1"), bytes(connection.body)
        request = httpx.Request(method, connection.url, headers=headers, content=body)
        request.extensions["wire"] = {
            "t": t,
            "connection": seen.number,
            "nth": len(seen.requests) + 1,
            "number": len(self.requests),
        }
        return request

    def _note(self, t: float, connection: _Connection, request: httpx.Request) -> RequestSeen:
        wire = request.extensions["wire"]
        noted = RequestSeen(
            wire["number"],
            t,
            wire["connection"],
            wire["nth"],
            request.method,
            request.url.path,
            dict(request.url.params),
            str(request.url),
            request.headers,
            request.content,
        )
        self.requests.append(noted)
        connection.seen.requests.append(noted)
        data = {"method": noted.method, "path": noted.path, "bytes": len(noted.body)}
        self._event(t, "request", noted.connection, noted.number, data)
        return noted

    def _routed(self, request: httpx.Request, origin: Origin) -> Reply:
        try:
            return _as_reply(origin.router.handler(request), request)
        except respx.models.AllMockedAssertionError:
            if origin.asgi_app is not None:
                return answer_of(origin.asgi_app, request)
            wire = request.extensions["wire"]
            data = {"method": request.method, "path": request.url.path}
            self._event(wire["t"], "no_route", wire["connection"], wire["number"], data)
            return Reply(httpx.Response(404, json={"title": "Not Found", "status": 404}))

    def _play(
        self, t: float, connection: _Connection, noted: RequestSeen, request: httpx.Request, reply: Reply
    ) -> Messages:
        seen, rtt = connection.seen, connection.origin.network.rtt
        reply = reply.with_faults(connection.origin.response_faults)
        if reply.fault(StatusSequence):
            raise ValueError("a sequence of statuses belongs to a route's response or to `net.faults(...)`")
        crossing = reply.fault(CloseDuringRequest)
        if crossing is not None and crossing.applies_to(noted.nth):
            return self._server_ends(connection, "eof", t + rtt / 2, "crossed")
        if reply.response is None or reply.fault(Hang):
            return []
        latency = reply.fault(Latency)
        at = t + rtt + (latency.seconds if latency else 0.0)
        pieces, whole = self._pieces(connection, reply, request.method)
        out: Messages = []
        first = at
        for delay, piece in pieces:
            at += delay
            if piece:
                out.append({"type": "data", "conn": seen.number, "at": at, "bytes": piece})
        if whole:
            noted.status, noted.response_at = reply.response.status_code, at
            size = sum(len(piece) for _, piece in pieces)
            self._event(
                at,
                "answer",
                seen.number,
                noted.number,
                {
                    "status": reply.response.status_code,
                    "bytes": size,
                    "from": round(first, 6),
                },
            )
        announced = connection.h11.our_state is h11.MUST_CLOSE
        why = "after answer" if whole else "cut"
        idle_timeout = connection.origin.idle_timeout
        if reply.fault(Reset):
            out += self._server_ends(connection, "reset", at, why)
        elif reply.fault(Cut) or reply.fault(CloseAfter) or reply.fault(WrongLength) or announced:
            out += self._server_ends(connection, "eof", at, why)
        elif idle_timeout is not None:
            out += self._close_when_idle(connection, at + idle_timeout)
        return out

    def _pieces(self, connection: _Connection, reply: Reply, method: str) -> tuple[list[tuple[float, bytes]], bool]:
        """The response's bytes with the seconds before each, and whether it is sent to its end."""
        response = reply.response
        assert response is not None
        # The raw stream, not `.content`, which httpx has decoded already if the response says it is compressed.
        body = b"".join(response.stream)  # type: ignore[arg-type]
        bodiless = method == "HEAD" or response.status_code in (204, 304)
        headers = [
            (name, value)
            for name, value in response.headers.raw
            if name.lower() not in (b"content-length", b"transfer-encoding")
        ]
        retry_after, wrong = reply.fault(RetryAfter), reply.fault(WrongLength)
        if retry_after is not None and response.status_code in retry_after.on:
            headers = [(name, value) for name, value in headers if name.lower() != b"retry-after"]
            headers.append((b"retry-after", retry_after.value.encode()))
        if response.status_code != 204:
            headers.append((b"content-length", b"%d" % (len(body) if wrong is None else wrong.declared)))
        sent = h11.Response(status_code=response.status_code, headers=headers, reason=_reason(response))
        if wrong is None:
            head = connection.h11.send(sent) or b""
            if not bodiless:
                connection.h11.send(h11.Data(data=body))  # with a length given it comes out as it went in
            connection.h11.send(h11.EndOfMessage())
        else:
            head = _head_alone(sent)
        paced = _paced(head, reply.drip("head"))
        if not bodiless:
            paced += _paced(body, reply.fault(Pauses) or reply.drip("body"))
        ends = reply.fault(Cut) or reply.fault(Reset)
        most = len(head) + len(body)
        if ends is not None and ends.after_bytes is not None:
            most = min(most, ends.after_bytes + (len(head) if ends.part == "body" else 0))
        left, kept = most, []
        for delay, piece in paced:
            if left > 0:
                kept.append((delay, piece[:left]))
                left -= len(piece)
        whole = most >= len(head) + len(body) and (wrong is None or wrong.declared <= len(body))
        return kept, whole

    # -- the window

    def _make_room(self, t: float, connection: _Connection, size: int) -> Messages:
        """The client sent `size` bytes; when it may send as many more."""
        network = connection.origin.network
        if network.window is None or network.drain <= 0:
            return []
        drained = (t - connection.taken_at) * network.drain
        connection.taken, connection.taken_at = max(0.0, connection.taken - drained) + size, t
        at = t + connection.taken / network.drain
        return [{"type": "window", "conn": connection.seen.number, "at": at, "room": size}]

    # -- ends

    def _close_when_idle(self, connection: _Connection, at: float) -> Messages:
        tick = next(self._numbers)
        # The server closes half a round trip before the client hears of it, and a request takes as long to arrive.
        connection.in_time_until = at - connection.origin.network.rtt
        connection.idle_tick = tick
        self._ticks[tick] = connection
        return [{"type": "tick", "id": tick, "at": at}]

    def _withdraw_idle_close(self, connection: _Connection) -> Messages:
        tick, connection.idle_tick = connection.idle_tick, None
        if tick is None:
            return []
        del self._ticks[tick]
        return [{"type": "cancel", "id": tick}]

    def _server_ends(self, connection: _Connection, how: str, at: float, why: str) -> Messages:
        connection.ended = True
        connection.seen.closed_at, connection.seen.closed_by = at, "server"
        self._event(at, how, connection.seen.number, data={"why": why})
        return [{"type": how, "conn": connection.seen.number, "at": at}]

    def _halt(self, t: float, what: str) -> Messages:
        if self._halted:
            return []
        self._halted = True
        after = f"After {round(t, 2):g} s"
        text = f"{after} {what}, and your code was still at it. A loop that sends requests needs an end."
        return [{"type": "halt", "kind": "endless_retry", "text": text}]

    # -- the timeline

    def _event(
        self, t: float, kind: str, conn: int | None = None, request: int | None = None, data: Any = None
    ) -> None:
        event: dict[str, Any] = {"t": round(t, 6), "kind": kind}
        if conn is not None:
            event["conn"] = conn
        if request is not None:
            event["request"] = request
        event["data"] = data or {}
        self._events.append((round(t, 6), -1 if conn is None else conn, next(self._order), event))

    def _forget(self, conn: int, kind: str, *, after: float = -1.0) -> None:
        """Take back events that were announced for a time that never came."""
        self._events = [
            each
            for each in self._events
            if not (each[3].get("conn") == conn and each[3]["kind"] == kind and each[0] > after + INSTANT)
        ]

    @property
    def timeline(self) -> list[dict[str, Any]]:
        """What happened, in order. At one instant by connection: Python versions cancel tasks in different orders."""
        last = [each for each in self._events if each[3]["kind"] == "end"]
        rest = [each for each in self._events if each[3]["kind"] != "end"]
        return [event for _, _, _, event in sorted(rest, key=lambda each: each[:3]) + last]


def _as_reply(response: Any, request: httpx.Request) -> Reply:
    if not isinstance(response, httpx.Response):
        raise TypeError(f"an effect for {request.method} {request.url.path} is no response: {response!r}")
    return response.extensions.get("reply") or Reply(response)


def _reason(response: httpx.Response) -> bytes:
    return response.reason_phrase.encode("ascii", "ignore")


def _head_alone(sent: h11.Response) -> bytes:
    """A head whose Content-Length is not true: on the connection's own h11 the body would not be let through."""
    scratch = h11.Connection(h11.SERVER)
    scratch.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    scratch.next_event()
    return scratch.send(sent) or b""


def _paced(data: bytes, how: Drip | Pauses | None) -> list[tuple[float, bytes]]:
    return [(0.0, data)] if how is None else list(Pace(how).pieces(data))
