"""The parcel company's API: users, shipments and charges. `create_app` gives it as an ASGI app.

The same app answers on a socket (`Depot`) and in-process (`httpx.ASGITransport(create_app())`).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from keepalive.faults import Drip, Hang, Pauses, RetryAfter, StatusSequence

from .behaviour import Behaviour
from .ledger import Ledger
from .middleware import Delayed, Hanging, OnTheBytes, Paced, Recording, Sequenced, Sleep, WithRetryAfter
from .responses import EXCEPTION_HANDLERS, Json, Problem
from .store import Conflict, Invalid, Row, Store, Table

LARGEST_BODY = 1_000_000  # bytes; more than any user or shipment needs
PER_PAGE = 10  # rows on a page unless asked otherwise
LARGEST_PAGE = 100


def create_app(
    behaviour: Behaviour | None = None,
    *,
    ledger: Ledger | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Sleep = asyncio.sleep,
    proxied: bool = False,
) -> ASGIApp:
    """A new API with a store of its own.

    behaviour: what goes wrong; nothing, unless given. What concerns connections does nothing here.
    ledger: where to write what was seen; a new one on `clock` unless given.
    sleep: how a delay waits, in seconds.
    proxied: whether the proxy stands in front that plays what is about bytes, as a Depot puts it there by itself.

    Raises ValueError for a fault that takes the proxy, where there is none.
    """
    behaviour = behaviour or Behaviour()
    on_the_bytes = behaviour.on_the_bytes
    if on_the_bytes and not proxied:
        raise ValueError(
            f"{type(on_the_bytes[0]).__name__} is about the bytes on a connection, and an app only says what they "
            "mean. It takes a proxy in front that handles bytes: a Depot has one."
        )
    ledger = ledger or Ledger(clock)
    api = Starlette(routes=ROUTES, exception_handlers=EXCEPTION_HANDLERS)
    api.router.redirect_slashes = False  # /users/ is a 404 with a sentence, not a redirect that hides the slip
    api.state.store = Store()
    api.state.ledger = ledger

    faulty: ASGIApp = api
    if sequence := behaviour.fault(StatusSequence):
        faulty = Sequenced(faulty, sequence)
    if retry_after := behaviour.fault(RetryAfter):
        faulty = WithRetryAfter(faulty, retry_after)
    if not on_the_bytes and (pauses := behaviour.fault(Pauses) or behaviour.fault(Drip)):
        faulty = Paced(faulty, pauses, sleep)
    if behaviour.thinks:
        faulty = Delayed(faulty, behaviour.thinks, sleep)
    if behaviour.fault(Hang):
        faulty = Hanging(faulty)
    if on_the_bytes:
        faulty = OnTheBytes(faulty, behaviour.faults)  # a body's pace too, so that it comes after the head's
    return Recording(faulty, direct=api, ledger=ledger)


class Resource(HTTPEndpoint):
    """An address: says which methods it answers, on OPTIONS and where another one comes."""

    def allowed(self) -> str:
        """The methods, as the Allow header has them."""
        known = ("get", "head", "post", "put", "patch", "delete", "options")
        return ", ".join(m.upper() for m in known if hasattr(self, "get" if m == "head" else m))

    async def options(self, request: Request) -> Response:
        return Response(status_code=204, headers={"Allow": self.allowed()})

    async def method_not_allowed(self, request: Request) -> Response:
        allowed = self.allowed()
        raise Problem(
            405, f"{request.scope['path']} does not take {request.method}. It takes {allowed}.", Allow=allowed
        )


class Front(Resource):
    """What this API is, and where to go from here."""

    async def get(self, request: Request) -> Response:
        return Json(
            {
                "name": "Depot",
                "about": "The API of a parcel company that does not exist, to practise on. Everything is in memory: "
                "change and delete what you like; a new Depot starts with the same rows.",
                "links": {
                    "users": "/users",
                    "shipments": "/shipments",
                    "charges": "/charges",
                    "ledger": "/_depot/ledger",
                },
                "try": [
                    "GET /users?page=2",
                    "GET /users/7",
                    "GET /users/7/shipments",
                    "GET /shipments?status=in_transit&per_page=5",
                    "POST /users",
                    "POST /charges",
                    "GET /_depot/ledger",
                    "POST /_depot/ledger/reset",
                ],
            }
        )


class Collection(Resource):
    """The list of a table, in pages, and the place to add to it."""

    table: str
    filters: tuple[str, ...] = ()

    async def get(self, request: Request) -> Response:
        return _page(request, _table(request, self.table).all(**_filters(request, self.filters)), self.filters)

    async def post(self, request: Request) -> Response:
        row = _saved(_table(request, self.table).create, await _json_object(request))
        return Json(row, 201, {"Location": f"{request.scope['path']}/{row['id']}"})


class Item(Resource):
    """One row of a table."""

    table: str

    async def get(self, request: Request) -> Response:
        return Json(_row(request, self.table))

    async def put(self, request: Request) -> Response:
        return await self._write(request, _table(request, self.table).replace)

    async def patch(self, request: Request) -> Response:
        return await self._write(request, _table(request, self.table).change)

    async def delete(self, request: Request) -> Response:
        _saved(_table(request, self.table).delete, _row(request, self.table)["id"])
        return Response(status_code=204)

    async def _write(self, request: Request, write: Callable[[int, Row], Row]) -> Response:
        _row(request, self.table)  # an unknown row is a 404 whatever the body is
        given = await _json_object(request)
        row = _row(request, self.table)  # again: it may have been deleted while the body came in
        return Json(_saved(write, row["id"], given))


class Users(Collection):
    """The users, in pages, and the place to add one."""

    table = "users"
    filters = ("email", "country")


class User(Item):
    """One user."""

    table = "users"


class UserShipments(Resource):
    """The shipments that one user has sent."""

    async def get(self, request: Request) -> Response:
        sender = _row(request, "users")
        return _page(request, _table(request, "shipments").all(user_id=sender["id"]), ())


class Shipments(Collection):
    """The shipments, in pages, and the place to add one."""

    table = "shipments"
    filters = ("status", "country", "user_id")


class Shipment(Item):
    """One shipment."""

    table = "shipments"


class Charges(Collection):
    """What was charged, in pages, and the place to charge something: each POST is money, also the second of two."""

    table = "charges"
    filters = ("shipment_id",)

    async def post(self, request: Request) -> Response:
        made = await super().post(request)
        row = json.loads(made.body)
        request.app.state.ledger.charged(row["id"], row["shipment_id"], row["cents"])
        return made


class Charge(Resource):
    """One charge. What was charged stays charged: there is nothing to change or delete."""

    async def get(self, request: Request) -> Response:
        return Json(_row(request, "charges"))


class LedgerView(Resource):
    """What has arrived so far: connections, and requests with their responses. It does not count itself."""

    async def get(self, request: Request) -> Response:
        return Json(request.app.state.ledger.as_dict())


class LedgerReset(Resource):
    """Where the ledger begins anew."""

    async def post(self, request: Request) -> Response:
        request.app.state.ledger.reset()
        return Response(status_code=204)


ROUTES = [
    Route("/", Front),
    Route("/users", Users),
    Route("/users/{number}", User),
    Route("/users/{number}/shipments", UserShipments),
    Route("/shipments", Shipments),
    Route("/shipments/{number}", Shipment),
    Route("/charges", Charges),
    Route("/charges/{number}", Charge),
    Route("/_depot/ledger", LedgerView),
    Route("/_depot/ledger/reset", LedgerReset),
]


def _table(request: Request, name: str) -> Table:
    table: Table = getattr(request.app.state.store, name)
    return table


def _row(request: Request, table: str) -> Row:
    """The row that the path names; a 404 if there is none."""
    given = request.path_params["number"]
    # Not `{number:int}` in the route: int() refuses thousands of digits with an error that would be ours.
    row = _table(request, table).get(int(given)) if re.fullmatch(r"[0-9]{1,15}", given) else None
    if row is None:
        raise Problem(404, f"There is no {table.removesuffix('s')} {given}.")
    return row


def _saved(write: Callable[..., Any], *given: Any) -> Any:
    """What `write` returns; what it refuses becomes a problem."""
    try:
        return write(*given)
    except Invalid as refused:
        raise Problem(422, "Some fields are not as they must be.", refused.errors) from None
    except Conflict as refused:
        raise Problem(409, str(refused)) from None


async def _json_object(request: Request) -> Row:
    """The body, if it is a JSON object; otherwise a problem that says what it is instead."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/merge-patch+json"):
        raise Problem(415, f"The body must be application/json; this one is {kind or 'of no stated type'}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Problem(413, f"The body is larger than {LARGEST_BODY} bytes.")
    try:
        given = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise Problem(422, "The body must be a JSON object.", {})
    return given


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is Python's, not JSON's")


def _filters(request: Request, names: tuple[str, ...]) -> dict[str, Any]:
    """Which rows the query asks for: `status=delivered` and the like. A name that is no filter is left alone."""
    where: dict[str, Any] = {name: request.query_params[name] for name in names if name in request.query_params}
    for name in {"user_id", "shipment_id"} & where.keys():
        where[name] = _whole(request, name, 0, 1, 10**9)
    return where


def _whole(request: Request, name: str, default: int, smallest: int, largest: int) -> int:
    """A whole number out of the query; a problem if it is none or out of bounds."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if re.fullmatch(r"[0-9]{1,12}", given) and smallest <= int(given) <= largest:
        return int(given)
    raise Problem(
        422,
        "Some parts of the query are not as they must be.",
        {name: f"must be a whole number from {smallest} to {largest}"},
    )


def _page(request: Request, rows: list[Row], filters: tuple[str, ...]) -> Response:
    """One page of `rows` with links to the others: in the body, and in the Link header (RFC 8288).

    Links are paths without a host, so that a client follows them with the base URL it has. A page past the last one
    is empty.
    """
    page = _whole(request, "page", 1, 1, 10**6)
    per_page = _whole(request, "per_page", PER_PAGE, 1, LARGEST_PAGE)
    last = max(1, -(-len(rows) // per_page))
    asked = [(name, request.query_params[name]) for name in filters if name in request.query_params]

    def link(number: int) -> str:
        return f"{request.scope['path']}?{urlencode([*asked, ('page', number), ('per_page', per_page)])}"

    links = {
        "self": link(page),
        "first": link(1),
        "prev": link(min(page - 1, last)) if page > 1 else None,
        "next": link(page + 1) if page < last else None,
        "last": link(last),
    }
    items = rows[(page - 1) * per_page : page * per_page]
    header = ", ".join(f'<{to}>; rel="{rel}"' for rel, to in links.items() if to is not None and rel != "self")
    body = {"items": items, "total": len(rows), "page": page, "per_page": per_page, "links": links}
    return Json(body, headers={"Link": header})
