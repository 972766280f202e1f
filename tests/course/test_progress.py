"""What a learner did is kept, whatever happens to the file; and no trouble with the file costs them a check."""

import errno
import json
import os
import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import filelock
import pytest

from keepalive.course import progress as module
from keepalive.course.progress import Included, Progress, merged
from keepalive.course.shape import validator

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def clock(start=NOON, step=1.0):
    ticks = count()
    return lambda: start + timedelta(seconds=step * next(ticks))


def ids(start=1):
    numbers = count(start)
    return lambda: uuid.UUID(int=next(numbers))


def opened(path, *, start=1, **kwargs):
    return Progress(path, now=clock(), new_id=ids(start), **kwargs)


def written(path: Path):
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "progress.json"


# ---- events --------------------------------------------------------------------------------------------------------


def test_an_event_is_written_as_the_schema_says(path):
    opened(path).add("check", "minimal-client", {"status": "failed", "points": 3, "max": 10})
    data = written(path)
    assert data == {
        "schema": 1,
        "events": [
            {
                "id": "00000000-0000-0000-0000-000000000001",
                "at": "2026-03-01T12:00:00.123Z",
                "type": "check",
                "ref": "minimal-client",
                "data": {"status": "failed", "points": 3, "max": 10},
            }
        ],
    }
    validator("progress").validate(data)
    event_shape = module.schema("progress")["$defs"]["event"]
    validator("progress").evolve(schema=event_shape).validate(data["events"][0])


def test_time_is_utc_whatever_the_clock_says(path):
    local = NOON.astimezone(timezone(timedelta(hours=5)))
    Progress(path, now=lambda: local, new_id=ids()).add("solution", "x")
    assert written(path)["events"][0]["at"] == "2026-03-01T12:00:00.123Z"


def test_without_a_file_nothing_was_done_and_nothing_is_written(path):
    progress = opened(path)
    assert progress.events == () and progress.warning == ""
    assert not progress.passed("x") and not progress.tried("x") and progress.best("x") is None
    assert progress.hints_shown("x", "t") == 0 and progress.task_status("x") == {} and not progress.solution_seen("x")
    assert not path.parent.exists()


def test_what_was_done_is_read_back(path):
    first = opened(path)
    first.add("check", "a", {"status": "failed", "points": 4, "max": 10, "tasks": {"t1": "passed", "t2": "failed"}})
    first.add("check", "a", {"status": "not_attempted", "points": 0, "max": 10, "tasks": {"t1": "not_attempted"}})
    first.add("hint", "a", {"task": "t2", "number": 1})
    first.add("hint", "a", {"task": "t2", "number": 2})
    first.add("check", "b", {"status": "passed", "points": 5, "max": 5})
    first.add("check", "b", {"status": "failed", "points": 1, "max": 5})
    first.add("check", "c", {"status": "not_attempted", "points": 0, "max": 5})
    first.add("solution", "b")
    for progress in (first, opened(path)):
        assert not progress.passed("a") and progress.passed("b"), "a pass is for good"
        assert progress.tried("a") and not progress.tried("c")
        assert (progress.best("a"), progress.best("b"), progress.best("d")) == (4, 5, None)
        assert progress.hints_shown("a", "t2") == 2 and progress.hints_shown("a", "t1") == 0
        assert progress.task_status("a") == {"t1": "not_attempted"}, "the latest check"
        assert progress.solution_seen("b") and not progress.solution_seen("a")
        assert len(progress.events) == 8


def test_the_version_before_the_last_is_kept_beside(path):
    progress = opened(path)
    progress.add("solution", "a")
    first = path.read_bytes()
    progress.add("solution", "b")
    assert (path.parent / "progress.json.bak").read_bytes() == first


# ---- several programs ----------------------------------------------------------------------------------------------


def test_two_programs_that_add_lose_nothing(path):
    one, other = opened(path, start=1), opened(path, start=100)
    one.add("solution", "a")
    other.add("solution", "b")
    one.add("solution", "c")
    assert [event["ref"] for event in written(path)["events"]] == ["a", "b", "c"]
    assert {event.ref for event in one.events} == {"a", "b", "c"}


def test_many_threads_at_once_lose_nothing(path):
    def work(number):
        progress = Progress(path)
        for step in range(5):
            progress.add("hint", f"e{number}", {"task": "t", "number": step + 1})
        assert progress.warning == ""

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = Progress(path)
    assert len(fresh.events) == 20
    assert all(fresh.hints_shown(f"e{number}", "t") == 5 for number in range(4))


def test_merging_is_the_union_in_order_of_time(path, tmp_path):
    one, other = opened(path), opened(tmp_path / "other.json", start=2)
    shared = one.add("solution", "a")
    other._events[shared.id] = shared.as_json()
    other._known[shared.id] = shared
    late = other.add("solution", "b")
    late = other.add("solution", "c")
    assert merged(one.events, other.events)[-1] == late
    assert [event.ref for event in merged(one.events, other.events)] == ["a", "b", "c"]
    assert merged(one.events, other.events) == merged(other.events, one.events)


# ---- files of other times ------------------------------------------------------------------------------------------


def test_what_this_version_does_not_know_is_kept(path):
    path.parent.mkdir()
    odd = [
        {"id": "not-a-uuid", "type": "check", "ref": "a", "data": {"status": "passed"}},
        {
            "id": str(uuid.UUID(int=7)),
            "at": "2026-03-01T12:00:00.000Z",
            "type": "reset",
            "ref": "a",
            "data": {},
            "y": 2,
        },
    ]
    path.write_text(json.dumps({"schema": 1, "events": odd, "later": {"a": "code"}}), "utf-8")
    progress = opened(path)
    assert progress.warning == "" and not progress.passed("a"), "an event without a time does not count"
    assert [event.type for event in progress.events] == ["reset"]
    progress.add("solution", "a")
    data = written(path)
    assert data["events"][:2] == odd and len(data["events"]) == 3
    assert data["later"] == {"a": "code"}


def test_a_file_of_a_newer_version_is_left_alone(path):
    path.parent.mkdir()
    path.write_text('{"schema": 2, "everything": "different"}', "utf-8")
    before = path.read_bytes()
    progress = opened(path)
    progress.add("check", "a", {"status": "passed"})
    assert path.read_bytes() == before
    assert "newer version" in progress.warning and str(path) in progress.warning
    assert progress.passed("a"), "in memory it counts"


def test_a_file_that_becomes_newer_meanwhile_is_left_alone(path):
    progress = opened(path)
    progress.add("solution", "a")
    path.write_text('{"schema": 3}', "utf-8")
    progress.add("solution", "b")
    assert path.read_text("utf-8") == '{"schema": 3}' and "newer version" in progress.warning


# ---- broken files --------------------------------------------------------------------------------------------------

BROKEN = {
    "cut off": b'{"schema": 1, "events": [{"id": "0000',
    "empty": b"",
    "zeros": b"\0" * 100,
    "a list": b"[]",
    "no events": b'{"schema": 1}',
    "an event that is none": b'{"schema": 1, "events": [3]}',
    "schema in words": b'{"schema": "one", "events": []}',
    "not UTF-8": b'{"schema": 1, "events": [], "x": "\xff"}',
    "endless nesting": b"[" * 100_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_put_aside_and_its_copy_taken(path, content):
    before = opened(path)
    before.add("check", "a", {"status": "passed"})
    before.add("solution", "a")
    path.write_bytes(content)

    progress = opened(path, start=50)
    aside = path.parent / "progress.unreadable-20260301T120000.json"
    assert aside.read_bytes() == content, "nobody's work is thrown away"
    assert aside.name in progress.warning and "could not be read" in progress.warning
    assert progress.passed("a"), "from the copy"
    assert written(path)["events"][0]["ref"] == "a", "the file is whole again"
    assert opened(path).warning == "", "said once"
    progress.add("solution", "b")
    assert aside.name in progress.warning, "a later write does not take the sentence back"


def test_a_broken_file_without_a_copy_is_put_aside_too(path):
    path.parent.mkdir()
    path.write_bytes(b"no")
    progress = opened(path)
    assert "a new file is begun" in progress.warning
    assert written(path) == {"schema": 1, "events": []}


def test_a_second_broken_file_in_the_same_second_gets_a_name_of_its_own(path):
    path.parent.mkdir()
    for content in (b"no", b"no again"):
        path.write_bytes(content)
        Progress(path, now=lambda: NOON, new_id=ids())
    assert sorted(p.name for p in path.parent.glob("*unreadable*")) == [
        "progress.unreadable-20260301T120000-2.json",
        "progress.unreadable-20260301T120000.json",
    ]


def test_a_file_that_breaks_meanwhile_costs_nothing(path):
    progress = opened(path)
    progress.add("check", "a", {"status": "passed"})
    path.write_bytes(b"broken")
    progress.add("solution", "a")
    assert "put aside" in progress.warning
    assert [event["type"] for event in written(path)["events"]] == ["check", "solution"]


# ---- writing that fails --------------------------------------------------------------------------------------------


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def readonly(*args, **kwargs):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize("what", ["os.fsync", "os.replace", "tempfile.mkstemp"])
@pytest.mark.parametrize("fails", [full, readonly])
def test_a_write_that_fails_keeps_the_old_file_and_the_state(path, monkeypatch, what, fails):
    progress = opened(path)
    progress.add("solution", "a")
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        owner, _, name = what.partition(".")
        patch.setattr(getattr(module, owner), name, fails)
        event = progress.add("check", "b", {"status": "passed"})
        assert event in progress.events and progress.passed("b")
        assert str(path) in progress.warning and os.strerror(fails_errno(fails)) in progress.warning
        assert path.read_bytes() == before
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".")], "no half-written file stays"
    progress.add("solution", "c")
    assert progress.warning == "" and [event["ref"] for event in written(path)["events"]] == ["a", "b", "c"]


def fails_errno(fails):
    return errno.ENOSPC if fails is full else errno.EACCES


def test_another_program_that_holds_the_lock_is_named(path):
    progress = opened(path, lock_seconds=0.05)
    path.parent.mkdir()
    with filelock.FileLock(f"{path}.lock"):
        progress.add("check", "a", {"status": "passed"})
    assert f"{path}.lock" in progress.warning and "0.05 s" in progress.warning
    assert progress.passed("a") and not path.exists()
    progress.add("solution", "a")
    assert progress.warning == "" and len(written(path)["events"]) == 2


def test_a_file_system_without_locks_gets_a_sentence(path, monkeypatch):
    def none(*args, **kwargs):
        raise NotImplementedError("no locks here")

    monkeypatch.setattr(module.filelock, "FileLock", none)
    progress = opened(path)
    progress.add("solution", "a")
    assert "no locks here" in progress.warning and progress.solution_seen("a")


def test_a_home_that_is_a_file_gets_a_sentence(tmp_path):
    (tmp_path / "home").write_text("a file")
    progress = opened(tmp_path / "home" / "progress.json")
    progress.add("solution", "a")
    assert progress.warning and progress.solution_seen("a")


def test_a_file_that_cannot_be_read_is_not_overwritten(path, monkeypatch):
    path.parent.mkdir()
    path.write_text('{"schema": 1, "events": []}')
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", readonly)
        progress = opened(path)
    assert "cannot be read" in progress.warning
    progress.add("solution", "a")
    assert written(path)["events"] == []


def test_on_windows_a_file_held_open_for_a_moment_is_waited_for(path, monkeypatch):
    real, calls, waits = os.replace, [], []

    def busy_once(source, target):
        calls.append(target)
        if len(calls) == 1:
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.setattr(module.os, "replace", busy_once)
    monkeypatch.setattr(module.time, "sleep", waits.append)
    module.write_whole(path.parent.parent / "file", b"content")
    assert waits == [0.05] and (path.parent.parent / "file").read_bytes() == b"content"


# ---- where it is ---------------------------------------------------------------------------------------------------


def test_the_environment_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "mine"))
    assert Progress().path == tmp_path / "mine" / "progress.json"


def test_otherwise_the_users_data_directory(monkeypatch):
    monkeypatch.delenv("KEEPALIVE_HOME", raising=False)
    assert module.home().name == "keepalive"


def test_nothing_personal_is_in_the_file(path):
    Progress(path).add("check", "a", {"status": "passed", "points": 1, "max": 1, "tasks": {"t": "passed"}})
    text = path.read_text("utf-8")
    assert str(Path.home()) not in text


# ---- reset and undo --------------------------------------------------------------------------------------------------


def done_of(progress, exercise):
    return (
        progress.passed(exercise),
        progress.tried(exercise),
        progress.best(exercise),
        progress.hints_shown(exercise, "t"),
        progress.task_status(exercise),
        progress.solution_seen(exercise),
    )


DONE = (True, True, 5, 1, {"t": "passed"}, True)
NOTHING = (False, False, None, 0, {}, False)


def do(progress, exercise):
    progress.add("check", exercise, {"status": "passed", "points": 5, "max": 5, "tasks": {"t": "passed"}})
    progress.add("hint", exercise, {"task": "t", "number": 1})
    progress.add("solution", exercise)


def test_a_reset_withdraws_and_deletes_nothing(path):
    progress = opened(path)
    do(progress, "a")
    do(progress, "b")
    assert [event.type for event in progress.reset("a")] == ["check", "hint", "solution"]
    for seen in (progress, opened(path)):
        assert done_of(seen, "a") == NOTHING and done_of(seen, "b") == DONE
    assert len(written(path)["events"]) == 7
    event_shape = module.schema("progress")["$defs"]["event"]
    validator("progress").evolve(schema=event_shape).validate(written(path)["events"][-1])
    assert progress.reset("a") == () and len(progress.events) == 7, "nothing is left to withdraw"
    do(progress, "a")
    assert done_of(progress, "a") == DONE, "what comes after a reset counts"


def test_undo_takes_back_the_latest_reset_and_then_the_one_before(path):
    progress = opened(path)
    assert progress.undo() is None
    do(progress, "a")
    do(progress, "b")
    progress.reset("a")
    assert len(progress.reset()) == 3, "all that still counted"
    assert done_of(progress, "a") == done_of(progress, "b") == NOTHING
    assert progress.undo().ref == "*"
    assert done_of(progress, "a") == NOTHING and done_of(progress, "b") == DONE
    assert progress.undo().ref == "a"
    assert done_of(opened(path), "a") == DONE
    assert progress.undo() is None


def test_a_reset_or_undo_of_a_strange_shape_is_ignored(path):
    progress = opened(path)
    do(progress, "a")
    for type, data in (
        ("reset", {}),
        ("reset", {"events": "all"}),
        ("reset", {"events": [3, None, ["x"]]}),
        ("undo", {}),
        ("undo", {"event": ["x"]}),
    ):
        progress.add(type, "a", data)
    assert done_of(progress, "a") == DONE


def test_two_events_never_have_the_same_time(path):
    progress = Progress(path, now=lambda: NOON, new_id=ids())
    for number in range(3):
        progress.add("hint", "a", {"task": "t", "number": number})
    assert [event.at[-5:] for event in progress.events] == [".123Z", ".124Z", ".125Z"]


# ---- export and import -----------------------------------------------------------------------------------------------


def test_import_is_the_union_in_whatever_order_and_however_often(tmp_path):
    def machine(name, start):
        return opened(tmp_path / name / "progress.json", start=start)

    one, other = machine("one", 1), machine("other", 100)
    do(one, "a")
    do(other, "a")
    do(other, "b")
    other.reset("b")
    one.reset("a")
    first, second = tmp_path / "one.json", tmp_path / "other.json"
    assert one.export(first) == 4 and other.export(second) == 7
    assert first.read_bytes() == one.path.read_bytes()

    results = []
    for number, order in enumerate([(first, second), (second, first), (first, second, first, second)]):
        third = machine(f"third{number}", 1000)
        assert sum(third.include(path).events for path in order) == 11
        results.append(third.events)
        assert third.events == opened(third.path).events
        assert done_of(third, "a") == DONE, "the reset knew nothing of the other machine's check"
        assert done_of(third, "b") == NOTHING
        assert third.undo() is not None and third.undo() is not None and done_of(third, "b") == DONE
    assert results[0] == results[1] == results[2]
    assert one.include(first) == Included(0, ())


def test_import_keeps_what_this_version_does_not_know(path, tmp_path):
    strange = {"id": "x1", "type": "dream"}
    (tmp_path / "other.json").write_text(json.dumps({"schema": 1, "events": [strange], "later": 1, "mine": "theirs"}))
    path.parent.mkdir()
    path.write_text(json.dumps({"schema": 1, "events": [], "mine": "ours"}))
    progress = opened(path)
    assert progress.include(tmp_path / "other.json").events == 1
    assert written(path) == {"schema": 1, "events": [strange], "later": 1, "mine": "ours"}


@pytest.mark.parametrize("content", [*BROKEN.values(), b'{"schema": 99, "events": []}'])
def test_import_of_something_else_changes_nothing(path, tmp_path, content):
    progress = opened(path)
    progress.add("solution", "a")
    before = path.read_bytes()
    (tmp_path / "other.json").write_bytes(content)
    with pytest.raises(module.NotProgress):
        progress.include(tmp_path / "other.json")
    with pytest.raises(module.NotProgress):
        progress.export(tmp_path / "other.json")
    with pytest.raises(FileNotFoundError):
        progress.include(tmp_path / "nowhere.json")
    assert path.read_bytes() == before and (tmp_path / "other.json").read_bytes() == content


def test_export_replaces_only_what_it_contains(path, tmp_path):
    progress = opened(path)
    progress.add("solution", "a")
    target = tmp_path / "copy.json"
    assert progress.export(target) == 1
    progress.add("solution", "b")
    assert progress.export(target) == 2 and written(target) == written(path)
    with pytest.raises(module.NotProgress, match="not here"):
        opened(tmp_path / "another.json").export(target)


def test_a_file_that_could_not_be_read_is_not_complete(path):
    assert opened(path).complete
    path.parent.mkdir()
    path.write_text('{"schema": 99, "events": []}')
    assert not opened(path).complete
