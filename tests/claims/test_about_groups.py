"""Claims about `asyncio.TaskGroup`: what leaves it when a call in it fails. On the judge's wire."""

from __future__ import annotations

import asyncio

import httpx

from claims.lab import TLS
from grading.bench import on_wire


def test_group_is_caught_by_its_own_class():
    """One task that raises `HTTPStatusError` leaves its `TaskGroup` as an `ExceptionGroup`: `except HTTPStatusError`
    lets it pass, `except*` does not.
    """

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as http:

            async def call():
                (await http.get("/")).raise_for_status()

            async def group():
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(call())

            heard = []
            try:
                try:
                    await group()
                except httpx.HTTPStatusError:
                    heard.append("plain")
            except ExceptionGroup as left:
                heard.append([type(each).__name__ for each in left.exceptions])
            try:
                await group()
            except* httpx.HTTPStatusError:
                heard.append("star")
            return heard

    played = on_wire(main, lambda net: net.route("GET", "/").reply(404))
    assert played.value == [["HTTPStatusError"], "star"]
