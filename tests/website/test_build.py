"""When the site is built, when it is not, and what is said when it cannot be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keepalive.website.__main__ import main
from keepalive.website.build import STAMP, build
from keepalive.website.errors import BuildError
from keepalive.website.notebooks import executed
from keepalive.website.sources import execution_digest
from website.sample import PAGES, code, md, write


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
def test_a_changed_source_is_noticed(sample, name):
    path = sample / name
    path.write_text(path.read_text(encoding="utf-8") + "\n# one line more\n", encoding="utf-8")
    assert build(sample) is True


def test_authors_pages_are_no_part_of_the_site(sample):
    page = sample / "docs/authors/exercise.md"
    page.parent.mkdir()
    page.write_text("# Write an exercise\n\n[Nowhere](nowhere.md)\n", encoding="utf-8")
    assert build(sample) is False, "nothing to do"
    add_page(sample, "\nA word more.\n")
    assert build(sample) is True
    assert not (sample / "site/authors").exists()


def test_a_page_changed_executes_nothing(sample):
    said = []
    add_page(sample, "\nA word more.\n")
    assert build(sample, say=said.append) is True
    assert not [line for line in said if line.startswith("executing")]
    assert "A word more." in (sample / "site/start.html").read_text(encoding="utf-8")


def test_a_notebook_changed_is_executed_alone(sample):
    said = []
    add_cell(sample, code("print('new words')"))
    assert build(sample, say=said.append) is True
    assert [line for line in said if line.startswith("executing")] == ["executing notebooks/02-other.ipynb"]
    assert "new words" in (sample / "site/chapters/02-other.html").read_text(encoding="utf-8")


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


def test_into_an_empty_folder(sample, tmp_path):
    (tmp_path / "empty").mkdir()
    assert build(sample, tmp_path / "empty") is True
    assert (tmp_path / "empty/index.html").is_file()


def test_two_builds_of_the_same_sources_are_equal(sample, tmp_path):
    build(sample, tmp_path / "again")
    first, second = sample / "site", tmp_path / "again"
    names = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
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


def test_old_executions_are_forgotten(sample):
    add_cell(sample, code("1"))
    build(sample)
    assert len(list((sample / ".cache/notebooks").glob("02-other-*.ipynb"))) == 1


# --- notebooks that fail ------------------------------------------------------------------------------------


def test_a_cell_that_fails_fails_the_build(sample):
    add_cell(sample, code("x = 1\n\n\ndef half(n):\n    return n / 0\n\n\ntotal = half(x)"))
    said = refused(sample)
    assert "notebooks/02-other.ipynb, cell 2 of 2, line 8:" in said
    assert "total = half(x)" in said and "ZeroDivisionError: division by zero" in said


def test_every_notebook_that_fails_is_named(sample):
    add_cell(sample, code("raise RuntimeError('second')"))
    write(sample, "01-sample.ipynb", [md("# A sample\n\n## In a fold"), code("this does not compile")])
    said = refused(sample)
    assert "02-other.ipynb, cell 2 of 2, line 1" in said and "RuntimeError: second" in said
    assert "01-sample.ipynb, cell 2 of 2, line 1" in said and "SyntaxError" in said


def test_a_cell_that_should_raise_and_does_not(sample):
    add_cell(sample, code("1 + 1", "raises-exception"))
    assert "cell 2 of 2: carries the tag raises-exception and raised nothing" in refused(sample)


def test_a_hidden_check_that_fails(sample):
    add_cell(sample, code("opened = 20"), code("assert opened == 1, opened", "assert"))
    assert "cell 3 of 3, line 1" in refused(sample)


def test_a_kernel_that_dies(sample):
    add_cell(sample, code("import os, sys\nprint('last words', file=sys.__stderr__, flush=True)\nos._exit(3)"))
    said = refused(sample)
    assert "02-other.ipynb, cell 2 of 2: the kernel ended" in said
    assert "TCP" not in said


def test_a_cell_without_an_end(sample):
    write(
        sample,
        "02-other.ipynb",
        [md("# Another sample\n\n## Deeper"), code("while True:\n    pass")],
        keepalive={"cell_seconds": 1},
    )
    assert "02-other.ipynb, cell 2 of 2: did not end within 1 s." in refused(sample)


def test_notebooks_that_measure_time_run_after_the_others(sample):
    measuring = [md("# A sample\n\n## In a fold"), code("2", "timing")]
    write(sample, "01-sample.ipynb", measuring)
    add_cell(sample, code("import time\ntime.sleep(0.5)"))
    said = []
    build(sample, say=said.append)
    assert said == ["executing notebooks/02-other.ipynb", "executing notebooks/01-sample.ipynb", "rendering pages"]


def test_notebooks_that_measure_time_run_when_nothing_else_does(tmp_path):
    """What is compiled for the browser meanwhile has to be done first."""
    (tmp_path / "notebooks").mkdir()
    measuring = write(tmp_path, "01-measures.ipynb", [code("2", "timing")])
    said = []
    executed(tmp_path, [measuring], said.append, until_quiet=lambda: said.append("quiet"))
    assert said == ["quiet", "executing notebooks/01-measures.ipynb"]


def test_a_measurement_that_was_disturbed_is_made_again(sample, tmp_path):
    """Twice at most; what fails then is a fault of the chapter's."""
    count = tmp_path / "count"
    once = f"from pathlib import Path\np = Path({str(count)!r})\np.touch()\np.write_text(p.read_text() + 'x')"
    write(
        sample,
        "01-sample.ipynb",
        [md("# A sample\n\n## In a fold"), code(f"{once}\nassert len(p.read_text()) > 1", "timing")],
    )
    said = []
    build(sample, say=said.append)
    assert count.read_text() == "xx"
    assert said.count("executing notebooks/01-sample.ipynb") == 2 and any("once more" in line for line in said)

    write(sample, "01-sample.ipynb", [md("# A sample\n\n## In a fold"), code("assert 1 > 2", "timing")])
    assert "01-sample.ipynb, cell 2 of 2, line 1" in refused(sample)


def test_nothing_of_the_readers_own_is_touched(sample, monkeypatch, tmp_path):
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:1")
    add_cell(
        sample,
        code("import os\nprint(os.environ['KEEPALIVE_HOME'])\nprint(os.environ.get('HTTP_PROXY'))"),
        code("open('note.txt', 'w').write('beside the notebook') and None"),
    )
    build(sample)
    page = (sample / "site/chapters/02-other.html").read_text(encoding="utf-8")
    assert "work/home\nNone\n" in page
    assert not (tmp_path / "mine").exists()
    assert not list(sample.rglob("note.txt"))


# --- pages that are wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n[x](gone.md)\n", "gone.md"),
        ("\n[x](about.md#nowhere)\n", "#nowhere"),
        pytest.param("\n[x](#nowhere)\n", "#nowhere", marks=pytest.mark.thorough),
        pytest.param("\n[x](../notebooks/02-other.ipynb#nowhere)\n", "#nowhere", marks=pytest.mark.thorough),
        ("\n[x](../notebooks/99-gone.ipynb)\n", "99-gone.ipynb"),
        ('\n<p><a href="gone.html">raw</a></p>\n', "start.html links to gone.html: no such file"),
        ('\n<p><img src="https://cdn.test/x.png" alt="x"></p>\n', "fetches https://cdn.test/x.png"),
        ("\n<!-- keepalive: unheard-of -->\n", "docs/start.md: asks for 'unheard-of'"),
        ('\n--8<-- "src/gone.py"\n', "src/gone.py"),
    ],
)
def test_a_page_with_something_broken_fails_the_build(sample, text, said):
    add_page(sample, text)
    assert said in refused(sample)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([md("[x](99-gone.ipynb)")], "99-gone.ipynb"),
        ([md("[x](01-sample.ipynb#nowhere)")], "#nowhere"),
        pytest.param([md("[x](../docs/gone.md)")], "gone.md", marks=pytest.mark.thorough),
        pytest.param([md("[x](../exercises/01/brief.md)")], "brief.md", marks=pytest.mark.thorough),
        ([md("![x](attachment:x.png)")], "a picture is attached to a cell"),
        (
            [md("Words before\n- a list\n- without an empty line")],
            "a list needs an empty line before it; after: 'Words before'",
        ),
    ],
)
def test_prose_with_something_broken_fails_the_build(sample, cells, said):
    add_cell(sample, *cells)
    assert said in refused(sample)


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SHOW = "import base64\nfrom IPython.display import HTML, Image, Javascript, SVG\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')", "has no <title>"),
        (f"Image(base64.b64decode('{PIXEL}'))", "picture (image/png) has no text"),
        ("Javascript('1')", "application/javascript"),
        ('HTML(\'<img src="https://cdn.test/x.png" alt="x">\')', "fetches https://cdn.test/x.png"),
        pytest.param("HTML('<a href=\"gone.html\">x</a>')", "links to gone.html", marks=pytest.mark.thorough),
    ],
)
def test_an_output_that_cannot_be_shown_fails_the_build(sample, source, said):
    add_cell(sample, code(SHOW + source))
    assert said in refused(sample)


def test_a_picture_with_its_text(sample):
    add_cell(sample, code(SHOW + f"Image(base64.b64decode('{PIXEL}'), alt='A \"dot\"')"))
    build(sample)
    assert 'alt="A &quot;dot&quot;">' in (sample / "site/chapters/02-other.html").read_text(encoding="utf-8")


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
