"""The command line's page, out of the parser that the program itself uses."""

from __future__ import annotations

import argparse
import functools
import re
from collections.abc import Iterator

from keepalive import cli

from ..errors import BuildError
from .pieces import code, fence, inline, table
from .pieces import page as whole

PROGRAM = "keepalive"
_WIDTH = 88  # columns of a usage line
_EXIT_CODES = re.compile(r"^Exit codes?:\s*(.+?)(?:\.?\s*$|\.?\n\n)", re.M | re.S)


def page() -> str:
    """The page in Markdown."""
    parser = cli._parser()
    return whole(
        "Command line",
        f"Every command of {PROGRAM} with its arguments and options, and what its exit codes mean.",
        [
            parser.description or "",
            f"What follows is made from the program itself: `{PROGRAM} COMMAND --help` says the same.",
            fence(_usage(parser)),
            parser.epilog or "",
            _arguments(parser, parser, "options-of-all", f"Options of {code(PROGRAM)} itself"),
            "## Exit codes",
            table(
                "exit-codes-table",
                f"How {code(PROGRAM)} ends",
                ["Exit code", "Meaning"],
                [(code(number), inline(meaning)) for number, meaning in exit_codes()],
            ),
            "## Commands",
            _summary(parser),
            *(part for words, sub, _ in commands(parser) for part in _command(parser, words, sub)),
        ],
    )


def commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Each command and each command of a command: its words after the program's name, its parser, its sentence."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            said = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                words = f"{before} {name}".strip()
                if said.get(name) != argparse.SUPPRESS:
                    yield words, sub, said.get(name) or sub.description or ""
                    yield from commands(sub, words)


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What a command takes, but for its own commands and --help."""
    unlisted = (argparse._SubParsersAction, argparse._HelpAction)
    return [each for each in parser._actions if each.help != argparse.SUPPRESS and not isinstance(each, unlisted)]


def spelled(action: argparse.Action) -> str:
    """An argument as one types it: `NAME`, or `--port N`."""
    value = action.metavar or action.dest.upper()
    value = " ".join(value) if isinstance(value, tuple) else value
    if not action.option_strings:
        return value
    return ", ".join(option if action.nargs == 0 else f"{option} {value}" for option in action.option_strings)


def exit_codes() -> list[tuple[str, str]]:
    """Number and meaning, as the program's own docstring gives them."""
    found = _EXIT_CODES.search(cli.__doc__ or "")
    pairs = re.findall(r"(\d+) (.+?)(?:[,;]\s+(?=\d+ )|\Z)", " ".join(found[1].split())) if found else []
    if not pairs:
        raise BuildError("keepalive/cli.py: its docstring has no line that begins with `Exit codes: 0 ...`.")
    return [(number, meaning.rstrip(".")) for number, meaning in pairs]


def _anchor(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{PROGRAM} {words}".lower())


def _summary(parser: argparse.ArgumentParser) -> str:
    rows = [(f'<a href="#{_anchor(words)}">{code(words)}</a>', inline(said)) for words, _, said in commands(parser)]
    return table("commands-table", f"Commands of {code(PROGRAM)}", ["Command", "What it does"], rows)


def _command(parser: argparse.ArgumentParser, words: str, sub: argparse.ArgumentParser) -> Iterator[str]:
    yield f"### `{PROGRAM} {words}` {{ #{_anchor(words)} }}"
    yield sub.description or ""
    yield fence(_usage(sub, words))
    caption = f"What {code(f'{PROGRAM} {words}')} takes"
    yield _arguments(parser, sub, f"{_anchor(words)}-takes", caption)
    yield sub.epilog or ""


def _arguments(parser: argparse.ArgumentParser, sub: argparse.ArgumentParser, name: str, caption: str) -> str:
    rows = [(code(spelled(each)), _needed(each), _meaning(each, parser, sub)) for each in arguments(sub)]
    return table(name, caption, ["Argument", "Needed", "Meaning"], rows)


def _needed(action: argparse.Action) -> str:
    needed = action.required if action.option_strings else action.nargs not in ("?", "*")
    return ("yes" if needed else "no") + {"+": ", one or more", "*": ", or several"}.get(str(action.nargs), "")


def _meaning(action: argparse.Action, parser: argparse.ArgumentParser, sub: argparse.ArgumentParser) -> str:
    """Its own help; where it has none, what the program's last words say of it ("NAME is ..."), or the command's."""
    said = action.help % {**vars(action), "prog": PROGRAM} if action.help else ""
    start = f"{action.metavar} is "
    if not said:
        epilog = parser.epilog or ""
        said = epilog.removeprefix(start).rstrip(".") if epilog.startswith(start) else sub.description or ""
    parts = [inline(said)] if said else []
    if action.choices:
        parts.append("one of " + ", ".join(map(code, action.choices)))
    if action.default not in (None, False, argparse.SUPPRESS, []) and "%(default)" not in (action.help or ""):
        parts.append(f"else {code(action.default)}")
    return "; ".join(parts)


def _usage(parser: argparse.ArgumentParser, words: str = "") -> str:
    """As --help prints it, under the name that the program has where it is installed, and without colour."""
    parser.prog = f"{PROGRAM} {words}".strip()
    parser.color = False  # type: ignore[attr-defined]  # Python 3.14 would colour it on a terminal
    parser.formatter_class = functools.partial(argparse.HelpFormatter, width=_WIDTH)  # type: ignore[assignment]
    return parser.format_usage().removeprefix("usage: ").strip()
