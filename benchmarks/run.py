"""The figures of the course in one table: .venv/bin/python benchmarks/run.py

Each figure is the median of several runs, with the least and the most beside it. Nothing here decides whether a test
passes: a figure belongs to the machine and the moment, which is why both are printed with it.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from keepalive.course import Course
from keepalive.grading import grade
from keepalive.website.audit import CATEGORIES, audit
from keepalive.website.errors import BuildError
from keepalive.website.runtime import build as runtime
from keepalive.website.runtime import harness
from keepalive.website.serve import application

ROOT = Path(__file__).resolve().parents[1]
EXERCISE = "04"
GOALS = {"04": (100, 500, 150), "09": (300, 900, 500)}
"""For each exercise whose check is measured: at most so many ms by direct call, in the child, and in the page."""
WARM_UP = 3  # checks that are not counted: the first ones load modules and fill caches

_FIGURES = re.compile(rb"<svg\b.*?</svg>|data:image/[^\"')]+", re.S)


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure. `goal`: at most so much, in the same unit; None where nobody has set one."""

    name: str
    unit: str
    values: Sequence[float]
    goal: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ok(self) -> bool | None:
        return None if self.goal is None else self.median <= self.goal

    def as_dict(self) -> dict[str, Any]:
        spread = {"median": self.median, "min": min(self.values), "max": max(self.values)}
        return {**dataclasses.asdict(self), **spread, "ok": self.ok}


# --- a check --------------------------------------------------------------------------------------------------------


def checks(runs: int = 15) -> Iterator[Row]:
    """A check of the references: by direct call, in the child, and as the command that a learner types.

    The ways take turns, so that a machine that is busy for a while is busy for all of them.
    """
    bare: list[float] = []
    for number in GOALS:
        yield from _checks_of(number, runs, bare)
    yield Row("a bare Python, started and ended", "ms", bare, None, "what the machine costs by itself")


def _checks_of(number: str, runs: int, bare: list[float]) -> Iterator[Row]:
    """One exercise. What a bare Python takes meanwhile goes into `bare`, in ms."""
    exercise = Course.load(ROOT).exercise(number)
    with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-") as folder:
        answer = Path(shutil.copy(exercise.reference, Path(folder, f"{exercise.name}.py")))
        environment = os.environ | {"KEEPALIVE_ROOT": str(ROOT), "KEEPALIVE_HOME": folder, "KEEPALIVE_WORK": folder}

        def graded(link: str) -> None:
            verdict = grade(exercise.code, answer, link=link, frontend="test", seed=7)
            assert verdict["status"] == "passed", verdict

        def command() -> None:
            typed = [sys.executable, "-m", "keepalive", "check", str(answer), "--json"]
            subprocess.run(typed, check=True, capture_output=True, env=environment)

        def nothing() -> None:
            subprocess.run([sys.executable, "-c", "pass"], check=True)

        for _ in range(WARM_UP):
            graded("direct")
        graded("child")
        measured = _in_turns(runs, lambda: graded("direct"), lambda: graded("child"), command, nothing)
        cpu = _cpu_seconds(lambda: [graded("direct") for _ in range(runs)]) / runs * 1000
    direct, child, typed, own_bare = ([seconds * 1000 for seconds in each] for each in measured)
    bare += own_bare
    in_process, in_child, _ = GOALS[number]
    yield Row(f"check of {number}, direct call", "ms", direct, in_process, f"{cpu:.0f} ms of CPU, on average")
    note = _ratio(child, direct, "direct")
    yield Row(f"check of {number}, in the child with its start", "ms", child, in_child, note)
    yield Row(
        f"keepalive check {number}, the whole command", "ms", typed, None, _ratio(typed, own_bare, "a bare Python")
    )


def under_node(runs: int = 15) -> Iterator[Row]:
    """The same check in Pyodide under Node, and what its start takes. Nothing where Node is not installed."""
    exercise = Course.load(ROOT).exercise(EXERCISE)
    with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-") as folder:
        try:
            runtime.build_runtime(Path(folder), root=ROOT)
            job = harness.Job(exercise.code, exercise.reference, 7)
            played = harness.play(Path(folder), ROOT / "web", [job] * (WARM_UP + runs))
        except BuildError as error:
            print(f"Left out: a check under Node. {error}", file=sys.stderr)
            return
        size = sum(len(gzip.compress(path.read_bytes(), 6)) for path in Path(folder).iterdir()) / 1e6
    assert all(each.verdict["status"] == "passed" for each in played.results)
    took = [each.took for each in played.results[WARM_UP:]]
    here = _in_turns(5, lambda: grade(exercise.code, exercise.reference, link="direct", frontend="test", seed=7))[0]
    note = _ratio(took, [seconds * 1000 for seconds in here], "direct")
    yield Row(f"check of {EXERCISE}, under Node", "ms", took, None, note)
    yield Row("Pyodide's start until the engine is imported", "ms", [max(played.boots[0].values())], None, "one start")
    yield Row("what a page fetches to run Python, gzip", "MB", [size])


def _in_turns(runs: int, *calls: Callable[[], object]) -> list[list[float]]:
    """Seconds of each call, in `runs` rounds."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(runs):
        for times, call in zip(found, calls, strict=True):
            times.append(_seconds(call))
    return found


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _cpu_seconds(call: Callable[[], object]) -> float:
    """What a call costs this process in computing: nearly the same on a busy machine as on an idle one."""
    began = time.process_time()
    call()
    return time.process_time() - began


def _ratio(values: Sequence[float], base: Sequence[float], name: str) -> str:
    return f"{statistics.median(values) / statistics.median(base):.1f} times {name}"


# --- the page -------------------------------------------------------------------------------------------------------

_PRESS = """([names, shown, patience]) => new Promise((done, failed) => {
    const box = document.querySelector("keepalive-exercise");
    const status = box.querySelector(".ka-x-status");
    const press = () => {
        const button = [...box.querySelectorAll("button")].find((each) => each.textContent === names[0]);
        if (button.ariaDisabled === "true") return setTimeout(press);
        names.shift();
        button.click();
        if (names.length) press();
    };
    const watching = new MutationObserver(() => {
        if (names.length || !status.textContent.includes(shown)) return;
        watching.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    });
    watching.observe(status, { childList: true, characterData: true, subtree: true });
    setTimeout(() => failed(new Error(`Not "${shown}", but "${status.textContent}".`)), patience);
    const began = performance.now();
    press();
})"""
"""Milliseconds from the press on the first button until the status says `shown`, as the page counts them. Each further
button is pressed as soon as it can be.
"""
_PATIENCE = 120_000  # milliseconds after which the page counts as broken
_OUT_OF_SIGHT = "async def main():\n    print('begun', flush=True)\n    sum(iter(int, 1))\n"
"""A loop that Python cannot be talked out of: only its worker's end ends it."""


class _Counted:
    """An ASGI application whose answers are weighed: `bodies` has one for each request, by path."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app
        self.bodies: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = bytearray()

        async def weighed(message: Any) -> None:
            body.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, weighed)
        self.bodies.append((scope["path"], bytes(body)))

    def row(self, name: str, unit: str, goal: float | None = None) -> Row:
        """What was fetched since the last row, gzipped body by body."""
        bodies, self.bodies = self.bodies, []
        scale = {"kB": 1e3, "MB": 1e6}[unit]
        raw = sum(len(body) for _, body in bodies) / scale
        small = sum(len(gzip.compress(body, 6)) for _, body in bodies) / scale
        python = sum("/runtime/" in path for path, _ in bodies)
        note = f"{len(bodies)} requests, {python} of them Python's; {raw:.1f} {unit} plain"
        return Row(name, unit, [small], goal, note)


def page(runs: int = 5) -> Iterator[Row]:
    """The exercise in its chapter, in Chromium without a window. Nothing where there is no Chromium."""
    chromium = _chromium("the page")
    if not chromium:
        return
    from playwright.sync_api import sync_playwright  # a contributor's, like Chromium

    subprocess.run([sys.executable, "-m", "keepalive.website", "build"], check=True, capture_output=True)
    exercise = Course.load(ROOT).exercise(EXERCISE)
    others = [Course.load(ROOT).exercise(number) for number in GOALS if number != EXERCISE]
    cold, warm, mains, stops, rows = [], [], [], [], []
    checks: dict[str, list[float]] = {number: [] for number in GOALS}
    with _served(ROOT / "site") as (root, counted), sync_playwright() as playwright:

        @contextmanager
        def opened(profile: Path, chapter: str = exercise.name) -> Iterator[Any]:
            options = {"executable_path": chromium, "args": ["--no-sandbox", "--disable-background-networking"]}
            context = playwright.chromium.launch_persistent_context(profile, **options)
            try:
                page = context.pages[0]
                page.set_default_timeout(_PATIENCE)
                page.goto(f"{root}chapters/{chapter}.html", wait_until="networkidle")
                yield page
            finally:
                context.close()

        def press(shown: str, *names: str) -> float:
            return page.evaluate(_PRESS, [names, shown, _PATIENCE])

        def write(source: str) -> None:
            page.locator(".cm-content").focus()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.insert_text(source)

        def passed() -> list[float]:
            for _ in range(WARM_UP):
                press("All tasks passed.", "Check")
            return [press("All tasks passed.", "Check") for _ in range(runs)]

        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-", ignore_cleanup_errors=True) as folder:
                counted.bodies.clear()
                with opened(Path(folder)) as page:
                    viewed = counted.row(f"first view of chapter {EXERCISE}, gzip", "kB", 150)
                    cold.append(press("Python is ready.", "Edit here") / 1000)
                    rows = [viewed, counted.row("what beginning the exercise fetches, gzip", "MB")]
                with opened(Path(folder)) as page:
                    warm.append(press("Python is ready.", "Edit here") / 1000)
                    write(exercise.reference.read_text(encoding="utf-8"))
                    checks[EXERCISE] += passed()
                    press("main() came to its end", "Run")
                    mains += [press("main() came to its end", "Run") for _ in range(runs)]
                    write(_OUT_OF_SIGHT)
                    page.get_by_role("button", name="Run", exact=True).click()
                    page.locator(".ka-x-printed", has_text="begun").wait_for()
                    stops.append(press("Checking", "Stop", "Check") / 1000)
                for other in others:
                    with opened(Path(folder), other.name) as page:
                        press("Python is ready.", "Edit here")
                        write(other.reference.read_text(encoding="utf-8"))
                        checks[other.number] += passed()
    yield Row("exercise ready, a new profile", "s", cold, 4, 'from the press on "Edit here"')
    yield Row("exercise ready, the same profile again", "s", warm, 2, 'from the press on "Edit here"')
    for number, (_, _, in_page) in GOALS.items():
        yield Row(f"check of {number} in the page, verdict shown", "ms", checks[number], in_page)
    yield Row("Run of its main(), in the page", "ms", mains)
    yield Row("Stop, until the next check begins", "s", stops, 2, "with a new worker, the old one ended")
    yield from rows
    yield from bundle(ROOT / "site")


def _chromium(what: str) -> str | None:
    """Where Chromium is. Says that `what` is left out where there is none."""
    names = [os.environ.get("KEEPALIVE_CHROMIUM") or "chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        print(f"Left out: {what}. There is no Chromium on PATH or in KEEPALIVE_CHROMIUM.", file=sys.stderr)
    return found


def bundle(built: Path) -> Iterator[Row]:
    """kB of each script of the pages, gzip."""
    for name, when in {"keepalive": "on every page", "editor": "for who begins", "worker": "for who begins"}.items():
        [script] = (built / "assets").glob(f"{name}-*.js")
        body = script.read_bytes()
        note = f"{when}; {len(body) / 1000:.0f} kB plain"
        yield Row(f"script {name}, gzip", "kB", [len(gzip.compress(body, 6)) / 1000], None, note)


@contextmanager
def _served(site: Path) -> Iterator[tuple[str, _Counted]]:
    """The address of the site on loopback, and the weight of what it answers."""
    counted = _Counted(application(site))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(counted, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/", counted
        finally:
            server.should_exit = True
            thread.join(10)


# --- the site -------------------------------------------------------------------------------------------------------


def site(runs: int = 3) -> Iterator[Row]:
    """A build of a copy of this checkout, as it is, committed or not; then the weight of its chapters."""
    with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-") as folder:
        copy = Path(folder, "course")
        _copy_sources(copy)
        environment = os.environ | {"KEEPALIVE_ROOT": str(copy), "PYTHONPATH": str(copy / "src")}
        build = [sys.executable, "-m", "keepalive.website", "build"]

        def built() -> None:
            subprocess.run(build, check=True, capture_output=True, env=environment)

        yield Row("site build, cold", "s", [_seconds(built)], 240, "executes every chapter; one run")
        page = copy / "docs" / "about.md"
        rendered = []
        for number in range(runs):
            page.write_text(page.read_text(encoding="utf-8") + f"\nRun {number}.\n", encoding="utf-8")
            rendered.append(_seconds(built))
        yield Row("site build, a page changed", "s", rendered)
        yield Row("site build, nothing changed", "s", [_seconds(built) for _ in range(runs)], 10)
        yield from weights(copy / "site")


def weights(built: Path) -> Iterator[Row]:
    """kB of each chapter's page. Without its figures: drawings in the page and pictures in the text of it."""
    for page in sorted((built / "chapters").glob("*.html")):
        html = page.read_bytes()
        bare = _FIGURES.sub(b"", html)
        note = f"{len(gzip.compress(bare, 6)) / 1000:.0f} kB gzip; with figures {len(html) / 1000:.0f} kB"
        yield Row(f"page {page.stem}, HTML without figures", "kB", [len(bare) / 1000], 100, note)


def lighthouse(runs: int = 3) -> Iterator[Row]:
    """Points that Lighthouse takes off for a slow telephone, of 100, for three kinds of page."""
    chromium = _chromium("Lighthouse")
    if not chromium:
        return
    with _served(ROOT / "site") as (address, _):
        for page in ("index.html", "start.html", "chapters/04-minimal-client.html"):
            seen = [audit(ROOT / "web", chromium, address + page) for _ in range(runs)]
            for category in CATEGORIES:
                off = [100 - each.scores[category] for each in seen]
                note = "; ".join(seen[-1].lost) if any(off) else ""
                yield Row(f"{page}: points off, {category}", "", off, 5 if category == "performance" else 0, note)


def _copy_sources(to: Path) -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)


# --- from nothing ---------------------------------------------------------------------------------------------------


def setup() -> Iterator[Row]:
    """What a newcomer waits for, and what it leaves on the disk. Of what is committed."""
    with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-") as folder:
        clone = _clone(Path(folder))
        seconds = _seconds(lambda: _outside(clone, _python(), "course.py", "setup"))
        yield Row("set-up from nothing", "s", [seconds], None, "with pip's own cache as it is; one run")
        yield Row(
            "disk after the set-up", "MB", [_megabytes(clone)], None, f".venv {_megabytes(clone / '.venv'):.0f} MB"
        )


def ci() -> Iterator[Row]:
    """The whole of `.ci/run` on a fresh clone, set-up included."""
    with tempfile.TemporaryDirectory(prefix="keepalive-benchmark-") as folder:
        clone = _clone(Path(folder))
        seconds = _seconds(lambda: _outside(clone, "bash", ".ci/run"))
        yield Row(".ci/run on a fresh clone", "min", [seconds / 60], None, "one run")


def _clone(folder: Path) -> Path:
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    return clone


def _python() -> str:
    """The interpreter that this environment was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _outside(clone: Path, *command: str) -> None:
    """Run it as somebody would who has nothing of this course set up. What it says goes to stderr."""
    strange = ("KEEPALIVE_ROOT", "KEEPALIVE_HOME", "KEEPALIVE_WORK", "VIRTUAL_ENV", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in strange}
    subprocess.run(command, cwd=clone, check=True, env=environment, stdout=sys.stderr)


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6


# --- the table ------------------------------------------------------------------------------------------------------

GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "check": checks,
    "node": under_node,
    "page": page,
    "site": site,
    "lighthouse": lighthouse,
}
SLOW: dict[str, Callable[[], Iterator[Row]]] = {"setup": setup, "ci": ci}


def machine() -> dict[str, Any]:
    """What the figures belong to. `load`: the average of the last minute, where the system has one."""
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"system": platform.platform(terse=True), "python": python, "cores": os.cpu_count(), "load": load}


def line(row: Row) -> str:
    """A row of the table."""
    spread = f"{_number(min(row.values))}..{_number(max(row.values))}" if len(row.values) > 1 else ""
    goal = "" if row.goal is None else f"{row.goal:g}"
    ok = {True: "yes", False: "no", None: ""}[row.ok]
    return f"{row.name:<48} {_number(row.median):>8} {row.unit:<3} {spread:>15} {goal:>5} {ok:<3} {row.note}".rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measures what a learner and a contributor wait for.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all, unless named")
    parser.add_argument("--setup", action="store_true", help="also a set-up from nothing: minutes, and a network")
    parser.add_argument("--ci", action="store_true", help="also the whole of .ci/run: many minutes")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    wanted = asked.groups or ([] if asked.setup or asked.ci else list(GROUPS))
    wanted = [GROUPS[name] for name in wanted] + [SLOW[name] for name in SLOW if getattr(asked, name)]
    before, rows = machine(), []
    if not asked.json:
        print(f"{before['system']}, {before['python']}, {before['cores']} cores, load {before['load']}\n")
        print(f"{'name':<48} {'median':>8} {'':<3} {'least..most':>15} {'goal':>5} ok")
    for group in wanted:
        for row in group():
            rows.append(row)
            if not asked.json:
                print(line(row), flush=True)
    after = machine()
    if asked.json:
        print(json.dumps({"machine": before, "load_after": after["load"], "rows": [row.as_dict() for row in rows]}))
    elif before["load"] is not None and max(before["load"], after["load"]) > (before["cores"] or 1):
        print(f"\nThe machine was busy (load {before['load']}, then {after['load']}): the times are too long.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
