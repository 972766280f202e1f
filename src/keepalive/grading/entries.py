"""What an exercise asks of a learner's code by name: a class, a function, or several functions.

A name that begins with a capital is a class's, any other a function's. A drive calls the class or function as `make`;
of several functions each is an attribute, `make.get_many`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Entry = str | Sequence[str]


class Functions:
    """Several functions, each an attribute of its own name."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        vars(self).update(functions)


def names(entry: Entry) -> tuple[str, ...]:
    """The names that are asked for."""
    return (entry,) if isinstance(entry, str) else tuple(entry)


def is_class(name: str) -> bool:
    """Whether it is a class that is asked for by this name."""
    return name[:1].isupper()


def taken(namespace: Mapping[str, Any], entry: Entry) -> Any:
    """What is asked for, out of a namespace in which `missing` finds nothing missing."""
    if isinstance(entry, str):
        return namespace[entry]
    return Functions({name: namespace[name] for name in entry})


def members(entry: Any) -> Mapping[str, Any]:
    """What belongs to it: the attributes of a class, the functions by their names; nothing of None."""
    if entry is None:
        return {}
    return {entry.__name__: entry} if inspect.isfunction(entry) else vars(entry)


def missing(namespace: Mapping[str, Any], entry: Entry, module: str, file_name: str) -> list[str]:
    """A sentence (Markdown) for each name that is not there, or is something else. `module`: of the learner's code."""
    return [said for name in names(entry) if (said := _missing(namespace, name, module, file_name))]


def _missing(namespace: Mapping[str, Any], name: str, module: str, file_name: str) -> str:
    kind, fits = ("class", inspect.isclass) if is_class(name) else ("function", inspect.isroutine)
    value = namespace.get(name)
    if value is not None:
        what = type(value).__name__
        a = "an" if what[:1].lower() in "aeiou" else "a"
        return "" if fits(value) else f"`{name}` is there, but it is {a} {what} and not a {kind}."
    own = {other: each for other, each in namespace.items() if getattr(each, "__module__", None) == module}
    others = sorted(other for other, each in own.items() if fits(each))
    has = f" It has {', '.join(f'`{other}`' for other in others)}." if others else ""
    return f"`{file_name}` has no {kind} named `{name}`.{has} The exercise looks for that name."


def maker(entry: Any, checked: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Any:
    """What a drive is given as `make`. `checked` wraps each function so that a wrong signature is told."""
    if isinstance(entry, Functions):
        return Functions({name: checked(function) for name, function in vars(entry).items()})
    return checked(entry)
