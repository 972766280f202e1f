"""What code may do wrong, and what each frontend makes of it: a row for each line of the table, a test for each cell.

The child is `keepalive check` and the batch; direct is the notebook and `--fast`. The page is direct, too, in another
Python, and `tests/pyodide` plays it. Why and where each happens is in test_misbehaviour.py.
"""

import dataclasses
import sys

import pytest

from grading.bench import client, judged
from keepalive import cli
from keepalive.grading.runner import OUT_OF_MEMORY

EVERYWHERE = ("child", "direct")
CHILD = ("child",)
DIRECT = ("direct",)

ONLY_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux holds a process's memory")


@dataclasses.dataclass(frozen=True)
class Row:
    """`kind`: of the diagnosis that the first check names. `runs`: whether the learner's code came to be called."""

    what: str
    source: str
    status: str
    kind: str
    frontends: tuple[str, ...] = EVERYWHERE
    runs: bool = True
    marks: tuple[pytest.MarkDecorator, ...] = ()


def gets(body: str, *modules: str) -> str:
    return client(body, before="".join(f"import {name}\n" for name in modules))


def at_import(line: str) -> str:
    return client(before=line + "\n")


HOARDS = "hoard = []\nwhile True:\n    hoard.append(bytes(1 << 24))"  # zeros cost address space, and no memory yet
ENDLESS = "while True:\n    pass"

TABLE = [
    Row("deadlock", gets("await asyncio.Event().wait()"), "failed", "deadlock"),
    Row("endless retry", gets("while True:\n    await self.http.get(path)"), "failed", "endless_retry"),
    Row("endless wait", gets("while True:\n    await asyncio.sleep(1)"), "failed", "too_long"),
    Row("spinning await", gets("while True:\n    await asyncio.sleep(0)"), "failed", "spinning"),
    Row("time.sleep", gets("time.sleep(1)\nreturn await self.http.get(path)"), "failed", "blocking_sleep"),
    #
    Row("endless loop without await", gets(ENDLESS), "time_limit", "time_limit"),
    Row("endless loop, import", at_import(ENDLESS), "time_limit", "time_limit", runs=False),
    #
    Row("exits", gets("sys.exit(0)", "sys"), "ended_early", "exits"),
    Row("exits, import", at_import("raise SystemExit"), "ended_early", "exits", runs=False),
    Row("exits for good", gets("os._exit(0)", "os"), "ended_early", "exits", CHILD),
    Row("exits for good, import", at_import("import os; os._exit(0)"), "ended_early", "exits", CHILD, runs=False),
    Row("closes descriptors", gets("os.closerange(0, 256)\nawait self.http.get(path)", "os"), "ended_early", "exits",
        CHILD),
    #
    Row("memory", gets(HOARDS), "memory_limit", "memory_limit", CHILD, marks=(ONLY_LINUX,)),
    Row("memory, import", at_import(HOARDS), "memory_limit", "memory_limit", CHILD, False, (ONLY_LINUX,)),
    Row("memory, at once", gets("bytearray(3 << 30)"), "memory_limit", "memory_limit", CHILD, marks=(ONLY_LINUX,)),
    # By direct call only what no machine has is refused, by Python itself; `--fast` says that memory is not bounded.
    Row("memory that no machine has", gets("bytearray(1 << 62)"), "memory_limit", "memory_limit"),
    #
    Row("flood of output", gets("while True:\n    print('x' * 1000)"), "output_limit", "output_limit"),
    Row("flood of output, import", at_import("while True:\n    print('x' * 1000)"), "output_limit", "output_limit",
        runs=False),
    #
    Row("does not compile", "class ApiClient(:\n    pass\n", "error", "syntax_error", runs=False),
    Row("lacks the class", "class Client:\n    pass\n", "error", "missing_class", runs=False),
    Row("wrong signature", "class ApiClient:\n    def __init__(self, host):\n        pass\n", "error",
        "wrong_signature", runs=False),
    Row("raises on import", at_import("1 / 0"), "error", "raises_on_import", runs=False),
]  # fmt: skip

CELLS = [
    pytest.param(row, frontend, id=f"{row.what} | {frontend}", marks=row.marks)
    for row in TABLE
    for frontend in EVERYWHERE
    if frontend in row.frontends
]


@pytest.mark.parametrize(("row", "frontend"), CELLS)
def test_cell(row, frontend, tmp_path, monkeypatch) -> None:
    # What takes for ever is not waited for long, and what ends by itself may take what a busy machine needs.
    seconds = 1.0 if row.status == "time_limit" else 30.0
    monkeypatch.setattr("keepalive.grading.transports.IMPORT_SECONDS", seconds)
    verdict = judged(tmp_path, row.source, link=frontend, work=seconds)

    assert verdict["status"] == row.status
    assert verdict["points"] == 0 < verdict["max"]
    assert "passed" not in {check["status"] for check in verdict["checks"]}
    if row.runs:
        (told,) = [check["diagnosis"] for check in verdict["checks"] if check["id"] == "first.arrives"]
        assert verdict["diagnoses"] == []
    else:
        (told,) = verdict["diagnoses"]
        if row.kind != "wrong_signature":
            assert {check["status"] for check in verdict["checks"]} == {"not_run"}
    assert told["kind"] == row.kind
    assert told["file"] in ("client.py", None)
    for frame in told.get("trace", "").splitlines():  # their frames only
        assert "keepalive" not in frame and "asyncio/" not in frame


@ONLY_LINUX
def test_memory_that_fills_up_is_told_with_its_line_in_each_scenario(tmp_path) -> None:
    source = gets(HOARDS)
    verdict = judged(tmp_path, source, link="child", work=30.0)
    assert [each["status"] for each in verdict["scenarios"]] == ["memory_limit", "memory_limit"]
    (line,) = {check["diagnosis"]["line"] for check in verdict["checks"]}
    assert "hoard.append" in source.splitlines()[line - 1]


def test_no_exit_code_at_import_is_a_fault_of_ours(tmp_path) -> None:
    verdict = judged(tmp_path, at_import(f"import os; os._exit({OUT_OF_MEMORY})"), link="child")
    assert verdict["status"] == "ended_early"
    assert "faults" not in verdict["runtime"]


@ONLY_LINUX
def test_a_child_without_the_memory_to_say_so_is_named_all_the_same(tmp_path) -> None:
    body = "import sys\nsession = sys.modules['keepalive.grading.session']\ndef full(*any):\n    raise MemoryError\n"
    verdict = judged(tmp_path, gets(f"{body}session.Session.say = full\nraise MemoryError"), link="child")
    assert verdict["status"] == "memory_limit"
    assert verdict["checks"][0]["observed"] == "Your code asked for more memory than it may have."


def test_where_memory_is_not_bounded_it_is_said(capsys) -> None:
    assert cli.main(["check", "--help"]) == 0
    assert "memory is not bounded" in " ".join(capsys.readouterr().out.split())


def test_nothing_after_a_mishap_is_affected_by_it(tmp_path) -> None:
    judged(tmp_path, gets(ENDLESS), work=0.3)
    assert judged(tmp_path, client())["status"] == "passed"
