"""Builds the site: execute, assemble, render, check, and only then put it in the old one's place."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from .errors import BuildError
from .sources import site_digest

if TYPE_CHECKING:
    from keepalive.course import Course

    from .bundle import Bundle
    from .notebooks import Read

STAMP = ".keepalive-build.json"
"""Lies in a built site and says from what it was made."""


def build(root: Path, out: Path | None = None, *, say=lambda line: None) -> bool:
    """Bring the site in `out` (default: root/site) up to date.

    Returns False when there was nothing to do. Raises BuildError when a chapter, page or link is broken; the old site
    then stays as it was.
    """
    out = (out or root / "site").resolve()
    work = root / "build"
    work.mkdir(exist_ok=True)
    with FileLock(work / "website.lock"):
        wanted = site_digest(root)
        made = _made_from(out)
        if made == wanted:
            return False
        if made is None and out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BuildError(f"{out} exists and is not a site made by this command. Name another folder, or remove it.")
        with tempfile.TemporaryDirectory(prefix="site-", dir=work, ignore_cleanup_errors=True) as scratch:
            new = Path(scratch, "new")
            site_url = _render(root, work / "docs", new, say)
            (new / STAMP).write_text(json.dumps({"made_from": wanted, "site_url": site_url}), encoding="utf-8")
            _swap(new, out, Path(scratch, "old"))
    return True


def _made_from(out: Path) -> str | None:
    try:
        return json.loads((out / STAMP).read_text(encoding="utf-8"))["made_from"]
    except (OSError, ValueError, KeyError):
        return None


def _swap(new: Path, out: Path, old: Path) -> None:
    """Put the new site in the old one's place; if that fails, the old one is put back."""
    out.parent.mkdir(parents=True, exist_ok=True)
    had_one = out.exists()
    if had_one:
        shutil.move(out, old)
    try:
        shutil.move(new, out)
    except OSError:
        if had_one:
            shutil.move(old, out)
        raise


def _render(root: Path, docs: Path, new: Path, say) -> str:
    """Make the whole site in a new folder. Returns the address that it was made for."""
    # These take a second to import; a build with nothing to do ends before.
    from keepalive.course import Course

    from . import csp, generated, links, offline, search
    from .assemble import assemble, check_sources
    from .bundle import build_bundle
    from .notebooks import executed
    from .runtime.build import build_runtime

    course = Course.load(root)
    check_sources(course)
    runtime = root / "build" / "runtime"

    def for_the_browser() -> tuple[str, Bundle]:
        python = f"runtime/{build_runtime(runtime, root=root, say=say)['version']}/"
        return python, build_bundle(root, python)

    # Compiling Python and waiting for kernels go well together.
    with ThreadPoolExecutor(1) as beside:
        browser = beside.submit(for_the_browser)
        notebooks = [chapter.notebook for chapter in course.chapters]
        copies = executed(root, notebooks, say, until_quiet=lambda: wait([browser]), read=_filled(course))
    python, scripts = browser.result()
    _for_notebooks(root, scripts)
    say("rendering pages")
    assemble(course, copies, docs)
    for script in scripts.for_assets:
        shutil.copyfile(script, docs / "assets" / script.name)
    site_url = _mkdocs(root, docs, new, generated.navigation(course), scripts.names)
    search.split(new)
    shutil.copytree(runtime, new / python)
    shutil.copyfile(scripts.service_worker, new / "service-worker.js")
    if found := links.problems(new, urlsplit(site_url).path or "/"):
        raise BuildError(*found)
    csp.write(new)
    offline.write(new)  # last: it lists all the others
    return site_url


def _filled(course: Course) -> Read:
    """What gives a chapter's notebook with its title and its starter."""
    import nbformat

    from keepalive.course.notebooks import filled

    chapters = {chapter.notebook: chapter for chapter in course.chapters}
    return lambda path: nbformat.reads(json.dumps(filled(course, chapters[path])), as_version=4)


def _for_notebooks(root: Path, scripts: Bundle) -> None:
    """Put the widgets' script where `keepalive.notebook` finds it, under a name that stays."""
    place = root / "build" / "widgets" / "widgets.js"
    place.parent.mkdir(exist_ok=True)
    shutil.copyfile(scripts.folder / scripts.names["keepalive-widget"], place)


def _mkdocs(root: Path, docs: Path, new: Path, nav: list[dict], scripts: dict[str, str]) -> str:
    """Render with mkdocs, strictly: a warning is an error. Returns the address the site was made for."""
    from . import search

    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # an advertisement of the theme's, printed at import
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException
    from pymdownx.snippets import SnippetMissingError

    with _working_in(root), _warnings() as said:
        try:
            config = load_config(
                str(root / "mkdocs.yml"),
                docs_dir=str(docs),
                site_dir=str(new),
                nav=nav,
                extra_javascript=[f"assets/{scripts['page']}"],
                strict=True,
            )
            # The theme's template writes where its worker is; src/keepalive/website/theme/main.html puts ours there.
            config.extra["search_worker"] = {"theirs": search.theme_worker(), "ours": f"assets/{scripts['search']}"}
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
        except (MkDocsException, SnippetMissingError) as error:  # in strict mode, a warning is one
            # "Aborted with 2 warnings" says nothing that the warnings do not.
            raise BuildError(*(said or [str(error)])) from None
    return config.site_url or ""


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collects what mkdocs and its plugins warn of."""
    said: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, handler = logging.getLogger("mkdocs"), Collect(logging.WARNING)
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """pymdownx.snippets looks for files from the working directory."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def say_on_stderr(line: str) -> None:
    """Progress for a person: what takes seconds is named as it begins."""
    print(f"  {line}", file=sys.stderr, flush=True)
