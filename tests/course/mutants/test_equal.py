"""A declaration speaks of mutants by operator and line, and no further than it says."""

import pytest

from keepalive.course.model import Equal
from keepalive.course.mutants.equal import matches, stale
from keepalive.course.mutants.make import Name

LINE = "timeout = Timeout(connect=2.0, read=10.0)"


def number(old, new):
    return Name("ApiClient.__init__", LINE, "number", old, new)


@pytest.mark.parametrize(
    ("more", "name", "expected"),
    [
        ({}, number("connect=2.0", "connect=4.0"), True),
        ({}, Name("", LINE, "statement", LINE, ""), False),
        ({}, Name("", "another line", "number", "1", "2"), False),
        ({"becomes": "connect=4.0"}, number("connect=2.0", "connect=4.0"), True),
        ({"becomes": "connect=4.0"}, number("connect=2.0", "connect=1.0"), False),
        ({"between": (1.5, 5.0)}, number("connect=2.0", "connect=4.0"), True),
        ({"between": (1.5, 5.0)}, number("connect=2.0", "connect=1.0"), False),
        ({"between": (1.5, 5.0)}, number("read=10.0", "read=5.0"), False),  # 10 is no number of that interval
        ({"argument": "read"}, number("read=10.0", "read=5.0"), True),
        ({"argument": "connect", "between": (1.0, 20.0)}, number("read=10.0", "read=5.0"), False),
        ({"between": (-1.0, 5.0)}, number("0", "(-1)"), True),
        ({"between": (1.5, 5.0)}, Name("", LINE, "number", "x", "y"), False),
    ],
)
def test_what_is_meant(more, name, expected):
    assert matches(Equal("number", f"  {LINE}", "why", **more), name) is expected


def test_without_an_element():
    name = Name("", "LATER = {502, 503}", "element", "502", "")
    assert matches(Equal("element", name.text, "why", becomes="without 502"), name)
    assert not matches(Equal("element", name.text, "why", becomes="without 503"), name)


def test_a_declaration_that_speaks_of_no_survivor_is_stale():
    used, unused = Equal("number", LINE, "why"), Equal("number", "gone", "why")
    assert stale([used, unused], [number("connect=2.0", "connect=4.0")]) == [unused]
