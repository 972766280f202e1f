"""Claims about what stands in for a server in a test, and what it leaves out. On the judge's clock; no server."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest
import respx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from claims.lab import TLS
from grading.bench import on_wire


def test_respx_runs_no_timeouts_and_no_limits():
    """Under `respx` a client's timeouts and limits do nothing: five calls at once on one connection with timeouts of
    0.1 s, which the mock answers after 3 s, are all answered, after 3 s.
    """

    async def slow(request):
        await asyncio.sleep(3.0)
        return httpx.Response(200)

    async def main(run):
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        with respx.mock:
            respx.get("http://elsewhere.test/").mock(side_effect=slow)
            async with httpx.AsyncClient(verify=TLS, limits=limits, timeout=0.1) as client:
                answers = await asyncio.gather(*(client.get("http://elsewhere.test/") for _ in range(5)))
        return [answer.status_code for answer in answers], run.now

    statuses, took = on_wire(main).value
    assert statuses == [200] * 5
    assert took == pytest.approx(3.0)


def app_with_a_lifespan() -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(app):
        app.state.depot = "open"
        yield
        app.state.depot = "closed"

    async def quotes(request):
        return PlainTextResponse(request.app.state.depot)

    return Starlette(lifespan=lifespan, routes=[Route("/quotes", quotes)])


async def asked(app: Starlette, **options) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, **options)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        return await client.get("/quotes")


def test_asgi_transport_runs_no_lifespan():
    """`ASGITransport` does not run an app's lifespan: what it would have put into the state is missing. Entered in the
    test, the lifespan puts it there.
    """
    app = app_with_a_lifespan()
    with pytest.raises(AttributeError, match="depot"):
        asyncio.run(asked(app))

    async def within():
        async with app.router.lifespan_context(app):
            return await asked(app)

    assert asyncio.run(within()).text == "open"


def test_asgi_transport_hands_on_the_apps_exception():
    """An exception of the app comes out of the call through `ASGITransport`; only with `raise_app_exceptions=False` is
    it the 500 that a server would answer with.
    """
    with pytest.raises(AttributeError, match="depot"):
        asyncio.run(asked(app_with_a_lifespan()))
    assert asyncio.run(asked(app_with_a_lifespan(), raise_app_exceptions=False)).status_code == 500
