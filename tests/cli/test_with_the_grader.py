"""The terminal frontend with the real grader: from `start` to `solution`, and code that does everything wrong."""

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from answer_files import file_of
from keepalive import cli
from keepalive.course import Course
from keepalive.course.load import find_root

NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="without a fork only os._exit is caught")
EXERCISE = Course.load().exercise("04")
POINTS = f"{EXERCISE.points} of {EXERCISE.points} points"


@pytest.fixture
def keepalive(tmp_path, monkeypatch, capsys):
    """Runs the program in this process on the real course, with a learner's folder of its own."""
    monkeypatch.delenv("KEEPALIVE_ROOT", raising=False)
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEEPALIVE_WORK", str(tmp_path / "work"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["keepalive"])

    def run(*arguments):
        code = cli.main(arguments)
        captured = capsys.readouterr()
        assert captured.err == ""
        return code, captured.out

    return run


def test_from_start_to_solution(keepalive, tmp_path):
    mine = tmp_path / "work" / f"{EXERCISE.name}.py"
    assert keepalive("start", "04")[0] == 0
    code, out = keepalive("check")
    assert code == 1 and "No task is finished yet." in out

    shutil.copy(file_of(EXERCISE, "client-per-call"), mine)
    code, out = keepalive("check", "04")
    fact = EXERCISE.misconceptions["client-per-call"].fact
    assert code == 1 and "[not yet]" in out and fact.split(".")[0] in " ".join(out.split())
    assert "What the server saw: " in out and "connection 5 opens" in out
    _, shown, _ = (find_root() / "README.md").read_text("utf-8").split("```", 2)
    assert {line for line in shown.splitlines()[2:] if "…" not in line} <= set(out.splitlines()), "as the README shows"

    shutil.copy(file_of(EXERCISE, "lazy"), mine)
    for arguments in ((), ("--fast",)):
        code, out = keepalive("check", "04", *arguments)
        assert code == 0 and f"All tasks passed. {POINTS}, 3 of 3 bonus points." in out
    assert keepalive("solution", "04")[0] == 0
    assert "passed" in keepalive("list")[1]


@pytest.mark.parametrize(
    "call",
    [
        "os._exit(0)",
        pytest.param("os.execv(sys.executable, [sys.executable, '-c', ''])", marks=NEEDS_FORK),
        pytest.param("__import__('posix')._exit(0)", marks=NEEDS_FORK),
    ],
)
@pytest.mark.parametrize("where", ["import", "call"])
def test_an_answer_that_ends_python_has_not_passed(keepalive, tmp_path, call, where):
    source = EXERCISE.reference_text
    ends = f"import os\nimport sys\n\n{call if where == 'import' else ''}\n"
    if where == "call":
        source = source.replace("self._entered = False", f"{call}; self._entered = False", 1)
        assert call in source
    (tmp_path / "mine.py").write_text(source.replace("import httpx\n", f"import httpx\n{ends}", 1), "utf-8")
    code, out = keepalive("check", "mine.py", "--exercise", "04", "--fast", "--json")
    verdict = json.loads(out)
    assert (code, verdict["status"], verdict["points"]) == (1, "ended_early", 0)


def test_a_file_of_a_later_exercise_is_told_what_that_one_changes_on_purpose(keepalive, tmp_path):
    later, file = Course.load().exercise("09"), tmp_path / "mine.py"
    file.write_bytes(later.reference.read_bytes())
    code, out = keepalive("check", "mine.py", "--exercise", "06", "--fast")
    said = " ".join(out.partition("What the server saw")[0].split())
    assert code == 1 and said.startswith("This file is for exercise 09 too, which changes on purpose: - ")
    about_06 = {each.why for each in later.supersedes if each.exercise == "timeouts-and-limits"}
    assert {each.why for each in later.supersedes if each.why in said} == about_06
    assert not any(why in keepalive("check", "mine.py", "--exercise", "04", "--fast")[1] for why in about_06)
    file.write_text(later.reference_text, "utf-8")  # without gaps nobody knows whose file it is
    assert "exercise 09" not in keepalive("check", "mine.py", "--exercise", "06", "--fast")[1]


def test_an_extension_left_open_is_a_pass_with_something_left(keepalive, tmp_path):
    mine = tmp_path / "work" / f"{EXERCISE.name}.py"
    assert keepalive("start", "04")[0] == 0
    done = 'raise RuntimeError(f"the client of {self._client.base_url} was entered before: make a new one")'
    source = EXERCISE.reference_text
    assert done in source
    mine.write_text(source.replace(done, 'raise NotImplementedError("task one-owner")'), "utf-8")
    code, out = keepalive("check", "04")
    assert code == 0 and f"Passed. The extension is still open. {POINTS}, 0 of 3 bonus points." in out
    assert "shows the reference and other right answers; for the extension, `" in " ".join(out.split())
    assert keepalive("solution", "04")[0] == 0
    assert "Extension" in keepalive("hint", "04")[1]


def test_json_keeps_to_the_schema_of_the_verdict(keepalive, tmp_path):
    schema = json.loads(files("keepalive.grading").joinpath("verdict.schema.json").read_text("utf-8"))
    for id in ("starter", "reference", "client-per-call"):
        _, out = keepalive("check", str(file_of(EXERCISE, id)), "--exercise", "04", "--json", "--seed", "5")
        verdict = json.loads(out)
        jsonschema.validate(verdict, schema)
        assert verdict["seed"] == 5 and verdict["runtime"]["frontend"] == "terminal"
        assert verdict["version"] == EXERCISE.version


SAFE = "import httpx\n\n\nclass ApiClient:\n    def __init__(self, base_url):\n        {}\n"
MISUSE = {
    "does not compile": ("class ApiClient:\n    def x(:\n", "line 2"),
    "lacks the class": ("class Client:\n    pass\n", "ApiClient"),
    "wrong signature": ("class ApiClient:\n    def __init__(self):\n        pass\n", "base_url"),
    "raises on import": ("import httpx\n\nhttpx.nothing\n", "line 3"),
    "cannot be imported": ("import no_such_module_at_all\n", "no_such_module_at_all"),
    "exits": (SAFE.format("import sys; sys.exit(0)"), "ended"),
    "blocks": (SAFE.format("import time; time.sleep(3)"), "line 6"),
    "floods": (SAFE.format("print('x' * 10_000_000)"), "print"),
    "a null byte": ("x = 1\n\0\n", "null"),
}


# What is found is the grader's, and tests/grading holds it to each. Here: one that has no frame of theirs, one that has
# one, one that ends its process, one that floods the terminal.
TOLD = ("does not compile", "raises on import", "exits", "floods")


@pytest.mark.parametrize(
    ("source", "said"),
    [pytest.param(*case, marks=() if name in TOLD else pytest.mark.thorough, id=name) for name, case in MISUSE.items()],
)
def test_code_that_misbehaves_is_told_so_without_a_trace_of_ours(keepalive, tmp_path, source, said):
    path = tmp_path / "04-minimal-client.py"
    path.write_text(source, "utf-8")
    code, out = keepalive("check", path.name)
    assert code == 1
    assert said in out
    assert str(find_root() / "src") not in out, "their frames only"
    assert out.rpartition("\n\n")[2].partition("\nNext: ")[1]


def test_as_a_program(tmp_path):
    """The entry point itself, once: exit code and streams as a shell sees them."""
    path = tmp_path / "04-minimal-client.py"
    shutil.copy(EXERCISE.reference, path)
    command = [str(Path(sys.executable).with_name("keepalive")), "check", str(path), "--json"]
    environment = {"KEEPALIVE_HOME": str(tmp_path / "home"), "PATH": "", "SYSTEMROOT": "C:\\Windows"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["status"] == "passed"


def cells_of(*sources):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_notebook_gives_the_verdict_of_its_class(keepalive, tmp_path):
    source = EXERCISE.reference_text
    head, _, body = source.partition("class ApiClient")
    path = tmp_path / "04-minimal-client.ipynb"
    path.write_text(
        cells_of("%pip list\nawait nothing()", head, f"class ApiClient{body}", "await ApiClient('x').get('/')")
    )
    for arguments in ((), ("--fast",)):
        code, out = keepalive("check", path.name, *arguments)
        assert code == 0 and f"All tasks passed. {POINTS}, 3 of 3 bonus points." in out


IN_CELLS = {
    "raises": ("import httpx", SAFE.format("helper()"), "def helper():\n    x = 1\n    raise KeyError('no')",
               ["code cell 3, line 3", "code cell 2, line 6, in __init__", "KeyError"]),
    "does not parse": ("import httpx", "class ApiClient:\n    def x(:\n", "",
                       ["04-minimal-client.ipynb, code cell 2, line 2", "    code cell 2, line 2\n"]),
    "lacks the class": ("import httpx", "class Client:\n    x = 1 / 0", "",
                        ["`04-minimal-client.ipynb` has no class named `ApiClient`", "`Client`"]),
    "raises on import": ("import httpx", "class ApiClient:\n    x = httpx.nothing", "", ["code cell 2, line 2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_CELLS.values(), ids=IN_CELLS.keys())
def test_faults_are_said_with_their_cell_and_line(keepalive, tmp_path, case):
    *sources, said = case
    (tmp_path / "04-minimal-client.ipynb").write_text(cells_of(*sources), "utf-8")
    code, out = keepalive("check", "04-minimal-client.ipynb")
    assert code == 1 and out.rpartition("\n\n")[2].partition("\nNext: ")[1]
    assert all(sentence in out for sentence in said), out
    assert str(find_root() / "src") not in out


def test_json_of_a_notebook_keeps_to_the_schema(keepalive, tmp_path):
    schema = json.loads(files("keepalive.grading").joinpath("verdict.schema.json").read_text("utf-8"))
    (tmp_path / "04-minimal-client.ipynb").write_text(cells_of(SAFE.format("import time; time.sleep(3)")), "utf-8")
    verdict = json.loads(keepalive("check", "04-minimal-client.ipynb", "--json")[1])
    jsonschema.validate(verdict, schema)
    stopped = next(check["diagnosis"] for check in verdict["checks"] if "diagnosis" in check)
    assert (stopped["file"], stopped["line"]) == ("04-minimal-client.ipynb, code cell 1", 6)
