"""The list of files that a copy for offline is checked against."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from keepalive.website import offline


def make_site(folder: Path) -> Path:
    for name, content in {
        "index.html": b"<h1>One</h1>",
        "404.html": b"gone",
        "assets/keepalive.css": b"p {}",
        "assets/keepalive.css.map": b"{}",
        "assets/a name with blanks.svg": b"<svg/>",
        "assets/javascripts/bundle.min.js": b"1",
        "assets/javascripts/lunr/min/lunr.de.min.js": b"2",
        "assets/javascripts/workers/search.min.js": b"3",
        "runtime/abc/pyodide.asm.wasm": b"\0asm",
        "notebooks/01-sample.ipynb": b"{}",
        "search/search_index.json": b"{}",
        "csp.txt": b"default-src 'none'",
        "service-worker.js": b"4",
        "sitemap.xml": b"<urlset/>",
        "sitemap.xml.gz": b"5",
        ".keepalive-build.json": b"{}",
        ".well-known/secret.txt": b"6",
        "offline.json": b"an old one",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_what_the_course_needs_and_nothing_else(tmp_path):
    assert list(offline.manifest(make_site(tmp_path))["files"]) == [
        "404.html",
        "assets/a name with blanks.svg",
        "assets/javascripts/bundle.min.js",
        "assets/javascripts/workers/search.min.js",
        "assets/keepalive.css",
        "csp.txt",
        "index.html",
        "notebooks/01-sample.ipynb",
        "runtime/abc/pyodide.asm.wasm",
        "search/search_index.json",
    ]


def test_each_file_with_what_it_is_checked_by(tmp_path):
    made = offline.manifest(make_site(tmp_path))
    assert made["files"]["index.html"] == {
        "bytes": 12,
        "sha256": hashlib.sha256(b"<h1>One</h1>").hexdigest(),
        "type": "text/html; charset=utf-8",
    }
    assert made["bytes"] == sum(file["bytes"] for file in made["files"].values())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_types(name, kind):
    assert offline.content_type(name) == kind


def test_the_version_is_that_of_the_files(tmp_path):
    first, second = make_site(tmp_path / "first"), make_site(tmp_path / "second")
    (second / "sitemap.xml").write_text("another day", encoding="utf-8")
    assert offline.manifest(first) == offline.manifest(second)
    (second / "index.html").write_bytes(b"<h1>Two</h1>")
    changed, before = offline.manifest(second), offline.manifest(first)
    assert changed["version"] != before["version"] and changed["bytes"] == before["bytes"]


def test_a_renamed_file_makes_another_version(tmp_path):
    site = make_site(tmp_path)
    before = offline.manifest(site)["version"]
    (site / "index.html").rename(site / "home.html")
    assert offline.manifest(site)["version"] != before


def test_the_built_site_brings_a_list_of_itself(built):
    site = built / "site"
    assert json.loads((site / offline.NAME).read_text(encoding="utf-8")) == offline.manifest(site)
    named = set(offline.manifest(site)["files"])
    assert {"index.html", "404.html", "chapters/01-sample.html", "search/search_index.json", "csp.txt"} <= named
    assert [name for name in named if name.startswith("runtime/") and name.endswith(".wasm")]
