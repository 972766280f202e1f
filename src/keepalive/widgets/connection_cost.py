"""What connections cost: a client for each call against one client that is kept."""

from __future__ import annotations

from typing import Any

from .shape import Control, Twin, Values, Widget
from .text import count, fixed, milliseconds

TLS_ROUND_TRIPS = {"http": 0, "tls12": 2, "tls13": 1}

CONTROLS = (
    Control("rtt", "Round-trip time", "number", 80, unit="ms", most=300, help="To the server and back."),
    Control("calls", "Calls", "number", 100, least=1, most=1000),
    Control("at_once", "Calls at once", "number", 1, least=1, most=50, help="1: one after another."),
    Control(
        "protocol",
        "Protocol",
        "choice",
        "tls13",
        options=(("http", "plain http"), ("tls12", "https, TLS 1.2"), ("tls13", "https, TLS 1.3")),
    ),
    Control("server", "Server's own time for an answer", "number", 10, unit="ms", most=1000),
    Control(
        "context",
        "Time to make a TLS context",
        "number",
        0,
        unit="ms",
        most=100,
        help="Paid once by each client that is handed none, also for plain http. No other call goes on meanwhile.",
    ),
)


def model(values: Values) -> dict[str, Any]:
    """Times in milliseconds. `parts` add up to the total: what the calls wait for that end last."""
    rtt, server, context = values["rtt"], values["server"], values["context"]
    calls = values["calls"]
    lanes = min(values["at_once"], calls)
    turns = -(-calls // lanes)
    tls = TLS_ROUND_TRIPS[values["protocol"]]
    new, kept = rtt * (2 + tls) + server, rtt + server

    # As many lanes as calls at once. Making a context keeps the event loop, so one waits for the other there.
    free_at, loop_free_at = [0] * lanes, 0
    for call in range(calls):
        loop_free_at = max(free_at[call % lanes], loop_free_at) + context
        free_at[call % lanes] = loop_free_at + new
    total = free_at[(calls - 1) % lanes]
    one_total = context + new + kept * (turns - 1)
    return {
        "per_call": {
            "connections": calls,
            "contexts": calls,
            "round_trips": {"tcp": calls, "tls": calls * tls, "requests": calls},
            "first": context + new,
            "later": context + new,
            "total": total,
            "parts": {
                "waiting": total - turns * (context + new),
                "context": turns * context,
                "tcp": turns * rtt,
                "tls": turns * tls * rtt,
                "requests": turns * rtt,
                "server": turns * server,
            },
        },
        "one_client": {
            "connections": lanes,
            "contexts": 1,
            "round_trips": {"tcp": lanes, "tls": lanes * tls, "requests": calls},
            "first": context + new,
            "later": kept,
            "total": one_total,
            "parts": {
                "waiting": 0,
                "context": context,
                "tcp": rtt,
                "tls": tls * rtt,
                "requests": turns * rtt,
                "server": turns * server,
            },
        },
        "ratio": total / one_total if one_total else 1,
    }


def twin(values: Values, outcome: dict[str, Any]) -> Twin:
    each, one = outcome["per_call"], outcome["one_client"]
    rows = [
        ("Connections opened", str(each["connections"]), str(one["connections"])),
        ("Round trips for TCP", str(each["round_trips"]["tcp"]), str(one["round_trips"]["tcp"])),
        ("Round trips for TLS", str(each["round_trips"]["tls"]), str(one["round_trips"]["tls"])),
        ("Round trips for requests", str(each["round_trips"]["requests"]), str(one["round_trips"]["requests"])),
        ("TLS contexts made", str(each["contexts"]), str(one["contexts"])),
        ("The first call takes, alone", milliseconds(each["first"]), milliseconds(one["first"])),
        ("A later call takes, alone", milliseconds(each["later"]), milliseconds(one["later"])),
        ("All calls take", milliseconds(each["total"]), milliseconds(one["total"])),
        ("Of that, waiting for others' contexts", *(milliseconds(way["parts"]["waiting"]) for way in (each, one))),
    ]
    return Twin(
        _finding(values, outcome),
        f"{count(values['calls'], 'call')}, a client for each against one client",
        ("What it takes", "A client per call", "One client"),
        tuple(rows),
    )


def _finding(values: Values, outcome: dict[str, Any]) -> str:
    each, one = outcome["per_call"], outcome["one_client"]
    if one["total"] == 0:
        return "Nothing takes any time here: give the network some distance, or the server some work."
    if each["total"] == one["total"]:
        return (
            f"Both take {milliseconds(one['total'])}. No call comes after another, so each needs a connection of its "
            "own: nothing can be kept for a later one."
            if values["rtt"]
            else f"Both take {milliseconds(one['total'])}: over no distance a connection costs no time."
        )
    ratio, opened = outcome["ratio"], count(each["connections"], "connection")
    is_same = each["connections"] == one["connections"]
    return (
        f"A client per call takes {milliseconds(each['total'])}, one client {milliseconds(one['total'])}: "
        f"{fixed(ratio, 1 if ratio >= 2 else 2)} times as long. "
        + (f"Each opens {opened}." if is_same else f"It opens {opened} instead of {one['connections']}.")
    )


WIDGET = Widget(
    "connection-cost",
    "What connections cost",
    "The same calls twice: with a client made for each of them, and with one client that is kept. Move the distance, "
    "the protocol or the number of calls, and see what the handshakes take.",
    CONTROLS,
    model,
    twin,
    "loss and slow start, the name look-up, and closing. HTTP/1.1 only. The one client may keep as many connections as "
    "there are calls at once; httpx's default keeps 20, and above 20 at once it hardly reuses any, for a reason that "
    "chapter 06 shows.",
)
