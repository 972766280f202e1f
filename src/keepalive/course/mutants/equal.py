"""Mutants that are declared equal: as right as the reference, each with its reason in `answers.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model import Equal
from .make import Name


def matches(equal: Equal, name: Name) -> bool:
    """Whether the declaration speaks of this mutant.

    By operator and text of the line; where it says so, also by what the change makes (as `keepalive mutants` prints
    it), by the keyword whose value it changes, or by an interval that holds the number before and after.
    """
    if (equal.operator, equal.text.strip()) != (name.operator, name.text):
        return False
    if equal.becomes is not None and equal.becomes not in (name.new, name.change):
        return False
    if equal.argument is not None and not name.old.startswith(f"{equal.argument}="):
        return False
    return equal.between is None or all(_is_between(number, equal.between) for number in (name.old, name.new))


def stale(declared: Iterable[Equal], survivors: Sequence[Name]) -> list[Equal]:
    """The declarations that speak of no survivor."""
    return [equal for equal in declared if not any(matches(equal, name) for name in survivors)]


def _is_between(number: str, between: Sequence[float]) -> bool:
    try:
        return between[0] <= float(number.rpartition("=")[2].strip("()")) <= between[1]
    except ValueError:  # no number
        return False
