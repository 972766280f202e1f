"""`keepalive question`, `keepalive new question` and `keepalive lint questions`, as somebody types them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from keepalive import cli, terminal
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import FORMATS, Bank
from keepalive.terminal import practise

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def bank(root: Path) -> Bank:
    """The small course with two of the real questions."""
    folder = root / "exercises" / "questions"
    folder.mkdir()
    source = (ROOT / "exercises/questions/06.toml").read_text("utf-8")
    first, second = source.split("[[question]]\n")[1:3]
    text = "[[question]]\n".join(["", first, second])
    lines = [line for line in text.split("\n") if not line.startswith("misconception")]
    (folder / "06.toml").write_text("\n".join(lines), "utf-8")
    return Bank.load(Course.load(root))


def typed(*lines: str):
    """Answers to what is asked; then the input ends."""
    rest = list(lines)

    def read(prompt: str) -> str:
        if not rest:
            raise EOFError
        return rest.pop(0)

    return read


def session(capsys, names: list[str], *lines: str) -> tuple[bool, str]:
    right = practise.run(names, None, terminal.console(), typed(*lines))
    return right, capsys.readouterr().out


def test_without_a_terminal_it_prints_what_could_be_asked(run):
    done = run("question", "chapter", "9")
    assert done.code == 0
    assert "How many requests does the server see?" in " ".join(done.out.split())
    assert "Next: keepalive question transport-retries-and-a-503 --answer 12" in done.out
    assert all(len(line) <= 80 for line in done.lines)


def test_one_answer_at_once(run):
    done = run("question", "transport-retries-and-a-503", "--answer", "4")
    assert done.code == 1 and "Not yet. You said 4 requests. Right is 1 request." in done.out
    assert "4 requests (yours):" in done.out
    done = run("question", "transport-retries-and-a-503", "--answer", "1")
    assert done.code == 0 and "Right." in done.out
    assert [event.data["correct"] for event in Progress().events] == [False, True]
    assert "Questions answered: 1, the latest answer right for 1." in run("progress").out
    assert "2 answers" in run("progress", "reset").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99"], "There is no cell 99. Cells go from 1 to 14"),
        (["3"], "There is no question in cell 3 (Lifecycle and ownership) yet."),
        (["transport-retries"], "Did you mean transport-retries-and-a-503?"),
        (["chapter", "12"], "There is no question of chapter 12. Chapters with questions: 09."),
        (["6", "7"], "Name one question, one cell"),
        (["6", "--answer", "a"], "--answer is for one question."),
        (["unprocessable", "--answer", "x"], "The choices are a to c."),
    ],
)
def test_what_cannot_be_asked_is_said(run, arguments, said):
    done = run("question", *arguments)
    assert done.code == 2 and said in " ".join(done.err.split())


def test_what_was_wrong_is_asked_again(capsys, bank):
    single = bank.question("unprocessable")
    right = single.key.right[0]

    def letter(id: str, seed: str) -> str:
        return "abc"[[option.id for option in single.shown(seed)].index(id)]

    passed, out = session(capsys, ["6"], "1", letter("put-is-repeatable", "1"), "y", letter(right, "2"))
    assert passed and "One was not right." not in out.split("Right.")[-1]
    assert out.count("unprocessable, cell 6") == 2
    assert [event.data["correct"] for event in Progress().events] == [True, False, True]


def test_a_slip_of_the_keyboard_is_no_answer(capsys):
    passed, out = session(capsys, ["transport-retries-and-a-503"], "one", "1")
    assert passed and "not a number that can be read" in out
    assert len(Progress().events) == 1


@pytest.mark.parametrize("ends", [("q",), ()])
def test_it_ends_when_the_learner_does(capsys, ends):
    _, out = session(capsys, ["6"], *ends)
    assert "2 of 2" not in out
    assert Progress().events == ()


def test_without_a_name_what_was_wrong_comes_first_and_what_is_right_not(capsys):
    session(capsys, ["unprocessable"], "a" if _right() != "a" else "b")
    _, out = session(capsys, [], "", "")
    assert out.index("unprocessable") < out.index("transport-retries-and-a-503")
    session(capsys, ["transport-retries-and-a-503"], "1")
    _, out = session(capsys, [], "")
    assert "transport-retries-and-a-503" not in out


def _right() -> str:
    single = Bank.load(Course.load()).question("unprocessable")
    return "abc"[[option.id for option in single.shown()].index(single.key.right[0])]


def test_new_and_lint(run, root):
    done = run("new", "question", "7", "my-own", "--format", "spot", "--chapter", "9")
    assert done.code == 0
    assert done.lines == [
        str(Path("exercises/questions/07.toml")),
        "Next: keepalive lint questions/7 says what is still to be written; docs/authors/questions.md says how.",
    ]
    done = run("lint", "questions/7")
    assert done.code == 1 and "exercises/questions/07.toml:" in done.lines[0]
    assert "then run keepalive lint questions/07 again." in done.lines[-1]
    shutil.rmtree(root / "exercises/questions")
    assert run("lint", "questions").code == 0


def test_every_format_can_be_asked_for():
    parser = cli._parser()
    for format in FORMATS:
        assert parser.parse_args(["new", "question", "1", "x", "--format", format]).format == format


def test_it_fits_a_narrow_console(bank, capsys):
    out = Console(width=80)
    for question in bank.questions:
        practise.show(out, question, "1")
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_progress_says_how_objectives_stand(run):
    run("question", "transport-retries-and-a-503", "--answer", "4")
    out = run("progress").out
    (row,) = (line for line in out.split("\n") if line.startswith("6  "))
    assert "needs another look" in row and row.split()[-4:] == ["0", "of", "1", "0"]
    assert "keepalive question --due" in out
    run("question", "transport-retries-and-a-503", "--answer", "1")
    (row,) = (line for line in run("progress").lines if line.startswith("6  "))
    assert row.split()[-5:] == ["begun", "1", "of", "1", "0"]
    assert all(len(line) <= 80 for line in run("progress").lines if "Kept in" not in line)


def test_progress_says_what_is_left_to_read(run, bank):
    progress = Progress()
    core = [chapter for chapter in bank.course.chapters if chapter.core]
    progress.add("read", f"chapter:{core[0].id}")
    assert f"1 of {len(bank.course.chapters)} chapters read" in run("progress").out


def test_due_asks_what_was_wrong_and_what_a_week_has_passed_for(run, bank, capsys):
    path = bank.folder / "06.toml"  # of a chapter that this course has
    path.write_text(path.read_text("utf-8").replace('chapter = "09"', 'chapter = "04"'), "utf-8")
    bank = Bank.load(bank.course)
    assert "Nothing comes back yet" in run("question", "--due").err
    run("question", "transport-retries-and-a-503", "--answer", "4")
    done = run("question", "--due")
    assert done.code == 0 and "transport-retries-and-a-503" in done.out and "unprocessable" not in done.out
    run("question", "transport-retries-and-a-503", "--answer", "1")
    done = run("question", "--due")
    assert done.code == 2 and "Nothing is due. The next questions come up on 2" in done.err

    later = datetime.now(UTC) + timedelta(days=7, minutes=1)
    asked = practise.due(bank, Progress(), later)
    assert [question.id for question in asked] == ["unprocessable", "transport-retries-and-a-503"]
    right = practise.run([], None, terminal.console(), typed("a", "1"), only_due=True, now=lambda: later)
    assert "2 of 2" in capsys.readouterr().out and not right


def test_due_chooses_by_itself(run):
    assert "--due chooses the questions itself" in run("question", "6", "--due").err
