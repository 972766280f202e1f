"""Serves the built site on loopback: what a static web host does, and nothing else."""

from __future__ import annotations

import json
import mimetypes
import signal
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .build import STAMP

# What a browser insists on; the system's own table may say otherwise (Windows takes it from the registry) or nothing.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}


class _Site(StaticFiles):
    def file_response(self, *args, **kwargs) -> Response:
        response = super().file_response(*args, **kwargs)
        # A page that was built a minute ago shall be seen: the browser asks each time, and gets a 304.
        response.headers["cache-control"] = "no-cache"
        return response


def application(site: Path) -> Starlette:
    """The site as an ASGI application."""
    for suffix, kind in _TYPES.items():
        mimetypes.add_type(kind, suffix)

    async def sitemap(request: Request) -> Response:
        """The sitemap with this server's address in it: the theme loads pages without a reload only if it matches."""
        text = (site / "sitemap.xml").read_text(encoding="utf-8")
        made_for = json.loads((site / STAMP).read_text(encoding="utf-8")).get("site_url", "")
        if made_for:
            text = text.replace(f"<loc>{made_for}", f"<loc>{request.base_url}")
        return Response(text, media_type="application/xml")

    return Starlette(routes=[Route("/sitemap.xml", sitemap), Mount("/", _Site(directory=site, html=True))])


def serve(site: Path, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM. Prints nothing. Raises OSError when the port cannot be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # On Windows this option would let two servers share a port; elsewhere it lets a restart have it again at once.
        if hasattr(signal, "SIGHUP"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # uvicorn, once it has stopped, raises the signal again for whoever was there before: nobody needs it.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)
        config = uvicorn.Config(
            application(site), log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        uvicorn.Server(config).run(sockets=[listener])
