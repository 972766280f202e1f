"""A client for one HTTP API: one connection pool with limits, and four waits that have an end."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


class ApiError(Exception):
    """What this client raises of its own: everything else comes from httpx, or is a mistake in a call."""


# task: own-queue, gone
class NoSlot(ApiError):
    """Every connection of the pool stayed in use for as long as a call may wait. Nothing was sent."""


# end task


class ResponseError(ApiError):
    """A response that is not what was asked for.

    `status`, `headers`, `body` (its first 500 characters) and `request_id` (None if the response has none).
    """

    def __init__(self, response: httpx.Response, what: str) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body = response.text[:500]
        self.request_id = response.headers.get("x-request-id")
        asked = f"{response.request.method} {response.request.url.path}"
        named = f", request id {self.request_id}" if self.request_id else ""
        super().__init__(f"{asked} got status {self.status}: {what}{named}")


class StatusError(ResponseError):
    """The response says that the call failed."""


class NotJson(ResponseError):
    """The status is fine, and the body is not the JSON that was asked for."""


class ApiClient:
    """One API, one connection pool, shared by as many tasks as you like.

    async with ApiClient(base_url="http://depot.test/v1") as api:
        response = await api.get("/users/1")
    """

    # task: numbers
    def __init__(
        self, base_url: str, *, timeout: httpx.Timeout | None = None, limits: httpx.Limits | None = None
    ) -> None:
        self._entered = False
        timeout = timeout or httpx.Timeout(connect=2.0, read=10.0, write=5.0, pool=2.0)
        limits = limits or httpx.Limits(max_connections=20, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, limits=limits)

    # end task

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; the response comes back whatever its status. `options` are httpx's own."""
        if self._client.is_closed:
            raise RuntimeError(f"the client of {self._client.base_url} is closed: make a new one")
        # task: own-queue
        try:
            return await self._client.request(method, path, **options)
        except httpx.PoolTimeout as error:
            raise NoSlot(f"{method} {path} was not sent: no connection of the pool became free in time") from error
        # end task

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def get_json(self, path: str, **options: Any) -> Any:
        """GET, and the JSON of the response; None for 204. Raises StatusError or NotJson."""
        response = await self.get(path, **options)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not response.is_success or kind == "application/problem+json":
            raise StatusError(response, self._said(response) or response.reason_phrase)
        if response.status_code == 204:
            return None
        if kind != "application/json" and not kind.endswith("+json"):
            raise NotJson(response, f"its type is {kind or 'not stated'}, not JSON")
        try:
            return response.json()
        except ValueError as error:
            raise NotJson(response, f"it says it is JSON, and it is not ({error})") from error

    @staticmethod
    def _said(response: httpx.Response) -> str:
        """What the server says about a failure: the title and detail of a problem (RFC 9457), "" if there is none."""
        try:
            problem = response.json()
        except ValueError:
            return ""
        if not isinstance(problem, dict):
            return ""
        return ", ".join(str(problem[key]) for key in ("title", "detail") if problem.get(key))

    # task: slow-report
    async def report(self, number: int) -> httpx.Response:
        """The report of that number, which the server may think about for 40 s."""
        waits = self._client.timeout.as_dict() | {"read": 60.0}
        return await self.get(f"/reports/{number}", timeout=httpx.Timeout(**waits))

    # end task

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("DELETE", path, **options)

    async def aclose(self) -> None:
        """Close the pool and every connection in it."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError(f"the client of {self._client.base_url} was entered before: make a new one")
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


async def main() -> None:
    """A trial of your own, which no check looks at. Run in the page calls it, against a practice API of its own."""
    async with ApiClient(base_url="http://127.0.0.1:8001") as api:
        for number in range(1, 4):
            response = await api.request("GET", f"/users/{number}")
            print(response.status_code, response.json()["city"])
