"""For the author: what the class of this file is for, in one line."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx


class ApiClient:
    """One API, one connection pool."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def parcel(self, number: int) -> Any:
        """One parcel, as the server describes it."""
        # task: first-task
        answer = await self._client.get(f"/parcels/{number}")
        return answer.json()
        # end task
