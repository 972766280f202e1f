"""What the engine's tests share: put a function on the wire, or a whole made-up exercise through grading."""

from __future__ import annotations

import dataclasses
import json
import random
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keepalive.grading import ExerciseCode, grade, watchdog
from keepalive.grading.net import Net
from keepalive.grading.replies import reply
from keepalive.grading.runner import Runner
from keepalive.grading.scenario_server import ScenarioServer
from keepalive.grading.scenarios import Limits

SCHEMAS = Path(watchdog.__file__).parent

LINKS = ["direct", "child"]
"""How the judge may reach an answer: in this process, or in one of its own."""


class Probe:
    """Stands in for a learner's class where a test is only about the wire."""


@dataclasses.dataclass
class Played:
    """What came of a function on the wire."""

    judge: ScenarioServer
    messages: list[dict[str, Any]]
    replies: list[dict[str, Any]]

    @property
    def done(self) -> dict[str, Any]:
        assert self.judge.fault is None, self.judge.fault
        assert self.judge.done is not None
        return self.judge.done

    @property
    def value(self) -> Any:
        assert self.done["ended"] == "finished", self.done
        return self.done["observed"]

    @property
    def kinds(self) -> list[str]:
        return [found["kind"] for found in self.done["diagnoses"]]

    @property
    def connections(self) -> int:
        return sum(event["kind"] == "connected" for event in self.judge.timeline)

    def times(self, kind: str) -> list[float]:
        return [event["t"] for event in self.judge.timeline if event["kind"] == kind]


def on_wire(
    main: Callable[..., Any],
    build: Callable[[Net], None] = lambda net: None,
    *,
    limits: Limits | None = None,
    interruptible: bool = True,
) -> Played:
    """Run `async def main(run)` with the net that `build` sets up as its whole network."""
    limits = limits or Limits(virtual=3600, requests=10_000, work=30)
    net = Net("probe", random.Random(1))
    build(net)
    played = Played(ScenarioServer(net, limits), [], [])

    def link(message: dict[str, Any]) -> list[dict[str, Any]]:
        played.messages.append(message)
        answers = [] if message["type"] == "hello" else played.judge(message)
        played.replies.extend(answers)
        return answers

    runner = Runner(link, watch=watchdog.watch, output_limit=10_000, interruptible=interruptible)
    runner.take(Probe, "Probe", "probe.py")

    async def drive(make: Any, run: Any) -> Any:
        return await main(run)

    runner.play(
        drive,
        {
            "seed": 1,
            "limits": dataclasses.asdict(limits),
            "origins": {name: each.url for name, each in net.origins.items()},
            "wall_jumps": net.wall_jumps,
            "nonce": "n",
            "scenario": "probe",
        },
    )
    return played


def ok(net: Net) -> None:
    """Every path answers 200 and a small JSON."""
    net.paths(".*").reply(json={"ok": True})


DRIVE = """
async def once(make, run):
    async with make(base_url=run.url) as api:
        answer = await api.get("/a")
        return {"status": answer.status_code}
"""

GRADER = """
from keepalive.grading import Limits, check, fail, reply, scenario

@scenario(drive="once", limits=Limits(virtual=60, requests=20, work=30.0))
def first(net):
    "One call"
    net.route("GET", "/a").reply(json={})

    @check(task="ask", points=2)
    def arrives(run):
        "The request arrives"
        if len(run.requests) != 1:
            fail(observed=f"{len(run.requests)} requests", required="one")

    @check(task="close", points=1)
    def closed(run):
        "The connection is closed"
        if run.open_at_end:
            fail(observed="open", required="closed")

@scenario(drive="once", limits=Limits(virtual=60, requests=20, work=30.0))
def second(net):
    "One call more"
    net.route("GET", "/a").reply(json={})

    @check(task="ask", points=1)
    def arrives(run):
        "The request arrives again"
        if run.observed["status"] != 200:
            fail(observed="another status", required="200")
"""

CLIENT = """
import asyncio
import time

import httpx


class ApiClient:
    def __init__(self, base_url):
        self.http = httpx.AsyncClient(base_url=base_url)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.http.aclose()

    async def get(self, path):
        BODY
"""


def client(body: str = "return await self.http.get(path)", *, before: str = "") -> str:
    """A learner's file whose `get` does `body`; `before` stands at the top."""
    return before + CLIENT.replace("BODY", textwrap.indent(textwrap.dedent(body).strip(), " " * 8).strip())


def exercise_at(
    folder: Path, *, drive: str = DRIVE, grader: str = GRADER, extensions: tuple[str, ...] = ()
) -> ExerciseCode:
    (folder / "drive.py").write_text(drive, encoding="utf-8")
    (folder / "grader.py").write_text(grader, encoding="utf-8")
    files = folder / "drive.py", folder / "grader.py"
    return ExerciseCode("made-up", "0" * 64, "ApiClient", *files, ("ask", "close"), extensions)


def judged(
    folder: Path,
    learner: str | bytes,
    *,
    link: str = "direct",
    drive: str = DRIVE,
    grader: str = GRADER,
    **options: Any,
) -> dict[str, Any]:
    """The verdict on a learner's source for a made-up exercise."""
    code = exercise_at(folder, drive=drive, grader=grader)
    path = folder / "client.py"
    path.write_bytes(learner if isinstance(learner, bytes) else learner.encode())
    return grade(code, path, link=link, seed=options.pop("seed", 7), frontend="test", **options)  # type: ignore[arg-type]


def causes_of(error: BaseException) -> list[str]:
    """The classes of what an exception was raised from. The pool cuts the chain, and keeps the cause as an argument."""
    names = []
    inner = next(iter(error.args), None)
    cause = error.__cause__ or (inner if isinstance(inner, BaseException) else None)
    if cause is not None:
        names = [type(cause).__name__, *causes_of(cause)]
    return names


def comparable(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without what may differ between frontends."""
    return {key: value for key, value in verdict.items() if key not in ("runtime", "output")}


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


__all__ = [
    "CLIENT",
    "DRIVE",
    "GRADER",
    "Played",
    "client",
    "comparable",
    "exercise_at",
    "judged",
    "ok",
    "on_wire",
    "reply",
    "schema",
]
