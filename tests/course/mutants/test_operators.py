"""Each operator makes the changes that it is for, in what a learner writes and nowhere else."""

from __future__ import annotations

import textwrap

import pytest

from keepalive.course.mutants.make import mutants


def made(body: str, operator: str, *, before: str = "") -> list[str]:
    """The changes of one operator in a method whose body is the learner's."""
    head = f"import asyncio\n\n\n{before}class ApiClient:\n    async def call(self, path, options):\n"
    written = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    starter = f'{head}        raise NotImplementedError("task call")\n'
    return [each.name.change for each in mutants(f"{head}{written}\n", starter) if each.name.operator == operator]


@pytest.mark.parametrize(
    ("operator", "body", "expected"),
    [
        ("element", "x = {502, 503}", ["without 502", "without 503"]),
        ("element", "x = {502}", ["without 502"]),
        ("element", "x = [1, *path]", ["without 1", "without *path"]),
        ("element", "return path, options", ["without path", "without options"]),
        ("element", "a, b = path, options", []),  # with one fewer it does not even run
        ("element", 'x = {"read": path, **options}', ['without "read": path', "without **options"]),
        ("element", "x = int | str | None", ["without int", "without str", "without None"]),
        ("element", "try:\n    pass\nexcept OSError:\n    pass", ["without OSError"]),
        ("element", "try:\n    pass\nexcept (OSError, KeyError):\n    pass", ["without OSError", "without KeyError"]),
        ("widened", "try:\n    pass\nexcept OSError:\n    pass", ["OSError -> Exception", "OSError -> BaseException"]),
        ("number", "x = 4", ["4 -> 8", "4 -> 2", "4 -> 5", "4 -> 3"]),
        ("number", "x = 0", ["0 -> 1", "0 -> (-1)"]),
        ("number", "x = 0.5", ["0.5 -> 1.0", "0.5 -> 0.25", "0.5 -> 1.5"]),  # and no negative duration
        ("number", "x = dict(a=2)", ["a=2 -> a=4", "a=2 -> a=1", "a=2 -> a=3"]),  # halved is one less
        ("message", 'raise ValueError(f"not {path}")', ['f"not {path}" -> ""']),
        ("string", 'raise ValueError(f"not {path}")', []),
        ("string", 'x = "GET"', ["\"GET\" -> 'GETx'"]),
        ("string", 'x = f"/{path}"', ['f"/{path}" -> f"/{path}x"']),
        ("constant", "x = True", ["True -> False"]),
        ("comparison", "x = 1 < path", ["1 < path -> 1 <= path", "1 < path -> 1 >= path"]),
        ("comparison", "x = path is not None", ["path is not None -> path is None"]),
        ("comparison", "x = path not in options", ["path not in options -> path in options"]),
        (
            "comparison",
            "x = 1 == path != 2",
            ["1 == path -> 1 != path", "path != 2 -> path == 2"],
        ),
        ("boolean", "x = path and options", ["path and options -> path or options"]),
        ("operand", "x = path and options", ["without path", "without options"]),
        ("not", "x = not path", ["not path -> (path)"]),
        ("not", "if path:\n    x = 1", ["path -> not path"]),
        ("branch", "x = path if options else 1", ["path if options else 1 -> (path)", "path if options else 1 -> (1)"]),
        ("arithmetic", "x = path * 2", ["path * 2 -> (path + 2)"]),
        ("await", "await path()", ["await path() -> path()"]),
        ("statement", "x = path\npath()", ["without x = path", "without path()"]),
        ("statement", "if path:\n    return 1", ["without if path: return 1", "without return 1"]),
        ("statement", "return path", []),  # it would return None, which another operator does
        ("return", "return path", ["return path -> return None"]),
        ("finally", "try:\n    path()\nfinally:\n    options()", ["without options()"]),
        ("raise returned", "raise KeyError", ["raise KeyError -> return None"]),
        ("with", "async with path(1) as x:\n    options()", ["without async with path(1) as x"]),
        ("argument None", "path(1, a=options)", ["1 -> None", "a=options -> a=None"]),
        ("argument None", "path(None)", []),
        ("argument None", 'raise ValueError("no", path)', ["path -> None"]),  # a message is emptied instead
        ("argument dropped", "path(1, a=2, **options)", ["without a=2", "without **options"]),
        ("arguments exchanged", "path(1, options, 3)", ["1, options -> options, 1", "options, 3 -> 3, options"]),
        ("min and max", "x = min(1, path)", ["min -> max"]),
        ("order", "path()\noptions()", ["path() -> options()"]),
        ("order", "x = 1\ny = 2", []),  # neither looks at the other
        ("order", "x = 1\ny = x", ["x = 1 -> y = x"]),
        (
            "sleep moved",
            "while path:\n    path()\n    await asyncio.sleep(1)",
            [
                "await asyncio.sleep(1) -> at the beginning of the block of `while path:`",
                "await asyncio.sleep(1) -> at the beginning of the block of `async def call(self, path, options):`",
                "await asyncio.sleep(1) -> at the end of the block of `async def call(self, path, options):`",
            ],
        ),
        ("local on self", "x = 1\nawait path()\nreturn x", ["x -> self._kept_x"]),
        ("local on self", "x = 1\nreturn x", []),  # nobody else can run in between
        ("local on self", "await path([x for x in options])", []),  # a name of the comprehension's own
        ("parameter on self", "await path()\nreturn options", ["options -> self._kept_options"]),
    ],
)
def test_what_an_operator_changes(operator, body, expected):
    assert sorted(made(body, operator)) == sorted(expected)


def test_a_change_is_carried_out_where_it_stands():
    reference = "def call(path):\n    # \u00e9\u00e8: bytes and characters differ\n    return path[2]\n"
    sources = {each.source.split("\n")[2] for each in mutants(reference, "def call(path):\n    pass\n")}
    assert {"    return path[4]", "    return path[1]", "    return path[3]", "    return None"} == sources


def test_a_local_on_self_is_the_same_name_everywhere():
    (kept,) = (
        each
        for each in mutants(
            "class A:\n    async def b(self):\n        x = 1\n        await self.c()\n        return f'{x}', x\n",
            "class A:\n    async def b(self):\n        pass\n",
        )
        if each.name.operator == "local on self"
    )
    assert kept.source.count("self._kept_x") == 3


@pytest.mark.parametrize("body", ['"""A docstring, in 2 lines."""\npass', "x: dict[str, 2]", "x = f'{path + 2}'"])
def test_docstrings_annotations_and_the_inside_of_an_f_string_are_passed_over(body):
    assert made(body, "number") == []
