"""Whether a class or function that was imported from a file is what stands in that file now."""

from __future__ import annotations

import dis
import inspect
import sys
import types
import warnings
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any


def is_stale(answer: Any) -> bool:
    """Whether its module's file, compiled now, gives other code than the module has. False where nothing can be said.

    The code is compared, and not the file's time: a file that was saved again as it was is the same, and a module that
    was reloaded is new.
    """
    module = sys.modules.get(answer.__module__)
    path = getattr(module, "__file__", None)
    # Another loader may compile its own way, as pytest's does.
    if path is None or type(getattr(module, "__loader__", None)) is not SourceFileLoader:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            now = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return False
    known = set(_codes_in(now))
    changed = any(code.co_filename == path and code not in known for code in _codes_of(module))
    return changed or (inspect.isclass(answer) and not _methods_in(now, answer.__name__) <= vars(answer).keys())


def _methods_in(module: types.CodeType, name: str) -> set[str]:
    """The names of the methods that the class of that name is given in its body."""
    bodies = [code for code in module.co_consts if isinstance(code, types.CodeType) and code.co_name == name]
    stored = {each.argval for body in bodies[-1:] for each in dis.get_instructions(body) if each.opname == "STORE_NAME"}
    inner = (code for body in bodies[-1:] for code in body.co_consts if isinstance(code, types.CodeType))
    return {code.co_name for code in inner} & stored


def _codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _codes_in(each)


def _codes_of(module: types.ModuleType) -> Iterator[types.CodeType]:
    """The code of its functions, and of the methods of its classes."""
    for value in vars(module).values():
        owned = vars(value).values() if inspect.isclass(value) and value.__module__ == module.__name__ else [value]
        for each in owned:
            if isinstance(each, property):
                each = each.fget
            elif isinstance(each, staticmethod | classmethod):
                each = each.__func__
            if inspect.isfunction(each) and inspect.isfunction(function := inspect.unwrap(each)):
                yield function.__code__
