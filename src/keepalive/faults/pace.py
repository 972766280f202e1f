"""What `Drip` and `Pauses` mean in bytes and seconds, for whoever plays them."""

from __future__ import annotations

from collections.abc import Iterator

from .kinds import Drip, Pauses


class Pace:
    """Divides what is to be sent into pieces with pauses. A stream may be handed over in any portions."""

    def __init__(self, fault: Drip | Pauses) -> None:
        self._steps = _steps(fault)
        self._left: int | None = 0  # bytes that may still go without a pause; None: all of them

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """The data in pieces, each with the seconds before it."""
        while data:
            pause = 0.0
            while self._left == 0:
                step, self._left = next(self._steps)
                pause += step
            piece, data = (data, b"") if self._left is None else (data[: self._left], data[self._left :])
            if self._left is not None:
                self._left -= len(piece)
            yield pause, piece


def _steps(fault: Drip | Pauses) -> Iterator[tuple[float, int | None]]:
    if isinstance(fault, Drip):
        yield 0.0, fault.bytes
        while True:
            yield fault.every, fault.bytes
    yield from fault.pieces
    yield 0.0, None
