"""A client for one HTTP API: one connection pool, one owner, and errors that say what came instead."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


class ApiError(Exception):
    """A response that is not what was asked for. One class for all of them: callers look at `status`."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} {response.reason_phrase}: {response.text[:120]}")
        self.response = response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> httpx.Headers:
        return self.response.headers

    @property
    def body(self) -> str:
        return self.response.text[:500]

    @property
    def request_id(self) -> str | None:
        return self.response.headers.get("x-request-id")


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
        return await self._client.request(method, path, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def get_json(self, path: str, **options: Any) -> Any:
        """GET, and the JSON of the response; None for 204. Raises ApiError."""
        response = await self.get(path, **options)
        if response.status_code == 204:
            return None
        words = response.headers.get("content-type", "").lower().split(";")[0].strip()
        if response.is_success and words != "application/problem+json" and words.endswith(("/json", "+json")):
            try:
                return response.json()
            except ValueError:
                pass
        raise ApiError(response)

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
            raise RuntimeError("this ApiClient was entered before: make a new one for each `async with` block")
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
