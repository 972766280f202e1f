"""`widget`, as a learner calls it in a cell: the element of the page, with the script that brings it to life."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from keepalive import widgets
from keepalive.course.load import find_root
from keepalive.report import render, words

from .shown import Shown

SCRIPT = Path("build", "widgets", "widgets.js")
"""Below the course's folder. The site's build puts it there."""

_STYLE = Path("docs", "assets", "widgets.css")

_NOT_BUILT = (
    "The controls are missing: the course's own files for the browser have not been built here yet. "
    "`python3 course.py` builds them; then run this cell again. What stands above holds for the start values."
)


def widget(name: str | None = None) -> Shown:
    """Show a widget: `widget("connection-cost")`. Its controls need a notebook; at a prompt it is a table."""
    found = widgets.WIDGETS.get(name) if isinstance(name, str) else None
    if found is None:
        said = _unknown(name)
        return Shown(render.notice(said), words.notice(said))
    root = find_root()
    parts = [_style(root), widgets.html(found, frontend="notebook")]
    try:
        # In HTML, a script ends at the first such word, also within a string.
        script = (root / SCRIPT).read_text(encoding="utf-8").replace("</script", "<\\/script")
        parts.append(f"<script>{script}</script>")
    except OSError:
        parts.append(render.notice(_NOT_BUILT))
    return Shown("".join(parts), widgets.text(found))


@cache
def _style(root: Path) -> str:
    return f"<style>{(root / _STYLE).read_text(encoding='utf-8')}</style>"


def _unknown(name: object) -> str:
    there = ", ".join(f"`{each}`" for each in widgets.WIDGETS)
    if name is None:
        return f"`widget()` was given no name. There are: {there}."
    near = get_close_matches(str(name), widgets.WIDGETS, n=1)
    meant = f' Did you mean `widget("{near[0]}")`?' if near else ""
    shown = "".join(c for c in str(name) if c not in "`\\")
    return f"There is no widget `{shown}`.{meant} There are: {there}."
