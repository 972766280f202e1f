"""The learner's folder: what the course puts there, and what it never touches."""

import errno
import json
import os
from pathlib import Path

import pytest

import small_course as small
from keepalive.course import Course
from keepalive.course import work as module
from keepalive.course.notebooks import learner_copy
from keepalive.course.work import Work, WorkError, exercise_of

ANSWER = "04-tiny-client.py"
NOTEBOOK = "04-tiny-client.ipynb"


@pytest.fixture
def work(root):
    return Work(Course.load(root))


def again(work):
    """The same folder after the course's files changed."""
    return Work(Course.load(work.course.root))


def said(work):
    return {put.path.name: put.what for put in work.update() if put.what != "kept"}


# ---- start -----------------------------------------------------------------------------------------------------------


def test_start_puts_the_starter_there(work):
    exercise = work.course.exercise("04")
    path, made = work.start(exercise)
    assert made and path == work.course.root / "work" / ANSWER
    assert path.read_text("utf-8") == small.STARTER


def test_start_never_writes_over_a_file(work):
    exercise = work.course.exercise("04")
    path, _ = work.start(exercise)
    path.write_text("mine")
    assert work.start(exercise) == (path, False)
    assert path.read_text() == "mine"


def test_start_again_puts_a_fresh_one_beside(work):
    exercise = work.course.exercise("04")
    work.start(exercise)
    second, made = work.start(exercise, again=True)
    third, _ = work.start(exercise, again=True)
    assert made and (second.name, third.name) == ("04-tiny-client-2.py", "04-tiny-client-3.py")
    assert third.read_text("utf-8") == small.STARTER


def test_start_again_without_a_first_is_the_first(work):
    path, made = work.start(work.course.exercise("04"), again=True)
    assert made and path.name == ANSWER


def test_the_environment_names_the_folder(root, tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_WORK", str(tmp_path / "elsewhere"))
    assert Work(Course.load(root)).folder == tmp_path / "elsewhere"


# ---- update ----------------------------------------------------------------------------------------------------------


def test_update_puts_notebooks_and_starters(work):
    assert said(work) == {"03-before.ipynb": "new", NOTEBOOK: "new", ANSWER: "new"}
    assert said(work) == {}, "nothing to do the second time"
    record = json.loads((work.folder / ".keepalive.json").read_bytes())
    assert record["schema"] == 1 and set(record["files"]) == {"03-before.ipynb", NOTEBOOK, ANSWER}


def test_a_file_that_nobody_touched_is_brought_up_to_date(work, folder):
    work.update()
    small.edit(folder / "reference.py", "Your client.", "Your very own client.")
    assert said(again(work)) == {ANSWER: "replaced"}
    assert "very own" in (work.folder / ANSWER).read_text("utf-8")


def test_line_ends_alone_are_no_change(work, folder):
    work.update()
    path = work.folder / ANSWER
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert said(again(work)) == {}
    (folder / "reference.py").write_bytes((folder / "reference.py").read_bytes().replace(b"\n", b"\r\n"))
    assert said(again(work)) == {}


def test_a_changed_file_is_left_and_the_new_version_put_beside_once(work, folder):
    work.update()
    mine = work.folder / ANSWER
    mine.write_text("mine", "utf-8")
    assert said(again(work)) == {}, "ours has not changed"

    small.edit(folder / "reference.py", "Your client.", "Second version.")
    (put,) = [put for put in again(work).update() if put.what != "kept"]
    assert (put.what, put.path.name, put.own) == ("beside", "04-tiny-client.new.py", mine)
    assert mine.read_text("utf-8") == "mine" and "Second" in put.path.read_text("utf-8")
    assert said(again(work)) == {}, "told once"
    put.path.unlink()
    assert said(again(work)) == {}, "nor again after they threw it away"


def test_the_next_version_takes_the_place_of_an_untouched_one_beside(work, folder):
    work.update()
    (work.folder / ANSWER).write_text("mine", "utf-8")
    small.edit(folder / "reference.py", "Your client.", "Second version.")
    again(work).update()
    small.edit(folder / "reference.py", "Second version.", "Third version.")
    assert said(again(work)) == {"04-tiny-client.new.py": "beside"}
    assert "Third" in (work.folder / "04-tiny-client.new.py").read_text("utf-8")


def test_a_changed_one_beside_is_left_too(work, folder):
    work.update()
    (work.folder / ANSWER).write_text("mine", "utf-8")
    small.edit(folder / "reference.py", "Your client.", "Second version.")
    again(work).update()
    beside = work.folder / "04-tiny-client.new.py"
    beside.write_text("mine as well", "utf-8")
    small.edit(folder / "reference.py", "Second version.", "Third version.")
    assert said(again(work)) == {"04-tiny-client.new-2.py": "beside"}
    assert beside.read_text("utf-8") == "mine as well"


def test_taking_over_the_new_version_makes_the_file_ours_again(work, folder):
    work.update()
    mine = work.folder / ANSWER
    mine.write_text("mine", "utf-8")
    small.edit(folder / "reference.py", "Your client.", "Second version.")
    again(work).update()
    mine.write_bytes((work.folder / "04-tiny-client.new.py").read_bytes())
    small.edit(folder / "reference.py", "Second version.", "Third version.")
    assert said(again(work)) == {ANSWER: "replaced"}


def test_a_deleted_file_comes_back(work):
    work.update()
    (work.folder / NOTEBOOK).unlink()
    assert said(again(work)) == {NOTEBOOK: "new"}


@pytest.mark.parametrize("record", [None, b"", b"{", b"[]", b'{"schema": 1, "files": {"04-tiny-client.py": 3}}'])
def test_without_its_record_every_file_counts_as_the_learners(work, record):
    work.update()
    (work.folder / ANSWER).write_text("mine", "utf-8")
    path = work.folder / ".keepalive.json"
    if record is None:
        path.unlink()
    else:
        path.write_bytes(record)
    assert said(again(work)) == {"04-tiny-client.new.py": "beside"}, "equal files need no care"
    assert (work.folder / ANSWER).read_text("utf-8") == "mine"


def test_a_notebook_that_is_not_written_yet_is_left_out(work):
    (work.course.root / "notebooks/03-before.ipynb").unlink()
    assert "03-before.ipynb" not in said(work)


def copy_of(root, notebook):
    (root / "notebooks" / NOTEBOOK).write_bytes(notebook)
    course = Course.load(root)
    return learner_copy(course, course.chapter("04"))


def test_a_learners_copy_lacks_what_is_not_for_learners(root):
    source = small.notebook(
        ("Text", []), ("Say this in the room", ["instructor"]), ("assert x", ["assert", "x"]), ("End", ["x"])
    )
    copy = json.loads(copy_of(root, source.encode()))
    assert [cell["source"] for cell in copy["cells"]] == ["Text", "End"]
    assert copy["nbformat"] == 4


def test_a_learners_copy_has_the_title_and_the_starter(root):
    source = small.notebook(("# {title}\n\nOf {title}.", []), ("Put here.", ["starter", "notebook"]))
    title, starter = json.loads(copy_of(root, source.encode()))["cells"]
    assert "".join(title["source"]) == "# A tiny client\n\nOf {title}."
    assert "".join(starter["source"]) == small.STARTER.partition('"""\n')[2].strip()


def test_a_learners_copy_is_written_as_jupyter_writes_it(root):
    copy = copy_of(root, small.notebook(("# {title}\n\nText.", [])).encode()).decode()
    assert copy == json.dumps(json.loads(copy), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("data", [b"no notebook", b"[]", b'{"cells": 3}', b'{"cells": [3]}', b"{}"])
def test_what_is_no_notebook_is_copied_as_it_is(root, data):
    assert copy_of(root, data) == data


# ---- what the file system refuses ------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_a_sentence(root, tmp_path):
    (tmp_path / "file").write_text("")
    work = Work(Course.load(root), tmp_path / "file" / "work")
    for action in (work.update, lambda: work.start(work.course.exercise("04"))):
        with pytest.raises(WorkError, match=r"cannot be written to: .*KEEPALIVE_WORK"):
            action()


def test_a_full_disk_leaves_no_half_starter(work, monkeypatch):
    class Full:
        def __init__(self, path, mode):
            self.file = real(path, mode)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, content):
            self.file.write(content[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self):
            self.file.close()

    real = open
    monkeypatch.setattr(module, "open", Full, raising=False)
    with pytest.raises(WorkError, match=os.strerror(errno.ENOSPC)):
        work.start(work.course.exercise("04"))
    assert not list(work.folder.iterdir())


def test_a_file_that_appears_meanwhile_is_not_written_over(work, monkeypatch):
    path = work.path_of(work.course.exercise("04"))
    path.parent.mkdir()
    path.write_text("mine")
    monkeypatch.setattr(Path, "exists", lambda self: False)
    with pytest.raises(WorkError):
        work.start(work.course.exercise("04"))
    assert path.read_text() == "mine"


# ---- which file answers what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "04-tiny-client.py",
        "04-tiny-client-2.py",
        "04-tiny-client.new.py",
        "tiny_client.py",
        "Tiny-Client (1).py",
        "04.py",
        "04_my_own.py",
        "tiny-client-faster.py",
    ],
)
def test_a_files_name_says_its_exercise(root, name):
    assert exercise_of(name, Course.load(root).exercises).id == "tiny-client"


@pytest.mark.parametrize("name", ["client.py", "040.py", "tiny-clients.py", "x04.py", "notes.py", ".py"])
def test_another_name_says_nothing(root, name):
    assert exercise_of(name, Course.load(root).exercises) is None


def at(path, seconds):
    os.utime(path, (seconds, seconds))


def test_answers_come_newest_first_and_untouched_starters_last(work):
    work.update()
    for name, seconds in (("04-tiny-client-2.py", 2000), ("04-tiny-client-3.py", 3000), ("notes.py", 9000)):
        (work.folder / name).write_text("mine")
        at(work.folder / name, seconds)
    at(work.folder / ANSWER, 5000)
    assert [path.name for _, path in work.answers()] == ["04-tiny-client-3.py", "04-tiny-client-2.py", ANSWER]
    (work.folder / ANSWER).write_text("now mine")
    at(work.folder / ANSWER, 2500)
    assert [path.name for _, path in work.answers()] == ["04-tiny-client-3.py", ANSWER, "04-tiny-client-2.py"]


def test_no_folder_no_answers(work):
    assert work.answers() == []
