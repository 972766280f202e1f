"""The reference pages hold everything that the code has, as it has it."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from keepalive import cli, faults, practice_api
from keepalive.practice_api import Behaviour
from keepalive.website.errors import BuildError
from keepalive.website.reference import commands, pieces, schemas
from keepalive.website.reference import practice_api as api_page

SCHEMAS = {"verdict": "keepalive.grading", "exercise": "keepalive.course"}


class Page(HTMLParser):
    """A built page: its headings, ids, links, and each table as (caption, heads, rows)."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.tables: dict[str, tuple[list[str], list[list[str]]]] = {}
        self._into: list[list[str]] = []
        self._caption: list[str] = []
        self.feed(source.partition("<article")[2].partition("</article>")[0])

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id", ""))
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "table":
            assert values.get("class", "").startswith("ka-table"), "a table without the parts that the others have"
            self._heads, self._rows = [], []
        if tag == "tr":
            self._row = []
        if tag in ("h1", "h2", "h3", "caption", "th", "td"):
            self._into.append([])
            if tag == "th":
                assert values["scope"] in ("col", "row")

    def handle_data(self, data):
        if self._into:
            self._into[-1].append(data)

    def handle_endtag(self, tag):
        if tag in ("h1", "h2", "h3", "caption", "th", "td"):
            text = " ".join("".join(self._into.pop()).replace("¶", "").split())
            if tag == "caption":
                self._title = text
            elif tag in ("th", "td"):
                self._row.append(text)
            else:
                self.headings.append(text)
        if tag == "thead":
            self._heads = self._row
        elif tag == "tr" and self._row is not self._heads:
            self._rows.append(self._row)
        elif tag == "table":
            assert self._title not in self.tables, "two tables with the same caption"
            self.tables[self._title] = (self._heads, [row for row in self._rows if row != self._heads])

    def column(self, caption: str, place: int = 0) -> list[str]:
        return [row[place] for row in self.tables[caption][1]]


@pytest.fixture(scope="module")
def reference(built: Path):
    """reference("command-line") -> the built page."""
    return lambda name: Page((built / "site/reference" / f"{name}.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "name", ["practice-api", "command-line", "verdict-schema", "exercise-schema", "questions-schema"]
)
def test_pages_are_in_the_navigation(built, name):
    page = (built / "site/index.html").read_text(encoding="utf-8")
    assert f'href="reference/{name}.html"' in page
    assert "Reference" in page


# --- practice API ---------------------------------------------------------------------------------------------------


def raised_statuses() -> set[str]:
    """Every status that app.py refuses with."""
    tree = ast.parse(inspect.getsource(practice_api.app))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem"
    ]
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def test_every_route_with_its_methods(reference):
    page, known = reference("practice-api"), api_page.routes()
    assert page.column("Addresses of the practice API") == [route.path for route in known]
    assert known and all(about for about in page.column("Addresses of the practice API", 2))
    for route, methods in zip(known, page.column("Addresses of the practice API", 1), strict=True):
        assert route.path in page.headings
        inherited = {
            name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(route.endpoint, name)
        }
        assert inherited | {"OPTIONS"} <= set(methods.split(", "))


def test_every_address_says_what_is_its_own(reference):
    said = reference("practice-api").column("Addresses of the practice API", 2)
    assert len(set(said)) == len(said), "two routes with the same docstring: one of them inherits it"


def test_every_status_that_the_app_gives(reference):
    page = reference("practice-api")
    shown = {
        row[0].split()[0]
        for caption in page.tables
        if caption.startswith("Answers ")
        for row in page.tables[caption][1]
    }
    assert raised_statuses() >= {"404", "422"}
    assert shown >= raised_statuses() | {"200", "201", "204"}


def test_answers_of_a_list(reference):
    rows = reference("practice-api").tables["Answers of /users"][1]
    created = next(row for row in rows if row[0] == "201 Created")
    assert created[1] == "POST" and created[3].startswith("Location: /users/")
    assert next(row for row in rows if row[0].startswith("409"))[3].startswith("The address")


def test_parameters_are_those_that_the_app_looks_up(reference):
    page = reference("practice-api")
    assert page.column("Query of /users") == [*practice_api.app.Users.filters, "page", "per_page"]
    assert page.column("Query of /shipments") == [*practice_api.app.Shipments.filters, "page", "per_page"]
    defaults = dict(zip(page.column("Query of /users"), page.column("Query of /users", 2), strict=True))
    assert defaults["per_page"] == str(practice_api.app.PER_PAGE)


def test_fields_are_those_of_the_tables(reference):
    page, store = reference("practice-api"), practice_api.store.Store()
    kept_at = {"/users": store.users, "/shipments/{number}": store.shipments, "/charges": store.charges}
    for path, kept in kept_at.items():
        caption = f"Fields of a body sent to {path}"
        assert page.column(caption) == list(kept.checks)
        assert all(rule.startswith("must be ") for rule in page.column(caption, 1))


def test_everything_that_can_go_wrong_on_purpose(reference):
    page = reference("practice-api")
    assert page.column("Fields of Behaviour") == [field.name for field in dataclasses.fields(Behaviour)]
    assert all(page.column("Fields of Behaviour", 3))


def test_everything_that_a_depot_is_made_with(reference):
    page = reference("practice-api")
    told = page.column("What Depot takes besides")
    taken = set(inspect.signature(practice_api.Depot).parameters) - {"behaviour"}
    assert taken == set(told)
    assert all(page.column("What Depot takes besides", 2))


def test_every_fault_with_its_fields_and_who_shows_it(reference):
    page = reference("practice-api")
    shown = page.column("Kinds of keepalive.faults")
    kinds = [each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, faults.Fault)]
    assert {said.partition("(")[0] for said in shown} == {kind.__name__ for kind in kinds} - {"Fault"}
    for kind, said in zip(api_page.faults(), shown, strict=True):
        assert all(field.name in said for field in dataclasses.fields(kind))
    for kind, by in zip(api_page.faults(), page.column("Kinds of keepalive.faults", 2), strict=True):
        assert by == ("the proxy" if kind.on_the_bytes else "the server")


@pytest.mark.parametrize("fault", [faults.Hang(), faults.Refuse(), faults.Cut(0), faults.IdleClose(1)])
def test_the_app_alone_plays_what_the_page_says_it_plays(fault):
    if fault.on_the_bytes:
        with pytest.raises(ValueError, match="on a connection"):
            practice_api.create_app(Behaviour(faults=(fault,)))
    else:
        assert practice_api.create_app(Behaviour(faults=(fault,)))


# --- command line ---------------------------------------------------------------------------------------------------


def test_every_command_with_every_argument(reference):
    page, listed = reference("command-line"), list(commands.commands(cli._parser()))
    assert [words for words, _, _ in listed][:2] == ["list", "start"]
    assert page.column("Commands of keepalive") == [words for words, _, _ in listed]
    assert all(page.column("Commands of keepalive", 1))
    for words, parser, said in listed:
        assert f"keepalive {words}" in page.headings and said
        if taken := commands.arguments(parser):
            caption = f"What keepalive {words} takes"
            assert page.column(caption) == [commands.spelled(each) for each in taken]
            assert all(page.column(caption, 2)), "an argument without a meaning"
    assert set(cli.COMMANDS) <= {words.split()[0] for words, _, _ in listed}


def test_every_exit_code(reference):
    numbers = set(reference("command-line").column("How keepalive ends"))
    named = {value for name, value in vars(cli).items() if name.isupper() and type(value) is int}
    assert {str(cli.PASSED), str(cli.NOT_YET), str(cli.WRONG_USE)} <= numbers
    assert all(str(value) in numbers for value in named if value < 10)


def test_exit_codes_that_are_not_said(monkeypatch):
    monkeypatch.setattr(cli, "__doc__", "A program.")
    with pytest.raises(BuildError, match="Exit codes"):
        commands.exit_codes()


def test_usage_names_the_program_wherever_it_was_built(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/somewhere/else/pytest"])
    page = commands.page()
    assert "keepalive check [-h]" in page and "else" not in re.findall(r"```text\n(.*?)\n```", page)[0]


def test_commands_of_a_command_and_what_is_hidden():
    parser = argparse.ArgumentParser("keepalive")
    parser.add_argument("--secret", help=argparse.SUPPRESS)
    inner = parser.add_subparsers().add_parser("new", help="Make something.").add_subparsers()
    inner.add_parser("exercise", help="An exercise.").add_argument(
        "NUMBER", nargs="*", help="up to %(default)s", default=3
    )
    listed = list(commands.commands(parser))
    assert [(words, said) for words, _, said in listed] == [
        ("new", "Make something."),
        ("new exercise", "An exercise."),
    ]
    assert [commands.spelled(each) for each in commands.arguments(listed[1][1])] == ["NUMBER"]
    assert commands.arguments(parser) == []


# --- schemas --------------------------------------------------------------------------------------------------------


def every_property(shape, into=None):
    """(the keys of one object, as a set) for each object in a schema, however deep."""
    found = [] if into is None else into
    if isinstance(shape, dict):
        if isinstance(shape.get("properties"), dict):
            found.append(list(shape["properties"]))
        for value in shape.values():
            every_property(value, found)
    elif isinstance(shape, list):
        for value in shape:
            every_property(value, found)
    return found


def texts(shape, word):
    """Every value of that word in a schema: its descriptions, or its allowed words."""
    if isinstance(shape, dict):
        if isinstance(shape.get(word), (str, list)):
            yield shape[word]
        for key, value in shape.items():
            yield from texts(value, word) if key != "examples" else ()
    elif isinstance(shape, list):
        for value in shape:
            yield from texts(value, word)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_of_a_schema(reference, name):
    page = reference(f"{name}-schema")
    schema = json.loads(files(SCHEMAS[name]).joinpath(f"{name}.schema.json").read_text("utf-8"))
    tables = [[row[0] for row in rows] for _, rows in page.tables.values()]
    assert sorted(tables) == sorted(every_property(schema))
    assert set(schema["$defs"]) <= set(page.headings)
    required = [row[0] for row in page.tables[f"Keys of {schema['title']}"][1] if row[1] == "yes"]
    assert sorted(required) == sorted(schema["required"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_descriptions_and_words_of_a_schema(reference, built, name):
    source = (built / f"site/reference/{name}-schema.html").read_text(encoding="utf-8")
    schema = json.loads(files(SCHEMAS[name]).joinpath(f"{name}.schema.json").read_text("utf-8"))
    shown = " ".join(
        re.sub(r"<[^>]+>", "", source).replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").split()
    )
    for said in texts(schema, "description"):
        if "[[" not in said:  # Markdown's own marks: see the page
            plain = said.replace("`", "")
            assert plain in shown or plain[:1].upper() + plain[1:] in shown, said
    for words in texts(schema, "enum"):
        assert all(f'"{word}"' in shown for word in words)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_itself_can_be_had(reference, built, name):
    file = f"{name}.schema.json"
    assert file in reference(f"{name}-schema").links
    assert (built / "site/reference" / file).read_bytes() == files(SCHEMAS[name]).joinpath(file).read_bytes()


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 12}, "whole number, 1 to 12"),
        ({"type": "string", "minLength": 1}, "text, at least 1 character"),
        ({"type": ["string", "null"]}, "text or nothing (<code>null</code>)"),
        ({"type": "array", "items": {"$ref": "#/$defs/x"}}, 'list of <a href="#def-x"><code>x</code></a>'),
        ({"oneOf": [{"const": 1}, {"type": "boolean"}]}, "always <code>1</code> or true or false"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object, with a value for each key: number"),
        ({"type": "string", "format": "date"}, "text, <code>format</code>: <code>&quot;date&quot;</code>"),
        ({"enum": ["a"], "description": "not here", "examples": ["a"]}, "one of <code>&quot;a&quot;</code>"),
    ],
)
def test_what_a_value_has_to_be(shape, said):
    assert schemas.form(shape, "") == said


# --- tables ---------------------------------------------------------------------------------------------------------


def test_a_table_has_what_a_screen_reader_and_a_keyboard_need():
    made = pieces.table("here", "Words", ["One", "Two"], [("<code>a</code>", "b")])
    assert 'role="group" aria-labelledby="here" tabindex="0"' in made and '<caption id="here">Words</caption>' in made
    assert '<th scope="col">Two</th>' in made and '<th scope="row"><code>a</code></th><td>b</td>' in made
    assert pieces.table("here", "Words", ["One"], []) == ""


def test_words_out_of_the_code_cannot_become_markup():
    assert pieces.inline("a <b> and `<c>`\n next") == "a &lt;b&gt; and <code>&lt;c&gt;</code> next"
