"""What is said around an exam, in plain text: the rules, the answer sheet, the result. For terminal and prompt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from keepalive.course.questions import CELLS, Question
from keepalive.course.questions.answers import Explained, explained
from keepalive.report import prose
from keepalive.report import questions as said

from .form import CELL_SIZE, LENGTH
from .record import Sat
from .room import Room
from .score import PASS, ItemScore
from .sitting import Sitting

RULES = (
    f"{LENGTH} questions, one for each objective. {PASS} right answers pass.",
    "There is no timer, unless you set one. What you answer is kept at once; go on whenever you like.",
    "Nothing is judged before you hand in. Then every choice is explained.",
    "Questions and keys lie on your machine, so a result is self-attested: it says what was answered, not by whom.",
)


def not_open(short: dict[int, int]) -> list[str]:
    """short: how many questions each objective still needs."""
    listed = [f"  {CELLS[cell]}: {count}" for cell, count in short.items()]
    return [
        "The exam is not open yet.",
        f"It opens when each objective has {CELL_SIZE} questions to draw from. So many are missing:",
        *listed,
    ]


def about(sitting: Sitting) -> str:
    """How far it has come: "5 of 14 answered, begun 2026-03-01 09:30 UTC"."""
    answered = len(sitting.form.items) - len(sitting.unanswered)
    return f"{answered} of {len(sitting.form.items)} answered, begun {sitting.began:%Y-%m-%d %H:%M} UTC"


def state(sitting: Sitting, at: int) -> str:
    """Of the question at a place, from 0: "answered, flagged, here"."""
    words = ["no answer" if at in sitting.unanswered else "answered"]
    if sitting.form.items[at].id in sitting.flags:
        words.append("flagged")
    if at == sitting.at:
        words.append("here")
    return ", ".join(words)


def sheet(sitting: Sitting) -> list[str]:
    """The answer sheet: every question with its state in words."""
    return [f"  {at + 1:>2}  {state(sitting, at)}" for at in range(len(sitting.form.items))]


def numbers(places: tuple[int, ...]) -> str:
    """Places from 0 as people count them: "3, 7"."""
    return ", ".join(str(at + 1) for at in places)


def flagged(sitting: Sitting) -> tuple[int, ...]:
    """The places, from 0, of flagged questions."""
    return tuple(at for at, item in enumerate(sitting.form.items) if item.id in sitting.flags)


def warnings(sitting: Sitting) -> list[str]:
    """What is to be said before it is handed in; nothing where all is answered and none is flagged."""
    found = []
    if open := sitting.unanswered:
        one = len(open) == 1
        found.append(
            f"{'One question has' if one else f'{len(open)} questions have'} no answer, and would count as not right: "
            f"{numbers(open)}."
        )
    if flags := flagged(sitting):
        found.append(f"Flagged: {numbers(flags)}.")
    return found


def time_left(sitting: Sitting, now: datetime) -> str:
    """ "Time left: 12 minutes", or "" without a limit."""
    left = sitting.left(now)
    if left is None:
        return ""
    minutes = -(-left // timedelta(minutes=1))
    return f"Time left: {minutes} minute{'' if minutes == 1 else 's'}"


def given(question: Question, sitting: Sitting) -> str:
    """The answer as it stands, in the words in which it is typed; "" where there is none."""
    answer = sitting.answers.get(question.id)
    return "" if answer is None else explained(question, answer, sitting.form.seed).said


# ---- afterwards ----------------------------------------------------------------------------------------------------


def headline(room: Room, sat: Sat) -> str:
    """ "13 of 14 right: passed." What has changed since cannot be counted again: then it is as it was counted."""
    result = room.result(sat)
    gone = any(item.right is None for item in result.items)
    right, passed = (sat.right, sat.passed) if gone else (result.right, result.passed)
    return f"{right} of {len(sat.form.items)} right: {'passed' if passed else 'not passed'}."


def facts(sat: Sat) -> str:
    """When, which form, what passes."""
    return f"Handed in {sat.at[:16].replace('T', ' ')} UTC. Seed {sat.form.seed}. {PASS} right answers pass."


def verdict(item: ItemScore) -> str:
    """In a word or two."""
    if item.right is None:
        return "changed since"
    if item.right:
        return "right"
    return "no answer" if item.answer is None else "not right"


def repair(room: Room, question: Question | None) -> str:
    """What to read again, as Markdown; "" where its chapter has still to be written."""
    chapters = room.bank.course.chapters
    chapter = next((c for c in chapters if question and c.number == question.chapter), None)
    return f"chapter {chapter.number}, {chapter.title}" if chapter else ""


def by_objective(room: Room, sat: Sat) -> list[tuple[str, str, str]]:
    """Of each question the objective, the verdict, and what to read again."""
    rows = []
    for item, asked in zip(room.result(sat).items, sat.form.items, strict=True):
        help = "" if item.right else repair(room, room.question(asked.id, asked.version))
        rows.append((CELLS.get(item.cell, "A question that has left the course"), verdict(item), help))
    return rows


def missed(room: Room, sat: Sat) -> list[str]:
    """What was missed, with what helps: read before another try."""
    rows = [row for row in by_objective(room, sat) if row[1] in ("not right", "no answer")]
    return [f"  {title}: {help or 'its chapter has still to be written'}" for title, _, help in rows]


def explanation(question: Question, answer: object | None, seed: str) -> Explained:
    """An answer explained; without one, every choice all the same."""
    if answer is not None:
        return explained(question, answer, seed)
    key = question.key
    whole = explained(question, key.answer if key.format == "number" else _right(question), seed)
    return replace(
        whole, right=False, said="nothing", choices=tuple(replace(each, chosen=False) for each in whole.choices)
    )


def _right(question: Question) -> object:
    key = question.key
    return list(key.right) if key.format in ("multiple", "order") else key.right[0]


def result(room: Room, sat: Sat, then: list[str]) -> list[str]:
    """Everything there is to say of it, as lines. `then`: what can be done next."""
    out = [headline(room, sat), facts(sat), "", "By objective:"]
    for at, (title, word, help) in enumerate(by_objective(room, sat), 1):
        out.append(f"  {at:>2}  {word:<9}  {title}")
        if help:
            out.append(f"{'':17}read again: {help}")
    for at, (item, asked) in enumerate(zip(room.result(sat).items, sat.form.items, strict=True), 1):
        out += ["", f"Question {at} of {len(sat.form.items)}: {verdict(item)}", ""]
        question = room.question(asked.id, asked.version)
        if question is None:
            out.append("It has changed since, or left the course.")
            continue
        told = explanation(question, item.answer, sat.form.seed)
        out += [said.text(question, sat.form.seed), "", said.explained_text(question, told)]
    # Once more: a terminal shows its last lines.
    return [*out, "", headline(room, sat), *then]


def wrapped(sentences: list[str] | tuple[str, ...]) -> list[str]:
    """Sentences as lines of 80 columns."""
    return [line for sentence in sentences for line in prose.plain(sentence).split("\n")]
