"""reference: the class of a chapter, for the next chapter to break."""

from __future__ import annotations

import pytest

from keepalive.course import Course, UnknownName
from keepalive.notebook import check, reference


def test_it_is_the_class_that_passes_its_exercise():
    assert check("04", reference("04")).passed


def test_one_that_is_still_a_draft_is_there_too():
    drafts = [draft.exercise for draft in Course.load().drafts if draft.exercise]
    for exercise in drafts:
        assert reference(exercise.number).__name__ == exercise.entry


def test_each_has_its_own_names_and_leaves_nothing_in_the_folder():
    exercise = Course.load().exercise("04")
    before = sorted(exercise.folder.rglob("*"))
    once, again = reference("04"), reference(exercise.id)
    assert once is not again and once.__module__ == again.__module__ == "reference_04"
    assert sorted(exercise.folder.rglob("*")) == before


def test_a_name_that_is_none_is_told_what_there_is():
    with pytest.raises(UnknownName, match="minimal-client"):
        reference("minimal-cliant")
