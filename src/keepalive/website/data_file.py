"""Data that a page fetches when it is wanted: files named after what is in them, so that a page and its data are never
of two releases.
"""

from __future__ import annotations

import hashlib

FOLDER = "assets"
"""Where they lie, below the site."""


def place(stem: str, body: bytes) -> str:
    """Where the file with this content lies, below the site: assets/<stem>-<hash>.json."""
    return f"{FOLDER}/{stem}-{hashlib.sha256(body).hexdigest()[:8]}.json"
