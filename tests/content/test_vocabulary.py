"""CONTRIBUTING.md names all that an author may use in a grader and a drive, and nothing that does not exist."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest

from content.texts import ROOT
from keepalive import faults, grading
from keepalive.grading import net, record, replies, runner

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

NOT_FOR_AUTHORS = {
    # What frontends and linter import from keepalive.grading, and what the judge asks a network.
    "keepalive.grading": {"ExerciseCode", "grade", "load_grader"},
    "net": {
        *("address", "response_faults", "asgi_app", "at", "checks", "closes_during", "early_router", "idle_timeout"),
        *(
            "next_connect_plan",
            "next_handshake",
            "next_status",
            "origins",
            "port",
            "scenario",
            "secured",
            "tls",
            "wall_jumps",
        ),
    },
    "route": {"respx"},
    "run of a drive": {"complete"},  # for a drive that is no coroutine: a script run's
}
"""What is public to other modules only. A new name is written here, or on the page: whoever adds it decides."""


def section(title: str) -> str:
    found = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^##)", PAGE, re.M | re.S)
    assert found, f"no section {title!r}"
    return found[1]


def named(*titles: str) -> set[str]:
    """The names in the first column of these sections' tables."""
    rows = [line for title in titles for line in section(title).splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def of(owner: str, names: set[str]) -> set[str]:
    return {name.partition(".")[2] for name in names if name.startswith(f"{owner}.")}


def public(thing: object) -> set[str]:
    """Methods, properties, and what `__init__` puts on `self`; of a dataclass its fields."""
    names = {name for name in dir(thing) if not name.startswith("_")}
    if dataclasses.is_dataclass(thing):
        return names | {field.name for field in dataclasses.fields(thing)}
    for cls in thing.__mro__[:-1]:
        names |= set(re.findall(r"self\.([a-z]\w*)\b[^=\n(]*=", inspect.getsource(cls.__init__)))
        for assigned in re.findall(r"self\.(\w+), self\.(\w+) =", inspect.getsource(cls.__init__)):
            names |= set(assigned)
    return {name for name in names if not name.startswith("_")}


GRADER = ("A grader's frame", "What the server responds", "One response", "The way to the server", "The rest of `net`")
IN_GRADER = named(*GRADER)
IN_CHECK = named("What a check reads: the run", "A request, and a connection")
IN_DRIVE = named("What a drive is given")
KEYWORDS_OF_REPLY = set(inspect.signature(replies.reply).parameters) - {"status"}


@pytest.mark.parametrize(
    ("page", "code"),
    [
        pytest.param(
            {name for name in IN_GRADER if "." not in name} - KEYWORDS_OF_REPLY,
            set(grading.__all__) - NOT_FOR_AUTHORS["keepalive.grading"],
            id="keepalive.grading",
        ),
        pytest.param(named("One response") & KEYWORDS_OF_REPLY, KEYWORDS_OF_REPLY, id="reply"),
        pytest.param(of("net", IN_GRADER) | {"network"}, public(net.Net) - NOT_FOR_AUTHORS["net"], id="net"),
        pytest.param(of("route", IN_GRADER), public(net.Route) - NOT_FOR_AUTHORS["route"], id="route"),
        pytest.param(named("Faults"), {kind.__name__ for kind in faults.KINDS.values()}, id="faults"),
        pytest.param(of("run", IN_CHECK), public(record.RunRecord), id="run of a check"),
        pytest.param(of("request", IN_CHECK), public(record.RequestSeen), id="request"),
        pytest.param(of("connection", IN_CHECK), public(record.ConnectionSeen), id="connection"),
        pytest.param(of("run", IN_DRIVE), public(runner.Run) - NOT_FOR_AUTHORS["run of a drive"], id="run of a drive"),
    ],
)
def test_the_page_names_what_there_is(page, code):
    assert page - code == set(), "named on the page, and not there"
    assert code - page == set(), "there, and not named on the page (or in NOT_FOR_AUTHORS)"


def test_keywords_that_the_page_names_exist():
    said = {
        "check": ("A grader's frame", grading.check),
        "fail": ("A grader's frame", grading.fail),
        "scenario": ("A grader's frame", grading.scenario),
        "Network": ("The way to the server", grading.Network),
    }
    for name, (title, thing) in said.items():
        (row,) = [line for line in section(title).splitlines() if line.startswith(f"| `{name}` ")]
        wanted = set(inspect.signature(thing).parameters)
        assert set(re.findall(r"\b(\w+)=", row)) == wanted, name


def test_limits_are_named():
    (row,) = [line for line in section("A grader's frame").splitlines() if line.startswith("| `Limits` ")]
    assert {field.name for field in dataclasses.fields(grading.Limits)} <= set(re.findall(r"`(\w+)`", row))


def test_what_the_engine_notices_is_what_the_page_says():
    told = re.search(r"The engine diagnoses (.*?)\.\n", section("A grader's frame"), re.S)
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/keepalive/grading").glob("*.py"))
    for kind in re.findall(r"`(\w+)`", told[1]):
        assert f'"{kind}"' in source, kind


def test_the_examples_on_the_page_are_graded(tmp_path):
    """The drive and the grader of the example: a client that asks again passes, one that gives up is told why."""
    blocks = re.findall(r"```python\n(# (?:drive|grader)\.py\n.*?)```", PAGE, re.S)
    for block in blocks:
        (tmp_path / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    code = grading.ExerciseCode(
        id="example",
        version="0",
        entry="ApiClient",
        drive=tmp_path / "drive.py",
        grader=tmp_path / "grader.py",
        tasks=("again",),
        file_name="example.py",
    )
    client = "import httpx\n\n\nclass ApiClient(httpx.AsyncClient):\n"
    (tmp_path / "once.py").write_text(client + "    pass\n", encoding="utf-8")
    (tmp_path / "again.py").write_text(
        client
        + "    async def get(self, path):\n"
        + "        for _ in range(3):\n"
        + "            answer = await super().get(path)\n"
        + "            if answer.status_code != 503:\n"
        + "                break\n"
        + "        return answer\n",
        encoding="utf-8",
    )
    assert grading.grade(code, tmp_path / "again.py", link="direct", frontend="test", seed=1)["status"] == "passed"
    verdict = grading.grade(code, tmp_path / "once.py", link="direct", frontend="test", seed=1)
    (check,) = verdict["checks"]
    assert (check["id"], check["status"]) == ("recovers.asks_again", "failed")
    assert (check["points"], check["max"], check["misconception"]) == (0, 2, "gives-up")
