"""An answer may be written for httpx, for httpx2 or for both: the same wire, the same checks, the same points."""

from __future__ import annotations

import httpx
import httpx2
import pytest

from grading.bench import LINKS, causes_of, client, comparable, judged, ok, on_wire
from keepalive.grading import Network, libraries, refuse, reply


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    ("imports", "library"),
    [
        ("import httpx", httpx),
        ("import httpx2 as httpx", httpx2),
        ("import httpx\nimport httpx2\nhttpx = httpx2", httpx2),
        ("import httpx2\nimport httpx", httpx),
        (
            "from httpx2 import AsyncClient\nimport types\nhttpx = types.SimpleNamespace(AsyncClient=AsyncClient)",
            httpx2,
        ),
    ],
)
def test_the_verdict_is_the_same_and_says_which(tmp_path, imports, library, link) -> None:
    source = client()
    assert source.count("import httpx\n") == 1
    plain = judged(tmp_path, source, link=link)
    verdict = judged(tmp_path, source.replace("import httpx\n", f"{imports}\n"), link=link)
    assert verdict["runtime"]["library"] == library.__name__
    assert verdict["runtime"]["httpx"] == library.__version__
    assert comparable(verdict) | {"version": ""} == comparable(plain) | {"version": ""}
    assert verdict["status"] == "passed"


def test_a_class_is_of_the_library_whose_client_it_extends() -> None:
    class One(httpx.AsyncClient):
        pass

    class Two(httpx2.AsyncClient):
        pass

    both = {"httpx": httpx, "httpx2": httpx2}
    assert [libraries.of_answer(both, each) for each in (One, Two)] == [httpx, httpx2]


def test_of_a_class_that_names_both_the_client_that_it_makes_decides() -> None:
    class Makes:
        def __init__(self, base_url):
            self.client = httpx2.AsyncClient(base_url=base_url)

    class MakesLater:
        def __init__(self, base_url):
            pass

    both = {"httpx": httpx, "httpx2": httpx2}
    assert libraries.of_answer(both, Makes) is httpx2
    assert libraries.of_answer(both, MakesLater) is httpx
    assert libraries.of_answer({"x": httpx2.Timeout(1)}, MakesLater) is httpx2
    assert libraries.of_answer({}, MakesLater) is httpx


def test_a_module_beside_the_answer_counts(tmp_path) -> None:
    (tmp_path / "beside.py").write_text("from httpx2 import AsyncClient\n")
    source = client().replace("import httpx\n", "import types\nimport beside\nhttpx = beside\n")
    verdict = judged(tmp_path, source, link="child")
    assert verdict["runtime"]["library"] == "httpx2"
    assert verdict["status"] == "passed"


async def outcome(library, run, path="/", **options):
    try:
        async with library.AsyncClient(base_url=run.url, **options) as api:
            return (await api.get(path)).status_code
    except library.HTTPError as error:
        return [type(error).__name__, str(error), causes_of(error), type(error).__module__.partition(".")[0]]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
def test_each_gets_the_exceptions_of_its_own_pool(library) -> None:
    def refused(net):
        net.connects(refuse())

    def resets(net):
        net.route("GET", "/").respond(reply(text="abc", cut_at=1, then="reset"))

    def slow(net):
        net.network = Network(connect=5.0)

    timeout = library.Timeout(1.0)
    name = library.__name__
    assert on_wire(lambda run: outcome(library, run), ok).value == 200
    assert on_wire(lambda run: outcome(library, run), refused).value == [
        "ConnectError",
        "All connection attempts failed",
        ["ConnectError", "OSError", "ConnectionRefusedError"],
        name,
    ]
    assert on_wire(lambda run: outcome(library, run), resets).value == [
        "ReadError",
        "",
        ["ReadError", "BrokenResourceError", "ConnectionResetError"],
        name,
    ]
    assert on_wire(lambda run: outcome(library, run, timeout=timeout), slow).value == [
        "ConnectTimeout",
        "",
        ["ConnectTimeout", "TimeoutError"],
        name,
    ]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
def test_a_connection_tells_its_addresses(library) -> None:
    async def main(run):
        async with library.AsyncClient() as api:
            stream = (await api.get(run.url)).extensions["network_stream"]
            told = [stream.get_extra_info(name) for name in ("server_addr", "client_addr", "ssl_object")]
            socket = stream.get_extra_info("socket")
            return [*told, socket.getpeername(), socket.getsockname(), socket.fileno()]

    server, client, tls, *socket = on_wire(main, ok).value
    assert (server[0], client[0], tls) == ("127.0.0.1", "127.0.0.1", None)
    assert isinstance(server[1], int) and server != client
    assert socket == [server, client, -1]


def test_the_synchronous_side_of_both_is_refused(tmp_path) -> None:
    for name in ("httpx", "httpx2"):
        source = client(f"{name}.get('http://depot.test/')", before=f"import {name}\n")
        verdict = judged(tmp_path, source)
        assert verdict["checks"][0]["diagnosis"]["kind"] == "sync_client", name


@pytest.mark.parametrize("name", ["httpcore", "httpcore2"])
def test_a_backend_of_ones_own_is_told_of_truly(tmp_path, name) -> None:
    library = {core: library for library, core in libraries.CORES.items()}[name]
    body = f"""
        transport = {library}.AsyncHTTPTransport()
        transport._pool = {name}.AsyncConnectionPool(network_backend={name}.AnyIOBackend())
        async with {library}.AsyncClient(transport=transport, base_url="http://depot.test") as other:
            return await other.get(path)
    """
    verdict = judged(tmp_path, client(body, before=f"import {library}, {name}\n"))
    diagnosis = verdict["checks"][0]["diagnosis"]
    assert diagnosis["kind"] == "socket"
    assert "network_backend" in diagnosis["text"]
