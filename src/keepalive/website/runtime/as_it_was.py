"""The interpreter as it was before a learner's code ran in it: what they rebound, removed or left behind is put back.

    put_back = remember()     once, when everything is imported
    put_back()                after each run: what had been changed, by name; as a rule nothing

A page keeps one interpreter for as long as it is open. Somebody who tries `asyncio.sleep = ...` in one exercise must
not be judged by it in the next. Looked at are the names of all modules and the attributes of all their classes, by
identity, which is cheap; and the handful of things that a program sets for the whole process.

A module that is imported for the first time while learner's code runs stays, as it was right after its import: the
standard library imports much of itself late. One that comes from elsewhere than the library goes again. What is not
looked at: the insides of dicts, lists and functions that a module holds, but for the few that are named below.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib.abc
import importlib.machinery
import itertools
import logging
import operator
import os
import shutil
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

PutBack = Callable[[], list[str]]

WITH_OBJECTS = ("h11", "httpcore", "httpx", "json", "random")
"""Packages whose own objects are looked at, too: `json._default_encoder`, httpx's default timeouts and the like."""

_ADDED_BY_PYTHON = frozenset({"__annotations_cache__", "__annotations__", "__annotate__", "__annotate_func__"})
"""What Python adds to a module or a class by itself, as somebody asks for annotations."""

_IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE, of a type written in C
_OF_THE_IMPORT = (types.ModuleType, importlib.machinery.ModuleSpec)
_END = object()


def remember(folders: Iterable[Path] = ()) -> PutBack:
    """Remember everything, and return the function that puts it back.

    `folders`: where files that were not there are removed again. Leaves a finder on `sys.meta_path` that notes what is
    imported later.
    """
    engine = _Engine(folders)
    # All else relies on these, so they come first, and in words that rely on nothing.
    relied_on = (builtins, contextlib, gc, itertools, logging, operator, os, shutil, sys, types, warnings)
    first = [(names, dict(names)) for names in (globals(), *(vars(each) for each in relied_on))]
    own = [(each, dict(vars(each))) for each in (_Engine, _Noted, _Noting, _NotingLoader)]
    set_attribute = type.__setattr__

    def put_back() -> list[str]:
        done = []
        for names, before in first:
            for name in before:
                if name not in names or names[name] is not before[name]:
                    names[name] = before[name]
                    done.append(name)
        for each, attributes in own:
            for name in attributes:
                if name != "__dict__" and name != "__weakref__":
                    set_attribute(each, name, attributes[name])
        return done + engine.put_back()

    return put_back


class _Noted:
    """A module, its classes and some of its objects as they were: each a dict, what it was, and how to change it."""

    def __init__(self, name: str, module: types.ModuleType, known: set[int]) -> None:
        self.name, self.module = name, module
        self._dicts: list[tuple[str, Any, Callable[[str, Any], None], Callable[[str], None]]] = []
        names = vars(module)
        self._add(name, names, names.__setitem__, names.__delitem__)
        for value in list(names.values()):
            self._add_what_it_is(value, known)
        self.before = [dict(live) for _, live, _, _ in self._dicts]
        self._flatten()

    def _add(self, name: str, live: Any, put: Callable[[str, Any], None], remove: Callable[[str], None]) -> None:
        self._dicts.append((name, live, put, remove))

    def _add_what_it_is(self, value: Any, known: set[int]) -> None:
        if isinstance(value, type):
            if id(value) in known or value.__flags__ & _IMMUTABLE:
                return
            known.add(id(value))
            live = type.__dict__["__dict__"].__get__(value)
            self._add(
                f"{self.name}.{value.__name__}",
                live,
                lambda name, new: type.__setattr__(value, name, new),
                lambda name: type.__delattr__(value, name),
            )
            for inner in list(live.values()):
                if isinstance(inner, type):
                    self._add_what_it_is(inner, known)
        elif self.name.partition(".")[0] in WITH_OBJECTS and not isinstance(value, _OF_THE_IMPORT):
            live = getattr(value, "__dict__", None)
            if type(live) is dict and id(value) not in known:
                known.add(id(value))
                self._add(f"{self.name} ({type(value).__name__})", live, live.__setitem__, live.__delitem__)

    def _flatten(self) -> None:
        self._values = [value for before in self.before for value in before.values()] + [_END]

    def is_unchanged(self) -> bool:
        """One pass over all values. Orders count: what is only in another order is looked at more closely."""
        live = itertools.chain.from_iterable(live.values() for _, live, _, _ in self._dicts)
        return all(map(operator.is_, itertools.chain(live, (_END,)), self._values))

    def put_back(self) -> Iterator[str]:
        for (place, live, put, remove), before in zip(self._dicts, self.before, strict=True):
            for name, value in before.items():
                if (name not in live or live[name] is not value) and _done(put, name, value):
                    yield f"{place}.{name}"
            for name in [name for name in list(live) if name not in before]:
                value = live[name]
                if name in _ADDED_BY_PYTHON or self._is_submodule(name, value):
                    before[name] = value
                elif _done(remove, name):
                    yield f"{place}.{name}"
        # In the order of now, so that the next pass is short again.
        self.before = [
            {name: before[name] for name in live if name in before}
            for (_, live, _, _), before in zip(self._dicts, self.before, strict=True)
        ]
        self._flatten()

    def _is_submodule(self, name: str, value: Any) -> bool:
        return isinstance(value, types.ModuleType) and sys.modules.get(f"{self.name}.{name}") is value


def _done(change: Callable[..., None], *given: Any) -> bool:
    """Change something, unless Python forbids it: then it was not the learner's code that changed it."""
    try:
        change(*given)
    except (AttributeError, KeyError, TypeError):
        return False
    return True


class _Noting(importlib.abc.MetaPathFinder):
    """Finds nothing itself; tells of each module that another finder found, right after it was executed."""

    def __init__(self, noted: Callable[[types.ModuleType], None]) -> None:
        self._noted = noted

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _NotingLoader(spec.loader, self._noted)
                return spec
        return None


class _NotingLoader:
    """Stands before a module's loader until the module has been executed."""

    def __init__(self, real: Any, noted: Callable[[types.ModuleType], None]) -> None:
        self._real, self._noted = real, noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: Any) -> Any:
        return self._real.create_module(spec) if hasattr(self._real, "create_module") else None

    def exec_module(self, module: types.ModuleType) -> None:
        # The module must find its own loader: it may read its data, or its source, by it.
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        with contextlib.suppress(AttributeError):
            module.__loader__ = self._real
        self._real.exec_module(module)
        self._noted(module)


class _Engine:
    def __init__(self, folders: Iterable[Path]) -> None:
        self._known: set[int] = set()
        self._library = tuple(str(Path(place).resolve()) for place in sys.path if place and place != os.getcwd())
        self._modules = sys.modules  # the dict itself, should somebody bind another one
        self._modules_before = dict(self._modules)
        self._noted: dict[str, _Noted] = {}
        sys.meta_path.insert(0, _Noting(self._note_later))
        for name, module in self._modules_before.items():
            if isinstance(module, types.ModuleType) and name != "__main__":
                self._noted[name] = _Noted(name, module, self._known)
        self._lists = [("sys.path", sys.path), ("sys.meta_path", sys.meta_path), ("sys.path_hooks", sys.path_hooks)]
        self._lists_before = [list(each) for _, each in self._lists]
        self._environment = dict(os.environ)
        self._filters = list(warnings.filters)
        self._loggers = {id(each): _of_logger(each) for each in _loggers()}
        self._folder = os.getcwd()
        self._recursion, self._collects, self._trace = sys.getrecursionlimit(), gc.isenabled(), sys.gettrace()
        self._files = {folder: set(os.listdir(folder)) for folder in folders}

    def _note_later(self, module: types.ModuleType) -> None:
        name, origin = module.__name__, getattr(module.__spec__, "origin", None)
        if name in self._modules_before:
            return  # it was taken out of sys.modules and imported anew; the one from before comes back
        if origin is not None and (origin in ("built-in", "frozen") or origin.startswith(self._library)):
            self._modules_before[name] = module
            self._noted[name] = _Noted(name, module, self._known)

    def put_back(self) -> list[str]:
        """What had been changed, by name."""
        return [
            *self._put_back_modules(),
            *(each for noted in list(self._noted.values()) if not noted.is_unchanged() for each in noted.put_back()),
            *self._put_back_process(),
            *self._put_back_logging(),
            *self._sweep(),
        ]

    def _put_back_modules(self) -> Iterator[str]:
        modules, before = self._modules, self._modules_before
        for name in [name for name in modules if name not in before]:
            del modules[name]
            yield f"sys.modules[{name!r}]"
        for name, module in before.items():
            if modules.get(name, _END) is not module:
                modules[name] = module
                yield f"sys.modules[{name!r}]"

    def _put_back_process(self) -> Iterator[str]:
        for (name, live), before in zip(self._lists, self._lists_before, strict=True):
            if live != before:
                live[:] = before
                yield name
        if warnings.filters != self._filters:
            warnings.resetwarnings()  # which also has what was decided by the filters of before forgotten
            warnings.filters[:] = self._filters  # type: ignore[index]
            yield "warnings.filters"
        if dict(os.environ) != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
            yield "os.environ"
        if _cwd() != self._folder:
            os.chdir(self._folder)
            yield "os.getcwd()"
        if sys.getrecursionlimit() != self._recursion:
            sys.setrecursionlimit(self._recursion)
            yield "sys.getrecursionlimit()"
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)
            yield "sys.gettrace()"
        if sys.getprofile() is not None:
            sys.setprofile(None)
            yield "sys.getprofile()"
        if gc.isenabled() != self._collects:
            (gc.enable if self._collects else gc.disable)()
            yield "gc.isenabled()"

    def _put_back_logging(self) -> Iterator[str]:
        """A handler that was set up in one run writes to that run's output for ever."""
        if logging.root.manager.disable:
            logging.disable(logging.NOTSET)
            yield "logging.disable"
        for logger in _loggers():
            level, handlers, filters, propagate, disabled = self._loggers.get(id(logger), _NEW_LOGGER)
            if _of_logger(logger) != (level, handlers, filters, propagate, disabled):
                logger.setLevel(level)
                logger.handlers[:], logger.filters[:] = handlers, filters
                logger.propagate, logger.disabled = propagate, disabled
                yield f"logging.getLogger({logger.name!r})"

    def _sweep(self) -> Iterator[str]:
        for folder, before in self._files.items():
            for name in set(os.listdir(folder)) - before:
                place = folder / name
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place, ignore_errors=True)
                else:
                    place.unlink(missing_ok=True)
                yield str(place)


_NEW_LOGGER: tuple[Any, ...] = (logging.NOTSET, (), (), True, False)


def _loggers() -> list[logging.Logger]:
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(each for each in named if isinstance(each, logging.Logger))]


def _of_logger(logger: logging.Logger) -> tuple[Any, ...]:
    return (logger.level, tuple(logger.handlers), tuple(logger.filters), logger.propagate, logger.disabled)


def _cwd() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None
