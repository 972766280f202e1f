"""The author's pages name all that an author may use, as the code describes it, and nothing that does not exist."""

from __future__ import annotations

import re

import pytest

from content.texts import ROOT
from keepalive import grading
from keepalive.course.tags import TAGS
from keepalive.grading import net, record, scenarios
from keepalive.grading.drive import ONCE_MORE, Run
from keepalive.grading.expect import ONCE_MORE as IN_WORDS
from keepalive.grading.failures import Failing
from keepalive.website import authors

PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / authors.PAGES).glob("*.md")}
GRADERS = PAGES["graders.md"]


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_are_those_of_the_code(name):
    assert authors.written(PAGES[name]) == PAGES[name], "run .venv/bin/python -m keepalive.website authors"


def test_every_table_is_on_a_page():
    assert set(re.findall(r"<!-- table: ([\w-]+) -->", "".join(PAGES.values()))) == set(authors.TABLES)


def test_what_authors_import_is_on_the_page():
    named = set(re.findall(r"^\| `(?:await )?(\w+)\(", GRADERS, re.M)) | {"Limits", "Network"}
    hidden = authors.NOT_FOR_AUTHORS["keepalive.grading"]
    assert set(grading.__all__) - named == hidden


@pytest.mark.parametrize(
    ("hidden", "cls"),
    [("net", net.Net), ("route", net.Route), ("run of a drive", Run), ("case", Failing)],
)
def test_what_is_hidden_from_authors_exists(hidden, cls):
    assert authors.NOT_FOR_AUTHORS[hidden] <= authors.public(cls)


def test_a_name_without_a_docstring_does_not_get_on_a_page(monkeypatch):
    monkeypatch.setattr(Failing.attempts, "__doc__", None)
    with pytest.raises(authors.Undocumented, match="attempts"):
        authors.TABLES["case"]()


def test_the_engine_makes_every_diagnosis_that_is_named():
    sources = [path for path in (ROOT / "src/keepalive/grading").glob("*.py") if path.name != "scenarios.py"]
    text = "".join(path.read_text("utf-8") for path in sources)
    assert [kind for kind in scenarios.DIAGNOSES if f'"{kind}"' not in text] == []


def test_a_predicate_for_a_diagnosis_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="there is no diagnosis 'deadlok'"):
        grading.diagnosed("deadlok")


def test_each_situation_of_once_more_has_words():
    assert set(ONCE_MORE) - set(IN_WORDS) == {"/fails", "/cancelled"} and set(IN_WORDS) < set(ONCE_MORE)


def test_tags_have_a_sentence_each():
    assert all(what.endswith(".") for what in TAGS.values())


CLIENT = "import httpx\n\n\nclass ApiClient(httpx.AsyncClient):\n"
AGAIN = (
    "    async def get(self, path):\n"
    "        for _ in range(3):\n"
    "            response = await super().get(path)\n"
    "            if response.status_code != 503:\n"
    "                break\n"
    "        return response\n"
)


def test_the_example_on_the_page_is_graded(tmp_path):
    """A client that retries passes; one that gives up is told what the server saw."""
    for block in re.findall(r"```python\n(# (?:drive|grader)\.py\n.*?)```", GRADERS, re.S):
        (tmp_path / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    drive, grader = tmp_path / "drive.py", tmp_path / "grader.py"
    code = grading.ExerciseCode("example", "0", "ApiClient", drive, grader, ("retry",), file_name="example.py")
    (tmp_path / "again.py").write_text(CLIENT + AGAIN, encoding="utf-8")
    (tmp_path / "once.py").write_text(CLIENT + "    pass\n", encoding="utf-8")

    assert grading.grade(code, tmp_path / "again.py", link="direct", seed=1)["status"] == "passed"
    (check,) = grading.grade(code, tmp_path / "once.py", link="direct", seed=1)["checks"]
    assert (check["id"], check["status"], check["misconception"]) == ("recovers.retries", "failed", "gives-up")
    assert check["observed"] == "The first two responses were 503, and the server saw **1** request."


def test_what_a_record_holds_is_described():
    for cls in (record.RunRecord, record.RequestSeen, record.ConnectionSeen):
        assert len(list(authors._members(cls, "it"))) == len(authors.public(cls))
