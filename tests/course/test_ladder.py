"""A starter goes on from the reference of another exercise, and a change of that reference reaches it."""

import shutil
import subprocess

import pytest

import small_course as small
from keepalive.course import Course, gaps
from keepalive.course.ladder import NotMerged, builders, committed, first_difference, merge, misfits, three_way

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
    "imported", ["from collections.abc import Mapping\nimport httpx", "import httpx\nimport json as Mapping, os"]
)
def test_an_import_that_only_a_gap_needs_is_no_difference(imported):
    source = STARTER.replace("def three(self):", "def three(self, x: Mapping[str, str]):").replace(
        "import httpx", imported
    )
    base = BASE.replace("import httpx", "import httpx\nimport os") if "os" in imported else BASE
    assert first_difference(source, gaps.find(source)[0], base) is None
    needed = source.replace("return 2", "return Mapping")
    assert first_difference(needed, gaps.find(needed)[0], base.replace("return 2", "return Mapping")) is not None


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


# ---- a change carried on ---------------------------------------------------------------------------------------------

DOCUMENTED = '    async def aclose(self):\n        """Close it."""\n'


@pytest.fixture
def course(root):
    """Three exercises, each building on the one before, in a repository of their own."""
    small.write_next(root)
    third = root / "exercises/06-third-client"
    shutil.copytree(root / "exercises/05-next-client", third)
    small.edit(third / "exercise.toml", 'builds_on = "tiny-client"', 'builds_on = "next-client"')
    for id in ("client-per-task", "never-ended"):
        for name in ("answers.toml", "grader.py"):
            small.edit(third / name, id, f"third-{id}")
    small.edit(third / "reference.py", "asyncio.sleep(1)", "asyncio.sleep(3)")
    with open(root / "notebooks/course.toml", "a", encoding="utf-8") as file:
        file.write(
            '\n[[chapter]]\nnumber = "06"\nid = "third-client"\npart = 1\ncore = true\nminutes_teaching = 1\n'
            'summary = "The third of three clients, for tests."\n'
        )
    for command in (["init", "-q"], ["add", "-A"], [*NOBODY, "commit", "-qm", "As it was"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return Course.load(root)


NOBODY = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"]


def carried(course, number="04"):
    exercise = course.exercise(number)
    return list(merge(course, exercise, committed(exercise.reference, "HEAD")))[1:]


def reference(course, number):
    return course.exercise(number).reference.read_text("utf-8")


def test_those_that_build_on_an_exercise_in_their_order(course):
    assert [each.number for each in builders(course, course.exercise("04"))] == ["05", "06"]
    assert builders(course, course.exercise("06")) == []


def test_a_change_reaches_every_later_reference(course):
    small.edit(course.exercise("04").reference, "    async def aclose(self):\n", DOCUMENTED)
    before = {number: reference(course, number) for number in ("05", "06")}
    assert [(step.exercise.number, step.changed, step.conflicts) for step in carried(course)] == [
        ("05", True, ()),
        ("06", True, ()),
    ]
    for number, was in before.items():
        assert reference(course, number) == was.replace("    async def aclose(self):\n", DOCUMENTED)
    assert [step.changed for step in carried(course)] == [False, False], "it is there already"


def test_markers_of_the_earlier_one_are_not_carried(course):
    small.edit(course.exercise("04").reference, "        # task: closes\n", "        # task: opens\n")
    assert not any(step.changed for step in carried(course))


def test_changes_of_neighbouring_lines_are_no_conflict(course):
    later = course.exercise("05").reference
    small.edit(later, "import httpx\n", "import httpx  # of 05\n")
    small.edit(course.exercise("04").reference, '"""Your client."""', '"""Your own client."""')
    small.edit(course.exercise("04").reference, "class ApiClient:", "class ApiClient(object):")
    small.edit(later, '"""Your client, and what it does next."""', '"""Your client."""\n# of 05')
    assert carried(course)[0].conflicts == ()
    assert '"""Your own client."""\n# of 05\n' in later.read_text("utf-8")


def test_it_stops_at_a_conflict_with_both_sides_in_the_file(course):
    small.edit(
        course.exercise("04").reference, "        self._client = httpx.AsyncClient()", "        self._client = 4"
    )
    small.edit(
        course.exercise("05").reference, "        self._client = httpx.AsyncClient()", "        self._client = 5"
    )
    third = reference(course, "06")
    (step,) = carried(course)
    written = reference(course, "05").split("\n")
    (line,) = step.conflicts
    assert written[line - 1 : line + 4] == [
        "<<<<<<< 05-next-client",
        "        self._client = 5",
        "=======",
        "        self._client = 4",
        ">>>>>>> the change",
    ]
    assert reference(course, "06") == third
    small.edit(course.exercise("05").reference, "\n".join(written[line - 1 : line + 4]), "        self._client = 4")
    assert [step.conflicts for step in carried(course, "05")] == [()]
    assert "        self._client = 4\n" in reference(course, "06")


def test_answers_that_name_a_changed_line_are_written_anew(course):
    old, new = "import httpx", "import httpx as httpx"
    sources = {answer.id: answer.source for answer in course.exercise("04").answers}
    small.edit(course.exercise("04").reference, old, new)
    exercise = course.exercise("04")
    own, *later = merge(course, exercise, committed(exercise.reference, "HEAD"))
    assert own.renewed == tuple(sources) and all(step.renewed == tuple(sources) for step in later)
    for answer in Course.load(course.root).exercise("04").answers:
        assert answer.source == sources[answer.id].replace(old, new)


def test_a_starter_that_names_a_changed_line_is_written_anew(course):
    old, new = '"""Later."""', '"""Much later."""'
    starter = course.exercise("05").starter
    small.edit(course.exercise("05").reference, old, new)
    exercise = course.exercise("05")
    steps = list(merge(course, exercise, committed(exercise.reference, "HEAD")))
    assert [step.renewed for step in steps] == [("starter",), ("starter",)]
    assert Course.load(course.root).exercise("05").starter == starter.replace(old, new)


def test_what_no_longer_fits_is_named(course):
    exercise = course.exercise("04")
    small.edit(exercise.folder / "answers.toml", "+# lazy", "-\n-\n-class ApiClient:\n+class Other:")
    small.edit(exercise.reference, "class ApiClient:", "class ApiClient(object):")
    course = Course.load(course.root)
    exercise = course.exercise("04")
    steps = list(merge(course, exercise, committed(exercise.reference, "HEAD")))
    assert "lazy" not in steps[0].renewed
    (problem,) = misfits(Course.load(course.root).exercises)
    assert (problem.file, problem.line) == (f"{small.FOLDER}/answers.toml", 8)
    assert "'class ApiClient:'" in problem.found and "class ApiClient(object):" in problem.mend


def test_a_revision_that_has_no_such_file(course):
    with pytest.raises(NotMerged, match=r"git has no reference\.py of 04-tiny-client in nowhere"):
        committed(course.exercise("04").reference, "nowhere")


def test_without_git(course, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotMerged, match="git cannot be run"):
        three_way("a", "a", "b")
