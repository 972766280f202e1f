import ast
import subprocess
import sys

import pytest

from keepalive.course import gaps

STARTER = """\
'''Told to a learner.'''
import httpx

class A:
    def one(self):
        # task: a
        raise NotImplementedError("task a")
        # end task

    def two(self):
        return 2

    # task: b
    def three(self):
        raise NotImplementedError("task b")
    # end task
"""


def test_gaps_are_found_in_order():
    found, wrong = gaps.find(STARTER)
    assert [(gap.task, gap.first, gap.last) for gap in found] == [("a", 6, 8), ("b", 13, 16)] and wrong == []


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("# task: a\nx\n", 1, "never closed"),
        ("x\n# end task\n", 2, "without"),
        ("# task: a\n# task: b\n# end task\n", 2, "inside the gap of `a`"),
    ],
)
def test_a_comment_without_its_partner(source, line, what):
    _, (wrong,) = gaps.find(source)
    assert wrong.line == line and what in wrong.what and wrong.mend


def test_a_stray_not_implemented_is_found():
    source = STARTER.replace("return 2", "raise NotImplementedError")
    assert list(gaps.stray(ast.parse(source), gaps.find(source)[0])) == [11]
    assert list(gaps.stray(ast.parse(STARTER), gaps.find(STARTER)[0])) == []


def test_one_task_open_and_the_others_filled():
    filled = STARTER.replace('raise NotImplementedError("task a")', "self.x = 1\n        self.y = 2")
    filled = filled.replace('raise NotImplementedError("task b")', "return 3")
    assert gaps.only_open(STARTER, filled, "zzz") == filled
    opened = gaps.only_open(STARTER, filled, "a")
    assert '"task a"' in opened and "return 3" in opened and "self.x" not in opened
    assert gaps.only_open(STARTER, "x = 1\n", "a") is None, "no gaps there"


def test_what_the_answer_needs_outside_its_gaps_stays_when_one_is_opened():
    filled = "import asyncio\n" + STARTER.replace('raise NotImplementedError("task b")', "return asyncio.Lock()")
    opened = gaps.only_open(STARTER, filled, "a")
    assert opened.startswith("import asyncio\n") and '"task a"' in opened and "return asyncio.Lock()" in opened


def test_a_gap_that_is_gone_is_told_apart():
    (found,), wrong = gaps.find("# task: a , gone\nX = 1\n# end task\n")
    assert (found.task, found.gone, wrong) == ("a", True, [])


def test_a_gap_inside_one_that_is_gone_is_refused():
    with pytest.raises(gaps.Refused) as e:
        gaps.starter("# task: a, gone\n# task: a\nX = 1\n# end task\n# end task\n")
    assert [problem.line for problem in e.value.problems] == [2, 5]


REFERENCE = '''\
"""What it is for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import (
    Any,
    Self,
)

import httpx

# task: waits, gone
FIRST = 0.5  # seconds
# end task


# task: errors
class Failed(Exception):
    """It failed."""

    status: int = 0

    def __init__(self, status: int) -> None:
        self.status = status
        # what is left of it


class Lost(Failed):
    pass


# end task


class Client:
    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self.base = base
        # task: opens
        # A comment of the answer's.
        self.pool = httpx.AsyncClient(base_url=base)
        self.lock = asyncio.Lock()
        # end task

    # task: waits
    @staticmethod
    def wait(number: int) -> float:
        """Seconds."""

        def inner() -> float:
            return random.random()

        return FIRST * inner()

    async def pages(self) -> AsyncIterator[Any]:
        # from the first
        for number in range(3):
            yield number

    # end task

    # task: waits, gone
    def helper(self) -> None:
        return None

    # end task

    def rest(self) -> Iterator[int]:
        yield 1
        # task: opens
        yield 2
        # end task

    async def close(self) -> Self:
        async with self.lock:
            # task: opens
            await self.pool.aclose()
            # end task
        return self
'''

DERIVED = '''\
"""What it is for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import (
    Any,
    Self,
)


# task: errors
class Failed(Exception):
    """It failed."""

    status: int = 0

    def __init__(self, status: int) -> None:
        raise NotImplementedError("task errors")


class Lost(Failed):
    pass


# end task


class Client:
    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self.base = base
        # task: opens
        raise NotImplementedError("task opens")
        # end task

    # task: waits
    @staticmethod
    def wait(number: int) -> float:
        """Seconds."""
        raise NotImplementedError("task waits")

    async def pages(self) -> AsyncIterator[Any]:
        raise NotImplementedError("task waits")
        yield

    # end task

    def rest(self) -> Iterator[int]:
        yield 1
        # task: opens
        raise NotImplementedError("task opens")
        # end task

    async def close(self) -> Self:
        async with self.lock:
            # task: opens
            raise NotImplementedError("task opens")
            # end task
        return self
'''


def test_a_starter_is_made_of_a_reference():
    assert gaps.starter(REFERENCE) == DERIVED


def test_what_is_made_is_clean_for_the_linter_and_the_formatter():
    for command in (["check", "--select", "E,F,W,I"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", "-"]
        ran = subprocess.run(ruff, input=DERIVED, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_reference_without_its_markers():
    plain = gaps.plain(REFERENCE)
    assert "task" not in plain and "\n\n\n\n" not in plain
    assert [line for line in plain.split("\n") if line] == [
        line for line in REFERENCE.split("\n") if line and "task" not in line
    ]
    assert gaps.plain(plain) == plain


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("def f(:\n", 1, "not Python"),
        ("# task: a\nX = 1\n# end task\n", 2, "`X = 1` would be in the starter"),
        ("class A:\n    # task: a\n    x = 1\n    # end task\n", 3, "`x = 1` would be in the starter"),
        ("# task: a\nx: int = 1\n# end task\n", 2, "`x: int = 1` would be"),
        ("# task: a\ndef f(): return 1\n# end task\n", 2, "the function f has one line"),
        (
            "def f():\n    # task: a\n    return 1\n\n\ndef g():\n    # end task\n    pass\n",
            3,
            "does not end in the block",
        ),
        ("def f():\n    # task: a\n    return 1\n\n\nX = 2\n# end task\n", 3, "does not end in the block"),
        ("# task: a\ndef f():\n    return 1\n    # end task\n    return 2\n", 2, "does not end in the block"),
        (
            "def f():\n    if x:\n        # task: a\n        y()\n    else:\n        z()\n    # end task\n",
            5,
            "in the block",
        ),
        (
            "def f():\n    try:\n        y()\n    # task: a\n    except E:\n        z()\n    # end task\n",
            5,
            "in the block",
        ),
        ("@a\n# task: a\n@b\ndef f():\n    return 1\n# end task\n", 3, "in the block"),
        ("def f():\n    # task: a\n    # nothing yet\n    # end task\n    return 1\n", 2, "holds nothing"),
        ("def f():\n    # task: a, gone\n    return 1\n    # end task\n", 1, "would not compile"),
    ],
)
def test_a_reference_that_no_starter_can_be_made_of(source, line, what):
    with pytest.raises(gaps.Refused) as e:
        gaps.starter(source)
    (problem,) = e.value.problems
    assert problem.line == line and what in problem.what and problem.mend


def test_a_gap_may_hold_a_whole_statement_with_all_its_blocks():
    source = "def f():\n    # task: a\n    if x:\n        y()\n    else:\n        z()\n    # end task\n"
    assert gaps.starter(source).split("\n")[2] == '    raise NotImplementedError("task a")'


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("from a import b, gone", "from a import b"),
        ("from a import gone, b as c  # why", "from a import b as c  # why"),
        ("import gone, b", "import b"),
        ("from . import (\n    b,\n    gone,\n)", "from . import (\n    b,\n)"),
        ("from a import (b,\n    gone, d)", "from a import b, d"),
        ("from a import gone\nfrom a import b", "from a import b"),
        ("import gone.under\nimport b", "import b"),
        ("import never_used\nimport b", "import never_used\nimport b"),
    ],
)
def test_an_imported_name_goes_with_the_last_that_used_it(statement, left):
    rest = "\n\n\ndef f(x: 'b') -> 'c | d':\n    # task: a\n    return gone\n    # end task\n"
    assert gaps.starter(statement + rest).startswith(left + "\n\n\ndef")


def test_a_name_that_only_an_annotation_in_quotes_uses_stays():
    source = "import b\n\n\ndef f(x: 'b.C'):\n    # task: a\n    return b\n    # end task\n"
    assert gaps.starter(source).startswith("import b\n")
