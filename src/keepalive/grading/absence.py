"""Checks that look for what did *not* happen: they pass for code that did nothing at all."""

from __future__ import annotations

from keepalive.grading.record import RunRecord
from keepalive.grading.scenarios import Check


def passes_without_anything(check: Check) -> bool:
    """Whether the check, by itself, passes on a run in which nothing was sent and the drive returned nothing.

    Such a check says nothing of code that does nothing, unless it `needs` one that looks for what did happen.
    """
    nothing = RunRecord(
        requests=[],
        connections=[],
        connect_attempts=[],
        marks={},
        end=0.0,
        ended="finished",
        returned=None,
        error=None,
        diagnoses=[],
        open_at_end=[],
        files={},
    )
    try:
        check.function(nothing)
    except Exception:  # it failed, or looked for something that was not there
        return False
    return True
