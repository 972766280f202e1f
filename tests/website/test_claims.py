"""The marks behind statements, and the list that they lead to."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from keepalive.website import generated
from keepalive.website.claims import Claim, joined, mark, of, read, versions
from keepalive.website.errors import BuildError
from website.sample import REPO

KNOWN = {name: Claim(name, f"test_{name.replace('-', '_')}", f"`{name}` is so.") for name in ("a-b", "c", "d")}
KNOWN["differs"] = Claim("differs", "test_differs", "Over `150`.", {"httpx": "`200`.", "httpx2": "30 < 150."})
TRIED = {"httpx": "0.28.1", "httpx2": "2.16.2", "Python": "3.11.2"}


def marked(html: str) -> str:
    return mark(html, KNOWN, "page.md", TRIED)


def text_of(html: str) -> str:
    """The page before its list."""
    return html.partition("<details")[0].strip()


def list_of(html: str) -> str:
    return html[html.index("<details") :]


def one(number: int, said: str, to: int) -> str:
    return (
        f'<sup class="ka-mark" id="mark-{number}" data-search-exclude>'
        f'<a href="#check-{to}" tabindex="-1" aria-label="checked: {said}">{said}</a></sup>'
    )


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>It is. <!-- claim: c --></p>", f"<p>It is.{one(1, '1', 1)}</p>"),
        ("<p>It is. <!-- claim: c -->\nMore.</p>", f"<p>It is.{one(1, '1', 1)}\nMore.</p>"),
        ("<p>this <!-- claim: c --> and</p>", f"<p>this{one(1, '1', 1)} and</p>"),
        ("<p>Both. <!-- claim: c --> <!-- claim: d --></p>", f"<p>Both.{one(1, '1, 2', 1)}</p>"),
        ("<p>Twice. <!-- claim: c -->\n<!-- claim: c --></p>", f"<p>Twice.{one(1, '1', 1)}</p>"),
        (
            "<ul><li>One <!-- claim: d --></li><li><code>x</code> <!-- claim: a-b --></li></ul>"
            "<p>x <!-- claim: d --></p>",
            f"<ul><li>One{one(1, '1', 1)}</li><li><code>x</code>{one(2, '2', 2)}</li></ul><p>x{one(3, '1', 1)}</p>",
        ),
        ("<table><tr><td>x <!-- claim: c --></td></tr></table>", f"<table><tr><td>x{one(1, '1', 1)}</td></tr></table>"),
    ],
)
def test_a_mark_stands_where_the_comment_stood(html, wanted):
    assert text_of(marked(html)) == wanted


def test_a_page_without_claims_stays_as_it_is():
    html = "<p>Fine.</p>\n<pre><code>x &lt;!-- claim: c --&gt;</code></pre>"
    assert marked(html) == html


def test_the_list_gives_each_statement_once_with_its_test_and_its_places():
    html = list_of(marked("<p>x <!-- claim: c --> <!-- claim: a-b --> y <!-- claim: c --></p>"))
    assert "Checked on this page: 2 statements</summary>" in html
    assert "tried with httpx 0.28.1, httpx2 2.16.2 and Python 3.11.2" in html
    assert re.findall(r'<tr id="check-(\d)"><td>\1</td><td>(.*?) <code>(\w+)</code>', html) == [
        ("1", "<code>c</code> is so.", "c"),
        ("2", "<code>a-b</code> is so.", "a_b"),
    ]
    assert re.findall(r'href="#mark-(\d)" aria-label="([^"]+)"', html) == [
        ("1", "Back to the text, statement 1, place 1 of 2"),
        ("2", "Back to the text, statement 1, place 2 of 2"),
        ("1", "Back to the text, statement 2"),
    ]


def test_each_library_has_a_column_with_what_came_out():
    html = list_of(marked("<p>x <!-- claim: c --> y <!-- claim: differs --></p>"))
    heads = re.findall(r'<th scope="col">(.*?)</th>', html)
    assert heads == ["No.", "Statement and its test", "httpx 0.28.1", "httpx2 2.16.2"]
    rows = [re.findall(r"<td>(.*?)</td>", row)[2:] for row in re.findall(r"<tr id=.*", html)]
    assert rows == [["holds", "holds"], ["holds: <code>200</code>.", "does not hold: 30 &lt; 150."]]


def test_a_mark_says_what_is_so_with_httpx_only():
    html = text_of(marked("<p>Both. <!-- claim: c --> <!-- claim: differs --></p>"))
    assert html == f"<p>Both.{one(1, '1, 2 httpx only', 1)}</p>"


def a_test(decorator: str) -> str:
    return f'{decorator}\ndef test_it_holds():\n    """It holds."""\n'


def test_a_difference_is_read_from_the_source(tmp_path):
    decorator = '@mark\n@differs(\n    httpx="One " "two.",\n    httpx2="Three.",\n    shown_by=shown,\n)'
    (tmp_path / "test_about_x.py").write_text(a_test(decorator))
    assert read(tmp_path)["it-holds"].differs == {"httpx": "One two.", "httpx2": "Three."}


@pytest.mark.parametrize("given", ['httpx="One."', 'httpx="One.", httpx2=words', 'httpx="One.", httpx2=2'])
def test_a_difference_that_cannot_be_read_is_refused(tmp_path, given):
    (tmp_path / "test_about_x.py").write_text(a_test(f"@differs({given})"))
    with pytest.raises(ValueError, match=r"test_about_x\.py: test_it_holds: give `differs` the words for httpx= and"):
        read(tmp_path)


def test_one_statement_is_one():
    assert "Checked on this page: 1 statement</summary>" in marked("<p>x <!-- claim: c --></p>")


def test_a_claim_that_no_test_holds_is_refused_with_the_nearest():
    known = {**KNOWN, "client-is-lazy": Claim("client-is-lazy", "test_client_is_lazy", "So.")}
    with pytest.raises(BuildError, match=r"page\.md: no test in tests/claims holds the claim 'client-lazy'.*is-lazy'"):
        mark("<p>x <!-- claim: client-lazy --></p>", known, "page.md", TRIED)


@pytest.mark.parametrize(
    "html", ["<!-- claim: c -->", "<p>x</p>\n<!-- claim: c -->\n<p>y</p>", "<p><!-- claim: c --> x</p>"]
)
def test_a_mark_that_stands_alone_is_refused(html):
    with pytest.raises(BuildError, match=r"page\.md: the mark of the claim 'c' stands alone"):
        marked(html)


def test_a_mark_on_a_line_of_its_own_is_put_behind_its_sentence():
    assert joined("So.\n<!-- claim: c -->\nMore.") == "So. <!-- claim: c -->\nMore."
    assert joined("So.\n\n<!-- claim: c -->") == "So.\n\n<!-- claim: c -->"


def test_tests_that_cannot_be_read_stop_the_build(tmp_path):
    folder = tmp_path / "tests/claims"
    folder.mkdir(parents=True)
    (folder / "test_about_x.py").write_text("def test_it_holds():\n    pass\n")
    with pytest.raises(BuildError, match=r"tests/claims: test_about_x\.py: test_it_holds has no docstring"):
        of(tmp_path)


def test_versions_are_those_of_the_lock():
    found = versions(REPO)
    assert list(found) == ["httpx", "httpcore", "httpx2", "httpcore2", "h11", "Python"]
    installed = {name: metadata.version(name) for name in found if name != "Python"}
    assert {name: found[name] for name in installed} == installed


def differences_of(folder: Path, decorator: str) -> str:
    (folder / "tests/claims").mkdir(parents=True)
    (folder / "tests/claims/test_about_x.py").write_text(a_test(decorator))
    (folder / "requirements.txt").write_text("httpx==0.28.1 \\\nhttpx2==2.16.2 \\\n")
    return generated.differences(SimpleNamespace(root=folder))


def test_what_differs_is_listed_with_both_values(tmp_path):
    listed = differences_of(tmp_path, '@differs(httpx="`a | b`", httpx2="30 < 150")').splitlines()
    assert listed[0].startswith("With httpx2 1 statement of the course came out differently")
    assert listed[2:] == [
        "| Statement | httpx 0.28.1 | httpx2 2.16.2 |",
        "|-|-|-|",
        "| It holds. | <code>a &#124; b</code> | 30 &lt; 150 |",
    ]


def test_where_nothing_differs_the_list_says_so(tmp_path):
    assert differences_of(tmp_path, "@mark").startswith("No statement")


# --- in a built site ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(built: Path) -> str:
    return (built / "site/chapters/01-sample.html").read_text(encoding="utf-8")


def test_the_sample_has_its_marks(page):
    assert re.search(r"First words\.<sup[^>]*><a [^>]*>1, 2</a></sup>\s+The same ", page)
    assert "<code>first</code> &lt;statement&gt; holds. <code>first</code>" in page


def test_the_list_is_in_the_table_of_contents(page):
    assert re.search(r'<a href="#checked-on-this-page" class="md-nav__link">', page)


def test_marks_and_list_are_not_searched(built):
    index = (built / "site/search/pages.json").read_text(encoding="utf-8")
    assert "First words." in index
    assert "The second holds" not in index and "Checked on this page" not in index and "1, 2" not in index
