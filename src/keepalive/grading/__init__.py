"""Grading: the learner's client runs on a virtual clock, and the server it talks to is the grader.

Authors of a grader import `scenario`, `check`, `fail`, `Limits`, `Network`, `reply`, `hang`, `cross`, `accept`,
`refuse` and `silence` from here; whoever wants a verdict imports `ExerciseCode` and `grade`. Names are loaded when
asked for: the process that runs a learner's code must not carry the judge.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "ExerciseCode": "verdict",
    "grade": "verdict",
    "Limits": "scenarios",
    "check": "scenarios",
    "fail": "scenarios",
    "load_grader": "scenarios",
    "scenario": "scenarios",
    "Network": "replies",
    "accept": "replies",
    "close_during_request": "replies",
    "hang": "replies",
    "refuse": "replies",
    "diagnosed": "scenarios",
    "reply": "replies",
    "handshake_ok": "replies",
    "drop": "replies",
    "handshake_timeout": "replies",
    "bad_certificate": "replies",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
