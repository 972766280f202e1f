"""Terms: where they are marked, what a tip holds, and what is said of a glossary that is not sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keepalive.course import CourseError
from keepalive.website.glossary import FILE, Glossary, Term, fill_uses
from website.sample import GLOSSARY


def term(name: str, *forms: str, but_not: tuple[str, ...] = ()) -> Term:
    about = (f"Assumed of `{name}`.", f"Means of {name}.")
    return Term(name, name.replace("-", " "), forms, *about, ("01",), but_not=but_not)


TERMS = Glossary(
    [
        term("pool", "pool", "pools", "connection pool"),
        term("connection", "connection", "connections", but_not=("connection string",)),
        term("time-wait", "TIME_WAIT"),
        term("expiry", "keepalive_expiry", "`keep`"),
    ]
)


def marked(html: str) -> list[tuple[str, str]]:
    """(term, text) of each link that was made, in order; the page is otherwise as it was."""
    found, uses = TERMS.mark(html, "../glossary.html")
    page = found.partition("\n<template")[0]
    link = r'<a class="ka-term" href="\.\./glossary\.html#([^"]+)">(.*?)</a>'
    assert re.sub(link, r"\2", page, flags=re.S) == html
    links = re.findall(link, page, re.S)
    assert [name for name, _ in links] == [use.term for use in uses]
    return links


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>A pool.</p>", [("pool", "pool")]),
        ("<p>Connections wait.</p>", [("connection", "Connections")]),
        ("<p>A connection\n pool of a connection.</p>", [("pool", "connection\n pool"), ("connection", "connection")]),
        ("<ul><li>one pool</li></ul>", [("pool", "pool")]),
        ("<table><tr><th>pool</th></tr><tr><td>a connection</td></tr></table>", [("connection", "connection")]),
        (
            "<p>a <strong>pool</strong> &amp; a <em>connection</em></p>",
            [("pool", "pool"), ("connection", "connection")],
        ),
        ("<div class='admonition'><p>pool</p></div>", [("pool", "pool")]),
        ("<p>TIME_WAIT</p>", [("time-wait", "TIME_WAIT")]),
        ("<p>line<br>break, pool, <img alt=x> connection</p>", [("pool", "pool"), ("connection", "connection")]),
        ("<p>a\n\N{SNOWMAN} &lt; pool</p>", [("pool", "pool")]),
        ("<details><summary>pool</summary><p>connection</p></details>", [("connection", "connection")]),
    ],
)
def test_prose_is_marked(html, wanted):
    assert marked(html) == wanted


@pytest.mark.parametrize(
    "html",
    [
        "<p>whirlpool, pool-like, carpool, pooled, time_wait</p>",
        "<h1>pool</h1><h2>connection</h2><h3>pool</h3>",
        "<pre><code>pool keepalive_expiry</code></pre>",
        "<p><code>pool = 1</code> <code>client.pool</code></p>",
        '<p><a href="x.html">the pool</a></p>',
        "<div>pool</div>",
        "<th>pool</th>",
        '<p class="admonition-title">pool</p>',
        "<keepalive-exercise><p>pool</p></keepalive-exercise>",
        '<div class="ka-out" role="group"><p>pool</p></div>',
        '<div class="ka-head"><ul><li>pool</li></ul></div>',
        "<p data-search-exclude>pool</p>",
        "<p><svg><text>pool</text><circle/></svg></p>",
        "<p>A connection\nstring.</p>",
        "<p>You keep it.</p>",
        "<script>p('<p>pool</p>')</script><style>p{}</style>",
        "<!-- <p>pool</p> -->",
        '<p title="a pool">x</p>',
    ],
)
def test_all_else_is_left_alone(html):
    assert marked(html) == []


def test_code_that_is_the_term_is_marked_whole():
    html, _ = TERMS.mark("<p>Its <code>keepalive_expiry</code> is.</p>", "g.html")
    assert '<p>Its <a class="ka-term" href="g.html#expiry"><code>keepalive_expiry</code></a> is.</p>' in html
    html, _ = TERMS.mark("<p>You keep <code>keep</code>.</p>", "g.html")
    assert '<p>You keep <a class="ka-term" href="g.html#expiry"><code>keep</code></a>.</p>' in html


def test_the_first_use_in_each_section_is_marked():
    html = '<p>pool pool</p><h2 id="one">x</h2><p>pools</p><h3 id="in">y</h3><p>pool</p><h2 id="two">z</h2><p>Pool</p>'
    assert marked(html) == [("pool", "pool"), ("pool", "pools"), ("pool", "Pool")]
    _, uses = TERMS.mark(html, "g.html")
    assert [use.section for use in uses] == ["", "one", "two"]


def test_a_page_brings_the_tips_of_its_own_terms_once():
    html, _ = TERMS.mark('<p>pool</p><h2 id="x">x</h2><p>pool</p>', "g.html")
    (template,) = re.findall(r'<template class="ka-tips" data-search-exclude>(.*?)</template>', html, re.S)
    assert re.findall(r'data-term="([^"]+)"', template) == ["pool"]
    assert "<em>People assume:</em> Assumed of <code>pool</code>.</p><p>Means of pool.</p>" in template


def test_a_page_without_terms_stays_as_it_is():
    assert TERMS.mark("<p>x</p>", "g.html") == ("<p>x</p>", [])


def test_the_page_says_where_each_term_is_used():
    page = TERMS.page()
    places = {"pool": [("04 A & B", "chapters/04.html#one"), ("Start", "start.html")]}
    filled = fill_uses(page, places)
    assert 'In <a href="chapters/04.html#one">04 A &amp; B</a>, <a href="start.html">Start</a></p>' in filled
    assert filled.count("ka-used") == 1, "a term that no page uses says nothing of it"
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## connection { #connection }",
        "## expiry { #expiry }",
        "## pool { #pool }",
        "## time wait { #time-wait }",
    ]


# --- a glossary that is not sound -----------------------------------------------------------------------------


def refused(root: Path, text: str) -> str:
    (root / "docs").mkdir(exist_ok=True)
    (root / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        Glossary.load(root)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "number"', 'id = "A number"', r"glossary.toml:5: id of \[\[term\]\].*\n.*stable name"),
        ("chapters = [", "chapter = [", "(?s)nothing|unknown key chapter"),
        ('["01"]', '["1"]', "two digits in quotes"),
        ('"done", "n + 1"', '"done", "done"', "name each one in forms once"),
        ("this one", "this <one>", "characters without <"),
        ("https:", "http:", "begins with https"),
        ("schema = 1", "schema = 2", "version of this shape"),
        ("[[term]]", "[term]", r"at least one \[\[term\]\] table"),
        ('term = "number"', "term = number", "TOML"),
    ],
)
def test_an_author_is_told_what_is_wrong(tmp_path, old, new, said):
    assert old in GLOSSARY
    text = GLOSSARY.replace(old, new)
    if new == "chapter = [":
        text = text.replace("chapter = [", 'chapters = ["01"]\nchapter = [')
    assert re.search(said, refused(tmp_path, text))


def test_one_id_for_two_terms_is_refused(tmp_path):
    again = GLOSSARY.partition("schema = 1")[2].replace('"paragraph", "done", "n + 1"', '"other"')
    assert "an id that no other term has" in refused(tmp_path, GLOSSARY + again)


def test_one_word_for_two_terms_is_refused(tmp_path):
    again = GLOSSARY.partition("schema = 1")[2].replace('id = "number"', 'id = "other"')
    again = again.replace('"paragraph", "done", "n + 1"', '"Done"')
    said = refused(tmp_path, GLOSSARY + again)
    assert 'item 1 of forms of [[term]] "other"' in said and "leave it to number" in said


def test_no_glossary_is_said(tmp_path):
    with pytest.raises(CourseError, match="no such file"):
        Glossary.load(tmp_path)


# --- in a built site ------------------------------------------------------------------------------------------


def test_the_built_page_and_the_link_to_it(built):
    chapter = (built / "site/chapters/01-sample.html").read_text(encoding="utf-8")
    assert 'The same <a class="ka-term" href="../glossary.html#number">paragraph</a>.</p>' in chapter
    glossary = (built / "site/glossary.html").read_text(encoding="utf-8")
    assert re.search(r'<h2 id="number">number<', glossary)
    first, other = '"chapters/01-sample.html">01 A sample</a>', '"chapters/02-other.html#deeper">02 Another sample</a>'
    assert f"In <a href={first}, <a href={other}</p>" in glossary
    assert "Checked on this page: 1 statement" in glossary
    assert "ka-term" not in glossary and not (built / "site/glossary.toml").exists()


def test_the_glossary_is_searched_and_tips_are_not(built):
    index = (built / "site/search/pages.json").read_text(encoding="utf-8")
    assert index.count("the answer to all that was asked") == 1
