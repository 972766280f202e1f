"""The Python files that a browser needs: the packages under the engine, as they were installed, and the engine."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from ..errors import BuildError
from ..sources import files_below

PACKAGES = (
    "anyio",
    "certifi",
    "h11",
    "httpcore",
    "httpx",
    "idna",
    "respx",
    "starlette",
    "typing_extensions",
    "markdown-it-py",
    "mdurl",
)
"""What the engine imports, directly or not. anyio needs typing_extensions on Python 3.14, too, at the first request.

starlette is what the practice API is made of. The last two make HTML of what is said of a verdict.
"""

OURS = ("grading", "practice_api", "report")
"""Packages of the course that are wanted. What they import of the course comes with them."""

CALLED_BY_PAGE = (
    "website/__init__.py",
    "website/runtime/__init__.py",
    "website/runtime/as_it_was.py",
    "website/runtime/depot.py",
    "website/runtime/inside.py",
    "website/runtime/telling.py",
)
"""The files of this package that run in the browser."""

IN_PART = {
    "course": (
        "__init__.py",
        "blank_lines.py",
        "errors.py",
        "feedback.py",
        "gaps.py",
        "imports.py",
        "model.py",
        "version.py",
    ),
    "practice_api": (
        "__init__.py",
        "app.py",
        "behaviour.py",
        "fields.py",
        "ledger.py",
        "middleware.py",
        "responses.py",
        "seed.py",
        "store.py",
    ),
    "report": ("__init__.py", "contents.py", "prose.py", "render.py", "verdict.css", "words.py"),
}
"""Packages of which these files are enough: what a verdict is read with, without what loads and proves a course; the
practice API's app, without what serves it on a socket; what is said of a verdict, and nothing of questions."""

EMPTIED = {"certifi/cacert.pem": b""}
"""Nothing in a browser verifies a certificate: its TLS is a stand-in, and the wire has none. 240 kB.

And machines behind a company's proxy add their own certificates to the file.
"""

_NOT_NEEDED = re.compile(
    r"^\.\./"  # console scripts
    r"|\.pyc$|\.pyi$|/py\.typed$|/tests/"
    r"|^anyio/(_backends/_trio|pytest_plugin)\.py$"  # for trio and pytest, which are not there
    r"|^httpx/_main\.py$"  # httpx's command line; httpx looks whether it is there
    r"|^idna/uts46data\.py$"  # 240 kB for idna.encode(..., uts46=True), which httpx does not ask for
    r"|^starlette/(authentication|config|schemas|staticfiles|templating|testclient)\.py$"  # the app has none of these
    r"|^starlette/middleware/(?!(__init__|body_limit|errors|exceptions)\.py$)"
    r"|\.dist-info/(?!METADATA$|.*LICENSE)"  # each package's licence goes where its code goes
)


def engine_files(package: Path) -> dict[str, bytes]:
    """Contents by path as they lie on the browser's `sys.path`. `package`: the folder of `keepalive` itself.

    Raises BuildError when a package is missing, or is not as it was installed.
    """
    found: dict[str, bytes] = {}
    for name in PACKAGES:
        found |= _installed(name)
    return dict(sorted({**found, **_our_own(package), **EMPTIED}.items()))


def versions() -> dict[str, str]:
    """The version of each package that comes along."""
    return {name: _distribution(name).version for name in PACKAGES}


def as_zip(files: dict[str, bytes]) -> bytes:
    """The files as one archive, not compressed: it is read once, by the compiler."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name), content)
    return archive.getvalue()


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise BuildError(f"{name} is not installed. Set the course up anew: python3 course.py setup") from None


def _installed(name: str) -> dict[str, bytes]:
    """A package's files, each held against the hash that its wheel gave for it."""
    found: dict[str, bytes] = {}
    for file in _distribution(name).files or ():
        path = file.as_posix()
        if path in EMPTIED or _NOT_NEEDED.search(path):
            continue
        content = Path(str(file.locate())).read_bytes()
        if file.hash is not None:
            digest = hashlib.new(file.hash.mode, content).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                raise BuildError(
                    f"{file.locate()} is not what was installed: somebody changed it. "
                    f"Install {name} anew, so that the browser gets the version that the course was tested with."
                )
        found[path] = content
    return found


def _our_own(package: Path) -> dict[str, bytes]:
    wanted, found = (
        [*OURS],
        {"__init__.py": package / "__init__.py", **{name: package / name for name in CALLED_BY_PAGE}},
    )
    taken: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in taken:
            continue
        taken.add(name)
        single = package / f"{name}.py"
        part = [package / name / file for file in IN_PART.get(name, ())]
        for path in [single] if single.is_file() else part or files_below(package / name):
            found[path.relative_to(package).as_posix()] = path
            if path.suffix == ".py":
                wanted.extend(_imported(path))
    return {f"keepalive/{name}": path.read_bytes() for name, path in found.items()}


def _imported(path: Path) -> Iterator[str]:
    """What a file imports of the course: "grading" for `from keepalive.grading import clock`."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "keepalive" and not node.level:
            names = [f"keepalive.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            first, _, rest = name.partition(".")
            if first == "keepalive" and rest and not rest.startswith("__"):
                yield rest.partition(".")[0]
