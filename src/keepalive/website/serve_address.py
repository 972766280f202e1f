"""One address for the course on this machine: a browser keeps what a learner writes by address, and `localhost` is
another one than 127.0.0.1. Whoever comes by another name of this machine is led to 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

ADDRESS = "127.0.0.1"

STAY = b"here"
"""A query of exactly this keeps to the name that was typed: there one can export what was kept under it before."""

_NAMES = {"localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"}

_FORWARDED = ("forwarded", "via", "x-forwarded-", "x-real-ip", "x-proxycontextpath")

_LEAVE = """\
// A copy of the course was kept at this address, and the course has one address, which is another: the copy goes.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  for (const kind of ["versions", "contents"]) await caches.delete(`keepalive ${kind} /`);
  await registration.unregister();
}
"""


class OneAddress:
    """Leads requests for pages to 127.0.0.1, with path and query, when they came by another name of this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        asked = Headers(scope=scope)
        port = _port_under_another_name(scope, asked)
        if port is None:
            return None
        if asked.get("service-worker") == "script":
            # A browser takes no worker from behind a redirect. Without this one the old copy would answer for ever.
            return Response(_LEAVE, media_type="text/javascript", headers={"cache-control": "no-store"})
        if not is_for_a_page(asked) or scope["query_string"] == STAY:
            return None
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        target = (scope["raw_path"] + query).decode("latin-1")
        # Not for ever, and not kept: tomorrow another program may have this port.
        return RedirectResponse(f"http://{ADDRESS}{port}{target}", 307, {"cache-control": "no-store"})


def is_for_a_page(asked: Headers) -> bool:
    """Whether what is asked for is shown as a page. A browser says so; whoever says nothing gets what a person gets."""
    return asked.get("sec-fetch-dest", "document") == "document"


def _port_under_another_name(scope: Scope, asked: Headers) -> str | None:
    """If the request came by another name of this machine, what follows that name: ":8000", or "". Else None.

    It is the port of the Host header, not the listener's: a tunnel or a container may have another in front.
    """
    if _is_forwarded(scope, asked):
        return None
    try:
        host = urlsplit("//" + asked.get("host", ""))
        name, port = (host.hostname or "").rstrip("."), host.port
    except ValueError:
        return None
    if name == ADDRESS or not (_is_loopback(name) or _is_this_machine(name, scope)):
        return None
    return "" if port is None else f":{port}"


def _is_forwarded(scope: Scope, asked: Headers) -> bool:
    """Whether a reverse proxy stands in front. It may call us localhost, and its readers sit at other machines."""
    # nginx speaks HTTP/1.0 to whom it asks unless told otherwise, and adds no header; no browser speaks it.
    return scope["http_version"] == "1.0" or any(name.startswith(_FORWARDED) for name in asked)


def _is_loopback(name: str) -> bool:
    if name in _NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified  # 0.0.0.0 leads to this machine, too


def _is_this_machine(name: str, scope: Scope) -> bool:
    """Whether it is this machine's own short name, used on this machine; from elsewhere 127.0.0.1 is another one."""
    client = (scope.get("client") or ("",))[0]
    return bool(name) and "." not in name and name == socket.gethostname().lower() and _is_loopback(client)
