import random

import pytest

from keepalive.course.changes import Misfit, apply, express

BASE = """\
import httpx


def one():
    return 1


def two():
    return 1


def three():
    x = 1

    return x
"""


def test_a_change_of_several_hunks():
    change = "-import httpx\n+import asyncio\n...\n def two():\n-    return 1\n+    return 2\n...\n     x = 1\n\n"
    changed = apply(BASE, f"{change}-    return x\n")
    assert changed == BASE.replace("import httpx", "import asyncio").replace(
        "def two():\n    return 1", "def two():\n    return 2"
    ).replace("    return x\n", "")


@pytest.mark.parametrize(
    ("change", "line", "what", "mend"),
    [
        ("-    return 1\n", 1, "stand in the reference 2 times", "a line before or after"),
        (
            " def one():\n...\n-    retrun x\n+    return y",
            3,
            "not in the reference: '    retrun x'",
            "write '    return x'",
        ),
        ("-class Nothing:", 1, "not in the reference", "as the reference has it"),
        (" def one():\n     x = 1\n", 1, "do not follow one another", "part them by a line `...`"),
        ("+import os\n", 1, "without a line of the reference", "the line before or after"),
        (" import httpx\nimport os\n", 2, "neither a space nor - nor +: 'import os'", "begin it with a space"),
        (" def one():\n-    return 1\n...\n def one():\n+    y = 1\n", 4, "the same line as another hunk", "one hunk"),
        ("", 1, "stand in the reference 7 times", "tells the places apart"),
    ],
)
def test_a_change_that_does_not_fit_says_where_and_what_to_do(change, line, what, mend):
    with pytest.raises(Misfit) as e:
        apply(BASE, change)
    assert e.value.line == line and what in str(e.value) and mend in e.value.mend


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("import httpx", "import asyncio", "-import httpx\n+import asyncio\n"),
        ("def two():\n    return 1", "def two():\n    return 2", " def two():\n-    return 1\n+    return 2\n"),
        ("import httpx\n", "import httpx\nimport os\n", " import httpx\n+import os\n"),
        ("    x = 1\n\n", "    x = 1\n", "     x = 1\n-\n"),
        ("    return x\n", "    return x\n    # end\n", "     return x\n+    # end\n"),
    ],
)
def test_a_change_is_written_with_the_fewest_lines_around(old, new, change):
    other = BASE.replace(old, new)
    assert express(BASE, other) == change
    assert apply(BASE, change) == other


def test_no_line_of_a_change_ends_in_a_space():
    change = express(BASE, BASE.replace("    x = 1\n\n    return x", "    y = 1\n\n    return y"))
    assert "\n\n" in change and not [line for line in change.split("\n") if line.endswith(" ")]
    assert apply(BASE, change).endswith("    y = 1\n\n    return y\n")


def test_what_is_expressed_is_what_comes_back():
    lines = BASE.splitlines()
    chance = random.Random(1)
    for _ in range(300):
        other = list(lines)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(other))
            other[place : place + chance.randint(0, 2)] = chance.choices(lines, k=chance.randint(0, 2))
        text = "\n".join(other) + "\n"
        if text != BASE:
            assert apply(BASE, express(BASE, text)) == text
