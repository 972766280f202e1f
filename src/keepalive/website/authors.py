"""The tables of the author's pages, made of the code's own docstrings.

A page in `docs/authors/` says `<!-- table: NAME -->`, a table, and `<!-- end table -->`. `python -m keepalive.website
authors` writes the tables anew; a test holds the pages to them. So a name that is new, gone or described differently
shows on the page, and nothing is said twice.
"""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import importlib
import importlib.resources
import inspect
import itertools
import json
import pkgutil
import re
import textwrap
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from keepalive import faults, grading, notebook, practice_api
from keepalive.course.tags import TAGS
from keepalive.grading import expect, failures, net, record, replies, scenarios, words
from keepalive.grading.drive import Run

PAGES = "docs/authors"

NOT_FOR_AUTHORS = {
    "keepalive.grading": {"ExerciseCode", "grade", "load_grader"},
    "net": {
        *("address", "asgi_app", "at", "checks", "closes_during", "early_router", "idle_timeout", "next_connect_plan"),
        *("next_handshake", "next_status", "origins", "port", "response_faults", "scenario", "secured", "tls"),
        "wall_jumps",
    },
    "route": {"respx"},
    "run of a drive": set(),
    "case": {"failure", "prepare"},
}
"""What is public to other modules only. Whoever adds a name decides: it has a docstring, or it stands here."""

_IN_FRAME = ("scenario", "Limits", "check", "fail", "diagnosed")
_SAID_ELSEWHERE = {"reply"}
"""Functions whose keywords have a table of their own."""
_MARKED = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end table -->)", re.DOTALL)


class Undocumented(Exception):
    """A public name without a docstring."""


def written(page: str) -> str:
    """A page with its tables as the code has them. Raises KeyError for a table that does not exist."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", page)


def write(root: Path) -> list[Path]:
    """Write the tables of every page anew; the pages that changed."""
    changed = []
    for path in sorted((root / PAGES).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (now := written(text)) != text:
            path.write_text(now, encoding="utf-8")
            changed.append(path)
    return changed


# -- what the code says


def _said(thing: Any, name: str) -> str:
    """A docstring on one line, without its indented examples."""
    doc = thing if isinstance(thing, str) else inspect.getdoc(thing)
    if not doc:
        raise Undocumented(f"{name} has no docstring")
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return " ".join(" ".join(each.split()) for each in paragraphs if not each.startswith("    "))


def _first(thing: Any, name: str) -> str:
    """The first paragraph of a docstring, on one line."""
    return _said((inspect.getdoc(thing) or "").partition("\n\n")[0], name)


def _call(name: str, function: Any) -> str:
    """A call as an author writes it: names and defaults, no types."""
    parts, keyword_only = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{parameter.name}")
            keyword_only = True
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}")
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
            keyword_only = True
        parts.append(parameter.name if parameter.default is parameter.empty else _default(parameter))
    begin = "await " if inspect.iscoroutinefunction(function) else ""
    return f"{begin}{name}({', '.join(parts)})"


def _default(parameter: inspect.Parameter) -> str:
    value = parameter.default
    return (
        f"{parameter.name}={value!r}" if isinstance(value, str | int | float | tuple | None) else f"{parameter.name}="
    )


def _attributes(cls: type) -> dict[str, str]:
    """Attributes of a class with the text that stands below each, in its body or its `__init__`."""
    found: dict[str, str] = {}
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    makers = [each for each in body.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    for statements in (body.body, *(maker.body for maker in makers)):
        for before, after in itertools.pairwise(statements):
            if text := _text_alone(after):
                found |= dict.fromkeys(_targets(before), text)
    return found


def _text_alone(statement: ast.stmt) -> str | None:
    """The text of a statement that is nothing but a text."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _targets(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Attribute):
            yield target.attr


def public(cls: type) -> set[str]:
    """Methods, properties, fields, and what `__init__` puts on `self`."""
    names = {field.name for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
    for each in _own(cls):
        names |= set(vars(each))
        if "__init__" in vars(each) and not dataclasses.is_dataclass(each):
            names |= set(re.findall(r"self\.(\w+)\b[^=\n(]*=[^=]", inspect.getsource(each.__init__)))
    return {name for name in names if not name.startswith("_")}


def _own(cls: type) -> list[type]:
    return [each for each in cls.__mro__ if each.__module__.startswith("keepalive.")]


def _members(cls: type, owner: str, hidden: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """What an author may write of a class, as in `run.to(path)`, with what it does."""
    attributes: dict[str, str] = {}
    order: dict[str, None] = {}
    for each in reversed(_own(cls)):
        attributes |= _attributes(each)
        order |= dict.fromkeys([*_attributes(each), *vars(each)])
    names = public(cls) - set(hidden)
    for name in sorted(names, key=list(order).index if names <= set(order) else None):
        thing = inspect.getattr_static(cls, name, None)
        if inspect.isfunction(thing):
            yield _call(f"{owner}.{name}", thing), _said(thing, name)
        else:
            yield f"{owner}.{name}", _said(attributes.get(name) or _doc_of(thing), f"{owner}.{name}")


def _doc_of(thing: Any) -> str:
    return (thing.__doc__ or "") if isinstance(thing, property) else ""


# -- tables


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |" for row in rows)])


def _named(rows: Iterable[tuple[str, str]]) -> str:
    return _table(("Name", "What it is"), ((f"`{name}`", what) for name, what in rows))


def _of_functions(module: ModuleType, names: Iterable[str], prefix: str = "") -> str:
    short = _SAID_ELSEWHERE
    return _named(
        (_call(prefix + name, each := getattr(module, name)), (_first if name in short else _said)(each, name))
        for name in names
    )


def _functions_of(module: ModuleType) -> list[str]:
    own = [name for name, each in vars(module).items() if getattr(each, "__module__", "") == module.__name__]
    return [name for name in own if inspect.isfunction(getattr(module, name)) and not name.startswith("_")]


def _members_table(cls: type, owner: str, hidden: Iterable[str] = ()) -> Callable[[], str]:
    return lambda: _named(_members(cls, owner, hidden))


def _responses() -> str:
    names = [name for name in grading.__all__ if name not in {*_IN_FRAME, *NOT_FOR_AUTHORS["keepalive.grading"]}]
    functions = [name for name in names if inspect.isfunction(getattr(replies, name, None))]
    return _of_functions(replies, sorted(functions, key=lambda name: list(vars(replies)).index(name)))


def _reply_keywords() -> str:
    doc = inspect.getdoc(replies.reply) or ""
    said = dict(re.findall(r"`(\w+)`:\s(.*?)(?=`\w+`:\s|\Z)", doc, re.DOTALL))
    return _named((name, " ".join(what.split())) for name, what in said.items())


def _faults() -> str:
    rows = []
    for kind in faults.KINDS.values():
        hints = typing.get_type_hints(kind)
        arguments = [
            f"`{field.name}: {_type(hints[field.name])}`"
            + ("" if field.default is dataclasses.MISSING else f" (`{field.default!r}`)")
            for field in dataclasses.fields(kind)
        ]
        doc = " ".join((inspect.getdoc(kind) or "").split())
        where = "the bytes" if kind.on_the_bytes else "the app"
        rows.append((f"`{kind.__name__}`", f"`{kind.kind}`", ", ".join(arguments) or "none", doc, where))
    return _table(("Fault", "Name in text and JSON", "Arguments (and defaults)", "What happens", "Played on"), rows)


def _type(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(repr(each) for each in typing.get_args(hint))
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint).replace("typing.", "")


def _failures() -> str:
    rows = (
        (f"`{each.name}`", f"a GET {each.words}", f"`{each.raises}`", "yes" if each.sent else "no")
        for each in failures.FAILURES.values()
    )
    return _table(("Name", "What happens", "httpx raises", "May the server have had the request?"), rows)


def _diagnoses() -> str:
    return _table(("Kind", "What happened"), ((f"`{kind}`", what) for kind, what in scenarios.DIAGNOSES.items()))


def _notebook() -> str:
    return _of_functions(notebook, sorted(notebook.__all__))


def _modules() -> str:
    rows = []
    for each in pkgutil.iter_modules(practice_api.__path__):
        module = importlib.import_module(f"keepalive.practice_api.{each.name}")
        rows.append((f"{each.name}.py", _first(module, each.name)))
    return _named(rows)


def _endpoints() -> str:
    from keepalive.practice_api.app import ROUTES

    return _table(
        ("Path", "Methods", "What it is"),
        ((f"`{route.path}`", _methods(route.endpoint), _first(route.endpoint, route.path)) for route in ROUTES),
    )


_WRONG = (None, "", "-", "x" * 5000, "two\nlines", -1, 10**12)
"""Values that a field may refuse, so that it says what it takes."""


def _rows_of_lists() -> str:
    """For each list of the practice API, what it can be narrowed by and what a row holds."""
    from keepalive.practice_api.app import ROUTES, Collection
    from keepalive.practice_api.store import Store

    rows = []
    for route in ROUTES:
        if issubclass(route.endpoint, Collection):
            checks = getattr(Store(), route.endpoint.table).checks
            rules = (f"`{name}` {_rule(check)}" for name, check in checks.items())
            filters = ", ".join(f"`{name}`" for name in route.endpoint.filters)
            rows.append((f"`{route.path}`", filters, "; ".join(rules)))
    return _table(("List", "Filters", "What a row holds, beside `id`"), rows)


def _rule(check: Callable[[Any], str | None]) -> str:
    """What a field says of values that it does not take: the last is what it says of a value of the right type."""
    said = dict.fromkeys(filter(None, map(check, _WRONG)))
    return ", ".join(said).replace(", must be", ",")


_PAGE = "/shipments?status=in_transit&per_page=1&page=2"
_REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /users?page=0", {}),
    ("GET /users/999", {}),
    ("POST /users", {"content": "name=Zoe", "headers": {"content-type": "application/x-www-form-urlencoded"}}),
    ("POST /users", {"content": "{", "headers": {"content-type": "application/json"}}),
    ("POST /users", {"json": {"name": "Zoe"}}),
    ("PATCH /users/1", {"content": '{"id": 7}', "headers": {"content-type": "application/merge-patch+json"}}),
    ("DELETE /users/1", {}),
    ("DELETE /charges/1", {}),
)
"""What the practice API refuses, one of each kind."""


def _a_page() -> str:
    """One page of a list, as the practice API responds with it."""
    (response,) = asked((f"GET {_PAGE}", {}))
    body = json.dumps(response.json(), indent=2, ensure_ascii=False)
    return f"```text\nGET {_PAGE}\n\n200 OK\nLink: {response.headers['link']}\n\n{body}\n```"


def _refusals() -> str:
    rows = []
    for (what, sent), response in zip(_REFUSED, asked(*_REFUSED), strict=True):
        body = sent.get("content") or json.dumps(sent.get("json", ""))
        kind = sent.get("headers", {}).get("content-type", "application/json")
        shown = f"`{what}`" + (f" with `{body}`, `{kind}`" if sent else "")
        problem = response.json()
        errors = "; ".join(f"`{each['field']}` {each['message']}" for each in problem.get("errors", ()))
        said = problem["detail"] + (f" ({errors})" if errors else "")
        rows.append((shown, f"{response.status_code} {problem['title']}", said))
    return _table(("Asked", "Status", "`detail` (and `errors`)"), rows)


def asked(*requests: tuple[str, dict[str, Any]]) -> list[httpx.Response]:
    """What a new Depot responds to each of these."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(practice_api.create_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://depot.test", trust_env=False) as client:
            return [await client.request(*what.split(" "), **sent) for what, sent in requests]

    return asyncio.run(ask())


def _chapter_keys() -> str:
    """The keys of a `[[chapter]]`, out of the schema."""
    schema = json.loads((importlib.resources.files("keepalive.course") / "course.schema.json").read_text("utf-8"))
    items = schema["properties"]["chapter"]["items"]
    return _table(
        ("Key", "What it is"), ((f"`{key}`", what["description"]) for key, what in items["properties"].items())
    )


def _methods(endpoint: Any) -> str:
    known = ("get", "post", "put", "patch", "delete")
    return ", ".join(name.upper() for name in known if hasattr(endpoint, name))


TABLES: dict[str, Callable[[], str]] = {
    "drive": _members_table(Run, "run", NOT_FOR_AUTHORS["run of a drive"]),
    "frame": lambda: _of_functions(grading, [name for name in _IN_FRAME if name != "Limits"]),
    "limits": _members_table(grading.Limits, "Limits"),
    "diagnoses": _diagnoses,
    "net": _members_table(net.Net, "net", NOT_FOR_AUTHORS["net"]),
    "route": _members_table(net.Route, "route", NOT_FOR_AUTHORS["route"]),
    "responses": _responses,
    "reply": _reply_keywords,
    "network": _members_table(replies.Network, "Network", {"connect_takes", "tls_takes"}),
    "run": _members_table(record.RunRecord, "run"),
    "requests": _members_table(record.Requests, "requests"),
    "request": _members_table(record.RequestSeen, "request"),
    "connection": _members_table(record.ConnectionSeen, "connection"),
    "expect": lambda: _of_functions(expect, _functions_of(expect), "expect."),
    "words": lambda: _of_functions(words, _functions_of(words)),
    "failures": _failures,
    "case": _members_table(failures.Failing, "case", NOT_FOR_AUTHORS["case"]),
    "faults": _faults,
    "notebook": _notebook,
    "tags": lambda: _named(TAGS.items()),
    "modules": _modules,
    "endpoints": _endpoints,
    "lists": _rows_of_lists,
    "page": _a_page,
    "refusals": _refusals,
    "chapter": _chapter_keys,
}
"""Every table by the name that a page gives it."""
