"""The pool simulator: how many connections so many callers come to, and who waits for one."""

from __future__ import annotations

import functools
from typing import Any

from .pool_simulation import KEEPALIVE_EXPIRY, Settings, Simulation
from .shape import Control, Twin, Values, Widget
from .text import count, grouped, milliseconds

CONTROLS = (
    Control("callers", "Callers", "number", 50, least=1, most=100, help="All begin at the same moment."),
    Control("calls", "Calls of each, one after another", "number", 12, least=1, most=20),
    Control("service", "Server's time for an answer", "number", 200, unit="ms", least=10, most=2000, step=10),
    Control("varies", "Some answers take half as long, some half as long again", "flag", False),
    Control("pause", "Pause of a caller between calls", "number", 0, unit="ms", most=10_000, step=50),
    Control("connect", "Time to connect", "number", 20, unit="ms", most=500, step=10),
    Control("most", "max_connections", "number", 100, least=1, most=100, only_if=("no_most", False)),
    Control("no_most", "max_connections=None: no limit", "flag", False),
    Control("keep", "max_keepalive_connections", "number", 20, most=100, only_if=("no_keep", False)),
    Control("no_keep", "max_keepalive_connections left out: all are kept", "flag", False),
    Control("pool_timeout", "Pool timeout", "number", 5000, unit="ms", least=50, most=30_000, step=50),
    Control("gate", "Permits of a semaphore round each call", "number", 0, most=100, help="0: no semaphore."),
    Control("server_closes", "The server closes the connection with each answer", "flag", False),
)


def settings_of(values: Values) -> Settings:
    return Settings(
        callers=values["callers"],
        calls=values["calls"],
        service=values["service"],
        most=None if values["no_most"] else values["most"],
        keep=None if values["no_keep"] else values["keep"],
        pool_timeout=values["pool_timeout"],
        gate=values["gate"],
        pause=values["pause"],
        connect=values["connect"],
        varies=values["varies"],
        server_closes=values["server_closes"],
    )


def model(values: Values) -> dict[str, Any]:
    """Times in milliseconds.

    as_set: the figures. all_kept: those without `max_keepalive_connections`; None where that is no difference.
    connections: [lane, dialled, open, closed or None]. requests: [lane, sent, answered, whether the connection was
    kept]. waits: each change of who waits: [time, in the pool, at the gate].
    """
    settings = settings_of(values)
    simulation = _played(settings)
    connections = simulation.connections
    keeps_fewer = settings.keep is not None and (settings.most is None or settings.keep < settings.most)
    all_kept = Settings(**{**vars(settings), "keep": None})
    return {
        "as_set": simulation.summary(),
        "all_kept": _played(all_kept).summary() if keeps_fewer else None,
        "connections": [[each.lane, each.dialled, each.opened, each.closed] for each in connections],
        "requests": [[each.lane, *times, nth > 0] for each in connections for nth, times in enumerate(each.served)],
        "waits": simulation.waits,
    }


@functools.lru_cache(maxsize=4)
def _played(settings: Settings) -> Simulation:
    simulation = Simulation(settings)
    simulation.run()
    return simulation


ROWS = (
    ("Connections opened", "opened"),
    ("Calls on a connection that was kept", "reused"),
    ("Closed by the pool, as more than it may keep", "surplus"),
    (f"Closed by the pool, after more than {KEEPALIVE_EXPIRY // 1000} s without a call", "expired"),
    ("Closed by the server", "by_server"),
    ("Connections at one time, at most", "peak"),
    ("Calls that end with PoolTimeout", "timeouts"),
    ("Longest wait in the pool's queue", "pool_wait"),
    ("Longest wait for a permit", "gate_wait"),
    ("All calls take", "total"),
)
TIMES = {"pool_wait", "gate_wait", "total"}


def twin(values: Values, outcome: dict[str, Any]) -> Twin:
    columns = [each for each in (outcome["as_set"], outcome["all_kept"]) if each]
    rows = [
        (name, *(milliseconds(column[key]) if key in TIMES else grouped(column[key]) for column in columns))
        for name, key in ROWS
    ]
    calls = values["callers"] * values["calls"]
    return Twin(
        _finding(values, outcome),
        f"{count(calls, 'call')} of {count(values['callers'], 'caller')}",
        ("What is counted", "As set", "With every connection kept")[: 1 + len(columns)],
        tuple(rows),
    )


def _finding(values: Values, outcome: dict[str, Any]) -> str:
    found, kept, callers = outcome["as_set"], outcome["all_kept"], values["callers"]
    number = callers * values["calls"]
    opened, calls = count(found["opened"], "connection"), count(number, "call")
    parts = []
    if found["by_server"]:
        parts.append(f"The server closes with each answer: {opened} for {calls}.")
    elif found["surplus"]:
        by_gate = f" through {count(values['gate'], 'permit')}" if 0 < values["gate"] < callers else ""
        with_all = f"; with all kept, {kept['opened']}" if kept["opened"] < found["opened"] else ""
        parts.append(f"{count(callers, 'caller')}{by_gate} on {values['keep']} kept: {opened} for {calls}{with_all}.")
    elif found["expired"]:
        parts.append(f"The pauses are longer than a connection is kept: {opened} for {calls}.")
    elif found["reused"]:
        parts.append(f"{opened} for {calls}: each is kept for the next call.")
    else:
        parts.append(f"{opened} for {calls}: none is used twice.")
    if found["timeouts"]:
        parts.append(f"{found['timeouts']} of {calls} end with PoolTimeout.")
    if found["pool_wait"] > values["pool_timeout"]:
        parts.append(
            f"The longest wait in the pool is {milliseconds(found['pool_wait'])}, above the pool timeout: its time "
            "begins anew whenever a connection comes free and another call is quicker."
        )
    elif found["pool_wait"]:
        parts.append(f"The longest wait in the pool is {milliseconds(found['pool_wait'])}.")
    elif found["gate_wait"]:
        parts.append(f"The longest wait for a permit is {milliseconds(found['gate_wait'])}; in the pool nobody waits.")
    return " ".join(parts)


WIDGET = Widget(
    "pool",
    "A pool under load",
    "Many callers share one client. See which connections are kept and which are thrown away, and who waits where: for "
    "the pool, or for a semaphore of your own.",
    CONTROLS,
    model,
    twin,
    "what the pool's own work costs in processor time, and the reading of long answers. One server, HTTP/1.1, and "
    "httpx's keepalive_expiry of 5 s. Rules and order are those of httpcore 1.0.9: the course's tests run the real "
    "pool with hundreds of settings and find these counts.",
)
