"""The HTTP libraries that an answer may be written for: httpx, and httpx2, its maintained successor.

Each stands on a pool of its own, httpcore and httpcore2, which the wire serves alike. What is not installed is never
asked for, and what the answer does not use is not imported.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from keepalive.grading.surroundings import replaced

CORES = {"httpx": "httpcore", "httpx2": "httpcore2"}
"""The pool below each library."""

_BELOW = (*CORES.values(), "anyio", "h11")


def import_what_is_named(source: bytes) -> None:
    """Import httpx2 if this source names it, so that the wire is under its pool before the first is made."""
    if b"httpx2" in source:
        with contextlib.suppress(ImportError):
            importlib.import_module("httpx2")


def loaded() -> list[ModuleType]:
    """The libraries that this process has imported; httpx first."""
    return [sys.modules[name] for name in CORES if name in sys.modules]


def core_modules(library: ModuleType, *names: str) -> list[ModuleType]:
    """Modules of the pool below a library, by their names in it."""
    return [importlib.import_module(f"{CORES[library.__name__]}.{name}") for name in names]


def of_answer(namespace: Mapping[str, Any], entry: Any) -> ModuleType:
    """The library that an answer is written for.

    That of which the entry's class is a subclass; else the only one that its module names, or the modules beside it
    that it has imported; else, where both are named, the one whose client the entry makes when it is tried; else httpx.
    """
    there = loaded()
    if len(there) == 1:
        return httpx
    if isinstance(entry, type):
        for library in there:
            if issubclass(entry, library.AsyncClient):
                return library
    named = {_package_of(value) for values in _namespaces(namespace) for value in values.values()}
    candidates = [library for library in there if library.__name__ in named]
    if len(candidates) == 1:
        return candidates[0]
    return next(_made_by(entry, candidates), httpx)


def _namespaces(namespace: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield namespace
    folder = Path(str(namespace.get("__file__") or ".")).parent
    for value in list(namespace.values()):
        if isinstance(value, ModuleType) and getattr(value, "__file__", None) and Path(value.__file__).parent == folder:
            yield vars(value)


def _package_of(value: Any) -> str:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name.partition(".")[0] if isinstance(name, str) else ""


def _made_by(entry: Any, candidates: list[ModuleType]) -> Iterator[ModuleType]:
    """Those whose client is made when the entry is."""
    made: list[ModuleType] = []
    with contextlib.ExitStack() as stack:
        for library in candidates:
            stack.enter_context(_noticed(library, made))
        with contextlib.suppress(Exception):
            entry(base_url="http://trial.test")
    yield from made


@contextlib.contextmanager
def _noticed(library: ModuleType, made: list[ModuleType]) -> Iterator[None]:
    before = library.AsyncClient.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        made.append(library)
        before(self, *args, **kwargs)

    with replaced([(library.AsyncClient, "__init__", init)]):
        yield


def name_of(cls: type) -> str:
    """A class's name; a class that has the name of one of Python's or the library's, and is another, says whose it is.

    A learner's `class RuntimeError(Exception)` is "own RuntimeError". Both pools are "httpcore".
    """
    known = [getattr(place, cls.__name__, None) for place in (builtins, *loaded())]
    if cls in known or not any(known):
        return cls.__name__
    package = cls.__module__.partition(".")[0]
    if package not in _BELOW:
        return f"own {cls.__name__}"
    return f"{'httpcore' if package in CORES.values() else package}.{cls.__name__}"
