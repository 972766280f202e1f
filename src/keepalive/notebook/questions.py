"""`question`, as a learner calls it in a cell: asked by `question("waves-of-tasks")`, answered by one more argument."""

from __future__ import annotations

from typing import Any

from keepalive.course import Course
from keepalive.course.progress import Progress
from keepalive.course.questions import NoAnswer, Question
from keepalive.course.questions.answers import explained, record, standing
from keepalive.report import questions as said

from .commands import WrongUse, errors_as_notices, warned
from .shown import Shown

_NOTHING = object()

_BEFORE = {"right": "You have answered it right.", "wrong": "Your latest answer was not right.", "new": ""}


class Answered(Shown):
    """What came of an answer."""

    def __init__(self, html: str, text: str, right: bool) -> None:
        super().__init__(html, text)
        self.right = right


@errors_as_notices
def question(name: str | None = None, answer: Any = _NOTHING) -> Shown:
    """Ask a question, or answer it: `question("waves-of-tasks")`, then `question("waves-of-tasks", 12)`.

    An answer is a letter ("b"), several ("a, c"), all of them in order ("bca"), the number of a line or a number,
    as the question says. Afterwards every choice is explained. What you answered is kept in your progress.
    """
    bank = Course.load().bank
    if not isinstance(name, str):
        example = f' For instance: `question("{bank.questions[0].id}")`.' if bank.questions else ""
        raise WrongUse(f"`question()` wants a question's name, in quotes.{example}")
    asked, progress = bank.question(name), Progress()
    call = f'question("{asked.id}"'
    if answer is _NOTHING or answer is None:
        then = f"Answer in a cell of your own, like `{call}, {said.how(asked)})`."
        known = _BEFORE[standing(progress, asked)]
        text = "\n".join(filter(None, [known, said.text(asked), said.prose.plain(then)]))
        return Shown(*warned(progress, said.html(asked, then, before=known), text))
    try:
        given = asked.typed(answer)
        right = record(progress, asked, given)
    except NoAnswer as e:
        raise WrongUse(f"{_marked(str(e))} Like this: `{call}, {said.how(asked)})`.") from None
    found = explained(asked, given)
    then = _then(asked, right)
    text = f"{said.explained_text(asked, found)}\n\n{said.prose.plain(then)}"
    return Answered(*warned(progress, said.explained_html(asked, found, then), text), right)


def _then(question: Question, right: bool) -> str:
    if right:
        return "Read the other explanations as well: each is a mistake that somebody makes."
    return f'Once you see why, answer again: `question("{question.id}", {said.how(question)})`.'


def _marked(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>" else c for c in text)
