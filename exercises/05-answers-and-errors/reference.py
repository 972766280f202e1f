"""A client for one HTTP API: one connection pool, one owner, and errors that say what came instead."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


# task: errors
class ApiError(Exception):
    """What this client raises of its own: everything else comes from httpx, or is a mistake in a call."""


class AnswerError(ApiError):
    """An answer that is not what was asked for.

    `status`, `headers`, `body` (its first 500 characters) and `request_id` (None if the answer has none).
    """

    def __init__(self, answer: httpx.Response, what: str) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.body = answer.text[:500]
        self.request_id = answer.headers.get("x-request-id")
        asked = f"{answer.request.method} {answer.request.url.path}"
        named = f", request id {self.request_id}" if self.request_id else ""
        super().__init__(f"{asked} was answered {self.status}: {what}{named}")


class StatusError(AnswerError):
    """The answer says that the call has failed."""


class NotJson(AnswerError):
    """The status is fine, and the body is not the JSON that was asked for."""


# end task


class ApiClient:
    """One API, one connection pool, shared by as many tasks as you like.

    async with ApiClient(base_url="http://depot.test/v1") as api:
        response = await api.get("/users/1")
    """

    def __init__(self, base_url: str) -> None:
        self._entered = False
        self._client = httpx.AsyncClient(base_url=base_url)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; the response comes back whatever its status. `options` are httpx's own."""
        if self._client.is_closed:
            raise RuntimeError(f"the client of {self._client.base_url} is closed: make a new one")
        return await self._client.request(method, path, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    # task: get-json
    async def get_json(self, path: str, **options: Any) -> Any:
        """GET, and the JSON of the answer; None for 204. Raises StatusError or NotJson."""
        answer = await self.get(path, **options)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not answer.is_success or kind == "application/problem+json":
            raise StatusError(answer, self._said(answer) or answer.reason_phrase)
        if answer.status_code == 204:
            return None
        if kind != "application/json" and not kind.endswith("+json"):
            raise NotJson(answer, f"its type is {kind or 'not stated'}, not JSON")
        try:
            return answer.json()
        except ValueError as error:
            raise NotJson(answer, f"it says it is JSON, and it is not ({error})") from error

    # end task

    # task: get-json, gone
    @staticmethod
    def _said(answer: httpx.Response) -> str:
        """What the server says about a failure: the title and detail of a problem (RFC 9457), "" if there is none."""
        try:
            problem = answer.json()
        except ValueError:
            return ""
        if not isinstance(problem, dict):
            return ""
        return ", ".join(str(problem[key]) for key in ("title", "detail") if problem.get(key))

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
        """Close the pool and every connection in it. A second call does nothing."""
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
