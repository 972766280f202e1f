"""Reads the finished site once more: every link has its page and its anchor, nothing is fetched from elsewhere.

mkdocs checks the links of Markdown. This also sees raw HTML, what cells printed, and what the theme made of it.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

# Attributes that make a browser fetch something, by element. A plain link (a href) may lead elsewhere.
_FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_FETCHING_RELS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            (self.twice if values["id"] in self.ids else self.ids).add(values["id"])
        if tag == "a":
            self.ids.add(values.get("name", ""))
            if "href" in values:
                self.links.append(values["href"])
        elif tag == "link" and _FETCHING_RELS.intersection(values.get("rel", "").split()):
            self.fetched.append(values.get("href", ""))
        for name in _FETCHED.get(tag, ()):
            if name in values:
                self.fetched.append(values[name])


def problems(site: Path, base: str = "/") -> list[str]:
    """What is broken in a built site, one sentence each.

    base: the path the site is built for ("/" or "/course/"). 404.html, which is shown at any depth, links with it.
    """
    pages = {path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for name, page in pages.items():
        for url in page.fetched:
            if urlsplit(url).netloc:
                found.append(f"{name} fetches {url}: a page asks no other host for anything")
        found += [f"{name} has two elements with the id {twice!r}" for twice in sorted(page.twice)]
        for url in dict.fromkeys(page.links + page.fetched):
            if problem := _broken(site, pages, name, url, base):
                found.append(f"{name} links to {url}: {problem}")
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def _broken(site: Path, pages: dict[str, _Page], name: str, url: str, base: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or url == "":
        return None
    if parts.path.startswith("/"):
        if name != "404.html":
            return "an absolute link, which leads nowhere when the site does not stand at the root of its host"
        if not parts.path.startswith(base):
            return f"outside of the site, which is built for {base}"
        target = parts.path.removeprefix(base)
    else:
        target = join(dirname(name), parts.path) if parts.path else name
    folder = target == "" or target.endswith("/")
    target = normpath(unquote(target))
    if target.startswith("../"):
        return "outside of the site"
    if folder or target == ".":
        target = normpath(join(target, "index.html"))
    if not (site / target).is_file():
        return "no such file in the site"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return f"no element there has the id {unquote(parts.fragment)!r}"
    return None
