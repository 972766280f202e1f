"""Claims about what httpx does when it is told nothing, and about addresses and methods."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from claims.lab import TLS, answering, client
from keepalive.practice_api import Depot


def test_default_timeout_is_five_seconds():
    """Without a `timeout` httpx waits up to 5 seconds for each of connect, read, write and a free connection."""
    http = httpx.AsyncClient(verify=TLS)
    assert http.timeout == httpx.Timeout(connect=5.0, read=5.0, write=5.0, pool=5.0)
    sent_along = http.build_request("GET", "http://depot.test/").extensions["timeout"]
    assert sent_along == {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}


def test_default_limits_are_100_and_20():
    """Without `limits` a client has at most 100 connections and keeps at most 20."""
    pool = client()._transport._pool
    assert (pool._max_connections, pool._max_keepalive_connections) == (100, 20)


def test_keepalive_expiry_default_is_five_seconds():
    """Without `limits` an idle connection is used again only if it has been idle for less than 5 seconds."""
    assert client()._transport._pool._keepalive_expiry == 5.0


def test_follow_redirects_is_off():
    """`httpx` does not follow redirects unless told to: you get the 302 itself."""

    async def go():
        async with answering("302 Found\r\nLocation: /elsewhere") as server, client() as http:
            response = await http.get(server.url)
            return response.status_code, response.has_redirect_location, len(server.requests)

    assert client().follow_redirects is False
    assert asyncio.run(go()) == (302, True, 1)


def test_404_is_not_an_exception():
    """A 404 is an answer, not an exception: `get()` returns it, and only `raise_for_status()` raises."""

    async def go(depot):
        async with client(depot) as http:
            return await http.get("/users/999")

    with Depot() as depot:
        response = asyncio.run(go(depot))
    assert response.status_code == 404
    with pytest.raises(httpx.HTTPStatusError):
        response.raise_for_status()


def test_base_url_joins_paths():
    """A path is joined to the end of `base_url`, with or without a slash at its start: `/7` under `https://h/users`
    is `/users/7`.
    """

    async def go(depot):
        async with client(base_url=depot.url + "/users") as http:
            return [(await http.get(path)).json()["id"] for path in ("/7", "8")]

    with Depot() as depot:
        assert asyncio.run(go(depot)) == [7, 8]
        assert [seen.path for seen in depot.ledger.requests] == ["/users/7", "/users/8"]
    assert client(base_url="https://h/v1").build_request("GET", "/users").url == "https://h/v1/users"


def test_absolute_url_ignores_base_url():
    """An absolute URL goes where it says and leaves `base_url` aside."""

    async def go(one, other):
        async with client(one) as http:
            await http.get(other.url + "/users/1")

    with Depot() as one, Depot() as other:
        asyncio.run(go(one, other))
        assert (one.ledger.connections, other.ledger.connections) == (0, 1)


def test_absolute_url_takes_credentials_along():
    """An absolute URL to another host is sent with the client's own headers and credentials."""

    async def go(one, other):
        async with client(one, headers={"Authorization": "Bearer secret", "X-API-Key": "secret"}) as http:
            await http.get(other.url + "/users/1")

    with Depot() as one, Depot() as other:
        asyncio.run(go(one, other))
        (seen,) = other.ledger.requests
    assert (seen.headers["authorization"], seen.headers["x-api-key"]) == ("Bearer secret", "secret")


def test_http_methods_on_client():
    """A client has `request()` and a method for each of GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS."""
    new = {"name": "Rosa Díaz", "email": "rosa@example.com", "city": "Cádiz", "country": "ES"}

    async def go(depot):
        async with client(depot) as http:
            answers = [
                await http.request("GET", "/users/1"),
                await http.get("/users/1"),
                await http.post("/users", json=new),
                await http.put("/users/25", json=new),
                await http.patch("/users/25", json={"city": "Málaga"}),
                await http.head("/users/25"),
                await http.options("/users/25"),
                await http.delete("/users/25"),
            ]
            return [answer.status_code for answer in answers]

    with Depot() as depot:
        assert asyncio.run(go(depot)) == [200, 200, 201, 200, 200, 200, 204, 204]
        methods = [seen.method for seen in depot.ledger.requests]
    assert methods == ["GET", "GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE"]
