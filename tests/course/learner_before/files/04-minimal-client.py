"""A client for one HTTP API: one connection pool, and one owner who closes it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


class ApiClient:
    """One API, one connection pool, shared by as many tasks as you like.

    async with ApiClient(base_url="http://depot.test/v1") as api:
        answer = await api.get("/users/1")
    """

    def __init__(self, base_url: str) -> None:
        self._entered = False
        # task: one-pool
        self._client = httpx.AsyncClient(base_url=base_url)
        # end task

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; the answer comes back whatever its status. `options` are httpx's own."""
        # task: one-pool
        return await self._client.request(method, path, **options)
        # end task

    async def get(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        raise NotImplementedError("task methods")
        # end task

    async def post(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        raise NotImplementedError("task methods")
        # end task

    async def put(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        raise NotImplementedError("task methods")
        # end task

    async def patch(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        raise NotImplementedError("task methods")
        # end task

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        # task: methods
        raise NotImplementedError("task methods")
        # end task

    async def aclose(self) -> None:
        """Close the pool and every connection in it. A second call does nothing."""
        # task: closing
        raise NotImplementedError("task closing")
        # end task

    async def __aenter__(self) -> Self:
        if self._entered:
            # task: one-owner
            raise NotImplementedError("task one-owner")
            # end task
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # task: closing
        raise NotImplementedError("task closing")
        # end task


async def main() -> None:
    """A trial of your own, which no check looks at. Run in the page calls it, against a practice API of its own."""
    async with ApiClient(base_url="http://127.0.0.1:8001") as api:
        for number in range(1, 4):
            answer = await api.request("GET", f"/users/{number}")
            print(answer.status_code, answer.json()["city"])
