"""`datetime.now()` and `datetime.utcnow()` on the clock of the thread that calls them.

`date.today()` and `datetime.today()` ask `time.time()`, which is switched already. The other two ask the system, and
they belong to a class written in C, whose attributes cannot be set. A class of our own in its place would be another
type, and break every `type(x) is datetime`, subclass and table of types. So the two entries in the class's own
dictionary are replaced, and Python is told; the class stays the one that everybody has.
"""

from __future__ import annotations

import ctypes
import datetime as module
import gc
from collections.abc import Callable
from typing import Any

_NOW, _UTCNOW = "now", "utcnow"
_SWITCHES = "follows_keepalive"


def install(followed: Callable[[], float | None]) -> None:
    """Let both follow `followed`, seconds since 1970 or None where the real time is meant. Harmless when they do."""
    names = gc.get_referents(module.datetime.__dict__)[0]
    if hasattr(getattr(names[_NOW], "__func__", None), _SWITCHES):
        return
    real = {name: names[name] for name in (_NOW, _UTCNOW)}

    def now(cls: type[module.datetime], tz: module.tzinfo | None = None) -> Any:
        """Return the current time, in the time zone `tz` or else as the local one."""
        seconds = followed()
        return real[_NOW].__get__(None, cls)(tz) if seconds is None else cls.fromtimestamp(seconds, tz)

    def utcnow(cls: type[module.datetime]) -> Any:
        """Return the current time in UTC, without a time zone."""
        seconds = followed()
        if seconds is None:
            return real[_UTCNOW].__get__(None, cls)()
        return cls.fromtimestamp(seconds, module.UTC).replace(tzinfo=None)

    for function in (now, utcnow):
        setattr(function, _SWITCHES, True)
        names[function.__name__] = classmethod(function)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(module.datetime))
