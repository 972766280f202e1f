"""A learner's class out of their notebook: what is taken, what stays out, and which cell a line was."""

import json
import sys
from pathlib import Path

import pytest

from keepalive.course import text
from keepalive.course.cells import NoNotebook, take


def notebook(path: Path, *sources: str | list[str]) -> Path:
    written = [{"cell_type": "markdown", "metadata": {}, "source": "# class ApiClient: in words"}]
    written += [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    path.write_text(json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


@pytest.fixture
def taken(tmp_path):
    """What is taken of a notebook of these code cells, without the lines that are ours."""

    def taken(*sources):
        found = take(notebook(tmp_path / "04-x.ipynb", *sources), "ApiClient")
        lines = found.source.splitlines()
        for line, place in zip(lines, found.places, strict=True):
            if place:
                source = sources[place[0] - 1]
                assert line in ("".join(source) if isinstance(source, list) else source), (
                    "each line is where it is said"
                )
        return [line for line in lines if line], found

    return taken


CLASS = "class ApiClient:\n    pass"


def test_the_last_definition_with_what_it_needs_and_nothing_else(taken):
    lines, found = taken(
        "import httpx, json\nfrom keepalive.notebook import check",
        "LIMITS = httpx.Limits(max_connections=5)\nOTHER = 1\nprint(LIMITS)",
        "class ApiClient:\n    old = True",
        "def build():\n    return httpx.AsyncClient(limits=LIMITS)\n\ndef unused(): ...",
        ["class ApiClient:\n", "    def __init__(self, base_url):\n", "        self._client = build()\n"],
        'async with ApiClient("http://x") as api:\n    print(await api.get("/"))',
        'check("04", ApiClient)',
    )
    assert lines == [
        "import httpx, json",
        "LIMITS = httpx.Limits(max_connections=5)",
        "def build():",
        "    return httpx.AsyncClient(limits=LIMITS)",
        "class ApiClient:",
        "    def __init__(self, base_url):",
        "        self._client = build()",
    ]
    assert found.notes == ()
    compile(found.source, "x", "exec")


def test_a_name_of_a_function_is_not_one_of_the_module(taken):
    lines, found = taken(
        "answer = await get()\nclient = Client()",
        "class ApiClient:\n    def get(self, answer):\n        client = answer\n        return client",
    )
    assert "Client()" not in str(lines) and found.notes == ()


def test_what_only_the_notebook_gives_is_said(taken):
    lines, found = taken(
        "base = 1\ntoken = await fetch()", "class ApiClient:\n    def get(self):\n        return token, base"
    )
    assert lines[0] == "base = 1" and len(lines) == 4
    (note,) = found.notes
    assert note.startswith("token gets its value in code cell 1 ")


def test_a_helper_of_a_later_cell_and_a_method_put_on_later(taken):
    lines, _ = taken(
        "class ApiClient:\n    def get(self):\n        return late()",
        "async def post(self):\n    ...\nApiClient.post = post",
        "def late(): ...",
    )
    assert "ApiClient.post = post" in lines and "async def post(self):" in lines and "def late(): ..." in lines


METHOD = "def method(verb):\n    return lambda self: verb"
BY_LOOP = 'for verb in ("get", "put"):\n    setattr(ApiClient, verb, method(verb))'


@pytest.mark.parametrize(
    "statement",
    [
        BY_LOOP,
        'for verb in ("get", "put"):\n    if verb == "put":\n        break\n    setattr(ApiClient, verb, method(verb))',
        'setattr(ApiClient, "get", method("GET"))',
        'delattr(ApiClient, "old")',
        "for verb in VERBS:\n    ApiClient.calls[verb] = method(verb)",
    ],
)
def test_what_is_put_on_the_class_in_a_loop_or_by_setattr_is_taken(taken, statement):
    lines, found = taken("VERBS = ['get']", CLASS, METHOD, f"print(VERBS)\n{statement}")
    assert found.notes == ()
    assert "\n".join(lines).endswith(statement)
    assert ("method" in statement) == (METHOD.splitlines()[0] in lines)


def test_what_was_put_on_a_replaced_class_in_a_loop_went_with_it(taken):
    lines, _ = taken(CLASS, METHOD, BY_LOOP, CLASS)
    assert lines == CLASS.splitlines()


@pytest.mark.parametrize(
    "statement",
    [
        "for verb in ['get']:\n    setattr(ApiClient, verb, method(verb))\n    print(verb)",
        "while True:\n    ApiClient.get = 1\n    break",
        "async for verb in verbs():\n    ApiClient.get = verb",
        "setattr(ApiClient, 'get', await made())",
    ],
)
def test_a_change_of_the_class_that_is_left_out_is_said(taken, statement):
    lines, found = taken(CLASS, METHOD, statement)
    assert lines == CLASS.splitlines()
    said = "Code cell 3 changes ApiClient in a statement that a check does not run: the change is left out."
    assert found.notes == (said,)


def test_a_loop_that_has_nothing_to_do_with_the_class_stays_out(taken):
    lines, found = taken(
        CLASS, "for number in range(3):\n    total = number", "for verb in 'ab':\n    setattr(x, verb, 1)"
    )
    assert (lines, found.notes) == (CLASS.splitlines(), ())


def test_a_line_that_the_text_names_without_parentheses_is_a_cells_too(tmp_path):
    found = take(notebook(tmp_path / "04-x.ipynb", "x = 1", f"\n{CLASS}"), "ApiClient")
    told = {"file": "04-x.ipynb", "line": found.places.index((2, 2)) + 1}
    told["text"] = f"it does not compile: line {told['line']} is written for Python 3.14 or later"
    (moved,) = found.locate({"checks": [], "diagnoses": [told], "scenarios": []})["diagnoses"]
    assert moved["text"] == "it does not compile: code cell 2, line 2 is written for Python 3.14 or later"


def test_what_was_put_on_a_replaced_class_went_with_it(taken):
    lines, _ = taken("class ApiClient: old = 1", "ApiClient.get = 1", CLASS, "ApiClient.put = 2")
    assert lines == ["class ApiClient:", "    pass", "ApiClient.put = 2"]


def test_a_class_built_on_the_one_before_keeps_it(taken):
    lines, _ = taken("class ApiClient: oldest = 1", "class ApiClient: old = 1", "class ApiClient(ApiClient): new = 1")
    assert lines == ["class ApiClient: old = 1", "class ApiClient(ApiClient): new = 1"]


def test_conditional_imports_decorators_annotations(taken):
    lines, _ = taken(
        "from __future__ import annotations",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from types import TracebackType",
        "try:\n    import ujson as json\nexcept ImportError:\n    import json",
        "import functools\nimport re",
        "class Answer: ...",
        "@functools.total_ordering\nclass ApiClient:\n"
        "    def get(self, t: TracebackType) -> 'list[Answer]':\n        return json",
    )
    assert lines[0] == "from __future__ import annotations" and "import re" not in lines
    assert {"if TYPE_CHECKING:", "import functools", "class Answer: ...", "@functools.total_ordering"} <= set(lines)


def test_a_star_import_is_taken_where_a_name_is_still_unknown(taken):
    assert taken("from httpx import *", "class ApiClient:\n    a = AsyncClient")[0][0] == "from httpx import *"
    assert taken("from httpx import *", CLASS)[0] == CLASS.split("\n")


def test_two_statements_on_a_line_are_parted(tmp_path):
    path = notebook(tmp_path / "x.ipynb", "import httpx; x = await httpx.get('')", "class ApiClient:\n    a = httpx")
    found = take(path, "ApiClient")
    assert "await" not in found.source and "import httpx\n" in found.source


@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline", "!pip list", "%%time", "httpx?", "?httpx", "files = !ls", "here = %pwd", "!echo \\\n  it's",
     "if True:\n    %cd .", "%timeit -n 1 '"],
)  # fmt: skip
def test_magics_and_lines_for_the_shell_stay_out(taken, magic):
    lines, found = taken(f"{magic}\nimport httpx", f"{magic}\nclass ApiClient:\n    a = httpx")
    assert lines == ["import httpx", "class ApiClient:", "    a = httpx"]
    assert found.notes == () and found.places[-1][1] == magic.count("\n") + 3


def test_a_percent_sign_of_python_is_no_magic(taken):
    code = 'class ApiClient:\n    a = ("%s"\n%\n"x")\n    b = """\n%time\n!x\n"""'
    assert taken("%time 1", code)[0] == code.split("\n")


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile x.py"])
def test_a_cell_of_another_language_stays_out(taken, magic):
    lines, found = taken(f"{magic}\nclass ApiClient: wrong", CLASS)
    assert lines == CLASS.split("\n") and found.notes == ()


def test_a_cell_that_is_indented_as_a_whole(tmp_path):
    found = take(notebook(tmp_path / "x.ipynb", "    class ApiClient:\n        a = 1"), "ApiClient")
    compile(found.source, "x", "exec")


def test_another_cell_that_does_not_parse_is_left_out_and_said(taken):
    lines, found = taken("x = (", CLASS)
    assert lines == CLASS.split("\n") and found.notes == ("Code cell 1 does not parse, so nothing was taken from it.",)


def test_the_class_that_does_not_parse_is_what_is_checked(taken):
    lines, found = taken(CLASS, "%time\nclass ApiClient:\n    def x(:\n")
    assert lines == ["class ApiClient:", "    def x(:"]
    with pytest.raises(SyntaxError) as caught:
        compile(found.source, "x", "exec")
    assert found.places[caught.value.lineno - 1] == (2, 3)


def test_without_the_class_only_the_names_of_the_others(tmp_path):
    path = notebook(tmp_path / "x.ipynb", "raise SystemExit", "class Client(Unknown):\n    x = 1 / 0")
    found = take(path, "ApiClient")
    assert found.source == "\nclass Client: ...\n" and found.places == (None, (2, 1))


def test_an_imported_class_counts(taken):
    assert taken("from client import ApiClient")[0] == ["from client import ApiClient"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"import httpx\n", "not JSON (line 1: "),
        (b"[]", 'no list of "cells"'),
        (b'{"cells": 3}', 'no list of "cells"'),
        (b'{"cells": [3]}', "not a cell"),
        (b'{"worksheets": []}', "before 2014"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_notebook(tmp_path, content, said):
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(NoNotebook) as caught:
        take(path, "ApiClient")
    assert said in str(caught.value)


def test_what_is_not_utf8(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(b'{"cells": "\xe9"}')
    with pytest.raises(text.NotUtf8):
        take(tmp_path / "x.ipynb", "ApiClient")


def test_the_file_may_import_the_notebooks_neighbours_and_goes_again(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", ["nowhere"])
    path = notebook(tmp_path / "x.ipynb", "from __future__ import annotations", CLASS)
    found = take(path, "ApiClient")
    with found.as_file() as file:
        assert file.name == "x.ipynb" and file.parent != tmp_path
        assert len(file.read_text("utf-8").splitlines()) == len(found.places)
        exec(compile(file.read_text("utf-8"), "x", "exec", dont_inherit=True), {})
        assert str(tmp_path.resolve()) in sys.path
    assert not file.exists() and not file.parent.exists()


def test_a_verdict_speaks_of_cells(tmp_path):
    found = take(notebook(tmp_path / "x.ipynb", "x = 1", "\nclass ApiClient:\n    a = x"), "ApiClient")
    line = found.source.splitlines().index("    a = x") + 1
    trace = f"  line {line}, in get\n    a = x\nNameError: line {line}"
    diagnosis = {"kind": "exception", "file": "x.ipynb", "line": line, "text": f"No (line {line}).", "trace": trace}
    verdict = {
        "checks": [{"observed": f"No (line {line}).", "diagnosis": dict(diagnosis)}, {"observed": "(line 1)"}],
        "scenarios": [{"timeline": [{"kind": "diagnosis", "t": 0.0, "data": {"text": f"No (line {line})."}}]}],
        "diagnoses": [diagnosis, {"file": "x.ipynb", "line": None, "text": "x"}, {"file": "x", "line": 1, "text": "x"}],
    }
    located = found.locate(verdict)
    text = "No (code cell 2, line 3)."
    moved = {"kind": "exception", "file": "x.ipynb, code cell 2", "line": 3, "text": text,
             "trace": f"  code cell 2, line 3, in get\n    a = x\nNameError: line {line}"}  # fmt: skip
    assert located["checks"] == [{"observed": text, "diagnosis": moved}, {"observed": "(line 1)"}]
    assert located["scenarios"][0]["timeline"][0]["data"]["text"] == text
    assert located["diagnoses"] == [moved, {"file": "x.ipynb", "line": None, "text": "x"},
                                    {"file": "x", "line": None, "text": "x"}]  # fmt: skip
    assert verdict["diagnoses"][0]["line"] == line, "the grader's own is left as it is"


def test_functions_are_taken_with_what_they_need(tmp_path):
    two = "async def get_two():\n    return get_one() + LIMIT"
    sources = ["import httpx, json", "LIMIT = 3\nprint(LIMIT)", "def get_one():\n    return 0", two]
    path = notebook(tmp_path / "x.ipynb", *sources, "def get_one():\n    return httpx")
    source = take(path, "get_one", "get_two").source
    assert [line for line in source.split("\n") if line] == [
        "import httpx, json",
        "LIMIT = 3",
        *two.split("\n"),
        "def get_one():",
        "    return httpx",
    ]


def test_functions_that_are_missing_leave_a_module_with_what_is_there(tmp_path):
    path = notebook(tmp_path / "x.ipynb", "def get_one():\n    return 0", "class A:\n    x = 1")
    assert take(path, "get_one", "get_two").source == "\ndef get_one(): ...\nclass A: ...\n"
