# ruff: noqa: E501 - the tables of cases read better in long lines
"""The course's files are read, and everything wrong with them is said in one go, to the person who mends it."""

import subprocess
import sys

import pytest

import small_course as small
from keepalive.course import Course, CourseError, UnknownName
from keepalive.course.load import find_root
from keepalive.course.shape import schema, validator


def problems(root):
    with pytest.raises(CourseError) as caught:
        Course.load(root)
    return caught.value.problems


def the_only_problem(root):
    found = problems(root)
    assert len(found) == 1, "\n".join(map(str, found))
    assert found[0].expected and found[0].found and found[0].mend, "said in full"
    return found[0]


# ---- what is right -------------------------------------------------------------------------------------------------


def test_chapters_exercises_and_tasks_are_there(root):
    course = Course.load(root)
    assert [chapter.name for chapter in course.chapters] == ["03-before", "04-tiny-client"]
    assert [chapter.exercise for chapter in course.chapters] == [None, "tiny-client"]
    assert course.chapters[1].objectives == ("Count connections", "Open a client", "Close it again")
    assert (course.chapters[1].title, course.chapters[1].minutes_exercise) == ("A tiny client", 15)
    assert course.chapters[1].part.title == "Ground"
    assert course.chapters[1].notebook == root / "notebooks/04-tiny-client.ipynb"
    (exercise,) = course.exercises
    assert (exercise.name, exercise.chapter, exercise.entry) == ("04-tiny-client", "tiny-client", "ApiClient")
    assert exercise.brief_intro.startswith("You write a class.")
    assert [(task.id, task.points, len(task.hints)) for task in exercise.tasks] == [("opens", 3, 2), ("closes", 2, 1)]
    assert exercise.tasks[0].brief == "Open it **once**."
    assert exercise.points == 5
    assert list(exercise.misconceptions) == ["client-per-call", "never-closed"]
    assert exercise.wrong[0].fails == ("calls.one_connection",)
    assert exercise.wrong[4].status == "time_limit" and exercise.wrong[4].misconception is None
    assert [(answer.id, answer.line) for answer in exercise.right] == [("lazy", 4)]
    assert exercise.right[0].source == exercise.reference_text.replace("import httpx\n", "import httpx\n# lazy\n")
    assert "# task" not in exercise.reference_text and "# task: opens" in exercise.starter
    assert (exercise.supersedes, exercise.equal) == ((), ())
    assert course.drafts == ()


def test_what_the_grader_needs(root):
    exercise = Course.load(root).exercise("04")
    code = exercise.code
    assert (code.id, code.entry, code.tasks) == ("tiny-client", "ApiClient", ("opens", "closes"))
    assert code.file_name == "04-tiny-client.py"
    assert code.version == exercise.version and len(code.version) == 64
    assert code.drive.is_file() and code.grader.is_file()


def test_windows_line_ends_and_a_byte_order_mark_read_the_same(root, folder):
    before = Course.load(root).exercises[0]
    for name in ("exercise.toml", "brief.md", "hints.md"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Course.load(root).exercises[0] == before


def test_a_folder_that_git_left_behind_and_the_question_bank_are_no_exercises(root):
    (root / "exercises/09-gone/__pycache__").mkdir(parents=True)
    (root / "exercises/09-gone/__pycache__/drive.cpython-311.pyc").write_bytes(b"")
    (root / "exercises/questions").mkdir()
    (root / "exercises/questions/1.toml").write_text("")
    assert len(Course.load(root).exercises) == 1


def test_a_draft_is_hidden_and_keeps_its_problems_to_itself(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    (folder / "drive.py").unlink()
    course = Course.load(root)
    assert course.exercises == () and course.chapter("04").exercise is None
    (draft,) = course.drafts
    assert draft.name == "04-tiny-client"
    assert [problem.file for problem in draft.missing] == [f"{small.FOLDER}/drive.py"]
    with pytest.raises(UnknownName, match=r"Chapter 04 \(A tiny client\) has no exercise"):
        course.exercise("04")


# ---- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["04", "4", 4, "tiny-client", "04-tiny-client", "TINY_CLIENT", " 04_tiny_client ", "tiny client"]
)
def test_number_id_and_folder_name_are_accepted(root, name):
    course = Course.load(root)
    assert course.exercise(name).id == "tiny-client"
    assert course.chapter(name).id == "tiny-client"


@pytest.mark.parametrize("name", ["tiny-clinet", "04-tiny", "tinyclient", "4-tiny-client"])
def test_a_slip_gets_the_nearest_name(root, name):
    with pytest.raises(UnknownName) as caught:
        Course.load(root).exercise(name)
    assert caught.value.nearest == "04-tiny-client"
    assert "Did you mean 04-tiny-client? There are: 04-tiny-client." in str(caught.value)


def test_a_name_that_resembles_nothing_gets_the_list(root):
    with pytest.raises(UnknownName) as caught:
        Course.load(root).chapter("zzzz")
    assert caught.value.nearest is None
    assert str(caught.value) == "There is no chapter 'zzzz'. There are: 03-before, 04-tiny-client."


def test_another_number_is_not_taken_for_a_slip(root):
    with pytest.raises(UnknownName) as caught:
        Course.load(root).exercise("05")
    assert str(caught.value) == "There is no exercise '05'. There are: 04-tiny-client."


def test_a_chapter_without_an_exercise_says_so(root):
    with pytest.raises(
        UnknownName, match=r"Chapter 03 \(What comes before\) has no exercise. There are: 04-tiny-client."
    ):
        Course.load(root).exercise("03")


def test_a_task_by_id_or_number(root):
    exercise = Course.load(root).exercise("04")
    assert exercise.task("closes") is exercise.task(2) is exercise.task("2")
    with pytest.raises(UnknownName, match="Did you mean closes"):
        exercise.task("close")


# ---- where the course is -------------------------------------------------------------------------------------------


def test_the_root_is_named_by_the_environment(root, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(root))
    assert Course.load().root == root.resolve()


def test_without_it_the_checkout_is_the_root(monkeypatch):
    monkeypatch.delenv("KEEPALIVE_ROOT", raising=False)
    assert (find_root() / "pyproject.toml").is_file()


def test_a_root_without_a_course_says_what_is_expected(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(tmp_path))
    with pytest.raises(CourseError) as caught:
        Course.load()
    assert "notebooks/course.toml" in str(caught.value) and str(tmp_path) in str(caught.value)
    assert "KEEPALIVE_ROOT" in str(caught.value)


# ---- what is broken ------------------------------------------------------------------------------------------------

EXERCISE = [
    # (what is written, instead of what, key, line, a part of what was expected, of what was found, of how to mend it)
    ('title = "A tiny client"', 'titel = "A tiny client"', "titel", 3, "one of the keys", "titel", "write title instead"),
    ("minutes = 15\n", "", "minutes", None, "whole number of minutes", "nothing", "add minutes = 15"),
    ("minutes = 15", 'minutes = "15"', "minutes", 6, "whole number of minutes", '"15"', "minutes = 15"),
    ("minutes = 15", "minutes = 0", "minutes", 6, "1 to 120", "0", "minutes = 15"),
    ("minutes = 15", 'minutes = 15\nnumber = "04"', "number", 7, "one of the keys", "number", "take number out"),
    ("minutes = 15", 'minutes = 15\nchapter = "04"', "chapter", 7, "one of the keys", "chapter", "take chapter out"),
    ('status = "ready"', 'status = "redy"', "status", 2, '"ready" or "draft"', '"redy"', 'status = "ready"'),
    ('status = "ready"\n', "", "status", None, '"ready" or "draft"', "nothing", 'add status = "ready"'),
    ('entry = "ApiClient"', 'entry = "Api Client"', "entry", 5, "name of the class", "Api Client", "ApiClient"),
    ('entry = "ApiClient"', 'entry = ["get", "get"]', "entry", 5, "or a list of functions", "get", "once"),
    ('entry = "ApiClient"', 'entry = ["a b"]', "item 1 of entry", 5, "name of a function", "a b", "get_many"),
    ('builds_on = ""', 'builds_on = "nothing"', "builds_on", 4, "another exercise", "nothing", 'builds_on = ""'),
    ('objectives = ["Open a client", "Close it again"]', "objectives = []", "objectives", 7, "at least one", "[]", "objectives ="),
    ("out_of_scope = [", "out_of_scope = [3, ", "item 1 of out_of_scope", 8, "a sentence", "3", "something like"),
    ('id = "opens"', 'id = "opens"\npoints = 3', 'points of [[task]] "opens"', 12, "id, text, extension", "points", "take points out"),
    ('text = "Open it once"\n', "", 'text of [[task]] "opens"', 10, "the task in one line", "nothing", "to this table"),
    ("schema = 2", "schema = 1", "schema", 1, "version of this shape, 2", "1", "schema = 2"),
    ("[[task]]\nid = \"closes\"", '[[supersedes]]\nchecks = ["nothing/a.b"]\nwhy = "It is gone now."\n\n[[task]]\nid = "closes"',
     "item 1 of checks of [[supersedes]] number 1", 15, "a check of another exercise", "nothing/a.b", "<exercise>/"),
    ('title = "A tiny client"', 'title = "A tiny client', "", 3, "TOML", 'at `title = "A tiny client`', "double quotes"),
    ("minutes = 15", "minutes = ", "", 6, "TOML", "Invalid value at `minutes =`", "double quotes"),
    ("minutes = 15", "minutes = 15\nminutes = 15", "", 7, "TOML", "overwrite", "double quotes"),
    ('[[task]]\nid = "closes"\ntext = "Close it again"\n', 'task = 3\n', None, None, None, None, None),
    ("[[task]]", "[[tasks]]", None, None, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize("case", [case for case in EXERCISE if case[2] is not None], ids=lambda case: case[1][:40])
def test_a_broken_exercise_toml_says_where_what_and_how_to_mend_it(root, folder, case):
    old, new, key, line, expected, found, mend = case
    small.edit(folder / "exercise.toml", old, new)
    problem = next(problem for problem in problems(root) if problem.file.endswith("exercise.toml"))
    assert problem.file == f"{small.FOLDER}/exercise.toml"
    assert (problem.key, problem.line) == (key, line)
    assert expected in problem.expected
    assert found in problem.found
    assert mend in problem.mend
    for part in (problem.where, problem.expected, problem.found, problem.mend):
        assert part in str(problem)


@pytest.mark.parametrize("case", [case for case in EXERCISE if case[2] is None], ids=lambda case: case[1][:40])
def test_what_cannot_be_understood_at_all_is_still_said(root, folder, case):
    small.edit(folder / "exercise.toml", case[0], case[1])
    assert all(problem.file.endswith("exercise.toml") for problem in problems(root))


def test_every_problem_is_reported_at_once(root, folder):
    small.edit(folder / "exercise.toml", "minutes = 15\n", "")
    small.edit(folder / "exercise.toml", 'text = "Open it once"', 'text = "-"')
    small.edit(root / "notebooks/course.toml", "core = true", 'core = "yes"')
    (folder / "drive.py").unlink()
    with pytest.raises(CourseError) as caught:
        Course.load(root)
    keys = {(problem.file.rpartition("/")[2], problem.key) for problem in caught.value.problems}
    assert keys == {
        ("course.toml", 'core of [[chapter]] "tiny-client"'),
        ("exercise.toml", "minutes"),
        ("exercise.toml", 'text of [[task]] "opens"'),
        ("drive.py", ""),
    }
    assert str(caught.value).startswith("4 problems in the course's files\n")


@pytest.mark.parametrize("name", ["brief.md", "hints.md", "reference.py", "drive.py", "grader.py", "answers.toml"])
def test_a_missing_file_is_named(root, folder, name):
    (folder / name).unlink()
    problem = the_only_problem(root)
    assert (problem.file, problem.found) == (f"{small.FOLDER}/{name}", "no such file")


def test_a_folder_without_its_data(root, folder):
    (folder / "exercise.toml").unlink()
    problem = the_only_problem(root)
    assert (problem.file, problem.mend) == (f"{small.FOLDER}/exercise.toml", "write exercise.toml")


TEXTS = [
    ("brief.md", "## closes", "## close", 2, "## close", "write `## closes`"),
    ("brief.md", "## closes", "## zzzz", 2, "## zzzz", "use ###"),
    ("brief.md", "\nClose it with `aclose`.\n", "", 1, "nothing", "write a text"),
    ("brief.md", "## closes\n", "## opens\n", 2, "## opens again", "put the two together"),
    (
        "hints.md",
        "## closes\n\nWhat does `async with` call at the end?\n",
        "",
        1,
        "no such heading",
        "add the heading `## closes`",
    ),
    ("hints.md", "What does `async with` call at the end?\n", "", 1, "nothing", "write at least one hint"),
    ("hints.md", "---\n", "---\n\n---\n", 1, "an empty one", "take the `---` out"),
]


@pytest.mark.parametrize(("name", "old", "new", "count", "found", "mend"), TEXTS, ids=lambda value: str(value)[:20])
def test_briefs_and_hints_have_a_section_for_each_task(root, folder, name, old, new, count, found, mend):
    small.edit(folder / name, old, new)
    said = problems(root)
    assert len(said) == count and all(problem.file == f"{small.FOLDER}/{name}" for problem in said)
    assert any(problem.found == found and mend in problem.mend for problem in said)


def test_a_text_that_is_not_utf8_is_placed(root, folder):
    (folder / "brief.md").write_bytes("Eins\n\nZw\u00f6lf\n".encode("latin-1"))
    problem = the_only_problem(root)
    assert problem.line == 3 and "0xf6" in problem.found and "UTF-8" in problem.mend
    (folder / "brief.md").write_text(small.BRIEF, "utf-8")
    (folder / "exercise.toml").write_bytes(small.EXERCISE_TOML.replace("A tiny", "A t\u00efny").encode("latin-1"))
    problem = the_only_problem(root)
    assert problem.line == 3 and problem.file.endswith("exercise.toml")


COURSE = [
    ("core = true", "core = 1", 'core of [[chapter]] "tiny-client"', "true if the chapter", "1", "core = true"),
    ("part = 1\ncore = true", "part = 2\ncore = true", 'part of [[chapter]] "tiny-client"', "number of a [[part]]: 1", "2", "add the [[part]]"),
    ('number = "04"', 'number = "02"', 'number of [[chapter]] "tiny-client"', "one after 03", '"02"', "move the table"),
    ('number = "04"', 'number = "03"', 'number of [[chapter]] "tiny-client"', "no other chapter", '"03"', "of its own"),
    ('summary = "A chapter', 'sumary = "A chapter', 'sumary of [[chapter]] "before"', "one of the keys", "sumary", "write summary"),
    ('id = "tiny-client"', 'id = "tiny-client"\ntitle = "Own"', 'title of [[chapter]] "tiny-client"', "no title for", "Own", "04-tiny-client/exercise.toml says it"),
    ('id = "tiny-client"', 'id = "tiny-client"\nminutes_exercise = 3', 'minutes_exercise of [[chapter]] "tiny-client"', "no minutes", "3", "minutes of exercises"),
    ('title = "What comes before"\n', "", 'title of [[chapter]] "before"', "a title of", "null", 'add title = "'),
    ("minutes_exercise = 0\n", "", 'minutes_exercise of [[chapter]] "before"', "a whole number", "null", "add minutes_exercise"),
    ('objectives = ["Know what comes before"]\n', "", 'objectives of [[chapter]] "before"', "at least one", "null", "add objectives"),
    ('title = "Ground"\n', "", "title of [[part]] 1", "a title", "nothing", "add title"),
    ("[[part]]", "[[parts]]", "parts", "one of the keys", "parts", "write part instead"),
]  # fmt: skip


@pytest.mark.parametrize("case", COURSE, ids=lambda case: case[1][:30])
def test_a_broken_course_toml(root, case):
    old, new, key, expected, found, mend = case
    small.edit(root / "notebooks/course.toml", old, new)
    by_key = {problem.key: problem for problem in problems(root)}
    problem = by_key[key]
    assert problem.file == "notebooks/course.toml" and problem.line
    assert expected in problem.expected and found in problem.found and mend in problem.mend


def test_two_exercises_do_not_share_number_id_or_chapter(root, folder):
    other = root / "exercises/05-tiny-client"
    other.mkdir()
    for path in folder.rglob("*"):
        if path.is_file():
            target = other / path.relative_to(folder)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    said = {(problem.expected, problem.file) for problem in problems(root)}
    assert {(f"a {what} that no other exercise has", "exercises/05-tiny-client") for what in ("id", "chapter")} <= said
    assert {file for _, file in said} == {"exercises/05-tiny-client", "exercises/05-tiny-client/answers.toml"}


def test_a_misconception_has_one_name_in_the_course(root):
    small.write_next(root)
    small.edit(root / "exercises/05-next-client/answers.toml", "never-ended", "never-closed")
    problem = the_only_problem(root)
    assert problem.file == "exercises/05-next-client/answers.toml" and problem.line == 36
    assert problem.key == 'id of [[misconception]] "never-closed"' and "04-tiny-client has it" in problem.mend


def test_an_exercise_without_a_chapter_says_which_there_are(root):
    (root / small.FOLDER).rename(root / "exercises/07-other")
    problem = next(problem for problem in problems(root) if problem.file == "exercises/07-other")
    assert problem.found == "no chapter 07-other" and "03-before, 04-tiny-client" in problem.mend


def test_a_chapter_of_a_draft_has_its_title_and_no_minutes_of_it(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    chapter = Course.load(root).chapter("04")
    assert (chapter.title, chapter.minutes_exercise, chapter.exercise) == ("A tiny client", 0, None)


def test_checks_that_no_longer_hold(root):
    folder = small.write_next(root)
    with open(folder / "exercise.toml", "a", encoding="utf-8") as file:
        file.write('\n[[supersedes]]\nchecks = ["tiny-client/calls.in_order"]\nwhy = "Calls now wait."\n')
    (gone,) = Course.load(root).exercise("05").supersedes
    assert (gone.exercise, gone.check, gone.why) == ("tiny-client", "calls.in_order", "Calls now wait.")


def test_several_functions_may_be_asked_for(root, folder):
    small.edit(folder / "exercise.toml", 'entry = "ApiClient"', 'entry = ["get_many", "get_all"]')
    exercise = Course.load(root).exercise("04")
    assert (exercise.entries, exercise.entry) == (("get_many", "get_all"), "get_many")


def test_loading_does_not_wait_for_what_it_does_not_need():
    # Every command loads the course. Both took longer than all the rest of it.
    code = "import sys; from keepalive.course import Course; Course.load(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "jsonschema" in done.stdout.split()
    assert not {"httpx", "rfc3987_syntax", "lark"} & set(done.stdout.split())


def test_the_schemas_are_schemas_and_say_what_they_expect():
    for name, version in (("exercise", 2), ("answers", 1), ("course", 1), ("progress", 1), ("work", 1)):
        validator(name).check_schema(schema(name))
        assert schema(name)["$id"] == f"urn:keepalive:{name}:{version}"

    def described(part):
        for prop in part.get("properties", {}).values():
            if "$ref" not in prop:
                assert prop.get("description"), part
                described(prop)
                described(prop.get("items", {}))

    for name in ("exercise", "answers", "course"):
        described(schema(name))
