"""`keepalive question`: questions in a terminal, asked, answered and explained, and once more what was wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.console import Console

from keepalive import terminal
from keepalive.course import Course, UnknownName
from keepalive.course.model import find
from keepalive.course.outline import Outline
from keepalive.course.progress import Progress
from keepalive.course.questions import CELLS, Bank, NoAnswer, Question
from keepalive.course.questions.answers import explained, next_seed, record, standing, to_practise
from keepalive.course.standing import review
from keepalive.report import questions as said

Read = Callable[[str], str]
"""Asks a person for a line; raises EOFError at the end of what there is."""

END = ("q", "quit", "end")


class Nothing(Exception):
    """There is nothing to ask; the text says why."""


def chosen(bank: Bank, names: Sequence[str], progress: Progress) -> tuple[Question, ...]:
    """The questions that are meant: one by its id, a cell's, a chapter's; without a name what is to be practised.

    Raises UnknownName, Nothing.
    """
    if not names:
        found = to_practise(progress, (each for each in bank.questions if "review" in each.use))
        if not found:
            raise Nothing(
                "You have answered every question right. To take one again, name it, its cell or its chapter."
            )
        return found
    if names[0] == "chapter" and len(names) == 2:
        chapter = find(bank.course.chapters, names[1])
        number = chapter.number if chapter else names[1].zfill(2)
        found = bank.chapter(number)
        if not found:
            there = ", ".join(sorted({each.chapter for each in bank.questions}))
            raise Nothing(f"There is no question of chapter {names[1]}. Chapters with questions: {there}.")
        return found
    if len(names) > 1:
        raise Nothing("Name one question, one cell (1 to 14), or a chapter: chapter 04.")
    if names[0].isascii() and names[0].isdecimal():
        number = int(names[0])
        if number not in CELLS:
            raise Nothing(f"There is no cell {names[0]}. Cells go from 1 to {len(CELLS)}; for a chapter: chapter 04.")
        if not bank.cell(number):
            raise Nothing(f"There is no question in cell {number} ({CELLS[number]}) yet.")
        return bank.cell(number)
    return (bank.question(names[0]),)


def due(bank: Bank, progress: Progress, now: datetime) -> tuple[Question, ...]:
    """The questions that come back at a time (aware): wrong ones, and those of what was not seen for a week.

    Raises Nothing.
    """
    found = review(Outline.of(bank), progress.counting, now)
    if found.due:
        return tuple(bank.question(id) for id in found.due)
    if not found.begun:
        raise Nothing(
            "Nothing comes back yet: nothing was answered or read. "
            "To be asked anyway, leave --due out, or name a chapter."
        )
    when = f" The next questions come up on {found.next[:10]}." if found.next else ""
    raise Nothing(f"Nothing is due.{when} To be asked anyway, leave --due out, or name a chapter.")


def show(out: Console, question: Question, seed: str, place: str = "") -> None:
    """Print a question."""
    terminal.say(out, f"{place}{question.id}, cell {question.cell}: {CELLS[question.cell]}", "bold")
    terminal.say(out)
    terminal.say(out, said.text(question, seed))


def practise(out: Console, questions: Sequence[Question], progress: Progress, read: Read) -> int:
    """Ask them one after another, and those that were wrong again as long as the learner wants; how many are wrong."""
    terminal.say(out, "Answer with what stands before a choice; Enter alone leaves a question out, q ends.")
    while True:
        wrong: list[Question] = []
        for number, question in enumerate(questions, 1):
            terminal.say(out)
            right = _ask(out, question, f"{number} of {len(questions)}  ", progress, read)
            if right is None:
                return sum(standing(progress, each) == "wrong" for each in questions)
            if not right:
                wrong.append(question)
        terminal.say(out)
        if not wrong:
            return 0
        many = "One was" if len(wrong) == 1 else f"{len(wrong)} were"
        try:
            again = read(f"{many} not right. Ask again? [y/N] ").strip().lower()
        except EOFError:
            again = ""
        if again not in ("y", "yes"):
            return len(wrong)
        questions = wrong


def _ask(out: Console, question: Question, place: str, progress: Progress, read: Read) -> bool | None:
    """Whether it was answered right (one that was left out counts as it stood); None where the learner ends."""
    seed = next_seed(progress, question)
    show(out, question, seed, place)
    while True:
        try:
            typed = read("Your answer: ").strip()
        except EOFError:
            terminal.say(out)
            return None
        if typed.lower() in END:
            return None
        if not typed:
            return standing(progress, question) != "wrong"
        try:
            answer = question.typed(typed, seed)
            right = record(progress, question, answer)
        except NoAnswer as e:
            terminal.say(out, str(e))
            continue
        terminal.say(out)
        terminal.say(out, said.explained_text(question, explained(question, answer, seed)))
        return right


def answer(out: Console, question: Question, given: str, progress: Progress) -> bool:
    """One answer from the command line, to the order in which the question is first shown. Raises NoAnswer."""
    typed = question.typed(given)
    right = record(progress, question, typed)
    terminal.say(out, said.explained_text(question, explained(question, typed)))
    return right


def run(
    names: Sequence[str],
    given: str | None,
    out: Console,
    read: Read | None = None,
    *,
    only_due: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """The command. Whether what was answered is right. Raises UnknownName, Nothing, NoAnswer, CourseError."""
    bank, progress, call = Course.load().bank, Progress(), terminal.command()
    if only_due and (names or given is not None):
        raise Nothing("--due chooses the questions itself: name none beside it, and no --answer.")
    questions = due(bank, progress, now()) if only_due else chosen(bank, names, progress)
    if given is not None:
        if len(questions) != 1 or not names:
            raise Nothing(f"--answer is for one question. Next: {call} question {questions[0].id} --answer ...")
        right = answer(out, questions[0], given, progress)
    elif read is None and not sys.stdin.isatty():
        for number, question in enumerate(questions):
            if number:
                terminal.say(out)
            show(out, question, "1")
            terminal.say(out, f"Next: {call} question {question.id} --answer {said.how(question)}")
        right = True
    else:
        right = practise(out, questions, progress, read or input) == 0
    if progress.warning:
        terminal.say(out, f"Note: {progress.warning}")
    return right


__all__ = ["Nothing", "UnknownName", "chosen", "due", "practise", "run"]
