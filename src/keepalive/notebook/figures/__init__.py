"""Plots that a chapter's cell draws: bars, lines, histograms. Standard library only, nothing fetched.

    bars("A new connection waits longer", {"plain": {"new": 2, "kept": 1}}, unit="round trips")
    lines("Every flight adds a round trip", {"TLS 1.3": [(0, 0), (80, 240)]}, x="round-trip time, ms", y="time, ms")
    histogram("They come back together", {"doubling": [1.0, 1.0, 3.0]}, width=0.1, x="seconds after the failure")

The title is the finding. Each comes as a picture for a wide and for a narrow page, and as its numbers: a table under
the picture, and plain text in a terminal. A series that is named "new", "kept", "wait" or "failed" looks as it does in
the timelines; `roles={label: role}` says so of a series with another name.
"""

from .bars import bars
from .histogram import histogram
from .lines import lines

__all__ = ["bars", "histogram", "lines"]
