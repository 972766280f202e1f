"""Claims about trying again: what a failure proves, and what goes wrong when the same request is sent twice.

What depends on time is tried on the judge's wire, whose clock is virtual; what depends on the work that a server has
done is counted by Depot's ledger.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise

import httpx
import pytest

from claims.lab import TLS, client
from grading.bench import on_wire
from keepalive.faults import CloseDuringRequest, Cut, Drip, DropConnect, Fault, Hang, Refuse
from keepalive.grading import hang, refuse, reply
from keepalive.practice_api import Behaviour, Depot

CHARGE = {"shipment_id": 7, "cents": 1250}


def charges(fault: Fault, times: int = 1, timeout: float = 60.0) -> tuple[str, int, int]:
    """What the client hears of a POST that is sent so often, how many arrived, and how many charges were made."""

    async def go(depot):
        heard = "nothing"
        async with client(depot, timeout=timeout) as http:
            for _ in range(times):
                try:
                    heard = str((await http.post("/charges", json=CHARGE)).status_code)
                except httpx.TransportError as error:
                    heard = f"{type(error).__name__}: {error}"
        return heard

    with Depot(Behaviour(faults=(fault,))) as depot:
        heard = asyncio.run(go(depot))
        return heard, len(depot.ledger.requests), len(depot.ledger.charges)


def test_repeated_post_charges_each_time():
    """A POST whose answer is lost is carried out each time that it is sent: three attempts make three charges."""
    heard, arrived, charged = charges(Cut(0, part="head"), times=3)
    assert heard.startswith("RemoteProtocolError")
    assert (arrived, charged) == (3, 3)


def test_same_error_whether_or_not_the_work_was_done():
    """A server that closes before it looks at a request and one that closes after it has done the work give the client
    the same exception, with the same text.
    """
    never_looked, _, no_charge = charges(CloseDuringRequest())
    done, _, one_charge = charges(Cut(0, part="head"))
    assert never_looked == done == "RemoteProtocolError: Server disconnected without sending a response."
    assert (no_charge, one_charge) == (0, 1)


def test_read_timeout_says_nothing_about_the_work():
    """`ReadTimeout` comes from a server that does nothing and from one that has done the work and answers slowly."""
    assert charges(Hang(), timeout=0.3) == ("ReadTimeout: ", 1, 0)
    assert charges(Drip("head", 1, 5.0), timeout=0.3) == ("ReadTimeout: ", 1, 1)


@pytest.mark.parametrize(("fault", "error"), [(Refuse(), "ConnectError"), (DropConnect(), "ConnectTimeout")])
def test_connect_errors_prove_that_nothing_was_sent(fault, error):
    """After `ConnectError` and `ConnectTimeout` nothing has been sent: no connection came up, and no byte left."""

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=2) as http:
            with pytest.raises(httpx.TransportError) as raised:
                await http.post("/charges", json=CHARGE)
            return type(raised.value).__name__

    played = on_wire(main, lambda net: net.faults(fault))
    assert played.value == error
    assert (played.judge.requests, played.connections) == ([], 0)
    assert "data" not in [message["type"] for message in played.messages]


def test_connect_error_may_be_a_redirects():
    """A POST is carried out and answered 303, and the address of the redirect cannot be reached: a client that follows
    redirects raises `ConnectError`, whose `request` is the GET that follows and not the POST.
    """

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, follow_redirects=True) as http:
            with pytest.raises(httpx.ConnectError) as raised:
                await http.post("/charges", json=CHARGE)
            return raised.value.request.method, str(raised.value.request.url)

    def server(net):
        net.route("POST", "/charges").reply(303, headers={"Location": "http://gone.test/charges/1"})
        net.origin("gone", "http://gone.test").connects(refuse())

    played = on_wire(main, server)
    assert [(request.method, request.path) for request in played.judge.requests] == [("POST", "/charges")]
    assert played.value == ["GET", "http://gone.test/charges/1"]


@pytest.mark.parametrize(
    ("url", "headers", "error"),
    [
        ("ftp://depot.test/users/1", {}, "UnsupportedProtocol"),
        ("/users/1", {"X-Name": "two\r\nlines"}, "LocalProtocolError"),
    ],
)
def test_a_request_that_cannot_be_sent_is_not(url, headers, error):
    """`UnsupportedProtocol` and `LocalProtocolError` are mistakes in the request: nothing of it is sent."""

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            with pytest.raises(httpx.TransportError) as raised:
                await http.get(url, headers=headers)
            return type(raised.value).__name__

    played = on_wire(main, lambda net: net.paths(".*").reply())
    assert played.value == error
    assert played.judge.requests == [] and "data" not in [message["type"] for message in played.messages]


def test_branches_hold_never_and_maybe():
    """`TimeoutException` and `NetworkError` each hold errors that prove that nothing was sent and errors that do not,
    and `RemoteProtocolError` belongs to neither.
    """
    assert {each.__name__ for each in httpx.TimeoutException.__subclasses__()} == {
        *("ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout")
    }
    assert {each.__name__ for each in httpx.NetworkError.__subclasses__()} == {
        *("ConnectError", "ReadError", "WriteError", "CloseError")
    }
    assert not issubclass(httpx.RemoteProtocolError, httpx.TimeoutException | httpx.NetworkError)
    assert issubclass(httpx.RemoteProtocolError, httpx.TransportError)


def test_raise_none_is_a_type_error():
    """`raise error`, where `error` is None, is a `TypeError`: "exceptions must derive from BaseException"."""
    error = None
    with pytest.raises(TypeError, match="exceptions must derive from BaseException"):
        raise error


def test_cancelled_error_is_no_exception():
    """A cancel arrives as `asyncio.CancelledError`, a `BaseException` that `except Exception` lets pass."""
    assert issubclass(asyncio.CancelledError, BaseException)
    assert not issubclass(asyncio.CancelledError, Exception)

    async def main(run):
        async def call():
            async with httpx.AsyncClient(base_url=run.url) as http:
                try:
                    await http.get("/")
                except Exception:
                    return "kept"

        task = asyncio.create_task(call())
        await run.at(1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert on_wire(main, lambda net: net.route("GET", "/").respond(hang())).value is True


def test_swallowed_cancel_outlives_its_timeout():
    """A loop that catches a cancel and goes on outlives `asyncio.timeout`: asked to end after 1 s, it ends after both
    of its attempts.
    """

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, timeout=3) as http:
            try:
                async with asyncio.timeout(1):
                    for _ in range(2):
                        try:
                            return await http.get("/")
                        except:  # noqa: E722 - the mistake
                            pass
            except TimeoutError:
                pass
            return run.now

    played = on_wire(main, lambda net: net.route("GET", "/").respond(hang()))
    assert len(played.judge.requests) == 2
    assert 4 <= played.value < 4.5, "1 s of the first attempt, 3 s of the second"


def test_second_send_of_a_generator_is_empty():
    """A generator as `content=` is read once: the second request with it has an empty body, and no exception."""

    async def main(run):
        async def pieces():
            yield b"one label, "
            yield b"in two pieces"

        body = pieces()
        async with httpx.AsyncClient(base_url=run.url) as http:
            return [(await http.put("/labels/1", content=body)).status_code for _ in range(2)]

    played = on_wire(main, lambda net: net.route("PUT", "/labels/1").sequence(503, 200))
    assert played.value == [503, 200]
    assert [bytes(request.body) for request in played.judge.requests] == [b"one label, in two pieces", b""]


@pytest.mark.parametrize("kind", ["file", "generator"])
def test_async_client_takes_async_generators_only(kind, tmp_path):
    """An `AsyncClient` refuses a file or a plain generator as `content=`, with a `RuntimeError`, and sends nothing."""
    (tmp_path / "label").write_bytes(b"a label")

    async def main(run):
        with open(tmp_path / "label", "rb") as file:
            body = file if kind == "file" else (piece for piece in [b"a label"])
            async with httpx.AsyncClient(base_url=run.url) as http:
                with pytest.raises(RuntimeError, match="sync request with an AsyncClient"):
                    await http.put("/labels/1", content=body)

    played = on_wire(main, lambda net: net.paths(".*").reply())
    assert played.done["ended"] == "finished" and played.judge.requests == []


def test_transport_retries_wait_without_chance():
    """`AsyncHTTPTransport(retries=3)` waits for 0 s, 0.5 s and 1 s between its attempts to connect, each time."""

    async def main(run):
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=3), base_url=run.url) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get("/")

    def waits():
        played = on_wire(main, lambda net: net.faults(Refuse()))
        asked = [message["t"] for message in played.messages if message["type"] == "connect"]
        return [round(later - sooner, 1) for sooner, later in pairwise(asked)]

    assert waits() == waits() == [0.0, 0.5, 1.0]


def test_transport_wrapper_does_not_see_a_cut_body():
    """A transport that wraps another one has handed the answer on before its body is read: a body that is cut raises
    `RemoteProtocolError` in the caller, and the wrapper sees no error.
    """
    seen = []

    class Wrapper(httpx.AsyncBaseTransport):
        def __init__(self):
            self.inner = httpx.AsyncHTTPTransport(verify=TLS)

        async def handle_async_request(self, request):
            try:
                answer = await self.inner.handle_async_request(request)
            except httpx.TransportError as error:
                seen.append(error)
                raise
            seen.append(answer.status_code)
            return answer

        async def aclose(self):
            await self.inner.aclose()

    async def main(run):
        async with httpx.AsyncClient(transport=Wrapper(), base_url=run.url) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.get("/")

    played = on_wire(main, lambda net: net.route("GET", "/").respond(reply(json={"id": 1}, cut_at=3)))
    assert played.done["ended"] == "finished", played.done
    assert seen == [200]
