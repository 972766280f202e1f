"""A small course's site for the tests of one file, built and served as the real one is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from keepalive.website.serve import application
from keepalive.website.serve_moved import Moved


def built(root: Path) -> Path:
    """Build the course in `root`; its site. In a process of its own: Playwright's loop is running in this thread."""
    made = [sys.executable, "-m", "keepalive.website", "build"]
    done = subprocess.run(made, env={**os.environ, "KEEPALIVE_ROOT": str(root)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "site"


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
