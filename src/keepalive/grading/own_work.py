"""An answer is the learner's own work: their code is refused the grader's modules and an exercise's own files.

It stops what is typed: `import reference`, `importlib` with a path, `open(".../reference.py")`, `from
keepalive.grading import ...`. It does not stop who means to get around it: `sys.modules["keepalive.grading"]` or
`importlib.import_module` of what is loaded already, a copy of the file elsewhere, another process, a module of the
learner's own that imports the grader, frames and `gc`. Nor does it for a class of a notebook's cells import of the
grader, since their builtins are everybody's; reading an exercise's files is refused there, too.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from keepalive.grading.stops import LearnerProblem

KIND = "copies"

_GRADER = ("keepalive.grading", "keepalive.course")
_FILES = ("reference", "grader", "drive", "answers")
"""Names, without what follows the first dot, of the files of an exercise that say how it is done."""

_ADVICE = "An answer stands on httpx, on Python's own modules and on files of your own: write this part yourself."


class _Watching(threading.local):
    owns: Callable[[FrameType], bool] | None = None
    own_file: str = ""
    tell: Callable[[str], object] = staticmethod(lambda text: None)


_watching = _Watching()
_hooked = False


def guarded_builtins(namespace: dict[str, Any]) -> dict[str, Any]:
    """Builtins for a module of the learner's, whose `import` refuses the grader."""

    def guarded(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if level == 0 and globals is namespace and (ours := _grader_module(name, fromlist or ())):
            _refuse(f"Your code imports `{ours}`, which is the grader itself. {_ADVICE}")
        return builtins.__import__(name, globals, locals, fromlist, level)

    return {**vars(builtins), "__import__": guarded}


@contextlib.contextmanager
def enforced(owns: Callable[[FrameType], bool], own_file: str, tell: Callable[[str], object]) -> Iterator[None]:
    """Inside the block a frame that `owns` may not open an exercise's files, save `own_file`, the answer itself.

    `tell` hears the sentence first: the LearnerProblem that is raised may be caught.
    """
    global _hooked
    if not _hooked:  # for good: an audit hook cannot be taken away
        sys.addaudithook(_on_event)
        _hooked = True
    before = _watching.owns, _watching.own_file, _watching.tell
    _watching.owns, _watching.own_file, _watching.tell = owns, os.path.realpath(own_file), tell
    try:
        yield
    finally:
        _watching.owns, _watching.own_file, _watching.tell = before


def _on_event(event: str, given: tuple[Any, ...]) -> None:
    if event != "open" or _watching.owns is None:  # importing a module opens its file, or what was compiled of it
        return
    path = given[0]
    if isinstance(path, (str, bytes)) and _belongs_to_an_exercise(os.fsdecode(path)) and _is_asked_for():
        name = os.path.basename(os.fsdecode(path))
        _refuse(f"Your code opens `{name}` in the folder of an exercise. {_ADVICE}")


def _belongs_to_an_exercise(path: str) -> bool:
    if os.path.basename(path).partition(".")[0] not in _FILES:
        return False
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    if os.path.basename(folder) == "__pycache__":
        folder = os.path.dirname(folder)
    about = ("exercise.toml", "grader.py")
    return path != _watching.own_file and all(os.path.isfile(os.path.join(folder, name)) for name in about)


def _is_asked_for() -> bool:
    """Whether the innermost frame that is not a library's is the learner's, and not the grader's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if _watching.owns is not None and _watching.owns(frame):
            return True
        ours = str(frame.f_globals.get("__name__")).startswith("keepalive.")
        if ours and frame.f_globals is not globals():  # in here is `guarded`, through which they import
            return False
        frame = frame.f_back
    return False


def _grader_module(name: str, fromlist: Sequence[str]) -> str | None:
    named = [name, *(f"{name}.{each}" for each in fromlist)]
    return next((each for each in named for ours in _GRADER if f"{each}.".startswith(f"{ours}.")), None)


def _refuse(text: str) -> None:
    _watching.tell(text)
    raise LearnerProblem(KIND, text)
