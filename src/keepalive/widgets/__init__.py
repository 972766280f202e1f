"""Widgets: small models with controls, the same in a page, in a notebook and on paper.

Each is a module with the controls as data, the model, and the outcome in words. `web/src/widgets` has its other half;
a test holds the two to each other. Knows nothing of the course.
"""

from __future__ import annotations

from . import backoff, connection_cost, lifecycle, pool
from .render import html, text
from .shape import Control, Twin, Widget

__all__ = ["WIDGETS", "Control", "Twin", "Widget", "html", "text"]

WIDGETS: dict[str, Widget] = {module.WIDGET.id: module.WIDGET for module in (connection_cost, lifecycle, pool, backoff)}
"""Every widget, in the order in which the course meets it."""
