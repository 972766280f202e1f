from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import small_course as small
from keepalive import cli


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small course; the learner's data and folder beside it; the terminal stands in its root."""
    root = tmp_path / "course"
    root.mkdir()
    small.write(root)
    monkeypatch.setenv("KEEPALIVE_ROOT", str(root))
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KEEPALIVE_WORK", raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):  # what a CI or a terminal of whoever started this sets
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(root)
    monkeypatch.setattr("sys.argv", ["keepalive"])
    monkeypatch.setattr("keepalive.grading.grade", small.grade)
    monkeypatch.setattr("keepalive.course.lint.verdicts.PROCESSES", 1)  # others would grade with the real grader
    return root


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """`keepalive` with these arguments, graded by the stand-in."""

    def run(*arguments: str) -> Result:
        code = cli.main(arguments)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def answer(root: Path) -> Callable[..., Path]:
    """Writes an answer into the learner's folder."""

    def write(text: str, name: str = "04-tiny-client.py") -> Path:
        path = root / "work" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write
