"""A page links the style sheets of what stands on it, and its search fetches no index before somebody searches."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import material
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from keepalive.website import code_colours, restyling, search, styles

ROOT = Path(__file__).parents[2]


def sheets(page: Path) -> list[str]:
    found = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.read_text(encoding="utf-8"))
    assert all((page.parent / name).resolve().is_file() for name in found)
    return [Path(name).stem for name in found]


def test_every_sheet_is_of_every_page_or_of_an_element():
    of_all = re.findall(r"^  - assets/(.+)\.css$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    of_elements = {name for names in styles.SHEETS.values() for name in names}
    assert {*of_all, *of_elements} == {path.stem for path in (ROOT / "docs" / "assets").glob("*.css")}
    assert not of_elements & set(of_all)


def test_every_element_that_has_a_script_of_its_own_has_its_sheets():
    bundler = (ROOT / "web" / "tools" / "bundle.ts").read_text(encoding="utf-8")
    assert set(re.findall(r'^  "(keepalive-[a-z]+)":', bundler, re.M)) == styles.SHEETS.keys()


@pytest.mark.parametrize("tag", sorted(styles.SHEETS))
def test_an_element_brings_the_sheets_of_all_classes_that_its_script_gives(tag):
    """By the letter of the class: `ka-q-` stands in questions.css."""
    folder = re.search(rf'"{tag}": "(\w+)"', (ROOT / "web/tools/bundle.ts").read_text(encoding="utf-8"))[1]
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "web/src" / folder).glob("*.ts"))
    given = set(re.findall(r"\bka-[a-z]-[a-z-]+", source))
    for name in {name for names in styles.SHEETS.values() for name in names} - set(styles.SHEETS[tag]):
        lacking = classes_of(name) & given - classes_of("keepalive")
        lacking -= {each for other in styles.SHEETS[tag] for each in classes_of(other)}
        assert not lacking, f"{tag} gives classes of {name}.css"


def classes_of(name: str) -> set[str]:
    return set(re.findall(r"\.(ka-[a-z]-[a-z-]+)", (ROOT / "docs/assets" / f"{name}.css").read_text(encoding="utf-8")))


def test_sheets_are_linked_from_any_depth_once_each():
    page = (
        "<head>\n</head><body><keepalive-exam></keepalive-exam><keepalive-question id='a'></keepalive-question></body>"
    )
    for url, up in {"exam.html": "", "chapters/01-sample.html": "../"}.items():
        made = styles.linked(page, url)
        links = [
            f'<link rel="stylesheet" href="{up}assets/{name}.css">' for name in ("questions", "exam", "certificate")
        ]
        assert made.partition("</head>")[0].split("\n")[1:-1] == [*links, restyling.ADDRESSES]
    assert styles.linked("<head></head> <code>&lt;keepalive-exam&gt;</code>", "a.html").count("<link") == 0


def test_a_sheet_without_rules_that_hold_for_everything():
    theirs = """\
@media screen{.md-typeset .tabbed-set>input:checked~.tabbed-labels>*{color:red}.md-nav a{color:blue}}
.a,.tabbed-set>.b{margin:0}
.md-typeset table:not([class])+*{margin-top:1.5em}.md-typeset table:not([class]) th{margin:0}"""
    ours = """\
@media screen{.md-nav a{color:blue}}
.a,.tabbed-set>.b{margin:0}.md-typeset table:not(.ka-table,.ka-v-table,.ka-e-report,.ka-p-table) th{margin:0}"""
    assert restyling.lightened(theirs) == ours
    of_tabs = "@media screen{.md-typeset .tabbed-set>input:checked~.tabbed-labels>*{color:red}}"
    assert restyling.tabs(theirs) == of_tabs
    assert restyling.lightened(of_tabs) == "@media screen{}"
    assert (restyling.lightened(ours), restyling.tabs(ours)) == (ours, "")


def test_the_theme_has_such_rules_and_the_site_has_none(built):
    theme = Path(material.__file__).parent / "templates/assets/stylesheets"
    (theirs,) = theme.glob("main.*.css")
    ours = built / "site/assets/stylesheets" / theirs.name
    for rule in (".tabbed-labels", "table:not([class])+*", "table:not([class]) td"):
        assert rule in theirs.read_text(encoding="utf-8")
        assert rule not in ours.read_text(encoding="utf-8")
    assert ".tabbed-labels" in (built / "site/assets/tabs.css").read_text(encoding="utf-8")
    assert "tabs" in sheets(built / "site/chapters/01-sample.html")


def test_every_table_is_plain_or_of_a_class_that_is_listed(built):
    made = [
        *(built / "site").rglob("*.html"),
        *(ROOT / "src/keepalive").rglob("*.py"),
        *(ROOT / "web/src").rglob("*.ts"),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in made)
    given = re.findall(r'<table class="([^" ]+)', text) + re.findall(r'"table",\s*\{ class: "([^" ]+)', text)
    assert set(given) == set(restyling.CLASSES_OF_TABLES)


def test_a_page_without_elements_has_the_sheets_of_every_page_alone(built):
    assert [name for name in sheets(built / "site/start.html") if "." not in name] == ["keepalive", "terms"]
    chapter = sheets(built / "site/chapters/01-sample.html")
    assert "progress" in chapter and "exam" not in chapter


def test_the_index_of_the_search_is_parted(built):
    first = json.loads((built / "site" / search.INDEX).read_text(encoding="utf-8"))
    rest = json.loads((built / "site" / search.PAGES).read_text(encoding="utf-8"))
    assert first["docs"] == [] and first["config"]["lang"] == ["en"]
    assert {"start.html", "chapters/01-sample.html"} <= {each["location"] for each in rest["docs"]}
    for page in (built / "site").rglob("*.html"):
        config = re.search(r'<script id="__config"[^>]*>(.+?)</script>', page.read_text(encoding="utf-8"))[1]
        worker = json.loads(config)["search"]
        assert re.fullmatch(r"(\.\./|/)?assets/search-\w+\.js", worker), page
    assert (built / "site" / search.theme_worker()).is_file()


def test_code_has_elements_only_where_it_has_colours(built):
    source = 'async def user(number: int) -> None:\n    assert f"{number!r}" not in {None, 1.5}  # none < 2'
    marked = highlight(source, PythonLexer(), HtmlFormatter())
    bare = code_colours.only_coloured(marked)
    assert html.unescape(re.sub("<[^>]+>", "", bare)).strip() == source
    assert {"k", "ow", "mf", "c1"} <= classes_in(bare) < classes_in(marked)
    assert not classes_in(bare) & {*code_colours.PLAIN}
    page = (built / "site/chapters/01-sample.html").read_text(encoding="utf-8")
    assert "highlight" in page and not classes_in(page) & {*code_colours.PLAIN}


def classes_in(page: str) -> set[str]:
    return set(re.findall(r'<span class="(\w+)">', page))
