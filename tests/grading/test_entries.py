"""An exercise asks for a class, for a function, or for several functions; a drive calls them as `make`."""

import pytest

from keepalive.grading import ExerciseCode, grade

DRIVE = """
async def one(make, run):
    return await make(run.url, number=3)


async def two(make, run):
    return await make.get_many(run.url, [1, 2]) + [await make.get_one(run.url, number=3)]
"""

GRADER = """
from keepalive.grading import check, fail, scenario

@scenario(drive="{drive}")
def asked(net):
    "What is asked for"
    net.route("GET", "/1").reply(text="a")
    net.route("GET", "/2").reply(text="b")
    net.route("GET", "/3").reply(text="c")

    @check(task="ask", points=1)
    def comes_back(run):
        "It comes back"
        if run.observed != {expected}:
            fail(observed=repr(run.observed), required="What the server sent.")
"""

ONE = """
import httpx

async def get_one(url, number):
    async with httpx.AsyncClient(base_url=url) as client:
        return (await client.get(f"/{number}")).text
"""

MANY = """
async def get_many(url, numbers):
    return [await get_one(url, number) for number in numbers]
"""


@pytest.fixture
def judge(tmp_path):
    def judged(source, entry, link):
        drive, expected = ("one", "c") if isinstance(entry, str) else ("two", ["a", "b", "c"])
        (tmp_path / "drive.py").write_text(DRIVE)
        (tmp_path / "grader.py").write_text(GRADER.format(drive=drive, expected=repr(expected)))
        path = tmp_path / "answer.py"
        path.write_text(source)
        code = ExerciseCode("made-up", "0", entry, tmp_path / "drive.py", tmp_path / "grader.py", ("ask",))
        if link == "live":
            names = {"__name__": __name__}
            exec(source, names)
            answer = names[entry] if isinstance(entry, str) else {name: names[name] for name in entry}
            return grade(code, answer, link="direct", seed=1)
        return grade(code, path, link=link, seed=1)

    return judged


each_link = pytest.mark.parametrize("link", ["direct", "child", "live"])


@each_link
def test_a_function(judge, link):
    verdict = judge(ONE, "get_one", link)
    assert verdict["status"] == "passed", verdict["diagnoses"] or verdict["checks"]


@each_link
def test_several_functions(judge, link):
    verdict = judge(ONE + MANY, ("get_one", "get_many"), link)
    assert verdict["status"] == "passed", verdict["diagnoses"] or verdict["checks"]


@pytest.mark.parametrize("link", ["direct", "child"])
def test_every_name_that_is_missing_gets_a_sentence(judge, link):
    verdict = judge("get_one = 3\nasync def get_some(): ...\nclass Other: ...\n", ("get_one", "get_many"), link)
    assert verdict["status"] == "error"
    (found,) = verdict["diagnoses"]
    assert (found["kind"], found["text"]) == (
        "missing_function",
        "`get_one` is there, but it is an int and not a function. `answer.py` has no function named `get_many`. "
        "It has `get_some`. The exercise looks for that name.",
    )


def test_a_signature_that_does_not_fit_is_told(judge):
    verdict = judge(ONE.replace("(url, number)", "(url)"), "get_one", "direct")
    (found,) = verdict["diagnoses"]
    assert (found["kind"], found["line"]) == ("wrong_signature", 4)
    assert "The exercise calls `get_one(..., number=...)`, and yours is `get_one(url)`" in found["text"]
