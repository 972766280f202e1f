"""The proxy without a socket: a client and a server made of a few lines, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from keepalive.faults import CloseDuringRequest, Cut, Drip, Fault, Pauses, Reset, WrongLength
from keepalive.practice_api.faulty_stream import FaultyStream
from keepalive.practice_api.proxy import Proxy, ServersEnd
from keepalive.practice_api.tls import certify
from practice_api.moved import Moved

RTT = 0.1
REQUEST, ANSWER = b"a question", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
HEAD = ANSWER[:-5]


class Server(asyncio.Protocol):
    """Answers each question at once, in one piece. Says what befell it, and when."""

    def __init__(self, clock: Moved, faults: tuple[Fault, ...] = ()) -> None:
        self.clock, self.faults = clock, faults
        self.seen: list[tuple[float, object]] = []

    def connection_made(self, transport: ServersEnd) -> None:
        self.end = transport

    def data_received(self, data: bytes) -> None:
        self.seen.append((round(self.clock.now, 9), data))
        if self.faults:
            self.end.spoil(self.faults)
        self.end.write(ANSWER)
        self.end.answered()

    def eof_received(self) -> None:
        self.seen.append((round(self.clock.now, 9), "eof"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.seen.append((round(self.clock.now, 9), "lost"))

    def pause_writing(self) -> None:
        self.seen.append((self.clock.now, "pause"))

    def resume_writing(self) -> None:
        self.seen.append((self.clock.now, "resume"))


class Socket(asyncio.Transport):
    """The client's socket. got: what arrived on it, each with its time."""

    def __init__(self, clock: Moved) -> None:
        super().__init__({"peername": ("127.0.0.1", 9)})
        self.clock = clock
        self.got: list[tuple[float, object]] = []
        self.reading: list[str] = []

    def _note(self, what: object) -> None:
        self.got.append((round(self.clock.now, 9), what))

    def write(self, data: bytes) -> None:
        self._note(data)

    def write_eof(self) -> None:
        self._note("fin")

    def close(self) -> None:
        self._note("close")

    def abort(self) -> None:
        self._note("abort")

    def is_closing(self) -> bool:
        return any(what in ("close", "abort") for _, what in self.got)

    def pause_reading(self) -> None:
        self.reading.append("pause")

    def resume_reading(self) -> None:
        self.reading.append("resume")


def connected(*faults: Fault, rtt: float = RTT) -> tuple[Moved, Server, Socket, Proxy]:
    clock = Moved()
    server, socket = Server(clock, faults), Socket(clock)
    proxy = Proxy(server, clock, rtt)
    proxy.connection_made(socket)
    return clock, server, socket, proxy


# -- round trips


def test_a_new_connection_costs_two_round_trips_and_a_kept_one_costs_one():
    clock, server, socket, proxy = connected()
    proxy.data_received(REQUEST)
    clock.to(1)
    proxy.data_received(REQUEST)
    clock.to(2)
    assert server.seen == [(0.15, REQUEST), (1.05, REQUEST)]
    assert socket.got == [(0.2, ANSWER), (1.1, ANSWER)]


class TlsClient:
    """The client's end of TLS: sends what it can as soon as it can, and counts the times that the server answered."""

    def __init__(self, ca: bytes, proxy: Proxy, clock: Moved, socket: Socket) -> None:
        context = ssl.create_default_context(cadata=ca.decode())
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self._proxy, self._clock = proxy, clock
        self.read: list[tuple[float, bytes]] = []
        self._question: bytes | None = None
        self._shaken = False
        socket.write = self.receive

    @property
    def version(self) -> str | None:
        return self._tls.version()

    def ask(self) -> None:
        self._question = REQUEST
        self._go_on()

    def receive(self, records: bytes) -> None:
        self._in.write(records)
        self._go_on()

    def _go_on(self) -> None:
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            if self._question is not None:
                self._tls.write(self._question)
                self._question = None
            self.read.append((round(self._clock.now, 9), self._tls.read(65536)))
        except ssl.SSLWantReadError:
            pass
        finally:
            if said := self._out.read():
                self._proxy.data_received(said)


@pytest.mark.parametrize(("version", "trips"), [("1.2", 4), ("1.3", 3)])
def test_a_new_connection_over_tls_costs_its_flights_besides(version, trips):
    clock = Moved()
    ca, context = certify("127.0.0.1", version)
    server, socket = Server(clock), Socket(clock)
    proxy = Proxy(server, clock, RTT, context)
    proxy.connection_made(socket)
    client = TlsClient(ca, proxy, clock, socket)
    client.ask()
    clock.to(10)
    client.ask()
    clock.to(20)
    assert client.read == [(round(trips * RTT, 9), ANSWER), (10 + RTT, ANSWER)]
    assert client.version == f"TLSv{version}"
    assert server.end.get_extra_info("sslcontext") is context


def test_what_is_no_tls_is_hung_up_on():
    clock = Moved()
    server, socket = Server(clock), Socket(clock)
    proxy = Proxy(server, clock, 0.0, certify("127.0.0.1", "1.3")[1])
    proxy.connection_made(socket)
    proxy.data_received(b"GET / HTTP/1.1\r\n\r\n")
    clock.to(0.1)
    assert socket.got[-1] == (0.0, "fin") and server.seen == [(0.0, "lost")]


# -- how a connection ends


def test_the_client_leaves_and_the_server_learns_it_half_a_round_trip_later():
    clock, server, socket, proxy = connected()
    proxy.data_received(REQUEST)
    clock.to(1)
    assert proxy.eof_received() is True
    clock.to(2)
    assert server.seen[1:] == [(1.05, "eof"), (1.05, "lost")]
    assert socket.got[1:] == [(1.1, "close")]


def test_a_request_that_meets_the_servers_close_on_the_way_is_read_by_nobody():
    clock, server, socket, proxy = connected()
    proxy.data_received(REQUEST)
    clock.to(1)
    server.end.close()
    clock.to(1.02)  # the close has 0.03 s to go
    proxy.data_received(REQUEST)
    clock.to(2)
    assert server.seen == [(0.15, REQUEST), (1.0, "lost")]
    assert socket.got == [(0.2, ANSWER), (1.05, "close")]


def test_what_drips_for_a_client_that_has_left_is_held_back():
    clock, server, socket, proxy = connected(Drip("head", 30, 60.0), rtt=0.0)
    proxy.data_received(REQUEST)
    proxy.eof_received()
    clock.to(1000)
    assert socket.got == [(0.0, ANSWER[:30]), (0.0, "close")]
    assert server.seen[1:] == [(0.0, "eof"), (0.0, "lost")]


def test_a_client_that_resets_is_gone_with_what_was_on_its_way():
    clock, server, socket, proxy = connected(Drip("head", 30, 60.0))
    proxy.data_received(REQUEST)
    clock.to(1)
    proxy.connection_lost(ConnectionResetError())
    clock.to(1000)
    assert [what for _, what in socket.got] == [ANSWER[:30], "close"]
    assert server.seen[1:] == [(1.05, "eof"), (1.05, "lost")]


def test_abort_waits_for_nothing():
    clock, server, socket, proxy = connected(Drip("head", 1, 60.0))
    proxy.data_received(REQUEST)
    clock.to(5)
    server.end.abort()
    server.end.write(b"more")
    clock.to(1000)
    assert socket.got == [(0.2, ANSWER[:1]), (5, "abort")]
    assert server.seen[1:] == [(5, "lost")] and server.end.is_closing()


def test_a_cut_goes_on_reading_so_that_it_is_no_reset():
    clock, server, socket, proxy = connected(Cut(3), rtt=0.0)
    server.end.pause_reading()
    proxy.data_received(REQUEST)
    proxy.data_received(b"the rest of it")
    assert [what for _, what in socket.got] == [HEAD, b"hel", "fin"]
    assert socket.reading == ["pause", "resume"]
    assert proxy.eof_received() is False, "the transport closes by itself now"
    clock.to(60)
    assert server.seen == [(0.0, REQUEST), (0.0, "lost")]
    assert socket.got[-1] == (2.0, "close"), "nor does it wait for ever"


def test_a_cut_that_meets_the_clients_own_reset(monkeypatch):
    clock, server, socket, proxy = connected(Cut(3), rtt=0.0)

    def not_connected() -> None:
        raise OSError("Transport endpoint is not connected")

    monkeypatch.setattr(socket, "write_eof", not_connected)
    proxy.data_received(REQUEST)
    clock.to(60)
    assert [what for _, what in socket.got] == [HEAD, b"hel", "abort"] and server.seen[1:] == [(0.0, "lost")]


def test_a_reset_says_so_on_a_socket_that_may_not_linger():
    clock, server, socket, proxy = connected(Reset(3), rtt=0.0)
    proxy.data_received(REQUEST)
    clock.to(1)
    assert [what for _, what in socket.got] == [HEAD, b"hel", "abort"] and server.seen[1:] == [(0.0, "lost")]


def test_a_full_socket_stops_the_server_and_a_busy_server_the_socket():
    _, server, socket, proxy = connected()
    proxy.pause_writing(), proxy.resume_writing()
    assert server.seen == [(0.0, "pause"), (0.0, "resume")]
    server.end.pause_reading(), server.end.resume_reading()
    assert socket.reading == ["pause", "resume"]
    assert server.end.get_extra_info("peername") == ("127.0.0.1", 9)
    assert server.end.get_extra_info("sslcontext") is None


# -- what becomes of an answer


def played(*faults: Fault, writes: tuple[bytes, ...] = (ANSWER,)) -> tuple[list[tuple[float, bytes]], str | None]:
    answer = FaultyStream(faults)
    return [piece for data in writes for piece in answer.pieces(data)], answer.end if answer.used_up else None


@pytest.mark.parametrize(
    ("faults", "pieces", "end"),
    [
        ([], [(0.0, HEAD), (0.0, b"hello")], None),
        ([Cut(0)], [(0.0, HEAD)], "cut"),
        ([Cut(3)], [(0.0, HEAD), (0.0, b"hel")], "cut"),
        ([Cut(5)], [(0.0, HEAD), (0.0, b"hello")], "cut"),
        ([Cut(9)], [(0.0, HEAD), (0.0, b"hello")], None),
        ([Cut(0, "head")], [], "cut"),
        ([Cut(8, "head")], [(0.0, b"HTTP/1.1")], "cut"),
        ([Cut(len(HEAD) + 1, "head")], [(0.0, HEAD), (0.0, b"h")], "cut"),
        ([Reset(3)], [(0.0, HEAD), (0.0, b"hel")], "reset"),
        ([Reset(None)], [(0.0, HEAD), (0.0, b"hello")], None),
        ([Cut(3), Reset(1)], [(0.0, HEAD), (0.0, b"hel")], "reset"),
        ([Drip("body", 2, 1.0)], [(0.0, HEAD), (0.0, b"he"), (1.0, b"ll"), (1.0, b"o")], None),
        ([Pauses(((4.0, 1),))], [(0.0, HEAD), (4.0, b"h"), (0.0, b"ello")], None),
        ([Drip("head", 30, 1.0), Cut(1)], [(0.0, HEAD[:30]), (1.0, HEAD[30:]), (0.0, b"h")], "cut"),
        ([CloseDuringRequest((7,))], [(0.0, HEAD), (0.0, b"hello")], None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("portions", [1, 3, len(ANSWER)])
def test_what_goes_out_however_it_is_written(faults, pieces, end, portions):
    """Small portions come out in more pieces, and say the same at the same times."""
    size = -(-len(ANSWER) // portions)
    writes = tuple(ANSWER[at : at + size] for at in range(0, len(ANSWER), size))
    given, ended = played(*faults, writes=writes)
    assert (ended, _by_time(given)) == (end, _by_time(pieces))


def _by_time(pieces: list[tuple[float, bytes]]) -> dict[float, bytes]:
    said: dict[float, bytes] = {}
    now = 0.0
    for pause, piece in pieces:
        now += pause
        said[now] = said.get(now, b"") + piece
    return said


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\na: b", b"HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 50"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"HTTP/1.1 200 OK\r\ncontent-length: 50"),
        (b"HTTP/1.1 204 No Content\r\na: b", b"HTTP/1.1 204 No Content\r\na: b"),
    ],
)
def test_a_length_that_is_not_true(head, said):
    answer = FaultyStream([WrongLength(50)])
    assert list(answer.pieces(head + b"\r\n\r\n")) == [(0.0, said + b"\r\n\r\n")]
    assert answer.end == "cut" and not answer.used_up


def test_leave_to_go_on_is_no_answer_yet():
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert played(Cut(0), writes=(go_on, ANSWER)) == ([(0.0, go_on), (0.0, HEAD)], "cut")
