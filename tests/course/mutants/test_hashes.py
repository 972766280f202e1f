"""A hash changes with what an outcome depends on, and with nothing else."""

import pytest

from keepalive.course.mutants import hashes

GRADER = '''\
"""Judges."""

from keepalive.grading import check, fail, scenario

LIMIT = 3


def helper(run):
    return run.requests


def of_nobody(run):
    return 1


@scenario(drive="first")
def first(net):
    """First"""

    @check(task="a", points=1)
    def seen(run):
        """Seen"""
        helper(run)


@scenario(drive="second")
def second(net):
    """Second"""
'''
DRIVE = """\
async def outcome(call):
    return await call


async def first(make, run):
    return await outcome(make())


async def second(make, run):
    return await first(make, run)


async def third(make, run):
    pass
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ('"""Judges."""', '"""Judges well."""', set()),
        ('        """Seen"""', '        """Seen."""', set()),
        ("LIMIT = 3", "LIMIT = 3  # seconds", set()),
        ("LIMIT = 3\n", "LIMIT = 3\n\n", set()),
        ("LIMIT = 3", "LIMIT = 4", {"", "first", "second"}),
        ("points=1", "points=2", {"", "first"}),
        ("return run.requests", "return run.attempts", {"", "first"}),
        ("return 1", "return 2", {""}),
        ('@scenario(drive="second")', '@scenario(drive="third")', {"", "second"}),
    ],
)
def test_a_change_of_the_grader(old, new, changed):
    assert old in GRADER
    before, after = hashes.scenarios(GRADER, DRIVE), hashes.scenarios(GRADER.replace(old, new), DRIVE)
    assert {name for name in before if before[name] != after[name]} == changed


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return await first(make, run)", "return None", {"", "second"}),
        ("return await outcome(make())", "return None", {"", "first", "second"}),  # the second drives the first
        ("return await call", "await call", {"", "first", "second"}),
        ("    pass", "    return", {""}),
    ],
)
def test_a_change_of_the_drive(old, new, changed):
    assert old in DRIVE
    before, after = hashes.scenarios(GRADER, DRIVE), hashes.scenarios(GRADER, DRIVE.replace(old, new))
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_scenario_that_is_no_function_of_the_file_has_no_hash_of_its_own():
    assert "third" not in hashes.scenarios(GRADER + '\nthird = made("third")\n', DRIVE)


def test_a_function_of_a_reference():
    reference = "A = 1\n\n\nclass B:\n    def c(self):\n        return 1\n\n    def d(self):\n        return 2\n"
    one, other = (hashes.Code(text) for text in (reference, reference.replace("return 2", "return 3")))
    assert one.hash_of_function("B.c") == other.hash_of_function("B.c")
    assert one.hash_of_function("") == other.hash_of_function("")
    assert one.hash_of_function("B.d") != other.hash_of_function("B.d")
    moved = hashes.Code(reference.replace("A = 1", "A = 2"))
    assert one.hash_of_function("") != moved.hash_of_function("")


def test_the_engine_is_what_plays_and_not_what_draws(monkeypatch, tmp_path):
    package = tmp_path / "keepalive"
    for name in ("grading/wire.py", "grading/timeline/pen.py", "faults/data.py", "report/words.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("A = 1\n")
    (package / "__init__.py").touch()
    monkeypatch.setattr("keepalive.__file__", str(package / "__init__.py"))
    before = hashes.engine.__wrapped__()
    for name, counts in {
        "grading/timeline/pen.py": False,
        "report/words.py": False,
        "grading/wire.py": True,
        "faults/data.py": True,
    }.items():
        (package / name).write_text("A = 2\n")
        after = hashes.engine.__wrapped__()
        assert (after != before) is counts, name
        before = after
