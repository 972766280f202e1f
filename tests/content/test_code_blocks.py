"""Every code block parses, and every command that a page tells people to type is one that exists."""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import re
import shlex
import tomllib

import pytest

from content.texts import FILES, ROOT, TEXTS
from keepalive import cli
from keepalive.website.__main__ import main as website

SHELLS = {"sh", "console", "powershell"}
LANGUAGES = {"python", "text", "toml", *SHELLS}
PROGRAMS = {
    # What is not ours: how it may begin. A new one is written here by whoever has tried it.
    "python3": ("--version", "-m venv .venv"),
    "py": ("--version", "-m venv .venv"),
    "python": ("-c ", "-X dev", "-m pip install ", "-m pip check"),
    "pip": ("install --require-hashes -r requirements.txt", "install --no-deps --no-build-isolation -e ."),
    ".": (".venv/bin/activate",),
    ".venv\\Scripts\\Activate.ps1": ("",),
    ".venv/bin/pytest": ("tests",),
    ".venv/bin/ruff": ("check", "format --check"),
    "jupyter": ("lab work",),
    "sudo": ("apt install python3-venv",),
    "git": ("pull", "clone ADDRESS keepalive", "switch -c ", "grep -n -A 1 ", "grep -n -B "),
    "cd": ("keepalive",),
    "ss": ("-tan '( sport = :8001 or dport = :8001 )'",),
    "unshare": ("-rn .venv/bin/python benchmarks/ports.py",),
    ".venv/bin/python": ("-m keepalive.website build", "-m keepalive.website serve --port "),
    "for": ("lock in requirements requirements-test; do",),
    "uv": ("pip compile ",),
    "--no-emit-index-url": ("--no-emit-find-links",),  # a line that goes on
    "done": ("",),
}

each_file = pytest.mark.parametrize("texts", FILES.values(), ids=FILES)


@each_file
def test_code_blocks_say_their_language(texts):
    silent = [
        (text.where, fence.line, fence.info)
        for text in texts
        for fence in text.fences
        if not fence.info or fence.info.split()[0] not in LANGUAGES
    ]
    assert silent == []


@each_file
def test_python_in_a_code_block_parses(texts):
    for text in texts:
        for fence in text.fences:
            if fence.info.startswith("python"):
                compile(fence.code, text.where, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@each_file
def test_toml_in_a_code_block_parses(texts):
    for text in texts:
        for fence in text.fences:
            if fence.info == "toml":
                tomllib.loads(fence.code)


@each_file
def test_commands_exist(texts):
    wrong = []
    for text in texts:
        wrong += [(text.where, it, problem) for it in commands(text) if (problem := wrong_with(it))]
    assert wrong == []


def test_pages_do_name_commands():
    """The test above looks at something."""
    named = {command for text in TEXTS for command in commands(text)}
    assert {"python3 course.py", "keepalive check", "keepalive hint 04", "keepalive api"} <= named


@pytest.mark.parametrize(
    "command",
    [
        "keepalive chek",
        "keepalive start",
        "keepalive check --quick",
        "python3 course.py go",
        "python3 course.py setup --nonsense",
        "python -m keepalive.website serve",
        "rm -rf /",
        "pip install httpx",
        ".venv/bin/keepalive solve 04",
    ],
)
def test_a_command_that_does_not_exist_is_found(command):
    assert wrong_with(command) is not None


def commands(text):
    """What a text tells people to type: its shell blocks line by line, and commands of ours in the running text."""
    for fence in text.fences:
        if fence.info.split()[:1] and fence.info.split()[0] in SHELLS:
            for line in fence.code.splitlines():
                if fence.info.startswith("console") and not line.startswith("$ "):
                    continue  # what the command printed
                line = line.removeprefix("$ ").strip()
                yield from (part.strip() for part in line.split("&&") if part.strip() and not part.startswith("#"))
        elif fence.info.startswith("text"):
            yield from (line[2:].strip() for line in fence.code.splitlines() if line.startswith("$ "))
    for span in text.spans:
        if re.match(r"(keepalive|\.venv/bin/keepalive|(python3?|py) course\.py|python -m keepalive\S*) ?", span):
            if re.fullmatch(r"keepalive(_\w+|\.[\w.]+|/.*)?", span):
                continue  # a name: of the package, of a module, of a setting of httpx
            yield span


def wrong_with(command: str) -> str | None:
    """Why the command cannot be typed, or None."""
    if command.rstrip().endswith("\\"):
        command = command.rstrip("\\ ")
    program, _, rest = command.partition(" ")
    if match := re.match(r"(?:python3|py) course\.py ?(.*)", command):
        return _course(match[1])
    if match := re.match(r"python -m keepalive\.website ?(.*)", command):
        return _refused(lambda arguments: _only_parse(website, arguments), match[1])
    if program in ("keepalive", ".venv/bin/keepalive"):
        return _refused(cli._parser().parse_args, rest)
    if program in PROGRAMS:
        begins = any(rest.startswith(known) for known in PROGRAMS[program])
        return None if begins else f"{program} with these arguments is not in PROGRAMS"
    return f"{program} is not in PROGRAMS"


def _course(arguments: str) -> str | None:
    """course.py's own docstring is its usage."""
    usage = ast.get_docstring(ast.parse((ROOT / "course.py").read_text(encoding="utf-8"))) or ""
    known = {known.strip() for known in re.findall(r"^ +python3 course\.py((?: [\w-]+)*)", usage, re.M)}
    asked = "test" if arguments.startswith("test ") else arguments  # what follows `test` is pytest's
    return None if asked in known else f"course.py knows {sorted(known)}"


def _refused(parse, arguments: str) -> str | None:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            parse(shlex.split(arguments))
        except SystemExit as end:
            return None if not end.code else said.getvalue().strip().splitlines()[-1]
    return None


def _only_parse(main, arguments):
    """Run a program's main as far as its parser."""
    parse = argparse.ArgumentParser.parse_args

    def stop(self, args=None, namespace=None):
        parse(self, args, namespace)
        raise SystemExit(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", stop)
        main(arguments)
