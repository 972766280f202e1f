"""Scenario entries as a verdict carries them, for the tests of the timeline and of what shows it."""

from __future__ import annotations

from typing import Any


class Tape:
    """Writes events in the order of the calls; `t` runs on by itself unless a call says when."""

    def __init__(self, id: str, title: str, status: str = "passed") -> None:
        self.scenario: dict[str, Any] = {"id": id, "title": title, "status": status, "timeline": []}
        self.requests = 0

    def event(self, t: float, kind: str, conn: int | None = None, request: int | None = None, /, **data: Any) -> float:
        event: dict[str, Any] = {"t": round(t, 6), "kind": kind}
        if conn is not None:
            event["conn"] = conn
        if request is not None:
            event["request"] = request
        event["data"] = data
        self.scenario["timeline"].append(event)
        return t

    def open(self, t: float, conn: int, host: str = "depot.test", rtt: float = 0.02) -> float:
        self.event(t, "connect", conn, host=host, port=80)
        return self.event(t + rtt, "connected", conn)

    def call(
        self,
        t: float,
        conn: int,
        path: str = "/shipments/7",
        status: int | None = 200,
        *,
        method: str = "GET",
        takes: float = 0.02,
        body: float = 0.0,
    ) -> float:
        n, self.requests = self.requests, self.requests + 1
        self.event(t, "request", conn, n, method=method, path=path, bytes=0)
        if status is None:
            return t
        return self.event(
            t + takes + body, "answer", conn, n, **{"status": status, "bytes": 120, "from": round(t + takes, 6)}
        )

    def close(self, t: float, conn: int) -> float:
        return self.event(t, "close", conn)

    def end(self, t: float, left: int = 0) -> dict[str, Any]:
        self.event(t, "end", open=left)
        self.scenario["timeline"].sort(key=lambda e: e["t"])
        return self.scenario


def client_per_call(n: int = 5) -> dict[str, Any]:
    tape, t = Tape("in_a_row", "Five calls, one after another", "failed"), 0.0
    for conn in range(n):
        t = tape.call(tape.open(t, conn), conn)
        tape.close(t, conn)
    return tape.end(t)


def kept(n: int = 5) -> dict[str, Any]:
    tape = Tape("in_a_row", "Five calls, one after another")
    t = tape.open(0.0, 0)
    for _ in range(n):
        t = tape.call(t, 0)
    return tape.end(tape.close(t, 0))


def at_once(n: int = 20) -> dict[str, Any]:
    tape = Tape("at_once", "Twenty calls at once")
    for conn in range(n):
        tape.close(tape.call(tape.open(0.0, conn), conn, f"/shipments/{conn + 1}", takes=0.1) + 0.01, conn)
    return tape.end(0.14)


def retry() -> dict[str, Any]:
    tape = Tape("recovers", "Three answers of 503, then it recovers")
    t = tape.call(tape.open(0.0, 0), 0, status=503)
    for wait, status in ((1.0, 503), (2.0, 503), (4.0, 200)):
        t = tape.call(t + wait, 0, status=status)
    return tape.end(tape.close(t, 0))


def pool_of_two() -> dict[str, Any]:
    tape = Tape("busy", "Six slow reports over a pool of two")
    ends = [tape.open(0.0, 0), tape.open(0.0, 1)]
    for n in range(6):
        ends[n % 2] = tape.call(ends[n % 2], n % 2, f"/reports/{n + 1}", takes=1.0)
    tape.close(max(ends), 0)
    tape.close(max(ends), 1)
    return tape.end(max(ends))


def reset() -> dict[str, Any]:
    tape = Tape("resets", "The connection is reset in the middle", "failed")
    t = tape.call(tape.open(0.0, 0), 0)
    t = tape.call(t, 0, "/charges", None, method="POST") + 0.05
    tape.event(t, "reset", 0)
    t = tape.call(tape.open(t + 0.3, 1), 1, "/charges", 201, method="POST")
    return tape.end(tape.close(t, 1))


def refused() -> dict[str, Any]:
    tape, t = Tape("down", "Nobody listens, twice"), 0.0
    for conn, wait in enumerate((0.5, 1.0)):
        tape.event(t, "connect", conn, host="depot.test", port=80)
        t = tape.event(t + 0.02, "refused", conn) + wait
    t = tape.call(tape.open(t, 2), 2)
    return tape.end(tape.close(t, 2))


def drip() -> dict[str, Any]:
    tape = Tape("bad_day", "One byte every 0.3 seconds outlives every timeout")
    tape.event(0.0, "mark", name="call starts")
    t = tape.call(tape.open(0.0, 0), 0, "/reports/slow", takes=0.3, body=12.0)
    tape.event(t, "mark", name="call returns")
    return tape.end(tape.close(t, 0))


def unclosed() -> dict[str, Any]:
    tape, t = Tape("never_closed", "Three clients, none of them closed", "failed"), 0.0
    for conn in range(3):
        t = tape.call(tape.open(t, conn), conn, f"/users/{conn + 1}")
    return tape.end(t + 0.02, left=3)


def idle_then_again() -> dict[str, Any]:
    tape = Tape("idle", "The server closes what idles; the client opens another")
    t = tape.open(0.0, 0)
    for n in range(4):
        t = tape.call(t, 0, f"/shipments/{n + 1}")
    tape.event(t + 5.0, "eof", 0, why="idle")
    t = t + 30.0
    tape.close(t, 0)
    t = tape.open(t, 1)
    for n in range(3):
        t = tape.call(t, 1, f"/shipments/{n + 5}")
    return tape.end(tape.close(t, 1))


def blocked() -> dict[str, Any]:
    tape = Tape("recovers", "Two answers of 503, then it recovers", "failed")
    t = tape.call(tape.open(0.0, 0), 0, status=503)
    tape.event(
        t + 1, "diagnosis", kind="blocking_sleep",
        text="Line 12 calls `time.sleep(1)`: while it sleeps, no other task of the program can run.",
    )  # fmt: skip
    tape.event(t + 1, "no_route", 0, method="GET", path="/shipmnts/7")
    t = tape.call(t + 1, 0, "/shipmnts/7", 404)
    return tape.end(t, left=1)


def two_hosts() -> dict[str, Any]:
    tape = Tape("origins", "A redirect to another origin")
    t = tape.call(tape.open(0.0, 0), 0, "/labels/3", 302)
    tape.event(t, "connect", 1, host="files.depot.test", port=443)
    tape.event(t + 0.02, "connected", 1)
    tape.event(t + 0.02, "tls", 1, sni="files.depot.test")
    t = tape.call(t + 0.06, 1, "/blobs/3b9f2c/label.pdf?signature=0f8d2c", body=0.1)
    tape.close(t, 0)
    tape.close(t, 1)
    return tape.end(t)


def many_requests(n: int = 300) -> dict[str, Any]:
    tape = Tape("batch", "Three hundred calls over four connections")
    ends = [tape.open(0.0, conn) for conn in range(4)]
    for i in range(n):
        ends[i % 4] = tape.call(ends[i % 4], i % 4, f"/shipments/{i + 1}", 503 if i % 97 == 50 else 200, takes=0.05)
    for conn in range(4):
        tape.close(max(ends), conn)
    return tape.end(max(ends))


def no_time() -> dict[str, Any]:
    tape = Tape("in_a_row", "Five calls in no time")
    tape.open(0.0, 0, rtt=0.0)
    for _ in range(5):
        tape.call(0.0, 0, takes=0.0)
    tape.close(0.0, 0)
    return tape.end(0.0)


ALL = {
    "client_per_call": client_per_call(),
    "kept": kept(),
    "at_once": at_once(),
    "retry": retry(),
    "pool_of_two": pool_of_two(),
    "reset": reset(),
    "refused": refused(),
    "drip": drip(),
    "sixty": at_once(60),
    "unclosed": unclosed(),
    "idle_then_again": idle_then_again(),
    "blocked": blocked(),
    "two_hosts": two_hosts(),
    "many_requests": many_requests(),
    "no_time": no_time(),
    "in_a_row_60": client_per_call(60),
    "empty": {"id": "empty", "title": "Nothing happened", "status": "failed", "timeline": []},
}
