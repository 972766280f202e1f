"""The practice API's page. The app is asked, in-process: every status on the page is one that it has answered with.

What can be read off it is read off it: the addresses from its routes, the methods from its Allow header, the names in
a query from what it looks up, the rules from its refusals.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import http
import inspect
import json
import re
import typing
from collections.abc import AsyncIterator, Iterable, Iterator
from types import ModuleType
from typing import Any
from unittest import mock

import httpx
import starlette.requests
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.routing import Route

import keepalive.faults
from keepalive import practice_api
from keepalive.faults import KINDS, CloseDuringRequest, Fault
from keepalive.practice_api import Behaviour, Depot, create_app, proxy

from .pieces import as_json, code, fence, inline, table
from .pieces import page as whole

NOBODY = 999_999_999
"""A number that no row has."""
_WRONG = (None, "", "-", "x" * 5000, "two\nlines", -1, 10**12)
"""Values that a field may refuse, so that it says what it takes."""
_WRITING = ("POST", "PUT", "PATCH")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What was asked and what came back. `body`: of the request, in words; `given`: of the answer, if it is JSON."""

    method: str
    target: str
    body: str
    status: int
    headers: httpx.Headers
    given: Any

    @property
    def says(self) -> str:
        """The answer's own sentence, with those on parts of a query; nothing where it is no problem."""
        if self.status < 400 or not isinstance(self.given, dict):
            return ""
        said = [self.given.get("detail", "")]
        if "?" in self.target:
            said += [f"`{each['field']}` {each['message']}." for each in self.given.get("errors", [])]
        return " ".join(said)

    @property
    def reason(self) -> str:
        """The words after the status."""
        title = self.given.get("title") if self.status >= 400 and isinstance(self.given, dict) else None
        return title or http.HTTPStatus(self.status).phrase


@dataclasses.dataclass
class Address:
    """One route, and all that was found out about it."""

    path: str
    about: str
    methods: list[str]
    query: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    """By name: what is taken (HTML), what it is if it is not given (HTML)."""
    fields: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    """Of a row in a request's body, by name: what is taken, an example (both HTML)."""
    answers: list[Answer] = dataclasses.field(default_factory=list)

    @property
    def anchor(self) -> str:
        return "at-" + (re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-") or "front")


def page() -> str:
    """The page in Markdown."""
    addresses, elsewhere = _asked()
    about = (practice_api.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    rows = [
        (f'<a href="#{each.anchor}">{code(each.path)}</a>', ", ".join(map(code, each.methods)), inline(each.about))
        for each in addresses
    ]
    return whole(
        "Practice API",
        "Every address of the practice API with its methods, its parameters and the statuses that it answers with.",
        [
            about,
            "[`keepalive api`](command-line.md#keepalive-api) starts it on your machine; notebooks start one of their "
            "own. What follows was asked of it when this page was made: each status is one that it gave, in its own "
            "words. HEAD answers as GET does, without a body.",
            table("addresses", "Addresses of the practice API", ["Address", "Methods", "What is there"], rows),
            "## At every address",
            _answers("everywhere", "Answers that do not depend on the address", elsewhere),
            *_problem(elsewhere),
            *(part for each in addresses for part in _address(each)),
            "## What goes wrong on purpose",
            *_behaviour(),
            "## Round trips and TLS",
            *_server(),
        ],
    )


@functools.cache
def _asked() -> tuple[list[Address], list[Answer]]:
    """What the API says. Asking takes 400 requests, and the same process is told the same each time."""
    return asyncio.run(look_around()), asyncio.run(_everywhere())


# --- asking ---------------------------------------------------------------------------------------------------------


def routes() -> list[Route]:
    """The app's routes, out of the layers around it."""
    app: Any = create_app()
    while not isinstance(app, Starlette):
        app = getattr(app, "direct", None) or app.app
    return [route for route in app.routes if isinstance(route, Route)]


class _Depot:
    """A new API of its own, with its first rows and a clock that stands still."""

    def __init__(self) -> None:
        transport = httpx.ASGITransport(create_app(clock=lambda: 0.0), raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://depot.test", trust_env=False)

    async def ask(self, method: str, target: str, body: str = "", **sent: Any) -> Answer:
        async with self._client.stream(method, target, **sent) as response:
            content = await response.aread()
        given = json.loads(content) if "json" in response.headers.get("content-type", "") else None
        return Answer(method, target, body, response.status_code, response.headers, given)


async def look_around() -> list[Address]:
    """Ask about every route."""
    known = routes()
    return [await _look_at(route, {each.path for each in known}) for route in known]


async def _look_at(route: Route, paths: set[str]) -> Address:
    options = await _Depot().ask("OPTIONS", _filled(route.path, 1))
    methods = [each.strip() for each in options.headers.get("allow", "").split(",") if each.strip()]
    found = Address(route.path, " ".join((inspect.getdoc(route.endpoint) or "").split()), methods)
    asked = [await _query(found)] if "GET" in methods else []
    for method in methods:
        if method == "DELETE":
            asked += [[answer async for answer in _deleting(found)]]
        elif method in _WRITING:
            asked += [[answer async for answer in _writing(found, method, paths)]]
    found.answers = [answer for answers in asked for answer in answers]
    return found


def _filled(path: str, number: int) -> str:
    return re.sub(r"{[^}]*}", str(number), path)


async def _query(found: Address) -> list[Answer]:
    """GET, and what each name in the query does. Fills in `found.query`."""
    target = _filled(found.path, 1)
    looked_up: list[str] = []

    class Noting(QueryParams):
        def __contains__(self, name: object) -> bool:
            looked_up.append(str(name))
            return super().__contains__(name)

        def __getitem__(self, name: str) -> str:
            looked_up.append(name)
            return super().__getitem__(name)

        def get(self, key: Any, default: Any = None) -> Any:
            looked_up.append(key)
            return super().get(key, default)

    with mock.patch.object(starlette.requests, "QueryParams", Noting):
        answers = [await _Depot().ask("GET", target)]
    if answers[0].target != found.path:
        answers.append(await _Depot().ask("GET", _filled(found.path, NOBODY)))
    bare = answers[0].given if isinstance(answers[0].given, dict) else {}
    for name in dict.fromkeys(looked_up):
        refused = await _Depot().ask("GET", f"{target}?{name}=none")
        if refused.status >= 400:
            answers.append(refused)
            rule = next(each["message"] for each in refused.given["errors"] if each["field"] == name)
        else:  # a filter, which no value breaks
            rule = f"only rows whose `{name}` is this"
        found.query[name] = (inline(rule), as_json(bare[name]) if name in bare else "every row")
    return answers


async def _deleting(found: Address) -> AsyncIterator[Answer]:
    for number in (NOBODY, 1):
        yield await _Depot().ask("DELETE", _filled(found.path, number))
    depot = _Depot()
    async for made in _added(depot, found.path.rpartition("/")[0], found.path):
        if made.status < 400:
            yield await depot.ask("DELETE", made.headers["location"])


async def _writing(found: Address, method: str, paths: set[str]) -> AsyncIterator[Answer]:
    target = _filled(found.path, 1)
    yield (bare := await _Depot().ask(method, target))
    if bare.status < 400:  # reads no body
        return
    if target != found.path:
        yield await _Depot().ask(method, _filled(found.path, NOBODY), "`{}`", json={})
    typed = {"content-type": "application/json"}
    yield await _Depot().ask(method, target, "`{`", content=b"{", headers=typed)
    yield await _Depot().ask(method, target, "`[]`", json=[])
    yield await _Depot().ask(method, target, "2 MB", content=b" " * 2_000_000, headers=typed)
    yield await _Depot().ask(method, target, '`{"number": 1}`', json={"number": 1})
    is_list = target == found.path
    many, one = (found.path, f"{found.path}/{{number}}") if is_list else (found.path.rpartition("/")[0], found.path)
    if not {many, one} <= paths:
        return
    row = await _row(_Depot(), one, 1)
    found.fields = {name: (await _rule(method, target, name), as_json(value)) for name, value in row.items()}
    if is_list:
        async for answer in _added(_Depot(), many, one):
            yield answer
    else:
        yield await _Depot().ask(method, target, "its own fields, without `id`", json=row)
        other = await _row(_Depot(), one, 2)
        yield await _Depot().ask(method, target, "those of another row, without `id`", json=other)


async def _row(depot: _Depot, one: str, number: int) -> dict[str, Any]:
    """The fields of a row that a client writes. Where a list begins empty, those that it misses in an empty body."""
    answer = await depot.ask("GET", _filled(one, number))
    if answer.status < 400:
        return {name: value for name, value in answer.given.items() if name != "id"}
    refused = await depot.ask("POST", one.rpartition("/")[0], json={})
    return {each["field"]: number for each in refused.given["errors"]}


async def _added(depot: _Depot, many: str, one: str) -> AsyncIterator[Answer]:
    """Send a row that is there already; if that is refused, with one text in it changed, until one is taken."""
    row = await _row(depot, one, 1)
    yield (answer := await depot.ask("POST", many, "the fields of another row", json=row))
    for name in [name for name, value in row.items() if isinstance(value, str)]:
        if answer.status < 400:
            return
        answer = await depot.ask("POST", many, f"a new `{name}`", json={**row, name: f"x{row[name]}"})
        if answer.status < 400:
            yield answer


async def _rule(method: str, target: str, name: str) -> str:
    """What a field says of values that it does not take."""
    said = []
    for value in _WRONG:
        answer = await _Depot().ask(method, target, json={name: value})
        said += [each["message"] for each in answer.given.get("errors", []) if each["field"] == name]
    return inline("; ".join(dict.fromkeys(said)))


async def _everywhere() -> list[Answer]:
    path = next(route.path for route in routes() if "{" not in route.path and route.path != "/")
    asked = [("OPTIONS", path), ("TRACE", path), ("GET", "/nowhere")]
    return [await _Depot().ask(method, target) for method, target in asked]


# --- writing --------------------------------------------------------------------------------------------------------


def _address(found: Address) -> Iterator[str]:
    yield f"## `{found.path}` {{ #{found.anchor} }}"
    yield found.about
    yield f"Methods: {', '.join(f'`{method}`' for method in found.methods)}"
    name = code(found.path)
    rows = [(code(key), rule, default) for key, (rule, default) in found.query.items()]
    yield table(f"{found.anchor}-query", f"Query of {name}", ["Name", "What it takes", "If not given"], rows)
    rows = [(code(key), rule, example) for key, (rule, example) in found.fields.items()]
    yield table(f"{found.anchor}-fields", f"Fields of a body sent to {name}", ["Field", "Rules", "Example"], rows)
    yield _answers(f"{found.anchor}-answers", f"Answers of {name}", found.answers)
    shown = next((each for each in found.answers if each.method == "GET" and each.status < 400), None)
    if shown is not None and shown.given is not None:
        yield f"`{shown.target}` answers, on a new Depot:"
        yield fence(json.dumps(_short(shown.given), indent=2, ensure_ascii=False), "json")


def _short(given: Any) -> Any:
    """The same with one item in a list of rows, which shows as much as ten."""
    if isinstance(given, dict):
        return {name: _short(value) for name, value in given.items()}
    if isinstance(given, list) and given and isinstance(given[0], dict):
        return given[:1]
    return given


def _answers(name: str, caption: str, answers: list[Answer]) -> str:
    """One row for each kind of answer: the same status, in words that begin alike, is one kind."""
    kinds: dict[tuple[int, str], list[Answer]] = {}
    for answer in answers:
        kinds.setdefault((answer.status, re.split(r"[0-9;]", answer.says)[0]), []).append(answer)
    rows = []
    for (status, _), same in sorted(kinds.items(), key=lambda item: item[0][0]):
        methods = dict.fromkeys(answer.method for answer in same)
        asked = (
            f"{code(same[0].method + ' ' + same[0].target)}{f' with {inline(same[0].body)}' if same[0].body else ''}"
        )
        said = inline(same[0].says) or _headers(same)
        rows.append((f"{code(status)} {same[0].reason}", ", ".join(map(code, methods)), asked, said))
    return table(name, caption, ["Status", "Methods", "For example", "What it says"], rows)


def _headers(answers: list[Answer]) -> str:
    """What a good answer says in a header of its own."""
    own = ("location", "allow", "link")
    found = {name: answer.headers[name] for answer in answers for name in own if name in answer.headers}
    return "<br>".join(f"{code(f'{name.title()}: {value}')}" for name, value in found.items())


def _problem(answers: list[Answer]) -> Iterator[str]:
    shown = next(answer for answer in answers if answer.status == 404)
    yield f"A refusal is a problem as in RFC 9457. `{shown.method} {shown.target}`:"
    yield fence(json.dumps(shown.given, indent=2, ensure_ascii=False), "json")


# --- what goes wrong on purpose -------------------------------------------------------------------------------------


def faults() -> list[type[Fault]]:
    """Every kind of fault."""
    return list(KINDS.values())


def _behaviour() -> Iterator[str]:
    lead, said = _docstring(Behaviour, [field.name for field in dataclasses.fields(Behaviour)])
    yield lead
    hints = typing.get_type_hints(Behaviour)
    rows = [
        (code(field.name), _type(hints[field.name]), _default(field), inline(said.get(field.name, "")))
        for field in dataclasses.fields(Behaviour)
    ]
    heads = ["Field", "Type", "Unless given", "Meaning"]
    yield table("behaviour-fields", f"Fields of {code('Behaviour')}", heads, rows)
    yield "In a notebook or a script of your own:"
    yield fence(
        f"from {practice_api.__name__} import Behaviour, Depot\n\n"
        f"with Depot(behaviour=Behaviour({dataclasses.fields(Behaviour)[0].name}=...)) as depot:\n    print(depot.url)",
        "python",
    )
    yield "### Faults"
    yield "\n\n".join((inspect.getdoc(keepalive.faults) or "").split("\n\n")[:2])
    rows = [
        (
            code(f"{kind.__name__}({', '.join(map(_parameter, dataclasses.fields(kind)))})"),
            inline(inspect.getdoc(kind) or ""),
            "the proxy" if kind.on_the_bytes else "the server",
        )
        for kind in faults()
    ]
    yield (
        "A Depot plays them all. For those of the proxy, and for a head that drips, it puts one in front of its server "
        "that handles bytes. `create_app()`, the app without a server, refuses those. In a terminal a fault is written "
        f'in words: `keepalive api --fault "{CloseDuringRequest.kind} on_requests=[2]"`.'
    )
    yield table("faults-table", f"Kinds of {code('keepalive.faults')}", ["Fault", "What it does", "Played by"], rows)


def _server() -> Iterator[str]:
    """How a Depot is made, beside what goes wrong."""
    given = {name: each for name, each in inspect.signature(Depot).parameters.items() if each.kind is each.KEYWORD_ONLY}
    _, said = _docstring(Depot, given)
    rows = [(code(name), code(_shown(given[name].default)), inline(words)) for name, words in said.items()]
    yield table("depot-parameters", f"What {code('Depot')} takes besides", ["Name", "Unless given", "Meaning"], rows)
    yield inline(_paragraph(proxy, "**Round trips.**"))
    yield fence(
        f"import ssl\n\nimport httpx\n\nfrom {practice_api.__name__} import Depot\n\n"
        'with Depot(rtt=0.08, tls="1.3") as depot:\n'
        "    trusts_it = ssl.create_default_context(cafile=depot.ca)\n"
        '    httpx.get(f"{depot.url}/users/7", verify=trusts_it)',
        "python",
    )


def _shown(value: Any) -> str:
    """A default, as one would write it."""
    return f"{value.__module__}.{value.__name__}" if callable(value) else repr(value)


def _paragraph(module: ModuleType, begins: str) -> str:
    """A paragraph of what a module says of itself, without the words that it begins with."""
    said = next(each for each in (module.__doc__ or "").split("\n\n") if each.startswith(begins))
    return " ".join(said.removeprefix(begins).split())


def _parameter(field: dataclasses.Field) -> str:
    return field.name if field.default is dataclasses.MISSING else f"{field.name}={field.default!r}"


def _docstring(kind: type, fields: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Its first sentences, and what it says of each field: `name: ...` on a line, and the lines indented under it."""
    text = inspect.getdoc(kind) or ""
    names = "|".join(map(re.escape, fields))
    said = {name: " ".join(rest.split()) for name, rest in re.findall(rf"^({names}): (.+(?:\n[ \t]+.+)*)", text, re.M)}
    lead = re.split(rf"^(?:{names}): ", text, maxsplit=1, flags=re.M)[0]
    return " ".join(lead.split()), said


def _type(hint: Any) -> str:
    return code(hint.__name__ if type(hint) is type else re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(hint)))


def _default(field: dataclasses.Field) -> str:
    if field.default is not dataclasses.MISSING:
        return code(repr(field.default))
    return (
        code(repr(field.default_factory())) if field.default_factory is not dataclasses.MISSING else "(must be given)"
    )
