"""A line for a newer Python is called one, and what no Python can read is not."""

import sys

import pytest

from grading.bench import client, judged
from keepalive.grading.newer_syntax import newer

HERE = sys.version_info[:2]

NEWER = [
    ((3, 12), "type Path = str"),
    ((3, 12), "type Pair[A, B] = tuple[A, B]"),
    ((3, 12), "def first[T](items: list[T]) -> T: return items[0]"),
    ((3, 12), "async def first[T: (int, list[str])](items: list[T]) -> T: return items[0]"),
    ((3, 12), "class Box[T]: pass"),
    ((3, 12), "class Box[*Ts, **P](dict): pass"),
    ((3, 12), 'print(f"{d["x"]} and {d["y"]}")'),
    ((3, 12), "print(rf'{d['x']:>{d['y']}}', 'x')"),
    ((3, 12), 'print(f"{{}} {", ".join(map(str, [1]))}")'),
    ((3, 12), 'def first[T](items: list[T]) -> str: return f"{items["x"]}"'),
    ((3, 14), 'print(t"{__name__}")'),
    ((3, 14), "print(rt'{__name__}')"),
    ((3, 14), "try: pass\nexcept ValueError, KeyError: pass"),
    ((3, 14), "try: pass\nexcept asyncio.TimeoutError, OSError, httpx.ReadError: pass"),
]

OF_NO_PYTHON = [
    "type Path str",
    "type = = 3",
    "def first[T](items: pass",
    "def first[T: return 1",
    "class Box[T]",
    "class Box[T",
    'print(f"{d["x"}")',
    'print(f"{d[x}")',
    'print("a"b"c")',
    "print(t'{')",
    "try: pass\nexcept ValueError, error: pass",
    "try: pass\nexcept ValueError, KeyError as error: pass",
    "x = = 1  # type X = int",
    "except",
]


def error_of(source: str) -> SyntaxError:
    with pytest.raises(SyntaxError) as found:
        compile(source, "x", "exec")
    return found.value


@pytest.mark.parametrize(("version", "source"), NEWER)
def test_what_is_written_for_a_newer_python_is_called_so(version, source) -> None:
    if version <= HERE:
        compile(source, "x", "exec")
        return
    text = f"import httpx\n\n{source}\n\nclass ApiClient: pass\n"
    found = newer(text, error_of(text))
    assert found is not None and found[0] == version
    assert newer(text, error_of(text), running=version) is None


@pytest.mark.parametrize("source", OF_NO_PYTHON)
def test_what_no_python_can_read_is_not(source) -> None:
    assert newer(f"x = 1\n{source}\n", error_of(f"x = 1\n{source}\n"), running=(3, 11)) is None


def test_a_mistake_further_down_does_not_hide_it() -> None:
    text = "class Box[T]: pass\ndef broken(:\n"
    error = SyntaxError("invalid syntax", ("x", 1, 10, "class Box[T]: pass\n"))
    assert newer(text, error, running=(3, 11)) == ((3, 12), "type parameters in brackets")


@pytest.mark.skipif(HERE >= (3, 14), reason="this Python reads it")
@pytest.mark.parametrize("link", ["direct", "child"])
def test_the_verdict_says_so(tmp_path, link) -> None:
    source = client(before='import httpx\n\n\ntemplate = t"{1}"\n')
    (told,) = judged(tmp_path, source, link=link)["diagnoses"]
    assert (told["kind"], told["line"]) == ("syntax_error", 4)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert told["text"] == (
        f"`client.py` does not compile: line 4 is written for Python 3.14 or later, and this is {here}. New is a "
        "template string: write it the older way."
    )
