"""Whether a message of the runner has its shape, as `messages.schema.json` says it: the judge asks before it believes.

Written by hand because a validator of JSON Schema would cost more than the rest of a check; a test holds it to the
schema. It is never more lenient than that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

MEDDLED = (
    "Your code reached into the grader: it sent what the work of an HTTP client never leads to, so it was ended there. "
    "Leave the modules, the objects and the open files of `keepalive` alone, and talk to the server with httpx."
)
"""What is said of a run that had to be ended for it."""

Test = Callable[[Any], bool]


class Malformed(Exception):
    """A message that the runner does not send by itself. The text says what is wrong with it."""


def refuse_malformed(message: Any) -> None:
    """Raise Malformed for anything but a message that belongs to a run."""
    kind = message.get("type") if isinstance(message, dict) else None
    shape = _OF_A_RUN.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise Malformed("it is no message of a run")
    _refuse(message, shape | {"fault": _text} if kind == "done" and "fault" in message else shape)
    if kind == "done":
        _refuse_no_reason(message)


def refuse_no_hello(message: Any) -> None:
    """Raise Malformed for anything but a `hello`."""
    if not isinstance(message, dict) or message.get("type") != "hello":
        raise Malformed("it is no hello")
    _refuse(message, _HELLO)


def _refuse(message: Mapping[str, Any], shape: Mapping[str, Test]) -> None:
    if message.keys() != shape.keys():
        raise Malformed(f"`{message['type']}` has other fields than it should")
    for name, value in message.items():
        if not shape[name](value):
            raise Malformed(f"`{name}` of `{message['type']}` is not what it should be")


def _refuse_no_reason(done: Mapping[str, Any]) -> None:
    """A run that did not come to its end says why, or a check would have nothing to say."""
    if done["ended"] == "raised" and done["error"] is None:
        raise Malformed("`done` says that an exception was raised, and not which")
    if done["ended"] == "stopped" and not done["diagnoses"]:
        raise Malformed("`done` says that the run was stopped, and not why")


def _anything(value: Any) -> bool:
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _bytes(value: Any) -> bool:
    return isinstance(value, bytes)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _line(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 1)


def _time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf  # which nan is not, either


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _files(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _is(constant: str) -> Test:
    return lambda value: value == constant


def _one_of(*constants: str) -> Test:
    return lambda value: isinstance(value, str) and value in constants


def _object(fields: Mapping[str, Test], optional: Mapping[str, Test] = {}) -> Test:
    def test(value: Any) -> bool:
        if not isinstance(value, dict) or not fields.keys() <= value.keys() <= fields.keys() | optional.keys():
            return False
        return all((fields.get(name) or optional[name])(each) for name, each in value.items())

    return test


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


_DIAGNOSIS = _object({"kind": _text, "file": _text_or_none, "line": _line, "text": _text}, {"trace": _text})
_ERROR = _object({"type": _text, "mro": _texts, "diagnosis": _DIAGNOSIS})
_GAP = _object({"task": _text, "function": _text, "line": _count})

_HELLO: dict[str, Test] = {
    "type": _is("hello"),
    "version": _text,
    "python": _text,
    "library": _one_of("httpx", "httpx2"),
    "httpx": _text,
    "problem": _or_none(_DIAGNOSIS),
    "noticed": _list_of(_DIAGNOSIS),
    "printed": _text,
}

_FIELDS: dict[str, dict[str, Test]] = {
    "connect": {"conn": _count, "host": _text, "port": _count},
    "connect_abandoned": {"conn": _count},
    "tls": {"conn": _count, "sni": _text_or_none, "verify": _flag},
    "data": {"conn": _count, "bytes": _bytes},
    "close": {"conn": _count},
    "tick": {"id": _count},
    "mark": {"name": _text},
    "output": {"text": _text},
    "done": {
        "ended": _one_of("finished", "raised", "stopped", "drive_fault"),
        "observed": _anything,
        "error": _or_none(_ERROR),
        "diagnoses": _list_of(_DIAGNOSIS),
        "gaps": _list_of(_GAP),
        "files": _files,
    },
}

_OF_A_RUN = {kind: {"type": _is(kind), "t": _time, "nonce": _text, **fields} for kind, fields in _FIELDS.items()}
