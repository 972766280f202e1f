"""`keepalive`: the course in a terminal.

Exit codes: 0 passed (or done), 1 not yet, 2 wrong use, 3 a fault of the course's own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from rich.console import Console

from keepalive import __version__, terminal
from keepalive.course import Course, CourseError, Exercise, UnknownName, cells, gaps
from keepalive.course import text as course_text
from keepalive.course.carry import Carried, NotCarried, carry
from keepalive.course.errors import nearest
from keepalive.course.feedback import Verdict, may_see_solution, next_hint, record
from keepalive.course.lineage import changed_on_purpose
from keepalive.course.model import find
from keepalive.course.progress import EVERYTHING, NotProgress, Progress
from keepalive.course.saves import saves
from keepalive.course.work import Work, WorkError, exercise_of
from keepalive.shell import typed

_Done = TypeVar("_Done")

PASSED, NOT_YET, WRONG_USE, OUR_FAULT = 0, 1, 2, 3


class Refused(Exception):
    """The command cannot be done as it was typed; the text says why and what to type instead."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as e:  # argparse has printed why, or the help that was asked for
        return int(e.code or 0)
    if arguments.run is None:
        parser.print_help(sys.stderr)
        return WRONG_USE
    try:
        return arguments.run(arguments)
    except (Refused, UnknownName, WorkError) as e:
        _error(str(e))
        return WRONG_USE
    except CourseError as e:
        _error(
            f"The course's own files are broken; that is not your doing.\n{e}\nIf you did not change them: git pull."
        )
        return OUR_FAULT
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # `keepalive list | head`
        # The interpreter flushes stdout once more at its end, which would complain on a closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """argparse with the nearest name for a command that does not exist."""

    def error(self, message: str) -> NoReturn:
        _, found, rest = message.partition("invalid choice: '")
        if found and (close := nearest(rest.partition("'")[0], COMMANDS)):
            message += f". Did you mean {close}?"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=terminal.command(),
        description="Keepalive: exercises that are graded by the server your client talks to.",
        epilog="NAME is an exercise's number (04), its id (minimal-client) or both (04-minimal-client).",
    )
    parser.add_argument("--version", action="version", version=f"keepalive {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=argparse.ArgumentParser)

    def command(name: str, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=COMMANDS[name])
        return added

    command("list", "Show the exercises and what you have passed.")

    start = command("start", "Put an exercise's starter in your folder and show what is asked.")
    start.add_argument("name", metavar="NAME")
    start.add_argument("--again", action="store_true", help="put a fresh starter beside yours, as NAME-2.py")
    start.add_argument(
        "--from",
        dest="own",
        metavar="FILE|NAME",
        help="go on with your own class of the exercise before, where this one builds on it",
    )
    start.add_argument(
        "--draft", action="store_true", help="go on with what you wrote in the page; its file comes by progress import"
    )
    start.add_argument(
        "--which",
        type=_whole,
        metavar="N",
        help="with --draft: the draft of that number, as progress lists them; else the newest",
    )

    check = command(
        "check", "Check your answer: a .py file, a notebook, an exercise's name; else the .py file changed last."
    )
    check.add_argument("answer", metavar="FILE|NAME", nargs="?")
    check.add_argument("--exercise", metavar="NAME", help="the exercise that FILE answers, where its name does not say")
    check.add_argument("--json", action="store_true", help="print the verdict as JSON and nothing else")
    check.add_argument("--fast", action="store_true", help="run in this process: quicker, memory is not bounded")
    check.add_argument("--seed", type=_whole, metavar="N", help="draw the same numbers as the verdict with this seed")

    watch = command("watch", "Check your answer again at every save, until Ctrl-C.")
    watch.add_argument("answer", metavar="FILE|NAME", nargs="?")
    watch.add_argument("--exercise", metavar="NAME", help="the exercise that FILE answers, where its name does not say")

    hint = command("hint", "Show the next hint.")
    hint.add_argument("name", metavar="NAME")
    hint.add_argument("task", metavar="TASK", nargs="?", help="a task's id or number; else the first not passed")

    solution = command("solution", "Show the solution, after you have passed.")
    solution.add_argument("name", metavar="NAME")
    solution.add_argument("--reveal", action="store_true", help="show it before a pass")

    diff = command("diff", "Compare your answer with the reference, after you have passed, or with the starter.")
    diff.add_argument("answer", metavar="FILE|NAME")
    diff.add_argument("--exercise", metavar="NAME", help="the exercise that FILE answers, where its name does not say")
    diff.add_argument("--starter", action="store_true", help="compare with the starter: what you have written so far")
    diff.add_argument("--reveal", action="store_true", help="compare with the reference before a pass")

    progress = command("progress", "Show, save, merge or reset what you have done.")
    progress.set_defaults(do="show")
    what = progress.add_subparsers(metavar="show|export|import|reset|undo", parser_class=argparse.ArgumentParser)
    for do, said in PROGRESS.items():
        part = what.add_parser(do, help=said, description=said)
        part.set_defaults(do=do)
        if do in ("export", "import"):
            part.add_argument("file", metavar="FILE", type=Path)
        if do == "reset":
            part.add_argument("name", metavar="NAME", nargs="?", help="one exercise; else all of them")

    question = command("question", "Ask questions and explain every choice; without a name what was wrong or is new.")
    question.add_argument(
        "names", metavar="ID|CELL", nargs="*", help="a question's id, a cell (1 to 14), or: chapter NUMBER"
    )
    question.add_argument(
        "--due",
        action="store_true",
        help="ask what was wrong, and what you have not met for a week, as the page's review",
    )
    question.add_argument("--answer", metavar="TEXT", help="answer one question at once: a letter, a line, a number")

    exam = command("exam", "Take the final exam, or go on with it: 14 questions, 12 right answers pass.")
    exam.add_argument("--seed", metavar="S", help="for a workshop: the same seed gives everybody the same questions")
    exam.add_argument("--minutes", type=_minutes, metavar="N", help="for a workshop: it is handed in after so long")

    verify = command("verify", "Score the answers in a certificate again, and say what that proves.")
    verify.add_argument("file", metavar="FILE", type=Path, help="the PDF or PNG that the course made")

    lint = command("lint", "For authors: prove that exercises keep their contract.")
    lint.add_argument(
        "--record", action="store_true", help="with questions: note the key of each, so that an old certificate holds"
    )
    lint.add_argument(
        "--accept", action="store_true", help="write into answers.toml what the wrong answers of these exercises fail"
    )
    lint.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="exercises; chapter 09; questions, questions/6; else all but the notebooks",
    )

    mutants = command("mutants", "For authors: change the reference, and see what its grader does not notice.")
    mutants.add_argument("names", metavar="NAME", nargs="*", help="exercises; else every one that is ready")
    mutants.add_argument("--all", action="store_true", help="play every mutant again, whatever the lock file says")

    mutants.add_argument(
        "--neutral", action="store_true", help="say of each survivor what it does otherwise than the reference"
    )

    _new_arguments(command("new", "For authors: begin an exercise, a chapter or a question."))

    answer = command("answer", "For authors: write an answer of an exercise out as a file, or take a file as one.")
    answer.add_argument("name", metavar="NAME")
    answer.add_argument("what", metavar="ID|FILE", help="the answer's id, starter or reference; with --save a file")
    answer.add_argument("--out", metavar="FILE", type=Path, help="the file to write; else NAME-ID.py in this folder")
    answer.add_argument("--save", metavar="ID", help="take FILE as this answer, or as the starter, into answers.toml")
    answer.add_argument("--right", action="store_true", help="with --save: a new answer is a right one")
    answer.add_argument("--misconception", metavar="ID", default="", help="with --save: the mistake that it shows")
    answer.add_argument("--about", metavar="TEXT", default="", help="with --save: a sentence about it")

    merge = command("merge", "For authors: carry what changed in a reference on to those that build on it.")
    merge.add_argument("name", metavar="NAME", help="the exercise whose reference has changed")
    merge.add_argument("--from", dest="revision", metavar="REV", default="HEAD", help="what it was before: a revision")

    api = command("api", "Run the practice API on this machine, until Ctrl-C.")
    api.add_argument("--port", type=_port, metavar="N", help="the port; 0 for any that is free")
    api.add_argument("--rtt", type=_whole, metavar="MS", help="milliseconds of a round trip, such as 80")
    api.add_argument("--tls", choices=("1.2", "1.3"), help="https, with this version of TLS; says where its CA is")
    api.add_argument(
        "--fault",
        action="append",
        metavar="WORDS",
        help='what goes wrong, as in --fault "cut after_bytes=3"; may be given again',
    )

    command("work", "Bring your folder up to date: notebooks and starters, never over a file that you changed.")
    return parser


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 999):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes, 1 to 999")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a whole number from 0 to 65535")
    return int(text)


def _error(text: str) -> None:
    terminal.say(terminal.console(sys.stderr), text)


def _warn(progress: Progress) -> None:
    if progress.warning:
        _error(f"Note: {progress.warning}")


# ---- commands ----------------------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace) -> int:
    course, progress, out = Course.load(), Progress(), terminal.console()
    if not course.exercises:
        terminal.say(out, "There is no exercise yet.")
    terminal.exercises(out, course, progress)
    _warn(progress)
    return PASSED


def _start(arguments: argparse.Namespace) -> int:
    course, out = Course.load(), terminal.console()
    exercise = course.exercise(arguments.name)
    work, call = Work(course), terminal.command()
    if arguments.which is not None and not arguments.draft:
        raise Refused(
            f"--which says which draft. Next: {call} start {exercise.number} --draft --which {arguments.which}"
        )
    if arguments.own and arguments.draft:
        raise Refused("--from and --draft are two beginnings. Name one of them.")
    carried = _carried(course, exercise, arguments) if arguments.own else None
    content = carried.source if carried else _drafted(exercise, arguments.which) if arguments.draft else None
    path, made = work.start(exercise, again=arguments.again, content=content)
    if content is not None and not made:
        raise Refused(
            f"{terminal.shown(path)} is there already and was left as it is. To put yours beside it, add --again."
        )
    terminal.brief(out, exercise)
    terminal.say(out)
    untouched = not made and path.read_bytes().splitlines() == exercise.starter.encode().splitlines()
    if made or untouched:
        terminal.say(out, f"Your file: {terminal.shown(path)}")
        for tasks, where in (
            ((carried.new, "a gap in it"), (carried.above, "a comment above your function")) if carried else ()
        ):
            if tasks:
                terminal.say(out, f"Tasks with {where}: {', '.join(tasks)}")
        todo = "go on" if arguments.draft else "do task 1" if carried else "fill the gap of task 1"
        terminal.say(out, f"Next: open it, {todo}, then {call} check {_answer(exercise, path)}")
    else:
        terminal.say(out, f"Your file {terminal.shown(path)} is there already and was left as it is.")
        terminal.say(out, f"Next: {call} check {exercise.number}")
        terminal.say(out, f"For a fresh starter beside it: {call} start {exercise.number} --again")
    return PASSED


def _drafted(exercise: Exercise, which: int | None) -> str:
    """What the learner wrote of the exercise in the page: the newest version, or that number's. Raises Refused."""
    progress, call = Progress(), terminal.command()
    drafts = progress.drafts(exercise.id)
    if not drafts:
        note = f" {progress.warning}" if progress.warning else ""
        raise Refused(
            f"There is no draft of {exercise.name} here.{note}\n"
            f"Export your work in the page, then: {call} progress import FILE"
        )
    if which is not None and not 1 <= which <= len(drafts):
        numbers = "is one, number 1" if len(drafts) == 1 else f"are {len(drafts)}, from 1, the newest"
        raise Refused(f"There is no draft {which} of {exercise.name}: there {numbers}. {call} progress lists them.")
    code = drafts[(which or 1) - 1].code
    # Half of a surrogate pair, which a browser's text may hold, is nothing that a file could.
    return code.encode("utf-8", "replace").decode()


def _carried(course: Course, exercise: Exercise, arguments: argparse.Namespace) -> Carried:
    """The learner's class of the exercise before, with this one's tasks. Raises Refused."""
    if not exercise.builds_on:
        raise Refused(f"{exercise.name} builds on no other exercise: its starter stands alone.")
    before = course.exercise(exercise.builds_on)
    call = terminal.command()
    if _looks_like_a_path(arguments.own) or Path(arguments.own).is_file():
        path = Path(arguments.own)
        if not path.is_file():
            raise Refused(f"There is no file {path}.")
    else:
        named = course.exercise(arguments.own)
        if named.id != before.id:
            raise Refused(
                f"{exercise.name} builds on {before.name}, not on {named.name}.\n"
                f"Next: {call} start {exercise.number} --from {before.number}"
            )
        path = _own_file(before, Work(course).path_of(before), call)
    _readable(path)
    own = _taken(before, path).source.lstrip("\n") if path.suffix == cells.SUFFIX else course_text.read_python(path)
    try:
        return carry(exercise, exercise.starter, own)
    except NotCarried as e:
        raise Refused(
            f"{terminal.shown(path)} cannot be carried into {exercise.name}: {e}.\n"
            f"For the course's own starter: {call} start {exercise.number}"
        ) from None


def _check(arguments: argparse.Namespace) -> int:
    course = Course.load()
    exercise, path, note = _find_answer(course, arguments)
    _readable(path)
    link = "direct" if arguments.fast else "child"
    if not arguments.json:
        return _judged(course, exercise, path, terminal.console(), link=link, seed=arguments.seed, note=note)
    verdict, notes, progress = _graded(course, exercise, path, link=link, seed=arguments.seed)
    print(json.dumps(verdict, indent=2))  # ASCII only, so that any console and any pipe takes it
    for sentence in notes:
        _error(f"Note: {sentence}")
    _warn(progress)
    return _exit_code(verdict)


def _watch(arguments: argparse.Namespace, sleep: Callable[[float], None] = time.sleep) -> int:
    course = Course.load()
    exercise, path, _ = _find_answer(course, arguments)
    out, shown = terminal.console(), terminal.shown(path)
    try:
        for there in saves(path, sleep):
            if out.is_terminal:
                out.clear()
            try:
                if there:
                    _readable(path)
                    _judged(course, exercise, path, out, link="child")
                else:
                    terminal.say(out, f"{shown} is gone. It is checked again when it is back.")
            except Refused as e:
                terminal.say(out, str(e))
            terminal.say(out)
            terminal.say(out, f"Watching {shown}: every save is checked. Ctrl-C ends this.")
    except KeyboardInterrupt:
        terminal.say(out)
        terminal.say(out, f"{shown} is no longer watched.")
    return PASSED


def _judged(
    course: Course, exercise: Exercise, path: Path, out: Console, *, link: str, seed: int | None = None, note: str = ""
) -> int:
    """Checks the file and says what came of it; the exit code."""
    verdict, notes, progress = _graded(course, exercise, path, link=link, seed=seed)
    for sentence in (note, *notes):
        if sentence:
            terminal.say(out, sentence)
    terminal.verdict(out, exercise, verdict, progress, path)
    _warn(progress)
    return _exit_code(verdict)


def _exit_code(verdict: Verdict) -> int:
    if verdict["passed"]:
        return PASSED
    return OUR_FAULT if verdict["status"] == "grader_fault" else NOT_YET


def _graded(
    course: Course, exercise: Exercise, path: Path, *, link: str, seed: int | None
) -> tuple[Verdict, Sequence[str], Progress]:
    """(the verdict, sentences that come before it, the progress with it). Raises Refused.

    The sentences say what of a notebook was left out, and which checks a later exercise supersedes.
    """
    notes: Sequence[str] = ()
    if path.suffix == cells.SUFFIX:
        taken = _taken(exercise, path)
        notes = taken.notes
        with taken.as_file() as file:
            verdict = _verdict(exercise, file, link, seed)
        verdict = taken.locate(verdict)
    else:
        verdict = _verdict(exercise, path, link, seed)
        notes = changed_on_purpose(path.read_text("utf-8", errors="replace"), verdict, exercise, course)
    progress = Progress()
    if verdict["status"] != "grader_fault" and exercise.status == "ready":
        record(progress, exercise, verdict)
    return verdict, notes, progress


def _verdict(exercise: Exercise, file: Path, link: str, seed: int | None) -> Verdict:
    from keepalive import grading
    from keepalive.grading import apart

    def graded(link: Any) -> Verdict:
        return grading.grade(exercise.code, file, link=link, frontend="terminal", seed=seed)

    if link != "direct":
        return graded(link)
    return apart.verdict_of(lambda: graded(link)) or graded(apart.Gone())


def _taken(exercise: Exercise, path: Path) -> cells.Taken:
    try:
        return cells.take(path, *exercise.entries)
    except cells.NoNotebook as e:
        raise Refused(f"{terminal.shown(path)} is not a notebook that can be read: {e}.") from None


def _hint(arguments: argparse.Namespace) -> int:
    course, progress, out = Course.load(), Progress(), terminal.console()
    exercise = course.exercise(arguments.name)
    hint = next_hint(exercise, progress, arguments.task)
    call = terminal.command()
    if hint is None:
        terminal.say(out, "Every task of this exercise is passed. A hint of one task: add the task's name.")
        terminal.say(out, f"Next: {call} solution {exercise.number}")
    else:
        terminal.say(out, f"Task: {hint.task.text} ({hint.task.id})", "bold")
        terminal.say(
            out, f"Hint {hint.number} of {hint.of}" + (" (again: there is no further one)" if hint.again else "")
        )
        terminal.say(out)
        out.print(terminal.prose(hint.text, out))
        terminal.say(out)
        if not hint.is_last:
            terminal.say(out, f"Next: {call} check {exercise.number}, or {call} hint {exercise.number} {hint.task.id}")
        else:
            reveal = "" if may_see_solution(exercise, progress) else " --reveal"
            terminal.say(out, "That was the last hint of this task.")
            terminal.say(out, f"Next: {call} check {exercise.number}, or {call} solution {exercise.number}{reveal}")
    _warn(progress)
    return PASSED


def _solution(arguments: argparse.Namespace) -> int:
    course, progress, out = Course.load(), Progress(), terminal.console()
    exercise = course.exercise(arguments.name)
    call = terminal.command()
    if not may_see_solution(exercise, progress, reveal=arguments.reveal):
        _error(
            f"The solution is shown after you have passed {exercise.name}.\n"
            f"Next: {call} hint {exercise.number}, or {call} solution {exercise.number} --reveal to see it now."
        )
        _warn(progress)
        return NOT_YET
    progress.add("solution", exercise.id)
    terminal.solution(out, exercise)
    _warn(progress)
    return PASSED


def _diff(arguments: argparse.Namespace) -> int:
    course, progress, out = Course.load(), Progress(), terminal.console()
    exercise, path, _ = _find_answer(course, arguments)
    call, answer = terminal.command(), _answer(exercise, path)
    if not arguments.starter and not may_see_solution(exercise, progress, reveal=arguments.reveal):
        _error(
            f"The reference is shown after you have passed {exercise.name}.\n"
            f"Next: {call} diff {answer} --starter to compare with the starter, or --reveal to see the reference now."
        )
        _warn(progress)
        return NOT_YET
    _readable(path)
    mine = _taken(exercise, path).source.lstrip("\n") if path.suffix == cells.SUFFIX else course_text.read_python(path)
    other = exercise.starter if arguments.starter else exercise.reference_text
    texts = [(terminal.shown(path), mine), ("the reference", other)]
    if arguments.starter:  # what was written since is what is new
        texts = [("the starter", other), texts[0]]
    else:
        texts[0] = (texts[0][0], gaps.plain(mine))  # as the reference is shown
        progress.add("solution", exercise.id)
    if not terminal.difference(out, *texts):
        terminal.say(out, f"{texts[0][0]} is the same as {texts[1][0]}.")
    _warn(progress)
    return PASSED


def _question(arguments: argparse.Namespace) -> int:
    from keepalive.course.questions import NoAnswer
    from keepalive.terminal import practise

    try:
        right = practise.run(arguments.names, arguments.answer, terminal.console(), only_due=arguments.due)
    except (practise.Nothing, NoAnswer) as e:
        raise Refused(str(e)) from None
    return PASSED if right else NOT_YET


def _exam(arguments: argparse.Namespace) -> int:
    from keepalive.exam.desk import Busy
    from keepalive.terminal import sit

    try:
        done = sit.run(arguments.seed, arguments.minutes, terminal.console())
    except (sit.Refused, Busy) as e:
        raise Refused(str(e)) from None
    return PASSED if done else NOT_YET


def _verify(arguments: argparse.Namespace) -> int:
    from keepalive.exam.certificate import NotACertificate
    from keepalive.terminal import certified

    try:
        holds = certified.run(arguments.file, terminal.console())
    except NotACertificate as e:
        raise Refused(str(e)) from None
    except OSError as e:
        raise Refused(f"{arguments.file} cannot be read: {e.strerror or e}.") from None
    return PASSED if holds else NOT_YET


PROGRESS = {
    "show": "What you tried, passed and answered, how each objective stands, what is left; drafts from the page.",
    "export": "Write your progress to FILE, to take it elsewhere. Drafts from the page are in it: your code.",
    "import": "Add the progress and drafts in FILE to yours; nothing is lost, and twice does no harm.",
    "reset": "Begin anew: what was done so far counts no longer. Your files stay as they are.",
    "undo": "Take the latest reset back.",
}


def _progress(arguments: argparse.Namespace) -> int:
    out, progress, call = terminal.console(), Progress(), terminal.command()
    if arguments.do in ("export", "import") and not progress.complete:
        raise Refused(progress.warning)
    if arguments.do == "show":
        terminal.progress(out, Course.load(), progress)
    elif arguments.do == "export":
        count = _with_file(arguments.file, progress.export, "written to")
        terminal.say(out, f"{_count(count, 'entry', 'entries')} in {terminal.shown(arguments.file)}.")
        if drafts := sum(len(progress.drafts(name)) for name in progress.drafted):
            terminal.say(out, f"Code in it, from the page: {_count(drafts, 'draft', 'drafts')}.")
        terminal.say(out, f"Next: on the other machine, {call} progress import FILE, or import it in the page")
    elif arguments.do == "import":
        included = _with_file(arguments.file, progress.include, "read")
        came, drafts = _count(included.events, "entry", "entries"), included.drafts
        if drafts:
            came += f" and {_count(len(drafts), 'draft', 'drafts')}"
        terminal.say(out, f"{came} from {terminal.shown(arguments.file)} were new to you.")
        if drafts:
            names = {draft.exercise for draft in drafts}
            name = names.pop() if len(names) == 1 else "NAME"
            terminal.say(out, f"A draft is code from the page. To see which there are: {call} progress")
            terminal.say(out, f"To put the newest of an exercise in your folder: {call} start {name} --draft")
    elif arguments.do == "reset":
        exercise = Course.load().exercise(arguments.name) if arguments.name else None
        whose = exercise.name if exercise else "every exercise"
        withdrawn = progress.reset(exercise.id if exercise else None)
        if not withdrawn:
            terminal.say(out, f"There is nothing to reset: nothing was done of {whose} yet.")
        else:
            kinds = [(event.type, event.type + "s") for event in withdrawn]
            said = [_count(kinds.count(kind), *kind) for kind in dict.fromkeys(kinds)]
            terminal.say(out, f"Of {whose}, this counts no longer: {', '.join(said)}. Your files are as they were.")
            terminal.say(out, f"To take it back: {call} progress undo")
    else:
        reset = progress.undo()
        if reset is None:
            raise Refused("There is no reset to take back.")
        whose = "every exercise" if reset.ref == EVERYTHING else reset.ref
        terminal.say(out, f"The reset of {whose} is taken back: what was done before it counts again.")
    _warn(progress)
    return PASSED


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _with_file(path: Path, do: Callable[[Path], _Done], verb: str) -> _Done:
    try:
        return do(path)
    except NotProgress as e:
        raise Refused(f"{e} It was left as it is.") from None
    except OSError as e:
        raise Refused(f"{path} cannot be {verb}: {e.strerror or e}.") from None


def _lint(arguments: argparse.Namespace) -> int:
    from keepalive.course import lint

    if arguments.record:
        return _record(arguments.names)
    if arguments.accept:
        return _accept(arguments.names)
    return lint.main(arguments.names, terminal.console(), terminal.command())


def _mutants(arguments: argparse.Namespace) -> int:
    from keepalive.course.mutants import command

    course = Course.load()
    exercises = [_also_draft(course, name) for name in arguments.names] or course.exercises
    return command.main(exercises, course, terminal.console(), everything=arguments.all, neutral=arguments.neutral)


def _accept(names: Sequence[str]) -> int:
    """Write down what each wrong answer fails. A person looks at it afterwards."""
    from keepalive.course.lint.accept import accept

    call, out = terminal.command(), terminal.console()
    if not names:
        raise Refused(f"--accept writes into the answers.toml of the exercises you name. Next: {call} lint --accept 04")
    course = Course.load()
    refused = 0
    for exercise in [_also_draft(course, name) for name in names]:
        done = accept(exercise, course)
        for change in done.changes:
            terminal.say(out, f"{change.id}: {change.after} (before: {change.before})")
        for finding in done.refused:
            terminal.say(out, f"{finding.where}: {finding.what}. To mend it: {finding.mend}.")
        size = _count(len(done.changes), "answer", "answers")
        terminal.say(out, f"{terminal.shown(done.path)}: {size} written anew")
        refused += len(done.refused)
    if refused:
        terminal.say(out, f"Next: mend what was refused, then {call} lint --accept {' '.join(names)} again.")
    else:
        terminal.say(out, "Next: git diff. Each must be the check that you meant, failing for its own reason.")
    return NOT_YET if refused else PASSED


def _record(names: Sequence[str]) -> int:
    """Note the questions' keys; not while something is wrong with them, for none is ever taken out again."""
    from keepalive.course.lint import questions
    from keepalive.exam.keys import FILE, remember

    call, out = terminal.command(), terminal.console()
    if list(names) != ["questions"]:
        raise Refused(f"--record notes the keys of all questions. Next: {call} lint questions --record")
    course = Course.load()
    bank = course.bank
    if len(questions.check(course)) > len(questions.unrecorded(course, bank.questions)):
        raise Refused(f"A key that is noted stays, so mend the questions first. Next: {call} lint questions")
    path = bank.folder / FILE
    new = remember(bank)
    terminal.say(out, f"{_count(new, 'key', 'keys')} added to {terminal.shown(path)}. Commit it with the questions.")
    return PASSED


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", metavar="exercise|chapter|question", required=True)
    for kind in ("exercise", "chapter"):
        said = {"exercise": "a folder in exercises/", "chapter": "a notebook, listed in notebooks/course.toml"}[kind]
        new = kinds.add_parser(kind, help=f"{said}, with what belongs in it said in its place", description=said)
        new.add_argument("number", metavar="NUMBER", help="two digits, e.g. 05")
        new.add_argument("name", metavar="NAME", help="small letters, digits, hyphens, e.g. retry-after")
        new.add_argument("--title", help="the title; else made from NAME")
        if kind == "exercise":
            new.add_argument("--builds-on", metavar="NAME", help="the exercise whose reference the starter continues")
        else:
            new.add_argument("--part", type=_whole, metavar="N", help="its part; else that of the chapter before")
    said = "a question at the end of its cell's file, with what belongs in it said in its place"
    new = kinds.add_parser("question", help=said, description=said)
    new.add_argument("cell", metavar="CELL", type=_whole, help="the cell of the exam, 1 to 14")
    new.add_argument("id", metavar="ID", help="small letters, digits, hyphens, e.g. second-wave; never used before")
    formats = ("single", "multiple", "trace", "spot", "order", "number")
    new.add_argument("--format", choices=formats, default="single", help="how it is answered; else single")
    new.add_argument("--chapter", metavar="NN", help="the chapter that teaches it; else that of the question before")


def _new(arguments: argparse.Namespace) -> int:
    from keepalive.course import scaffold
    from keepalive.course.questions import scaffold as of_questions

    given = {key: value for key, value in vars(arguments).items() if key not in ("run", "kind")}
    try:
        kinds: dict[str, Callable[..., list[Path]]] = {
            "exercise": scaffold.exercise,
            "chapter": scaffold.chapter,
            "question": of_questions.question,
        }
        made = kinds[arguments.kind](**given)
    except scaffold.NotMade as e:
        raise Refused(str(e)) from None
    out, call = terminal.console(), terminal.command()
    for path in made:
        terminal.say(out, terminal.shown(path))
    names = {"exercise": lambda: f" {arguments.number}", "question": lambda: f" questions/{arguments.cell}"}
    name = names.get(arguments.kind, str)()
    page = "questions" if arguments.kind == "question" else arguments.kind
    terminal.say(out, f"Next: {call} lint{name} says what is still to be written; docs/authors/{page}.md says how.")
    return PASSED


def _written_answer(arguments: argparse.Namespace) -> int:
    from keepalive.course import authoring

    exercise = _also_draft(Course.load(), arguments.name)
    out, call = terminal.console(), terminal.command()
    try:
        if arguments.save is None:
            path = arguments.out or Path(f"{exercise.name}-{arguments.what}.py")
            authoring.write_out(exercise, arguments.what, path)
            terminal.say(out, terminal.shown(path))
            terminal.say(out, f"Next: {call} check {typed(terminal.shown(path))}")
            return PASSED
        path = Path(arguments.what)
        _readable(path)
        given = {name: getattr(arguments, name) for name in ("right", "misconception", "about")}
        saved = authoring.save(exercise, arguments.save, course_text.read(path), **given)
    except authoring.NotDone as e:
        raise Refused(str(e)) from None
    size = _count(saved.lines, "line", "lines") if saved.lines else "the whole file"
    terminal.say(out, f"{terminal.shown(saved.path)}: {arguments.save}, {size}{', new' if saved.new else ''}")
    terminal.say(out, f"Next: {call} lint {exercise.number}")
    return PASSED


def _merge(arguments: argparse.Namespace) -> int:
    from keepalive.course import ladder

    course, out, call = Course.load(), terminal.console(), terminal.command()
    exercise = _also_draft(course, arguments.name)
    try:
        before = ladder.committed(exercise.reference, arguments.revision)
        steps = list(ladder.merge(course, exercise, before))
    except ladder.NotMerged as e:
        raise Refused(str(e)) from None
    for step in steps:
        terminal.say(out, f"{terminal.shown(step.exercise.reference)}: {'changed' if step.changed else 'as it was'}")
        if step.renewed:
            terminal.say(out, f"  written anew in answers.toml: {', '.join(step.renewed)}")
    course = Course.load()
    for problem in ladder.misfits(_also_draft(course, step.exercise.id) for step in steps if not step.conflicts):
        terminal.say(out, str(problem))
    stopped = next((step for step in steps if step.conflicts), None)
    if stopped:
        path, lines = terminal.shown(stopped.exercise.reference), ", ".join(map(str, stopped.conflicts))
        terminal.say(out, f"Both sides stand in {path}, in line {lines}. Nothing after it was changed.")
        terminal.say(out, f"Next: choose there, then {call} merge {stopped.exercise.number}")
        return NOT_YET
    terminal.say(out, f"Next: {call} lint")
    return PASSED


def _api(arguments: argparse.Namespace) -> int:
    from keepalive import practice_api

    given: dict[str, Any] = {
        "port": arguments.port,
        "rtt": None if arguments.rtt is None else arguments.rtt / 1000,
        "tls": arguments.tls,
        "faults": arguments.fault,
    }
    return practice_api.main(**{name: value for name, value in given.items() if value is not None})


def _work(arguments: argparse.Namespace) -> int:
    course, out = Course.load(), terminal.console()
    work = Work(course)
    done = work.update()
    for put in done:
        if put.what == "beside":
            terminal.say(
                out,
                f"{terminal.shown(put.own or put.path)} is yours and was left as it is; the course has a new version, "
                f"put beside it as {put.path.name}",
            )
        elif put.what != "kept":
            what = "new" if put.what == "new" else "brought up to date (you had not changed it)"
            terminal.say(out, f"{terminal.shown(put.path)}: {what}")
    if all(put.what == "kept" for put in done):
        terminal.say(out, f"Your folder {terminal.shown(work.folder)} is up to date: {len(done)} files.")
    return PASSED


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "start": _start,
    "check": _check,
    "watch": _watch,
    "hint": _hint,
    "solution": _solution,
    "diff": _diff,
    "progress": _progress,
    "question": _question,
    "exam": _exam,
    "verify": _verify,
    "lint": _lint,
    "mutants": _mutants,
    "answer": _written_answer,
    "merge": _merge,
    "new": _new,
    "api": _api,
    "work": _work,
}


# ---- which file, which exercise ----------------------------------------------------------------------------------


def _find_answer(course: Course, arguments: argparse.Namespace) -> tuple[Exercise, Path, str]:
    """(the exercise, the learner's file, a note on how it was found). Raises Refused, UnknownName."""
    work = Work(course)
    answer, call = arguments.answer, terminal.command()
    named = _also_draft(course, arguments.exercise) if arguments.exercise else None
    if answer is None:
        found = [(named, work.path_of(named))] if named else work.answers()
        if not found:
            raise Refused(f"There is no answer in {terminal.shown(work.folder)} yet. To begin one: {call} start NAME")
        exercise, path = found[0]
        if named:
            return exercise, _own_file(exercise, path, call), ""
        return exercise, path, f"Checking {terminal.shown(path)}, your newest answer."
    path = Path(answer)
    if not _looks_like_a_path(answer) and not path.is_file() and not named:
        exercise = course.exercise(answer)
        return exercise, _own_file(exercise, work.path_of(exercise), call), ""
    if path.is_dir():
        raise Refused(f"{answer} is a folder. Name the file in it that holds your answer.")
    if not path.exists():
        raise Refused(_missing(path, work, call))
    exercise = named or exercise_of(path.name, course.exercises)
    if exercise is None:
        known = [exercise.name for exercise in course.exercises]
        close = nearest(path.stem, known, cutoff=0.4) or (known[0] if len(known) == 1 else "NAME")
        listed = ", ".join(known) or "none yet"
        raise Refused(
            f"The name {path.name} does not say which exercise it answers. There are: {listed}.\n"
            f"Say it with: {call} check {typed(answer)} --exercise {close}"
        )
    return exercise, path, ""


def _also_draft(course: Course, name: str) -> Exercise:
    """The exercise of that name, for its author also one that is a draft. Raises UnknownName."""
    drafts = [draft.exercise for draft in course.drafts if draft.exercise]
    return find(drafts, name) or course.exercise(name)


def _looks_like_a_path(answer: str) -> bool:
    separators = [separator for separator in (os.sep, os.altsep, "/") if separator]
    return answer.endswith((".py", cells.SUFFIX)) or any(separator in answer for separator in separators)


def _own_file(exercise: Exercise, path: Path, call: str) -> Path:
    if not path.is_file():
        raise Refused(f"There is no {terminal.shown(path)} yet. To begin: {call} start {exercise.number}")
    return path


def _missing(path: Path, work: Work, call: str) -> str:
    folder = path.parent if path.parent.is_dir() else work.folder
    there = {
        other.name: other
        for place in (folder, work.folder)
        if place.is_dir()
        for other in place.glob(f"*{cells.SUFFIX if path.suffix == cells.SUFFIX else '.py'}")
    }
    close = nearest(path.name, there, cutoff=0.7)
    head = f"There is no file {path}."
    if close:
        return f"{head} Did you mean {terminal.shown(there[close])}?"
    return f"{head} To begin an exercise: {call} start NAME (the names: {call} list)"


def _readable(path: Path) -> None:
    """Raises Refused where nothing can be graded: the file cannot be read, is not UTF-8, or is empty."""
    name = terminal.shown(path)
    try:
        source = course_text.read(path) if path.suffix == cells.SUFFIX else course_text.read_python(path)
    except course_text.NotUtf8 as e:
        raise Refused(
            f"{name} cannot be checked: {e}. Save the file as UTF-8 in your editor and check again."
        ) from None
    except OSError as e:
        raise Refused(f"{name} cannot be read: {e.strerror or e}.") from None
    if not source.strip() and path.suffix == cells.SUFFIX:
        raise Refused(f"{name} is empty, so it is no notebook.")
    if not source.strip():
        raise Refused(f"{name} is empty. For a fresh starter beside it: {terminal.command()} start NAME --again")


def _answer(exercise: Exercise, path: Path) -> str:
    """What to type after `check` for this file: the number, or the file where there are several."""
    return exercise.number if path.name == f"{exercise.name}.py" else typed(terminal.shown(path))
