"""Faults: what a server or the way to it can do wrong, as plain data.

The practice API shows them and the judge of an exercise demands that a client lives with them; both read these, so
that they mean the same thing. Nothing here does anything: a fault is a frozen dataclass with a JSON form.

Standard library only, and this package knows nobody.
"""

from .data import FORMAT, FaultError, dump, from_dict, from_text, load, to_dict
from .kinds import (
    KINDS,
    CloseAfter,
    CloseDuringRequest,
    Cut,
    Drip,
    DropConnect,
    Fault,
    Hang,
    IdleClose,
    Latency,
    Pauses,
    Refuse,
    Reset,
    RetryAfter,
    SequenceUsedUp,
    StatusSequence,
    WrongLength,
    one_of_each,
)
from .pace import Pace

__all__ = [
    "FORMAT",
    "KINDS",
    "CloseAfter",
    "CloseDuringRequest",
    "Cut",
    "Drip",
    "DropConnect",
    "Fault",
    "FaultError",
    "Hang",
    "IdleClose",
    "Latency",
    "Pace",
    "Pauses",
    "Refuse",
    "Reset",
    "RetryAfter",
    "SequenceUsedUp",
    "StatusSequence",
    "WrongLength",
    "dump",
    "from_dict",
    "from_text",
    "load",
    "one_of_each",
    "to_dict",
]
