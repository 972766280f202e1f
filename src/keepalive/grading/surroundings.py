"""What a run must not see of the machine it happens on: proxies, certificate settings, netrc, other people's dice."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

_CLEARED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy", "ws_proxy", "wss_proxy")

ONE_CERTIFICATE = Path(__file__).with_name("one_certificate.pem")
"""A trust store of one made-up certificate: the usual one costs 15 ms a client to read, and nothing is verified."""


@contextlib.contextmanager
def isolated_environment() -> Iterator[None]:
    """Clear what would steer httpx from outside; put everything back afterwards."""
    cleared = {*_CLEARED, *(name for proxy in _PROXIES for name in (proxy, proxy.upper()))}
    before = {name: os.environ[name] for name in cleared if name in os.environ}
    for name in before:
        del os.environ[name]
    os.environ["SSL_CERT_FILE"] = str(ONE_CERTIFICATE)
    # Where the environment names no proxy, macOS and Windows ask the system's settings; a "*" ends the question.
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        for name in ("SSL_CERT_FILE", "no_proxy"):
            os.environ.pop(name, None)
        os.environ.update(before)


@contextlib.contextmanager
def seeded(seed: object) -> Iterator[None]:
    """`random` draws the same numbers for the same seed, and goes on afterwards as if nothing had been."""
    before = random.getstate()
    random.seed(repr(seed))
    try:
        yield
    finally:
        random.setstate(before)


@contextlib.contextmanager
def fail_import_fast(name: str = "sniffio") -> Iterator[None]:
    """Where this module is not installed, its import fails at once.

    httpcore asks for it at every lock, and Python looks for a module that is missing on the whole path each time:
    that was a quarter of what a check costs.
    """
    missing = name not in sys.modules and importlib.util.find_spec(name) is None
    if missing:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if missing and name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]
