"""The engine on every other Python of 3.11 to 3.14 that this machine has: the same verdicts.

What the engine needs is pure Python, so another interpreter can use the packages installed for this one.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from answer_files import few, file_of, ids
from keepalive.course import Exercise
from keepalive.course.load import read

ROOT = Path(__file__).parents[2]
PACKAGES = ["httpx", "httpcore", "h11", "anyio", "idna", "certifi", "respx", "typing_extensions.py"]

SCRIPT = """
import json, sys
from pathlib import Path
from keepalive.grading import ExerciseCode, grade
verdicts = {}
for folder in sorted(Path(sys.argv[1]).glob("[0-9][0-9]-*")):
    code = ExerciseCode(folder.name, "-", "ApiClient", folder / "drive.py", folder / "grader.py")
    for path in sorted(Path(sys.argv[2], folder.name).glob("*.py")):
        verdict = grade(code, path, link="direct", seed=11)
        del verdict["runtime"], verdict["output"]
        verdicts[f"{folder.name}/{path.name}"] = verdict
print(json.dumps(verdicts, sort_keys=True))
"""


def others() -> list[str]:
    """Interpreters of another version, one each."""
    found: dict[str, str] = {}
    for minor in range(11, 15):
        candidates = [shutil.which(f"python3.{minor}")]
        candidates += [str(path) for path in sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3"))]
        for candidate in filter(None, candidates):
            asked = subprocess.run(
                [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
            )
            if asked.returncode == 0 and asked.stdout.strip() == f"3.{minor}" and minor != sys.version_info.minor:
                found.setdefault(f"3.{minor}", candidate)
    return [found[version] for version in sorted(found)]


def answers_in(folder: Path, chosen: Callable[[Exercise], list[str]]) -> None:
    """The chosen answers to every exercise, drafts too, in a folder for each exercise."""
    course, _ = read(ROOT)
    for exercise in (*course.exercises, *(draft.exercise for draft in course.drafts if draft.exercise)):
        for id in chosen(exercise):
            path = folder / exercise.name / f"{id}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file_of(exercise, id), path)


def verdicts_of(python: str, packages: str, answers: Path) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), packages]), "PYTHONNOUSERSITE": "1"}
    played = subprocess.run(
        [python, "-S", "-c", SCRIPT, str(ROOT / "exercises"), str(answers)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
    )
    assert played.returncode == 0, played.stderr
    return played.stdout


@pytest.mark.parametrize("which", ["newest", pytest.param("others", marks=pytest.mark.thorough)])
def test_the_same_verdicts_on_every_python(tmp_path, which) -> None:
    pythons = others()[-1:] if which == "newest" else others()[:-1]
    if not pythons:
        pytest.skip("no other Python of 3.11 to 3.14 on this machine")
    import httpx

    home = Path(httpx.__file__).parents[1]
    for name in PACKAGES:
        source = home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    answers = tmp_path / "answers"
    answers_in(answers, few if which == "newest" else ids)
    ours = json.loads(verdicts_of(sys.executable, str(tmp_path), answers))
    for python in pythons:
        theirs = json.loads(verdicts_of(python, str(tmp_path), answers))
        for name, verdict in ours.items():
            assert theirs[name] == verdict, f"{python}: {name}"
