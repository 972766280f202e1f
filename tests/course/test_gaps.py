import ast

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

BASE = """\
'''Told to nobody.'''
import httpx

class A:
    def one(self):
        self.x = 1  # filled
        return self.x

    def two(self):
        # a comment
        return 2

    def three(self): ...
    def four(self): ...
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


def test_what_is_raised_in_a_gap():
    tree, (found, _) = ast.parse(STARTER), gaps.find(STARTER)
    assert all(gaps.raised(tree, gap) for gap in found)
    for other in ('("task c")', "", "()", '(f"task a")'):
        source = STARTER.replace('("task a")', other)
        assert not gaps.raised(ast.parse(source), gaps.find(source)[0][0]), other


def test_a_stray_not_implemented_is_found():
    source = STARTER.replace("return 2", "raise NotImplementedError")
    assert list(gaps.stray(ast.parse(source), gaps.find(source)[0])) == [11]
    assert list(gaps.stray(ast.parse(STARTER), gaps.find(STARTER)[0])) == []


def test_only_the_gaps_differ():
    assert gaps.first_difference(STARTER, gaps.find(STARTER)[0], BASE) is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("import httpx", "import asyncio", 2),
        ("return 2", "return 3", 11),
        ("def two(self)", "def two(self, x)", 10),
        ("import httpx\n", "import httpx\nimport os\n", 3),
        ("    # end task\n", "    # end task\n\nprint(1)\n", 11),
    ],
)
def test_a_change_outside_the_gaps_is_placed(old, new, line):
    place = len(STARTER) if new.startswith("    # end") else 0
    changed = STARTER.replace(old, new) if not place else STARTER + "\nprint(1)\n"
    found = gaps.first_difference(changed, gaps.find(changed)[0], BASE)
    assert found and found[0] == (18 if place else line)


def test_something_that_the_base_has_and_the_starter_lacks():
    base = BASE.replace("import httpx", "import httpx\nimport os")
    assert gaps.first_difference(STARTER, gaps.find(STARTER)[0], base) is not None


def test_without_a_gap_both_must_be_equal():
    assert gaps.first_difference("x = 1\n", [], "'''Doc.'''\n\nx = 1\n") is None
    assert gaps.first_difference("x = 1\n", [], "x = 1\ny = 2\n") is not None
    assert gaps.first_difference("", [], "") is None
    assert gaps.first_difference("", [], "x = 1") is not None


def test_one_task_open_and_the_others_filled():
    filled = STARTER.replace('raise NotImplementedError("task a")', "self.x = 1\n        self.y = 2")
    filled = filled.replace('raise NotImplementedError("task b")', "return 3")
    assert gaps.only_open(STARTER, filled, "zzz") == filled
    opened = gaps.only_open(STARTER, filled, "a")
    assert '"task a"' in opened and "return 3" in opened and "self.x" not in opened
    assert gaps.only_open(STARTER, BASE, "a") is None, "the base carries no gaps"


def test_what_the_answer_needs_outside_its_gaps_stays_when_one_is_opened():
    filled = "import asyncio\n" + STARTER.replace('raise NotImplementedError("task b")', "return asyncio.Lock()")
    opened = gaps.only_open(STARTER, filled, "a")
    assert opened.startswith("import asyncio\n") and '"task a"' in opened and "return asyncio.Lock()" in opened
