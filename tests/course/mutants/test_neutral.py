"""The neutral drives show where a mutant does something else than the reference, and nowhere else."""

import pytest

from keepalive.course import Course
from keepalive.course.mutants.neutral import Neutral

RETRIES = Course.load().exercise("retries")
REFERENCE = RETRIES.reference_text


@pytest.fixture(scope="module")
def neutral():
    return Neutral(RETRIES.code, REFERENCE)


def test_the_same_program_differs_nowhere(neutral):
    assert neutral.differences(REFERENCE + "\n# more\n") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"HEAD", ', "", ["by_method"]),
        ("8.0  # seconds", "4.0  # seconds", ["many_attempts"]),
        ('"PATCH", path', '"PUT", path', []),  # no drive calls it by that name
    ],
)
def test_where_a_change_is_seen(neutral, old, new, expected):
    assert REFERENCE.count(old) == 1
    assert neutral.differences(REFERENCE.replace(old, new)) == expected
