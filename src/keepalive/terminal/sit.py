"""`keepalive exam`: the final exam in a terminal, question by question, left and gone on with as one likes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from keepalive import terminal
from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import Bank, NoAnswer, Question
from keepalive.exam import NotASitting, NotReady, Sitting, told
from keepalive.exam.form import is_seed, missing
from keepalive.exam.record import Sat
from keepalive.exam.room import Room
from keepalive.report import questions as said

Read = Callable[[str], str]
"""Asks a person for a line; raises EOFError at the end of what there is."""

KEYS = (
    ("an answer", "its letter, several as a, c; a number; the number of a line"),
    ("Enter, next", "the next question"),
    ("back", "the question before"),
    ("go 5", "question 5"),
    ("flag", "flag it for later; again takes the flag off"),
    ("clear", "take the answer back"),
    ("sheet", "every question with its state"),
    ("submit", "hand in"),
    ("give up", "give the exam up; that can be taken back"),
    ("q", "leave; the next keepalive exam goes on here"),
)


class Refused(Exception):
    """The command cannot be done as it was typed; the text says why and what to type instead."""


class _Left(Exception):
    """The learner leaves; everything is kept."""


def run(
    seed: str | None,
    minutes: int | None,
    out: Console,
    read: Read | None = None,
    enter: Callable[[Bank, Progress], Room] = Room,
) -> bool:
    """The command. Whether what was done is done: False after an exam that was not passed.

    `read` stands in for the keyboard, `enter` makes the room. Raises Refused, Busy, CourseError.
    """
    bank, call = Course.load().bank, terminal.command()
    if short := missing(bank):
        for line in told.not_open(short):
            terminal.say(out, line)
        terminal.say(out, f"Next: {call} question practises those that are there.")
        return True
    if seed and not is_seed(seed):
        raise Refused("A seed is small letters, digits and hyphens, 32 at most.")
    if read is None and not sys.stdin.isatty():
        for line in told.wrapped(told.RULES):
            terminal.say(out, line)
        raise Refused(f"The exam asks and waits for answers, so it needs a terminal: {call} exam")
    try:
        room = enter(bank, Progress())
    except NotReady as e:
        raise Refused(str(e)) from None
    with room.desk.held():
        return _Desk(room, out, read or input).sit(seed or "", minutes)


class _Desk:
    """One person at one exam."""

    def __init__(self, room: Room, out: Console, read: Read) -> None:
        self.room, self.out, self.read = room, out, read

    def sit(self, seed: str, minutes: int | None) -> bool:
        try:
            sitting = self._gone_on_with(seed, minutes) or self._begun(seed, minutes)
            sat = sitting and self._ask(sitting)
        except (_Left, EOFError, KeyboardInterrupt):
            self._say()
            self._say(f"What you answered is kept. To go on: {terminal.command()} exam")
            sat, sitting = None, None
        if sat:
            self._result(sat)
        for warning in (self.room.desk.trouble, self.room.progress.warning):
            if warning:
                self._say(f"Note: {warning}")
        return sat is None or sat.passed

    # ---- before ------------------------------------------------------------------------------------------------------

    def _gone_on_with(self, seed: str, minutes: int | None) -> Sitting | None:
        """The exam that is under way, where there is one and the learner wants it."""
        try:
            lying = self.room.lying
        except NotASitting as e:
            self._say(f"{e} Beginning another puts it away.")
            return None
        if lying is None:
            return None
        about = told.about(lying.sitting)
        if lying.gave_up:
            if not self._yes(f"You gave an exam up: {about}. Take that back? [y/N] ", otherwise=False):
                return None
        elif seed not in ("", lying.sitting.form.seed) or minutes not in (None, lying.sitting.minutes):
            raise Refused(
                f"An exam is under way: {about}. Go on with it: {terminal.command()} exam. There it can be given up."
            )
        else:
            self._say(f"An exam is under way: {about}.")
        try:
            sitting, lost = self.room.go_on()
        except NotASitting as e:
            self._say(str(e))
            return None
        if lost:
            listed = ", ".join(map(str, lost))
            self._say(f"Since you began, these were changed, and are asked again: {listed}.")
        return sitting

    def _begun(self, seed: str, minutes: int | None) -> Sitting | None:
        latest = self.room.latest
        if latest:
            self._say(f"Last time: {told.headline(self.room, latest)}")
            if not seed and (lines := told.missed(self.room, latest)):
                self._say("What helps with what you missed:")
                for line in lines:
                    self._say(line)
            self._say()
        for line in told.wrapped(told.RULES):
            self._say(line)
        if not self._yes("Begin? [Y/n] ", otherwise=True):
            return None
        return self.room.begin(seed, minutes)

    def _yes(self, prompt: str, *, otherwise: bool) -> bool:
        typed = self.read(prompt).strip().lower()
        return otherwise if not typed else typed in ("y", "yes")

    # ---- meanwhile ---------------------------------------------------------------------------------------------------

    def _ask(self, sitting: Sitting) -> Sat | None:
        """Until it is handed in, or given up: then None."""
        show = True
        while True:
            if self.room.is_over(sitting):
                self._say("The time is over. What was answered is handed in.")
                return self.room.hand_in(sitting)
            question = self._question(sitting)
            if show:
                self._show(sitting, question)
            typed = self.read("Your answer, or ? for what else: ").strip()
            if self.room.is_over(sitting):
                continue  # what came after the end does not count
            before, show = sitting, True
            match typed.lower().split():
                case [] | ["next"]:
                    sitting = sitting.moved(sitting.at + 1)
                    if sitting is before or sitting.at == before.at:
                        self._say("That was the last question. To hand in: submit")
                        show = False
                case ["back"]:
                    sitting = sitting.moved(sitting.at - 1)
                case ["go", number] if number.isascii() and number.isdecimal() and int(number) > 0:
                    sitting = sitting.moved(int(number) - 1)
                case ["flag"]:
                    sitting = sitting.flagged(question.id, question.id not in sitting.flags)
                    self._say("Flagged." if question.id in sitting.flags else "No longer flagged.")
                    show = False
                case ["clear"]:
                    sitting = sitting.answered(question.id, None)
                    self._say("It has no answer any more.")
                    show = False
                case ["sheet"]:
                    self._lines(told.sheet(sitting))
                    show = False
                case ["?"] | ["help"]:
                    self._help()
                    show = False
                case ["submit"] | ["hand", "in"]:
                    if self._sure(sitting):
                        return self.room.hand_in(sitting)
                case ["give", "up"]:
                    self.room.desk.put(sitting, gave_up=True)
                    self._say(f"The exam is given up. To take that back: {terminal.command()} exam")
                    return None
                case ["q"] | ["quit"]:
                    raise _Left
                case _:
                    sitting = self._answered(sitting, question, typed)
                    show = sitting is not before and sitting.at != before.at
            if sitting is not before:
                self.room.desk.put(sitting)

    def _question(self, sitting: Sitting) -> Question:
        return self.room.bank.question(sitting.item.id)

    def _answered(self, sitting: Sitting, question: Question, typed: str) -> Sitting:
        try:
            answer = question.key.taken(question.typed(typed, sitting.form.seed))
        except NoAnswer as e:
            self._say(f"{e} (? says what else can be typed.)")
            return sitting
        sitting = sitting.answered(question.id, answer)
        self._say(f"Kept: {told.given(question, sitting)}.")
        if not sitting.unanswered:
            self._say("Every question is answered. To hand in: submit")
        return sitting.moved(sitting.at + 1)

    def _sure(self, sitting: Sitting) -> bool:
        self._say()
        self._lines(told.wrapped(told.warnings(sitting)))
        return self._yes("Hand in? After this, nothing can be changed. [y/N] ", otherwise=False)

    def _show(self, sitting: Sitting, question: Question) -> None:
        self._say()
        place = f"Question {sitting.at + 1} of {len(sitting.form.items)}"
        words = [state for state in told.state(sitting, sitting.at).split(", ") if state != "here"]
        left = told.time_left(sitting, self.room.now())
        terminal.say(self.out, f"{place}    {', '.join(words)}{f'    {left}' if left else ''}", "bold")
        self._say()
        self._say(said.text(question, sitting.form.seed))
        if given := told.given(question, sitting):
            self._say(f"Your answer so far: {given}")

    def _help(self) -> None:
        for typed, does in KEYS:
            self._say(f"  {typed:<12} {does}")

    # ---- afterwards --------------------------------------------------------------------------------------------------

    def _result(self, sat: Sat) -> None:
        self._say()
        self._lines(told.result(self.room, sat, then(sat.passed)))

    def _lines(self, lines: list[str]) -> None:
        for line in lines:
            self._say(line)

    def _say(self, text: str = "") -> None:
        terminal.say(self.out, text)


def then(passed: bool) -> list[str]:
    """What can be done with a result."""
    call = terminal.command()
    if not passed:
        return ["What you missed stands above, with its chapter.", f"Next, another form: {call} exam"]
    return [
        "Your certificate is drawn by the page, which has the letters of every script:",
        f"  1. {call} progress export mine.json",
        "  2. On the course's pages, Course map, Your work in this browser: import it",
        "  3. There, Final exam, then Look at it",
    ]
