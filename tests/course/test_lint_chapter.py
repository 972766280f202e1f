"""`keepalive lint chapter 04`: the exercise, the notebook, the questions and the style of one chapter, and no other."""

import io

import pytest
from rich.console import Console

import small_course as small
from keepalive.course import Course, UnknownName
from keepalive.course.lint import lint, main, style
from small_notebook import CELLS, NAME, data, write

QUESTION = """
[[question]]
id = "{id}"
cell = 1
chapter = "{chapter}"
format = "single"
use = ["exam", "review"]
stem = "Which of these does not open a connection?"
proof = "tests/none.py"

[[question.options]]
id = "one"
text = "A client."
why = "It makes a pool, and the pool is empty until somebody calls."
correct = true

[[question.options]]
id = "two"
text = "A call."
why = "The first call of a client finds no connection, so it opens one."
"""


@pytest.fixture(autouse=True)
def here(root, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(root))
    monkeypatch.setattr(style, "installed", lambda: False)
    write(root, data())


def report(*names):
    """(exit code, what was printed)."""
    out = io.StringIO()
    code = main(names, Console(file=out, width=80, highlight=False, markup=False), "keepalive", grade=small.grade)
    return code, out.getvalue()


def test_a_chapter_that_keeps_its_contract(root):
    code, text = report("chapter", "04")
    assert code == 0
    assert text.splitlines() == [
        "04-tiny-client: keeps its contract",
        "chapter 04-tiny-client: keeps its contract",
        style.MISSING,
        "next: nothing is left to mend that can be read; .venv/bin/pytest tests/content -k 04 runs the cells.",
    ]


def test_it_speaks_of_exercise_and_notebook_and_says_the_command_again(root, folder):
    write(root, data([*CELLS, CELLS[2] | {"id": "again"}]))
    (folder / "notes.txt").write_text("x")
    code, text = report("chapter", "04")
    assert code == 1
    assert "a second heading `## Break it`" in text and "notes.txt" in text and "2 findings" in text
    assert text.endswith("then run keepalive lint chapter 04 again.\n")


def test_it_speaks_of_what_was_named_alone(root, folder):
    (folder / "notes.txt").write_text("x")
    (root / "notebooks/03-before.ipynb").write_text("no notebook")
    assert {finding.file for finding in lint(root, ["chapter", "03"], grade=small.grade).findings} == {
        "notebooks/03-before.ipynb"
    }
    assert {finding.file for finding in lint(root, ["chapter", "04"], grade=small.grade).findings} == {
        f"{small.FOLDER}/notes.txt"
    }


def test_a_number_that_no_exercise_has_is_a_chapter(root):
    (root / "notebooks/03-before.ipynb").write_text("no notebook")
    code, text = report("03")
    assert code == 1 and "it is no notebook" in text
    assert text.endswith("then run keepalive lint chapter 03 again.\n")


def test_the_questions_of_the_chapter_are_looked_at_and_those_of_others_not(root):
    bank = root / "exercises/questions"
    bank.mkdir()
    asked = QUESTION.format(id="before-first", chapter="03") + QUESTION.format(id="tiny-first", chapter="04")
    (bank / "01.toml").write_text("schema = 1\n" + asked, "utf-8")
    (bank / "misconceptions.toml").write_text("schema = 1\n", "utf-8")
    found = lint(root, ["chapter", "04"], grade=small.grade).findings
    assert found and all(finding.what.startswith("tiny-first: ") for finding in found), found


def test_a_question_that_cannot_be_read_is_said_of_its_own_chapter(root):
    bank = root / "exercises/questions"
    bank.mkdir()
    asked = QUESTION.format(id="before-first", chapter="03") + QUESTION.format(id="tiny-first", chapter="04")
    (bank / "01.toml").write_text("schema = 1\n" + asked.replace('"single"', '"singel"'), "utf-8")
    second = 1 + asked.count("\n", 0, asked.rindex("[[question]]"))
    lines = {
        number: [
            finding.line
            for finding in lint(root, ["chapter", number], grade=small.grade).findings
            if finding.file.endswith("01.toml")
        ]
        for number in ("03", "04")
    }
    assert lines["03"] and max(lines["03"]) < second
    assert lines["04"] and min(lines["04"]) > second


GLOSSARY = """schema = 1

[[term]]
id = "call"
forms = ["call", "`get`"]
except = ["call it a day"]
chapters = ["04"]
"""


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Each call waits.", []),
        ("Calls `get` here.", []),
        (
            "We call it a day.",
            [f"{NAME}: its prose uses no term", "docs/glossary.toml:7: the term call names chapter 04"],
        ),
        ("## A call\n\n```python\ncall\n```", [f"{NAME}: its prose uses no term", "docs/glossary.toml:7: the term"]),
    ],
)
def test_a_chapter_uses_the_terms_of_the_glossary(root, said, found):
    (root / "docs").mkdir()
    (root / "docs/glossary.toml").write_text(GLOSSARY, "utf-8")
    write(root, data([*CELLS, CELLS[2] | {"id": "terms", "source": said}]))
    seen = [f"{each.where}: {each.what}" for each in lint(root, ["chapter", "04"], grade=small.grade).findings]
    assert len(seen) == len(found) and all(map(str.startswith, seen, found)), seen


def test_a_template_sentence_in_its_entry_of_course_toml(root):
    small.edit(root / "notebooks/course.toml", "A chapter without an exercise", "For the author: what is it")
    assert lint(root, ["chapter", "04"], grade=small.grade).findings == []
    said = [finding.where for finding in lint(root, ["chapter", "03"], grade=small.grade).findings]
    assert "notebooks/course.toml:13" in said


def test_a_name_that_no_chapter_has(root):
    with pytest.raises(UnknownName, match="Did you mean 04-tiny-client"):
        lint(root, ["chapter", "tiny-clint"])
    with pytest.raises(UnknownName, match="After chapter comes its number"):
        lint(root, ["chapter"])


@pytest.fixture
def said(root):
    """Changes something, and returns what ruff says now and did not before."""

    def run(change):
        course = Course.load(root)
        ask = course, course.chapter("04").notebook
        before = style.check(*ask, course.exercise("04"))
        change()
        after = style.check(*ask, Course.load(root).exercise("04"))
        return [(finding.file, finding.what) for finding in after if finding not in before]

    return run


def test_ruff_is_asked_about_the_notebook(root, said):
    found = said(lambda: write(root, data([*CELLS, CELLS[3] | {"id": "wide", "source": "size  = unknown"}])))
    assert found == [
        (NAME, "cell wide: F821: Undefined name `unknown` (line 1 of it)"),
        (NAME, "it is not laid out as ruff lays it out"),
    ]


def test_ruff_is_asked_about_the_exercises_files(folder, said):
    old = "import httpx\n"
    found = said(lambda: small.edit(folder / "reference.py", old, f"{old}import json\n"))
    assert (f"{small.FOLDER}/reference.py", "F401: `json` imported but unused") in found


def test_the_starter_that_is_derived_has_to_be_as_ruff_wants_it(folder, said):
    """What a gap uses is unused where the gap is empty."""
    gap = "        # task: opens\n"
    found = said(
        lambda: small.edit(
            folder / "reference.py", f"{gap}        self", f"        made = 1\n{gap}        made += 1\n        self"
        )
    )
    what = "line 8 of the starter: F841: Local variable `made` is assigned to but never used"
    assert (f"{small.FOLDER}/reference.py", what) in found
