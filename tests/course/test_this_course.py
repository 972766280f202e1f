"""Chapters, notebooks and exercises of this checkout agree. What answers come to: tests/content/test_answers.py."""

from keepalive.course import Course
from keepalive.course.lint import chapters
from keepalive.course.load import find_root
from keepalive.course.work import Work

ROOT = find_root()
COURSE = Course.load(ROOT)


def shown(findings):
    return "\n".join(f"{finding.where}: {finding.what} (mend: {finding.mend})" for finding in findings)


def test_chapters_notebooks_and_exercises_agree():
    found = chapters(COURSE)
    assert not found, shown(found)


def test_every_chapter_and_starter_reaches_the_learner(tmp_path):
    put = Work(COURSE, tmp_path).update()
    expected = {chapter.notebook.name for chapter in COURSE.chapters} | {f"{e.name}.py" for e in COURSE.exercises}
    assert {one.path.name for one in put} == expected
