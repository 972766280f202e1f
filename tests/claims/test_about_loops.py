"""Claims about asyncio's own rules, where a chapter leans on them."""

from __future__ import annotations

import asyncio

import pytest


def test_asyncio_run_refuses_inside_a_loop():
    """`asyncio.run` raises `RuntimeError` where a loop is running already, as it is in a notebook."""

    async def nothing():
        pass

    async def go():
        refused = nothing()
        with pytest.raises(RuntimeError, match=r"asyncio\.run\(\) cannot be called from a running event loop"):
            asyncio.run(refused)
        refused.close()

    asyncio.run(go())
