"""When the site is built, when it is not, and what is said when it cannot be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from mkdocs.config import load_config

from keepalive.website.__main__ import main
from keepalive.website.build import STAMP, build
from keepalive.website.errors import BuildError
from keepalive.website.notebooks import executed
from keepalive.website.page import NotebookPage
from keepalive.website.sources import execution_digest, site_digest
from website.sample import PAGES, code, md, write

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SHOW = "import base64\nfrom IPython.display import Image\n"


def state(site: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(site.rglob("*"))}


def refused(root: Path) -> str:
    """Build, be refused, and find the old site untouched and nothing left behind. Returns what was said."""
    before = state(root / "site")
    with pytest.raises(BuildError) as caught:
        build(root)
    assert state(root / "site") == before
    assert sorted(path.name for path in (root / "build").iterdir() if path.name.startswith("site-")) == []
    return str(caught.value)


def add_page(root: Path, text: str) -> None:
    (root / "docs/start.md").write_text(PAGES["start.md"] + text, encoding="utf-8")


def add_cell(root: Path, *cells) -> None:
    write(root, "02-other.ipynb", [md("# Another sample\n\n## Deeper"), *cells])


# --- when ---------------------------------------------------------------------------------------------------


def test_nothing_changed_nothing_done(sample):
    before = state(sample / "site")
    said = []
    assert build(sample, say=said.append) is False
    assert said == [] and state(sample / "site") == before


@pytest.mark.parametrize("name", ["docs/about.md", "notebooks/course.toml", "mkdocs.yml", "requirements.txt"])
def test_a_changed_source_makes_another_site(sample, name):
    before = site_digest(sample)
    path = sample / name
    path.write_text(path.read_text(encoding="utf-8") + "\n# one line more\n", encoding="utf-8")
    assert site_digest(sample) != before


def test_a_page_changed_executes_nothing_and_authors_pages_are_no_part_of_the_site(sample):
    page = sample / "docs/authors/exercise.md"
    page.parent.mkdir()
    page.write_text("# Write an exercise\n\n[Nowhere](nowhere.md)\n", encoding="utf-8")
    assert build(sample) is False, "nothing to do"
    said = []
    add_page(sample, "\nA word more.\n")
    assert build(sample, say=said.append) is True
    assert not [line for line in said if line.startswith("executing")]
    assert "A word more." in (sample / "site/start.html").read_text(encoding="utf-8")
    assert not (sample / "site/authors").exists()


class Changed(NamedTuple):
    """A course that was built again because one notebook was another."""

    root: Path
    said: list[str]
    page: str


@pytest.fixture(scope="module")
def changed(built, tmp_path_factory) -> Changed:
    """Not to be changed any more."""
    root = shutil.copytree(built, tmp_path_factory.mktemp("changed") / "course", symlinks=True)
    add_cell(
        root,
        code("print('new words')"),
        code("import os\nprint(os.environ['KEEPALIVE_HOME'])\nprint(os.environ.get('HTTP_PROXY'))"),
        code("open('note.txt', 'w').write('beside the notebook') and None"),
        code(SHOW + f"Image(base64.b64decode('{PIXEL}'), alt='A \"dot\"')"),
    )
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEPALIVE_HOME", str(root.parent / "mine"))
        patch.setenv("HTTP_PROXY", "http://proxy.test:1")
        assert build(root, say=said.append) is True
    return Changed(root, said, (root / "site/chapters/02-other.html").read_text(encoding="utf-8"))


def test_a_notebook_changed_is_executed_alone_and_its_old_execution_forgotten(changed):
    assert [line for line in changed.said if line.startswith("executing")] == ["executing notebooks/02-other.ipynb"]
    assert "new words" in changed.page
    assert len(list((changed.root / ".cache/notebooks").glob("02-other-*.ipynb"))) == 1


def test_nothing_of_the_readers_own_is_touched(changed):
    assert "work/home\nNone\n" in changed.page
    assert not (changed.root.parent / "mine").exists()
    assert not list(changed.root.rglob("note.txt"))


def test_a_picture_with_its_text(changed):
    assert 'alt="A &quot;dot&quot;">' in changed.page


def test_a_file_of_the_site_that_is_gone_comes_back_with_the_next_build(sample):
    (sample / "site" / STAMP).unlink()
    (sample / "site" / "about.html").unlink()
    with pytest.raises(BuildError, match="not a site made by this command"):
        build(sample)


def test_a_folder_of_somebody_else_is_left_alone(sample, tmp_path):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter1.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(BuildError, match="Name another folder"):
        build(sample, other)
    assert [path.name for path in other.iterdir()] == ["chapter1.tex"]


def test_into_an_empty_folder_and_equal_to_another_build_of_the_same_sources(sample, tmp_path):
    (tmp_path / "empty").mkdir()
    assert build(sample, tmp_path / "empty") is True
    first, second = sample / "site", tmp_path / "empty"
    names = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert Path("index.html") in names
    assert names == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    # The sitemap holds the day; the theme compresses it with the time.
    same = [name for name in names if "sitemap" not in name.name]
    assert [name for name in same if (first / name).read_bytes() != (second / name).read_bytes()] == []


def test_two_builds_at_once_do_the_work_once(sample):
    add_page(sample, "\nTwice.\n")
    command = [sys.executable, "-m", "keepalive.website", "build"]
    env = {"KEEPALIVE_ROOT": str(sample), "PATH": ""}
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = sorted(process.communicate()[0].decode().split()[0] for process in both)
    assert said == ["Built", "Nothing"] and [process.returncode for process in both] == [0, 0]


def test_for_a_host_and_a_path(sample, tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_SITE_URL", "https://example.org/course/")
    assert build(sample, tmp_path / "hosted") is True
    page = (tmp_path / "hosted/start.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://example.org/course/start.html">' in page
    assert 'href="/course/start.html"' in (tmp_path / "hosted/404.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_leaves_no_kernel(sample, number):
    note = sample / "kernel.pid"
    add_cell(sample, code(f"import os, time\nopen({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"))
    command = [sys.executable, "-m", "keepalive.website", "build"]
    process = subprocess.Popen(command, env={**os.environ, "KEEPALIVE_ROOT": str(sample)}, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: note.exists() and note.read_text())
        process.send_signal(number)
        assert process.wait(60) == 130
    finally:
        process.kill()
    kernel = int(note.read_text())
    eventually(lambda: not alive(kernel))
    assert (sample / "site/index.html").exists()
    assert [path.name for path in (sample / "build").iterdir() if path.name.startswith("site-")] == []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition) -> None:
    """Wait until it holds; a machine under load may take its time."""
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


# --- what decides whether a notebook is executed again ------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        "notebooks/01-sample.ipynb",
        "notebooks/course.toml",
        "requirements.txt",
        "exercises/01-sample/grader.py",
        "src/keepalive/grading/clock.py",
        "src/keepalive/website/notebooks.py",
    ],
)
def test_key_of_the_cache_changes_with(sample, changed):
    notebook = sample / "notebooks/01-sample.ipynb"
    before = execution_digest(sample, notebook)
    path = sample / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + "\n", encoding="utf-8")
    assert execution_digest(sample, notebook) != before


@pytest.mark.parametrize(
    "changed",
    [
        "docs/start.md",
        "notebooks/02-other.ipynb",
        "src/keepalive/website/page.py",
        "src/keepalive/grading/__pycache__/clock.cpython-311.pyc",
    ],
)
def test_key_of_the_cache_does_not_change_with(sample, changed):
    notebook = sample / "notebooks/01-sample.ipynb"
    before = execution_digest(sample, notebook)
    path = sample / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + "\n", encoding="utf-8")
    assert execution_digest(sample, notebook) == before


def test_key_of_the_cache_holds_the_interpreter(sample, monkeypatch):
    notebook = sample / "notebooks/01-sample.ipynb"
    before = execution_digest(sample, notebook)
    monkeypatch.setattr(sys, "version", "3.99.0 (made up)")
    assert execution_digest(sample, notebook) != before


# --- notebooks that fail ------------------------------------------------------------------------------------


FAILING = {
    "fails": [code("x = 1\n\n\ndef half(n):\n    return n / 0\n\n\ntotal = half(x)")],
    "raises-nothing": [code("1 + 1", "raises-exception")],
    "hidden-check": [code("opened = 20"), code("assert opened == 1, opened", "assert")],
    "dies": [code("import os, sys\nprint('last words', file=sys.__stderr__, flush=True)\nos._exit(3)")],
    "endless": [code("while True:\n    pass")],
}


def execute(root: Path, **notebooks: list) -> tuple[list[str], list[str]]:
    """What was said on the way, and what was wrong, of notebooks that are executed without a site around them."""
    (root / "notebooks").mkdir(exist_ok=True)
    paths = [write(root, f"{name}.ipynb", cells, keepalive={"cell_seconds": 5}) for name, cells in notebooks.items()]
    said: list[str] = []
    try:
        executed(root, paths, said.append)
    except BuildError as error:
        return said, list(error.problems)
    return said, []


@pytest.fixture(scope="module")
def found_wrong(tmp_path_factory) -> dict[str, str]:
    """What is said of each of FAILING, all of them executed at once."""
    said = execute(tmp_path_factory.mktemp("failing"), **FAILING)[1]
    return {name: "\n".join(each for each in said if each.startswith(f"notebooks/{name}.ipynb")) for name in FAILING}


def test_a_cell_that_fails_is_told_with_its_line(found_wrong):
    said = found_wrong["fails"]
    assert "notebooks/fails.ipynb, cell 1 of 1, line 8:" in said
    assert "total = half(x)" in said and "ZeroDivisionError: division by zero" in said


def test_a_cell_that_should_raise_and_does_not(found_wrong):
    assert "cell 1 of 1: carries the tag raises-exception and raised nothing" in found_wrong["raises-nothing"]


def test_a_hidden_check_that_fails(found_wrong):
    assert "cell 2 of 2, line 1" in found_wrong["hidden-check"]


def test_a_kernel_that_dies(found_wrong):
    assert "cell 1 of 1: the kernel ended" in found_wrong["dies"]
    assert "last words" in found_wrong["dies"] and "TCP" not in found_wrong["dies"]


def test_a_cell_without_an_end(found_wrong):
    assert "cell 1 of 1: did not end within 5 s." in found_wrong["endless"]


def test_notebooks_that_fail_fail_the_build_and_each_is_named(sample):
    add_cell(sample, code("raise RuntimeError('second')"))
    write(sample, "01-sample.ipynb", [md("# A sample\n\n## In a fold"), code("this does not compile")])
    said = refused(sample)
    assert "02-other.ipynb, cell 2 of 2, line 1" in said and "RuntimeError: second" in said
    assert "01-sample.ipynb, cell 2 of 2, line 1" in said and "SyntaxError" in said


def test_notebooks_that_measure_time_run_after_the_others(tmp_path):
    said, wrong = execute(tmp_path, measures=[code("2", "timing")], other=[code("import time\ntime.sleep(0.5)")])
    assert said == ["executing notebooks/other.ipynb", "executing notebooks/measures.ipynb"] and wrong == []


def test_notebooks_that_measure_time_run_when_nothing_else_does(tmp_path):
    """What is compiled for the browser meanwhile has to be done first."""
    (tmp_path / "notebooks").mkdir()
    measuring = write(tmp_path, "01-measures.ipynb", [code("2", "timing")])
    said = []
    executed(tmp_path, [measuring], said.append, until_quiet=lambda: said.append("quiet"))
    assert said == ["quiet", "executing notebooks/01-measures.ipynb"]


def test_a_measurement_that_was_disturbed_is_made_again(tmp_path):
    """Twice at most; what fails then is a fault of the chapter's."""
    count = tmp_path / "count"
    once = f"from pathlib import Path\np = Path({str(count)!r})\np.touch()\np.write_text(p.read_text() + 'x')"
    disturbed = [code(f"{once}\nassert len(p.read_text()) > 1", "timing")]
    wrong = [code(f"{once}\nassert 1 > 2", "timing")]
    said, problems = execute(tmp_path, disturbed=disturbed)
    assert count.read_text() == "xx" and problems == []
    assert said.count("executing notebooks/disturbed.ipynb") == 2 and any("once more" in line for line in said)

    count.unlink()
    _, [problem] = execute(tmp_path, wrong=wrong)
    assert count.read_text() == "xxx"
    assert "wrong.ipynb, cell 1 of 1, line 5" in problem


# --- pages that are wrong -----------------------------------------------------------------------------------


def test_every_link_that_leads_nowhere_is_named(sample):
    links = {
        "gone.md": "gone.md",
        "about.md#gone-from-about": "#gone-from-about",
        "#gone-from-here": "#gone-from-here",
        "../notebooks/02-other.ipynb#gone-from-chapter": "#gone-from-chapter",
        "../notebooks/99-gone.ipynb": "99-gone.ipynb",
    }
    in_chapter = {
        "98-gone.ipynb": "98-gone.ipynb",
        "01-sample.ipynb#gone-from-other": "#gone-from-other",
        "../docs/gone-from-docs.md": "gone-from-docs.md",
        "../exercises/01/brief.md": "brief.md",
    }
    add_page(sample, "".join(f"\n[x]({link})\n" for link in links))
    add_cell(sample, md("\n".join(f"[x]({link})\n" for link in in_chapter)))
    said = refused(sample)
    assert [part for part in (*links.values(), *in_chapter.values()) if part not in said] == []


def test_what_only_the_finished_site_shows_is_named(sample):
    add_page(sample, '\n<p><a href="gone.html">raw</a></p>\n\n<p><img src="https://cdn.test/x.png" alt="x"></p>\n')
    printed = '<img src="https://cdn.test/y.png" alt="y"><a href="lost.html">y</a>'
    add_cell(sample, md("## Shown"), code(f"from IPython.display import HTML\nHTML({printed!r})"))
    said = refused(sample)
    for part in (
        "start.html links to gone.html: no such file",
        "start.html fetches https://cdn.test/x.png",
        "02-other.html fetches https://cdn.test/y.png",
        "02-other.html links to lost.html: no such file",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n<!-- keepalive: unheard-of -->\n", "docs/start.md: asks for 'unheard-of'"),
        ('\n--8<-- "src/gone.py"\n', "src/gone.py"),
    ],
)
def test_a_page_that_asks_for_what_there_is_not_fails_the_build(sample, text, said):
    add_page(sample, text)
    assert said in refused(sample)


def test_prose_that_would_lose_its_list_fails_the_build(sample):
    add_cell(sample, md("Words before\n- a list\n- without an empty line"))
    assert "a list needs an empty line before it; after: 'Words before'" in refused(sample)


def shows(kind: str, data: str):
    """A cell that has shown this."""
    cell = code("shown")
    cell.outputs = [nbformat.v4.new_output("display_data", {kind: data, "text/plain": "<shown>"})]
    return cell


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (md("![x](attachment:x.png)"), "a picture is attached to a cell"),
        (shows("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>'), "has no <title>"),
        (shows("image/png", PIXEL), "picture (image/png) has no text"),
        (shows("application/javascript", "1"), "application/javascript"),
    ],
    ids=["attachment", "svg", "png", "javascript"],
)
def test_what_a_page_cannot_show_is_refused(sample, cell, said):
    path = write(sample, "02-other.ipynb", [cell])
    with pytest.raises(BuildError) as caught:
        NotebookPage(path, "02-other.ipynb", load_config(str(sample / "mkdocs.yml"))).markdown()
    assert "02-other.ipynb" in str(caught.value) and said in str(caught.value)


def test_a_notebook_in_no_chapter(sample):
    write(sample, "07-stray.ipynb", [md("# Stray")])
    assert "notebooks/07-stray.ipynb: no chapter" in refused(sample)


# --- the command --------------------------------------------------------------------------------------------


def test_command_says_what_it_did(sample, monkeypatch, capsys):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(sample))
    assert main(["build"]) == 0
    assert capsys.readouterr().out == f"Nothing to do: {sample / 'site'}\n"
    add_page(sample, "\nMore.\n")
    assert main(["build"]) == 0
    said = capsys.readouterr()
    assert said.out == f"Built {sample / 'site'}\n" and "rendering pages" in said.err


def test_command_says_what_is_wrong(sample, monkeypatch, capsys):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(sample))
    add_page(sample, "\n[x](gone.md) and [y](about.md#nowhere)\n")
    assert main(["build"]) == 1
    said = capsys.readouterr().err
    assert "The site was not built: 2 problems." in said and "Traceback" not in said


def test_command_with_a_broken_course(sample, monkeypatch, capsys):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(sample))
    (sample / "notebooks/course.toml").write_text("[[part]]\n", encoding="utf-8")
    assert main(["build"]) == 1
    said = capsys.readouterr().err
    assert "notebooks/course.toml" in said and "Traceback" not in said
