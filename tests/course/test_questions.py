"""The bank: its files loaded and refused in words, its items linted, run and answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import small_course as small
from keepalive.course import Course, CourseError, UnknownName
from keepalive.course.lint import lint
from keepalive.course.progress import Progress
from keepalive.course.questions import FORMATS, Bank, NoAnswer
from keepalive.course.questions.answers import answers, explained, next_seed, record, standing, to_practise
from keepalive.course.questions.run import NotRun, disagreement, printed
from keepalive.course.questions.scaffold import question as new_question
from keepalive.course.scaffold import NotMade

SINGLE = '''\
[[question]]
id = "waits"
cell = 4
chapter = "04"
format = "single"
use = ["chapter", "exam"]
stem = "The server answers after 3 s, and the timeout is 2 s. What does the call do?"
proof = "run"

[question.run]
server = """
net.route("GET", "/late").reply(after=3.0)
"""
code = """
async def main(url):
    async with httpx.AsyncClient(base_url=url, timeout=2.0) as client:
        try:
            print((await client.get("/late")).status_code)
        except httpx.TransportError as error:
            print(type(error).__name__)
"""

[[question.options]]
id = "read"
text = "It raises `ReadTimeout`."
prints = "ReadTimeout"
why = "Yes. Three seconds of silence are longer than two."
correct = true

[[question.options]]
id = "answer"
text = "It returns a 200."
prints = "200"
why = "It would if the silence were shorter than the timeout."
misconception = "never-closed"

[[question.options]]
id = "connect"
text = "It raises `ConnectTimeout`."
prints = "ConnectTimeout"
why = "The connection stood long before; the answer was late."
'''

SPOT = '''\
[[question]]
id = "line-of-it"
cell = 4
chapter = "04"
format = "spot"
use = ["exam"]
stem = "Somebody reads this and finds a mistake in it. Which line?"
code = """
import httpx

# what follows is wrong
client = httpx.AsyncClient()
answer = client.get("/")
"""
why = "A coroutine that is not awaited sends nothing."
proof = "tests/course/test_questions.py"

[[question.options]]
id = "no-await"
line = 'answer = client.get("/")'
why = "Yes. Nothing is awaited here, so nothing is sent."
correct = true

[[question.options]]
id = "no-block"
line = "client = httpx.AsyncClient()"
why = "A client may be made without a block if somebody closes it."

[[question.options]]
id = "no-import"
line = "import httpx"
why = "An import is needed, and this is the one that is needed."
'''

NUMBER = '''\
[[question]]
id = "how-many"
cell = 4
chapter = "04"
format = "number"
use = ["exam", "review"]
stem = "One call is made and answered with 503. How many requests does the server see?"
answer = 1
tolerance = 0
unit = "requests"
why = "Nothing repeats it, so there is the one request."
proof = "run"

[question.run]
code = """
async def main(url):
    print(1)
"""

[[question.options]]
id = "twice"
value = 2
why = "Two would be one and a retry, which httpx does not make."

[[question.options]]
id = "thrice"
value = 3
why = "Three are what a loop of your own would make of it."
'''


@pytest.fixture
def bank_of(root: Path):
    """bank_of(texts...) -> (bank, problems), of a file 04.toml with these questions."""

    def bank_of(*questions: str):
        write(root, *questions)
        return Bank.read(Course.load(root))

    return bank_of


def write(root: Path, *questions: str, name: str = "04.toml") -> Path:
    path = root / "exercises" / "questions" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("schema = 1\n\n" + "\n".join(questions), "utf-8")
    return path


# ---- loading -----------------------------------------------------------------------------------------------------


def test_a_question_is_loaded_with_all_that_it_says(bank_of):
    bank, problems = bank_of(SINGLE, SPOT, NUMBER)
    assert problems == []
    waits, line, many = bank.questions
    assert (waits.key.right, many.key.answer, line.key.right) == (("read",), 1, ("no-await",))
    assert [option.line for option in line.options] == [5, 4, 1]
    assert line.lines == (1, 4, 5), "neither blank lines nor comments"
    assert (waits.file, waits.line) == ("exercises/questions/04.toml", 3)
    assert bank.cell(4, "review") == (many,)
    assert bank.chapter("04") == bank.questions


SLIPS = [
    ("cell = 4", "cell = 5", "cell of [[question]]", "write cell = 4"),
    ('id = "waits"', 'id = "Waits"', "id of [[question]]", "write something like id"),
    ('id = "waits"', 'id = "tiny-client"', "an id that no exercise has", "04-tiny-client has it"),
    ('format = "single"', 'format = "choice"', "how it is answered", "write something like format"),
    ('"never-closed"', '"never-close"', "the id of a misconception", 'write "never-closed"'),
    ("correct = true\n", "", "one option with correct = true", "mark the right one"),
    ('id = "answer"', 'id = "read"', "an id of its own", "its own id"),
    ('proof = "run"', 'proof = "hope"', "what decides the key", "write something like proof"),
    ('text = "It returns a 200."\n', "", "text or code to choose", "add text"),
    ('text = "It returns a 200."', 'code = "await ("', "Python", "mend the code"),
    ('why = "Yes. Three seconds of silence are longer than two."\n', "", "what this choice comes from", "add why"),
    ('prints = "200"', 'value = 200', "no value in an option of a single question", "take value out"),
    ("stem =", "steam =", "one of the keys", "write stem instead of steam"),
]  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip[2][:30])
def test_a_slip_is_told_with_file_line_and_what_to_do(bank_of, slip):
    old, new, expected, mend = slip
    assert old in SINGLE
    _, problems = bank_of(SINGLE.replace(old, new, 1))
    said = "\n".join(map(str, problems))
    assert expected in said and mend in said, said
    assert all(re.match(r"exercises/questions/04\.toml:\d+: ", str(problem)) for problem in problems), said


def test_the_line_of_an_option_is_found(bank_of, root):
    _, problems = bank_of(SPOT, SINGLE.replace('why = "It would', 'way = "It would', 1))
    lines = (root / "exercises/questions/04.toml").read_text("utf-8").split("\n")
    (unknown,) = [problem for problem in problems if "unknown key" in problem.found]
    assert lines[unknown.line - 1].startswith('way = "It would')
    assert unknown.key == 'way of [[question.options]] "answer" of [[question]] "waits"'


def test_a_line_of_a_spot_is_found_once(bank_of):
    _, (problem,) = bank_of(SPOT.replace('line = "import httpx"', 'line = "import httpy"'))
    assert "no such line" in problem.found and problem.mend == 'write line = "import httpx"'
    _, (problem,) = bank_of(SPOT.replace("# what follows is wrong", "import httpx"))
    assert "2 lines like it" in problem.found


def test_a_format_needs_its_keys_and_no_others(bank_of):
    _, problems = bank_of(NUMBER.replace('unit = "requests"\n', "").replace("value = 2", "correct = true"))
    said = "\n".join(map(str, problems))
    assert "unit, which a number question needs" in said
    assert "value, which an option of a number question needs" in said
    assert "no correct in an option of a number question" in said


def test_ids_are_never_used_again(root, bank_of):
    write(root, 'retired = ["waits"]', name="misconceptions.toml")
    bank, (problem,) = bank_of(SINGLE)
    assert "an id that no question ever had" in problem.expected
    _, problems = bank_of(NUMBER, NUMBER)
    assert any("exercises/questions/04.toml:3 has it already" in problem.mend for problem in problems)
    with pytest.raises(UnknownName, match="was taken out of the course"):
        Bank(bank.course, (), {}, ("waits",)).question("waits")


def test_a_file_that_is_no_cell_is_refused(root):
    write(root, SINGLE, name="4.toml")
    _, (problem,) = Bank.read(Course.load(root))
    assert problem.mend == "name the file after its cell"


def test_broken_files_of_the_bank_stop_no_exercise(root):
    write(root, "[[question")
    assert Course.load(root).exercise("04")
    with pytest.raises(CourseError, match=r"04\.toml"):
        Bank.load(Course.load(root))


def test_a_question_is_found_by_its_id_and_the_nearest_is_named(bank_of):
    bank, _ = bank_of(SINGLE, SPOT)
    assert bank.question("Line_of_it").format == "spot"
    with pytest.raises(UnknownName, match=r"^There is no question 'wait'\. Did you mean waits\?$"):
        bank.question("wait")


def test_the_version_is_of_what_is_asked(bank_of):
    version = bank_of(SINGLE)[0].questions[0].version
    same = [("Three seconds of", "Three whole seconds of"), ('use = ["chapter", "exam"]', 'use = ["exam"]')]
    other = [("after 3 s", "after 4 s"), ("It returns a 200.", "It returns."), ('id = "connect"', 'id = "tcp"')]
    for old, new in same:
        assert bank_of(SINGLE.replace(old, new))[0].questions[0].version == version, old
    for old, new in other:
        assert bank_of(SINGLE.replace(old, new))[0].questions[0].version != version, old


# ---- the run -----------------------------------------------------------------------------------------------------


def test_the_program_decides_the_key(bank_of):
    waits, many = bank_of(SINGLE, NUMBER)[0].questions
    assert printed(waits) == "ReadTimeout"
    assert disagreement(waits) == disagreement(many) == ""


def test_a_key_that_is_not_what_happens_is_found(bank_of):
    (waits,) = bank_of(SINGLE.replace("after=3.0", "after=1.0"))[0].questions
    assert "'200'" in disagreement(waits)
    (many,) = bank_of(NUMBER.replace("print(1)", "print('none')"))[0].questions
    assert "no number" in disagreement(many)


def test_a_program_that_does_not_end_well_says_why(bank_of):
    (waits,) = bank_of(SINGLE.replace("except httpx.TransportError", "except ValueError"))[0].questions
    with pytest.raises(NotRun, match="ReadTimeout"):
        printed(waits)


# ---- the linter --------------------------------------------------------------------------------------------------


def found(root: Path, *questions: str) -> str:
    write(root, *questions)
    report = lint(root, ["questions"])
    return "\n".join(f"{each.where}: {each.what}; {each.mend}" for each in report.findings)


def test_good_questions_are_proved(root):
    (root / "tests/course").mkdir(parents=True)
    (root / "tests/course/test_questions.py").write_text("")
    write(root, SINGLE, SPOT, NUMBER)
    report = lint(root, ["questions"])
    assert (report.findings, report.proved) == ([], ["questions"])
    assert lint(root, ["exercises/questions/04.toml"]).proved == ["questions of cell 04"]


FAULTS = [
    ("What does the call do?", "Which of these does the call not do?", "asks for what is not so"),
    ("It returns a 200.", "None of the above.", "speaks of the other options"),
    ("It would if the silence", "Option B would if the silence", "names an option by its place"),
    ("It returns a 200.", "It raises `ConnectTimeout`.", "is the same as another option"),
    ("after=3.0", "after=1.0", "its key is not what happens"),
    ('proof = "run"', 'proof = "claim:no-such-claim run"', "no claim no-such-claim"),
    ('proof = "run"', 'proof = "run exercise:tiny-client/a.b"', "no check a.b"),
    ('proof = "run"', 'proof = "tests/nowhere.py run"', "no file tests/nowhere.py"),
    ('proof = "run"', 'proof = "tests/claims/x.py"', "has a [question.run] that its proof does not name"),
    ("It raises `ReadTimeout`.", "It raises `ReadTimeout` after two seconds of silence from the other end.", "longer"),
    ("Yes. Three seconds of silence", "For the author: three seconds of silence", "still to be written"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[2][:30])
def test_a_fault_is_found(root, fault):
    (root / "tests/claims").mkdir(parents=True)
    (root / "tests/claims/x.py").write_text("")
    old, new, said = fault
    assert old in SINGLE and said not in found(root, SINGLE)
    assert said in found(root, SINGLE.replace(old, new, 1))


def test_a_fourth_option_needs_misconceptions(root):
    why = "That would be a call with no timeout at all."
    fourth = f'\n[[question.options]]\nid = "more"\ntext = "It hangs."\nprints = "-"\nwhy = "{why}"\n'
    assert "connect, more names no misconception" in found(root, SINGLE + fourth)
    with_names = (SINGLE + fourth).replace(
        'prints = "ConnectTimeout"', 'prints = "C"\nmisconception = "client-per-call"'
    )
    assert found(root, with_names + 'misconception = "client-per-call"\n') == ""


def test_two_options_are_too_few(root):
    assert "2 options, at least 3" in found(root, SINGLE[: SINGLE.index('[[question.options]]\nid = "connect"')])


def test_the_right_one_is_not_the_longest_too_often(root):
    many = [
        SINGLE.replace('"waits"', f'"waits-{n}"').replace("It raises `ReadTimeout`.", "It raises `ReadTimeout`, late.")
        for n in range(8)
    ]
    assert "in 8 of 8 the right option is the longest" in found(root, *many)


def test_what_a_chapter_asks_is_there_and_meant_for_it(root):
    write(root, SINGLE, NUMBER)
    notebook = root / "notebooks/04-tiny-client.ipynb"
    cell = '{{"cell_type": "code", "source": ["question(\\"{}\\")"]}}'
    for id, said in [("waits", ""), ("wait", "does not exist"), ("how-many", "not meant for a chapter")]:
        notebook.write_text(f'{{"cells": [{cell.format(id)}]}}')
        told = "\n".join(each.what for each in lint(root, ["questions"]).findings)
        assert said in told and bool(said) == bool(told), id
    notebook.write_text(f'{{"cells": [{cell.format("waits")}, {cell.format("waits")}]}}')
    assert "asked in notebooks/04-tiny-client.ipynb already" in lint(root, ["questions"]).findings[0].what


@pytest.mark.parametrize("format", FORMATS)
def test_a_new_question_loads_and_is_all_to_be_written(root, format):
    (path,) = new_question(4, "my-own", format=format, chapter="4", root=root)
    bank, problems = Bank.read(Course.load(root))
    assert problems == []
    assert (bank.questions[0].format, bank.questions[0].chapter, path.name) == (format, "04", "04.toml")
    told = lint(root, ["questions"]).findings
    assert told and all("still to be written" in each.what or "no claim" in each.what for each in told), told


def test_a_new_question_changes_nothing_that_is_there(root):
    path = write(root, SINGLE)
    before = path.read_text("utf-8")
    new_question(4, "my-own", format="order", root=root)
    assert path.read_text("utf-8").startswith(before)
    assert Bank.load(Course.load(root)).question("my-own").chapter == "04", "as the one before"
    for cell, id, said in [
        (4, "waits", "is taken by"),
        (15, "x-y", "no cell 15"),
        (4, "My id", "Did you mean my-id"),
        (4, "tiny-client", "exercise 04"),
    ]:
        with pytest.raises(NotMade, match=said):
            new_question(cell, id, format="single", root=root)


# ---- answers -----------------------------------------------------------------------------------------------------


def test_answers_are_kept_and_a_changed_question_is_new(bank_of, tmp_path):
    progress = Progress(tmp_path / "progress.json")
    waits, many = bank_of(SINGLE, NUMBER)[0].questions
    assert (standing(progress, waits), next_seed(progress, waits)) == ("new", "1")
    assert record(progress, waits, "answer") is False
    assert (standing(progress, waits), next_seed(progress, waits)) == ("wrong", "2")
    assert to_practise(progress, (many, waits)) == (waits, many)
    assert record(progress, waits, "read") is True
    assert [event.data for event in answers(Progress(tmp_path / "progress.json"), waits)] == [
        {"version": waits.version, "answer": "answer", "correct": False},
        {"version": waits.version, "answer": "read", "correct": True},
    ]
    (changed,) = bank_of(SINGLE.replace("after 3 s", "after 4 s"))[0].questions
    assert standing(progress, changed) == "new"
    progress.reset("waits")
    assert standing(progress, waits) == "new"


def test_what_is_no_answer_is_not_kept(bank_of, tmp_path):
    progress = Progress(tmp_path / "progress.json")
    (waits,) = bank_of(SINGLE)[0].questions
    with pytest.raises(NoAnswer):
        record(progress, waits, "seven")
    assert progress.events == ()


def test_letters_and_lines_are_answers(bank_of):
    waits, line, many = bank_of(SINGLE, SPOT, NUMBER)[0].questions
    for place, option in enumerate(waits.shown()):
        assert waits.typed("abc"[place]) == waits.typed(f" {'ABC'[place]} ") == waits.typed(option.id) == option.id
    assert (line.typed(5), line.typed("line 4"), line.typed("1")) == ("no-await", "no-block", "no-import")
    assert many.typed("1,0") == "1,0"
    for given in ("d", "", "ab", 3, None):
        with pytest.raises(NoAnswer):
            waits.typed(given)
    for given in (2, 3, 99, "x", True):
        with pytest.raises(NoAnswer, match="a line that holds code, 1 to 5"):
            line.typed(given)


def test_every_choice_is_explained(bank_of):
    waits, _, many = bank_of(SINGLE, SPOT, NUMBER)[0].questions
    said = explained(waits, "answer")
    assert {choice.option.id for choice in said.choices} == {"read", "answer", "connect"}
    assert [choice.option.id for choice in said.choices if choice.chosen] == ["answer"]
    assert [choice.option.id for choice in said.choices if choice.right] == ["read"]
    said = explained(many, "2")
    assert (said.right, said.said, said.solution) == (False, "2 requests", "1 request")
    assert [choice.option.id for choice in said.choices if choice.chosen] == ["twice"]


def test_the_small_course_has_what_these_tests_name(root):
    assert {"never-closed", "client-per-call"} <= set(
        Course.load(root).exercise(small.FOLDER.split("/")[-1]).misconceptions
    )
