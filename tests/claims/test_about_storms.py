"""Claims about retries of many callers together, on a model of a service: one queue, served in order.

No network: what is claimed is arithmetic of queues, and holds whatever sends the requests.
"""

from __future__ import annotations

import heapq
import random
from itertools import count

CAPACITY = 100
"""Requests a second that the service can do."""
LOAD = 70
"""Calls a second, attempts after the first not counted."""
PATIENCE = 1.0
"""Seconds for which a caller waits for an answer."""
OUTAGE = (10.0, 16.0)
UNTIL = 130.0


def answered(attempts: int, budget: float | None = None) -> tuple[float, float]:
    """The share of calls that are answered in time: of those made before the outage, and in the last 30 s.

    The service does not know who has gone, and works on every request that it was sent. `budget`: each call earns so
    much of a retry, and each retry takes 1; None is no limit.
    """
    chance, order = random.Random(1), count()
    coming = [(number / LOAD, next(order), 1, number / LOAD) for number in range(int(UNTIL * LOAD))]
    heapq.heapify(coming)
    free_at, purse = 0.0, 10.0
    before, late = [], []
    while coming:
        now, _, attempt, since = heapq.heappop(coming)
        if attempt == 1 and budget is not None:
            purse = min(10.0, purse + budget)
        begins = max(now, free_at)
        if OUTAGE[0] <= begins < OUTAGE[1]:
            begins = OUTAGE[1]
        free_at = begins + 1 / CAPACITY
        good = free_at - now <= PATIENCE
        again = not good and attempt < attempts
        if again and budget is not None:
            again = purse >= 1
            purse -= again
        if again:
            at = now + PATIENCE + chance.uniform(0, 0.5 * 2 ** (attempt - 1))
            heapq.heappush(coming, (at, next(order), attempt + 1, since))
        elif since < OUTAGE[0] - 1:
            before.append(good)
        elif since > UNTIL - 30:
            late.append(good)
    return sum(before) / len(before), sum(late) / len(late)


def test_retries_alone_can_keep_a_service_down():
    """A service with a load of 70 % stands still for 6 s. Callers wait for 1 s and make three attempts, with jitter.
    A minute and a half after the outage it answers no call in time, because it works on requests whose callers have
    gone; without retries, or with retries bounded to a tenth of the calls, it answers all.
    """
    assert answered(attempts=3) == (1.0, 0.0)
    assert answered(attempts=1) == (1.0, 1.0)
    assert answered(attempts=3, budget=0.1) == (1.0, 1.0)
