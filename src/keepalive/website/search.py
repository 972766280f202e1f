"""The search's index, fetched when somebody searches and not with every page: it grows with the course.

The theme asks for `search/search_index.json` on every page. That file keeps the settings; the pages go into `PAGES`,
which `web/src/search-worker.ts` fetches with the first letter that is typed.
"""

from __future__ import annotations

import json
from pathlib import Path

from .errors import BuildError

INDEX = "search/search_index.json"
PAGES = "search/pages.json"


def theme_worker() -> str:
    """The worker of the theme's search, below the site."""
    import material  # the theme's package; nothing of it runs

    templates = Path(material.__file__).parent / "templates"
    found = sorted(templates.glob("assets/javascripts/workers/search.*.min.js"))
    if len(found) != 1:
        raise BuildError("The theme has no worker of its search where one was: look at website/search.py.")
    return found[0].relative_to(templates).as_posix()


def split(site: Path) -> None:
    """Part the index of a built site. A site without a search has none."""
    index = site / INDEX
    if not index.is_file():
        return
    whole = json.loads(index.read_text(encoding="utf-8"))
    (site / PAGES).write_text(json.dumps({"docs": whole["docs"]}, ensure_ascii=False), encoding="utf-8")
    index.write_text(json.dumps({**whole, "docs": []}), encoding="utf-8")
