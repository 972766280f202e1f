"""How the course looks in a terminal: 80 columns, colour only where there is a terminal, and never colour alone."""

from __future__ import annotations

import codecs
import difflib
import os
import re
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.markdown import Heading, Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from keepalive.course.feedback import Verdict
from keepalive.course.model import Course, Exercise
from keepalive.course.progress import Progress
from keepalive.course.work import exercise_of
from keepalive.report import words
from keepalive.report.contents import CommandTexts, report
from keepalive.shell import typed
from keepalive.visible import visible

WIDTH = 80
_STYLES = {"passed": "bold green", "failed": "bold yellow", "not_attempted": "bold", "not_run": "dim"}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_STAND_INS = {
    "→": "->", "←": "<-", "…": "...", "·": "-", "•": "*", "✓": "+", "✔": "+", "✗": "x", "×": "x", "≥": ">=", "≤": "<=",
    "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "▶": ">", "◀": "<", "●": "o", "○": "o", "█": "#",
}  # fmt: skip


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """For consoles that lack a character (cp1252, cp437, ASCII): the nearest that every one has, never a crash."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = []
    for char in error.object[error.start : error.end]:
        plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        box = unicodedata.name(char, "").partition("BOX DRAWINGS ")[2]
        drawn = "" if not box else "-" if "HORIZONTAL" in box and "VERTICAL" not in box and "DOWN" not in box else "|"
        out.append(_STAND_INS.get(char) or drawn or plain or "?")
    return "".join(out), error.end


codecs.register_error("keepalive", _stand_in)


def console(stream: TextIO | None = None) -> Console:
    """A console on `stream` (stdout unless given): plain where it is no terminal, or where NO_COLOR is set."""
    stream = stream or sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="keepalive")
    plain = not stream.isatty() or bool(os.environ.get("NO_COLOR"))
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH) if stream.isatty() else WIDTH
    looks: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False, "width": max(width, 40)}
    return Console(file=_Trimmed(stream), color_system=None, **looks) if plain else Console(file=stream, **looks)


class _Trimmed:
    """A stream without blanks at the ends of lines: rich fills lines to their width."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(re.sub(r"[ \t]+(?=\n)", "", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def command() -> str:
    """How this program was called, for sentences that say what to type next."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m keepalive"
    if called.stem != "keepalive" or shutil.which("keepalive"):
        return "keepalive"
    return typed(shown(called))  # the learner's shell does not know the name, so the path


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        short = os.path.relpath(path)
    except ValueError:  # another drive on Windows
        return str(path)
    return short if not short.startswith("..") else str(path)


class _LeftHeading(Heading):
    LEVEL_ALIGN = dict.fromkeys(Heading.LEVEL_ALIGN, "left")


class _Prose(Markdown):
    elements = {**Markdown.elements, "heading_open": _LeftHeading}  # noqa: RUF012 - as rich declares it


def prose(text: str, out: Console) -> Markdown:
    """Markdown for the console. Without colour, `code` keeps its backticks: nothing else would mark it."""
    markdown = _Prose(text, code_theme="ansi_dark", hyperlinks=False)
    if out.color_system is None:
        for token in markdown.parsed:
            for child in token.children or ():
                if child.type == "code_inline":
                    child.content = f"`{child.content}`"
    return markdown


def say(out: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """One line or paragraph. Commands and paths are never broken; what would steer the terminal is shown instead."""
    text = visible(text)
    if indent:
        out.print(Padding(Text(text, style), (0, 0, 0, indent)))
    else:
        out.print(Text(text, style), soft_wrap=True)


def block(out: Console, item: RenderableType, indent: int = 2) -> None:
    """Something indented under what it belongs to."""
    out.print(Padding(item, (0, 0, 0, indent)))


# ---- list, brief, solution ---------------------------------------------------------------------------------------


def exercises(out: Console, course: Course, progress: Progress) -> None:
    """The exercises with what the learner has done of each."""
    for part in course.parts:
        chapters = {chapter.id for chapter in course.chapters if chapter.part == part}
        rows = [exercise for exercise in course.exercises if exercise.chapter in chapters]
        if not rows:
            continue
        say(out, f"Part {part.number}. {part.title}", "bold")
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        for exercise in rows:
            table.add_row(exercise.number, exercise.title, f"{exercise.minutes} min", standing(exercise, progress))
        block(out, table)


def standing(exercise: Exercise, progress: Progress) -> str:
    """What the learner has done of the exercise, in words."""
    best = progress.best(exercise.id)
    if progress.passed(exercise.id):
        return "passed"
    if best is None:
        return "solution seen" if progress.solution_seen(exercise.id) else "not started"
    if progress.tried(exercise.id):
        # Before extensions had points of their own, theirs were among those that a check gave.
        return f"not yet, {min(best, exercise.points)} of {exercise.points} points"
    return "not attempted"


def progress(out: Console, course: Course, progress: Progress) -> None:
    """What was tried and passed, with how many checks and hints."""
    rows = [e for e in course.exercises if any(progress.of(kind, e.id) for kind in ("check", "hint", "solution"))]
    if rows:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        table.add_column("Exercise", overflow="fold")
        table.add_column("Standing")
        for name in ("Checks", "Hints"):
            table.add_column(name, justify="right")
        table.add_column("Solution")
        for exercise in rows:
            hints = sum(progress.hints_shown(exercise.id, task.id) for task in exercise.tasks)
            table.add_row(
                f"{exercise.number}  {exercise.title}",
                standing(exercise, progress),
                str(len(progress.of("check", exercise.id))),
                f"{hints} of {sum(len(task.hints) for task in exercise.tasks)}",
                "seen" if progress.solution_seen(exercise.id) else "",
            )
        out.print(table)
        say(out)
    drafts(out, course, progress)
    latest = {event.ref: event.data.get("correct") is True for event in progress.counting if event.type == "answer"}
    if latest:
        right = sum(latest.values())
        say(out, f"Questions answered: {len(latest)}, the latest answer right for {right}. Next: {command()} question")
        say(out)
    _objectives(out, course, progress)
    _exams(out, progress)
    passed = sum(progress.passed(exercise.id) for exercise in course.exercises)
    count = len(course.exercises)
    say(out, f"{passed} of {count} exercise{'' if count == 1 else 's'} passed. Kept in {progress.path}")


def _exams(out: Console, progress: Progress) -> None:
    """The best of the exams that were handed in."""
    from keepalive.exam.record import sat

    if exams := sat(progress):
        best = max(exams, key=lambda exam: (exam.passed, exam.right))
        many = "" if len(exams) == 1 else f", the best of {len(exams)}"
        said = f"{best.right} of {len(best.form.items)} right on {best.at[:10]}{many}"
        say(out, f"Final exam: {'passed' if best.passed else 'not passed yet'}, {said}.")


def _objectives(out: Console, course: Course, progress: Progress) -> None:
    """How the objectives stand of which something was done, and what is left to read."""
    # Imported here: who checks an exercise has no need of the questions.
    from keepalive.course.outline import Outline
    from keepalive.course.questions import CELLS, Bank
    from keepalive.course.standing import LEVELS, mastery, minutes_left, places

    bank, problems = Bank.read(course)
    if problems:  # `keepalive lint` says which; a learner's progress is shown all the same
        return
    outline = Outline.of(bank)
    rows = [each for each in mastery(outline, progress.counting) if each.level != "nothing"]
    if rows:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        table.add_column("", justify="right")
        table.add_column("Objective", overflow="fold")
        table.add_column("Standing")
        for name in ("Right", "At once", "Exercises"):
            table.add_column(name, justify="right")
        for each in rows:
            table.add_row(
                str(each.objective),
                CELLS[each.objective],
                LEVELS[each.level],
                f"{each.right} of {each.asked}",
                str(each.first),
                f"{each.solved} of {each.exercises}" if each.exercises else "",
            )
        out.print(table)
        say(out, f"What is wrong, and what you have not met for a week: {command()} question --due")
        say(out)
    if read := sum(place.read for place in places(outline, progress.counting)):
        left = minutes_left(outline, progress.counting)
        many = f"{read} of {len(course.chapters)} chapters read"
        say(out, f"{many}; {left} min left on the core path." if left else f"{many}; the core path is done.")


def drafts(out: Console, course: Course, progress: Progress) -> None:
    """The code that came from the page, by exercise, with what to type for it. Nothing where there is none."""
    known = {exercise.id: exercise for exercise in course.exercises}
    if not (rows := [known[name] for name in progress.drafted if name in known]):
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Drafts from the page", overflow="fold")
    table.add_column("N", justify="right")
    table.add_column("Written (UTC)")
    table.add_column("Lines", justify="right")
    for exercise in sorted(rows, key=lambda exercise: exercise.number):
        for number, draft in enumerate(progress.drafts(exercise.id), 1):
            name = f"{exercise.number}  {exercise.title}" if number == 1 else ""
            when = draft.at[:16].replace("T", " ")
            table.add_row(name, str(number), when, str(len(draft.code.splitlines())))
    out.print(table)
    say(out, f"To put one in your folder: {command()} start NAME --draft, for an older one with --which N")
    say(out)


def difference(out: Console, before: tuple[str, str], after: tuple[str, str]) -> bool:
    """What makes the second text of the first, each given with its name; False where they are the same."""
    texts = [text.rstrip("\n").split("\n") for _, text in (before, after)]
    lines = list(difflib.unified_diff(*texts, before[0], after[0], lineterm=""))
    for number, line in enumerate(lines):
        say(out, line, "bold" if number < 2 else _DIFF_STYLES.get(line[:1], ""))
    return bool(lines)


def brief(out: Console, exercise: Exercise) -> None:
    """The exercise: what it is about, and its tasks."""
    say(out, f"{exercise.number}  {exercise.title}", "bold")
    say(out, f"{words.score(exercise)}, about {exercise.minutes} minutes")
    if exercise.brief_intro:
        say(out)
        out.print(prose(exercise.brief_intro, out))
    for number, task in enumerate(exercise.tasks, 1):
        say(out)
        say(out, f"{number}. {task.text}  ({task.id}, {words.points(task.points, bonus=task.extension)})", "bold")
        block(out, prose(task.brief, out), 3)


def solution(out: Console, exercise: Exercise) -> None:
    """The reference answer, and what other right answers there are."""
    code = exercise.reference_text
    if out.color_system is None:
        out.print(Text(code), soft_wrap=True)
    else:
        out.print(Syntax(code, "python", theme="ansi_dark", background_color="default"))
    if exercise.right:
        say(out, "Other right answers:", "bold")
    for answer in exercise.right:
        say(out, f"  {answer.id}")
        block(out, prose(answer.about, out), 4)
    if exercise.right:
        say(out, f"To have one as a file: {command()} answer {exercise.number} {exercise.right[0].id}")


# ---- a verdict ---------------------------------------------------------------------------------------------------


def verdict(out: Console, exercise: Exercise, result: Verdict, progress: Progress, path: Path) -> None:
    """What the learner's code did, task by task, and what to do next."""
    shown_hints = {task.id: progress.hints_shown(exercise.id, task.id) for task in exercise.tasks}
    said = report(exercise, result, shown_hints, command_texts(exercise, path))
    for line in words.lines(said, width=out.width, timelines_first=True):
        say(out, line.text, _style(line.style))


def command_texts(exercise: Exercise, path: Path) -> CommandTexts:
    """What is typed in a terminal. `path`: the file that was checked."""
    call, number = command(), exercise.number
    check = f"{call} check {number}"
    if path.name != f"{exercise.name}.py":  # that is the file which the exercise's name means
        check = f"{call} check {typed(shown(path))}"
        if exercise_of(path.name, [exercise]) is None:
            check += f" --exercise {number}"
    return CommandTexts(
        check=f"`{check}`",
        again=f"Change your code, then run `{check}`.",
        hint=lambda task: f"`{call} hint {number} {task}`",
        solution=f"`{call} solution {number}`",
        reveal=f"`{call} solution {number} --reveal`",
        report=f"what this prints: `{check} --json`",
        file=shown(path),
    )


def _style(style: str) -> str:
    kind, _, status = style.partition(":")
    return _STYLES.get(status, "bold red") if kind == "status" else "bold" if kind == "title" else ""
