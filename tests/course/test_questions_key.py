"""What an answer is worth, and in which order options stand: on its own, and the same in TypeScript."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from keepalive.course.questions import Key, NoAnswer, in_order
from keepalive.course.questions.key import number
from keepalive.course.questions.shuffle import fnv1a, mixed, shown_order
from keepalive.website.runtime import node

WEB = Path(__file__).parents[2] / "web"

SINGLE = Key("single", ("one", "two", "six"), ("two",))
MULTIPLE = Key("multiple", ("one", "two", "six"), ("one", "six"))
SPOT = Key("spot", ("late", "early", "never"), ("late",))
ORDER = Key("order", ("one", "two", "six"), ("six", "one", "two"))
NUMBER = Key("number", ("low", "high"), answer=8.7, tolerance=0.2, unit="s", values=(2, 3.3))


def test_the_hash_is_that_of_its_published_tests():
    assert [fnv1a(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]
    assert (mixed(0), mixed(1)) == (0, 0x514E28B7)


def test_every_place_is_taken_about_as_often():
    ids = ("ann", "bob", "cid", "dan")
    firsts = [in_order(str(seed), "question", ids)[0] for seed in range(4000)]
    for id in ids:
        assert 900 < firsts.count(id) < 1100, id


def test_an_order_that_would_be_the_answer_is_turned():
    found = in_order("1", "question", ("one", "two", "six"))
    assert shown_order("1", "question", ("one", "two", "six"), found) == (*found[1:], found[0])


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        (SINGLE, "two", "one"),
        (MULTIPLE, ["six", "one"], ["one"]),
        (MULTIPLE, ["one", "six"], ["one", "two", "six"]),
        (SPOT, "late", "line-7"),
        (ORDER, ["six", "one", "two"], ["one", "two", "six"]),
        (NUMBER, 8.9, 8.91),
        (NUMBER, "8,5 s", "8.49"),
    ],
)
def test_an_answer_is_right_or_not(key, right, wrong):
    assert key.judge(right) is True
    assert key.judge(wrong) is False


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        (SINGLE, "seven", "There is no option 'seven'."),
        (SINGLE, 2, "There is no option 2."),
        (MULTIPLE, [], "Choose at least one."),
        (MULTIPLE, "one", "a list of options"),
        (MULTIPLE, ["one", "one"], "named twice"),
        (SPOT, "line-0", "There is no option"),
        (ORDER, ["one", "two"], "All 3 have a place"),
        (NUMBER, True, "a number of s"),
        (NUMBER, float("nan"), "a number of s"),
        (NUMBER, "about 9", "not a number that can be read"),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(key, answer, said):
    with pytest.raises(NoAnswer, match=said):
        key.judge(answer)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12.0), (" 12,5 ", 12.5), (".5", 0.5), ("-3", -3.0), ("\u22123", -3.0), ("12 S", 12.0), ("+1.25s", 1.25)],
)
def test_a_number_is_read_as_people_write_it(text, value):
    assert number(text, "s") == value


def test_the_mistakes_that_an_answer_makes_are_known():
    assert NUMBER.met("3,3") == ("high",)
    assert NUMBER.met(5) == ()
    assert MULTIPLE.met(["six", "two"]) == ("two", "six")
    assert SPOT.met("line-2") == ()


# ---- both languages ----------------------------------------------------------------------------------------------


def drawn(chance: random.Random) -> dict:
    """A key and something that is given as an answer to it, sensible or not."""
    ids = chance.sample(["one", "two", "six", "late", "early", "a-b", "x1", "no-wait"], chance.randint(2, 6))
    format = chance.choice(["single", "multiple", "trace", "spot", "order", "number"])
    if format == "number":
        answer = round(chance.uniform(-20, 20), chance.randint(0, 3))
        values = [chance.choice([None, round(chance.uniform(-20, 20), 1)]) for _ in ids]
        tolerance = chance.choice([0.0, 0.1, 0.25, 2.0])
        near = answer + chance.choice([0, tolerance, -tolerance, 2 * tolerance + 0.001])
        near = chance.choice([near, *(value for value in values if value is not None)])
        text = chance.choice([f"{near:.4f}", f"{near:.3f}".replace(".", ","), f" {near:.2f} ms", "1.000,5", "", "1e2"])
        key = Key("number", tuple(ids), (), answer, tolerance, "ms", tuple(values))
        given: object = chance.choice([near, text, text, True, None, [near]])
    else:
        count = {"multiple": chance.randint(1, len(ids)), "order": len(ids)}.get(format, 1)
        key = Key(format, tuple(ids), tuple(chance.sample(ids, count)))
        given = chance.choice(
            [
                chance.choice(ids),
                list(key.right),
                chance.sample(ids, chance.randint(0, len(ids))),
                [*key.right, ids[0]],
                "line-3",
                "line-03",
                "nothing",
                3,
                key.right[0],
            ]
        )
    return {
        "key": key,
        "answer": given,
        "seed": str(chance.randint(0, 9999)),
        "id": chance.choice(["tcp", "né-1", "q"]),
    }


def said_here(case: dict) -> dict:
    key, answer = case["key"], case["answer"]
    right = key.right if key.format == "order" else ()
    order = list(shown_order(case["seed"], case["id"], key.options, right))
    try:
        return {"order": order, "right": key.judge(answer), "taken": key.taken(answer), "met": list(key.met(answer))}
    except NoAnswer:
        return {"order": order, "right": None}


def test_python_and_typescript_give_the_same_verdicts_and_orders(tmp_path):
    chance = random.Random(20)
    cases = [drawn(chance) for _ in range(3000)]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{**case, "key": case["key"].as_json()} for case in cases]), "utf-8")
    done = node.run([WEB / "tests" / "questions-same.ts", file], cwd=WEB, timeout=120)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    for case, there in zip(cases, json.loads(done.stdout), strict=True):
        assert said_here(case) == there, case
    verdicts = [said_here(case)["right"] for case in cases]
    assert min(map(verdicts.count, (True, False, None))) > 300, "all three are among them"
