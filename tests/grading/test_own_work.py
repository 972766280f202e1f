"""An answer that takes the exercise's reference or the grader in is refused, and one that stands alone is not."""

import pytest

from grading.bench import LINKS, client, judged

REFERENCE = "import httpx\nVALUE = 5\n"


@pytest.fixture
def folder(tmp_path):
    """An exercise's folder, with a reference in it."""
    folder = tmp_path / "exercises" / "04-one"
    folder.mkdir(parents=True)
    for name, text in (("exercise.toml", ""), ("grader.py", ""), ("reference.py", REFERENCE), ("brief.md", "#")):
        (folder / name).write_text(text, "utf-8")
    return folder


BY_PATH = """
import importlib.util
spec = importlib.util.spec_from_file_location("other", r"{folder}/reference.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""

WAYS = {
    "import": 'import sys\nsys.path.insert(0, r"{folder}")\nimport reference\n',
    "import_module": 'import importlib, sys\nsys.path.insert(0, r"{folder}")\nimportlib.import_module("reference")\n',
    "by path": BY_PATH,
    "open": 'open(r"{folder}/reference.py").read()\n',
    "pathlib": 'from pathlib import Path\nPath(r"{folder}", "grader.py").read_text()\n',
    "runpy": 'import runpy\nrunpy.run_path(r"{folder}/reference.py")\n',
    "relative": 'import os\nos.chdir(r"{folder}")\nopen("reference.py")\n',
    "grading": "import keepalive.grading\n",
    "from grading": "from keepalive.grading.runner import Runner\n",
    "from keepalive": "from keepalive import grading\n",
    "course": "from keepalive.course import Course\n",
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_while_it_is_imported(tmp_path, folder, way, link, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # where it is again after a direct call that went elsewhere
    verdict = judged(tmp_path, client(before=way.replace("{folder}", str(folder))), link=link)
    (found,) = verdict["diagnoses"]
    assert (verdict["status"], found["kind"]) == ("error", "copies")
    assert "write this part yourself" in found["text"]
    assert found["line"] is not None


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("caught", [False, True])
def test_while_it_runs(tmp_path, folder, caught, link) -> None:
    way = f'open(r"{folder}/reference.py")'
    body = f"try:\n    {way}\nexcept BaseException:\n    pass" if caught else way
    verdict = judged(tmp_path, client(f"{body}\nreturn await self.http.get(path)"), link=link)
    assert verdict["status"] == "failed"
    assert verdict["checks"][0]["diagnosis"]["kind"] == "copies"
    assert "opens `reference.py`" in verdict["checks"][0]["observed"]


@pytest.mark.parametrize("link", LINKS)
def test_caught_while_it_is_imported(tmp_path, link) -> None:
    before = "try:\n    import keepalive.grading\nexcept BaseException:\n    pass\n"
    assert judged(tmp_path, client(before=before), link=link)["diagnoses"][0]["kind"] == "copies"


@pytest.mark.parametrize("link", LINKS)
def test_what_is_the_learners_own_stays_theirs(tmp_path, folder, link) -> None:
    (tmp_path / "reference.py").write_text(REFERENCE, "utf-8")  # of their own, beside no exercise
    before = f"""
import keepalive
import keepalive.faults
import traceback
import reference
open(__file__).close()
open(r"{folder}/brief.md").close()
open("client_notes.txt", "w").close()
"""
    before = before.replace('"client_notes.txt"', f'r"{tmp_path}/client_notes.txt"')
    assert judged(tmp_path, client(before=before), link=link)["status"] == "passed"


@pytest.mark.parametrize("link", LINKS)
def test_leaving_python_by_the_back_door_is_told_its_line(tmp_path, link) -> None:
    verdict = judged(tmp_path, client("os._exit(0)", before="import os\n"), link=link)
    assert verdict["status"] == "ended_early"
    assert verdict["checks"][0]["diagnosis"]["kind"] == "exits"
    assert verdict["checks"][0]["diagnosis"]["line"] is not None
    verdict = judged(tmp_path, client(before="import os\nos._exit(0)\n"), link=link)
    assert (verdict["status"], verdict["diagnoses"][0]["kind"]) == ("ended_early", "exits")
