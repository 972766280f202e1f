"""Serves the built site on loopback: what a static web host does, and nothing else."""

from __future__ import annotations

import contextlib
import gzip
import json
import mimetypes
import os
import signal
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import csp
from .build import STAMP
from .offline import TYPES
from .serve_address import ADDRESS, OneAddress
from .serve_moved import Moved

_KEPT = {"cache-control", "content-type", "last-modified", "vary"}
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")


class _Site(StaticFiles):
    """The site's files, compressed for whoever takes gzip, as most hosts do: a room full of people shares one Wi-Fi."""

    def __init__(self, *, moved: Moved | None = None, **options) -> None:
        super().__init__(**options)
        self._moved = moved
        self._compressed: dict[str, tuple[float, bytes]] = {}  # by path: when the file was changed, and its bytes

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if not isinstance(response, FileResponse) or not response.media_type.startswith(_COMPRESSIBLE):
            return response
        response.headers.add_vary_header("Accept-Encoding")
        asked = Headers(scope=scope)
        if self._has_notice(response.path, asked):
            return await run_in_threadpool(self._with_notice, response)
        if "range" in asked or "gzip" not in asked.get("accept-encoding", ""):
            return response
        content = await run_in_threadpool(self._gzip, response.path)
        # Weak, because its bytes are others than the file's.
        headers = {name: value for name, value in response.headers.items() if name in _KEPT}
        headers |= {"content-encoding": "gzip", "etag": f"W/{response.headers['etag']}"}
        return Response(content, response.status_code, headers)

    def _gzip(self, path: str) -> bytes:
        changed = os.stat(path).st_mtime
        known = self._compressed.get(path)
        if known is None or known[0] != changed:
            known = self._compressed[path] = (changed, gzip.compress(Path(path).read_bytes(), 6, mtime=0))
        return known[1]

    def file_response(self, *args, **kwargs) -> Response:
        response = self._answer_with_file(*args, **kwargs)
        # A page that was built a minute ago shall be seen: the browser asks each time, and gets a 304.
        response.headers["cache-control"] = "no-cache"
        return response

    def _answer_with_file(self, path, stat_result: os.stat_result, scope: Scope, status_code: int = 200) -> Response:
        if self._has_notice(path, Headers(scope=scope)):
            # Whole: what the browser has kept of the page is the page without the notice.
            return FileResponse(path, status_code=status_code, stat_result=stat_result)
        return super().file_response(path, stat_result, scope, status_code)

    def _has_notice(self, path: str | os.PathLike, asked: Headers) -> bool:
        return self._moved is not None and os.fspath(path).endswith(".html") and self._moved.is_told(asked)

    def _with_notice(self, response: FileResponse) -> Response:
        # No validator: a page with the notice is never taken for one without it.
        headers = {"content-type": response.headers["content-type"], "cache-control": "no-cache"}
        return Response(self._moved.told_in(Path(response.path).read_bytes()), response.status_code, headers)


class _Policy:
    """Sends the site's Content-Security-Policy with whatever is answered; a worker takes its own from its script."""

    def __init__(self, app: ASGIApp, site: Path) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        policy = csp.read(self._site)  # anew: the site may have been built again

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start" and policy:
                MutableHeaders(scope=message)["content-security-policy"] = policy
            await send(message)

        await self._app(scope, receive, send_with_policy)


def application(site: Path, *, moved: Moved | None = None, one_address: bool = True) -> Starlette:
    """The site as an ASGI application.

    `moved`: where the course was before, to be said in each page. `one_address`: whether to lead other names of this
    machine to 127.0.0.1; not for a server that does not listen there.
    """
    for suffix, kind in TYPES.items():
        mimetypes.add_type(kind, suffix)

    async def sitemap(request: Request) -> Response:
        """The sitemap with this server's address in it: the theme loads pages without a reload only if it matches."""
        text = (site / "sitemap.xml").read_text(encoding="utf-8")
        made_for = json.loads((site / STAMP).read_text(encoding="utf-8")).get("site_url", "")
        if made_for:
            text = text.replace(f"<loc>{made_for}", f"<loc>{request.base_url}")
        return Response(text, media_type="application/xml")

    return Starlette(
        routes=[Route("/sitemap.xml", sitemap), Mount("/", _Site(directory=site, html=True, moved=moved))],
        middleware=[Middleware(_Policy, site=site), *[Middleware(OneAddress)] * one_address],
    )


def serve(site: Path, host: str, port: int, *, moved: Moved | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Prints nothing. Raises OSError when the port cannot be had.

    `moved`: where the course was before, to be said in each page.
    """
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(_listener(host, port))]
        address, port = listeners[0].getsockname()[:2]
        if address == ADDRESS:
            # A browser may take `localhost` for ::1 first. Where another program has that, or nobody can, it stays so.
            with contextlib.suppress(OSError):
                listeners.append(held.enter_context(_listener("::1", port)))
        # uvicorn, once it has stopped, raises the signal again for whoever was there before: nobody needs it.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)
        app = application(site, moved=moved, one_address=address in (ADDRESS, "0.0.0.0"))
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=listeners)


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # On Windows this option would let two servers share a port; elsewhere it lets a restart have it again at once.
        if hasattr(signal, "SIGHUP"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
