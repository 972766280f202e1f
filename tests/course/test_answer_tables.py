"""An answer is written into answers.toml without a change to anything else in it."""

import tomllib

import pytest

import small_course as small
from keepalive.course.answer_tables import Body, judged, saved

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


def wrong(source, id):
    return rows(source, "wrong")[id]


def test_what_an_answer_fails_is_replaced_where_it_stands():
    after = judged(SOURCE, "two-clients", fails=["calls.in_order"])
    assert after == SOURCE.replace('["calls.one_connection", "calls.in_order"]', '["calls.in_order"]')


def test_a_long_list_has_a_line_for_each_check_and_comes_back_into_one():
    many = [f"calls.{letter * 30}" for letter in "abcd"]
    after = judged(SOURCE, "two-clients", fails=many)
    assert wrong(after, "two-clients")["fails"] == many
    assert f'fails = [\n    "{many[0]}",\n' in after
    assert judged(after, "two-clients", fails=["calls.one_connection", "calls.in_order"]) == SOURCE


def test_a_status_stands_in_the_place_of_what_fails_and_the_other_way_round():
    after = judged(SOURCE, "per-call", status="time_limit")
    assert after == SOURCE.replace('fails = ["calls.one_connection"]', 'status = "time_limit"', 1)
    assert judged(after, "per-call", fails=["calls.one_connection"]) == SOURCE


def test_an_answer_that_says_neither_gets_it_above_its_change():
    bare = SOURCE.replace('status = "time_limit"\n', "")
    assert judged(bare, "spins", status="time_limit") == SOURCE
