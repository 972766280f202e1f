"""The style sheets of elements that few pages have: a page links those whose elements stand on it, and no other.

Elements may come by script on a page that has none in its HTML: the exam and the review put questions there. So each
tag names all that it may show.
"""

from __future__ import annotations

import re

from mkdocs.utils import get_relative_url

from . import restyling

SHEETS = {
    "keepalive-exam": ("questions", "exam", "certificate"),
    "keepalive-map": ("progress",),
    "keepalive-mastery": ("progress",),
    "keepalive-question": ("questions",),
    "keepalive-read": ("progress",),
    "keepalive-review": ("questions", "progress"),
    "keepalive-verify": ("certificate",),
    "keepalive-widget": ("widgets",),
}
"""By tag, the names of the sheets in `docs/assets`. What every page needs stands in mkdocs.yml."""

_TAG = re.compile(r"<(keepalive-[a-z]+)[\s>]")


def needed(html: str) -> list[str]:
    """The sheets that the elements and the tabs of a page need, in an order that is always the same."""
    tags = set(_TAG.findall(html))
    of_elements = [name for tag, names in SHEETS.items() if tag in tags for name in names]
    of_tabs = [restyling.TABS] if 'class="tabbed-set' in html else []
    return list(dict.fromkeys([*of_tabs, *of_elements]))


def linked(html: str, url: str) -> str:
    """The whole page with links to them, and what keeps those of all sheets. `url`: the page's, below the site."""
    links = "".join(
        f'<link rel="stylesheet" href="{get_relative_url(f"assets/{name}.css", url)}">\n' for name in needed(html)
    )
    return html.replace("</head>", f"{links}{restyling.ADDRESSES}\n</head>", 1)
