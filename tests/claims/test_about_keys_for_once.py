"""Claims about idempotency keys: what a server that remembers them makes of one call that is sent several times."""

from __future__ import annotations

from itertools import count

import httpx

from claims.lab import TLS
from grading.bench import on_wire
from keepalive.grading import reply


def charges(*, key_for_each_attempt: bool) -> tuple[int, int]:
    """Of one call with three attempts, whose first two answers come too late: requests, and charges that were made."""
    made: dict[str, int] = {}
    keys = count(1)

    def charge(request):
        key = request.headers["idempotency-key"]
        made.setdefault(key, len(made) + 1)
        late = request.extensions["wire"]["number"] < 2
        return reply(201, json={"id": made[key]}, after=9.0 if late else 0.1)

    async def main(run):
        key = f"key-{next(keys)}"
        async with httpx.AsyncClient(base_url=run.url, verify=TLS, timeout=5) as http:
            for _ in range(3):
                if key_for_each_attempt:
                    key = f"key-{next(keys)}"
                try:
                    answer = await http.post("/charges", json={"cents": 1250}, headers={"Idempotency-Key": key})
                    return answer.status_code
                except httpx.ReadTimeout:
                    pass

    played = on_wire(main, lambda net: net.route("POST", "/charges").calls(charge))
    assert played.value == 201
    return len(played.judge.requests), len(made)


def test_key_for_each_attempt_charges_each_time():
    """A server that makes one charge for each idempotency key makes three of a call whose three attempts have a key
    each, and one if the key was made before the first of them.
    """
    assert charges(key_for_each_attempt=True) == (3, 3)
    assert charges(key_for_each_attempt=False) == (3, 1)
