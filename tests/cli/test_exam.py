"""`keepalive exam` and `keepalive verify`, as somebody types them."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from exam import bank_files, banks, files
from keepalive import terminal
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import CELLS, Bank
from keepalive.exam import draw, keys_of
from keepalive.exam.certificate import PROVES, PROVES_NOT, Certificate, verify
from keepalive.exam.desk import Busy, Desk
from keepalive.exam.record import sat
from keepalive.exam.room import Room
from keepalive.terminal import sit

BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def bank(root: Path) -> Bank:
    bank_files.write(root)
    return Bank.load(Course.load(root))


class Person:
    """Types lines; each is a text or a function of the room's clock. Then the input ends."""

    def __init__(self, bank: Bank, capsys, seed: str = "here") -> None:
        self.bank, self.capsys, self.seed = bank, capsys, seed
        self.time = BEGAN
        self.questions = {q.id: q for q in bank.questions}

    def typed(self, answer: object, question) -> str:
        """An answer as it is typed: letters in the order shown."""
        if question.format == "number":
            return f"{answer:g}"
        if question.format == "spot":
            return str(question.option(answer).line)
        shown = [option.id for option in question.shown(self.seed)]
        ids = answer if isinstance(answer, list) else [answer]
        return ", ".join("abc"[shown.index(id)] for id in ids)

    def answers(self, right: int, exclude=(), of: int = 14) -> list[str]:
        """What to type for so many right answers, the others wrong."""
        form = draw(self.bank, self.seed, exclude)
        asked = [self.questions[item.id] for item in form.items[:of]]
        return [self.typed((banks.right if at < right else banks.wrong)(q), q) for at, q in enumerate(asked)]

    def sits(self, *lines, seed: str | None = None, minutes: int | None = None, draws: int = 1) -> tuple[bool, str]:
        rest = list(lines)

        def read(prompt: str) -> str:
            print(prompt)
            if not rest:
                raise EOFError
            line = rest.pop(0)
            return line() if callable(line) else line

        def enter(bank: Bank, progress: Progress) -> Room:
            return Room(bank, progress, now=lambda: self.time, draws=random.Random(draws))

        done = sit.run(seed, minutes, terminal.console(), read, enter)
        return done, self.capsys.readouterr().out


@pytest.fixture
def person(bank: Bank, capsys) -> Person:
    return Person(bank, capsys)


@pytest.mark.parametrize("right", [11, 12, 14])
def test_a_whole_exam(person, right):
    done, out = person.sits("", *person.answers(right), "submit", "y", seed="here")
    assert done is (right >= 12)
    assert f"{right} of 14 right: {'passed' if right >= 12 else 'not passed'}." in out
    asked, told = out.split("Hand in? After this")
    assert "Because of" not in asked, "nothing is explained before it is handed in"
    assert "Right" not in asked and "Not yet" not in asked
    assert all(title in told for title in CELLS.values())
    for number in range(1, 15):
        assert f"Question {number} of 14: {'right' if number <= right else 'not right'}" in told
    form = draw(person.bank, "here")
    for item in form.items:
        for option in person.questions[item.id].options:
            assert f"Because of {option.id}, and of nothing else." in told
    found = sat(Progress())
    assert [(each.right, each.passed, each.form) for each in found] == [(right, right >= 12, form)]
    assert not (Desk().path).exists()
    assert ("certificate" in told) is (right >= 12)
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_what_was_missed_leads_to_its_chapter_where_there_is_one(person):
    _, out = person.sits("", "submit", "y", seed="here")
    assert "14 questions have no answer, and would count as not right: 1, 2, 3" in " ".join(out.split())
    assert "0 of 14 right: not passed." in out
    assert "no answer  Connection cost and pool" in out
    assert out.count("You said nothing. Right is ") == 14


def test_it_is_left_and_gone_on_with(person):
    first, second, third, *_ = person.answers(14)
    _, out = person.sits("", first, "flag", second, "q", seed="here")
    assert "What you answered is kept. To go on: keepalive exam" in out
    assert json.loads(Desk().path.read_text())["answers"].keys() == {
        item.id for item in draw(person.bank, "here").items[:2]
    }
    _, out = person.sits("sheet", third)  # and the terminal is closed
    assert "An exam is under way: 2 of 14 answered, begun 2026-03-01 09:30 UTC." in out
    assert "Question 3 of 14    no answer" in out
    assert "   2  answered, flagged\n   3  no answer, here\n" in out
    done, out = person.sits("go 2", "", "go 4", *person.answers(14)[3:], "submit", "yes")
    assert "Your answer so far: " in out and "Flagged: 2." in out
    assert done and "14 of 14 right: passed." in out


def test_answers_are_changed_taken_back_and_refused_in_words(person):
    first = person.answers(14)[0]
    _, out = person.sits("", "nonsense", "go 99", "go 1", first, "back", "back", "clear", "?", "q", seed="here")
    assert "(? says what else can be typed.)" in out
    assert "Question 14 of 14" in out, "past the end is the end"
    assert "It has no answer any more." in out and "keepalive exam goes on here" in out
    assert json.loads(Desk().path.read_text())["answers"] == {}


def test_the_last_question_is_the_end_until_it_is_handed_in(person):
    _, out = person.sits("", "go 14", "", "next", "submit", "n", "submit", "", "q", seed="here")
    assert out.count("That was the last question. To hand in: submit") == 2
    assert sat(Progress()) == () and Desk().path.exists()


def test_given_up_and_taken_back(person):
    first = person.answers(14)[0]
    done, out = person.sits("", first, "give up", seed="here")
    assert done and "The exam is given up." in out
    _, out = person.sits("y", "q")
    assert "You gave an exam up: 1 of 14 answered" in out and "Question 2 of 14" in out
    person.sits("give up")
    _, out = person.sits("n", "", "q")
    assert "Question 1 of 14    no answer" in out
    assert Desk().look().sitting.form.seed != "here"
    assert sat(Progress()) == ()


def test_another_try_first_lists_what_was_missed_and_asks_none_of_what_was_seen(person):
    person.sits("", *person.answers(11), "submit", "y", seed="here")
    _, out = person.sits("", "q")
    assert "Last time: 11 of 14 right: not passed." in out
    assert "What helps with what you missed:" in out
    assert "  Observability and testing: its chapter has still to be written" in out
    seen = {item.id for item in draw(person.bank, "here").items}
    form = Desk().look().sitting.form
    assert not seen & {item.id for item in form.items} and set(form.excluded) == seen
    assert form == draw(person.bank, form.seed, seen)
    person.sits("give up")
    # A room that is given a seed gets one form, whoever has seen what of it.
    person.sits("n", "", "q", seed="here")
    assert Desk().look().sitting.form == draw(person.bank, "here")


def test_time_that_is_over_hands_in_what_was_answered(person):
    def late() -> str:
        person.time = BEGAN + timedelta(minutes=30)
        return third

    first, second, third, *_ = person.answers(14)
    done, out = person.sits("", first, second, late, seed="here", minutes=30)
    assert "Time left: 30 minutes" in out
    assert "The time is over. What was answered is handed in." in out
    assert not done and "2 of 14 right: not passed." in out, "what came after the end does not count"


def test_time_goes_on_while_the_terminal_is_closed(person):
    person.sits("", person.answers(14)[0], "q", seed="here", minutes=30)
    person.time = BEGAN + timedelta(days=2)
    _, out = person.sits()
    assert "The time is over." in out and "1 of 14 right" in out


def test_two_terminals_do_not_write_over_each_other(person):
    with Desk().held(), pytest.raises(Busy, match="another terminal or cell"):
        person.sits("", "q")


def test_another_seed_while_one_is_under_way_is_refused(person):
    person.sits("", "q", seed="here")
    with pytest.raises(sit.Refused, match="An exam is under way"):
        person.sits("", "q", seed="there")
    _, out = person.sits("q", seed="here")
    assert "Question 1 of 14" in out


def test_a_question_that_was_changed_meanwhile_is_asked_again(person, root):
    person.sits("", *person.answers(14)[:3], "q", seed="here")
    changed = draw(person.bank, "here").items[1].id
    bank_files.write(root, say=lambda q: q.stem + (" Now?" if q.id == changed else ""))
    _, out = person.sits("sheet", "q")
    assert "Since you began, these were changed, and are asked again: 2." in out
    assert "   1  answered\n   2  no answer\n   3  answered\n" in out


def test_a_file_that_is_no_exam_is_said_and_put_away(person):
    Desk().path.parent.mkdir(parents=True, exist_ok=True)
    Desk().path.write_text("{", "utf-8")
    _, out = person.sits("", "q")
    assert "no exam that could be gone on with. Beginning another puts it away." in out
    assert Desk().look().sitting.unanswered == tuple(range(14))


def test_an_exam_that_cannot_be_kept_goes_on_and_says_so(person, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keepalive.exam.desk.write_whole", full)
    done, out = person.sits("", *person.answers(14), "submit", "y", seed="here")
    assert done and "14 of 14 right: passed." in out
    _, out = person.sits("", person.answers(14)[0], "q", seed="here")
    assert "Note: The exam could not be kept" in out and "No space left on device" in out


def test_what_cannot_be_asked_is_said(run, bank, root):
    done = run("exam")
    assert done.code == 2 and "needs a terminal" in done.err and "12 right answers pass" in done.out
    assert run("exam", "--seed", "Ä").code == 2
    assert "is not a number of minutes" in run("exam", "--minutes", "0").err
    (root / "exercises" / "questions" / "03.toml").unlink()
    done = run("exam")
    assert done.code == 0 and "The exam is not open yet." in done.out and "Lifecycle and ownership: 6" in done.out


def test_a_result_is_progress_that_is_shown_exported_and_reset(person, run, tmp_path):
    person.sits("", *person.answers(13), "submit", "y", seed="here")
    assert "Final exam: passed, 13 of 14 right on 20" in run("progress").out
    assert "1 exam" in run("progress", "reset").out
    assert "Final exam" not in run("progress").out
    assert sat(Progress()) == ()
    run("progress", "undo")
    assert run("progress", "export", str(tmp_path / "mine.json")).code == 0
    other = Progress(tmp_path / "other.json")
    other.include(tmp_path / "mine.json")
    assert [each.right for each in sat(other)] == [13]


# ---- verify --------------------------------------------------------------------------------------------------------


def made(bank: Bank, right: int = 13, **change) -> Certificate:
    form, questions = draw(bank, "here"), {q.id: q for q in bank.questions}
    answers = {
        item.id: (banks.right if at < right else banks.wrong)(questions[item.id]) for at, item in enumerate(form.items)
    }
    said = {"name": "Zoë 山田\x1b[31m", "course": "0.1.0", "day": date(2026, 3, 1), "right": right}
    return Certificate(**{"form": form, "answers": answers, **said, **change})


@pytest.mark.parametrize("put", [bytes, files.png, files.pdf], ids=["json", "png", "pdf"])
def test_verify_scores_again_and_says_what_that_proves(run, bank, tmp_path, put):
    path = tmp_path / "certificate"
    path.write_bytes(put(json.dumps(made(bank).as_json()).encode()))
    done = run("verify", str(path))
    flat = " ".join(done.out.split())
    assert done.code == 0 and "This certificate holds." in done.out
    for sentence in (*verify(made(bank), bank, keys_of(bank)).found, PROVES, PROVES_NOT):
        assert sentence in flat
    assert "\x1b" not in done.out and "Zoë 山田\\x1b[31m" in done.out
    assert done.out.count("  right  ") == 13 and "  not right  Observability and testing" in done.out


def test_an_edited_certificate_does_not_hold(run, bank, tmp_path):
    path = tmp_path / "certificate"
    path.write_text(json.dumps(made(bank, right=11).as_json() | {"right": 14}))
    done = run("verify", str(path))
    assert done.code == 1 and "This certificate does not hold." in done.out
    assert "The certificate says 14." in " ".join(done.out.split())


def test_what_is_no_certificate_is_wrong_use(run, bank, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"hello")
    assert run("verify", str(path)).code == 2
    assert "neither PNG, PDF nor JSON" in run("verify", str(path)).err
    assert "cannot be read" in run("verify", str(tmp_path / "none")).err


# ---- keys ----------------------------------------------------------------------------------------------------------


QUESTION = """
[[question]]
id = "who-closes"
cell = 6
chapter = "09"
format = "single"
use = ["exam"]
stem = "Who closes the client here?"
proof = "tests/exam.py"
[[question.options]]
id = "caller"
text = "Whoever made it."
why = "What somebody makes, they close."
correct = true
[[question.options]]
id = "borrower"
text = "Whoever used it."
why = "It may be in use elsewhere."
[[question.options]]
id = "nobody"
text = "Nobody has to."
why = "Its connections stay open."
"""


def test_keys_are_noted_and_a_question_without_one_is_found(run, root):
    folder = root / "exercises" / "questions"
    folder.mkdir()
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests" / "exam.py").write_text("", "utf-8")
    file, keys = folder / "06.toml", folder / "keys.json"
    file.write_text(QUESTION, "utf-8")
    assert run("lint", "questions").code == 0, "before an exam was opened there is no such file"
    done = run("lint", "questions", "--record")
    assert done.code == 0 and "1 key added to exercises/questions/keys.json" in done.out
    assert "0 keys added" in run("lint", "questions", "--record").out
    assert run("lint", "questions").code == 0

    kept = keys.read_bytes()
    file.write_text(QUESTION.replace("here?", "now?"), "utf-8")
    done = run("lint", "questions")
    assert done.code == 1 and "who-closes: its key is not in keys.json" in " ".join(done.out.split())
    file.write_text(QUESTION.replace("here?", "now?").replace("tests/exam.py", "tests/none.py"), "utf-8")
    assert run("lint", "questions", "--record").code == 2, "nothing is noted while something is wrong"
    assert keys.read_bytes() == kept
    file.write_text(QUESTION.replace("here?", "now?"), "utf-8")
    assert "1 key added" in run("lint", "questions", "--record").out
    assert len(json.loads(keys.read_text())["keys"]["who-closes"]) == 2
    assert run("lint", "questions").code == 0
    assert run("lint", "--record").code == 2
    keys.write_text("{", "utf-8")
    assert "cannot be read" in run("lint", "questions").out
