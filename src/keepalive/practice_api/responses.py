"""The two shapes of response: JSON, and a problem (RFC 9457) when something is wrong."""

from __future__ import annotations

import logging
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

logger = logging.getLogger("keepalive.practice_api")

REQUEST_ID = "depot.request_id"  # where `middleware.Recording` leaves the id in the request's state

# Stated here, because Python 3.13 renamed some of its own.
_TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
}


class Json(JSONResponse):
    """JSON in UTF-8, letters as they are."""

    media_type = "application/json; charset=utf-8"


class Problem(Exception):
    """Raised anywhere in the API: the answer is a problem with this status.

    detail: a sentence for a person. errors: for 422, a sentence by field.
    """

    def __init__(self, status: int, detail: str, errors: dict[str, str] | None = None, **headers: str) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers


def problem(request: Request, found: Problem) -> Json:
    """The answer for a Problem, with the id of the request that met it."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES[found.status],
        "status": found.status,
        "detail": found.detail,
        "instance": request.scope["path"],
    }
    if found.errors is not None:
        body["errors"] = [{"field": field, "message": sentence} for field, sentence in found.errors.items()]
    if (request_id := request.scope.get("state", {}).get(REQUEST_ID)) is not None:
        body["request_id"] = request_id
    return Json(body, found.status, found.headers, media_type="application/problem+json; charset=utf-8")


async def _on_problem(request: Request, found: Problem) -> Json:
    return problem(request, found)


async def _on_http_exception(request: Request, error: HTTPException) -> Json:
    # Starlette itself raises this where no route fits.
    return problem(request, Problem(404, f"There is nothing at {request.scope['path']}. GET / lists what there is."))


async def _on_disconnect(request: Request, error: ClientDisconnect) -> None:
    """The client left while its body was being read: there is nobody to answer."""


async def _on_bug(request: Request, error: Exception) -> Json:
    logger.error("Depot failed at %s %s", request.method, request.scope["path"], exc_info=error)
    return problem(request, Problem(500, "Depot has a fault of its own here; its log says more."))


EXCEPTION_HANDLERS: dict[Any, Any] = {
    Problem: _on_problem,
    HTTPException: _on_http_exception,
    ClientDisconnect: _on_disconnect,
    Exception: _on_bug,
}
