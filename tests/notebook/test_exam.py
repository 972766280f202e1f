"""`exam()` in a cell, and that it is the exam of the terminal and of the page: one form and one score for one seed."""

from __future__ import annotations

import html
import io
import json
import re
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

import small_course as small
from exam import bank_files, banks
from exam.test_in_the_page import as_asked
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import Bank
from keepalive.exam import draw
from keepalive.exam.desk import Desk
from keepalive.exam.record import sat
from keepalive.notebook import exam, final
from keepalive.terminal import sit
from keepalive.website.runtime import node

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(autouse=True)
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A small course with a full bank."""
    root = tmp_path / "course"
    root.mkdir()
    small.write(root)
    bank_files.write(root)
    monkeypatch.setenv("KEEPALIVE_ROOT", str(root))
    return Bank.load(Course.load(root))


def words(shown) -> str:
    """What is read of the HTML."""
    text = re.sub(r"<style>.*?</style>", "", shown._repr_html_(), flags=re.S)
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?(code|strong|em|span)\b[^>]*>", "", text))
    return " ".join(html.unescape(text).split())


def both(shown) -> tuple[str, str]:
    """What a notebook and what a prompt shows, as one line each."""
    return words(shown), " ".join(repr(shown).replace("`", "").split())


def typed(answer: object, question, seed: str) -> object:
    """An answer as a learner gives it in a cell."""
    if question.format == "number":
        return answer
    if question.format == "spot":
        return question.option(answer).line
    shown = [option.id for option in question.shown(seed)]
    ids = answer if isinstance(answer, list) else [answer]
    return ", ".join("abc"[shown.index(id)] for id in ids)


def asked(bank: Bank, seed: str) -> list:
    there = {q.id: q for q in bank.questions}
    return [there[item.id] for item in draw(bank, seed).items]


def answer_all(bank: Bank, right: int, seed: str = "here") -> None:
    for number, question in enumerate(asked(bank, seed), 1):
        given = (banks.right if number <= right else banks.wrong)(question)
        said = exam(number, typed(given, question, seed))
        assert said.sitting.answers[question.id] == question.key.taken(given)
        for text in both(said):
            assert f"Question {number}: kept," in text and "Because of" not in text and "Not yet" not in text


@pytest.mark.parametrize("right", [11, 12])
def test_a_whole_exam(bank, right):
    for text in both(exam()):
        assert "12 right answers pass" in text and "exam(begin=True)" in text
    first = exam(begin=True, seed="here")
    for text in both(first):
        assert "Question 1 of 14: no answer." in text and "exam(1, " in text
    answer_all(bank, right)
    for text in both(exam()):
        assert "14 of 14 answered" in text
    done = exam(hand_in=True)
    assert (done.sitting, done.sat.right, done.sat.passed) == (None, right, right >= 12)
    for text in both(done):
        assert f"{right} of 14 right: {'passed' if right >= 12 else 'not passed'}." in text
        for question in asked(bank, "here"):
            for option in question.options:
                assert f"Because of {option.id}, and of nothing else." in text
        assert ("progress export" in text) is (right >= 12)
    assert [each.right for each in sat(Progress())] == [right]
    assert not Desk().path.exists()
    assert both(exam(result=True)) == both(done)


def test_handing_in_warns_first(bank):
    exam(begin=True, seed="here")
    question = asked(bank, "here")[2]
    exam(3, typed(banks.right(question), question, "here"), flag=True)
    for text in both(exam(hand_in=True)):
        assert "13 questions have no answer" in text and "Flagged: 3." in text and 'exam(hand_in="anyway")' in text
    assert sat(Progress()) == ()
    done = exam(hand_in="anyway")
    assert done.sat.right == 1
    for text in both(done):
        assert "You said nothing. Right is" in text


def test_answers_and_flags_are_taken_back(bank):
    exam(begin=True, seed="here")
    question = asked(bank, "here")[0]
    exam(1, typed(banks.right(question), question, "here"), flag=True)
    for text in both(exam()):
        assert "1 answered, flagged" in text.replace("here", "").replace(" ,", "").replace(", ,", ",")
    said = exam(1, None, flag=False)
    assert said.sitting.answers == {} and said.sitting.flags == set()


def test_given_up_and_taken_back(bank):
    exam(begin=True, seed="here")
    exam(give_up=True)
    for text in both(exam()):
        assert "You gave an exam up: 0 of 14 answered" in text
    for text in both(exam(undo=True)):
        assert "An exam is under way: 0 of 14 answered" in text
    exam(give_up=True)
    assert exam(begin=True, seed="there").sitting.form.seed == "there"


def test_another_try_lists_what_was_missed_and_asks_other_questions(bank):
    exam(begin=True, seed="here")
    answer_all(bank, 11)
    exam(hand_in=True)
    for text in both(exam()):
        assert "What helps with what you missed:" in text and "Observability and testing" in text
    form = exam(begin=True).sitting.form
    assert not {item.id for item in form.items} & {question.id for question in asked(bank, "here")}


def test_time_that_is_over_hands_in(bank, monkeypatch):
    exam(begin=True, seed="here", minutes=30)
    for text in both(exam(2)):
        assert "Time left: 30 minutes." in text
    later = datetime.now(UTC) + timedelta(minutes=31)
    monkeypatch.setattr(final.Room, "is_over", lambda room, sitting: sitting.left(later) == timedelta())
    for text in both(exam(1, "a")):
        assert "The time is over. What was answered is handed in." in text and "0 of 14 right" in text


def test_a_question_that_was_changed_is_said(bank):
    exam(begin=True, seed="here")
    changed = asked(bank, "here")[1].id
    bank_files.write(bank.course.root, say=lambda q: q.stem + (" Now?" if q.id == changed else ""))
    for text in both(exam(2)):
        assert "Since you began, these were changed, and are asked again: 2." in text


def test_what_cannot_be_written_is_there_in_the_next_cell(bank, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keepalive.exam.desk.write_whole", full)
    assert "could not be kept" in repr(exam(begin=True, seed="here"))
    question = asked(bank, "here")[0]
    exam(1, typed(banks.right(question), question, "here"))
    assert "1 of 14 answered" in repr(exam())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: exam(1), "No exam is under way"),
        (lambda: exam(hand_in=True), "No exam is under way"),
        (lambda: exam(undo=True), "no exam that was given up"),
        (lambda: exam(result=True), "No exam was handed in yet"),
        (lambda: exam(begin=True, seed="Ä"), "A seed is small letters"),
        (lambda: exam(begin=True, minutes=0), "whole number from 1"),
        (lambda: exam(begin=True) and exam(begin=True), "An exam is under way"),
        (lambda: exam(begin=True) and exam(15), "the numbers 1 to 14"),
        (lambda: exam(begin=True) and exam("item-1-1"), "the numbers 1 to 14"),
        (lambda: exam(begin=True) and exam(1, "no such"), "Like this: exam(1, "),
    ],
)
def test_wrong_use_is_a_sentence(call, said):
    shown = call()
    for text in both(shown):
        assert said in text
    assert "Traceback" not in repr(shown)


def test_not_open_is_said(bank):
    (bank.course.root / "exercises" / "questions" / "03.toml").unlink()
    for text in both(exam()):
        assert "The exam is not open yet." in text and "Lifecycle and ownership: 6" in text


def test_while_a_terminal_has_it_open_a_cell_says_so(bank):
    with Desk().held():
        assert "open in another terminal or cell" in repr(exam())


# ---- one exam everywhere -------------------------------------------------------------------------------------------


def in_the_terminal(bank: Bank, seed: str, answers: dict[str, object]) -> tuple[dict, int, dict]:
    lines = ["", *(str(typed(answers[q.id], q, seed)) for q in asked(bank, seed)), "submit", "y"]

    def read(prompt: str) -> str:
        return lines.pop(0)

    with redirect_stdout(io.StringIO()):
        sit.run(seed, None, Console(file=io.StringIO()), read)
    found = sat(Progress())[-1]
    return found.form.as_json(), found.right, dict(found.answers)


def in_a_notebook(bank: Bank, seed: str, answers: dict[str, object]) -> tuple[dict, int, dict]:
    exam(begin=True, seed=seed)
    for number, question in enumerate(asked(bank, seed), 1):
        exam(number, typed(answers[question.id], question, seed))
    found = exam(hand_in=True).sat
    return found.form.as_json(), found.right, dict(found.answers)


def in_the_page(bank: Bank, seed: str, answers: dict[str, object]) -> tuple[dict, int, dict]:
    order = {"of": 0, "seed": seed, "exclude": [], "answers": answers, "flags": [], "at": 0, "minutes": None}
    lines = [{"bank": as_asked(bank)}, order | {"began": "2026-03-01T09:30:00Z", "later": 0}]
    done = node.run([WEB / "tests" / "exam-forms.ts"], input="\n".join(map(json.dumps, lines)).encode(), timeout=60)
    assert done.returncode == 0, node.said(done)
    said = json.loads(done.stdout)
    return said["form"], said["right"], {item["id"]: item["answer"] for item in said["items"]}


@pytest.mark.parametrize(("seed", "right"), [("here", 13), ("k7x2m4pq", 11), ("w", 0), ("2026-03-room-4", 14)])
def test_page_terminal_and_notebook_are_one_exam(bank, seed, right):
    answers = {
        question.id: (banks.right if number <= right else banks.wrong)(question)
        for number, question in enumerate(asked(bank, seed), 1)
    }
    found = [way(bank, seed, answers) for way in (in_the_terminal, in_a_notebook, in_the_page)]
    assert found[0] == found[1] == found[2]
    assert found[0][:2] == (draw(bank, seed).as_json(), right)


def test_an_exam_is_begun_in_a_notebook_and_handed_in_in_a_terminal(bank):
    exam(begin=True, seed="here")
    answer_all(bank, 14)
    lines = ["submit", "y"]
    assert sit.run(None, None, Console(file=io.StringIO()), lambda prompt: lines.pop(0))
    assert [each.right for each in sat(Progress())] == [14]
