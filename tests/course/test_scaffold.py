"""`keepalive new`: what it makes runs, is graded, and lacks nothing but what only an author can say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import small_course as small
from keepalive.course import Course, CourseError, gaps, scaffold
from keepalive.course.answer_tables import Body, saved
from keepalive.course.answers import express, written
from keepalive.course.lint import lint
from keepalive.course.lint.sentences import MARK
from keepalive.grading import grade

REAL = Path(__file__).parents[2]


@pytest.fixture
def real(tmp_path):
    """A copy of this course, with exercise 04 as it is."""
    shutil.copytree(REAL / "exercises", tmp_path / "exercises", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REAL / "notebooks", tmp_path / "notebooks")
    return tmp_path


@pytest.fixture
def made(root):
    """An exercise of the chapter `before`, new, in the small course."""
    scaffold.exercise("03", "before", root=root)
    return root / "exercises/03-before"


def finished(folder: Path) -> None:
    """What an author does: writes over every sentence of the template, and writes the answers that are asked for."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.write_text(path.read_text("utf-8").replace(MARK, "Written, "), "utf-8", newline="\n")
    reference = gaps.plain((folder / "reference.py").read_text("utf-8"))
    ask = 'await self._client.get(f"/parcels/{number}")'
    assert ask in reference

    def answer(kind: str, id: str, instead: str, keys: dict[str, str]) -> None:
        path = folder / "answers.toml"
        change = express(reference, reference.replace(ask, instead))
        path.write_text(saved(path.read_text("utf-8"), kind, id, Body(change), keys), "utf-8", newline="\n")

    def mistake(id: str, instead: str, misconception: str) -> None:
        answer("wrong", id, instead, {"misconception": misconception})

    by_request = 'await self._client.request("GET", f"/parcels/{number}")'
    answer("right", "by-request", by_request, {"about": "By the general method."})
    mistake("first-mistake", f"{ask}\n        {ask}", "first-mistake")
    mistake("fourth-mistake", f"{ask}\n        {ask}\n        {ask}", "first-mistake")
    mistake("second-mistake", 'httpx.Response(200, json={"id": 7})', "second-mistake")
    mistake("fifth-mistake", 'httpx.Response(200, json={"id": 7, "state": "lost"})', "second-mistake")
    mistake("third-mistake", 'await self._client.get("/parcels")', "third-mistake")
    path = folder / "answers.toml"
    fails = r'\1fails = ["one_parcel.asked_for_once"]\n\2'
    path.write_text(re.sub(r"^(misconception = .*\n)(change)", fails, path.read_text("utf-8"), flags=re.M), "utf-8")
    small.edit(
        folder / "grader.py",
        '            "second-mistake"',
        '            "third-mistake": lambda run: run.requests and run.requests[0].path == "/parcels",\n'
        '            "second-mistake"',
    )


def test_a_new_exercise_lacks_only_what_an_author_must_say(root, made):
    assert lint(root, grade=small.grade).findings == [], "hidden from learners, in nobody's way"
    missing = lint(root, ["03"]).drafts["03-before"]
    said = [finding for finding in missing if finding.what.startswith("still to be written: ")]
    assert {finding.file.rpartition("03-before/")[2] for finding in said} == {
        *("exercise.toml", "brief.md", "hints.md", "reference.py", "drive.py", "grader.py", "answers.toml"),
    }
    assert all(f"`{MARK}`" in finding.mend for finding in said)
    asked = [finding for finding in missing if finding not in said]
    assert {finding.where for finding in asked if finding.line is None} == {"exercises/03-before/answers.toml"}
    assert [finding.what for finding in asked] == [
        "no right answer beside the reference",
        "0 wrong answers, at least 5 are required",
        *(f"no wrong answer shows the misconception {name}-mistake" for name in ("first", "second", "third")),
    ]


def test_finished_it_keeps_its_contract(root, made):
    finished(made)
    (last,) = lint(root, ["03"]).drafts["03-before"]
    assert last.mend == "run keepalive mutants 03"
    small.lock(root)
    report = lint(root, ["03"])
    assert report.drafts == {"03-before": []}
    small.edit(made / "exercise.toml", 'status = "draft"', 'status = "ready"')
    report = lint(root, ["03"])
    assert (report.findings, report.proved) == ([], ["03-before"])


@pytest.mark.thorough  # the linter's list of what a new exercise lacks would name it
@pytest.mark.parametrize("link", ["direct", "child"])
def test_its_starter_is_not_attempted_and_its_reference_passes(root, made, link):
    (draft,) = Course.load(root).drafts
    with written(draft.exercise) as files:
        for id, status in (("starter", "not_attempted"), ("reference", "passed")):
            assert grade(draft.exercise.code, files[id], link=link, frontend="test", seed=1)["status"] == status


def test_a_sentence_that_is_left_fails_a_ready_exercise(root, made):
    finished(made)
    small.lock(root)
    small.edit(made / "exercise.toml", 'status = "draft"', 'status = "ready"')
    small.edit(made / "hints.md", "Written,  a nudge", f"{MARK} a nudge")
    report = lint(root, ["03"])
    (finding,) = report.findings
    assert finding.where == "exercises/03-before/hints.md:3" and "a nudge, a question" in finding.what
    assert "03-before" not in report.proved


def test_what_it_is_called_and_where_it_belongs(root):
    scaffold.exercise("03", "retry-after", title='Waits, "as told"', root=root)
    (draft,) = Course.load(root).drafts
    exercise = draft.exercise
    assert (exercise.number, exercise.id, exercise.name) == ("03", "retry-after", "03-retry-after")
    assert (exercise.title, exercise.chapter, exercise.status) == ('Waits, "as told"', "before", "draft")
    assert (exercise.builds_on, exercise.entry, exercise.minutes) == ("", "ApiClient", 15)


def test_what_it_shares_with_its_chapter_moves_to_it(root):
    listed = root / "notebooks/course.toml"
    small.edit(listed, "minutes_exercise = 0", "minutes_exercise = 12")
    before = listed.read_text("utf-8")
    scaffold.exercise("3", "before", root=root)
    (draft,) = Course.load(root).drafts
    assert (draft.name, draft.title, draft.exercise.minutes) == ("03-before", "What comes before", 12)
    shared = 'title = "What comes before"\n', "minutes_exercise = 12\n"
    for line in shared:
        before = before.replace(line, "")
    assert listed.read_text("utf-8") == before


def test_a_chapter_of_an_exercise_that_is_there_already(root):
    scaffold.chapter("05", "next", root=root)
    scaffold.exercise("05", "next", title="Its own title", root=root)
    for path in (root / "notebooks").glob("05-*"):
        path.unlink()
    listed = root / "notebooks/course.toml"
    listed.write_text(small.COURSE_TOML, "utf-8")
    with pytest.raises(scaffold.NotMade, match=r"title stands in exercises/05-next/exercise\.toml"):
        scaffold.chapter("05", "next", title="Another", root=root)
    scaffold.chapter("05", "next", root=root)
    assert Course.load(root).chapter("05").title == "Its own title"


def test_it_is_formatted_as_this_repository_is(real):
    scaffold.chapter("98", "next", root=real)
    scaffold.exercise("98", "next", builds_on="04", root=real)
    scaffold.chapter("99", "afresh", root=real)
    scaffold.exercise("99", "afresh", root=real)
    made = [str(real / "exercises" / name) for name in ("98-next", "99-afresh")]
    for verb in (["check"], ["format", "--check"]):
        argv = [sys.executable, "-m", "ruff", *verb, "--config", str(REAL / "pyproject.toml"), *made]
        ran = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


# ---- building on another exercise ------------------------------------------------------------------------------------


def test_it_goes_on_from_the_reference_of_another(real):
    scaffold.chapter("98", "next", root=real)
    scaffold.exercise("98", "next", builds_on="04", root=real)
    (draft,) = (draft for draft in Course.load(real).drafts if draft.name == "98-next")
    assert (draft.exercise.builds_on, draft.exercise.entry) == ("minimal-client", "ApiClient")
    with written(draft.exercise) as files:
        for id, status in (("starter", "not_attempted"), ("reference", "passed")):
            assert grade(draft.exercise.code, files[id], link="direct", frontend="test", seed=1)["status"] == status
    kinds = {finding.what.partition(":")[0] for finding in lint(real, ["98"]).drafts["98-next"]}
    assert not [kind for kind in kinds if "differs" in kind]
    reference = real / "exercises/04-minimal-client/reference.py"
    small.edit(reference, "self._entered = False", "self._entered = 0")
    found = [finding for finding in lint(real, ["98"]).drafts["98-next"] if "differs" in finding.what]
    assert [finding.file for finding in found] == ["exercises/98-next/reference.py"]
    assert "04-minimal-client/reference.py at `self._entered = False`" in found[0].what


def test_a_draft_may_build_on_a_draft(root, made):
    scaffold.chapter("05", "more", root=root)
    scaffold.exercise("05", "more", builds_on="before", root=root)
    missing = lint(root, ["05"]).drafts["05-more"]
    assert not [finding for finding in missing if "outside the gaps" in finding.what or "builds on" in finding.what]
    reference = root / "exercises/05-more/reference.py"
    small.edit(reference, '"""One API, one connection pool."""', '"""One API and its pool."""')
    found = [finding for finding in lint(root, ["05"]).drafts["05-more"] if "outside the gaps" in finding.what]
    (finding,) = found
    assert "exercises/03-before/reference.py" in finding.what and "pool" in finding.what


@pytest.mark.parametrize(
    ("named", "better"), [("befor", 'write builds_on = "before"'), ("zzz", "the id of an exercise")]
)
def test_a_draft_that_builds_on_nothing_there_is(root, made, named, better):
    scaffold.chapter("05", "more", root=root)
    scaffold.exercise("05", "more", builds_on="before", root=root)
    small.edit(root / "exercises/05-more/exercise.toml", 'builds_on = "before"', f'builds_on = "{named}"')
    (finding,) = [each for each in lint(root, ["05"]).drafts["05-more"] if "builds on" in each.what]
    assert better in finding.mend and finding.line == 4


# ---- a chapter -------------------------------------------------------------------------------------------------------


def test_a_new_chapter_is_listed_in_its_place_and_the_rest_stays(root):
    listed = root / "notebooks/course.toml"
    small.edit(listed, '[[chapter]]\nnumber = "04"', '# The one that matters.\n[[chapter]]\nnumber = "04"')
    before = listed.read_text("utf-8")
    paths = scaffold.chapter("2", "early", root=root)
    scaffold.chapter("05", "late", title="Too “late”", root=root)
    assert paths == [root / "notebooks/02-early.ipynb", listed]
    course = Course.load(root)
    assert [chapter.name for chapter in course.chapters] == ["02-early", "03-before", "04-tiny-client", "05-late"]
    assert (course.chapter("05").title, course.chapter("05").part.number) == ("Too “late”", 1)
    after = listed.read_text("utf-8")
    made = [after.index('[[chapter]]\nnumber = "02"'), after.index('\n[[chapter]]\nnumber = "05"')]
    first = after[made[0] : after.index('[[chapter]]\nnumber = "03"')]
    assert (after[: made[0]] + after[made[0] + len(first) : made[1]]).rstrip() == before.rstrip()
    assert after.endswith("\n") and not after.endswith("\n\n")


def test_between_two_chapters_a_comment_stays_with_its_table(root):
    listed = root / "notebooks/course.toml"
    small.edit(listed, '[[chapter]]\nnumber = "04"', '# The one that matters.\n[[chapter]]\nnumber = "04"')
    small.edit(listed, 'number = "03"', 'number = "01"')
    (root / "notebooks/03-before.ipynb").rename(root / "notebooks/01-before.ipynb")
    scaffold.chapter("02", "early", root=root)
    assert '# The one that matters.\n[[chapter]]\nnumber = "04"' in listed.read_text("utf-8")
    assert [chapter.number for chapter in Course.load(root).chapters] == ["01", "02", "04"]


def test_a_chapter_of_a_part_comes_after_the_parts_own_table(root):
    listed = root / "notebooks/course.toml"
    listed.write_text(listed.read_text("utf-8") + '\n[[part]]\nnumber = 2\ntitle = "Shape"\n', "utf-8")
    scaffold.chapter("05", "late", part=2, root=root)
    assert Course.load(root).chapter("05").part.title == "Shape"
    said = listed.read_text("utf-8")
    assert said.index("number = 2") < said.index('number = "05"')
    scaffold.chapter("06", "later", root=root)
    assert Course.load(root).chapter("06").part.number == 2, "that of the chapter before"


def test_its_notebook_has_the_rhythm_and_the_instructor(root):
    path, _ = scaffold.chapter("05", "late", root=root)
    written = path.read_text("utf-8")
    nb = nbformat.reads(written, as_version=4)
    nbformat.validate(nb)
    assert written == json.dumps(json.loads(written), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    heads = [line for cell in nb.cells if cell.cell_type == "markdown" for line in cell.source.split("\n")]
    assert [line for line in heads if line.startswith("#")] == [
        *("# {title}", "## Break it", "## Predict", "## Build", "## Prove", "## Exercise", "## Recap"),
    ]
    notes = [cell.source for cell in nb.cells if "instructor" in cell.metadata.get("tags", [])]
    assert notes and all(note.startswith("**For the instructor.** ") for note in notes)
    assert "25 minutes of teaching, 15 of exercise" in notes[0]


def test_the_linter_names_every_sentence_of_a_new_chapter(root):
    scaffold.chapter("05", "late", root=root)
    found = lint(root, grade=small.grade).findings
    assert {finding.file for finding in found} == {"notebooks/course.toml", "notebooks/05-late.ipynb"}
    lines = (root / "notebooks/05-late.ipynb").read_text("utf-8").split("\n")
    for finding in found:
        if finding.file.endswith(".ipynb"):
            assert MARK in lines[finding.line - 1]
            assert not finding.what.endswith(('"', "\\n", ","))
    assert len(found) == 2 + sum(MARK in line for line in lines)


def test_its_notebook_runs(root, tmp_path, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    path, _ = scaffold.chapter("05", "late", root=root)
    NotebookClient(nbformat.read(path, as_version=4), timeout=120, kernel_name="python3").execute()


def test_a_course_file_that_would_not_load_is_put_back(root, monkeypatch):
    listed = root / "notebooks/course.toml"
    before = listed.read_text("utf-8")
    template = scaffold._template

    def spoilt(name):
        return template(name).replace("core = false", "core = 0" if name == "chapter.toml" else "core = false")

    monkeypatch.setattr(scaffold, "_template", spoilt)
    with pytest.raises(CourseError):
        scaffold.chapter("05", "late", root=root)
    assert listed.read_text("utf-8") == before and not (root / "notebooks/05-late.ipynb").exists()


# ---- refused ---------------------------------------------------------------------------------------------------------


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc"}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda root: scaffold.exercise("5a", "x", root=root), "two digits, like 05; this is '5a'"),
        (lambda root: scaffold.exercise("123", "x", root=root), "two digits"),
        (lambda root: scaffold.exercise("05", "Retry_After", root=root), "Did you mean retry-after?"),
        (lambda root: scaffold.exercise("05", "../x", root=root), "small letters, digits and hyphens"),
        (lambda root: scaffold.exercise("05", "", root=root), "small letters, digits and hyphens"),
        (lambda root: scaffold.exercise("03", "x", title="ab", root=root), "3 to 80 characters; this one has 2"),
        (lambda root: scaffold.exercise("04", "tiny-client", root=root), "There is a folder exercises/04-tiny-client"),
        (lambda root: scaffold.exercise("04", "other", root=root), "number 04 is taken by exercises/04-tiny-client"),
        (lambda root: scaffold.exercise("05", "tiny-client", root=root), "name tiny-client is taken"),
        (lambda root: scaffold.exercise("05", "x", root=root), "keepalive new chapter 05 x"),
        (lambda root: scaffold.exercise("03", "x", builds_on="9", root=root), "no exercise '9'"),
        (lambda root: scaffold.chapter("04", "other", root=root), "taken by the chapter 04-tiny-client"),
        (lambda root: scaffold.chapter("05", "tiny-client", root=root), "taken by the chapter 04-tiny-client"),
        (lambda root: scaffold.chapter("05", "x", part=3, root=root), "no part 3 in notebooks/course.toml"),
        (lambda root: scaffold.chapter("5.", "x", root=root), "two digits"),
    ],
)
def test_what_is_refused_changes_nothing_and_says_what_to_type(root, make, sentence):
    before = snapshot(root)
    with pytest.raises(scaffold.NotMade) as refused:
        make(root)
    assert sentence in str(refused.value)
    assert snapshot(root) == before


def test_a_notebook_that_is_there_is_not_written_over(root):
    path = root / "notebooks/05-late.ipynb"
    path.write_text("mine")
    with pytest.raises(scaffold.NotMade, match=r"a file notebooks/05-late.ipynb already"):
        scaffold.chapter("05", "late", root=root)
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(root, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(scaffold.NotMade, match="No space left"):
        scaffold.exercise("03", "before", root=root)
    assert [path.name for path in (root / "exercises").iterdir()] == ["04-tiny-client"]
