"""The file that remembers every key: so that a certificate is scored as it was asked."""

from __future__ import annotations

import json
from dataclasses import replace

from exam.banks import bank, right
from keepalive.course import Course
from keepalive.course.questions import Bank
from keepalive.exam import draw, keys_of, score
from keepalive.exam.keys import FILE, remember, remembered


def folder_of(root):
    (root / "exercises" / "questions").mkdir(parents=True)
    return root / "exercises" / "questions" / FILE


def test_keys_are_added_and_none_is_taken_out(tmp_path):
    path = folder_of(tmp_path)
    before = bank(root=tmp_path)
    assert remember(before) == 84
    assert remember(before) == 0

    after = bank(root=tmp_path, change=lambda q: replace(q, stem="Another wording?") if q.cell == 3 else q)
    assert remember(after) == 6
    assert len(remembered(path)) == 90
    assert remembered(path) == keys_of(before) | keys_of(after)


def test_an_old_form_is_scored_as_it_was(tmp_path):
    folder_of(tmp_path)
    before = bank(root=tmp_path)
    form = draw(before, "here")
    there = {question.id: question for question in before.questions}
    answers = {item.id: right(there[item.id]) for item in form.items}
    remember(before)

    def turned(q):
        """The same question with another key."""
        options = tuple(replace(option, correct=not option.correct) for option in q.options)
        return replace(q, options=options, answer=q.answer + 50, order=tuple(reversed(q.order)))

    after = bank(root=tmp_path, change=turned)
    assert score(keys_of(after), form, answers).right == 14
    assert score({}, form, answers).right == 0


def test_the_file_is_one_line_a_key_and_always_the_same(tmp_path):
    path = folder_of(tmp_path)
    remember(bank(root=tmp_path))
    text = path.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if '"cell"' in line]) == 84
    path.unlink()
    remember(bank(root=tmp_path))
    assert path.read_text(encoding="utf-8") == text
    assert json.loads(text)["schema"] == 1


def test_without_a_file_the_present_keys_are_known(tmp_path):
    there = bank(root=tmp_path)
    assert len(keys_of(there)) == 84


def test_every_question_of_this_exam_has_its_key_noted():
    """So that a certificate of today can be scored after the next change. `keepalive lint questions --record`."""
    there = Bank.load(Course.load())
    known = remembered(there.folder / FILE)
    missing = [q.id for q in there.questions if "exam" in q.use and (q.id, q.version) not in known]
    assert not missing
    for q in there.questions:
        if (q.id, q.version) in known:
            assert known[q.id, q.version] == (q.cell, q.key)
