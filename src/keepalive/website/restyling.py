"""Keeps a browser from styling a whole page again that it has styled already: a slow telephone needs a tenth of a
second for it, and hears no finger meanwhile. What the theme does at the start of each page would have it three times.
"""

from __future__ import annotations

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ADDRESSES = (
    '<script>for (const sheet of document.querySelectorAll("link[rel=stylesheet]")) sheet.href = sheet.href</script>'
)
"""For the end of a page's head. The theme makes every address of a page absolute, when all of it is there; a style
sheet whose address is set is read anew. Here it is absolute before there is anything to style.
"""

CLASSES_OF_TABLES = ("ka-table", "ka-v-table", "ka-e-report", "ka-p-table")
"""The classes of all tables that have one. Any other table looks as the theme has it."""

_PLAIN_TABLE = "table:not([class])"
"""So the theme says it, and our sheets. Whenever the page's root is given another class, a browser looks everywhere for
such tables: it remembers only that an attribute `class` decides.
"""

_BEHIND_TABLE = re.compile(rf"[^{{}},]*{re.escape(_PLAIN_TABLE)}\+\*\{{[^{{}}]*\}}")
"""The theme's space between a table and what stands behind it: that may be any element, and whenever one comes in or
goes, all that is beside it is looked at. The theme puts each table into a box, whose space it is then.
"""

TABS = "tabs"
"""The name of the sheet with the rules of the theme's content tabs. By `input:checked ~ …` they, too, hold for all that
follows something, so only pages that have tabs link it.
"""

_BLOCK = re.compile(r"(@[^{};]+)\{((?:[^{}]*\{[^{}]*\})*)\}")
_RULE = re.compile(r"([^{}]*)\{[^{}]*\}")


def lightened(css: str) -> str:
    """A style sheet that looks the same on our pages, by rules that hold for fewer elements and none of tabs."""
    css = _BEHIND_TABLE.sub("", _RULE.sub(lambda rule: "" if _is_of_tabs(rule) else rule[0], css))
    return css.replace(_PLAIN_TABLE, f"table:not({','.join('.' + name for name in CLASSES_OF_TABLES)})")


def tabs(css: str) -> str:
    """What `lightened` leaves out for being of tabs, in its order and its blocks."""
    found = []
    end = 0
    for block in _BLOCK.finditer(css):
        inside = _of_tabs(block[2])
        found += [_of_tabs(css[end : block.start()]), f"{block[1]}{{{inside}}}" if inside else ""]
        end = block.end()
    return "".join([*found, _of_tabs(css[end:])])


def _of_tabs(rules: str) -> str:
    return "".join(rule[0] for rule in _RULE.finditer(rules) if _is_of_tabs(rule))


def _is_of_tabs(rule: re.Match[str]) -> bool:
    """Whether nothing else is. The theme has lists of selectors in which tabs are one of many."""
    return all(".tabbed-" in selector for selector in rule[1].split(","))


def lighten(files: Files, config: MkDocsConfig) -> None:
    """Put such sheets in the place of those that mkdocs found, and the theme's rules for tabs beside them."""
    of_tabs = ""
    for file in files.css_files():
        css = file.content_string
        of_tabs += tabs(css)
        file.content_string = lightened(css)
    files.append(File.generated(config, f"assets/{TABS}.css", content=of_tabs))
