"""The last look at the finished HTML."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalive.website.links import problems


@pytest.fixture
def site(tmp_path: Path):
    """site(page) -> the problems of a site of that page, and of two that are sound."""

    def make(body: str, name: str = "sub/page.html", base: str = "/") -> list[str]:
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "index.html").write_text('<h1 id="top">x</h1>', encoding="utf-8")
        (tmp_path / "sub/other file.html").write_text('<a name="old">x</a>', encoding="utf-8")
        (tmp_path / "logo.svg").write_text("<svg/>", encoding="utf-8")
        (tmp_path / name).write_text(body, encoding="utf-8")
        return problems(tmp_path, base)

    return make


@pytest.mark.parametrize(
    "body",
    [
        '<a href="../index.html#top">x</a>',
        '<a href="..">x</a>',
        '<a href="other%20file.html#old">x</a>',
        '<p id="here"></p><a href="#here">x</a> <a href="page.html">x</a> <a href="?q=1#here">x</a>',
        '<img src="../logo.svg" alt=""><a href="https://elsewhere.test/">may lead elsewhere</a>',
        '<a href="mailto:a@b.test">x</a> <a href="javascript:void(0)">x</a> <a href="data:text/plain,x">x</a>',
        '<link rel="canonical" href="https://elsewhere.test/">',
    ],
)
def test_sound(site, body):
    assert site(body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="gone.html">x</a>', "sub/page.html links to gone.html: no such file"),
        ('<a href="../index.html#nowhere">x</a>', "no element there has the id 'nowhere'"),
        ('<a href="#nowhere">x</a>', "no element there has the id 'nowhere'"),
        ('<a href="../../outside.html">x</a>', "outside of the site"),
        ('<img src="gone.png" alt="">', "links to gone.png"),
        ('<script src="https://cdn.test/x.js"></script>', "fetches https://cdn.test/x.js"),
        ('<link rel="preload stylesheet" href="//cdn.test/x.css">', "fetches //cdn.test/x.css"),
        ('<svg><image href="http://cdn.test/x.png"/></svg>', "asks no other host for anything"),
        ('<a href="/index.html">x</a>', "an absolute link"),
        ('<p id="one"></p><p id="one"></p>', "two elements with the id 'one'"),
    ],
)
def test_broken(site, body, said):
    found = site(body)
    assert len(found) == 1 and said in found[0], found


def test_the_page_for_what_is_not_there_links_from_the_root(site):
    assert site('<a href="/course/index.html">x</a>', name="404.html", base="/course/") == []
    assert "outside of the site" in site('<a href="/index.html">x</a>', name="404.html", base="/course/")[0]
    assert "no such file" in site('<a href="/gone.html">x</a>', name="404.html")[0]
