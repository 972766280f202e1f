"""Files with a certificate in them, written by hand as their standards say."""

from __future__ import annotations

import struct
import zlib


def png(text: bytes, keyword: bytes = b"keepalive-certificate", *, spoil: bool = False) -> bytes:
    """A picture of one grey point with an iTXt chunk."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    told = chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text)
    if spoil:
        told = told.replace(b'"right"', b'"wrong"')
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    points = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + told + points + chunk(b"IEND", b"")


def pdf(text: bytes) -> bytes:
    """As much of a PDF as a reader of embedded files needs."""
    first = b"1 0 obj\n<< /Type /EmbeddedFile /Subtype /text#2Fplain /Length 5 >>\nstream\nother\nendstream\nendobj\n"
    ours = b"2 0 obj\n<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(text), text)
    return b"%PDF-1.7\n" + first + ours + b"%%EOF\n"
