"""Three libraries that try again, against the faults of chapter 09. Needs an environment of its own:

    python3 -m venv /tmp/retries
    /tmp/retries/bin/pip install . httpx-retries==0.6.0 tenacity==9.2.1 stamina==26.1.0
    /tmp/retries/bin/python benchmarks/retry_libraries.py

For each fault and method it prints how many attempts were made and what the caller was given, then how long each
library waits between twenty attempts, in seconds. The table at the end of chapter 09 says the same in words. No test
holds it to this: run it again when a version there changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx_retries
import stamina
import tenacity

from keepalive import faults
from keepalive.practice_api import Behaviour, Depot

Call = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]

FAULTS: dict[str, Any] = {
    "503 twice": lambda: faults.StatusSequence((503, 503)),
    "429 twice": lambda: faults.StatusSequence((429, 429)),
    "500 twice": lambda: faults.StatusSequence((500, 500)),
    "crossing close": lambda: faults.CloseDuringRequest(on_requests=(1,)),
    "body cut": lambda: faults.Cut(3, part="body"),
    "nobody listens": lambda: faults.Refuse(),
}


async def get(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get("/shipments/7")


async def post(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/charges", json={"shipment_id": 7, "cents": 1250})


CALLS: dict[str, Call] = {"GET": get, "POST": post}


class Counted(httpx.AsyncBaseTransport):
    """Counts the attempts, those that reach nobody too."""

    def __init__(self) -> None:
        self.attempts, self._inner = 0, httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.attempts += 1
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def with_httpx_retries(url: str, counted: Counted, call: Call) -> httpx.Response:
    transport = httpx_retries.RetryTransport(transport=counted, retry=httpx_retries.Retry(total=2))
    async with httpx.AsyncClient(transport=transport, base_url=url, timeout=1) as client:
        return await call(client)


async def with_tenacity(url: str, counted: Counted, call: Call) -> httpx.Response:
    async with httpx.AsyncClient(transport=counted, base_url=url, timeout=1) as client:
        again = tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none(), reraise=True)
        return await again(call)(client)


async def with_stamina(url: str, counted: Counted, call: Call) -> httpx.Response:
    async with httpx.AsyncClient(transport=counted, base_url=url, timeout=1) as client:
        again = stamina.retry(on=httpx.TransportError, attempts=3, wait_initial=0, wait_jitter=0)
        return await again(call)(client)


LIBRARIES = {"httpx-retries": with_httpx_retries, "tenacity": with_tenacity, "stamina": with_stamina}


async def came_of(library: Any, fault: Any, call: Call) -> str:
    with Depot(Behaviour(faults=(fault(),))) as depot:
        counted = Counted()
        try:
            heard = str((await library(depot.url, counted, call)).status_code)
        except httpx.TransportError as error:
            heard = type(error).__name__
        charged = len(depot.ledger.charges)
    made = f"{counted.attempts} attempt{'s' * (counted.attempts != 1)}"
    return f"{made}, {heard}" + (f", {charged} charged" if charged else "")


async def slept(again: Any) -> list[float]:
    """Seconds that it waits between the attempts of a function that always fails; nobody sleeps."""
    waited: list[float] = []

    async def noted(seconds: float) -> None:
        waited.append(seconds)

    @again
    async def in_vain() -> None:
        raise ValueError

    real, asyncio.sleep = asyncio.sleep, noted  # type: ignore[assignment]
    try:
        await in_vain()
    except ValueError:
        return waited
    finally:
        asyncio.sleep = real  # type: ignore[assignment]
    raise AssertionError("it never failed")


async def waits() -> dict[str, list[float]]:
    """The first waits of a function that always fails, and the last of twenty, each library as it is set by itself."""

    def of_httpx_retries(**options: Any) -> list[float]:
        return [httpx_retries.Retry(total=50, attempts_made=n, **options).backoff_strategy() for n in range(1, 20)]

    randomly = tenacity.wait_random_exponential(multiplier=0.5, max=8)
    return {
        "httpx-retries": of_httpx_retries(),
        "httpx-retries, backoff_factor=0.5": of_httpx_retries(backoff_factor=0.5),
        "tenacity, wait_random_exponential(multiplier=0.5, max=8)": await slept(
            tenacity.retry(stop=tenacity.stop_after_attempt(20), wait=randomly, reraise=True)
        ),
        "stamina": await slept(stamina.retry(on=ValueError, attempts=20, timeout=None)),
    }


async def main() -> None:
    logging.disable()  # stamina tells of each retry
    for name, library in LIBRARIES.items():
        print(name)
        for what, fault in FAULTS.items():
            for method, call in CALLS.items():
                print(f"  {what:15} {method:5} {await came_of(library, fault, call)}")
    print("waits")
    for name, seconds in (await waits()).items():
        print(f"  {name}: {' '.join(f'{each:.2f}' for each in seconds)}")


asyncio.run(main())
