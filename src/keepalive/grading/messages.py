"""Messages between runner and judge: JSON, one to a line, bytes as base64. `messages.schema.json` says their shapes."""

from __future__ import annotations

import base64
import json
from typing import Any


def encode(message: Any) -> bytes:
    """A message, or a list of them, as a line."""
    return json.dumps(message, default=_bytes, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Any:
    """The message of a line. Raises ValueError for what is none."""
    try:
        return json.loads(line, object_hook=_unbytes)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _bytes(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"{type(value).__name__} does not belong in a message")


def _unbytes(value: dict[str, Any]) -> Any:
    if value.keys() == {"base64"}:
        if not isinstance(value["base64"], str):
            raise ValueError("base64 is text")
        return base64.b64decode(value["base64"], validate=True)
    return value
