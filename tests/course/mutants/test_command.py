"""`keepalive mutants` tells an author what is left, where, and what to type next."""

import io
import re

import pytest
from rich.console import Console

import mutant_samples as samples
import small_course as small
from keepalive import cli
from keepalive.course import Course
from keepalive.course.mutants import command, run
from keepalive.course.mutants.outcome import Killer, Outcome


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(tmp_path))
    folder = samples.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", lambda *args, **options: run.run(*args, **options, play_all=samples.Player()))
    return folder


def said(capsys, *arguments):
    """(the exit code, what was printed, without the seconds)."""
    code = cli.main(["mutants", *arguments])
    printed = capsys.readouterr()
    return code, re.sub(r"[\d.]+ s\)", "- s)", printed.out + printed.err)


def declare(folder, operator, line, **more):
    table = {"operator": operator, "line": line, "why": "The brief leaves this open.", **more}
    with open(folder / "answers.toml", "a") as file:
        file.write("\n[[equal]]\n" + "".join(f"{key} = {value!r}\n" for key, value in table.items()))


def test_survivors_are_named_with_their_lines(folder, capsys):
    code, text = said(capsys, "04")
    assert code == 1
    lines = text.splitlines()
    counts = r"\d+ mutants, \d+ killed, 0 declared equal, \d+ survived \(\d+ played in - s\)"
    assert re.fullmatch(f"04-tiny-client: {counts}", lines[0])
    reference = (folder / "reference.py").read_text().splitlines()
    where = f"exercises/04-tiny-client/reference.py:{reference.index('            raise ValueError(path)') + 1}"
    assert f"{where} raise returned: raise ValueError(path) -> return None" in lines
    assert lines[-1].startswith("next: write a scenario") and lines[-1].endswith("keepalive mutants 04")


def test_again_nothing_is_played(folder, capsys):
    said(capsys, "04")
    assert "(none played)" in said(capsys, "tiny-client")[1]
    assert "played in" in said(capsys, "04-tiny-client", "--all")[1]


def test_all_noticed_or_declared(folder, capsys):
    code, text = said(capsys, "04")
    survivors = [line for line in text.splitlines() if line.startswith("exercises/")]
    assert code == 1 and survivors
    for line in survivors:
        operator = re.search(r":\d+ ([\w ]+): ", line)[1]
        number = int(re.search(r":(\d+) ", line)[1])
        declare(folder, operator, (folder / "reference.py").read_text().splitlines()[number - 1].strip())
    code, text = said(capsys)
    assert code == 0
    assert f"{len(survivors)} declared equal, 0 survived" in text
    assert text.splitlines()[-1] == "next: commit mutants.lock"


def test_a_declaration_that_means_no_survivor(folder, capsys):
    declare(folder, "number", "gone = 1")
    code, text = said(capsys, "04")
    line = (folder / "answers.toml").read_text().splitlines().index("[[equal]]") + 1
    assert code == 1
    assert f"exercises/04-tiny-client/answers.toml:{line} [[equal]] matches no survivor: number, gone = 1" in text


def test_a_reference_that_fails(folder, capsys, monkeypatch):
    fails = [(0, Outcome(Killer("tiny-client", "two", "both_arrive", 1)))]
    monkeypatch.setattr(command, "run", lambda *args, **options: run.run(*args, **options, play_all=lambda jobs: fails))
    (folder / "reference.py").write_text(samples.REFERENCE.replace("_client.get(path)", '_client.get("/1")'))
    code, text = said(capsys, "04")
    assert code == 3
    assert "the reference fails\n  tiny-client/two.both_arrive with seed 1\n" in text
    assert not (folder / "mutants.lock").exists()


def plays(monkeypatch, outcome):
    """Every mutant comes to this, and the reference passes."""
    every = lambda jobs: [(place, outcome if place else Outcome()) for place in range(len(jobs))]  # noqa: E731
    monkeypatch.setattr(command, "run", lambda *args, **options: run.run(*args, **options, play_all=every))


def test_a_fault_of_the_grader_is_shown(folder, capsys, monkeypatch):
    plays(monkeypatch, Outcome(fault="tiny-client/two, seed 1\nIndexError"))
    code, text = said(capsys, "04")
    assert code == 3
    assert "The grader fails on it: tiny-client/two, seed 1\nIndexError" in text


def test_what_only_some_seeds_show_is_named(folder, capsys, monkeypatch):
    plays(monkeypatch, Outcome(Killer("tiny-client", "two", "both_arrive", 3)))
    code, text = said(capsys, "04")
    assert code == 0
    assert "noticed by chance, tiny-client/two.both_arrive" in text
    assert "a verdict may not depend on its seed" in text.splitlines()[-1]


def test_a_lock_of_no_use(folder, capsys):
    said(capsys, "04")
    (folder / "mutants.lock").write_text("<<<<<<< HEAD\n")
    code, text = said(capsys, "04")
    assert code == 1
    assert "mutants.lock is of no use" in text and "none played" not in text


def test_a_name_that_is_not_there(folder, capsys):
    code, text = said(capsys, "tini-client")
    assert code == 2
    assert "Did you mean 04-tiny-client?" in text


def test_an_interrupt_keeps_what_was_found(folder, capsys, monkeypatch):
    until = samples.Player(interrupted_at=3)
    monkeypatch.setattr(command, "run", lambda *args, **options: run.run(*args, **options, play_all=until))
    code, text = said(capsys, "04")
    assert code == 1
    assert "next: it was interrupted; " in text and "keepalive mutants 04 goes on from here" in text
    assert (folder / "mutants.lock").read_text().count('"operator"') == 2


def test_progress_is_for_a_terminal_alone(folder):
    course = Course.load(folder.parents[1])
    out = io.StringIO()
    command.main(course.exercises, course, Console(file=out, force_terminal=False))
    assert "mutants played" not in out.getvalue()


def test_a_survivor_is_compared_with_the_reference(folder, capsys):
    code, text = said(capsys, "04", "--neutral")
    lines = text.splitlines()
    refused = next(place for place, line in enumerate(lines) if "statement: without raise ValueError(path)" in line)
    assert code == 1
    assert lines[refused + 1] == "    no difference was seen"  # this client has nothing that the drives ask for


@pytest.mark.parametrize(
    ("name", "content", "said_of_it"),
    [
        ("grader.py", None, "04-tiny-client/grader.py: No such file"),
        ("grader.py", "def (", "04-tiny-client/grader.py: invalid syntax"),
        ("grader.py", "1 / 0", "04-tiny-client/grader.py: ZeroDivisionError"),
        ("drive.py", "def (", "04-tiny-client/drive.py: invalid syntax"),
    ],
)
def test_a_file_that_is_missing_or_broken(folder, capsys, name, content, said_of_it):
    path = folder / name
    path.write_text(content) if content else path.unlink()
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')  # a ready one is refused before
    code, text = said(capsys, "04")
    assert code == 3
    assert said_of_it in text and text.splitlines()[-1].endswith("lint 04")
