"""The learner's own class goes into the next exercise unchanged, with the new tasks where they belong."""

import ast

import pytest

import small_course as small
from keepalive.course import Course
from keepalive.course.carry import NotCarried, carry


@pytest.fixture
def carried(root):
    small.write_next(root)
    exercise = Course.load(root).exercise("05")

    def carried(own, starter=small.NEXT_STARTER):
        found = carry(exercise, starter, own)
        lines = iter(found.source.splitlines())
        assert all(line in lines for line in own.rstrip("\n").splitlines()), "every line of theirs, in its order"
        ast.parse(found.source)
        return found

    return carried


MINE = '''\
"""Mine."""

import httpx

POOL = 3


class ApiClient:
    def __init__(self):
        # task: opens
        self._client = httpx.AsyncClient()
        # end task

    @property
    def x(self):
        return 1

    async def get(self, path):
        return await self._client.get(path)  # as I like it

    async def aclose(self):
        # task: closes
        await self._client.aclose()
        # end task


print = None
'''


def test_what_is_there_gets_a_comment_and_what_is_not_its_gap(carried):
    found = carried(MINE)
    assert (found.new, found.above) == (("waits",), ("tries",))
    expected = MINE.replace("    async def get(", "    # task: tries. Open it once\n    async def get(")
    expected = expected.replace("import httpx\n", "import httpx\nimport asyncio\n")
    block = small.NEXT_STARTER[small.NEXT_STARTER.index("    # task: waits") :]
    expected = expected.replace("        # end task\n\n\nprint", f"        # end task\n\n{block}\n\nprint")
    assert found.source == expected


def test_a_function_that_is_missing_comes_whole(carried):
    found = carried("class ApiClient:\n    pass\n")
    assert (found.new, found.above) == (("tries", "waits"), ())
    assert found.source.startswith(
        "import asyncio\nimport httpx\n\n\nclass ApiClient:\n    pass\n\n    async def get(self, path) -> httpx"
    )
    assert found.source.count("# end task") == 2 and "aclose" not in found.source


def test_both_tasks_of_a_function_are_said_above_its_decorators(carried):
    gap = '        # task: waits\n        raise NotImplementedError("task waits")\n        # end task\n'
    starter = small.NEXT_STARTER.replace("        # end task\n", f"        # end task\n{gap}")
    found = carried(
        "class ApiClient:\n  @cached\n  async def get(self, path): ...\n  def get_late(self): ...\n", starter
    )
    above = "  # task: tries. Open it once\n  # task: waits. Close it again\n  @cached\n"
    assert found.new == () and above in found.source
    assert carried("class ApiClient:\n  y = 1\n", starter).source.count("  async def get(") == 1


def test_an_import_goes_after_the_docstring_where_there_is_no_other(carried):
    assert carried('"""Mine."""\n\nclass ApiClient:\n    y = 1\n').source.startswith(
        '"""Mine."""\n\nimport asyncio\nimport httpx\n\n'
    )


def test_the_class_keeps_its_indentation(carried):
    assert (
        "\n  async def get(self, path) -> httpx.Response:\n    # task: tries\n"
        in carried("class ApiClient:\n  y = 1\n").source
    )


def test_a_function_of_the_file_goes_to_its_end(carried):
    starter = "def helper():\n    # task: tries\n    raise NotImplementedError('task tries')\n    # end task\n"
    assert carried("class ApiClient:\n    y = 1\n", starter).source == f"class ApiClient:\n    y = 1\n\n\n{starter}"


def test_a_class_that_is_missing_comes_whole_too(carried):
    body = "class Late(Exception):\n    def __init__(self):\n        raise NotImplementedError('task tries')\n"
    starter = f"# task: tries\n{body}# end task\n\n\nclass ApiClient:\n    y = 1\n"
    found = carried("class ApiClient:\n    y = 1\n", starter)
    assert found.source == f"class ApiClient:\n    y = 1\n\n\n# task: tries\n{body}# end task\n"
    assert (found.new, found.above) == (("tries",), ())
    again = carried(f"{body}\n\nclass ApiClient:\n    y = 1\n", starter)
    assert again.above == ("tries",), "theirs of that name stays, with a comment"


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ("class ApiClient(:\n", "does not compile"),
        ("class Client: ...\n", "no class ApiClient"),
        ("class ApiClient: pass\n", "cannot be put into it"),
        ("class ApiClient:\n\ty = 1\n", "cannot be put into it"),
    ],
)
def test_what_cannot_be_carried(carried, own, why):
    with pytest.raises(NotCarried, match=why):
        carried(own)


def test_a_gap_without_a_place(carried):
    with pytest.raises(NotCarried, match="tries is in no function"):
        carried("class ApiClient:\n    y = 1\n", "class ApiClient:\n    # task: tries\n    y = 1\n    # end task\n")
