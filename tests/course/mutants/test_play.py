"""A mutant is graded scenario by scenario, and what ends it is said."""

import pytest

import mutant_samples as samples
from keepalive.course.mutants.outcome import Killer, Outcome
from keepalive.course.mutants.play import Round, failures, play


@pytest.fixture
def folder(tmp_path):
    folder = samples.write(tmp_path)
    (folder / "grader.py").write_text(samples.GRADER + samples.OTHER_SCENARIO)
    return folder


def one_round(root, *scenarios, seed=1, **more):
    return Round(samples.subject(root).exercise.code, scenarios or ("two", "other"), seed, **more)


def with_line(line):
    """The reference, with a line at the begin of `get`."""
    return samples.REFERENCE.replace("        # task: closes\n", f"        {line}\n", 1)


def killed(scenario, check, seed=1):
    return Outcome(Killer("tiny-client", scenario, check, seed))


def test_a_reference_passes(tmp_path, folder):
    heard = []
    tell = lambda code, scenario, seed: heard.append((code.id, scenario, seed))  # noqa: E731
    assert play(samples.REFERENCE, [one_round(tmp_path), one_round(tmp_path, "two", seed=2)], tell) == Outcome()
    assert heard == [("tiny-client", "two", 1), ("tiny-client", "other", 1), ("tiny-client", "two", 2)]


def test_the_first_check_that_is_not_passed_ends_it(tmp_path, folder):
    wrong = with_line('path = "/1"')
    assert play(wrong, [one_round(tmp_path)]) == killed("two", "both_arrive")
    assert play(wrong, [one_round(tmp_path, "other", "two", seed=3)]) == killed("other", "refused", 3)
    assert failures(wrong, [one_round(tmp_path)]) == [killed("two", "both_arrive"), killed("other", "refused")]


def test_a_superseded_check_ends_nothing(tmp_path, folder):
    round = one_round(tmp_path, passed_over=frozenset({"two.both_arrive"}))
    assert play(with_line('path = "/1"'), [round]) == killed("other", "refused")


@pytest.mark.parametrize(
    "source",
    ["import", "class Other:\n    pass\n", "1 / 0", "class ApiClient:\n    def __init__(self, other):\n        pass\n"],
)
def test_code_that_cannot_be_run(tmp_path, folder, source):
    outcome = play(source, [one_round(tmp_path)])
    assert outcome.killed.scenario == "two" and outcome.killed.check.startswith("(")


def test_a_loop_without_an_end(tmp_path, folder):
    limits = "from keepalive.grading import Limits, check, fail, scenario"
    grader = (folder / "grader.py").read_text().replace("from keepalive.grading import check, fail, scenario", limits)
    grader = grader.replace('@scenario(drive="two")', '@scenario(drive="two", limits=Limits(work=0.05))')
    (folder / "grader.py").write_text(grader)
    assert play(with_line("while True: pass"), [one_round(tmp_path)], patient=0.05) == killed("two", "(time)")


def test_a_fault_of_the_grader(tmp_path, folder):
    looks = "        run.requests[0]\n        if [request"
    (folder / "grader.py").write_text(samples.GRADER.replace("        if [request", looks))
    outcome = play(with_line("raise ValueError"), [one_round(tmp_path, "two")])
    assert outcome.fault.startswith("tiny-client/two, seed 1\n") and "IndexError" in outcome.fault


def test_a_check_that_leans_on_another_scenario_is_no_fault(tmp_path, folder):
    """Alone it breaks; in the whole grader it is not run, because what it needs is not passed."""
    grader = (folder / "grader.py").read_text()
    needs, looks = 'points=2, needs="two.both_arrive")', "        1 / len(run.requests)\n        if run.requests or"
    grader = grader.replace("points=2)", needs).replace("        if run.requests or", looks)
    (folder / "grader.py").write_text(grader)
    assert play(with_line("raise ValueError"), [one_round(tmp_path, "other")]) == killed("two", "both_arrive")
