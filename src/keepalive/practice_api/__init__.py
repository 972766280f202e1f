"""The practice API: a parcel company's API on loopback that writes down what it saw.

`Depot` is the API on a real server, `create_app` the same API in-process, `Ledger` what was seen, `Behaviour` what
goes wrong on purpose, `main` the program behind `keepalive api`. This package knows nothing of the course.

Names are loaded when asked for: a page has the app, and neither a server nor a console.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "Behaviour": "behaviour",
    "Charged": "ledger",
    "Depot": "depot",
    "DepotError": "depot",
    "Ledger": "ledger",
    "PortTaken": "depot",
    "Seen": "ledger",
    "create_app": "app",
    "main": "console",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
