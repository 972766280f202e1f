"""An exercise that asks for functions is checked in a notebook by their names."""

import pytest

import small_course as small
from keepalive.notebook import check, reference
from keepalive.notebook.shown import Checked

DRIVE = """
async def calls(make, run):
    return [await make.get_one(run.url), await make.get_two(run.url)]
"""

GRADER = """
from keepalive.grading import check, scenario

@scenario(drive="calls")
def calls(net):
    "Two functions"
    net.route("GET", "/").reply(text="a")

    @check(task="opens", points=1)
    def called(run):
        "Both are called"
        assert run.observed == ["a", "a"]
"""

REFERENCE = """
import httpx


async def get_one(url):
    # task: opens
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text
    # end task


async def get_two(url):
    # task: closes
    return await get_one(url)
    # end task
"""

PARTS = """
async def get_one(url):
    import httpx

    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text
"""


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    folder = small.write(tmp_path)
    for name, text in (("drive.py", DRIVE), ("grader.py", GRADER), ("reference.py", REFERENCE)):
        (folder / name).write_text(text, "utf-8")
    small.edit(folder / "exercise.toml", 'entry = "ApiClient"', 'entry = ["get_one", "get_two"]')
    monkeypatch.setenv("KEEPALIVE_ROOT", str(tmp_path))
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "home"))


def ask(source, call='check("04")'):
    names = {"__name__": __name__, "check": check}
    exec(source, names)
    return eval(call, names)


def test_they_are_taken_from_the_callers_names():
    found = ask(PARTS + "\nget_two = get_one\n")
    assert isinstance(found, Checked) and found.verdict["status"] == "passed", found.verdict


def test_those_that_are_missing_are_named():
    said = " ".join(repr(ask("get_one = 3")).replace("`", "").split())
    assert "There is no function get_one, get_two here yet. Run its cell, then check(" in said


def test_they_are_not_handed_over_one_by_one():
    assert 'by its name: `check("04")`' in " ".join(repr(ask(PARTS, 'check("04", get_one)')).split()).replace("\\", "")


def test_a_reference_of_several_functions_has_each_as_an_attribute():
    asked = reference("04")
    assert callable(asked.get_one) and callable(asked.get_two)
