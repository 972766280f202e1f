"""The backoff explorer: what a server hears from many clients that failed at the same moment."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .chance import drawn, seeded
from .shape import Control, Twin, Values, Widget
from .text import grouped, milliseconds

KINDS = (
    ("immediate", "none: at once"),
    ("fixed", "fixed"),
    ("doubling", "doubling, no jitter"),
    ("full", "full jitter"),
    ("equal", "equal jitter"),
    ("decorrelated", "decorrelated jitter"),
)

CONTROLS = (
    Control("clients", "Clients", "number", 10_000, least=100, most=10_000, step=100),
    Control("kind", "Wait between attempts", "choice", "full", options=KINDS),
    Control("first", "First wait", "number", 500, unit="ms", least=50, most=5000, step=50),
    Control("cap", "Longest wait", "number", 8000, unit="ms", least=100, most=60_000, step=100),
    Control(
        "floor",
        "Shortest wait",
        "number",
        0,
        unit="ms",
        most=5000,
        step=50,
        help="A wait that comes out shorter is lengthened to this.",
    ),
    Control("attempts", "Attempts of each client", "number", 10, least=1, most=10),
    Control("outage", "The server is down for", "number", 10_000, unit="ms", most=60_000, step=100),
    Control(
        "capacity",
        "Afterwards it serves, per second",
        "number",
        1000,
        most=20_000,
        step=100,
        help="It answers 503 to the rest. 0: it serves as many as come.",
    ),
    Control(
        "seed",
        "Random seed",
        "number",
        1,
        least=1,
        most=999,
        help="The same seed draws the same waits again, another one draws others.",
    ),
)

TAKES = 20
"""Milliseconds that a failed attempt takes."""

BIN = 100
"""Milliseconds: a tenth of a second, in which requests are counted and the capacity holds."""


@dataclass(frozen=True)
class Rule:
    """How long to wait. Times in milliseconds. The cap is on the range that a wait is drawn from."""

    kind: str
    first: float
    cap: float
    floor: float = 0

    def wait(self, number: int, before: float, uniform: Callable[[float, float], float]) -> float:
        """The wait after attempt `number`, from 1. before: the wait before that one, of the first attempt `first`."""
        top = min(self.cap, self.first * 2 ** (number - 1))
        if self.kind == "immediate":
            wait = 0.0
        elif self.kind == "fixed":
            wait = min(self.cap, self.first)
        elif self.kind == "doubling":
            wait = top
        elif self.kind == "full":
            wait = uniform(0, top)
        elif self.kind == "equal":
            wait = top / 2 + uniform(0, top / 2)
        else:
            wait = uniform(self.first, min(self.cap, 3 * before))
        return max(self.floor, min(self.cap, wait))


class _Herd:
    """What each client has come to. All send at 0."""

    def __init__(self, values: Values) -> None:
        self.clients, self.attempts = values["clients"], values["attempts"]
        self.rule = Rule(values["kind"], values["first"], values["cap"], values["floor"])
        self.tried = [0] * self.clients
        self.before: list[float] = [values["first"]] * self.clients
        self.state = [seeded(values["seed"], client) for client in range(self.clients)]
        self.arrived = [0] * self.attempts
        self.failed = [0] * self.attempts
        self.waits = [[math.inf, 0.0, 0.0] for _ in range(self.attempts)]  # shortest, sum, longest before each
        self.gave_up = 0

    def arrives(self, client: int) -> None:
        self.arrived[self.tried[client]] += 1
        self.tried[client] += 1

    def fails(self, client: int, at: float) -> float | None:
        """When the client asks again; None if it does not."""
        number = self.tried[client]
        self.failed[number - 1] += 1
        if number == self.attempts:
            self.gave_up += 1
            return None

        def uniform(least: float, most: float) -> float:
            self.state[client], share = drawn(self.state[client])
            return least + (most - least) * share

        wait = self.rule.wait(number, self.before[client], uniform)
        self.before[client] = wait
        seen = self.waits[number]
        seen[0] = min(seen[0], wait)
        seen[1] += wait
        seen[2] = max(seen[2], wait)
        return at + TAKES + wait


def model(values: Values) -> dict[str, Any]:
    """Times in milliseconds from the start of the outage.

    bins: for each tenth of a second [failed while down, turned away afterwards, served]. worst: [retries in the tenth
    of a second that has most of them, its number]. worst_after: most requests in one after the outage. half, most:
    when 50 % and 99 % of the clients are served, or None. attempts: for each [requests, failed, shortest wait before
    it, mean, longest]; None where nobody waited.
    """
    herd, outage = _Herd(values), values["outage"]
    bins: list[list[int]] = []
    retries: list[int] = []
    served: list[float] = []
    wasted = 0

    def note(at: float, what: int, is_retry: bool) -> None:
        place = math.floor(at / BIN)
        while len(bins) <= place:
            bins.append([0, 0, 0])
            retries.append(0)
        bins[place][what] += 1
        retries[place] += is_retry

    # While the server is down all fail, in whatever order.
    waiting: list[tuple[float, int]] = []
    for client in range(herd.clients):
        at: float | None = 0.0
        while at is not None and at < outage:
            note(at, 0, herd.tried[client] > 0)
            herd.arrives(client)
            wasted += 1
            at = herd.fails(client, at)
        if at is not None:
            waiting.append((at, client))

    # Afterwards, who comes first in a tenth of a second is served.
    room = values["capacity"] // 10
    filled: dict[int, int] = {}
    heapq.heapify(waiting)
    while waiting:
        at, client = heapq.heappop(waiting)
        is_retry = herd.tried[client] > 0
        herd.arrives(client)
        window = math.floor((at - outage) / BIN)
        filled[window] = filled.get(window, 0) + 1
        if not room or filled[window] <= room:
            note(at, 2, is_retry)
            served.append(at)
            continue
        note(at, 1, is_retry)
        again = herd.fails(client, at)
        if again is not None:
            heapq.heappush(waiting, (again, client))

    worst = max(retries, default=0)
    after = bins[outage // BIN :]
    return {
        "bins": bins,
        "worst": [worst, retries.index(worst) if worst else 0],
        "worst_after": max(map(sum, after), default=0),
        "half": _nth(served, math.ceil(herd.clients / 2)),
        "most": _nth(served, math.ceil(herd.clients * 99 / 100)),
        "served": len(served),
        "gave_up": herd.gave_up,
        "wasted": wasted,
        "turned_away": sum(each[1] for each in bins),
        "attempts": [
            [came, failed, *([least, total / came, most] if came and number else [None] * 3)]
            for number, (came, failed, (least, total, most)) in enumerate(
                zip(herd.arrived, herd.failed, herd.waits, strict=True)
            )
        ],
    }


def _nth(served: list[float], number: int) -> float | None:
    """When the client of that number was served; they are in the order of time."""
    return served[number - 1] if number <= len(served) else None


def twin(values: Values, outcome: dict[str, Any]) -> Twin:
    rows = []
    for number, (came, failed, least, mean, most) in enumerate(outcome["attempts"], 1):
        waits = ["none", "none", "none"] if mean is None else [_whole(each) for each in (least, mean, most)]
        rows.append((str(number), grouped(came), grouped(failed), *waits))
    return Twin(
        _finding(values, outcome),
        f"Attempts of {grouped(values['clients'])} clients, {dict(KINDS)[values['kind']]}",
        ("Attempt", "Requests", "Of these failed", "Shortest wait before", "Mean wait", "Longest wait"),
        tuple(rows),
    )


def _finding(values: Values, outcome: dict[str, Any]) -> str:
    clients, outage = values["clients"], values["outage"]
    gave_up, half, most = outcome["gave_up"], outcome["half"], outcome["most"]
    worst, after = outcome["worst"][0], outcome["worst_after"]
    if worst:
        back = f"; once the server is back, up to {_count(after, 'request', 'requests')}" if after else ""
        said = f"{_count(worst, 'retry', 'retries')} of {grouped(clients)} clients"
        parts = [f"Up to {said} fall into one tenth of a second{back}."]
    else:
        parts = [f"Nobody asks a second time: {grouped(clients)} requests come at once."]
    if outcome["wasted"]:
        parts.append(f"{_count(outcome['wasted'], 'request meets', 'requests meet')} a server that is down.")
    if outcome["turned_away"]:
        parts.append(f"{_count(outcome['turned_away'], 'request is', 'requests are')} turned away afterwards.")
    if half is not None:
        since = "it is back" if outage else "the start"
        later = f", 99 % after {milliseconds(most - outage)}" if most is not None else ""
        parts.append(f"Half of the clients are served {milliseconds(half - outage)} after {since}{later}.")
    if gave_up == clients:
        parts.append("All clients give up.")
    elif gave_up:
        parts.append(f"{_count(gave_up, 'client gives', 'clients give')} up.")
    return " ".join(parts)


def _whole(wait: float) -> str:
    return milliseconds(math.floor(wait + 0.5))


def _count(number: int, one: str, many: str) -> str:
    return f"{grouped(number)} {one if number == 1 else many}"


WIDGET = Widget(
    "backoff",
    "When a herd comes back",
    "A server goes down, and all of its clients fail in the same moment. They try again. See when their requests come, "
    "for each way to choose the wait.",
    CONTROLS,
    model,
    twin,
    "work that piles up in a server under load, and clients that join meanwhile. A failed attempt takes 20 ms. A "
    "server with a limit counts anew in each tenth of a second and serves who comes first; to turn a request away "
    "costs it nothing.",
)
