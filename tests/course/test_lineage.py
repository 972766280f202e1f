"""What an exercise builds on, and which checks of those are superseded."""

from pathlib import Path

from keepalive.course import Course, Exercise
from keepalive.course.lineage import earlier
from keepalive.course.model import Draft, Superseded


def course_of(*rows) -> tuple[Course, dict[str, Exercise]]:
    """A course of exercises that are drafts: (id, what it builds on, {"exercise/check": why})."""
    made = {}
    for id, base, gone in rows:
        superseded = tuple(Superseded(*name.split("/"), why) for name, why in gone.items())
        folder = Path(f"0{len(made)}-{id}")
        made[id] = Exercise(
            **dict.fromkeys(("title", "chapter", "status", "brief_intro"), ""),
            **dict.fromkeys(("entries", "objectives", "out_of_scope", "tasks"), ()),
            **{"id": id, "number": folder.name[:2], "builds_on": base, "minutes": 1, "folder": folder},
            supersedes=superseded,
        )
    drafts = tuple(Draft(each.name, each.id, each.folder, exercise=each) for each in made.values())
    return Course(Path(), (), (), (), drafts), made


def test_what_is_superseded_once_is_so_for_all_that_builds_on_it():
    course, made = course_of(
        ("first", "", {}),
        ("second", "first", {"first/a.b": "second changed it"}),
        ("aside", "first", {"first/e.f": "aside changed it"}),
        ("third", "second", {"second/c.d": "third changed it", "first/a.c": "third changed this too"}),
    )
    assert [(each.exercise.id, each.superseded) for each in earlier(made["third"], course)] == [
        ("second", {"c.d": "third changed it"}),
        ("first", {"a.b": "second changed it", "a.c": "third changed this too"}),
    ]
    assert list(earlier(made["first"], course)) == []


def test_the_latest_reason_counts():
    course, made = course_of(
        ("first", "", {}), ("second", "first", {"first/a.b": "once"}), ("third", "second", {"first/a.b": "again"})
    )
    assert [each.superseded for each in earlier(made["third"], course)] == [{}, {"a.b": "again"}]


def test_exercises_that_build_on_each_other_come_to_an_end():
    course, made = course_of(("one", "two", {}), ("two", "one", {}))
    assert [each.exercise.id for each in earlier(made["one"], course)] == ["two"]
