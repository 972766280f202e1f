"""The exam's page: whether it is open, and the file that it fetches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from exam import bank_files
from keepalive.course import Course
from keepalive.course.questions import CELLS, Bank
from keepalive.exam import draw, missing
from keepalive.website import exam
from website.sample import COURSE, REPO


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course without its chapters' notebooks, which nothing here reads."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "course.toml").write_text(COURSE, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    shutil.copy(REPO / "docs" / "exam.md", tmp_path / "docs" / "exam.md")
    return tmp_path


def built(root: Path) -> Path:
    into = root / "build" / "docs"
    (into / "assets").mkdir(parents=True)
    shutil.copy(root / "docs" / "exam.md", into / "exam.md")
    exam.write(Course.load(root), into)
    return into


def test_it_is_open_when_all_cells_are_full(root):
    bank_files.write(root)
    into = built(root)
    [file] = (into / "assets").glob("exam-*.json")
    said = exam.piece(Course.load(root))
    assert f'data-source="assets/{file.name}"' in said
    data = json.loads(file.read_text(encoding="utf-8"))
    bank = Bank.load(Course.load(root))
    assert data["version"] == bank.version
    assert data["cells"] == {str(cell): title for cell, title in CELLS.items()}
    assert data["chapters"]["01"] == {"title": "A sample", "href": "chapters/01-sample.html"}
    assert [(q["id"], q["version"], q["cell"]) for q in data["questions"]] == [
        (q.id, q.version, q.cell) for q in bank.questions
    ]
    assert all(question["key"] == bank.question(question["id"]).key.as_json() for question in data["questions"])
    assert draw(bank, "abc").bank == data["version"]


def test_it_is_not_open_while_one_question_is_missing_and_says_which(root):
    bank_files.write(root)
    file = root / "exercises" / "questions" / "09.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('use = ["exam", "review"]', 'use = ["review"]', 1), encoding="utf-8")
    course = Course.load(root)
    assert missing(Bank.load(course)) == {9: 1}
    said = exam.piece(course)
    assert "not open yet" in said
    assert said.endswith("\n\n- Batches, gate against rate limit: 1")
    assert "<keepalive-exam" not in said
    assert list((built(root) / "assets").iterdir()) == []


def test_what_is_for_practice_only_is_not_drawn(root):
    bank_files.write(root, size=7)
    file = root / "exercises" / "questions" / "01.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('use = ["exam", "review"]', 'use = ["chapter"]', 1), encoding="utf-8")
    [made] = (built(root) / "assets").glob("exam-*.json")
    ids = [question["id"] for question in json.loads(made.read_text(encoding="utf-8"))["questions"]]
    assert len(ids) == 14 * 7 - 1
    assert "item-1-1" not in ids


def test_the_file_is_named_after_what_is_in_it(root):
    bank_files.write(root)
    before, _ = exam.content(Bank.load(Course.load(root)))
    assert exam.content(Bank.load(Course.load(root)))[0] == before
    bank_files.write(root, say=lambda question: f"{question.stem} And now?")
    assert exam.content(Bank.load(Course.load(root)))[0] != before


def test_a_course_without_the_page_has_no_file(root):
    bank_files.write(root)
    into = root / "build" / "docs"
    into.mkdir(parents=True)
    exam.write(Course.load(root), into)
    assert list(into.iterdir()) == []


def test_its_links_are_the_chapters_pages(root):
    """Chapters that are not written yet have none."""
    bank_files.write(root)
    data = exam.data(Bank.load(Course.load(root)), {"01": "chapters/01-sample.html"})
    assert data["chapters"].keys() == {"01"}
    assert {question["chapter"] for question in data["questions"]} == {"01", "20"}
