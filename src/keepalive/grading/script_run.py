"""Runs a learner's `main()` as it is, with nothing judged: their code, the real httpx, a virtual clock, one server.

    outcome = run(Path("client.py"), serve, ["http://127.0.0.1:8001"], said=print)

What stops a check stops this, too, and in the same words. Like the rest of `grading` it knows no server: whoever calls
it brings an ASGI app.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import random
import secrets
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx

from keepalive.grading import clock, watchdog
from keepalive.grading.asgi import FIRST_PORT
from keepalive.grading.drive import Run
from keepalive.grading.learner import Diagnosis, Learner
from keepalive.grading.loop import loops_made_by
from keepalive.grading.net import Net
from keepalive.grading.replies import Network
from keepalive.grading.runner import Runner
from keepalive.grading.scenario_server import ScenarioServer
from keepalive.grading.scenarios import Limits
from keepalive.grading.surroundings import replaced
from keepalive.grading.transports import IMPORT_SECONDS, OUTPUT_LIMIT

SCHEMA = 1
ENTRY = "main"
TITLE = "What the server saw of main()"

LIMITS = Limits(virtual=600.0, requests=500, work=5.0)
"""What a script run may cost. Whoever waits ten minutes for something sees it; who waits for ever is told."""

_EACH_RUN = (
    "Each `asyncio.run` has an event loop of its own and closes it at its end. A client belongs to the loop that "
    "opened its connections. Call `asyncio.run` once, or make the client in the coroutine that uses it."
)

_HOW = "Run calls `main()`. Write an `async def main():` that makes your client and prints what comes back."


class Server(Protocol):
    """An ASGI app as the server of a script run. It is told of connections, too, which ASGI says nothing of.

    `port` is the client's, as in a request's `scope["client"]`.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None: ...

    def opened(self, port: int) -> None:
        """A connection was accepted."""

    def closed(self, port: int) -> None:
        """A connection is gone. May be told of more than once."""


def run(
    path: Path,
    serve: Callable[[], Server],
    addresses: Sequence[str],
    *,
    said: Callable[[str], object] = lambda text: None,
    network: Network | None = None,
    limits: Limits = LIMITS,
    seed: int | None = None,
) -> dict[str, Any]:
    """What came of importing the learner's file and calling its `main`, which may be async or plain.

    `serve` makes the server, once the virtual clock runs; it answers at each of the `addresses` (`http://host:port`),
    and nobody does anywhere else. `said` hears what is printed, line by line. What the learner's code does is never
    raised from here. The outcome:

    `status`: "finished"; "raised"; "stopped" by a limit or by what the engine notices; "no_main"; "error" where the
    file cannot be imported; "fault" where something of ours broke, with the trace in `fault`.
    `diagnoses`: what ended it first, then what else was noticed; each as in a verdict.
    `output`: what was printed. `seconds`: how long it took on the virtual clock.
    `server`: how many `requests` and `connections` it saw, how many connections were left `open`, and a sentence.
    `scenario`: for `keepalive.grading.timeline` to draw. `wall_ms`: real milliseconds.
    """
    began = clock.REAL["perf_counter"]()
    lines = _Lines(said)
    started = _ScriptRun(serve, addresses, network, limits, lines.write)
    with _warnings_told(path, started.notice):
        found = started.play(path, secrets.randbelow(1_000_000) if seed is None else seed)
    lines.flush()
    outcome = {"schema": SCHEMA, **found, "output": lines.text}
    return outcome | {"wall_ms": round((clock.REAL["perf_counter"]() - began) * 1000)}


class _Lines:
    """Hands on what is printed by whole lines, or in pieces where a line does not end."""

    LONG = 1_000

    def __init__(self, said: Callable[[str], object]) -> None:
        self._said, self._begun = said, ""
        self._parts: list[str] = []

    def write(self, text: str) -> None:
        self._parts.append(text)
        whole, newline, rest = (self._begun + text).rpartition("\n")
        self._begun = rest
        if newline:
            self._said(whole + newline)
        if len(self._begun) >= self.LONG:
            self.flush()

    def flush(self) -> None:
        if self._begun:
            text, self._begun = self._begun, ""
            self._said(text)

    @property
    def text(self) -> str:
        return "".join(self._parts)


class _ScriptRun:
    """One script run. `_problem` is why `main` was not called, as the diagnosis says it."""

    def __init__(
        self,
        serve: Callable[[], Server],
        addresses: Sequence[str],
        network: Network | None,
        limits: Limits,
        printed: Callable[[str], object],
    ) -> None:
        self._serve, self._addresses, self._limits = serve, addresses, limits
        self._net = Net("script_run", random.Random(0))
        self._net.address, self._net.network = httpx.URL(addresses[0]), network or Network()
        self._origins = [self._net, *(self._net.origin(each, each, network) for each in addresses[1:])]
        self._judge = ScenarioServer(self._net, limits)
        self._server: Server | None = None
        self._problem: Diagnosis | None = None
        self._noticed: list[Diagnosis] = []
        self._runner = Runner(
            self._hear,
            watch=watchdog.watch,
            output_limit=OUTPUT_LIMIT,
            interruptible=sys.platform != "emscripten",
            said=printed,
            early_clients=True,
            prints_warnings=False,  # `_warnings_told` does
        )

    def notice(self, found: Diagnosis) -> None:
        """Something that went wrong and ended nothing."""
        self._noticed.append(found)

    def play(self, path: Path, seed: int) -> dict[str, Any]:
        """The outcome, as far as it is known here."""
        status, fault = "error", None
        try:
            self._runner.load(path, None, work=IMPORT_SECONDS)
            if self._problem is None:
                status = "no_main"
                self._problem = _problem_with_main(self._runner.learner)
            if self._problem is None:
                self._runner.learner.on_other_loop = _EACH_RUN
                self._runner.play(self._call_main, self._order(seed))
                status, fault = self._judge.done["ended"] if self._judge.done else "fault", self._judge.fault
        except Exception:
            fault = traceback.format_exc()
        finally:
            self._runner.close()
        diagnoses = self._diagnoses(path.name)
        if fault is not None:
            status, diagnoses = "fault", [_OUR_FAULT]
        judge = self._judge
        return {
            "status": status,
            "diagnoses": diagnoses,
            "seconds": judge.end,
            "server": _seen(judge),
            "scenario": {"id": "script_run", "title": TITLE, "status": status, "timeline": judge.timeline},
        } | ({} if fault is None else {"fault": fault})

    def _order(self, seed: int) -> dict[str, Any]:
        return {
            "seed": seed,
            "limits": dataclasses.asdict(self._limits),
            "origins": {"server": self._addresses[0]},
            "nonce": secrets.token_hex(8),
        }

    def _call_main(self, make: Any, drive: Run) -> Any:
        """Not async: a plain `main` is called before the loop runs, as in a script, and may run one of its own."""
        self._server = self._serve()
        for origin in self._origins:
            origin.app(self._server)
        with loops_made_by(drive.new_loop), _run_as_in_a_script():
            returned = self._runner.learner.namespace[ENTRY]()
        return _settled(returned)

    def _hear(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if message["type"] == "hello":
            self._problem = message["problem"]
            return []
        answer = self._judge(message)
        self._tell_of_connections(message, answer)
        return answer

    def _tell_of_connections(self, message: dict[str, Any], answer: list[dict[str, Any]]) -> None:
        if self._server is None:
            return
        for each in answer:
            if each["type"] == "accept":
                self._server.opened(FIRST_PORT + each["conn"])
            elif each["type"] in ("eof", "reset"):
                self._server.closed(FIRST_PORT + each["conn"])
        if message["type"] in ("close", "connect_abandoned"):
            self._server.closed(FIRST_PORT + message["conn"])

    def _diagnoses(self, file_name: str) -> list[Diagnosis]:
        report = self._judge.done
        found = [] if self._problem is None else [self._problem]
        if report is not None:
            found += [report["error"]["diagnosis"]] if report["error"] else []
            # What stopped it was noticed last.
            found += report["diagnoses"][::-1] if report["ended"] == "stopped" else report["diagnoses"]
        found += self._noticed
        strangers = sorted(
            {seen.host for seen in self._judge.connect_attempts if self._net.at(seen.host, seen.port) is None}
        )
        if strangers:
            found.append(_nobody_there(file_name, strangers, self._addresses))
        return found


_OUR_FAULT: Diagnosis = {
    "kind": "fault",
    "file": None,
    "line": None,
    "text": "Something of ours broke. That is not your code's doing.",
}


def _nobody_there(file_name: str, hosts: list[str], addresses: Sequence[str]) -> Diagnosis:
    text = (
        f"Nobody answers at {', '.join(f'`{host}`' for host in hosts)}: a run has no network. "
        f"The practice API answers at `{addresses[0]}`."
    )
    return {"kind": "elsewhere", "file": file_name, "line": None, "text": text}


def _problem_with_main(learner: Learner) -> Diagnosis | None:
    """Why `main` cannot be called without arguments, if it cannot."""
    if ENTRY not in learner.namespace:
        return learner.diagnosis("no_main", f"`{learner.file_name}` has no `main`. {_HOW}")
    main = learner.namespace[ENTRY]
    line = getattr(getattr(main, "__code__", None), "co_firstlineno", None)
    if not callable(main):
        return learner.diagnosis("no_main", f"`main` is there, but it cannot be called: it is {main!r:.80}. {_HOW}")
    if inspect.isasyncgenfunction(main) or inspect.isgeneratorfunction(main):
        text = "`main` has a `yield` in it, so calling it runs none of it. Return or print what you want to see."
        return learner.diagnosis("no_main", text, line=line)
    try:
        inspect.signature(main).bind()
    except TypeError as exc:
        text = f"Run calls `main()` without arguments, and yours is `main{inspect.signature(main)}`: {exc}."
        return learner.diagnosis("no_main", text, line=line)
    except ValueError:  # it has no signature that could be read
        return None
    return None


async def _settled(returned: Any) -> None:
    if inspect.isawaitable(returned):
        await returned


@contextlib.contextmanager
def _run_as_in_a_script() -> Iterator[None]:
    """Inside the block `asyncio.run` does what Python's own does, also in a page, which has another."""
    real = asyncio.run

    def run(main: Any, **options: Any) -> Any:
        if _is_running():
            return real(main, **options)
        with asyncio.Runner(**options) as runner:
            return runner.run(main)

    with replaced([(asyncio, "run", run)]):
        yield


def _is_running() -> bool:
    return asyncio._get_running_loop() is not None


@contextlib.contextmanager
def _warnings_told(path: Path, notice: Callable[[Diagnosis], None]) -> Iterator[None]:
    """Inside the block a forgotten `await` is noticed; any other warning is printed, without a path of this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")

        def show(message: Any, category: type[Warning], filename: str, lineno: int, *more: Any, **options: Any) -> None:
            if filename != str(path):
                return  # something of a run before, perhaps, that is collected only now
            if category is RuntimeWarning and str(message).endswith("was never awaited"):
                name = str(message).partition("'")[2].rpartition("'")[0]
                text = (
                    f"`{name}(...)` was called and never awaited: nothing of it was run. Put `await` before the call."
                )
                notice({"kind": "never_awaited", "file": path.name, "line": lineno, "text": text})
            else:
                print(f"{path.name}:{lineno}: {category.__name__}: {message}", file=sys.stderr)

        warnings.showwarning = show
        yield


def _seen(judge: ScenarioServer) -> dict[str, Any]:
    requests = len(judge.requests)
    connections, left = len(judge.accepted), len(judge.open_at_end) if judge.done else 0
    text = f"The server saw {_count(requests, 'request')} on {_count(connections, 'connection')}"
    if connections:
        text += f"; {left or 'none'} {'was' if left < 2 else 'were'} left open"
    return {"requests": requests, "connections": connections, "open": left, "text": f"{text}."}


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"
