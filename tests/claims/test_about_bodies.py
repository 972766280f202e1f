"""Claims about what a request carries and which header says so. On the judge's wire, where every byte is seen."""

from __future__ import annotations

import httpx

from claims.lab import TLS
from grading.bench import on_wire

PARTS = {"files": {"label": ("label.pdf", b"%PDF", "application/pdf")}, "data": {"copies": "2"}}


def seen(**options):
    """The content type and the body of a POST, as the server sees them."""

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:
            await http.post("/", **options)

    played = on_wire(main, lambda net: net.route("POST", "/").reply())
    assert played.done["ended"] == "finished", played.done
    (request,) = played.judge.requests
    return request.headers["content-type"], bytes(request.body)


def test_hand_set_multipart_type_has_no_boundary():
    """A `Content-Type: multipart/form-data` set by hand goes before the one that httpx writes for `files=`, and the
    server is told no boundary, though the body has one.
    """
    kind, body = seen(**PARTS)
    said, boundary = kind.split("; boundary=")
    assert said == "multipart/form-data" and body.count(boundary.encode()) == 3, "two parts, and the end"
    kind, body = seen(**PARTS, headers={"Content-Type": "multipart/form-data"})
    assert kind == "multipart/form-data"
    assert body.startswith(b"--") and b'name="copies"' in body and b'name="label"; filename="label.pdf"' in body
