"""The linter finds every way to break a notebook's contract, and says it with the cell's line."""

import json

import pytest

import small_course as small
from keepalive.course import Course
from keepalive.course.lint.notebook import check
from small_notebook import CELLS, NAME, PLAN, code, data, markdown, write


@pytest.fixture
def found(root):
    """The findings about a notebook with this data, or this text."""

    def run(held):
        if isinstance(held, str):
            (root / NAME).write_text(held, "utf-8")
        else:
            write(root, held)
        course = Course.load(root)
        return check(course, course.chapter("04"))

    return run


def test_a_notebook_that_keeps_its_contract(found):
    assert found(data()) == []


def changed(name, **more):
    return [cell | more if cell["id"] == name else cell for cell in CELLS]


BREAKAGES = [
    # (the cells, the cell that is named, part of what)
    (changed("break-measured", execution_count=3), "break-measured", "holds an output or a count"),
    (changed("break-measured", id="break"), "break", "a second cell of that id"),
    (changed("break-measured", id="0f3a"), "0f3a", "given by a program"),
    (changed("plan", metadata={"tags": ["instructor", "asert"]}), "plan", "no tag is called asert"),
    (changed("break", metadata={"editable": True}), "break", "its metadata hold editable"),
    (changed("title", source="## Text\n"), None, "its first heading is not the chapter's title"),
    (changed("break", source="# Break it"), "break", "a second title: # Break it"),
    ([*CELLS, markdown("again", "## Break it")], "again", "a second heading `## Break it`"),
    (changed("plan", source=PLAN.replace("For the", "To the")), "plan", "does not say so"),
    (changed("plan", source=PLAN.replace("10", "15")), "plan", "does not name the minutes"),
    (changed("plan", source=PLAN.replace("3. Three.", "")), "plan", "does not list three"),
    (CELLS[:1] + CELLS[2:], None, "no cell speaks to the instructor"),
    (changed("break-measured", source="import pandas"), "break-measured", "imports pandas"),
    (changed("break-measured", source="x = = 1"), "break-measured", "does not parse"),
    (changed("break-measured", source="x = 1\n" * 19), "break-measured", "has 19 lines"),
    (changed("break-holds", source="size = 1"), "break-holds", "something else than assert"),
    (CELLS[:6] + CELLS[7:], None, "0 cells are tagged starter"),
    (changed("exercise-starter", source="Other = ..."), "exercise-starter", "a name that this one does not give"),
    (CELLS[:-1], None, '0 cells hold `check("04", ApiClient)`'),
    ([*CELLS, code("more", 'exercise("04")')], None, '2 cells hold `exercise("04")`'),
    ([*CELLS, code("told", "if 1:\n    self._client = httpx.AsyncClient()")], "told", "a line of the reference"),
    ([*CELLS, code("copy", 'raise NotImplementedError("task opens")')], "copy", "a copy of a starter"),
]


@pytest.mark.parametrize(("cells", "id", "what"), BREAKAGES, ids=[what for *_, what in BREAKAGES])
def test_each_breakage_is_found_and_nothing_else(found, root, cells, id, what):
    (finding,) = found(data(cells))
    assert what in finding.what and finding.file == NAME and finding.mend
    lines = (root / NAME).read_text("utf-8").split("\n")
    assert (finding.line is None) if id is None else f'"id": "{id}"' in lines[finding.line - 1]


DRAFT = "asks for the exercise 04-tiny-client, which is a draft"


def test_the_cells_of_a_draft_are_found(found, root, folder):
    """The page would say that there is no such exercise, and a learner's copy would hold its starter."""
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    said = {finding.what.partition(":")[0]: finding for finding in found(data())}
    assert set(said) == {"cell exercise-brief", "cell exercise-starter", "cell exercise-check"}
    assert all(DRAFT in said[f"cell exercise-{name}"].what for name in ("brief", "check"))
    assert 'has status = "ready"' in said["cell exercise-brief"].mend
    without = [cell for cell in CELLS if not cell["id"].startswith("exercise-")]
    assert found(data(without)) == []


def test_an_exercise_that_does_not_exist_is_found(found):
    (finding,) = found(data([*CELLS, code("more", 'exercise("77")')]))
    assert "no exercise is called 77" in finding.what


@pytest.mark.parametrize(
    ("held", "what"),
    [
        ("no notebook", "it is no notebook"),
        (data() | {"cells": [*data()["cells"], markdown("text", "Not a list.")]}, "not written as Jupyter writes it"),
        (json.dumps(data()), "not written as Jupyter writes it"),
        (data(metadata={"kernelspec": {"name": "mine", "display_name": "Mine"}}), "say something of a machine"),
        (data(changed("break", outputs=[])), "no valid notebook"),
    ],
)
def test_a_file_that_is_not_as_jupyter_writes_it(found, held, what):
    assert [finding.what for finding in found(held) if what in finding.what]
