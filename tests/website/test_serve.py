"""The small server: what it answers, and how it starts and stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from keepalive.website.serve import application
from keepalive.website.serve_moved import Moved
from ports import held_ports

MACHINE = "Own-Machine"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr("keepalive.website.serve_address.socket.gethostname", lambda: MACHINE)


class Client:
    """Asks the application without a socket, one request at a time."""

    def __init__(self, site: Path, **options) -> None:
        self.application = application(site, **options)

    def __getattr__(self, method: str):
        def ask(path: str, **options) -> httpx.Response:
            return asyncio.run(self._ask(method.upper(), path, **options))

        return ask

    async def _ask(self, method: str, path: str, client=("127.0.0.1", 123), **options) -> httpx.Response:
        transport = httpx.ASGITransport(self.application, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8123") as client:
            return await client.request(method, path, **options)


@pytest.fixture(scope="module")
def client(built: Path) -> Client:
    return Client(built / "site")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/chapters/01-sample.html", "text/html; charset=utf-8"),
        ("/assets/keepalive.css", "text/css; charset=utf-8"),
        ("/service-worker.js", "text/javascript; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/search/search_index.json", "application/json"),
        ("/notebooks/01-sample.ipynb", "application/x-ipynb+json"),
    ],
)
def test_kinds(client, path, kind):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_pages_are_asked_for_again_and_not_sent_again(client):
    first = client.get("/start.html")
    assert first.headers["cache-control"] == "no-cache"
    assert client.get("/start.html", headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/start.html", "/assets/keepalive.css", "/search/pages.json", "/no/such.html"])
def test_text_is_compressed_for_whoever_takes_it(client, path):
    plain, small = (client.get(path, headers={"accept-encoding": coding}) for coding in ("identity", "gzip"))
    assert (plain.content, plain.status_code) == (small.content, small.status_code)
    assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) * 0.6
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
    same = {"if-none-match": small.headers["etag"], "accept-encoding": "gzip"}
    assert client.get(path, headers=same).status_code == (304 if small.status_code == 200 else 404)


def test_a_file_that_was_changed_is_compressed_anew(tmp_path):
    page = tmp_path / "start.html"
    page.write_text("<p>before</p>" * 200)
    client = Client(tmp_path)
    assert b"before" in client.get("/start.html").content
    page.write_text("<p>later</p>" * 200)
    os.utime(page, (1, 1))
    assert b"later" in client.get("/start.html").content


def test_a_part_of_a_file_comes_as_it_is(client, built):
    part = client.get("/start.html", headers={"range": "bytes=0-9"})
    assert (part.status_code, "content-encoding" in part.headers) == (206, False)
    assert part.content == (built / "site" / "start.html").read_bytes()[:10]


@pytest.mark.parametrize("path", ["/gone.html", "/chapters/", "/assets", "/%2e%2e/mkdocs.yml", "/..%2fmkdocs.yml"])
def test_what_is_not_there(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "01-sample" not in answer.text.partition("<article")[2], "no list of a folder"
    assert "404" in answer.text and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/assets/keepalive.css", "/sitemap.xml", "/no/such/page.html"])
def test_the_sites_policy_comes_with_everything(client, built, path):
    policy = (built / "site/csp.txt").read_text(encoding="ascii").strip()
    assert client.get(path).headers["content-security-policy"] == policy
    etag = client.get("/").headers["etag"]
    unchanged = client.get("/", headers={"if-none-match": etag})
    assert (unchanged.status_code, unchanged.headers["content-security-policy"]) == (304, policy)


def test_only_reading(client):
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


def test_sitemap_holds_this_servers_address(client):
    """Without it the theme does not take the pages for its own, and reloads them one by one."""
    text = client.get("/sitemap.xml").text
    assert "<loc>http://127.0.0.1:8123/chapters/01-sample.html</loc>" in text
    assert "invalid" not in text


# --- one address ----------------------------------------------------------------------------------------------

OTHER_NAMES = [
    "localhost:8123",
    "LOCALHOST:8123",
    "localhost.:8123",
    "course.localhost:8123",
    "[::1]:8123",
    "[::ffff:7f00:1]:8123",
    "127.0.0.2:8123",
    "0.0.0.0:8123",
    f"{MACHINE}:8123",
]


@pytest.mark.parametrize("host", OTHER_NAMES)
def test_another_name_of_this_machine_leads_to_the_one_address(client, host):
    answer = client.get("/chapters/01-sample.html?a=%2F&b", headers={"host": host})
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://127.0.0.1:8123/chapters/01-sample.html?a=%2F&b"
    assert answer.headers["cache-control"] == "no-store", "tomorrow another program may have the port"


def test_the_port_is_the_one_that_was_asked_for(client):
    """A tunnel or a container may have another in front of the server's."""
    assert client.get("/", headers={"host": "localhost:9000"}).headers["location"] == "http://127.0.0.1:9000/"
    assert client.get("/", headers={"host": "localhost"}).headers["location"] == "http://127.0.0.1/"


def test_a_path_leads_to_no_other_host(client):
    answer = client.get("http://127.0.0.1:8123//example.org/%0d%0aa", headers={"host": "localhost:8123"})
    assert answer.headers["location"] == "http://127.0.0.1:8123//example.org/%0d%0aa"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8123"},
        {"host": "course.example.org"},
        {"host": "192.168.1.7:8123"},
        {"host": "localhost.example.org"},
        {"host": "another-machine:8123"},
        {"host": "localhost:8000", "x-forwarded-for": "192.0.2.1"},
        {"host": "localhost:8000", "via": "1.1 proxy"},
        {"host": "localhost:no-port"},
        {"host": "["},
        {"host": ""},
    ],
)
def test_a_public_name_and_what_a_proxy_asks_for_are_left_alone(client, headers):
    assert client.get("/", headers=headers).status_code == 200


def test_the_machines_name_from_another_machine_is_left_alone(client):
    """There 127.0.0.1 is that other machine."""
    headers = {"host": f"{MACHINE}:8123"}
    assert client.get("/", headers=headers, client=("192.168.1.8", 50000)).status_code == 200


def test_a_server_that_does_not_listen_there_leads_nobody_there(built):
    headers = {"host": "[::1]:8123"}
    assert Client(built / "site", one_address=False).get("/", headers=headers).status_code == 200


def test_what_a_page_at_another_name_loads_is_served(client):
    """Pages are there only out of a copy for use without a network, or to export what was kept under that name."""
    headers = {"host": "localhost:8123", "sec-fetch-dest": "style"}
    assert client.get("/assets/keepalive.css", headers=headers).status_code == 200
    assert client.get("/start.html?here", headers={"host": "localhost:8123"}).status_code == 200


def test_a_copy_at_another_name_goes(client):
    """The copy's worker would answer there for ever: a browser takes no newer one from behind a redirect."""
    asked = {"service-worker": "script", "sec-fetch-dest": "serviceworker"}
    elsewhere = client.get("/service-worker.js", headers=asked | {"host": "localhost:8123"})
    assert (elsewhere.status_code, elsewhere.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "registration.unregister()" in elsewhere.text
    assert "registration.unregister()" not in client.get("/service-worker.js", headers=asked).text


# --- moved ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(built: Path) -> Client:
    return Client(built / "site", moved=Moved(port=8100, at=1_700_000_000))


@pytest.mark.parametrize("path", ["/", "/chapters/01-sample.html", "/no/such/page.html"])
def test_each_page_says_where_the_work_is_when_the_course_has_moved(client, moved, path):
    page, as_ever = moved.get(path), client.get(path)
    notice = page.text.partition("<aside")[2].partition("</aside>")[0]
    assert '<a href="http://127.0.0.1:8100/">http://127.0.0.1:8100/</a>' in notice
    assert "Export" in notice and "Import" in notice and "serve --port 8100" in notice
    assert page.text.replace(f"<aside{notice}</aside>\n", "") == as_ever.text
    assert page.status_code == as_ever.status_code
    for name in ("content-type", "content-security-policy"):
        assert page.headers[name] == as_ever.headers[name]


def test_a_page_that_the_browser_has_kept_is_sent_again_with_the_notice(client, moved):
    for name, value in (("etag", "if-none-match"), ("last-modified", "if-modified-since")):
        kept = client.get("/start.html").headers[name]
        again = moved.get("/start.html", headers={value: kept})
        assert again.status_code == 200 and "<aside class" in again.text
    assert not {"etag", "last-modified"} & set(again.headers), "it must not pass for the page without the notice"


def test_a_notice_that_was_dismissed_stays_away_until_the_next_move(built, moved):
    dismissed = {"cookie": "other=1; keepalive-moved-8100-1700000000=dismissed"}
    assert "<aside class" not in moved.get("/", headers=dismissed).text
    later = Client(built / "site", moved=Moved(port=8100, at=1_700_000_001))
    assert "<aside class" in later.get("/", headers=dismissed).text


def test_a_copy_for_use_without_a_network_is_made_of_the_files_as_they_are(built, moved):
    page = moved.get("/start.html", headers={"sec-fetch-dest": "empty"})
    assert page.content == (built / "site" / "start.html").read_bytes()


# --- as a process ---------------------------------------------------------------------------------------------


def start(root: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "keepalive.website", "serve", *arguments]
    env = {**os.environ, "KEEPALIVE_ROOT": str(root)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_told_to_stop_and_says_nothing(built, number):
    with held_ports(1) as (port,):
        serves_and_stops(built, port, number)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def serves_and_stops(built: Path, port: int, number: int) -> None:
    process = start(built, "--port", str(port), "--moved", "8100", "1700000000")
    try:
        # Connections are refused until the server listens; a slow machine may take its time.
        transport = httpx.HTTPTransport(retries=0)
        until = time.monotonic() + 120
        with httpx.Client(transport=transport, trust_env=False, timeout=60) as client:
            while True:
                try:
                    assert "Samples" in client.get(f"http://127.0.0.1:{port}/").text
                    break
                except httpx.ConnectError:
                    assert process.poll() is None and time.monotonic() < until
                    time.sleep(0.05)
            assert 'kept at\n<a href="http://127.0.0.1:8100/">' in client.get(f"http://127.0.0.1:{port}/").text
            for name in ("localhost", *["[::1]"] * has_ipv6()):
                answer = client.get(f"http://{name}:{port}/start.html?a=b")
                assert answer.headers["location"] == f"http://127.0.0.1:{port}/start.html?a=b"
            # With a kept connection open, too.
            process.send_signal(number)
            said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (said, process.returncode) == (b"", 0)


def test_port_that_is_taken(built):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = start(built, "--port", str(port))
        said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1
    assert said == f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


def test_site_that_is_not_built(tmp_path):
    process = start(tmp_path, "--port", "0")
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1
    assert said.startswith(f"There is no built site in {tmp_path / 'site'}.") and "website build" in said
