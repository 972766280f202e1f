"""The site's Content-Security-Policy: what a page of it may fetch and run, and nothing else. Lies in `csp.txt`.

It holds for the learner's code as well: Python in a page can call the browser's `fetch`, and gets no further than this
site with it.
"""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

NAME = "csp.txt"

_RUN = {"", "module", "text/javascript", "application/javascript"}
"""The types of a script that is run; any other is data."""


def policy(site: Path) -> str:
    """The policy for a built site, as the header's value, in one line."""
    found = sorted({_hash(script) for page in site.rglob("*.html") for script in _inline_scripts(page)})
    directives = {
        "default-src": ["'none'"],
        # The theme's few inline scripts, each by its hash. Compiling WebAssembly is what Python needs.
        "script-src": ["'self'", "'wasm-unsafe-eval'", *found],
        # Pictures that cells drew carry their styles in attributes, the editor and the theme set some: a hash does not
        # cover an attribute, and no script comes in this way.
        "style-src": ["'self'", "'unsafe-inline'"],
        # The style sheets of the theme hold its icons as data.
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def write(site: Path) -> None:
    """Write the policy into the site."""
    (site / NAME).write_text(policy(site) + "\n", encoding="ascii")


def read(site: Path) -> str:
    """The policy that a built site brought, or "" if it has none."""
    try:
        return (site / NAME).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _inline_scripts(page: Path) -> list[str]:
    parser = _Scripts()
    # As the browser reads it: line ends are one character there.
    parser.feed(page.read_bytes().decode().replace("\r\n", "\n").replace("\r", "\n"))
    parser.close()
    return parser.found


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag, attrs):
        if tag == "script":
            values = {name: value or "" for name, value in attrs}
            self._inside = "src" not in values and values.get("type", "").lower() in _RUN
            if self._inside:
                self.found.append("")

    def handle_endtag(self, tag):
        if tag == "script":
            self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.found[-1] += data
