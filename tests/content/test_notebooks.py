"""Every chapter's notebook: listed, clean, in one style, and runnable as a learner has it."""

from __future__ import annotations

import ast
import json
import re
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from content.texts import COURSE, NOTEBOOKS, cells
from keepalive.course.notebooks import filled, learner_copy
from keepalive.course.tags import TAGS

KNOWN_TAGS = set(TAGS)

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def test_every_notebook_is_a_chapter_and_every_chapter_a_notebook():
    assert [chapter.notebook for chapter in COURSE.chapters] == NOTEBOOKS


@each_notebook
def test_it_carries_no_output(notebook):
    for cell in cells(notebook):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None), cell["id"]


@each_notebook
def test_it_is_written_as_jupyter_writes_it(notebook):
    """Opened and saved, nothing changes but what a person changed; metadata say nothing of a machine."""
    text = notebook.read_text(encoding="utf-8")
    nb = nbformat.reads(text, as_version=4)
    nbformat.validate(nb)
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert text == nbformat.writes(nb) + "\n"
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@each_notebook
def test_its_cells_have_names_of_their_own(notebook):
    ids = [cell["id"] for cell in cells(notebook)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", id) for id in ids), "stable ids, given by a person"


@each_notebook
def test_its_tags_are_known_and_its_metadata_hold_nothing_else(notebook):
    for cell in cells(notebook):
        assert set(cell["metadata"]) <= {"tags"}, cell["id"]
        assert set(cell["tags"]) <= KNOWN_TAGS, cell["id"]


@each_notebook
def test_its_title_is_the_chapters(notebook):
    chapter = COURSE.chapter(notebook.stem)
    first, *others = [
        line for cell in cells(notebook) if cell["cell_type"] == "markdown" for line in _headings(cell["source"])
    ]
    assert first == f"# {chapter.title}"
    assert not [line for line in others if line.startswith("# ")]


@each_notebook
def test_its_headings_are_unlike_one_another(notebook):
    headings = [
        line for cell in cells(notebook) if cell["cell_type"] == "markdown" for line in _headings(cell["source"])
    ]
    assert len(set(headings)) == len(headings)


@each_notebook
def test_it_speaks_to_the_instructor(notebook):
    notes = [cell for cell in cells(notebook) if "instructor" in cell["tags"]]
    chapter = COURSE.chapter(notebook.stem)
    assert notes and all(cell["source"].startswith("**For the instructor.** ") for cell in notes)
    first = notes[0]["source"]
    assert f"{chapter.minutes_teaching} minutes" in first
    assert re.findall(r"^(\d)\. ", first, re.M) == ["1", "2", "3"], "what goes wrong most often: three things"


@each_notebook
def test_it_imports_what_a_learners_copy_can_import(notebook):
    allowed = {"httpx", "keepalive", *sys.stdlib_module_names}
    for cell in cells(notebook):
        if cell["cell_type"] == "code":
            for node in ast.walk(_parsed(cell["source"])):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module]
                assert {name.partition(".")[0] for name in names} <= allowed, cell["id"]


@each_notebook
def test_cells_are_short(notebook):
    """A cell fits on a screen and a page's column; the starter of an exercise is as long as it is."""
    for cell in cells(notebook):
        if cell["cell_type"] == "code" and "assert" not in cell["tags"] and "# task:" not in cell["source"]:
            assert len(cell["source"].splitlines()) <= 18, cell["id"]
            assert max(map(len, cell["source"].splitlines())) <= 82, cell["id"]


@each_notebook
def test_what_is_asserted_stands_alone(notebook):
    """A cell that only asserts is not in a learner's copy, so no later cell may need it."""
    for cell in cells(notebook):
        if "assert" in cell["tags"]:
            assert all(isinstance(node, ast.Assert) for node in _parsed(cell["source"]).body), cell["id"]


def test_the_starter_of_an_exercise_is_filled_in_and_not_held():
    """Never two copies that can drift. In its place stands the name that later cells use."""
    for exercise in COURSE.exercises:
        notebook = COURSE.chapter(exercise.chapter).notebook
        (cell,) = [cell for cell in cells(notebook) if "starter" in cell["tags"]]
        assert exercise.starter.endswith(f"annotations\n\n{cell['source']}\n"), exercise.name
        held = {each["id"]: "".join(each["source"]) for each in json.loads(notebook.read_bytes())["cells"]}
        assert 'NotImplementedError("task' not in "".join(held.values())
        assert f"{exercise.entry} = ..." in held[cell["id"]]


def test_the_welcome_shows_the_top_of_a_real_starter():
    code = [cell["source"] for cell in cells(COURSE.chapter("00").notebook) if cell["cell_type"] == "code"]
    (shown,) = [source for source in code if "# task:" in source]
    starter = COURSE.exercise("04").starter
    head, _, rest = shown.partition("\n")
    assert head in starter.splitlines()
    assert rest in starter


def test_no_chapter_tells_the_solution():
    """What a learner is to write stands in no cell before they have written it."""
    for exercise in COURSE.exercises:
        reference = exercise.reference.read_text(encoding="utf-8")
        own = {line.strip() for line in _inside_gaps(reference) if len(line.strip()) > 25}
        own -= {line.strip() for line in exercise.starter.splitlines()}
        for cell in cells(COURSE.chapter(exercise.chapter).notebook):
            assert not own & {line.strip() for line in cell["source"].splitlines()}, cell["id"]


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
            assert len(printed) < 4000, f"{cell.id}: outputs are small"


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


def _headings(source: str) -> list[str]:
    fenced = re.sub(r"^```.*?^```", "", source, flags=re.M | re.S)
    return re.findall(r"^#+ .+$", fenced, re.M)


def _parsed(source: str) -> ast.Module:
    return compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _inside_gaps(source: str) -> list[str]:
    found, inside = [], False
    for line in source.splitlines():
        if line.strip().startswith("# task:"):
            inside = True
        elif line.strip() == "# end task":
            inside = False
        elif inside:
            found.append(line)
    return found
