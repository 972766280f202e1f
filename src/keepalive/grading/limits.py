"""What the child process may use, where the operating system can hold it to that.

Linux keeps all of them; macOS ignores the one on memory; Windows has none: there only what the parent sees counts.
"""

from __future__ import annotations

import contextlib

MEMORY = 2 * 1024**3
"""Bytes of address space. Python with httpx takes about a tenth of it."""

CPU_SECONDS = 60
"""Seconds of processor time for a whole check: a last resort behind what a scenario may take."""

FILE_BYTES = 64 * 1024**2
"""Bytes of the largest file it may write."""


def apply() -> None:
    """Bind this process, for good."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CPU", CPU_SECONDS), ("RLIMIT_FSIZE", FILE_BYTES)):
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            if hard != resource.RLIM_INFINITY:
                most = min(most, hard)
            resource.setrlimit(kind, (most, hard))
