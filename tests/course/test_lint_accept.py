"""`keepalive lint --accept` writes what each wrong answer fails, as the run shows it, and changes nothing else."""

import pytest

import small_course as small
from keepalive.course import Course
from keepalive.course.lint import lint
from keepalive.course.lint.accept import accept

DECLARED = small.ANSWERS_TOML.replace('id = "spins"', 'id = "spins"\nabout = "Waits for ever."')


@pytest.fixture
def accepted(root, folder):
    """Writes this answers.toml, accepts, and returns (what was done, the file's text afterwards)."""

    def run(source):
        (folder / "answers.toml").write_text(source, "utf-8")
        course = Course.load(root)
        done = accept(course.exercise("04"), course, small.grade)
        return done, (folder / "answers.toml").read_text("utf-8")

    return run


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('fails = ["calls.one_connection", "calls.in_order"]', 'fails = ["calls.in_order"]', "two-clients"),
        ('fails = ["calls.one_connection", "calls.in_order"]\n', "", "two-clients"),
        ('status = "time_limit"', 'fails = ["calls.in_order"]', "spins"),
        ('fails = ["calls.one_connection"]', 'status = "time_limit"', "per-call"),
        ('fails = ["leaves.all_closed"]', 'fails = ["calls.no_such_check"]', "left-open"),
    ],
)
def test_what_the_run_shows_is_written(root, accepted, old, new, said):
    before = DECLARED.replace(old, new, 1)
    assert before != DECLARED
    done, after = accepted(before)
    assert [change.id for change in done.changes] == [said]
    assert (after, done.refused) == (DECLARED, [])
    assert lint(root, ["04"], grade=small.grade).findings == []


def test_where_everything_is_declared_as_it_is_nothing_is_written(accepted):
    done, after = accepted(DECLARED)
    assert (done.changes, done.refused, after) == ([], [], DECLARED)


def test_the_order_in_which_checks_are_declared_is_the_authors(accepted):
    turned = DECLARED.replace(
        '["calls.one_connection", "calls.in_order"]', '["calls.in_order", "calls.one_connection"]'
    )
    done, after = accepted(turned)
    assert (done.changes, after) == ([], turned)


def test_a_wrong_answer_that_fails_nothing_is_refused(accepted):
    harmless = DECLARED.replace("+# fails: calls.one_connection=client-per-call\n", "+# harmless\n", 1)
    done, after = accepted(harmless)
    (refused,) = done.refused
    assert refused.what == "per-call: it is a wrong answer, and no check fails; nothing was written about it"
    assert (done.changes, after) == ([], harmless)


def test_a_grader_that_fails_is_told_and_nothing_is_written(accepted):
    faulty = DECLARED.replace("+# late\n", "+# status: grader_fault\n")
    done, after = accepted(faulty)
    (refused,) = done.refused
    assert "the grader failed on the answer closed-late" in refused.what
    assert after == faulty


def test_nothing_is_written_while_the_reference_does_not_pass(root, folder, accepted):
    """Else the check that is wrong itself would stand among what every answer fails."""
    small.edit(folder / "reference.py", "class ApiClient:", "# fails: calls.in_order\nclass ApiClient:")
    undeclared = DECLARED.replace('fails = ["calls.one_connection"]\n', "", 1)
    done, after = accepted(undeclared)
    (refused,) = done.refused
    assert "the reference: a right answer, and calls.in_order is failed" in refused.what
    assert (done.changes, after) == ([], undeclared)
