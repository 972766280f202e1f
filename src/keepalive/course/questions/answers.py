"""What a learner answered, kept with their progress, and what is said of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..progress import Event, Progress
from .model import FIRST_SEED, Option, Question, letter

ANSWER = "answer"
"""The type of the events. Their `ref` is the question's id; `data`: version, answer, correct."""


def record(progress: Progress, question: Question, answer: object) -> bool:
    """Keeps the answer; whether it is right. Raises NoAnswer."""
    right = question.key.judge(answer)
    data = {"version": question.version, "answer": question.key.taken(answer), "correct": right}
    progress.add(ANSWER, question.id, data)
    return right


def answers(progress: Progress, question: Question) -> tuple[Event, ...]:
    """What was answered to the question as it is now, oldest first. A changed question has not been answered."""
    return tuple(e for e in progress.of(ANSWER, question.id) if e.data.get("version") == question.version)


def standing(progress: Progress, question: Question) -> str:
    """ "right" or "wrong" after the latest answer, "new" before any."""
    given = answers(progress, question)
    return "new" if not given else "right" if given[-1].data.get("correct") is True else "wrong"


def next_seed(progress: Progress, question: Question) -> str:
    """The seed of the order in which the question is shown now: another one after each answer."""
    return str(len(answers(progress, question)) + 1)


def to_practise(progress: Progress, questions: Iterable[Question]) -> tuple[Question, ...]:
    """What is to be asked: first what was answered wrong, then what was never answered."""
    found = {question: standing(progress, question) for question in questions}
    wrong = [question for question, state in found.items() if state == "wrong"]
    return (*wrong, *(question for question, state in found.items() if state == "new"))


@dataclass(frozen=True)
class Choice:
    """One option, explained. `label` is its letter, line or number; "" where it has none."""

    label: str
    option: Option
    right: bool
    chosen: bool


@dataclass(frozen=True)
class Explained:
    """An answer and all that there is to say of it. `said` is the answer as a person would give it."""

    right: bool
    said: str
    solution: str
    why: str
    choices: tuple[Choice, ...]


def explained(question: Question, answer: object, seed: str = FIRST_SEED) -> Explained:
    """What is said of an answer. `seed`: that of the order in which the options were shown. Raises NoAnswer."""
    key = question.key
    right, met, given = key.judge(answer), set(key.met(answer)), key.taken(answer)
    shown = question.shown(seed)
    labels = {option.id: letter(place) for place, option in enumerate(shown)}
    if question.format == "number":
        labels = {option.id: amount(option.value or 0.0, question.unit) for option in shown}
        said, solution = amount(float(given), question.unit), amount(question.answer, question.unit)  # type: ignore[arg-type]
    elif question.format == "spot":
        labels = {option.id: f"line {option.line}" for option in shown}
        said, solution = labels.get(str(given), str(given).replace("-", " ")), labels[key.right[0]]
    else:
        said = ", ".join(_sorted([labels[id] for id in ([given] if isinstance(given, str) else given)], question))  # type: ignore[union-attr]
        solution = ", ".join(_sorted([labels[id] for id in key.right], question))
    if question.format == "order":  # explained in the order that is right
        shown = tuple(question.option(id) for id in question.order)
    elif question.format == "spot":
        shown = tuple(sorted(shown, key=lambda option: option.line))
    return Explained(
        right=right,
        said=said,
        solution=solution,
        why=question.why,
        choices=tuple(Choice(labels[option.id], option, option.id in key.right, option.id in met) for option in shown),
    )


def amount(value: float, unit: str) -> str:
    """12 connections, 1 connection, 9.5 s."""
    if value == 1 and len(unit) > 2 and unit.endswith("s"):
        unit = unit[:-1]
    return f"{value:.15g} {unit}".strip()


def _sorted(labels: list[str], question: Question) -> list[str]:
    return labels if question.format == "order" else sorted(labels)
