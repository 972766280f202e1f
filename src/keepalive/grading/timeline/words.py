"""The same story in words: for a screen reader, a terminal, and whoever would rather read."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from .scale import length
from .story import Clock, Lane, Moment, Request, Story, count

#: A listing longer than this is cut in the middle; so many lines stay at its head and at its end.
_MOST_LINES, _HEAD, _TAIL = 60, 34, 18

_ENDED = {
    "client": "closed by the client",
    "idle": "closed by the server after idling",
    "after answer": "closed by the server after its response",
    "cut": "cut by the server in the middle of a response",
    "crossed": "closed by the server while a request was on its way",
    "reset": "reset by the server",
    "refused": "refused by the server",
    "abandoned": "given up by the client before it was open",
}

NOTE_WORDS = {
    "mark": "mark: ",
    "diagnosis": "diagnosis: ",
    "no_route": "nobody serves ",
    "bad_request": "a request that no server serves, so it gets a 400: ",
}


def listing(story: Story, width: int) -> str:
    """First the summary, then what happened, in order; long runs are left out in the middle, with counts."""
    lines = _lines(story)
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_HEAD], _left_out(lines[_HEAD:-_TAIL]), *lines[-_TAIL:]]
    width, margin = max(32, width), max(len(line.stamp) for line in lines) + 2
    out = textwrap.wrap(story.summary(), width=width)
    for line in lines:
        out += textwrap.wrap(
            line.text,
            width=width,
            initial_indent=line.stamp.rjust(margin - 2) + "  ",
            subsequent_indent=" " * margin,
            break_on_hyphens=False,
        )
    return "\n".join(out) + "\n"


def description(story: Story) -> str:
    """Three or four sentences: what one sees at a glance."""
    said = [story.summary() + "."]
    if story.requests:
        results = Counter(r.result for r in story.requests)
        said.append("Responses: " + ", ".join(f"{n} × {result}" for result, n in results.items()) + ".")
        kept = sum(not r.fresh for r in story.requests)
        said.append(f"{count(kept, 'request')} went over a connection that was already open.")
    if story.waits:
        waited = [length(w.length) for w in story.waits]
        shown = ", ".join(waited[:8]) + (f" and {len(waited) - 8} more" if len(waited) > 8 else "")
        said.append(f"Waits before another attempt: {shown}.")
    left = [lane.name for lane in story.lanes if lane.left_open]
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        said.append(f"Left open: {shown}.")
    said += [f"Diagnosis: {note.text}" for note in story.notes if note.kind == "diagnosis"][:3]
    return " ".join(said)


def groups(lanes: Iterable[Lane]) -> str:
    """`36 more connections, each with one request, closed by the client`: lanes that are alike are said together."""
    lanes = list(lanes)
    alike = Counter(_alike(lane) for lane in lanes)
    if len(alike) == 1:
        (what,) = alike
        each = ", each" if len(lanes) > 1 else ""
        return f"and {count(len(lanes), 'more connection')}{each} {what}"
    most = alike.most_common(3)
    rest = len(lanes) - sum(n for _, n in most)
    parts = [f"{n} {what}" for what, n in most] + ([f"{rest} others"] if rest else [])
    return f"and {count(len(lanes), 'more connection')}: " + "; ".join(parts)


def _alike(lane: Lane) -> str:
    number = {0: "no request", 1: "one request"}.get(len(lane.requests), f"{len(lane.requests)} requests")
    notable = Counter(r.result for r in lane.requests if r.notable)
    said = f"with {number}" + (f" ({', '.join(f'{n} × {result}' for result, n in notable.items())})" if notable else "")
    if lane.left_open:
        return said + ", left open"
    return f"{said}, {_ENDED.get(lane.how, lane.how)}" if lane.how else said


class _Line(NamedTuple):
    order: tuple[float, float]
    kind: str  # for the count of what is left out
    stamp: str
    text: str


def _lines(story: Story) -> list[_Line]:
    """One line for everything that happened, in order."""
    clock = Clock(story)
    lines: list[_Line] = []

    def say(at: Moment, kind: str, text: str) -> None:
        lines.append(_Line((at.t, at.seq), kind, clock(at.t), text))

    for lane in story.lanes:
        if lane.opened is not None:
            host = f" to {lane.host}" if lane.host else ""
            if lane.how == "refused" and lane.ended is not None:
                after = "" if lane.ended.t == lane.opened.t else f" at {clock(lane.ended.t)}"
                say(lane.opened, "connection refused", f"{lane.name}{host} is refused{after}")
            else:
                tls = " with TLS" if lane.tls is not None else ""
                say(lane.opened, "connection opened", f"{lane.name} opens{host}{tls}")
        for request in lane.requests:
            say(request.start, f"request, {request.result}", _request(request, lane, clock))
        if lane.ended is not None and lane.how != "refused":
            gone = _ENDED.get(lane.how, f"closed by the server ({lane.how})")
            say(lane.ended, f"connection {gone}", f"{lane.name} {gone}")
        if lane.closed is not None and lane.ended is not None and lane.closed.t != lane.ended.t:
            say(lane.closed, "connection closed by the client too", f"{lane.name} closed by the client too")
    for wait in story.waits:
        order = (wait.end.t, wait.end.seq - 0.5)
        lines.append(_Line(order, "wait", "", f"waited {length(wait.length)}"))
    for note in story.notes:
        say(note.at, note.kind.replace("_", " "), NOTE_WORDS[note.kind] + note.text)
    lines.sort(key=lambda line: line.order)
    left = [lane.name for lane in story.lanes if lane.left_open]
    ending = "end of the scenario" if story.ended else "the run was stopped"
    if left:
        shown = ", ".join(left[:6]) + (f" and {len(left) - 6} more" if len(left) > 6 else "")
        ending += f"; left open: {shown}"
    return [*lines, _Line((story.end, float("inf")), "end", clock(story.end), ending)]


def _request(request: Request, lane: Lane, clock: Clock) -> str:
    said = f"{request.target} on {lane.name} → "
    end = request.end.t if request.end is not None else request.start.t
    if request.status is None:
        instead = {
            "cut": "cut off",
            "closed": "connection closed by the server",
            "given up": "given up by the client",
        }.get(request.outcome, request.outcome)
        return f"{said}{instead} at {clock(end)}"
    said += f"{request.status} at {clock(end)}"
    if request.first_byte is not None and end - request.first_byte > 0.25 * (end - request.start.t) > 0:
        said += f", first byte at {clock(request.first_byte)}"
    if request.no_route:
        said += " (nobody serves this path)"
    return said


def _left_out(lines: list[_Line]) -> _Line:
    kinds = Counter(line.kind for line in lines)
    said = "; ".join(f"{n} × {kind}" for kind, n in kinds.most_common(8))
    return _Line(lines[0].order, "", "…", f"{len(lines)} lines left out: {said}")
