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
from ports import held_ports


class Client:
    """Asks the application without a socket, one request at a time."""

    def __init__(self, site: Path) -> None:
        self.application = application(site)

    def __getattr__(self, method: str):
        def ask(path: str, **options) -> httpx.Response:
            return asyncio.run(self._ask(method.upper(), path, **options))

        return ask

    async def _ask(self, method: str, path: str, **options) -> httpx.Response:
        transport = httpx.ASGITransport(self.application)
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


# --- as a process ---------------------------------------------------------------------------------------------


def start(root: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "keepalive.website", "serve", *arguments]
    env = {**os.environ, "KEEPALIVE_ROOT": str(root)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_told_to_stop_and_says_nothing(built, number):
    with held_ports(1) as (port,):
        serves_and_stops(built, port, number)


def serves_and_stops(built: Path, port: int, number: int) -> None:
    process = start(built, "--port", str(port))
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
