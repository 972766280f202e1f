"""What a request is for: the URL that its target and its Host say together, or why a server has none for it."""

from __future__ import annotations

import re

import h11
import httpx

_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?")
"""A host and perhaps a port (RFC 9110, 7.2): no user, no path, nothing that is not ASCII."""


class NotServed(Exception):
    """A request that HTTP's grammar lets through and no server answers with anything but 400. The text says why."""


def requested_url(head: h11.Request, dialled: str, *, secure: bool) -> httpx.URL:
    """The URL that is asked for (RFC 9112, 3.3). `dialled`: the host of a request that names none. Raises NotServed."""
    target, method = head.target.decode("latin-1"), head.method.decode("latin-1")
    if method == "CONNECT":
        raise NotServed("CONNECT asks for a tunnel, and this server is no proxy")
    host = _host(head, dialled)
    url = f"{'https' if secure else 'http'}://{host}{target}"
    if not target.startswith("/"):
        url, absolute = target, re.match(r"https?://([^/?#]*)", target, re.IGNORECASE)
        if absolute is None:
            raise NotServed(f"the target `{_short(target)}` is neither a path nor a URL with http or https")
        _refuse_no_authority(absolute[1], "the target's host")
    try:
        asked = httpx.URL(url)
        _ = asked.host, asked.path, asked.params  # which the record reads, and some are decoded only then
    except (httpx.InvalidURL, ValueError) as exc:  # 999.1.1.1 for instance
        raise NotServed(f"`{_short(url)}` is not a URL: {exc}") from None
    return asked


def _host(head: h11.Request, dialled: str) -> str:
    named = next((value.decode("latin-1") for name, value in head.headers if name == b"host"), None)
    if named is None:  # HTTP/1.0 asks for none
        return f"[{dialled}]" if ":" in dialled else dialled
    _refuse_no_authority(named, "the Host header")
    return named


def _refuse_no_authority(text: str, what: str) -> None:
    found = _AUTHORITY.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise NotServed(f"{what}, `{_short(text)}`, is not a host with or without a port")


def _short(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[:most]}..."
