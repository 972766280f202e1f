"""How far somebody is: chapters, objectives and reviews, and the same in the page on random histories."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepalive.course import standing
from keepalive.course.outline import Asked, Objective, Outline, Stage, asked_in
from keepalive.course.progress import Event, Progress, chapters_read
from keepalive.course.questions import CELLS, Bank, Key
from keepalive.website.runtime import node

WEB = Path(__file__).parents[2] / "web"
T0 = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def question(name: str, cell: int, chapter: str = "04", *, review: bool = True, number: bool = False) -> Asked:
    key = Key("number", ("m", "n"), (), 12.0, 0.0, "s", (1.0, 2.0)) if number else Key("single", ("x", "y"), ("x",))
    return Asked(name, "v1", cell, chapter, review, key)


OUTLINE = Outline(
    stages=(
        Stage("welcome", "00", "Welcome", True, (20, 0), "", ()),
        Stage("connections", "03", "Connections", True, (30, 10), "", ("p", "q")),
        Stage("client", "04", "A client", True, (25, 20), "client", ("a", "b")),
        Stage("extra", "05", "An extra", False, (15, 15), "", ("e",)),
    ),
    objectives=(
        Objective(1, "First", ()),
        Objective(2, "Second", ("client",)),
        Objective(3, "Third", ()),
    ),
    questions=(
        question("p", 1, "03"),
        question("q", 1, "03", number=True),
        question("r", 1, "03"),
        *(question(name, 2) for name in "abcdef"),
        question("unseen", 2, review=False),
        question("later", 3, "17"),
        question("later-too", 3, "17"),
    ),
)


class History:
    """Events one after another; `at` is the day, and counts on by a second with each."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = T0

    def add(self, type: str, ref: str, data: dict[str, Any] | None = None, *, day: int | None = None) -> Event:
        self.at = T0 + day * DAY if day is not None else self.at + timedelta(seconds=1)
        number = len(self.events) + 1
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        event = Event(f"00000000-0000-0000-0000-{number:012}", stamp, type, ref, data or {})
        self.events.append(event)
        return event

    def answer(self, ref: str, right: bool, version: str = "v1", *, day: int | None = None) -> Event:
        return self.add("answer", ref, {"version": version, "answer": "x", "correct": right}, day=day)

    def passed(self, exercise: str) -> Event:
        return self.add("check", exercise, {"status": "passed", "points": 1, "max": 1, "tasks": {}})

    def exam(self, **answers: Any) -> Event:
        items = [{"id": each, "version": "v1", "options": ["x", "y"]} for each in answers]
        given = {name: value for name, value in answers.items() if value is not None}
        form = {"seed": "s", "bank": "b", "excluded": [], "items": items}
        return self.add("exam", "final", {"form": form, "answers": given, "right": 0, "passed": False})

    def objective(self, number: int) -> standing.Mastery:
        return standing.mastery(OUTLINE, self.events)[number - 1]

    def place(self, id: str) -> standing.Place:
        return next(each for each in standing.places(OUTLINE, self.events) if each.id == id)

    def review(self, day: float = 0) -> standing.Review:
        return standing.review(OUTLINE, self.events, T0 + timedelta(days=day))


@pytest.fixture
def history() -> History:
    return History()


# ---- objectives -----------------------------------------------------------------------------------------------------


def test_nothing_was_done(history):
    assert [each.level for each in standing.mastery(OUTLINE, ())] == ["nothing"] * 3
    assert asdict(history.objective(2)) == {
        "objective": 2, "of": 7, "asked": 0, "first": 0, "right": 0, "wrong": (), "exam": None, "solved": 0,
        "exercises": 1,
    }  # fmt: skip


def test_first_and_latest_answers_are_counted_apart(history):
    history.answer("a", False)
    history.answer("a", True)
    history.answer("b", True)
    history.answer("c", True)
    history.answer("c", False)
    found = history.objective(2)
    assert (found.asked, found.first, found.right, found.wrong) == (3, 2, 2, ("c",))


def test_an_answer_to_another_version_is_one_to_another_question(history):
    history.answer("a", True, version="v0")
    assert history.objective(2).level == "nothing"


def test_what_holds_is_sure_at_first_and_done_in_code(history):
    for name in "abcd":
        history.answer(name, True)
    assert history.objective(2).level == "begun"  # its exercise is open
    history.passed("client")
    assert history.objective(2).level == "holds"


def test_clicking_until_it_is_right_does_not_hold(history):
    history.passed("client")
    for name in "abcdef":
        history.answer(name, False)
        history.answer(name, True)
    assert history.objective(2).level == "begun"


def test_more_than_a_third_wrong_needs_another_look(history):
    history.passed("client")
    history.answer("a", True)
    history.answer("b", True)
    history.answer("c", False)
    assert history.objective(2).level == "begun"
    history.answer("d", False)
    assert history.objective(2).level == "shaky"


def test_a_question_missed_in_the_latest_exam_takes_the_hold(history):
    history.passed("client")
    for name in "abcdef":
        history.answer(name, True)
    history.exam(a="y")
    assert (history.objective(2).exam, history.objective(2).wrong) == (False, ("a",))
    assert history.objective(2).level == "begun"
    history.answer("a", True)
    assert history.objective(2).level == "begun"  # practised since, not examined
    history.exam(b="x")
    assert history.objective(2).level == "holds"


def test_what_an_exam_left_open_is_not_right(history):
    history.exam(a=None, q="12", p=["x"])
    assert [(each.asked, each.right, each.exam) for each in standing.mastery(OUTLINE, history.events)] == [
        (2, 1, False),
        (1, 0, False),
        (0, 0, None),
    ]


@pytest.mark.parametrize("data", [{}, {"form": 1}, {"form": {"items": {}}}, {"form": {"items": [3]}, "answers": {}}])
def test_an_exam_of_another_shape_is_passed_over(history, data):
    history.add("exam", "final", data)
    assert standing.given(OUTLINE, history.events) == ()


# ---- chapters -------------------------------------------------------------------------------------------------------


def test_a_chapter_is_read_until_it_is_taken_back(history):
    first = history.add("read", "chapter:client")
    assert history.place("client").read
    history.add("unread", "chapter:client", {"events": [first.id]})
    assert not history.place("client").read
    history.add("read", "chapter:client")
    assert history.place("client").read


def test_reading_is_not_of_the_exercise_with_the_same_id(tmp_path):
    progress = Progress(tmp_path / "progress.json")
    progress.add("read", "chapter:client")
    progress.add("check", "client", {"status": "passed"})
    progress.reset("client")
    assert list(chapters_read(progress.counting)) == ["client"]
    progress.reset()
    assert chapters_read(progress.counting) == {}
    progress.undo()
    assert list(chapters_read(progress.counting)) == ["client"]


def test_what_is_read_does_not_depend_on_the_order_of_merging(history):
    read = history.add("read", "chapter:client")
    again = history.add("read", "chapter:client")
    unread = history.add("unread", "chapter:client", {"events": [read.id]})
    for events in ([read, unread, again], [unread, again, read], [again, read, unread]):
        assert "client" in chapters_read(events)
    assert chapters_read([unread, read]) == {}


def test_a_chapter_says_what_is_answered_and_solved(history):
    history.answer("a", True)
    history.answer("b", False)
    history.add("check", "client", {"status": "failed", "points": 1})
    assert asdict(history.place("client")) == {
        "id": "client", "read": False, "of": 2, "answered": 2, "right": 1, "exercise": "tried", "minutes_left": 45,
    }  # fmt: skip
    history.passed("client")
    assert (history.place("client").exercise, history.place("client").minutes_left) == ("passed", 25)


def test_minutes_left_on_the_core_path(history):
    assert standing.minutes_left(OUTLINE, ()) == 20 + 40 + 45
    history.add("read", "chapter:welcome")
    history.add("read", "chapter:extra")
    history.answer("p", True)
    assert standing.minutes_left(OUTLINE, history.events) == 40 + 45
    history.answer("q", False)  # what a chapter without an exercise has to practise is answered now
    assert standing.minutes_left(OUTLINE, history.events) == 30 + 45


# ---- reviews --------------------------------------------------------------------------------------------------------


def test_nothing_is_due_before_anything_was_begun(history):
    assert history.review(100) == standing.Review((), False, None)


def test_what_was_wrong_is_due_at_once(history):
    history.answer("a", True)
    history.answer("b", False)
    assert history.review().due == ("b",)
    history.answer("b", True)
    assert history.review().due == ()


def test_an_objective_is_due_a_week_after_it_was_seen(history):
    history.answer("p", True, day=0)
    assert history.review(6.99) == standing.Review((), True, "2026-03-08T09:00:00.000Z")
    assert history.review(7).due == ("q", "r")  # those that were never asked come first
    history.answer("q", True, day=7)
    assert history.review(8).next == "2026-03-15T09:00:00.000Z"
    history.answer("r", True, day=8)
    assert history.review(15).due == ("p", "q")


def test_the_pause_is_always_the_same(history):
    for week in range(1, 6):
        history.answer("a", True, day=7 * week)
        assert history.review(7 * week + 6.9).due == ()
        assert len(history.review(7 * week + 7).due) == standing.PER_OBJECTIVE


def test_reading_a_chapter_counts_as_seeing_what_it_teaches(history):
    history.add("read", "chapter:client", day=0)
    assert history.review(7).due == ("a", "b")
    assert history.review(1).next == "2026-03-08T09:00:00.000Z"


def test_only_chapters_that_exist_are_asked_of(history):
    history.answer("later", True, day=0)
    assert history.review(50) == standing.Review((), True, None)
    history.answer("later", False)
    assert history.review(50).due == ("later",)


def test_at_most_ten_at_a_time_the_wrong_ones_first(history):
    for each in OUTLINE.questions:
        history.answer(each.id, each.cell == 1, day=0)
    due = history.review(8).due
    assert len(due) == 10
    assert set(due[:8]) == {"a", "b", "c", "d", "e", "f", "later", "later-too"}
    assert due[8:] == ("p", "q")


def test_practising_ahead_begins_with_what_was_not_seen(history):
    history.answer("p", True)
    assert standing.ahead(OUTLINE, history.events) == ("a", "q")


# ---- the course and the page ----------------------------------------------------------------------------------------


def test_the_outline_of_this_course():
    bank = Bank.load()
    outline = Outline.of(bank)
    assert [each.title for each in outline.objectives] == list(CELLS.values())
    assert all(id in {each.id for each in outline.questions} for stage in outline.stages for id in stage.questions)
    asked = {stage.number: len(stage.questions) for stage in outline.stages}
    assert asked["00"] >= 1
    assert all(asked[number] >= 3 for number in ("03", "04", "06", "09"))
    exercises = {id for each in outline.objectives for id in each.exercises}
    assert exercises == {each.id for each in bank.course.exercises}


def test_a_notebook_says_what_it_asks(tmp_path):
    cells = [
        {"cell_type": "code", "source": ['question("a-b")\n']},
        {"cell_type": "code", "source": ['print(question("c"))']},
        {"cell_type": "markdown", "source": ['question("d")']},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    assert asked_in(tmp_path / "n.ipynb") == ("a-b",)
    assert asked_in(tmp_path / "none.ipynb") == ()


def drawn(draws: random.Random, outline: Outline) -> list[dict[str, Any]]:
    """A history such as a learner's file may hold, and some that no program writes."""
    events: list[dict[str, Any]] = []
    at = T0
    chapters = [stage.id for stage in outline.stages] + ["gone"]
    exercises = [stage.exercise for stage in outline.stages if stage.exercise] + ["gone"]
    able = draws.random() < 0.3
    for _ in range(draws.randrange(60)):
        at += timedelta(hours=draws.choice([0, 0.01, 1, 30, 100]))
        kind = draws.choice(
            ["answer", "answer", "check"]
            if able
            else ["answer"] * 6 + ["exam", "check", "read", "unread", "reset", "undo", "later"]
        )
        ref, data = "*", {}
        ids = [event["id"] for event in events]
        match kind:
            case "answer":
                asked = draws.choice(outline.questions)
                ref = asked.id
                version = draws.choice([asked.version] * 5 + ["old", None, 3])
                data = {"version": version, "correct": able or draws.choice([True, True, False, "yes"])}
            case "exam":
                ref = "final"
                items = draws.sample(outline.questions, k=min(4, len(outline.questions)))
                form = {"items": [{"id": each.id, "version": each.version} for each in items] + [None, {"id": 3}]}
                answers = {each.id: draws.choice([*each.key.right, "x", 12, "12", ["x"], None]) for each in items[:3]}
                data = {"form": form, "answers": answers}
            case "check":
                ref = draws.choice(exercises)
                data = draws.choice(
                    [{"status": "passed"}, {"status": "failed", "done": True}, {"status": "failed"}, {}]
                )
            case "read":
                ref = f"chapter:{draws.choice(chapters)}"
            case "unread":
                ref = f"chapter:{draws.choice(chapters)}"
                data = {"events": draws.sample(ids, k=min(3, len(ids)))}
            case "reset":
                data = {"events": draws.sample(ids, k=len(ids) // 4)}
            case "undo":
                resets = [event["id"] for event in events if event["type"] == "reset"]
                data = {"event": draws.choice([*resets, "none"])}
        odd = draws.random() < 0.01
        stamp = draws.choice(["2026-02-30T00:00:00.000Z", "9999-12-30T00:00:00.000Z", "0000-01-01T00:00:00.000Z"])
        if not odd:
            stamp = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
        id = str(uuid.UUID(int=draws.getrandbits(128), version=4))
        events.append({"id": id, "at": stamp, "type": kind, "ref": ref, "data": data})
    draws.shuffle(events)
    return events


def test_the_page_says_the_same_of_random_histories(tmp_path):
    draws = random.Random(20260301)
    real = Outline.of(Bank.load())
    cases, expected = [], []
    for number in range(300):
        outline = real if number % 4 == 0 else OUTLINE
        events = drawn(draws, outline)
        now = T0 + timedelta(hours=draws.randrange(0, 1500))
        cases.append({"outline": outline.as_json(), "events": events, "now": now.isoformat().replace("+00:00", "Z")})
        path = tmp_path / "progress.json"
        path.write_text(json.dumps({"schema": 1, "events": events}), "utf-8")
        counting = Progress(path).counting
        expected.append(
            {
                "read": chapters_read(counting),
                "mastery": [{**asdict(each), "level": each.level} for each in standing.mastery(outline, counting)],
                "places": [asdict(each) for each in standing.places(outline, counting)],
                "left": standing.minutes_left(outline, counting),
                "review": asdict(standing.review(outline, counting, now)),
                "ahead": standing.ahead(outline, counting),
            }
        )
    (tmp_path / "cases.json").write_text(json.dumps(cases), "utf-8")
    done = node.run(["tests/progress-same.ts", tmp_path / "cases.json"], cwd=WEB, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    for case, here, there in zip(cases, json.loads(json.dumps(expected)), found, strict=True):
        assert there == here, case["events"]
    levels = {each["level"] for case in expected for each in case["mastery"]}
    assert levels == set(standing.LEVELS), "the histories do not reach every level"
