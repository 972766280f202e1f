"""The course's own bank keeps every rule, and what its programs do is what its keys say."""

from __future__ import annotations

import pytest

from content.texts import COURSE, ROOT
from keepalive.course.lint import lint
from keepalive.course.questions import Bank
from keepalive.course.questions.run import disagreement

BANK = Bank.load(COURSE)


def test_the_linter_finds_nothing():
    report = lint(ROOT, ["questions"])
    assert [f"{each.where}: {each.what}" for each in report.findings] == []


@pytest.mark.parametrize("question", [q for q in BANK.questions if q.run], ids=lambda question: question.id)
def test_what_is_said_to_happen_happens(question):
    assert disagreement(question) == ""


def test_a_trace_is_decided_by_a_run():
    for question in BANK.questions:
        if question.format == "trace":
            assert question.run and "run" in question.proof, question.id
