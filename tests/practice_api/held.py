"""Answers that wait for a test, not for a clock."""

from __future__ import annotations

import asyncio


class Held:
    """A `sleep` for a Depot with a latency: every request waits until `release()`, called from any thread."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        await self._event.wait()

    def release(self) -> None:
        """Let them all go, and those that come later."""
        if self._loop is None:
            self._event.set()
        else:
            self._loop.call_soon_threadsafe(self._event.set)
