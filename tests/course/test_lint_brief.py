"""A demand of a brief names the check that looks at it, or says why none does."""

import pytest

from keepalive.course import Course
from keepalive.course.lint import brief
from keepalive.course.lint.finding import Folder

UNMARKED = "that names no check"


@pytest.fixture
def found(root, folder):
    """What the linter says of a brief whose first task says this: (line below the heading, what) of each finding."""

    def run(said, intro="You write a class."):
        head = f"{intro}\n\n## opens\n"
        text = f"{head}{said}\n\n## closes\n\nClose it.\n"
        (folder / "brief.md").write_text(text, "utf-8")
        course = Course.load(root)
        findings = brief.check(Folder(course.exercise("04"), course))
        return [(finding.line - head.count("\n"), finding.what) for finding in findings]

    return run


@pytest.mark.parametrize(
    "said",
    [
        "A wait is 0.5 s.",
        "It is closed every time.",
        "It sends nothing, and never again.",
        "It ends at\nonce.",
        "Whatever is given is used.",
        "Use one for each\ncall.",
        "Twelve tasks call.",
        "Every 2xx is a success.",
        "Write `get`.\n\nIt is sent 3 times.",
        "- One client.\n- It is sent 3 times. <!-- a remark -->",
        "| what | how long |\n|---|---|\n| a wait | 3 s |",
    ],
)
def test_a_sign_of_a_demand_without_a_check_is_found(found, said):
    ((line, what),) = found(said)
    assert UNMARKED in what
    assert line == (said.count("\n") + 1 if "3" in said else 1)


@pytest.mark.parametrize(
    "said",
    [
        "A wait is 0.5 s. <!-- check: calls.in_order -->",
        "A wait is 0.5 s.\n<!-- check: none, either\nis right -->",
        "Write `get(7)`, as in chapter 08 and in [this](http://depot.test/1).",
        "Three more cases:\n\n- a wait <!-- check: calls.in_order -->",
        "State all three numbers.\n\n| what | after 3 s |\n|---|---|\n| a wait <!-- check: calls.in_order --> | 3 s |",
        "1. a wait\n2. no wait",
        "As here.\n\n```python\nfor every in (1, 2): ...\n```",
    ],
)
def test_what_names_a_check_or_demands_nothing_is_not_found(found, said):
    assert found(said) == []


def test_a_demand_does_not_lean_on_its_neighbours_check(found):
    said = "- It waits 3 s. <!-- check: calls.in_order -->\n- It waits 4 s.\n- It waits. <!-- check: calls.in_order -->"
    assert found(said) == [(2, f"a demand ('4') {UNMARKED}")]


def test_the_introduction_may_have_numbers_and_no_check_that_is_not_there(found):
    assert found("Open it.", intro="Every service makes 3 calls.") == []
    ((_, what),) = found("Open it.", intro="Three calls. <!-- check: calls.inorder -->")
    assert "calls.inorder, which does not exist" in what


def test_a_check_that_does_not_exist_is_found_with_the_nearest(root, folder):
    (folder / "brief.md").write_text("Hello.\n\n## opens\nOpen it.\n<!-- check: calls.inorder -->\n\n## closes\nSo.\n")
    course = Course.load(root)
    (finding,) = brief.check(Folder(course.exercise("04"), course))
    assert (finding.line, finding.mend) == (5, "write calls.in_order")


def test_a_comment_names_several_checks(found):
    assert found("It waits 3 s. <!-- check: calls.in_order calls.one_connection\nleaves.all_closed -->") == []
    said = found("It waits 3 s. <!-- check: calls.inorder calls.one_connection calls.none -->")
    assert [what for _, what in said] == [
        "a demand names the check calls.inorder, which does not exist",
        "a demand names the check calls.none, which does not exist",
    ]
    assert found("It waits 3 s. <!-- check: -->") != []


def test_none_needs_a_reason(found):
    assert found("It waits 3 s. <!-- check: none -->") == [
        (1, "a comment that says neither a check nor why there is none")
    ]
