"""What the pages of progress hold before any script: by what they measure, and the questions that come back."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pytest

from keepalive.course import Course
from keepalive.course.questions import CELLS, Bank
from keepalive.website import generated, progress

ROOT = Path(__file__).parents[2]
COURSE = Course.load(ROOT)
BANK = Bank.load(COURSE)


def data(element: str, name: str) -> dict:
    (found,) = re.findall(rf' data-{name}="([^"]*)"', element)
    return json.loads(html.unescape(found))


def test_the_map_measures_by_the_questions_that_chapters_ask():
    outline = data(progress.map_element(COURSE), "outline")
    asked = {id for stage in outline["stages"] for id in stage["questions"]}
    assert {question["id"] for question in outline["questions"]} == asked != set()
    assert data(progress.map_element(COURSE), "pages") == {"progress": "progress.html", "review": "review.html"}


def test_every_chapter_of_the_map_can_be_found_by_its_id():
    page = generated.course_map(COURSE)
    assert re.findall(r'<div class="ka-entry" data-chapter="([^"]+)"', page) == [each.id for each in COURSE.chapters]


def test_without_a_script_the_objectives_are_there_with_their_chapters():
    page = progress.piece(COURSE)
    assert all(html.escape(title) in page for title in CELLS.values())
    for chapter in COURSE.chapters:
        if any(question.chapter == chapter.number for question in BANK.questions):
            assert f'href="chapters/{chapter.name}.html"' in page


def test_the_review_has_every_question_that_may_come_back():
    name, body = progress.review_content(BANK)
    shown = json.loads(body)["html"]
    assert set(shown) == {question.id for question in BANK.questions if "review" in question.use}
    assert all(f'data-question="{id}"' in element for id, element in shown.items())
    element = progress.review_piece(COURSE)
    assert f'data-source="{name}"' in element
    assert {each["id"] for each in data(element, "outline")["questions"] if each["review"]} == set(shown)


@pytest.mark.parametrize("page", [progress.PAGE, progress.REVIEW])
def test_a_course_without_the_pages_has_no_way_to_them(tmp_path, page):
    for part in ("notebooks", "exercises"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "docs").mkdir()
    course = Course.load(tmp_path)
    assert page not in str(generated.navigation(course))
    assert page.replace(".md", ".html") not in progress.map_element(course)
    (tmp_path / "docs" / page).write_text("# A page\n", "utf-8")
    assert page in str(generated.navigation(course))
    assert page.replace(".md", ".html") in html.unescape(progress.map_element(course))
