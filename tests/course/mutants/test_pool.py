"""Worker processes play jobs; one that its mutant ends or holds up is replaced, and that is an outcome."""

import pytest

import mutant_samples as samples
from keepalive.course.mutants.outcome import Killer, Outcome
from keepalive.course.mutants.play import Round
from keepalive.course.mutants.pool import Job, WorkerBroke, outcomes


@pytest.fixture
def rounds(tmp_path):
    samples.write(tmp_path)
    code = samples.subject(tmp_path).exercise.code
    return (Round(code, ("two",), 1),)


def with_line(line):
    """The reference, with a line at the begin of `get`."""
    return samples.REFERENCE.replace("        # task: closes\n", f"        {line}\n", 1)


def test_jobs_end_in_any_order_and_are_told_by_their_place(rounds):
    fine, wrong = Job(samples.REFERENCE, rounds), Job(with_line('path = "/1"'), rounds)
    found = dict(outcomes([fine, wrong, fine, wrong], workers=2))
    noticed = Outcome(Killer("tiny-client", "two", "both_arrive", 1))
    assert found == {0: Outcome(), 1: noticed, 2: Outcome(), 3: noticed}


def test_a_mutant_that_ends_its_process_is_noticed_and_the_next_is_played(rounds):
    ends = Job(with_line("import os; os.kill(os.getpid(), 9)"), rounds)
    found = dict(outcomes([ends, Job(samples.REFERENCE, rounds)], workers=1))
    assert found == {0: Outcome(Killer("tiny-client", "two", "(time)", 1)), 1: Outcome()}


def test_a_mutant_that_hangs_is_noticed(rounds):
    # A wait that nothing inside the process gets out of: signals are blocked, too.
    hangs = "import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM]); os.read(os.pipe()[0], 1)"
    job = Job(with_line(hangs), rounds)
    assert dict(outcomes([job], workers=1, patience=0.2)) == {0: Outcome(Killer("tiny-client", "two", "(time)", 1))}


def test_a_fault_of_our_own_is_told(rounds):
    with pytest.raises(WorkerBroke, match="TypeError"):
        list(outcomes([Job(None, rounds)], workers=1))


def test_no_jobs_start_no_process():
    assert list(outcomes([])) == []
