"""`exam`, as a learner calls it in a cell: the final exam, a call for each step, left and gone on with as one likes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keepalive.course import Course
from keepalive.course.progress import Progress, home
from keepalive.course.questions import NoAnswer
from keepalive.exam import NotASitting, Sitting, told
from keepalive.exam.desk import Busy, Desk, Lying
from keepalive.exam.form import is_seed, missing
from keepalive.exam.record import Sat
from keepalive.exam.room import Room
from keepalive.report import prose, render
from keepalive.report import questions as said

from .commands import WrongUse, errors_as_notices, verbatim
from .shown import Shown

_NOTHING = object()

_desks: dict[Path, Desk] = {}
"""By the learner's data: what could not be written lies there until the next cell."""


class Examined(Shown):
    """What a step of an exam came to. `sitting`: as it is now, None where none is under way.

    `sat`: the exam that was handed in, None before that; its `right` and `passed` are what it is worth.
    """

    def __init__(self, html: str, text: str, sitting: Sitting | None, sat: Sat | None) -> None:
        super().__init__(html, text)
        self.sitting, self.sat = sitting, sat


@errors_as_notices
def exam(
    number: int | None = None,
    answer: Any = _NOTHING,
    *,
    begin: bool = False,
    seed: str = "",
    minutes: int | None = None,
    flag: bool | None = None,
    hand_in: bool | str = False,
    give_up: bool = False,
    undo: bool = False,
    result: bool = False,
) -> Shown:
    """Take the final exam. `exam()` says where you are and what can be done.

        exam(begin=True)          a fresh form; seed="..." and minutes=30 are for workshops
        exam(3)                   question 3
        exam(3, "b")              answers it, as question() is answered; exam(3, None) takes the answer back
        exam(3, flag=True)        flags it for later
        exam(hand_in=True)        scores it; first it says what has no answer
        exam(give_up=True)        and exam(undo=True) takes that back
        exam(result=True)         the last result once more, explained

    What you answer is kept at once, in the same place as that of `keepalive exam` in a terminal.
    """
    bank = Course.load().bank
    if short := missing(bank):
        head, *rest = told.not_open(short)
        raise WrongUse("\n\n".join([head, rest[0], "\n".join(f"- {line.strip()}" for line in rest[1:])]))
    desk = _desks.setdefault(home(), Desk())
    room = Room(bank, Progress(), desk)
    try:
        with room.desk.held():
            cell = _Cell(room)
            if begin:
                return cell.begin(seed, minutes)
            if give_up or undo:
                return cell.give_up() if give_up else cell.undo()
            if result:
                return cell.result()
            if hand_in:
                return cell.hand_in(anyway=hand_in == "anyway")
            if number is None:
                return cell.overview()
            return cell.question(number, answer, flag)
    except Busy as e:
        raise WrongUse(verbatim(str(e))) from None


class _Cell:
    """One call."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.changed = ""

    # ---- steps -------------------------------------------------------------------------------------------------------

    def overview(self) -> Shown:
        sitting = self._under_way()
        if isinstance(sitting, Examined):
            return sitting
        if sitting:
            return self._shown(["An exam is under way: " + told.about(sitting) + "."], sitting, sheet=True)
        parts = []
        if latest := self.room.latest:
            parts.append(f"Last time: {told.headline(self.room, latest)} `exam(result=True)` explains it.")
            if lines := told.missed(self.room, latest):
                parts += ["What helps with what you missed:", _listed(lines)]
        lying = self._lying()
        if lying:
            parts.append(f"You gave an exam up: {told.about(lying.sitting)}. `exam(undo=True)` takes that back.")
        parts += [*told.RULES, "To begin: `exam(begin=True)`"]
        return self._shown(parts, None)

    def begin(self, seed: str, minutes: int | None) -> Shown:
        lying = self._lying()
        if lying and not lying.gave_up:
            about = told.about(lying.sitting)
            raise WrongUse(f"An exam is under way: {about}. `exam()` goes on with it; `exam(give_up=True)` ends it.")
        if seed and not is_seed(seed):
            raise WrongUse("A seed is small letters, digits and hyphens, 32 at most.")
        if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int) or minutes < 1):
            raise WrongUse("`minutes` is a whole number from 1.")
        return self._asked(self.room.begin(seed, minutes))

    def question(self, number: Any, answer: Any, flag: bool | None) -> Shown:
        sitting = self._sitting()
        if isinstance(sitting, Examined):
            return sitting
        count = len(sitting.form.items)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= count:
            raise WrongUse(f"Questions have the numbers 1 to {count}: `exam(3)`, and `exam(3, ...)` answers it.")
        sitting = sitting.moved(number - 1)
        question = self.room.bank.question(sitting.item.id)
        heard = []
        if answer is None:
            sitting = sitting.answered(question.id, None)
            heard.append(f"Question {number} has no answer any more.")
        elif answer is not _NOTHING:
            try:
                taken = question.key.taken(question.typed(answer, sitting.form.seed))
            except NoAnswer as e:
                raise WrongUse(f"{verbatim(str(e))} Like this: `exam({number}, {said.how(question)})`.") from None
            sitting = sitting.answered(question.id, taken)
            heard.append(f"Question {number}: kept, {verbatim(told.given(question, sitting))}.")
        if flag is not None:
            sitting = sitting.flagged(question.id, bool(flag))
            heard.append(f"Question {number} is {'flagged' if flag else 'no longer flagged'}.")
        self.room.desk.put(sitting)
        if not heard:
            return self._asked(sitting)
        if not sitting.unanswered:
            heard.append("Every question is answered. To hand in: `exam(hand_in=True)`")
        else:
            following = next((at for at in sitting.unanswered if at >= number), sitting.unanswered[0])
            heard.append(f"Next: `exam({following + 1})`")
        return self._shown(heard, sitting)

    def hand_in(self, *, anyway: bool) -> Shown:
        sitting = self._sitting()
        if isinstance(sitting, Examined):
            return sitting
        if not anyway and (warnings := told.warnings(sitting)):
            parts = [*warnings, 'To hand in all the same, after which nothing can be changed: `exam(hand_in="anyway")`']
            return self._shown(parts, sitting)
        return self._over(self.room.hand_in(sitting))

    def give_up(self) -> Shown:
        sitting = self._sitting()
        if isinstance(sitting, Examined):
            return sitting
        self.room.desk.put(sitting, gave_up=True)
        return self._shown(["The exam is given up. `exam(undo=True)` takes that back, until you begin another."], None)

    def undo(self) -> Shown:
        lying = self._lying()
        if not lying or not lying.gave_up:
            raise WrongUse("There is no exam that was given up. `exam()` says where you are.")
        self.room.desk.put(lying.sitting)
        return self.overview()

    def result(self) -> Shown:
        latest = self.room.latest
        if latest is None:
            raise WrongUse("No exam was handed in yet. `exam()` says where you are.")
        return self._over(latest)

    # ---- what is there -----------------------------------------------------------------------------------------------

    def _lying(self) -> Lying | None:
        try:
            return self.room.lying
        except NotASitting:
            return None

    def _under_way(self) -> Sitting | Examined | None:
        """The sitting, brought up to the questions of now; the result where its time is over; None where none is."""
        lying = self._lying()
        if lying is None or lying.gave_up:
            return None
        try:
            sitting, lost = self.room.go_on()
        except NotASitting as e:
            raise WrongUse(verbatim(str(e))) from None
        if lost:
            listed = ", ".join(map(str, lost))
            self.changed = f"Since you began, these were changed, and are asked again: {listed}."
        if self.room.is_over(sitting):
            return self._over(self.room.hand_in(sitting), "The time is over. What was answered is handed in.")
        return sitting

    def _sitting(self) -> Sitting | Examined:
        sitting = self._under_way()
        if sitting is None:
            raise WrongUse("No exam is under way. To begin: `exam(begin=True)`")
        return sitting

    # ---- what is shown -----------------------------------------------------------------------------------------------

    def _asked(self, sitting: Sitting) -> Shown:
        question = self.room.bank.question(sitting.item.id)
        number = sitting.at + 1
        left = told.time_left(sitting, self.room.now())
        words = [
            f"Question {number} of {len(sitting.form.items)}: {told.state(sitting, sitting.at).removesuffix(', here')}."
        ]
        words += [f"{left}."] if left else []
        if given := told.given(question, sitting):
            words.append(f"Your answer so far: {given}.")
        then = f"Answer in a cell of your own, like `exam({number}, {said.how(question)})`."
        then += f" To flag it for later: `exam({number}, flag=True)`"
        text = f"{' '.join(words)}\n\n{said.text(question, sitting.form.seed)}\n{prose.plain(then)}"
        html = said.html(question, then, sitting.form.seed, before=verbatim(" ".join(words)))
        return self._noted(html, text, sitting, None)

    def _shown(self, parts: list[str], sitting: Sitting | None, *, sheet: bool = False) -> Shown:
        """Paragraphs of Markdown; with the answer sheet, and what to do with it."""
        if sheet and sitting:
            left = told.time_left(sitting, self.room.now())
            parts = [*parts, *([f"{left}."] if left else []), _listed(told.sheet(sitting))]
            parts.append("A question: `exam(3)`. When all is answered: `exam(hand_in=True)`")
        markdown = "\n\n".join(parts)
        body = f'<div class="ka-v-md">{prose.html(markdown)}</div>'
        return self._noted(render.page(body, "Final exam"), prose.plain(markdown), sitting, None)

    def _over(self, sat: Sat, first: str = "") -> Examined:
        room = self.room
        then = _CERTIFICATE if sat.passed else _AGAIN
        text = "\n".join(
            ([first, ""] if first else []) + told.result(room, sat, [prose.plain(sentence) for sentence in then])
        )
        rows = "".join(
            f"<tr><td>{at}</td><td>{prose.verbatim(title)}</td><td>{word}</td><td>{prose.verbatim(help)}</td></tr>"
            for at, (title, word, help) in enumerate(told.by_objective(room, sat), 1)
        )
        head = "".join(f'<th scope="col">{word}</th>' for word in ("Question", "Objective", "Answer", "Read again"))
        parts = [
            f"<p>{prose.verbatim(first)}</p>" if first else "",
            f'<p class="ka-v-head"><strong>{told.headline(room, sat)}</strong></p><p>{told.facts(sat)}</p>',
            f'<div class="ka-v-md"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>',
            "".join(f"<p>{prose.inline(sentence)}</p>" for sentence in then),
            "</div>",
        ]
        for at, (item, asked) in enumerate(zip(room.result(sat).items, sat.form.items, strict=True), 1):
            question = room.question(asked.id, asked.version)
            title = f"Question {at}: {told.verdict(item)}"
            if question is None:
                parts.append(f"<p>{title}. It has changed since, or left the course.</p>")
                continue
            explained = told.explanation(question, item.answer, sat.form.seed)
            inner = said.explained_body(question, explained)
            open = "" if item.right else " open"
            parts.append(
                f'<details class="ka-v-more"{open}><summary class="ka-v-sum">{title}</summary>{inner}</details>'
            )
        return self._noted(render.page("".join(parts), "Result of the exam"), text, None, sat)

    def _noted(self, html: str, text: str, sitting: Sitting | None, sat: Sat | None) -> Examined:
        """With what else is to be said: of questions that were changed, of files that could not be written."""
        for trouble in filter(None, (self.changed, self.room.desk.trouble, self.room.progress.warning)):
            html, text = html + render.notice(verbatim(trouble)), f"{text}\n\nNote: {trouble}"
        return Examined(html, text, sitting, sat)


_AGAIN = ["What you missed stands above, with its chapter. Another form: `exam(begin=True)`"]
_CERTIFICATE = [
    "Your certificate is drawn by the course's pages, which have the letters of every script. In a terminal: "
    "`keepalive progress export mine.json`. On the pages, *Course map*, *Your work in this browser*: import it. "
    "There, *Final exam*, then *Look at it*.",
]


def _listed(lines: list[str]) -> str:
    """Lines as a list in Markdown."""
    return "\n".join(f"- {verbatim(' '.join(line.split()))}" for line in lines)
