"""The page's exam is the terminal's: thousands of forms, sittings and scores, the same in TypeScript and in Python."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exam.banks import bank, right, wrong
from keepalive.course.questions import Bank
from keepalive.exam import PASS, Sitting, draw, keys_of, missing, new_seed, score
from keepalive.website.runtime import node

WEB = Path(__file__).parents[2] / "web"
NONSENSE = ("no-such", 7, [], {}, True, "", ["one-1", "one-1"], None, "12,5 s", "line-2", "line-0")


def as_asked(there: Bank) -> dict:
    """A bank as the page has it."""
    questions = [
        {"id": q.id, "version": q.version, "cell": q.cell, "key": q.key.as_json()}
        for q in there.questions
        if "exam" in q.use
    ]
    return {"version": there.version, "questions": questions}


def orders(count: int, banks: list[Bank]) -> list[dict]:
    draws, made = random.Random(20260301), []
    for number in range(count):
        of = number % len(banks)
        questions = {q.id: q for q in banks[of].questions}
        seed = new_seed(draws)
        exclude = draws.sample(sorted(questions), draws.choice((0, 14, 40, len(questions))))
        form = draw(banks[of], seed, exclude)
        answers = {}
        for item in form.items:
            kind = draws.random()
            if kind < 0.6:
                answers[item.id] = right(questions[item.id])
            elif kind < 0.8:
                answers[item.id] = wrong(questions[item.id])
            elif kind < 0.95:
                answers[item.id] = draws.choice(NONSENSE)
        answers = {id: given for id, given in answers.items() if given is not None}
        flags = draws.sample([item.id for item in form.items], draws.randrange(5))
        when = datetime(2026, 3, draws.randrange(1, 28), 9, 30, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"answers": answers, "flags": flags, "at": draws.randrange(-3, 20)}
        later = (of + 1) % len(banks)
        minutes = draws.choice((None, 30))
        made.append(
            {"of": of, "seed": seed, "exclude": exclude, "began": when, "minutes": minutes, "later": later} | said
        )
    return made


@pytest.fixture(scope="module")
def banks() -> list[Bank]:
    first = bank()
    reworded = bank(change=lambda q: replace(q, stem=f"{q.stem} Now?") if q.cell % 3 == 0 else q)
    return [first, reworded]


def test_every_form_sitting_and_score_is_the_same(banks):
    asked = orders(3000, banks)
    lines = [json.dumps({"bank": as_asked(each)}) for each in banks] + [json.dumps(order) for order in asked]
    done = node.run([WEB / "tests" / "exam-forms.ts"], input="\n".join(lines).encode(), timeout=120)
    assert done.returncode == 0, node.said(done)
    told = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(told) == len(asked)
    keys = keys_of(banks[0]) | keys_of(banks[1])
    passes = 0
    for order, said in zip(asked, told, strict=True):
        there = banks[order["of"]]
        form = draw(there, order["seed"], order["exclude"])
        assert said["form"] == form.as_json()
        assert dict(map(tuple, said["missing"])) == missing(there)
        result = score(keys, form, order["answers"])
        items = [{"id": i.id, "cell": i.cell, "answer": i.answer, "right": i.right} for i in result.items]
        assert (said["items"], said["right"], said["passed"]) == (items, result.right, result.passed)
        passes += result.passed

        sitting = Sitting(form, datetime.fromisoformat(order["began"]), order["minutes"])
        for id, answer in order["answers"].items():
            sitting = sitting.answered(id, answer)
        for id in order["flags"]:
            sitting = sitting.flagged(id, True)
        sitting = sitting.moved(order["at"])
        assert said["kept"] == sitting.as_json()
        assert Sitting.of_json(said["kept"]) == sitting
        now, lost = sitting.brought_up_to(banks[order["later"]])
        assert said["now"] == {"sitting": now.as_json(), "lost": list(lost)}
    assert 100 < passes < len(asked) - 100, "both ends are tried"


def test_the_rule_for_passing_is_one_number():
    text = (WEB / "src" / "exam" / "score.ts").read_text(encoding="utf-8")
    assert f"export const PASS = {PASS};" in text
