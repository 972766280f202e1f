"""Real TLS on the wire: the same exceptions as on a socket, for the same reasons, in the round trips it takes."""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

from grading.bench import client, judged, on_wire, schema
from keepalive.grading import Network, handshake_timeout, messages, reply, tls
from keepalive.grading.tls import Secured

HERE = Path(__file__).with_name("tls")
CA, SERVER, OTHER, CLIENT = (HERE / f"{name}.pem" for name in ("ca", "server", "other", "client"))
"""Valid until 2120. `server` is depot.test and localhost, `other` is other.test, `client` is parcel-client."""


def trusting(*, showing: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CA))
    if showing is not None:
        context.load_cert_chain(showing)
    return context


async def outcome(call):
    try:
        return (await call).status_code
    except (httpx.HTTPError, ssl.SSLError) as error:
        # The judge is depot.test, the socket's server localhost; a connection that was cut may say so in two ways.
        return [type(error).__name__, re.sub(r"depot\.test|localhost", "HOST", str(error))]


@contextlib.contextmanager
def on_a_socket(secured: Secured) -> Iterator[str]:
    """A server on loopback that answers every request with 200; its address.

    It lets the client read why a handshake failed, as servers do that close with care.
    """
    context = secured.context()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):  # the listener is closed
                while True:
                    raw, _ = listener.accept()
                    threading.Thread(target=talk, args=(raw,), daemon=True).start()

        def talk(raw: socket.socket) -> None:
            with contextlib.suppress(OSError), raw:
                secret = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
                with secret:
                    try:
                        secret.do_handshake()
                    except ssl.SSLError:
                        plain = socket.socket(fileno=secret.detach())
                        plain.shutdown(socket.SHUT_WR)
                        while plain.recv(65536):
                            pass
                        plain.close()
                        return
                    heard = b""
                    while data := secret.recv(65536):
                        heard += data
                        while b"\r\n\r\n" in heard:
                            heard = heard.partition(b"\r\n\r\n")[2]
                            secret.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://localhost:{listener.getsockname()[1]}"


def played(main, secured: Secured, **network):
    def build(net):
        net.paths(".*").reply(text="yes")
        net.https(secured.certificate, client_ca=secured.client_ca, version=secured.version)
        net.network = Network(**network)

    return on_wire(main, build)


MUTUAL = Secured(SERVER, client_ca=CA)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("verify", "secured", "seen"),
    [
        (trusting(), Secured(SERVER), 200),
        (False, Secured(SERVER), 200),
        (False, Secured(OTHER), 200),
        (ssl.create_default_context(cafile=str(OTHER)), Secured(SERVER), "certificate verify failed"),
        (trusting(), Secured(OTHER), "Hostname mismatch"),
        (trusting(), MUTUAL, "alert"),
        (trusting(showing=CLIENT), MUTUAL, 200),
        (trusting(showing=OTHER), MUTUAL, "alert"),  # signed by the CA, but for servers
    ],
    ids=["trusted", "not verified", "not verified at all", "unknown CA", "wrong host", "no client certificate",
         "client certificate", "client certificate that is none"],
)  # fmt: skip
def test_wire_and_socket_agree(verify, secured, seen, version) -> None:
    secured = Secured(secured.certificate, secured.client_ca, version)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=verify, timeout=30) as http:
            return [await outcome(http.get("/a")) for _ in range(2)]

    on_judge = played(main, secured)
    with on_a_socket(secured) as url:
        assert on_judge.value == asyncio.run(main(types.SimpleNamespace(url=url)))
    if seen == 200:
        assert on_judge.value == [200, 200]
        assert on_judge.connections == 1
    else:
        assert all(seen in text for _, text in on_judge.value)


def test_the_judge_knows_whom_it_spoke_with_and_what_it_had_against_the_others() -> None:
    async def main(run):
        for verify in (trusting(showing=CLIENT), trusting(), ssl.create_default_context()):
            async with httpx.AsyncClient(base_url=run.url, verify=verify) as http:
                await outcome(http.get("/a"))

    known, nameless, mistrusting = played(main, MUTUAL).judge.connect_attempts
    assert (known.tls, known.certificate, known.tls_failure, len(known.requests)) == (True, "parcel-client", None, 1)
    assert known.requests[0].url == "https://depot.test/a"
    assert (nameless.tls, nameless.certificate, nameless.requests) == (False, None, [])
    assert "did not return a certificate" in nameless.tls_failure
    assert (mistrusting.tls, mistrusting.closed_by) == (False, "client")


@pytest.mark.parametrize(("version", "round_trips"), [("1.3", 1), ("1.2", 2)])
def test_a_handshake_takes_its_round_trips(version, round_trips) -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=trusting()) as http:
            await http.get("/a")
            first = run.now
            await http.get("/a")
            return [round(first, 6), round(run.now - first, 6)]

    on_judge = played(main, Secured(SERVER, version=version), rtt=0.1)
    # To connect, to shake hands, to ask and be answered.
    assert on_judge.value == [round(0.2 + 0.1 * round_trips, 6), 0.1]
    for message in [*on_judge.messages, on_judge.replies]:
        jsonschema.validate(json.loads(messages.encode(message)), schema("messages.schema.json"))


def test_a_handshake_that_is_never_answered_times_out() -> None:
    def build(net):
        net.https(SERVER)
        net.handshakes(handshake_timeout())

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=trusting(), timeout=3) as http:
            return [await outcome(http.get("/a")), round(run.now, 6)]

    on_judge = on_wire(main, build)
    assert on_judge.value == [["ConnectTimeout", ""], 3.02]
    assert on_judge.judge.open_at_end == []


def test_bodies_and_ends_are_what_they_are_without_tls() -> None:
    def build(net):
        net.network = Network(rtt=0.01, idle_timeout=5)
        net.https(SERVER)
        net.route("POST", "/echo").calls(lambda request: reply(content=request.content))
        net.route("GET", "/drip").reply(chunks=[(1.0, b"one "), (1.0, b"two")])
        net.route("GET", "/cut").reply(text="twelve bytes", cut_at=5)
        net.route("GET", "/reset").reply(text="twelve bytes", cut_at=5, then="reset")
        net.route("GET", "/hang").reply(after=100)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=trusting(), timeout=10) as http:
            large = await http.post("/echo", content=b"x" * 300_000)
            began = run.now
            dripped = await http.get("/drip")
            took = round(run.now - began, 6)
            await asyncio.sleep(6)  # the server closes, and the next request finds out before it is sent
            ends = [await outcome(http.get(path)) for path in ("/cut", "/reset", "/hang")]
            return [len(large.content), dripped.text, took, ends]

    on_judge = on_wire(main, build)
    cut = "peer closed connection without sending complete message body (received 5 bytes, expected 12)"
    ends = [["RemoteProtocolError", cut], ["ReadError", ""], ["ReadTimeout", ""]]
    assert on_judge.value == [300_000, "one two", 2.01, ends]
    assert on_judge.connections == 4


def test_another_origin_may_be_behind_tls_too() -> None:
    def build(net):
        net.paths(".*").reply(text="plain")
        other = net.origin("other", "https://other.test:8443")
        other.https(OTHER)
        other.paths(".*").reply(text="secret")

    async def main(run):
        async with httpx.AsyncClient(verify=trusting()) as http:
            return [(await http.get(url)).text for url in (run.url, run.url_of("other"))]

    assert on_wire(main, build).value == ["plain", "secret"]


def test_a_certificate_that_cannot_be_read_is_the_graders_fault() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=False) as http:
            await outcome(http.get("/a"))

    assert "FileNotFoundError" in played(main, Secured(HERE / "no-such.pem")).judge.fault


# -- in an exercise

DRIVE = f"""
import ssl

async def once(make, run):
    context = ssl.create_default_context(cafile={str(CA)!r})
    async with make(base_url=run.url, verify=context) as api:
        return {{"status": (await api.get("/a")).status_code}}
"""

GRADER = f"""
from pathlib import Path
from keepalive.grading import check, fail, scenario

@scenario(drive="once")
def behind_tls(net):
    "A server with a certificate of a private CA"
    net.https(Path({str(SERVER)!r}))
    net.route("GET", "/a").reply(json={{}})

    @check(task="ask", points=2)
    def trusted(run):
        "The client trusts it"
        if [seen.tls for seen in run.connections] != [True]:
            fail(observed="no handshake", required="one")
"""
PLAIN = GRADER.replace("behind_tls", "plain").replace(f"    net.https(Path({str(SERVER)!r}))\n", "")
PLAIN = PLAIN.replace("!= [True]", "!= [False]")

TRUSTS = client().replace("self, base_url", "self, base_url, verify").replace("base_url)", "base_url, verify=verify)")
FORGETS = TRUSTS.replace(", verify=verify)", ")")


@pytest.mark.parametrize("link", ["direct", "child"])
def test_the_learners_context_decides(tmp_path, link) -> None:
    right = judged(tmp_path, TRUSTS, drive=DRIVE, grader=GRADER, link=link)
    wrong = judged(tmp_path, FORGETS, drive=DRIVE, grader=GRADER, link=link)
    assert (right["status"], right["points"]) == ("passed", 2)
    assert wrong["status"] == "failed"
    assert "CERTIFICATE_VERIFY_FAILED" in wrong["checks"][0]["diagnosis"]["text"]


def test_where_python_has_no_tls_the_scenario_is_left_out_and_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tls, "available", lambda: False)
    alone = judged(tmp_path, TRUSTS, drive=DRIVE, grader=GRADER)
    (check,) = alone["checks"]
    assert (check["status"], check["points"], check["observed"]) == ("not_run", 0, tls.NOT_HERE)
    assert alone["scenarios"][0]["status"] == "not_run"
    assert alone["status"] == "not_attempted"

    grader = GRADER + PLAIN.partition("\n\n")[2]
    beside = judged(tmp_path, TRUSTS, drive=DRIVE, grader=grader)
    assert [each["status"] for each in beside["checks"]] == ["not_run", "passed"]
    assert beside["status"] == "passed"
    jsonschema.Draft202012Validator(schema("verdict.schema.json")).validate(beside)


def test_a_stand_in_for_ssl_is_recognised(monkeypatch) -> None:
    assert tls.available()
    monkeypatch.setattr(tls, "ssl", types.SimpleNamespace())
    assert not tls.available()
