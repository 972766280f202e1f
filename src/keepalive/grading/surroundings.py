"""What a run must not see of the machine it happens on: proxies, certificate settings, netrc, other people's dice."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import random
import sys
import threading
import uuid
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from keepalive.grading.stops import LearnerProblem

_CLEARED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy", "ws_proxy", "wss_proxy")

ONE_CERTIFICATE = Path(__file__).with_name("one_certificate.pem")
"""A trust store of one made-up certificate: the usual one costs 15 ms a client to read, and nothing is verified."""


@contextlib.contextmanager
def replaced(changes: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Inside the block each attribute of (place, name, ours) is ours; afterwards it is what it was."""
    changes = list(changes)
    before = [(place, name, vars(place)[name]) for place, name, _ in changes]
    for place, name, ours in changes:
        setattr(place, name, ours)
    try:
        yield
    finally:
        for place, name, theirs in before:
            setattr(place, name, theirs)


@contextlib.contextmanager
def isolated_environment() -> Iterator[None]:
    """Clear what would steer httpx from outside; put everything back afterwards."""
    cleared = {*_CLEARED, *(name for proxy in _PROXIES for name in (proxy, proxy.upper()))}
    before = {name: os.environ[name] for name in cleared if name in os.environ}
    for name in before:
        del os.environ[name]
    os.environ["SSL_CERT_FILE"] = str(ONE_CERTIFICATE)
    # Where the environment names no proxy, macOS and Windows ask the system's settings; a "*" ends the question.
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        for name in ("SSL_CERT_FILE", "no_proxy"):
            os.environ.pop(name, None)
        os.environ.update(before)


@contextlib.contextmanager
def seeded(seed: object) -> Iterator[None]:
    """`random`, `os.urandom`, `secrets` and `uuid` draw the same for the same seed, and go on afterwards as if nothing
    had been. Other threads draw from the system meanwhile.
    """
    before = random.getstate()
    random.seed(repr(seed))
    dice, thread = random.Random(f"{seed!r}/bytes"), threading.get_ident()
    urandom = os.urandom
    # A UUID of the time tells the machine's address, asks the C library for the time, and remembers the one before.
    uuids = {name: value for name, value in vars(uuid).items() if name.startswith(("_last_", "_node", "_generate_"))}

    def drawn(size: int) -> bytes:
        return dice.randbytes(size) if threading.get_ident() == thread else urandom(size)

    os.urandom = random._urandom = drawn  # type: ignore[attr-defined]
    vars(uuid).update({name: 0 if "counter" in name else None for name in uuids})
    vars(uuid)["_node"] = dice.getrandbits(48) | 1 << 40
    try:
        yield
    finally:
        os.urandom = random._urandom = urandom  # type: ignore[attr-defined]
        vars(uuid).update(uuids)
        random.setstate(before)


class Warned:
    """What Python warns of while a learner's code runs, printed once in a check and without a path of this machine.

    A DeprecationWarning is shown where the learner's own code is warned, as it is in a script.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    @contextlib.contextmanager
    def printed(self, path: Path | None) -> Iterator[None]:
        """`path`: the learner's file, where they have one."""
        thread = threading.get_ident()
        with warnings.catch_warnings():
            elsewhere = warnings.showwarning
            for module in ("learner", "__main__", r"keepalive\.grading\.runner"):
                warnings.filterwarnings("default", category=DeprecationWarning, module=rf"{module}$")

            def show(message: Any, category: type[Warning], file: str, line: int, *more: Any, **options: Any) -> None:
                own = path is not None and file == str(path)
                # What was forgotten elsewhere may be the grader's, and is collected whenever Python likes.
                forgotten = not own and str(message).endswith("was never awaited")
                if forgotten or threading.get_ident() != thread:
                    elsewhere(message, category, file, line, *more, **options)
                    return
                place = f"{path.name}:{line}: " if path is not None and own else ""
                text = f"{place}{category.__name__}: {message}\n"
                if text not in self._told:
                    self._told.add(text)
                    sys.stderr.write(text)

            warnings.showwarning = show
            yield


class LoggingAsItWas:
    """How loggers are set up now, to be put back: a handler that stays holds what it writes to."""

    def __init__(self) -> None:
        self._before = {each: _set_up(each) for each in _loggers()}
        self._disabled = logging.root.manager.disable

    def put_back(self) -> None:
        """Loggers made since are left as a new one is."""
        logging.disable(self._disabled)
        for each in _loggers():
            level, handlers, filters, each.propagate, each.disabled = self._before.get(each, _NEW)
            each.handlers[:], each.filters[:] = handlers, filters
            each.setLevel(level)


_NEW: tuple[int, list[logging.Handler], list[Any], bool, bool] = (logging.NOTSET, [], [], True, False)


def _set_up(logger: logging.Logger) -> tuple[int, list[logging.Handler], list[Any], bool, bool]:
    return logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled


def _loggers() -> list[logging.Logger]:
    there = list(logging.root.manager.loggerDict.values())
    return [logging.root, *(each for each in there if isinstance(each, logging.Logger))]


@contextlib.contextmanager
def no_hard_exit() -> Iterator[None]:
    """`os._exit` on this thread is a diagnosis and not the end: by direct call it would take the caller along, and an
    exit code of 0 looks like a pass.
    """
    leave, process, thread = os._exit, os.getpid(), threading.get_ident()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != process or threading.get_ident() != thread:  # a fork has to end so
            leave(status)
        raise LearnerProblem("exits", "Your code ended Python (`os._exit`) in the middle of the exercise.")

    with replaced([(os, "_exit", refuse)]):
        yield


@contextlib.contextmanager
def fail_import_fast(name: str = "sniffio") -> Iterator[None]:
    """Where this module is not installed, its import fails at once.

    httpcore asks for it at every lock, and Python looks for a module that is missing on the whole path each time:
    that was a quarter of what a check costs.
    """
    missing = name not in sys.modules and importlib.util.find_spec(name) is None
    if missing:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if missing and name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]
