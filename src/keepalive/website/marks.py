"""Marks in rendered pages, as mkdocs hands them on: the glossary's terms and the claims."""

from __future__ import annotations

from pathlib import Path

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from mkdocs.utils import get_relative_url

from . import claims, glossary, reference

WITHOUT_TERMS = (glossary.PAGE, "index.md", "course.md", f"{reference.FOLDER}/")
"""Pages whose words are names: lists, and what invites to the course."""


class Marks:
    """The marks of one build, and what it found out on the way."""

    def __init__(self, root: Path) -> None:
        self._glossary = glossary.Glossary.load(root)
        self._claims = claims.of(root)
        self._tried_with = claims.versions(root)
        self._uses: dict[str, list[tuple[Page, str]]] = {}

    def put(self, html: str, page: Page) -> str:
        """The page's HTML with its marks. Where it has claims, their list is in the table of contents, too."""
        name = page.file.src_uri
        if not name.startswith(WITHOUT_TERMS):
            html, uses = self._glossary.mark(html, get_relative_url("glossary.html", page.url))
            for use in uses:
                known = self._uses.setdefault(use.term, [])
                if page not in (other for other, _ in known):
                    known.append((page, use.section))
        marked = claims.mark(html, self._claims, name, self._tried_with)
        if marked != html and page.toc.items:
            page.toc.items[0].children.append(AnchorLink(claims.LIST_TITLE, claims.LIST_ID, 2))
        return marked

    def say_where(self, files: Files) -> None:
        """Tell the glossary's page where its terms are used: known when every page has been rendered."""
        file = files.get_file_from_path(glossary.PAGE)
        if file is None or file.page is None:
            return
        page = file.page
        uses = {
            term: [
                (str(other.title), get_relative_url(other.url, page.url) + (f"#{section}" if section else ""))
                for other, section in places
            ]
            for term, places in self._uses.items()
        }
        page.content = glossary.fill_uses(page.content or "", uses)
