"""What a caller gave, as clean numbers and labels. A mistake is said with its place and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from keepalive.visible import visible

ROLES = ("new", "kept", "wait", "failed")
"""What has a colour of its own, in timelines, widgets and plots alike."""

_LARGEST, _SMALLEST = 1e12, 1e-9


def words(text: Any, what: str) -> str:
    """A label in one line."""
    said = " ".join(visible(str(text)).split()) if text is not None else ""
    if not said:
        raise ValueError(f"The figure has an empty {what}. Say in a few words what it is.")
    return said


def number(value: Any, where: str, *, least: float | None = None) -> float:
    """A finite number. `where` names its place in the sentence that refuses another one."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{where} is {value!r}. A figure draws numbers: give one, or leave the entry out.") from None
    if not math.isfinite(found):
        raise ValueError(f"{where} is {found}. Leave the entry out, or measure it again.")
    if least is not None and found < least:
        raise ValueError(
            f"{where} is {found:g}, and less than {least:g} makes no sense here. Check how it was computed."
        )
    if abs(found) > _LARGEST:
        raise ValueError(f"{where} is {found:g}, too many digits to write. Give it in another unit.")
    return found


def not_too_small(values: Iterable[float], where: str) -> None:
    """Small numbers beside large ones are welcome; where all are small, the unit is wrong."""
    largest = max(map(abs, values))
    if 0 < largest < _SMALLEST:
        raise ValueError(f"{where} are at most {largest:g}, too many digits to write. Give them in another unit.")


def table(given: Any, what: str) -> dict[str, Any]:
    """A mapping of labels that is not empty."""
    if not isinstance(given, Mapping):
        raise ValueError(f"The figure wants its {what} as a dict of label and values, not {type(given).__name__}.")
    if not given:
        raise ValueError(f"The figure has no {what}. Give at least one.")
    found: dict[str, Any] = {}
    for label, value in given.items():
        said = words(label, "label")
        if said in found:
            raise ValueError(f"Two {what} are called {said!r}. Give them different labels.")
        found[said] = value
    return found


def listed(given: Any, where: str) -> list[Any]:
    """Several of something; at least one."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise ValueError(f"{where} is {type(given).__name__}. Give a list.")
    found = list(given)
    if not found:
        raise ValueError(f"{where} is empty. Leave it out, or measure at least one.")
    return found


def pairs(given: Any, where: str) -> list[tuple[Any, Any]]:
    found = listed(given, where)
    for each in found:
        if isinstance(each, str) or not isinstance(each, Iterable) or len(tuple(each)) != 2:
            raise ValueError(f"{where} has {each!r} where a pair is wanted. Write (x, y).")
    return [tuple(each) for each in found]


def roles_of(names: Iterable[str], roles: Mapping[str, str] | None) -> dict[str, str]:
    """The role of each name that has one: its own name, or what `roles` says."""
    names = list(names)
    found = {name: name for name in names if name in ROLES}
    for name, role in (roles or {}).items():
        said = words(name, "label")
        if said not in names:
            raise ValueError(f"`roles` names {said!r}, and no series is called so. There are: {', '.join(names)}.")
        if role not in ROLES:
            raise ValueError(f"`roles` calls {said!r} {role!r}. A role is one of: {', '.join(ROLES)}.")
        found[said] = role
    return found
