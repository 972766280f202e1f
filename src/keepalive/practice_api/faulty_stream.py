"""The bytes of one response as faults leave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeVar

from keepalive.faults import Cut, Drip, Fault, Pace, Pauses, Reset, WrongLength

F = TypeVar("F", bound=Fault)
End = Literal["cut", "reset"]


class FaultyStream:
    """One response on its way out: its bytes go in as the server writes them, and come out spoiled.

    Bytes of the body are counted as they are sent: where the server divides a body into chunks, with what divides them.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = tuple(faults)
        self._head: bytes | None = b""  # what has come of it; None when it has gone out
        drips = {fault.part: fault for fault in self._faults if isinstance(fault, Drip)}
        body = self._fault(Pauses) or drips.get("body")
        self._head_pace = Pace(drips["head"]) if "head" in drips else None
        self._body_pace = Pace(body) if body else None
        self._ends = self._fault(Cut) or self._fault(Reset)
        self._left: int | None = None  # bytes that may still go out; None for any number
        if self._ends is not None and self._ends.part == "head":
            self._left = self._ends.after_bytes

    @property
    def used_up(self) -> bool:
        """Whether all has gone out that ever will: the connection ends here."""
        return self._left == 0

    @property
    def end(self) -> End | None:
        """How the connection ends after what goes out; None if it does not."""
        if self._fault(Reset):
            return "reset"
        return "cut" if self._fault(Cut) or self._fault(WrongLength) else None

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """What goes out for what the server writes, each piece with the seconds before it."""
        while self._head is not None:
            head, mark, data = (self._head + data).partition(b"\r\n\r\n")
            if not mark:
                self._head = head
                return
            self._head = b""
            if head.split(b" ", 2)[1].startswith(b"1"):  # 100 Continue: the answer is still to come
                yield 0.0, head + mark
                continue
            self._head = None
            yield from self._out(self._said(head) + mark, self._head_pace)
            if self._ends is not None and self._ends.part == "body":
                self._left = self._ends.after_bytes
        yield from self._out(data, self._body_pace)

    def _said(self, head: bytes) -> bytes:
        """The head, with the length that the answer claims."""
        wrong = self._fault(WrongLength)
        if wrong is None or head.split(b" ", 2)[1] == b"204":
            return head
        length = (b"content-length:", b"transfer-encoding:")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(length)]
        return b"\r\n".join([*lines, b"content-length: %d" % wrong.declared])

    def _out(self, data: bytes, pace: Pace | None) -> Iterator[tuple[float, bytes]]:
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        if pace is not None:
            yield from pace.pieces(data)
        elif data:
            yield 0.0, data

    def _fault(self, kind: type[F]) -> F | None:
        return next((each for each in self._faults if isinstance(each, kind)), None)
