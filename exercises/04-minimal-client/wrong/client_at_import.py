"""One client at module level, made before there is an event loop."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


CLIENT = httpx.AsyncClient()


class ApiClient:
    """One API, one connection pool, shared by as many tasks as you like.

    async with ApiClient(base_url="http://depot.test/v1") as api:
        answer = await api.get("/users/1")
    """

    def __init__(self, base_url: str) -> None:
        self._entered = False
        self._base_url = base_url

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; the answer comes back whatever its status. `options` are httpx's own."""
        return await CLIENT.request(method, self._base_url + path, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

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
        await CLIENT.aclose()

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError("this ApiClient was entered before: make a new one for each `async with` block")
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
