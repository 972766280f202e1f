"""A course folder of its own for every test: the real course.py, and small stand-ins for what it installs and starts.

The folder's name has a space and letters outside ASCII, as a home folder may have.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import termios
import venv
from pathlib import Path

import pytest

from ports import held_ports
from setup.processes import is_alive, wait_for

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1] / "course.py"

# Runs course.py with ports of the test's choice: the tests run beside each other and beside a real course.
RUNNER = """
import importlib.util, json, signal, sys
if hasattr(signal, "SIGHUP"):               # whoever started the tests may have been told to ignore it
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
spec = importlib.util.spec_from_file_location("course", sys.argv[1])
course = importlib.util.module_from_spec(spec)
spec.loader.exec_module(course)
course.PORTS = json.loads(sys.argv[2])
sys.exit(course.main(sys.argv[3:]))
"""


def load(path: Path):
    """course.py as a module; its ROOT is the folder it lies in."""
    spec = importlib.util.spec_from_file_location("course_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Folder:
    """A course folder and the processes started from it."""

    def __init__(self, root: Path, ports: list[int]):
        self.root = root
        self.ports = dict(zip(("site", "api", "lab"), ports, strict=True))
        self.started: list[subprocess.Popen] = []
        self.course = load(root / "course.py")

    @property
    def site_packages(self) -> Path:
        return next((self.root / ".venv" / "lib").glob("python3.*")) / "site-packages"

    def stamp(self, tests: bool = False) -> None:
        """Say that the set-up is complete."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        self.course.write_stamp(self.course.wanted(tests) | {"python": version})

    def run(self, *arguments: str, env: dict | None = None, terminal: int | None = None) -> subprocess.Popen:
        """course.py in a process of its own, with the ports of this test; `terminal` becomes its own terminal."""
        # A terminal's size is its own, not that of whoever started the tests.
        mine = {k: v for k, v in os.environ.items() if not k.startswith("KEEPALIVE_") and k not in ("COLUMNS", "LINES")}
        environment = mine | (env or {})
        argv = [sys.executable, "-c", RUNNER, str(self.root / "course.py"), json.dumps(self.ports), *arguments]
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=self.root.parent,  # not the course's folder
            start_new_session=terminal is not None,
            preexec_fn=None if terminal is None else lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.started.append(child)
        return child

    def state(self) -> dict:
        """What runs, once everything is up."""
        path = self.root / ".cache" / "running.json"

        def read():
            text = ""
            with contextlib.suppress(FileNotFoundError):  # a start replaces what a killed one has left
                text = path.read_text()
            if text:
                return json.loads(text)
            finished = [child for child in self.started if child.poll() is not None]
            if len(finished) == len(self.started):
                pytest.fail("course.py ended:\n" + "".join(child.stdout.read() for child in finished))
            return None

        return wait_for(read)

    def pids(self) -> set[int]:
        """Every process that a stand-in has noted: the servers and the stand-in for a kernel."""
        return {int(path.name) for path in (self.root / "pids").glob("*")}

    def close(self) -> None:
        for child in self.started:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()
        for pid in self.pids():
            if is_alive(pid):
                with contextlib.suppress(ProcessLookupError):  # its course.py is gone, so it is about to go by itself
                    os.kill(pid, 9)


@pytest.fixture
def bare(tmp_path):
    """The folder as a clone has it: nothing set up."""
    root = tmp_path / "Großer Kurs"
    root.mkdir()
    shutil.copy(COURSE, root)
    (root / "requirements.txt").write_text("httpx==0.28.1 \\\n    --hash=sha256:00\n")
    (root / "requirements-test.txt").write_text("pytest==9.2.0 \\\n    --hash=sha256:00\n")
    (root / "pyproject.toml").write_text("[project]\nname = 'keepalive'\n")
    (root / "web").mkdir()
    (root / "web" / "package-lock.json").write_text("{}\n")
    with held_ports(3) as ports:
        folder = Folder(root, ports)
        yield folder
        folder.close()


@pytest.fixture
def folder(bare):
    """The folder set up, with stand-ins instead of the packages: quick, and without the network."""
    venv.create(bare.root / ".venv", with_pip=False, symlinks=True)
    shutil.copytree(HERE / "stand_ins", bare.site_packages, dirs_exist_ok=True)
    bare.stamp()
    return bare
