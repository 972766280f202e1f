"""No mutant of a ready exercise survives undeclared, and its lock belongs to the files beside it."""

import pytest

from keepalive.course import Course
from keepalive.course.lint import mutants
from keepalive.course.lint.finding import Folder
from keepalive.course.mutants import lock as locks
from keepalive.course.mutants.run import run
from keepalive.course.mutants.subject import Subject

COURSE = Course.load()
every_exercise = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)


@every_exercise
def test_the_lock_fits_and_leaves_nothing_undeclared(exercise):
    found = mutants.check(Folder(exercise, COURSE))
    assert not found, "\n".join(f"{finding.where}: {finding.what} (mend: {finding.mend})" for finding in found)


@pytest.mark.thorough
@every_exercise
def test_all_mutants_come_to_what_the_lock_says(exercise):
    result = run(Subject(exercise, COURSE), None)
    assert not result.faults
    lock = locks.read(exercise.folder)
    assert {entry.name for entry in result.lock.survivors} == {entry.name for entry in lock.survivors}
