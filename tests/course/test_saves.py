"""A save is noticed once, and not while the file is half-written. No real clock: the sleep does what an editor does."""

import os
from itertools import islice

import pytest

from keepalive.course.saves import GONE_POLLS, POLL_SECONDS, SETTLE_POLLS, saves


class Editor:
    """Stands in for sleep: does one thing at each, in order, and ends the test when there is nothing left to do."""

    def __init__(self, *steps):
        self.steps, self.slept = list(steps), 0

    def __call__(self, seconds):
        assert seconds == POLL_SECONDS
        self.slept += 1
        if not self.steps:
            raise KeyboardInterrupt
        step = self.steps.pop(0)
        if step:
            step()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n")
    return path


@pytest.fixture
def write(path):
    times = iter(range(1_000, 2_000))

    def write(content, name=None):
        def step():
            target = path.with_name(name) if name else path
            target.write_text(content)
            os.utime(target, ns=(0, next(times)))

        return step

    return write


def seen(path, *steps):
    """(what is in the file, or None) at each of its saves."""
    found = []
    editor = Editor(*steps)
    with pytest.raises(KeyboardInterrupt):
        for there in saves(path, editor):
            found.append(path.read_text() if there else None)
    return found


def test_at_once_and_then_at_every_save(path, write):
    assert seen(path) == ["x = 1\n"]
    assert seen(path, None, write("a"), None, None, write("b"), write("b"), None) == ["x = 1\n", "a", "b", "b"]


def test_a_half_written_file_is_read_again(path, write):
    assert seen(path, write("def f(:"), write("def f(): ..."), None) == ["x = 1\n", "def f(): ..."]
    assert seen(path, write(""), None, write("y = 2")) == ["def f(): ...", "y = 2"]


def test_a_file_that_stays_broken_is_handed_on(path, write):
    broken = write("def f(:")
    assert seen(path, broken, *[None] * SETTLE_POLLS, None) == ["x = 1\n", "def f(:"]
    grows = [write(f"def f{number}(:") for number in range(SETTLE_POLLS + 2)]
    assert seen(path, *grows, *[None] * SETTLE_POLLS, None) == [f"def f{SETTLE_POLLS + 1}(:"]


def test_a_notebook_is_half_written_while_it_is_no_json(tmp_path, write):
    path = tmp_path / "mine.ipynb"
    path.write_text("{}")
    assert seen(path, write('{"cells": ', path.name), write("[]", path.name)) == ["{}", "[]"]


def test_a_file_that_is_deleted_and_written_anew_is_not_gone(path, write):
    assert seen(path, path.unlink, *[None] * (GONE_POLLS - 2), write("a"), None) == ["x = 1\n", "a"]


def test_a_file_that_is_gone_is_said_once_and_waited_for(path, write):
    same = write("a")
    assert seen(path, same, path.unlink, *[None] * 3 * GONE_POLLS, write("b"), None) == ["x = 1\n", "a", None, "b"]


def test_a_file_that_vanishes_while_it_is_looked_at(path, write):
    assert seen(path, write("("), path.unlink, *[None] * (SETTLE_POLLS + GONE_POLLS))[-1] is None


def test_nothing_is_slept_before_the_first(path):
    editor = Editor()
    assert list(islice(saves(path, editor), 1)) == [True] and editor.slept == 0
