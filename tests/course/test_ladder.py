import pytest

from keepalive.course import gaps
from keepalive.course.ladder import first_difference

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


def test_only_the_gaps_differ():
    assert first_difference(STARTER, gaps.find(STARTER)[0], BASE) is None


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
    found = first_difference(changed, gaps.find(changed)[0], BASE)
    assert found and found[0] == (18 if place else line)


def test_something_that_the_base_has_and_the_starter_lacks():
    base = BASE.replace("import httpx", "import httpx\nimport os")
    assert first_difference(STARTER, gaps.find(STARTER)[0], base) is not None


def test_without_a_gap_both_must_be_equal():
    assert first_difference("x = 1\n", [], "'''Doc.'''\n\nx = 1\n") is None
    assert first_difference("x = 1\n", [], "x = 1\ny = 2\n") is not None
    assert first_difference("", [], "") is None
    assert first_difference("", [], "x = 1") is not None
