"""Commands that a person is told to type: each can be pasted into their shell as it stands."""

from __future__ import annotations

import os
import shlex
import subprocess


def typed(word: str) -> str:
    """A word of a command as it has to be typed for the shell to take it as one."""
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)
