"""How the course looks in a terminal: 80 columns, colour only where there is a terminal, and never colour alone."""

from __future__ import annotations

import codecs
import difflib
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.markdown import Heading, Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from keepalive.course.feedback import STATUS_WORDS, TaskFeedback, Verdict, by_task, headline, is_done
from keepalive.course.model import Course, Exercise
from keepalive.course.progress import Progress
from keepalive.course.work import exercise_of

WIDTH = 80
_TIMELINE_LINES = 60
_PRINTED_LINES = 10  # at the beginning, and as many at the end
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
    return shown(called)  # the learner's shell does not know the name, so the path


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
    """One line or paragraph as it is. Commands and paths are never broken."""
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
        return f"not yet, {best} of {exercise.points} points"
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
    texts = [[visible(line) for line in text.rstrip("\n").split("\n")] for _, text in (before, after)]
    lines = list(difflib.unified_diff(*texts, before[0], after[0], lineterm=""))
    for number, line in enumerate(lines):
        say(out, line, "bold" if number < 2 else _DIFF_STYLES.get(line[:1], ""))
    return bool(lines)


def visible(line: str) -> str:
    """A learner's line without what would steer the terminal: escape codes would colour the rest of it."""
    return "".join(char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in line)


def brief(out: Console, exercise: Exercise) -> None:
    """The exercise: what it is about, and its tasks."""
    say(out, f"{exercise.number}  {exercise.title}", "bold")
    say(out, f"{exercise.points} points, about {exercise.minutes} minutes")
    if exercise.brief_intro:
        say(out)
        out.print(prose(exercise.brief_intro, out))
    for number, task in enumerate(exercise.tasks, 1):
        say(out)
        say(out, f"{number}. {task.text}  ({task.id}, {_points(task.points)})", "bold")
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
    """What the learner's code did, task by task, and what to do next. The longest part comes first: a terminal shows
    its last lines."""
    _Report(out, exercise, result, progress).show(path)


class _Report:
    """One verdict on one console. A diagnosis or a fact that several checks share is said once."""

    def __init__(self, out: Console, exercise: Exercise, result: Verdict, progress: Progress) -> None:
        self.out, self.exercise, self.result, self.progress = out, exercise, result, progress
        self.told: set[object] = set()
        self.again = f"{command()} check {exercise.number}"

    def show(self, path: Path) -> None:
        out, result = self.out, self.result
        status = result["status"]
        if path.name != f"{self.exercise.name}.py":  # that is the file which the exercise's name means
            self.again = f"{command()} check {shown(path)}"
            if exercise_of(path.name, [self.exercise]) is None:
                self.again += f" --exercise {self.exercise.number}"
        say(out, f"{self.exercise.number}  {self.exercise.title}    {shown(path)}", "bold")
        say(out)
        points = f" {result['points']} of {_points(result['max'])}." if result["max"] else ""
        look = "passed" if is_done(self.exercise, result) else status
        say(out, headline(self.exercise, result) + points, _STYLES.get(look, "bold red"))
        self._timelines()
        self._printed()
        for diagnosis in result["diagnoses"]:
            say(out)
            self._diagnosis(diagnosis, indent=0)
        # Where nothing ran, no task has anything to say.
        if any(check["status"] != "not_run" for check in result["checks"]):
            for feedback in by_task(self.exercise, result):
                say(out)
                self._task(feedback)
        say(out)
        say(out, f"Next: {self._next()}")

    def _timelines(self) -> None:
        from keepalive.grading import timeline

        failed: dict[str, set[object]] = {}
        for check in self.result["checks"]:
            if check["status"] == "failed":
                cause = _key(check["diagnosis"]) if "diagnosis" in check else check["id"]
                failed.setdefault(check["scenario"], set()).add(cause)
        room, drawn = _TIMELINE_LINES, set[object]()
        for scenario in self.result["scenarios"]:
            causes = failed.get(scenario["id"], set())
            # One cause that stops everything is drawn once, and not at all where nothing got as far as the network.
            if causes <= drawn or not any(event["kind"] == "connect" for event in scenario["timeline"]):
                continue
            drawn |= causes
            lines = timeline.text(scenario, width=self.out.width - 2).rstrip("\n").split("\n")
            # The first line sums the scenario up. Where everything fails, ten timelines would bury the first.
            fits = room == _TIMELINE_LINES or len(lines) <= room
            room -= len(lines)
            say(self.out)
            say(self.out, f"What the server saw: {scenario['title']}", "bold")
            for line in lines if fits else lines[:1]:
                say(self.out, f"  {line}")

    def _printed(self) -> None:
        text = self.result["output"]
        if not text.strip():
            return
        say(self.out)
        say(self.out, "Your code printed:", "bold")
        lines = text.rstrip("\n").split("\n")
        left_out = len(lines) - 2 * _PRINTED_LINES
        if left_out > 1:
            lines[_PRINTED_LINES:-_PRINTED_LINES] = [f"... {left_out} lines left out; check --json has them all"]
        for line in lines:
            say(self.out, f"  | {visible(line)}")

    def _task(self, feedback: TaskFeedback) -> None:
        out, task = self.out, feedback.task
        word, style = STATUS_WORDS[feedback.status], _STYLES.get(feedback.status, "bold red")
        line = Text.assemble((f"[{word}]", style), " ", (task.text if task else "What worked before", "bold"))
        if feedback.max:
            line.append(f"  {feedback.points} of {_points(feedback.max)}")
        out.print(line)
        if feedback.status in ("not_attempted", "not_run"):
            for why in dict.fromkeys(check["observed"] for check in feedback.checks if check["observed"]):
                block(out, prose(why, out))
        else:
            for check in feedback.checks:
                if check["status"] != "not_attempted":
                    self._check(check)
        if task and feedback.status in ("failed", "not_attempted"):
            seen = self.progress.hints_shown(self.exercise.id, task.id)
            call = f"{command()} hint {self.exercise.number} {task.id}"
            say(out, f"  Hints: {seen} of {len(task.hints)} shown.  {call}")

    def _check(self, check: Mapping[str, Any]) -> None:
        out, status = self.out, check["status"]
        line = Text.assemble(f"{check['title']}: ", (STATUS_WORDS[status], _STYLES.get(status, "bold red")))
        stopped = check.get("diagnosis")
        again = stopped is not None and _key(stopped) in self.told
        if again:
            line.append(" (for the same reason)")
        block(out, line)
        if stopped and not again:
            self._diagnosis(stopped, indent=4)
        if check["observed"] and not (stopped and check["observed"] == stopped["text"]):
            block(out, prose(check["observed"], out), 4)
        known = self.exercise.misconceptions.get(check.get("misconception") or "")
        if known and known.id not in self.told:
            self.told.add(known.id)
            block(out, prose(known.fact, out), 4)
        if check["required"] and not again:
            block(out, prose(f"*Required:* {check['required']}", out), 4)

    def _diagnosis(self, diagnosis: Mapping[str, Any], *, indent: int) -> None:
        """What stopped the code, and where."""
        self.told.add(_key(diagnosis))
        if diagnosis.get("file") and diagnosis.get("line"):
            say(self.out, f"{' ' * indent}{diagnosis['file']}, line {diagnosis['line']}")
        block(self.out, prose(diagnosis["text"], self.out), indent)
        if diagnosis.get("trace"):
            block(self.out, Text(str(diagnosis["trace"]).rstrip()), indent + 2)

    def _next(self) -> str:
        status, number, call, check = self.result["status"], self.exercise.number, command(), self.again
        if status == "passed":
            return f"{call} solution {number} shows the reference and other right answers."
        if is_done(self.exercise, self.result):
            return f"{call} solution {number} shows the reference; for the extension, {call} hint {number}"
        if status == "grader_fault":
            return f"please report it with what this prints: {check} --json"
        if status in ("failed", "not_attempted"):
            tasks = (found.task for found in by_task(self.exercise, self.result) if found.status != "passed")
            task = next((task for task in tasks if task), None)
            if task and self.progress.hints_shown(self.exercise.id, task.id) < len(task.hints):
                return f"change your code and run {check}, or ask: {call} hint {number}"
        return f"change your code, then run {check}"


def _key(diagnosis: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(diagnosis.get(name) for name in ("kind", "file", "line", "text"))


def _points(number: int) -> str:
    return "1 point" if number == 1 else f"{number} points"
