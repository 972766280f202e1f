"""The learner's code in the file of progress; and that the page, which keeps the same file, is told the same by it.

The files in `progress/` are read by `web/tests/store.shape.test.ts` as well.
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalive.course.progress import Draft, NotProgress, Progress, merged_drafts
from keepalive.course.shape import validator

FILES = Path(__file__).parent / "progress"
CASES = json.loads((FILES / "answers.json").read_text("utf-8"))["cases"]
ONE, OTHER, THIRD = (str(uuid.UUID(int=number)) for number in (1, 2, 3))


def opened(path):
    seconds, numbers = count(), count(1000)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Progress(
        path, now=lambda: noon + timedelta(seconds=next(seconds)), new_id=lambda: uuid.UUID(int=next(numbers))
    )


def at(second):
    return f"2026-03-01T12:00:{second:02}.000Z"


def file(path, drafts, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"schema": 1, "events": [], **more, "drafts": drafts}), "utf-8")
    return path


def written(path):
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "progress.json"


# ---- the same answers as the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_events_are_answered_for_as_the_table_says(case, path):
    path.parent.mkdir()
    path.write_text(json.dumps({"schema": 1, "events": case["events"]}), "utf-8")
    progress = opened(path)
    assert [event.id for event in progress.counting] == case["counting"]
    for exercise, wanted in case["exercises"].items():
        assert {
            "passed": progress.passed(exercise),
            "tried": progress.tried(exercise),
            "best": progress.best(exercise),
            "hints": {task: progress.hints_shown(exercise, task) for task in wanted["hints"]},
            "tasks": progress.task_status(exercise),
            "solution": progress.solution_seen(exercise),
        } == wanted
    before = path.read_bytes()
    for exercise, wanted in case["reset"].items():
        path.write_bytes(before)
        withdrawn = opened(path).reset(None if exercise == "*" else exercise)
        assert [event.id for event in withdrawn] == wanted
    path.write_bytes(before)
    undone = opened(path).undo()
    assert (undone.id if undone else None) == case["undo"]


def test_the_two_files_are_merged_to_the_third(path, tmp_path):
    path.parent.mkdir()
    path.write_bytes((FILES / "one.json").read_bytes())
    progress = opened(path)
    progress.include(FILES / "other.json")
    assert written(path) == json.loads((FILES / "merged.json").read_text("utf-8"))
    assert progress.include(FILES / "one.json").drafts == () and progress.include(FILES / "other.json").events == 0
    back = opened(tmp_path / "back" / "progress.json")
    back.include(FILES / "other.json")
    back.include(FILES / "one.json")
    assert written(back.path)["drafts"] == written(path)["drafts"] and back.events == progress.events


# ---- merging ---------------------------------------------------------------------------------------------------------

# Few ids, times and texts, so that versions meet. Extra letters: UTF-16 orders the second and third unlike code points.
versions = st.one_of(
    st.fixed_dictionaries(
        {
            "at": st.sampled_from([at(1), at(2)]),
            "code": st.sampled_from(["", "a", "\uffee", "\U0001f600", "\ud800"]),
        }
    ),
    st.fixed_dictionaries({"at": st.sampled_from([at(1), at(2)]), "code": st.just(""), "deleted": st.just(True)}),
)
drafts = st.dictionaries(st.sampled_from("ab"), st.dictionaries(st.sampled_from([ONE, OTHER, THIRD]), versions))


@given(drafts, drafts, drafts)
def test_merging_needs_no_order_and_no_number_of_times(one, other, third):
    union = merged_drafts(one, other)
    assert merged_drafts(other, one) == union
    assert merged_drafts(merged_drafts(one, other), third) == merged_drafts(one, merged_drafts(other, third))
    assert merged_drafts(union, one) == merged_drafts(union, union) == union
    ids = {(exercise, id) for file in (one, other) for exercise, versions in file.items() for id in versions}
    assert {(exercise, id) for exercise, versions in union.items() for id in versions} == ids, "all of them"
    for exercise, id in ids:
        held = [file[exercise][id] for file in (one, other) if id in file.get(exercise, {})]
        assert union[exercise][id] in held
        assert union[exercise][id]["at"] == max(version["at"] for version in held), "the newest"


# ---- in the file -----------------------------------------------------------------------------------------------------


def test_the_newest_is_the_draft_and_the_others_are_kept(path):
    file(
        path,
        {
            "a": {
                ONE: {"at": at(5), "code": "x = 1\n"},
                OTHER: {"at": at(5), "code": "x = 2\n"},
                THIRD: {"at": at(9), "code": "", "deleted": True},
                str(uuid.UUID(int=4)): {"at": at(2), "code": "x = 1\n"},
            },
            "b": {THIRD: {"at": at(9), "code": "", "deleted": True}},
        },
    )
    progress = opened(path)
    assert progress.drafts("a") == (Draft("a", OTHER, at(5), "x = 2\n"), Draft("a", ONE, at(5), "x = 1\n"))
    assert progress.drafts("b") == progress.drafts("never") == ()
    assert progress.drafted == ("a",)
    before = written(path)["drafts"]
    progress.add("solution", "a")
    assert written(path)["drafts"] == before, "what is hidden is kept, too"


def test_import_says_which_drafts_came(path, tmp_path):
    other = file(
        tmp_path / "other.json",
        {"a": {ONE: {"at": at(1), "code": "x"}, OTHER: {"at": at(2), "code": "", "deleted": True}}},
    )
    progress = opened(path)
    included = progress.include(other)
    assert (included.events, included.drafts) == (0, (Draft("a", ONE, at(1), "x"),))
    assert opened(path).drafts("a") == included.drafts, "written, though no event came"
    assert progress.include(other).drafts == ()
    file(other, {"a": {ONE: {"at": at(3), "code": "y"}, OTHER: {"at": at(1), "code": "came back"}}})
    assert progress.include(other).drafts == (Draft("a", ONE, at(3), "y"),), "what was removed does not come back"
    assert written(path)["drafts"]["a"][OTHER]["deleted"] is True


def test_drafts_that_another_program_wrote_meanwhile_are_kept(path, tmp_path):
    one, other = opened(path), opened(path)
    one.include(file(tmp_path / "1.json", {"a": {ONE: {"at": at(1), "code": "x"}}}))
    other.include(file(tmp_path / "2.json", {"a": {OTHER: {"at": at(2), "code": "y"}}}))
    one.add("solution", "a")
    assert [draft.code for draft in opened(path).drafts("a")] == ["y", "x"]


def test_export_never_replaces_a_draft_that_is_not_here(path, tmp_path):
    progress, target = opened(path), tmp_path / "mine.json"
    progress.include(file(tmp_path / "other.json", {"a": {ONE: {"at": at(2), "code": "x"}}}))
    assert progress.export(target) == 0 and written(target) == written(path)
    assert progress.export(target) == 0, "again"
    for drafts in ({"a": {ONE: {"at": at(3), "code": "y"}}}, {"b": {ONE: {"at": at(1), "code": "x"}}}):
        before = file(target, drafts).read_bytes()
        with pytest.raises(NotProgress, match="not here"):
            progress.export(target)
        assert target.read_bytes() == before
    file(target, {"a": {ONE: {"at": at(1), "code": "older"}}})
    assert progress.export(target) == 0, "of the same version this is the newer one"


def test_half_a_character_of_a_browser_is_kept(path, tmp_path):
    other = file(tmp_path / "other.json", {"a": {ONE: {"at": at(1), "code": "\ud83d \U0001f600 \\ud83d"}}})
    opened(path).include(other)
    assert opened(path).drafts("a")[0].code == "\ud83d \U0001f600 \\ud83d"
    assert opened(path).warning == ""


@pytest.mark.parametrize(
    "drafts",
    [
        [],
        {"a": "code"},
        {"": {}},
        {"a": {"one": {"at": at(1), "code": ""}}},
        {"a": {ONE: {"at": at(1)}}},
        {"a": {ONE: {"at": "today", "code": ""}}},
        {"a": {ONE: {"at": at(1), "code": 3}}},
        {"a": {ONE: {"at": at(1), "code": "", "deleted": False}}},
        {"a": {ONE: None}},
    ],
)
def test_drafts_of_another_shape_are_no_progress(path, tmp_path, drafts):
    with pytest.raises(NotProgress):
        opened(path).include(file(tmp_path / "other.json", drafts))
    assert not path.exists()


def test_a_number_that_is_no_json_is_no_progress(path, tmp_path):
    (tmp_path / "other.json").write_text('{"schema": 1, "events": [], "more": NaN}')
    with pytest.raises(NotProgress):
        opened(path).include(tmp_path / "other.json")


def test_a_file_without_drafts_stays_valid_and_without():
    validator("progress").validate({"schema": 1, "events": []})
    for name in ("one", "other", "merged"):
        validator("progress").validate(json.loads((FILES / f"{name}.json").read_text("utf-8")))
