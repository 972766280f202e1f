"""A small course's site, built and served as the real one is."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from exam import bank_files
from keepalive.website.serve import application
from keepalive.website.serve_moved import Moved
from made_once import made_once
from website import sample

REPO = Path(__file__).resolve().parents[2]
ONE_OF_EACH_FORMAT = (
    *("client-in-a-loop", "nothing-was-sent", "third-in-the-queue"),
    *("cap-that-is-none", "first-call-over-tls", "waves-of-tasks"),
)


def built(root: Path) -> Path:
    """Build the course in `root`; its site. In a process of its own: Playwright's loop is running in this thread."""
    made = [sys.executable, "-m", "keepalive.website", "build"]
    done = subprocess.run(made, env={**os.environ, "KEEPALIVE_ROOT": str(root)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "site"


def with_exam(factory: pytest.TempPathFactory) -> Path:
    """The root of a course with an exam and its certificate, of a made-up bank; built, not to be changed."""

    def make(folder: Path) -> None:
        root = sample.make_root(folder / "course")
        for name in ("exam.md", "verify.md"):
            shutil.copy(REPO / "docs" / name, root / "docs" / name)
        bank_files.write(root)
        built(root)

    return made_once(factory, "with-exam", make) / "course"


def with_real_questions(factory: pytest.TempPathFactory) -> Path:
    """The same with this course's own bank, of which its first chapter asks one question of each format."""

    def make(folder: Path) -> None:
        root = sample.make_root(folder / "course")
        shutil.copy(REPO / "docs" / "exam.md", root / "docs" / "exam.md")
        copy_bank(root)
        calls = [sample.code(f'question("{id}")') for id in ONE_OF_EACH_FORMAT]
        first = sample.md("# A sample\n\nQuestions, one of each format.")
        imports = sample.code("from keepalive.notebook import question", "hide")
        sample.write(root, "01-sample.ipynb", [first, sample.md("## In a fold\n\nNothing."), imports, *calls])
        built(root)

    return made_once(factory, "with-real-questions", make) / "course"


def copy_bank(root: Path) -> None:
    """The questions of this course, without the exercises that know their mistakes by name."""
    folder = root / "exercises" / "questions"
    folder.mkdir(parents=True)
    for path in (REPO / "exercises" / "questions").glob("[0-9]*.toml"):
        source = re.sub(r"^misconception = .*\n", "", path.read_text("utf-8"), flags=re.M)
        (folder / path.name).write_text(source, "utf-8")


@contextmanager
def served(site: Path, moved: Moved | None = None) -> Iterator[str]:
    """The site as `python -m keepalive.website serve` serves it, on a port of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(application(site, moved=moved), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(10)
