"""How it looks: plain where it should be plain, on any console, within 80 columns."""

import io
import os
import subprocess
import sys

import pytest

from keepalive import cli, terminal

NOT_YET = "# fails: calls.one_connection=client-per-call\n# prints: \u2192 \u2603 \u00e9 \u4e2d\n"


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def a_terminal_of_its_own(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


def shown(stream, text="It **is** `code`."):
    out = terminal.console(stream)
    out.print(terminal.prose(text, out))
    return stream.getvalue()


def test_colour_on_a_terminal_only(monkeypatch):
    assert "\x1b[" in shown(Screen())
    assert shown(io.StringIO()) == "It is `code`.\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(Screen()) == "It is `code`.\n"


def test_no_blanks_at_the_ends_of_plain_lines():
    stream = io.StringIO()
    out = terminal.console(stream)
    terminal.block(out, terminal.prose("word " * 40, out), 4)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 1 and all(line == line.rstrip() and line.startswith("    ") for line in lines)


def test_eighty_columns_on_a_wide_terminal_and_less_on_a_narrow_one(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert terminal.console(Screen()).width == 80
    monkeypatch.setenv("COLUMNS", "60")
    assert terminal.console(Screen()).width == 60
    monkeypatch.setenv("COLUMNS", "5")
    assert terminal.console(Screen()).width == 40
    assert terminal.console(io.StringIO()).width == 80


def test_everything_fits_into_eighty_columns(run, answer):
    answer(NOT_YET)
    for arguments in (("list",), ("start", "04"), ("check", "04"), ("hint", "04"), ("solution", "04", "--reveal")):
        wide = [line for line in run(*arguments).lines if len(line) > 80]
        assert wide == [], arguments


def test_every_status_is_a_word(run, answer, monkeypatch):
    monkeypatch.setattr("sys.stdout", Screen())
    answer(NOT_YET)
    code = cli.main(["check", "04"])
    assert code == 1 and "not yet" in sys.stdout.getvalue() and "passed" in sys.stdout.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1", "utf-8"])
def test_a_console_that_lacks_a_character_gets_a_stand_in(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    out = terminal.console(stream)
    terminal.say(out, "\u2192 \u2026 \u2500\u2502\u2514 \u2713 \u2019 \u4e2d \u01e7")
    stream.flush()
    text = raw.getvalue().decode(encoding)
    if encoding == "utf-8":
        assert text == "\u2192 \u2026 \u2500\u2502\u2514 \u2713 \u2019 \u4e2d \u01e7\n"
    if encoding == "ascii":
        assert text == "-> ... -|| + ' ? g\n"
    assert text.endswith("\n") and "\ufffd" not in text


def test_a_cp1252_console_from_outside(root, answer):
    answer(NOT_YET)
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    for arguments in (["start", "04"], ["hint", "04", "nothing\u2192"]):
        done = subprocess.run(
            [sys.executable, "-m", "keepalive", *arguments], cwd=root, env=environment, capture_output=True, timeout=60
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode("cp1252")
        (done.stdout + done.stderr).decode("cp1252")


def test_how_the_program_was_called(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(tmp_path / "x" / "__main__.py")])
    assert terminal.command() == "python -m keepalive"
    monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv" / "bin" / "keepalive")])
    monkeypatch.setattr(terminal.shutil, "which", lambda name: None)
    assert terminal.command() == os.path.join(".venv", "bin", "keepalive")
    monkeypatch.setattr(terminal.shutil, "which", lambda name: "/usr/bin/keepalive")
    assert terminal.command() == "keepalive"
    monkeypatch.setattr("sys.argv", [str(tmp_path / "pu b" / "keepalive")])
    monkeypatch.setattr("shutil.which", lambda name: None)
    path = os.path.join("pu b", "keepalive")
    assert terminal.command() == (f'"{path}"' if os.name == "nt" else f"'{path}'")
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert terminal.command() == "keepalive"


def test_a_path_is_said_as_short_as_it_can_be(monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert terminal.shown(tmp_path / "a" / "b.py") == "b.py"
    assert terminal.shown(tmp_path / "c.py") == str(tmp_path / "c.py")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break another way there")
def test_a_reader_that_goes_away_is_no_error(root):
    program = subprocess.Popen(
        [sys.executable, "-m", "keepalive", "solution", "04", "--reveal"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program.stdout.close()
    assert program.stderr.read() == b""
    program.wait(timeout=60)
