"""Code on a page, marked only where it has a colour.

Pygments puts every name, operator and bracket into an element of its own. Those have the colour of text here, and there
are more of them than of all that has one: a slow telephone lays each of them out.
"""

from __future__ import annotations

import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

PLAIN = ("n", "nf", "fm", "nc", "nn", "ne", "kc", "o", "p", "w")
"""Pygments' short names of tokens that look like the text round them."""

_PLAIN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')


def only_coloured(html: str) -> str:
    """The page's HTML without elements round tokens that have no colour. Its text stays the same."""
    return _PLAIN.sub(r"\1", html)


def coloured(source: str) -> str:
    """Python as the site's other code is coloured."""
    return only_coloured(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))).rstrip("\n")
