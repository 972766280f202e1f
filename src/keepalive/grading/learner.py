"""The learner's code: loaded from a file or taken as a class, and told apart from everybody else's in a traceback.

A frame is the learner's when its globals are the learner's module's: true for a file, for a class written in a
notebook's cells, and for nothing of ours, httpx's or asyncio's.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dis
import functools
import inspect
import io
import linecache
import re
import sys
import tokenize
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from keepalive.grading import clock, entries, libraries, own_work, watchdog
from keepalive.grading.entries import Entry
from keepalive.grading.newer_syntax import newer
from keepalive.grading.stops import LearnerProblem, OutputLimit, Stopped, TimeLimit
from keepalive.grading.surroundings import replaced

MODULE_NAME = "learner"
"""`__name__` of the learner's file while it is graded: its `if __name__ == "__main__":` block stays out of it."""

FROM_EARLIER_SCENARIO = (
    "Each scenario has an event loop and objects of its own, and this one was kept from before: by the module, by the "
    "class, or by a default of an argument. Make it in `__init__` or in `__aenter__` and keep it on `self`."
)

Diagnosis = dict[str, Any]
"""`kind`, `file`, `line`, `text` (Markdown), and `trace` where there was an exception: the learner's frames as text."""


Gap = dict[str, Any]
"""A gap that was reached: its `task`, and the `function` and `line` in which its error was raised."""


class Learner:
    """The namespace and the class that an exercise asks for.

    `file_name` is what diagnoses call the place: a file's bare name, or "your cell".
    """

    def __init__(self, namespace: dict[str, Any], entry: Any, file_name: str) -> None:
        self.namespace, self.entry, self.file_name = namespace, entry, file_name
        self.library: types.ModuleType = httpx
        """The HTTP library that the code is written for."""
        self.noticed: list[Diagnosis] = []
        """What is odd about the code and ends nothing. A verdict that is no pass says it."""
        self.on_other_loop = FROM_EARLIER_SCENARIO
        """What is said beside an error of asyncio's about an object of an event loop that is over."""

    def owns(self, frame: types.FrameType | None) -> bool:
        return frame is not None and frame.f_globals is self.namespace

    def line_of_caller(self) -> int | None:
        """The innermost line of the learner's that is being executed now."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and not self.owns(frame):
            frame = frame.f_back
        return frame.f_lineno if frame is not None else None

    def diagnosis(self, kind: str, text: str, *, line: int | None = None, trace: str | None = None) -> Diagnosis:
        found: Diagnosis = {"kind": kind, "file": self.file_name, "line": line, "text": text}
        if trace:
            found["trace"] = trace
        return found

    def explain(self, exc: BaseException) -> Diagnosis:
        """An exception that left the learner's code, with their frames only."""
        frames = self._frames(exc.__traceback__)
        line = frames[-1].lineno if frames else None
        head = f"{type(exc).__name__}: {_text(exc)}" if _text(exc) else type(exc).__name__
        if isinstance(exc, Stopped):
            return self.diagnosis(exc.kind, exc.text, line=line)
        shown = "".join(
            f"  line {frame.lineno}, in {frame.name}\n" + (f"    {frame.line}\n" if frame.line else "")
            for frame in frames
        )
        if not frames:
            return self.diagnosis("exception", self._misfit(exc, head), trace=head)
        text = f"Your code raised `{head}`.{_missing_import(exc)}"
        if _is_of_other_loop(exc):
            text += f" {self.on_other_loop}"
        return self.diagnosis("exception", text, line=line, trace=f"{shown}{head}")

    def programming_error(self, exc: BaseException) -> Diagnosis | None:
        """The explanation of an exception whose cause is a programming error in the learner's code: a NameError.

        None for what says something about a call, as httpx's exceptions do, and for what a `raise` of the learner's
        own raised: that may be meant, and is for the checks to judge.
        """
        if isinstance(exc, BaseExceptionGroup):
            return next(filter(None, map(self.programming_error, exc.exceptions)), None)
        last = exc.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        if last is None:
            return None
        if self.owns(last.tb_frame) and _is_at_raise(last):
            return None
        if isinstance(exc, RuntimeError) and self._is_misuse(exc):
            return self.explain(exc)
        if not isinstance(exc, _PROGRAMMING_ERRORS):
            return None
        if self.owns(last.tb_frame):
            return self.explain(exc)
        of_the_drive = last.tb_frame.f_globals.get("__name__") in ("drive", "keepalive.grading.drive")
        return self.explain(exc) if of_the_drive or self._frames(exc.__traceback__) else None

    def _is_misuse(self, exc: RuntimeError) -> bool:
        """Whether the learner's line asked an object for what it cannot give.

        Either the object belongs to another event loop, or it is one of httpx's that lacks what was read: the request
        of an exception, the content of a response. Such a call is plain. What an `async` function of httpx raises says
        something about a client, that it is closed for instance, and may be meant.
        """
        frames = [frame for frame, _ in traceback.walk_tb(exc.__traceback__)]
        if _is_of_other_loop(exc):
            return any(map(self.owns, frames))
        depth = len(frames)
        while frames and _is_plain_call_of_library(frames[-1]):
            frames.pop()
        return len(frames) < depth and bool(frames) and self.owns(frames[-1])

    def _misfit(self, exc: BaseException, head: str) -> str:
        """An exception that no line of the learner's raised: the exercise could not use what it was given."""
        called = [linecache.getline(code.co_filename, line).strip() for code, line in _drive_lines(exc.__traceback__)]
        where = f" at `{called[-1]}`" if called and called[-1] else ""
        return f"Your code gave the exercise something that it cannot use{where}: `{head}`."

    def _frames(self, tb: types.TracebackType | None) -> list[traceback.FrameSummary]:
        found = []
        for frame, line in traceback.walk_tb(tb):
            if self.owns(frame):
                code = frame.f_code
                source = linecache.getline(code.co_filename, line, frame.f_globals).strip()
                found.append(traceback.FrameSummary(self.file_name, line, code.co_name, line=source))
        return found

    @functools.cached_property
    def clocks_bound_early(self) -> list[tuple[str, str]]:
        """Clock functions that the class keeps from before the switching clock was there: (place, function).

        A name of the module is lent the switching function for a run. What was evaluated once, when the class was
        made, is out of reach: defaults of arguments, and attributes of the class.
        """
        found = []
        for name, value in entries.members(self.entry).items():
            function = inspect.unwrap(getattr(value, "__func__", value))
            kept = [(name, value), *_defaults(name, function)]
            found += [(place, early) for place, each in kept if (early := clock.real_function(each))]
        return found


_PROGRAMMING_ERRORS = (
    NameError,
    AttributeError,
    TypeError,
    KeyError,
    IndexError,
    ZeroDivisionError,
    ImportError,
    RecursionError,
)


_OTHER_LOOP = re.compile(r"bound to a different event loop|attached to a different loop|^Event loop is closed$")


def _is_of_other_loop(exc: BaseException) -> bool:
    return isinstance(exc, RuntimeError) and _OTHER_LOOP.search(_text(exc)) is not None


def _is_plain_call_of_library(frame: types.FrameType) -> bool:
    """Whether it is a function of the HTTP library's that is not async."""
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    waits = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    return package in libraries.CORES and not frame.f_code.co_flags & waits


def _is_at_raise(tb: types.TracebackType) -> bool:
    """Whether the exception comes from a `raise` statement there; `raise None` is one, too."""
    return tb.tb_frame.f_code.co_code[tb.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _missing_import(exc: BaseException) -> str:
    """A sentence for a module's name that was used without importing it, or for httpx2 where it is not; else ""."""
    if isinstance(exc, ModuleNotFoundError) and exc.name in libraries.CORES:
        return (
            f" There is no {exc.name} here: a web page has httpx alone. In the terminal and in a notebook an answer "
            "may be written for either."
        )
    name = exc.name if isinstance(exc, NameError) else None
    return f" That is a module: `import {name}` is missing." if name in sys.stdlib_module_names else ""


def _defaults(name: str, function: Any) -> list[tuple[str, Any]]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [(f"{name}({parameter.name}=...)", parameter.default) for parameter in parameters]


def _drive_lines(tb: types.TracebackType | None) -> list[tuple[types.CodeType, int]]:
    return [(frame.f_code, line) for frame, line in traceback.walk_tb(tb) if frame.f_globals.get("__name__") == "drive"]


def _text(exc: BaseException) -> str:
    """What the exception says, without addresses in memory and names of tasks, which differ from run to run."""
    try:
        said = str(exc)
    except Exception:  # a learner's own __str__ may raise
        return ""
    said = re.sub(r"^Task <.*> got (\w+) <.*> attached", r"Task got \1 attached", said)
    return re.sub(r"(<[^<>]*?) at 0x[0-9a-fA-F]+", r"\1", said)


class _RecordingNotImplementedError(NotImplementedError):
    """Stands in for NotImplementedError in the learner's namespace: a gap is noticed even if it is swallowed."""


def _not_implemented(on_gap: Callable[[Gap], None]) -> type[NotImplementedError]:
    class Recording(_RecordingNotImplementedError):
        def __init__(self, *args: object) -> None:
            super().__init__(*args)
            words = str(args[0]).split() if args else []
            if len(words) == 2 and words[0] == "task":
                caller = sys._getframe(1)
                on_gap({"task": words[1], "function": caller.f_code.co_name, "line": caller.f_lineno})

    Recording.__name__ = Recording.__qualname__ = "NotImplementedError"
    return Recording


def _no_input(*args: Any, **kwargs: Any) -> str:
    raise EOFError("input() waits for a person, and nobody sits at the grader's keyboard")


@contextlib.contextmanager
def patched_globals(namespace: dict[str, Any], on_gap: Callable[[Gap], None]) -> Iterator[None]:
    """Replace NotImplementedError, input and the clock functions in the namespace, not in Python's builtins."""
    lent: dict[str, Any] = {
        "NotImplementedError": _not_implemented(on_gap),
        "input": _no_input,
        **clock.virtual_names(namespace),
    }
    absent = object()
    before = {name: namespace.get(name, absent) for name in lent}
    namespace.update(lent)
    try:
        yield
    finally:
        for name, value in before.items():
            if namespace.get(name) is lent[name]:
                if value is absent:
                    namespace.pop(name, None)
                else:
                    namespace[name] = value


def _starts_of_loops() -> list[tuple[Any, str]]:
    """Where an event loop begins to run: (place, name)."""
    loops: list[Any] = [asyncio.base_events.BaseEventLoop]
    if "pyodide.webloop" in sys.modules:  # a page's own, which derives from nothing of asyncio's
        loops.append(sys.modules["pyodide.webloop"].WebLoop)
    starts = [(asyncio, "run"), (asyncio.Runner, "run")]
    return starts + [(loop, name) for loop in loops for name in ("run_until_complete", "run_forever")]


@contextlib.contextmanager
def _no_loop_at_import() -> Iterator[None]:
    """A file that starts an event loop while it is imported never ends on a clock that does not run."""

    importing, cleaning_up = True, False

    def refusing(place: Any, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def start(*args: Any, **kwargs: Any) -> Any:
            if not importing:  # `from asyncio import run` has kept this
                return getattr(place, name)(*args, **kwargs)
            nonlocal cleaning_up
            if cleaning_up or not clock.is_followed():  # another thread of a notebook
                return real(*args, **kwargs)
            if sys._getframe(1).f_globals.get("__name__") == "asyncio.runners":  # a Runner that was refused is closed
                cleaning_up = True
                try:
                    return real(*args, **kwargs)
                finally:
                    cleaning_up = False
            for coroutine in filter(inspect.iscoroutine, [*args, *kwargs.values()]):
                coroutine.close()
            raise LearnerProblem(
                "runs_at_import",
                "Your file starts an event loop while it is imported. Put that call under "
                '`if __name__ == "__main__":`, so that others can import the class without running it.',
            )

        return start

    starts = [(place, name, vars(place)[name]) for place, name in _starts_of_loops() if name in vars(place)]
    with replaced((place, name, refusing(place, name, real)) for place, name, real in starts):
        try:
            yield
        finally:
            importing = False


class ImportClock:
    """Time while a file is imported: it stands still, and `time.sleep` costs nothing."""

    wall_offset = 0.0

    def __init__(self) -> None:
        self._now = clock.MONOTONIC_START

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += max(0.0, seconds)


def load(path: Path, entry: Entry | None, on_gap: Callable[[Gap], None]) -> Learner | Diagnosis:
    """Import the learner's file and find what is asked for. What is wrong with it comes back as a diagnosis.

    Without an `entry` nothing is looked for, and the learner's is None.
    """
    learner = Learner({}, None, path.name)
    try:
        source = path.read_bytes()
    except OSError as exc:
        return learner.diagnosis("no_file", f"`{path.name}` cannot be read: {exc.strerror or exc}.")
    text = ""
    try:
        # The bytes themselves would compile with wrong ones inside a comment, on some Python versions.
        text = _decode(source)
        compiled = compile(text, str(path), "exec", dont_inherit=True)
    except UnicodeDecodeError as exc:
        return _not_utf8(learner, exc)
    except SyntaxError as exc:
        if exc.lineno is None:  # from the search for the encoding: a byte that is no UTF-8 in line 1 or 2
            try:
                source.decode("utf-8")
            except UnicodeDecodeError as undecodable:
                return _not_utf8(learner, undecodable)
        return _does_not_compile(learner, exc, text)
    except (ValueError, RecursionError, MemoryError) as exc:
        return learner.diagnosis("syntax_error", f"`{path.name}` does not compile: {_text(exc) or type(exc).__name__}.")

    libraries.import_what_is_named(source)
    watchdog.mind(compiled)
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = str(path)
    learner.namespace = namespace = vars(module)
    namespace["__builtins__"] = own_work.guarded_builtins(namespace)
    refused: list[str] = []
    # Dataclasses, pickles and `typing.get_type_hints` look a class's module up by its name.
    sys.modules[MODULE_NAME] = module
    # The learner's file stays "the learner's" in tracebacks even if it changes on disk while it runs.
    linecache.cache[str(path)] = (
        len(text),
        None,
        text.splitlines(keepends=True),
        str(path),
    )
    try:
        with (
            patched_globals(namespace, on_gap),
            clock.follow(ImportClock()),
            _no_loop_at_import(),
            own_work.enforced(learner.owns, str(path), refused.append),
        ):
            exec(compiled, namespace)
    except (OutputLimit, TimeLimit) as exc:
        return learner.explain(exc)
    except LearnerProblem as exc:
        return learner.explain(exc)
    except MemoryError as exc:
        text = "Importing your file took more memory than it may have."
        return learner.explain(exc) | {"kind": "memory_limit", "text": text}
    except SystemExit as exc:
        found = learner.explain(exc)
        return found | {"kind": "exits", "text": "Your file ended Python while it was being imported (`SystemExit`)."}
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        found = learner.explain(exc)
        return found | {
            "kind": "raises_on_import",
            "text": found["text"].replace("Your code raised", f"Importing `{path.name}` raised", 1),
        }
    if refused:  # and it was caught
        return learner.diagnosis(own_work.KIND, refused[0])
    if entry is None:
        return learner
    learner.noticed = [each for name in entries.names(entry) for each in _defined_twice(learner, name, text)]
    return _with_entry(learner, entry)


def take(answer: type | Callable[..., Any] | Mapping[str, Any], entry: Entry, file_name: str) -> Learner | Diagnosis:
    """What lives already, in a notebook's cells for instance: a class, a function, or several functions by name."""
    several = isinstance(answer, Mapping)
    first = next(iter(answer.values())) if several else answer
    module = sys.modules.get(first.__module__)
    namespace = vars(module) if module is not None else {}
    learner = Learner(namespace, entries.taken(answer, entry) if several else answer, file_name)
    learner.library = libraries.of_answer(namespace, learner.entry)
    return learner


def _with_entry(learner: Learner, entry: Entry) -> Learner | Diagnosis:
    if missing := entries.missing(learner.namespace, entry, MODULE_NAME, learner.file_name):
        kind = "missing_class" if entries.is_class(entries.names(entry)[0]) else "missing_function"
        return learner.diagnosis(kind, " ".join(missing))
    learner.entry = entries.taken(learner.namespace, entry)
    learner.library = libraries.of_answer(learner.namespace, learner.entry)
    return learner


def _defined_twice(learner: Learner, name: str, text: str) -> Iterator[Diagnosis]:
    """Of several definitions of a name at the top of a file the last counts, which a paste from yesterday may be."""
    if len(re.findall(rf"^(?:class|def|async\s+def)\s+{name}\b", text, re.MULTILINE)) < 2:
        return
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.parse(text).body if isinstance(node, kinds) and node.name == name]
    if len(found) < 2 or any(node.decorator_list or _names_itself(node) for node in found):
        return  # one that builds on the one before, or that a decorator has registered
    *others, last = (str(node.lineno) for node in found)
    what = "classes" if entries.is_class(name) else "functions"
    yield learner.diagnosis(
        "defined_twice",
        f"`{learner.file_name}` has {len(found)} {what} named `{name}`, in lines {', '.join(others)} and {last}. The "
        "last one counts: give the other a different name, or delete it.",
        line=found[-1].lineno,
    )


def _names_itself(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    bases = [*node.bases, *(each.value for each in node.keywords)] if isinstance(node, ast.ClassDef) else []
    return any(isinstance(each, ast.Name) and each.id == node.name for base in bases for each in ast.walk(base))


def _decode(source: bytes) -> str:
    """The text of a Python file, by its coding line or as UTF-8. Raises SyntaxError or UnicodeDecodeError."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.IncrementalNewlineDecoder(None, translate=True).decode(source.decode(encoding))


def _not_utf8(learner: Learner, exc: UnicodeDecodeError) -> Diagnosis:
    line = exc.object[: exc.start].count(b"\n") + 1
    return learner.diagnosis(
        "not_utf8",
        f"`{learner.file_name}` is not UTF-8: line {line} holds the byte 0x{exc.object[exc.start]:02x}. Save the file "
        "as UTF-8 in your editor.",
        line=line,
    )


def _does_not_compile(learner: Learner, exc: SyntaxError, text: str) -> Diagnosis:
    where = f"line {exc.lineno}" if exc.lineno else "some line"
    shown = (exc.text or "").rstrip()
    trace = f"  line {exc.lineno}\n    {shown.strip()}\n" if shown else ""
    if shown and exc.offset:
        trace += "    " + " " * max(0, exc.offset - 1 - (len(shown) - len(shown.lstrip()))) + "^\n"
    return learner.diagnosis(
        "syntax_error",
        f"`{learner.file_name}` does not compile: {_why_not(exc, where, text)}",
        line=exc.lineno,
        trace=f"{trace}{type(exc).__name__}: {exc.msg}",
    )


def _why_not(exc: SyntaxError, where: str, text: str) -> str:
    if (found := newer(text, exc)) is None:
        said = re.sub(r"[\\*_`]", r"\\\g<0>", exc.msg)  # the text is Markdown, in which __future__ is a bold word
        return f"{said} ({where})."
    (major, minor), what = found
    here = ".".join(map(str, sys.version_info[:2]))
    return (
        f"{where} is written for Python {major}.{minor} or later, and this is {here}. New is {what}: write it the "
        "older way."
    )


def takes(
    learner: Learner, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Diagnosis | None:
    """Whether a class or function takes these arguments; if not, what is wrong with its signature."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as exc:
        called = ", ".join([*("..." for _ in args), *(f"{name}=..." for name in kwargs)])
        code = getattr(function.__init__ if isinstance(function, type) else function, "__code__", None)
        verb = "makes the client by" if isinstance(function, type) else "calls"
        return learner.diagnosis(
            "wrong_signature",
            f"The exercise {verb} `{function.__name__}({called})`, and yours is "
            f"`{function.__name__}{signature}`: {exc}.",
            line=code and code.co_firstlineno,
        )
    return None
