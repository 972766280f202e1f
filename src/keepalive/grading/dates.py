"""`datetime.now()` and `date.today()` on the virtual clock, while a run is on.

The classes of `datetime` are written in C, so their methods cannot be replaced; the classes themselves can. They are
replaced in the module, and in the learner's namespace, for the length of a run and no longer: a notebook in which
`datetime.datetime` stayed somebody else's class could not pickle a date any more.
"""

from __future__ import annotations

import contextlib
import datetime as module
from collections.abc import Iterator
from typing import Any

from keepalive.grading import clock

_date, _datetime = module.date, module.datetime


class _StandsFor(type):
    """Makes `isinstance(x, datetime)` and `issubclass` mean what they meant."""

    real: type

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)


class _SwitchingDatetime(_datetime, metaclass=_StandsFor):
    real = _datetime

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _datetime(*args, **kwargs)  # instances are the real class's: they print, compare and pickle as such

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        seconds = clock.followed_wall()
        return _datetime.now(tz) if seconds is None else _datetime.fromtimestamp(seconds, tz)

    @classmethod
    def utcnow(cls) -> Any:
        seconds = clock.followed_wall()
        if seconds is None:
            return _datetime.utcnow()
        return _datetime.fromtimestamp(seconds, module.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


class _SwitchingDate(_date, metaclass=_StandsFor):
    real = _date

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _date(*args, **kwargs)

    @classmethod
    def today(cls) -> Any:
        seconds = clock.followed_wall()
        return _date.today() if seconds is None else _date.fromtimestamp(seconds)


_STANDS_IN = {_datetime: _SwitchingDatetime, _date: _SwitchingDate}


def virtual_names(namespace: dict[str, Any]) -> dict[str, Any]:
    """For each name in `namespace` that is bound to a real date class, what stands in for it during a run."""
    return {
        name: _STANDS_IN[value] for name, value in namespace.items() if isinstance(value, type) and value in _STANDS_IN
    }


@contextlib.contextmanager
def virtual() -> Iterator[None]:
    """Inside the block the module's classes follow the thread's clock."""
    module.datetime, module.date = _SwitchingDatetime, _SwitchingDate  # type: ignore[misc]
    try:
        yield
    finally:
        module.datetime, module.date = _datetime, _date  # type: ignore[misc]
