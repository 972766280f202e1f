"""An answer is written into answers.toml without a change to anything else in it."""

import tomllib

import pytest

import small_course as small
from keepalive.course.answer_tables import Body, saved

SOURCE = small.ANSWERS_TOML
CHANGE = "-import httpx\n+import asyncio\n...\n     def __init__(self):\n+\n"


def rows(source, kind):
    return {row["id"]: row for row in tomllib.loads(source)[kind]}


def test_the_change_of_an_answer_is_replaced_and_all_else_stays():
    after = saved(SOURCE, "wrong", "two-clients", Body(CHANGE), {})
    assert rows(after, "wrong")["two-clients"]["change"] == CHANGE
    old = " import httpx\n+# fails: calls.one_connection=client-per-call calls.in_order\n"
    assert after.replace(CHANGE, old) == SOURCE


def test_a_key_that_an_answer_has_is_replaced_and_one_that_it_lacks_comes_below_its_id():
    after = saved(SOURCE, "wrong", "spins", Body(CHANGE), {"about": 'Says "so".', "status": "error"})
    assert '\nid = "spins"\nabout = "Says \\"so\\"."\nstatus = "error"\nchange = ' in after


@pytest.mark.parametrize(
    ("keys", "before"),
    [
        ({"misconception": "client-per-call"}, '[[misconception]]\nid = "never-closed"'),
        ({"misconception": "never-closed"}, "# Ends in no time at all."),
        ({"about": "Something else."}, ""),
    ],
)
def test_a_new_answer_stands_with_the_others_of_its_misconception(keys, before):
    after = saved(SOURCE, "wrong", "late", Body(CHANGE), keys)
    ((key, value),) = keys.items()
    table = f"[[wrong]]\nid = \"late\"\n{key} = \"{value}\"\nchange = '''\n{CHANGE}'''\n"
    assert f"\n\n{table}" + (f"\n{before}" if before else "") in after
    assert after.replace(f"\n{table}", "", 1).rstrip() == SOURCE.rstrip()


def test_a_change_becomes_a_file_and_a_file_a_change():
    filed = saved(SOURCE, "right", "lazy", Body(file="lazy.py"), {})
    assert rows(filed, "right")["lazy"] == {
        "id": "lazy",
        "about": "Right as well: made with the first request.",
        "file": "lazy.py",
    }
    back = saved(filed, "right", "lazy", Body(" import httpx\n+# lazy\n"), {})
    assert back == SOURCE


def test_code_with_quotes_of_either_kind_comes_back_as_it_was():
    change = "-import httpx\n+x = '''a\\n\"b\"'''\n"
    assert rows(saved(SOURCE, "wrong", "spins", Body(change), {}), "wrong")["spins"]["change"] == change
    twice = saved(saved(SOURCE, "wrong", "spins", Body(change), {}), "wrong", "spins", Body(CHANGE), {})
    assert rows(twice, "wrong")["spins"]["change"] == CHANGE
    assert rows(twice, "wrong")["closed-late"] == rows(SOURCE, "wrong")["closed-late"]


def test_the_first_answer_of_a_file():
    source = 'schema = 1\n\n[[misconception]]\nid = "a"\nbelief = "So it is."\nfact = "So it is not."\n'
    after = saved(source, "wrong", "a", Body(CHANGE), {"misconception": "a"})
    assert rows(after, "wrong")["a"]["change"] == CHANGE and after.startswith(source)
