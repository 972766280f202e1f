"""What becomes of a notebook: the built page of the sample course, read as text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from keepalive.course import Course
from keepalive.course.notebooks import learner_copy
from keepalive.website import reference
from keepalive.website.page import fold_markdown


@pytest.fixture(scope="module")
def page(built: Path) -> str:
    return (built / "site/chapters/01-sample.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def article(page: str) -> str:
    return page[page.index("<article") : page.index("</article>")]


@pytest.fixture(scope="module")
def index(built: Path) -> list[dict]:
    return json.loads((built / "site/search/pages.json").read_text(encoding="utf-8"))["docs"]


def test_markdown_is_the_sites_own(article):
    assert '<div class="admonition warning">' in article
    assert "An <strong>admonition</strong>." in article
    assert article.count('<div class="tabbed-block">') == 2


def test_links_lead_to_pages(article):
    assert '<a href="02-other.html#deeper">another</a>' in article
    assert '<a href="../start.html">start</a>' in article


def test_pages_of_docs_may_link_to_notebooks_as_in_the_repository(built):
    assert 'href="chapters/02-other.html"' in (built / "site/start.html").read_text(encoding="utf-8")
    assert 'href="chapters/01-sample.html#in-a-fold"' in (built / "site/index.html").read_text(encoding="utf-8")


def test_markdown_inside_details(article):
    assert re.search(r"<details>\s*<summary>The answer</summary>\s*<p>It is <strong>forty-two</strong>.</p>", article)


def test_details_in_code_stay_as_they_are():
    source = "<details>\n\n```html\n<details>\n```\n\n    <details open>\n"
    assert fold_markdown(source).count('markdown="1"') == 2  # an indented block may stand in a list: it is one, too
    assert "```html\n<details>\n```" in fold_markdown(source)


def test_what_cells_printed(article):
    assert '<pre class="ka-text">to stdout set up\n</pre>' in article
    assert '<pre class="ka-text ka-stderr">to stderr\n</pre>' in article
    assert '<pre class="ka-text">42</pre>' in article


def test_cells_that_a_learner_does_not_see(article):
    for secret in ("Only for the one who teaches", "secret = ", "NEVER SEEN"):
        assert secret not in article
    assert "only what it prints" in article
    assert "shown" not in article, "hide-input hides the code"


def test_traceback_is_folded_behind_its_last_line(article):
    assert re.search(r"<summary><code>ZeroDivisionError</code> division by zero", article)
    assert "<b>----&gt; 3 deep(1)</b>" in article


def test_nothing_of_the_building_machine_on_a_page(built, article):
    assert str(built) not in article
    assert "ipykernel_" not in article and str(Path.home()) not in article


def test_figures_are_inline_and_keep_their_text(article):
    assert article.count("<svg ") == 2
    assert article.count(">A dot</title>") == 2
    assert 'viewBox="0 0 9 9" aria-labelledby="t-2"><title id="t-2">' in article


def test_ids_are_unique(page):
    class Ids(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - one parser, once

        def handle_starttag(self, tag, attrs):
            self.found += [value for name, value in attrs if name == "id"]

    parser = Ids()
    parser.feed(page)
    assert len(parser.found) == len(set(parser.found))


def test_html_of_a_verdict_passes_through(article):
    assert '<div class="ka-verdict"><div><p id="t-3">Passed</p></div><p>6 points</p></div>' in article


def test_code_is_shown_as_it_was_written(article):
    code = re.sub("<[^>]+>", "", article[article.index("import") : article.index("ka-figure")])
    assert "viewBox" in code, "nbconvert's own pass over the page would have written viewbox"
    assert "&#39;``` &lt;b&gt;&amp;amp;&lt;/b&gt;&#39;" in article


def test_head_of_a_chapter(article):
    assert "Part 1. Ground" in article and "20 min to read and run" in article and "core path" in article
    assert "<li>Read a <code>Timeout</code> without fear</li>" in article
    assert '<a class="ka-download" download="01-sample.ipynb" href="../notebooks/01-sample.ipynb">' in article


def test_description_for_a_search_engine(page):
    assert (
        '<meta name="description" content="What a chapter can hold, so that the tests can look at all of it.">' in page
    )


def test_download_is_the_notebook_before_it_was_run(built):
    course = Course.load(built)
    given = (built / "site/notebooks/01-sample.ipynb").read_bytes()
    assert given == learner_copy(course, course.chapter("01"))


def test_page_is_light_and_fetches_nothing_from_elsewhere(page):
    assert len(page) < 60_000
    assert "<style" not in page[page.index("<article") :]
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', page.replace("data-unpublished", ""))


def test_navigation_is_what_exists(built):
    page = (built / "site/index.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"]+)" class="md-nav__link', page)
    wanted = [
        "index.html",
        "start.html",
        "course.html",
        "chapters/01-sample.html",
        "chapters/02-other.html",
        "glossary.html",
        *(name.removesuffix(".md") + ".html" for entry in reference.navigation() for name in entry.values()),
        "hosting.html",
        "about.html",
    ]
    assert [link for link in dict.fromkeys(links) if not link.startswith("#")] in (wanted, ["./", *wanted[1:]])


def test_course_map(built):
    page = (built / "site/course.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page[page.index("<article") :]))
    assert "2 chapters, 35 min in all" in text and "(1 chapter, 20 min)" in text
    assert "01 A sample" in text and "02 Another sample" in text and "See what a cell printed" in text


def test_no_comment_of_an_author_is_left(built):
    for path in (built / "site").rglob("*.html"):
        assert "<!-- claim:" not in path.read_text(encoding="utf-8")


def test_search_finds_prose_and_code_once_and_no_furniture(index):
    chapter = [entry for entry in index if entry["location"].startswith("chapters/01-sample.html")]
    text = " ".join(entry["text"] for entry in chapter)
    assert "First words." in text and text.count("to stdout set up") == 1 and text.count("6 * 7") == 1
    assert not re.search(r"In ?\[|Out ?\[|Copied|Passed|6 points", text)
    assert "Download notebook" not in text and "A dot" not in text
    assert len({entry["location"] for entry in index}) == len(index)
