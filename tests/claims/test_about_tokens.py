"""Claims about a token that many calls share, and how often it is fetched. On the judge's wire, on a virtual clock."""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import Network, reply


def fetches(*, compare: bool, calls: int = 12) -> int:
    """How many tokens are fetched when the first is revoked under so many calls, whose 401s come in one by one.

    A lock, and a second look behind it, are there. `compare`: a refused token is thrown away only if it is current.
    """
    issued = 0

    def token(request):
        nonlocal issued
        issued += 1
        return reply(json={"access_token": f"new {issued}"}, after=0.5)

    def parcel(request):
        if request.headers["authorization"] == "Bearer revoked":
            return reply(401, after=float(request.url.params["after"]))
        return reply(json={})

    def build(net):
        net.network = Network(rtt=0)
        net.route("POST", "/token").calls(token)
        net.route("GET", "/parcels/7").calls(parcel)

    async def main(run):
        lock = asyncio.Lock()
        held: str | None = "revoked"
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=60) as http:

            async def current():
                nonlocal held
                async with lock:
                    if held is None:
                        held = (await http.post("/token")).json()["access_token"]
                    return held

            async def send(after, token):
                headers = {"Authorization": f"Bearer {token}"}
                return await http.get("/parcels/7", params={"after": after}, headers=headers)

            async def get(after):
                nonlocal held
                token = await current()
                response = await send(after, token)
                if response.status_code == 401:
                    if not compare or held == token:
                        held = None
                    response = await send(after, await current())
                return response.status_code

            return await asyncio.gather(*(get(1 + number) for number in range(calls)))

    assert on_wire(main, build).value == [200] * calls
    return issued


def test_invalidating_without_comparing_fetches_again():
    """A 401 that throws away whatever token is there has a new one fetched for each late 401, in spite of a lock and
    a second look behind it: 12 fetches for 12 calls; thrown away only if it is the one that was refused, 1.
    """
    assert fetches(compare=False) == 12
    assert fetches(compare=True) == 1
