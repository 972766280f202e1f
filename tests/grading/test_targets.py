"""Requests that HTTP's grammar lets through and no server serves: they get a 400, and the exercise goes on."""

import httpx
import pytest

from grading.bench import LINKS, client, judged, ok, on_wire

ODD = {
    "port is a word": "headers={'host': 'tenant:one'}",
    "port without end": "headers={'host': 'depot.test:' + '7' * 5000}",
    "port out of range": "headers={'host': 'depot.test:70000'}",
    "empty": "headers={'host': ''}",
    "user in it": "headers={'host': 'me@depot.test'}",
    "not ASCII": "headers={b'host': 'dépôt.test'.encode()}",
    "Latin-1": "headers={b'host': b'd\\xe9p\\xf4t.test'}",
    "IPv4 out of range": "headers={'host': '999.1.1.1'}",
    "no IPv6": "headers={'host': '[::1::2]'}",
    "no punycode": "headers={'host': 'xn--'}",
    "asterisk": "extensions={'target': b'*'}",
    "neither path nor URL": "extensions={'target': b'a'}",
    "another scheme": "extensions={'target': b'ftp://depot.test/a'}",
    "absolute, no host": "extensions={'target': b'http:///a'}",
    "absolute, port is a word": "extensions={'target': b'http://depot.test:one/a'}",
    "absolute, bracket": "extensions={'target': b'http://[::1/a'}",
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_no_server_serves_gets_a_400(tmp_path, odd, link) -> None:
    verdict = judged(tmp_path, client(f"return await self.http.get(path, {odd})"), link=link)

    assert verdict["status"] == "failed"
    assert "faults" not in verdict["runtime"]
    assert all(each["status"] != "grader_fault" for each in verdict["checks"])
    events = verdict["scenarios"][0]["timeline"]
    (refused,) = [event for event in events if event["kind"] == "bad_request"]
    assert refused["data"]["why"]
    assert not [event for event in events if event["kind"] == "request"]


@pytest.mark.parametrize("link", LINKS)
def test_connect_gets_a_400(tmp_path, link) -> None:
    verdict = judged(tmp_path, client("return await self.http.request('CONNECT', path)"), link=link)
    assert verdict["status"] == "failed"
    assert [event["kind"] for event in verdict["scenarios"][0]["timeline"]].count("bad_request") == 1


def test_the_client_reads_the_400_and_may_go_on() -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            odd = await http.post("/a", headers={"host": "tenant:one"}, content=b"x" * 1000)
            return [odd.status_code, (await http.get("/a")).status_code]

    played = on_wire(main, ok)
    assert played.value == [400, 200]
    assert played.connections == 2


@pytest.mark.parametrize(
    ("odd", "url"),
    [
        ({"extensions": {"target": b"http://other.test/b?x=1"}}, "http://other.test/b?x=1"),
        ({"extensions": {"target": b"/to?next=http://other.test/"}}, "http://depot.test/to?next=http://other.test/"),
        ({"extensions": {"target": b"/files/http://other.test/"}}, "http://depot.test/files/http://other.test/"),
        ({"headers": {"host": "tenant.test"}}, "http://tenant.test/a"),
        ({"headers": {"host": "[::1]:8080"}}, "http://[::1]:8080/a"),
        ({"headers": [(b"x-name", b"d\xe9p\xf4t")]}, "http://depot.test/a"),
    ],
    ids=["absolute", "URL in the query", "URL in the path", "another host", "IPv6", "Latin-1 elsewhere"],
)
def test_what_is_unusual_and_right_is_served(odd, url) -> None:
    async def main(run):
        async with httpx.AsyncClient(base_url=run.url) as http:
            return (await http.get("/a", **odd)).status_code

    played = on_wire(main, ok)
    assert played.value == 200
    assert [request.url for request in played.judge.requests] == [url]
