"""Faults as JSON. `faults.schema.json` says the shape; what it does not know is an error."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from .kinds import KINDS, Fault, one_of_each

FORMAT = 1
"""Version of the JSON form."""


class FaultError(ValueError):
    """JSON that describes no fault. Its text is a sentence for who wrote it."""


def to_dict(fault: Fault) -> dict[str, Any]:
    """A fault as JSON: its `kind`, and its fields by name."""
    return {"kind": fault.kind, **{name: _lists(value) for name, value in dataclasses.asdict(fault).items()}}


def from_dict(given: Any) -> Fault:
    """The fault that a JSON object describes. Raises FaultError."""
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise FaultError(f"a fault is an object with a kind; got {given!r}")
    kind = KINDS.get(given["kind"])
    if kind is None:
        raise FaultError(f"there is no fault {given['kind']!r}; there are {', '.join(KINDS)}")
    fields = {name: value for name, value in given.items() if name != "kind"}
    known = {field.name: field for field in dataclasses.fields(kind)}
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise FaultError(f"{kind.kind} has no {unknown[0]!r}; it has {', '.join(known) or 'no fields'}")
    missing = [name for name, field in known.items() if name not in fields and field.default is dataclasses.MISSING]
    if missing:
        raise FaultError(f"{kind.kind} lacks {missing[0]!r}")
    try:
        return kind(**{name: _tuples(value) for name, value in fields.items()})
    except ValueError as wrong:
        raise FaultError(f"{kind.kind}: {wrong}") from None


def from_text(text: str) -> Fault:
    """The fault that words describe, as in a terminal: its kind, then its fields as `name=value`. Raises FaultError.

    `cut after_bytes=3`, `hang`, `close_during_request on_requests=[2]`. A value is JSON without spaces; anything else
    is taken as text.
    """
    kind, _, fields = text.strip().partition(" ")
    given: dict[str, Any] = {"kind": kind}
    for field in fields.split():
        name, is_, value = field.partition("=")
        if not is_:
            raise FaultError(f"after its kind a fault has fields as name=value; got {field!r}")
        try:
            given[name] = json.loads(value)
        except ValueError:
            given[name] = value
    return from_dict(given)


def dump(faults: Iterable[Fault]) -> dict[str, Any]:
    """Several faults as a document with the version of its form."""
    return {"format": FORMAT, "faults": [to_dict(fault) for fault in one_of_each(faults)]}


def load(document: Any) -> tuple[Fault, ...]:
    """The faults of a document. Raises FaultError."""
    if not isinstance(document, dict) or document.keys() != {"format", "faults"}:
        raise FaultError('a document of faults is an object with "format" and "faults", and nothing else')
    if document["format"] != FORMAT or isinstance(document["format"], bool):
        raise FaultError(f"this reads format {FORMAT}; got {document['format']!r}")
    if not isinstance(document["faults"], list):
        raise FaultError('"faults" is a list')
    try:
        return one_of_each(from_dict(each) for each in document["faults"])
    except FaultError:
        raise
    except ValueError as wrong:
        raise FaultError(str(wrong)) from None


def _lists(value: Any) -> Any:
    return [_lists(each) for each in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
