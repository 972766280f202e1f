"""The site's Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from keepalive.website import csp


def hashes(site: Path) -> set[str]:
    """The hashes in script-src."""
    directives = dict(directive.split(" ", 1) for directive in csp.policy(site).split("; "))
    return {source for source in directives["script-src"].split() if source.startswith("'sha256-")}


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def page(site: Path, html: str, name: str = "index.html") -> Path:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(html.encode())
    return site


def test_each_inline_script_of_each_page_by_its_hash(tmp_path):
    page(tmp_path, "<script>one()</script><p>x</p><script>two('&amp;', \"<b>\")</script>")
    page(tmp_path, "<script>one()</script><SCRIPT type=module>\n three() \n</SCRIPT>", "deep/er/page.html")
    assert hashes(tmp_path) == {hash_of("one()"), hash_of("two('&amp;', \"<b>\")"), hash_of("\n three() \n")}


@pytest.mark.parametrize(
    "html",
    [
        '<script src="a.js"></script>',
        '<script src="a.js">never run</script>',
        '<script type="application/json">{"a": 1}</script>',
        "<!-- <script>not there</script> -->",
        "<p>script</p>",
    ],
)
def test_what_is_no_inline_script_has_no_hash(tmp_path, html):
    assert hashes(page(tmp_path, html)) == set()


def test_line_ends_count_as_a_browser_counts_them(tmp_path):
    assert hashes(page(tmp_path, "<script>a\r\nb\rc</script>")) == {hash_of("a\nb\nc")}


def test_nothing_else_is_allowed(tmp_path):
    assert csp.policy(page(tmp_path, "")) == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_the_built_site_brings_its_own(built):
    site = built / "site"
    assert csp.read(site) == csp.policy(site)
    assert hashes(site)


def test_a_site_without_one(tmp_path):
    assert csp.read(tmp_path) == ""
