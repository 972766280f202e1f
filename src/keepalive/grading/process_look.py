"""What a parent sees of a child that says nothing: does it work, is it blocked, or does it wait for a processor?

Real time says nothing of that. A child that was paused, or that sixteen others keep from the processor, is nobody's
mistake; one that computes for ever uses processor time, and one that is blocked is asleep whenever the parent looks.
"""

from __future__ import annotations

import sys

import psutil

_STATUS_IS_TOLD = sys.platform.startswith("linux")
"""macOS and Windows call nearly every process running; there, having done nothing stands for sleep."""


class Look:
    """Looks at the process `pid` every so many seconds, as far as the machine manages: a parent that was paused has
    not looked meanwhile.

    `work`: seconds of processor time that it may take from now on; `asleep`: seconds that it may sleep.
    """

    def __init__(self, pid: int, *, every: float, work: float, asleep: float) -> None:
        self._every = every
        self._process: psutil.Process | None = None
        try:
            self._process = psutil.Process(pid)
            self._used = self._process_time()
        except psutil.Error:
            pass
        self._end = self._used + work if self._process else 0.0
        self._left = asleep

    def is_too_much(self) -> bool:
        """To be asked at each look. Of a process that is gone: False, for its end tells more."""
        if self._process is None:
            return False
        try:
            status, used = self._process.status(), self._process_time()
        except psutil.Error:
            return False
        asleep = status == psutil.STATUS_SLEEPING or (not _STATUS_IS_TOLD and used == self._used)
        self._used = used
        if asleep:
            self._left -= self._every
        return used >= self._end or self._left <= 0

    def _process_time(self) -> float:
        assert self._process is not None
        times = self._process.cpu_times()
        return times.user + times.system
