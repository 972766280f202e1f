"""Every chapter's notebook: listed, clean, in one style, and runnable as a learner has it."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbclient import NotebookClient

from content.texts import COURSE, NOTEBOOKS, cells
from keepalive.course.lint.notebook import check
from keepalive.course.notebooks import filled, learner_copy

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def test_every_notebook_is_a_chapter_and_every_chapter_a_notebook():
    assert [chapter.notebook for chapter in COURSE.chapters] == NOTEBOOKS


@each_notebook
def test_the_linter_finds_nothing_in_it(notebook):
    """Each rule is in keepalive.course.lint.notebook; tests/course/test_lint_notebook.py breaks every one."""
    found = check(COURSE, COURSE.chapter(notebook.stem))
    assert [(finding.where, finding.what, finding.mend) for finding in found] == []


@each_notebook
def test_it_is_valid_and_written_as_jupyter_writes_it(notebook):
    text = notebook.read_text(encoding="utf-8")
    nb = nbformat.reads(text, as_version=4)
    nbformat.validate(nb)
    assert text == nbformat.writes(nb) + "\n"


def test_the_starter_of_an_exercise_is_filled_in():
    for exercise in COURSE.exercises:
        notebook = COURSE.chapter(exercise.chapter).notebook
        (cell,) = [cell for cell in cells(notebook) if "starter" in cell["tags"]]
        assert exercise.starter.endswith(f"annotations\n\n{cell['source']}\n"), exercise.name


def test_the_welcome_shows_the_top_of_a_real_starter():
    code = [cell["source"] for cell in cells(COURSE.chapter("00").notebook) if cell["cell_type"] == "code"]
    (shown,) = [source for source in code if "# task:" in source]
    starter = COURSE.exercise("04").starter
    head, _, rest = shown.partition("\n")
    assert head in starter.splitlines()
    assert rest in starter


def _in_their_time(them: list, notebook_of) -> list:
    """A chapter that measures takes a minute of waiting, and the site's build executes it as well."""
    slow = ['"timing"' in notebook_of(each).read_text(encoding="utf-8") for each in them]
    return [
        pytest.param(it, marks=pytest.mark.thorough if is_slow else ()) for it, is_slow in zip(them, slow, strict=True)
    ]


@pytest.mark.parametrize("notebook", _in_their_time(NOTEBOOKS, lambda path: path), ids=lambda path: path.stem)
def test_a_learners_copy_runs_from_top_to_bottom(notebook, kernel):
    """As it lies in work/: without the cells that are not for learners, nothing filled in."""
    nb = nbformat.reads(learner_copy(COURSE, COURSE.chapter(notebook.stem)).decode(), as_version=4)
    assert not any({"instructor", "assert"} & set(cell.metadata.get("tags", [])) for cell in nb.cells)
    kernel(nb)
    for cell in nb.cells:
        for out in cell.get("outputs", []):
            assert out.get("name") != "stderr", f"{cell.id} prints on stderr: {out.text}"
            printed = out.get("text", "") or out.get("data", {}).get("text/plain", "")
            # A brief is as long as what is asked; its length is the brief's own matter.
            assert cell.id == "exercise-brief" or len(printed) < 4000, f"{cell.id}: outputs are small"


@pytest.mark.parametrize(
    "exercise",
    _in_their_time(COURSE.exercises, lambda exercise: COURSE.chapter(exercise.chapter).notebook),
    ids=lambda exercise: exercise.name,
)
def test_a_learner_who_fills_the_gaps_passes_and_what_the_chapter_says_holds(exercise, kernel):
    """The whole notebook, with what is asserted of its numbers, and the reference where the starter stood."""
    nb = nbformat.reads(json.dumps(filled(COURSE, COURSE.chapter(exercise.chapter))), as_version=4)
    (cell,) = [cell for cell in nb.cells if "starter" in cell.metadata.get("tags", [])]
    cell.source = exercise.reference_text
    kernel(nb)
    (check,) = [cell for cell in nb.cells if cell.source == f'check("{exercise.number}", {exercise.entry})']
    (out,) = check.outputs
    assert "All tasks passed." in out.data["text/plain"]
    assert "All tasks passed." in out.data["text/html"]


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Executes a notebook in a kernel with a learner's folder and progress of its own."""
    monkeypatch.setenv("KEEPALIVE_ROOT", str(COURSE.root))
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEEPALIVE_WORK", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def execute(nb):
        with open(tmp_path / "stderr", "wb") as stderr:
            client = NotebookClient(nb, kernel_name="python3", timeout=120, startup_timeout=120)
            client.execute(cwd=str(tmp_path), stderr=stderr)

    return execute
