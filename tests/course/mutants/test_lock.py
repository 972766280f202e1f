"""A lock comes back as it was written, and reads well in a diff."""

import pytest

from keepalive.course.mutants import lock as locks
from keepalive.course.mutants.lock import Entry, Lock, NotALock
from keepalive.course.mutants.make import Name
from keepalive.course.mutants.outcome import Killer

LOCK = Lock(
    {"reference": "abc"},
    {"tiny-client/calls": "def"},
    (1, 2, 3),
    (
        Entry(Name("A.b", "x = 1", "number", "1", "2"), Killer("tiny-client", "calls", "in_order", 1)),
        Entry(Name("A.b", "x = 1", "number", "1", "2", 2), Killer("tiny-client", "calls", "(time)", 3)),
        Entry(Name("", "\u00e9 = 1", "statement", "\u00e9 = 1", ""), None),
        Entry(Name("A.c", "y", "statement", "y", ""), None, True),
    ),
    {"A.b": "123"},
)


def test_it_comes_back(tmp_path):
    locks.write(tmp_path, LOCK)
    assert locks.read(tmp_path) == LOCK
    assert [entry.equal for entry in LOCK.survivors] == [False, True]


def test_a_line_for_each_mutant(tmp_path):
    locks.write(tmp_path, LOCK)
    lines = (tmp_path / locks.FILE).read_text("utf-8").splitlines()
    assert sum('"operator"' in line for line in lines) == len(LOCK.entries)
    assert '"killed": "tiny-client/calls.in_order"}' in "\n".join(lines)


def test_where_there_is_none(tmp_path):
    assert locks.read(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD\n{}",
        "[]",
        "{}",
        '{"schema": 99}',
        '{"schema": 1, "belongs": {}, "scenarios": {}, "seeds": [], "mutants": [{"function": ""}]}',
        '{"schema": 1, "belongs": {}, "scenarios": {}, "seeds": [], "mutants": [{"function": "", "line": "", '
        '"operator": "", "old": "", "new": "", "killed": "nobody"}]}',
    ],
)
def test_what_is_no_lock(tmp_path, text):
    (tmp_path / locks.FILE).write_text(text)
    with pytest.raises(NotALock):
        locks.read(tmp_path)
