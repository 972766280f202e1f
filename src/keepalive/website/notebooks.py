"""Executes the chapters for real, several at once, and remembers the result by content.

mkdocs-jupyter could do this, and is told not to: it runs notebooks one after another, its cache does not notice a new
httpx or a changed helper module, and by default it accepts a cell that failed.
"""

from __future__ import annotations

import asyncio
import os
import re
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path

import nbformat

from .errors import BuildError
from .sources import execution_digest

CELL_SECONDS = 120
"""How long one cell may run on a slow machine before the build gives up on it."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_KERNEL_NOISE = re.compile(r"^.*(running over TCP without encryption|frozen modules|PYDEVD_DISABLE_FILE).*\n?", re.M)
_CELL_FILE = re.compile(r"/tmp/ipykernel_\d+/\d+\.py")


TIMING = "timing"
"""The tag of a cell that measures time. Its notebook is executed while nothing else of the build runs."""
RETRIES = 2
"""How often such a notebook is executed again when it fails: nobody can keep other programs from running."""


Read = Callable[[Path], nbformat.NotebookNode]


def _read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def executed(
    root: Path,
    notebooks: Iterable[Path],
    say: Callable[[str], None] = lambda line: None,
    *,
    until_quiet: Callable[[], object] = lambda: None,
    read: Read = _read,
) -> dict[Path, Path]:
    """Execute each notebook that is not in the cache; return where each executed copy lies.

    read: gives the notebook at a path as it is to be executed, with what it does not hold itself.
    until_quiet: returns when nothing else of the build is running; called before a notebook that measures time.
    Raises BuildError naming every notebook that failed, its cell, line and error.
    """
    cache = root / ".cache" / "notebooks"
    cache.mkdir(parents=True, exist_ok=True)
    places = {nb: cache / f"{nb.stem}-{execution_digest(root, nb)[:20]}.ipynb" for nb in notebooks}
    missing = {nb: place for nb, place in places.items() if not place.exists()}
    if missing:
        problems = [p for p in _in_own_thread(_execute_all(root, missing, say, until_quiet, read)) if p]
        if problems:
            raise BuildError(*problems)
    _forget_old(cache, set(places.values()))
    return places


def _forget_old(cache: Path, wanted: set[Path]) -> None:
    for path in set(cache.glob("*.ipynb")) - wanted:
        path.unlink(missing_ok=True)


def _in_own_thread(work: Coroutine) -> list:
    """Run a coroutine on a loop in a thread of its own and wait for it.

    nbclient installs signal handlers on the loop of the main thread, one client over the other, after which Ctrl-C ends
    one kernel and not the build. From another thread it cannot; here Ctrl-C cancels all of them.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="notebooks")
    thread.start()
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        if future.cancel():
            asyncio.run_coroutine_threadsafe(_until_alone(), loop).result()
        raise
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _until_alone() -> None:
    """Wait until the cancelled notebooks have ended their kernels."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*others, return_exceptions=True)


async def _execute_all(
    root: Path, missing: dict[Path, Path], say: Callable[[str], None], until_quiet: Callable[[], object], read: Read
) -> list[str | None]:
    together, alone = [], []
    for source in missing:
        (alone if _runs_alone(read(source)) else together).append(source)
    seats = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(source: Path) -> str | None:
        async with seats:
            say(f"executing {source.relative_to(root).as_posix()}")
            return await _execute(root, source, missing[source], read)

    problems = list(await asyncio.gather(*map(one, together)))
    if alone:
        await asyncio.to_thread(until_quiet)
    for source in alone:
        problem = await one(source)
        for _ in range(RETRIES):
            if problem:
                say("a cell failed; as it measures time, something else may have had the machine: once more")
                problem = await one(source)
        problems.append(problem)
    return problems


def _runs_alone(nb: nbformat.NotebookNode) -> bool:
    return any(TIMING in cell.metadata.get("tags", []) for cell in nb.cells)


async def _execute(root: Path, source: Path, place: Path, read: Read) -> str | None:
    """Execute one notebook into its place. Returns the problem in words, or None."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    nb = read(source)
    name = source.relative_to(root).as_posix()
    current = 0

    def note(cell, cell_index):
        nonlocal current
        current = cell_index

    with tempfile.TemporaryDirectory(prefix="keepalive-chapter-", ignore_cleanup_errors=True) as scratch:
        client = NotebookClient(
            nb,
            kernel_name="python3",
            timeout=nb.metadata.get("keepalive", {}).get("cell_seconds", CELL_SECONDS),
            startup_timeout=120,
            record_timing=False,  # a time stamp in each cell would make every build differ
            coalesce_streams=True,
            # Tracebacks in plain text: a page has its own colours, and a light and a dark scheme.
            extra_arguments=["--InteractiveShell.colors=nocolor"],
            on_cell_start=note,
        )
        with _KernelStderr(Path(scratch, "kernel.stderr")) as stderr:
            try:
                await client.async_execute(cwd=scratch, env=_environment(root, scratch), stderr=stderr.file)
            except CellExecutionError:
                return _failure(name, nb, current)
            except CellTimeoutError:
                return (
                    f"{_place(name, nb, current)}: did not end within {client.timeout} s.\n{_code(nb.cells[current])}"
                )
            except (DeadKernelError, RuntimeError) as error:
                return f"{_place(name, nb, current)}: the kernel ended ({error}).\n{stderr.said()}".rstrip()
        if problem := _kept_its_word(name, nb):
            return problem
        _without_machine_paths(nb, root, Path(scratch))
        half = place.with_suffix(f".{os.getpid()}.half")
        nbformat.write(nb, half)
        os.replace(half, place)
    return None


class _KernelStderr:
    """A file for what the kernel's process says beside its cells: kept from the build's own output, read if it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _KernelStderr:
        self.file = self.path.open("wb")
        return self

    def __exit__(self, *_) -> None:
        self.file.close()

    def said(self) -> str:
        return _KERNEL_NOISE.sub("", self.path.read_text("utf-8", "replace")).strip()


def _environment(root: Path, scratch: str) -> dict[str, str]:
    """The kernel's environment: the course's root, and nobody's own progress, work, history or proxy."""
    quiet = {name: value for name, value in os.environ.items() if name.lower() not in _PROXIES}
    return quiet | {
        "KEEPALIVE_ROOT": str(root),
        "KEEPALIVE_HOME": str(Path(scratch, "home")),
        "KEEPALIVE_WORK": scratch,
        "IPYTHONDIR": str(Path(scratch, "ipython")),
        "COLUMNS": "100",
    }


_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}


# --- what is said when a cell fails -------------------------------------------------------------------------------


def _place(name: str, nb: nbformat.NotebookNode, index: int) -> str:
    return f"{name}, cell {index + 1} of {len(nb.cells)}"


def _code(cell: nbformat.NotebookNode) -> str:
    lines = cell.source.splitlines()
    shown = lines[:6] + (["..."] if len(lines) > 6 else [])
    return "\n".join(f"    {line}" for line in shown)


def _failure(name: str, nb: nbformat.NotebookNode, index: int) -> str:
    """Where a cell failed: notebook, cell, the line in it, and the error's last line."""
    cell = nb.cells[index]
    error = next(out for out in cell.outputs if out.output_type == "error")
    trace = _ANSI.sub("", "\n".join(error.traceback))
    own = re.findall(rf"Cell In\s*\[{cell.execution_count}\], line (\d+)", trace)
    where, shown = _place(name, nb, index), _code(cell)
    if own:
        number = int(own[0])
        lines = cell.source.splitlines()
        where += f", line {number}"
        shown = f"    {lines[number - 1].strip()}" if number <= len(lines) else shown
    what = f"{error.ename}: {_ANSI.sub('', error.evalue)}".rstrip(": ")
    return f"{where}:\n{shown}\n{what}\n(A cell that is meant to raise carries the tag raises-exception.)"


def _kept_its_word(name: str, nb: nbformat.NotebookNode) -> str | None:
    """A cell that promises an error and raises none shows a page that is no longer true."""
    for index, cell in enumerate(nb.cells):
        promised = cell.cell_type == "code" and "raises-exception" in cell.metadata.get("tags", [])
        if promised and not any(out.output_type == "error" for out in cell.outputs):
            return f"{_place(name, nb, index)}: carries the tag raises-exception and raised nothing.\n{_code(cell)}"
    return None


# --- outputs fit for a page ----------------------------------------------------------------------------------------


def _without_machine_paths(nb: nbformat.NotebookNode, root: Path, scratch: Path) -> None:
    """Shorten the paths of the building machine wherever a traceback or a warning printed them."""
    home = Path.home()
    known = [
        (scratch.resolve(), "work"),
        (scratch, "work"),
        (root, ""),
        (Path(sysconfig.get_path("purelib")), "site-packages"),
        (Path(sysconfig.get_path("stdlib")), "python"),
        (home, "~"),
    ]
    swaps = []
    for path, short in known:
        swaps.append((f"{path}{os.sep}", f"{short}/" if short else ""))
        if path != home and path.is_relative_to(home):  # IPython writes paths below the home folder with a tilde
            swaps.append((f"~{os.sep}{path.relative_to(home)}{os.sep}", f"{short}/" if short else ""))
    swaps.sort(key=lambda swap: -len(swap[0]))

    def tidy(text: str) -> str:
        for long, short in swaps:
            text = text.replace(long, short)
        return _CELL_FILE.sub("<cell>", text)

    for cell in nb.cells:
        for out in cell.get("outputs", []):
            if out.output_type == "stream":
                out.text = tidy(out.text)
            elif out.output_type == "error":
                out.traceback = [tidy(line) for line in out.traceback]
                out.evalue = tidy(out.evalue)
            else:
                for kind, body in out.data.items():
                    if kind.startswith("text/") and isinstance(body, str):
                        out.data[kind] = tidy(body)
