# ruff: noqa: E501 - the tables of cases read better in long lines
"""Answers are changes of the reference, and whatever is wrong with one is said with its line."""

import pytest

import small_course as small
from keepalive.course import Course, CourseError
from keepalive.course.answers import written
from keepalive.course.load import read

FILE = f"{small.FOLDER}/answers.toml"

WRONG = [
    # (what is written, instead of what, key, line, a part of what was expected, of what was found, of how to mend it)
    ('misconception = "never-closed"\nfails = ["leaves.all_closed"]\nchange = \'\'\'\n import httpx\n+# fails: leaves.all_closed=never-closed\n+# late',
     'misconception = "never-close"\nfails = ["leaves.all_closed"]\nchange = \'\'\'\n import httpx\n+# late',
     'misconception of [[wrong]] "closed-late"', 51, "client-per-call, never-closed", "never-close", 'write "never-closed"'),
    ('id = "spins"\nstatus = "time_limit"', 'id = "spins"', 'misconception of [[wrong]] "spins"', 60, "or a sentence about it", "nothing", "client-per-call"),
    ('status = "time_limit"', 'status = "time_limit"\nfails = ["calls.in_order"]', '[[wrong]] "spins"', 60, "either fails or status", "both", "keep fails"),
    ('status = "time_limit"', 'status = "timelimit"', 'status of [[wrong]] "spins"', 62, "how the run", "timelimit", "time_limit"),
    ('status = "time_limit"', 'status = "time_limit"\nfile = "spins.py"', '[[wrong]] "spins"', 60, "either change or file", "both", "another program"),
    ("change = '''\n import httpx\n+# status: time_limit\n'''", "", '[[wrong]] "spins"', 60, "either change or file", "neither", "keep the change"),
    ("change = '''\n import httpx\n+# status: time_limit\n'''", 'file = "spins.py"', 'file of [[wrong]] "spins"', 63, "in answers/", "no answers/spins.py", "write answers/spins.py"),
    ("change = '''\n import httpx\n+# status: time_limit\n'''", 'file = "../spins.py"', 'file of [[wrong]] "spins"', 63, "Python file in answers/", "spins", "lazy.py"),
    ('fails = ["calls.one_connection"]', 'fails = ["one_connection"]', 'item 1 of fails of [[wrong]] "per-call"', 20, "<scenario>.<function>", "one_connection", "something like"),
    ('fails = ["calls.one_connection"]', 'fails = ["a.b", "a.b"]', 'fails of [[wrong]] "per-call"', 20, "check ids", "a.b", "once"),
    ('id = "left-open"', 'id = "per-call"', 'id of [[wrong]] "per-call"', 41, "no other answer", "per-call", "take another"),
    ('id = "lazy"', 'id = "reference"', 'id of [[right]] "reference"', 5, "no other answer", "reference", "names already"),
    ('id = "never-closed"\nbelief', 'id = "client-per-call"\nbelief', 'id of [[misconception]] "client-per-call"', 36, "an id of its own", "client-per-call", "its own id"),
    ('belief = "Python', 'taught_in = "04"\nbelief = "Python', 'taught_in of [[misconception]] "never-closed"', 37, "one of the keys", "taught_in", "take taught_in out"),
    ('about = "Right', 'abuot = "Right', 'about of [[right]] "lazy"', 4, "a sentence that says", "nothing", "add about"),
    ("schema = 1", "schema = 3", "schema", 2, "version of this shape, 1", "3", "schema = 1"),
    ("[[right]]", "[[righ]]", "righ", 4, "one of the keys", "righ", "write right instead"),
]  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case[1][:40])
def test_what_is_wrong_in_answers_toml_is_said_with_its_line(root, folder, case):
    old, new, key, line, expected, found, mend = case
    small.edit(folder / "answers.toml", old, new)
    problems = read(root)[1]
    problem = next(problem for problem in problems if problem.key == key)
    assert (problem.file, problem.line) == (FILE, line)
    assert expected in problem.expected and found in problem.found and mend in problem.mend


def test_every_answer_is_a_file_for_as_long_as_it_is_needed(root):
    exercise = Course.load(root).exercise("04")
    with written(exercise) as files:
        assert set(files) == {"starter", "reference", *(answer.id for answer in exercise.answers)}
        assert files["reference"].read_text("utf-8") == exercise.reference_text
        assert files["per-call"].read_text("utf-8").count("# fails: calls.one_connection=client-per-call\n") == 1
    assert not any(path.exists() for path in files.values())


def test_a_whole_file_is_an_answer(root, folder):
    (folder / "answers").mkdir()
    (folder / "answers/other.py").write_bytes(b"# another program\r\n")
    with open(folder / "answers.toml", "a", encoding="utf-8") as file:
        file.write('\n[[right]]\nid = "other"\nabout = "Another program."\nfile = "other.py"\n')
    answer = Course.load(root).exercise("04").answer("other")
    assert answer.source == "# another program\n" and answer.path == folder / "answers/other.py"


def test_a_change_that_does_not_fit_says_its_own_line(root, folder):
    small.edit(folder / "reference.py", "import httpx", "import asyncio\nimport httpx as httpx")
    exercise = Course.load(root).exercise("04")
    with pytest.raises(CourseError) as e:
        _ = exercise.answer("two-clients").source
    (problem,) = e.value.problems
    assert (problem.file, problem.line) == (FILE, 31)
    assert "'import httpx'" in problem.found and "write 'import httpx as httpx'" in problem.mend


def test_a_starter_may_say_something_else_than_what_is_derived(root):
    small.write_next(root)
    starter = Course.load(root).exercise("05").starter
    assert starter.startswith('"""Your client, and what it does next."""\n\nimport asyncio\n\nimport httpx\n')
    assert (
        '        """Later."""\n        await asyncio.sleep(1)\n        raise NotImplementedError("task waits")\n'
        in starter
    )


def test_gaps_that_no_starter_can_be_made_of_are_said_with_their_line(root, folder):
    small.edit(folder / "reference.py", "class ApiClient", "# task: opens\nX = 1\n# end task\nclass ApiClient")
    with pytest.raises(CourseError) as e:
        _ = Course.load(root).exercise("04").starter
    (problem,) = e.value.problems
    assert (problem.file, problem.line) == (f"{small.FOLDER}/reference.py", 7) and "`X = 1`" in problem.found


def test_changed_references_that_are_declared_equal(root, folder):
    with open(folder / "answers.toml", "a", encoding="utf-8") as file:
        file.write(
            '\n[[equal]]\noperator = "number"\nline = "x = 1"\nbetween = [1, 2]\nwhy = "The brief allows both."\n'
        )
    (equal,) = Course.load(root).exercise("04").equal
    assert (equal.operator, equal.text, equal.between, equal.becomes, equal.line) == (
        "number",
        "x = 1",
        (1, 2),
        None,
        68,
    )
