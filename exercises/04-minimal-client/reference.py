"""A client for one HTTP API: one connection pool, and one owner who closes it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


class ApiClient:
    """One API, one connection pool, shared by as many tasks as you like.

    async with ApiClient(base_url="http://depot.test/v1") as api:
        response = await api.get("/users/1")
    """

    def __init__(self, base_url: str) -> None:
        self._entered = False
        # task: one-pool
        self._client = httpx.AsyncClient(base_url=base_url)
        # end task

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; the response comes back whatever its status. `options` are httpx's own."""
        # task: closing, gone
        if self._client.is_closed:
            raise RuntimeError(f"the client of {self._client.base_url} is closed: make a new one")
        # end task
        # task: one-pool
        return await self._client.request(method, path, **options)
        # end task

    async def get(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        return await self.request("GET", path, **options)
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
        # task: closing
        await self._client.aclose()
        # end task

    async def __aenter__(self) -> Self:
        if self._entered:
            # task: one-owner
            raise RuntimeError(f"the client of {self._client.base_url} was entered before: make a new one")
            # end task
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # task: closing
        await self.aclose()
        # end task


async def main() -> None:
    """A trial of your own, which no check looks at. Run in the page calls it, against a practice API of its own."""
    async with ApiClient(base_url="http://127.0.0.1:8001") as api:
        for number in range(1, 4):
            response = await api.request("GET", f"/users/{number}")
            print(response.status_code, response.json()["city"])
