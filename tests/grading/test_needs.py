"""Checks that depend on others, extensions, and what this frontend cannot look at: who is told, and what counts."""

from pathlib import Path

import jsonschema
import pytest

from grading.bench import DRIVE, client, comparable, exercise_at, judged, schema
from keepalive.grading import grade, tls
from keepalive.grading.absence import passes_without_anything
from keepalive.grading.scenarios import load_grader

CERTIFICATE = Path(__file__).parent / "tls" / "server.pem"
HEAD = "from pathlib import Path\n\nfrom keepalive.grading import check, fail, scenario\n"


def scenario(name: str, *checks: str, drive: str = "once", secured: bool = False) -> str:
    """A scenario's source. A check is "name(what check() is given): what makes it fail"."""
    lines = [f'@scenario(drive="{drive}")', f"def {name}(net):", f'    "{name}"']
    lines += [f"    net.https(Path({str(CERTIFICATE)!r}))"] if secured else []
    lines += ['    net.route("GET", "/a").reply(json={})']
    for each in checks:
        head, _, fails = each.rpartition(": ")
        function, _, given = head.partition("(")
        lines += [f"    @check({given}", f"    def {function}(run):", f'        "{function}"']
        lines += [f"        if {fails}:", f'            fail(observed="{function} failed", required="not that")']
    return "\n".join([*lines, ""])


def verdict(folder, *scenarios: str, source: str | None = None, extensions=("close",), link="direct", drive=DRIVE):
    """The verdict on a right answer, unless another one is given; "ask" is the core task."""
    code = exercise_at(folder, grader=HEAD + "".join(scenarios), extensions=extensions, drive=drive)
    path = folder / "client.py"
    path.write_text(source or client())
    found = grade(code, path, link=link, seed=7, frontend="test")
    jsonschema.validate(found, schema("verdict.schema.json"))
    return found


def said(found):
    """For each check its status, or because of which it was not run."""
    return {each["id"]: each.get("because") or each["status"] for each in found["checks"]}


def score(found):
    return tuple(found[key] for key in ("status", "passed", "points", "max"))


# -- needs


def test_a_check_whose_need_failed_is_not_run_and_names_the_first_cause(tmp_path) -> None:
    found = verdict(
        tmp_path,
        scenario(
            "s",
            'first(task="ask", points=1): True',
            'second(task="ask", points=2, needs="s.first"): False',
            'third(task="ask", points=3, needs=("s.other", "s.second")): False',
            'other(task="ask", points=4): False',
        ),
    )
    assert said(found) == {"s.first": "failed", "s.second": "s.first", "s.third": "s.first", "s.other": "passed"}
    assert score(found) == ("failed", False, 4, 10)
    third = found["checks"][2]
    assert (third["status"], third["max"], third["observed"], third["required"]) == ("not_run", 3, "", "")


def test_a_check_whose_needs_hold_is_looked_at(tmp_path) -> None:
    found = verdict(
        tmp_path, scenario("s", 'a(task="ask", points=1): False', 'b(task="ask", points=1, needs="s.a"): True')
    )
    assert said(found) == {"s.a": "passed", "s.b": "failed"}


@pytest.mark.parametrize("link", ["direct", "child"])
def test_a_need_may_stand_in_a_later_scenario(tmp_path, link) -> None:
    one = scenario("one", 'a(task="ask", points=1, needs="two.b"): False')
    two = scenario("two", 'b(task="ask", points=1): True')
    forward, backward = verdict(tmp_path, one, two, link=link), verdict(tmp_path, two, one, link=link)
    assert said(forward) == said(backward) == {"one.a": "two.b", "two.b": "failed"}
    assert list(said(forward)) == ["one.a", "two.b"], "in the order of the file"


def test_its_own_gap_goes_before_a_need(tmp_path) -> None:
    found = verdict(
        tmp_path,
        scenario("s", "first(held=True): True", 'second(task="ask", points=1, needs="s.first"): True'),
        source=client('raise NotImplementedError("task ask")'),
    )
    assert said(found)["s.second"] == "not_attempted"


def test_an_open_gap_of_another_task_is_a_cause(tmp_path) -> None:
    drive = DRIVE + "\nasync def nothing(make, run):\n    pass\n"
    found = verdict(
        tmp_path,
        scenario("s", 'first(task="close", points=1): False'),
        scenario("t", 'second(task="ask", points=1, needs="s.first"): False', drive="nothing"),
        source=client('raise NotImplementedError("task close")'),
        drive=drive,
        extensions=(),
    )
    assert said(found) == {"s.first": "not_attempted", "t.second": "s.first"}


def test_what_stopped_a_scenario_is_told_once(tmp_path) -> None:
    found = verdict(
        tmp_path,
        scenario("s", 'a(task="ask", points=1): False', 'b(task="ask", points=1, needs="s.a"): False'),
        source=client("raise ValueError('x')"),
    )
    first, second = found["checks"]
    assert first["diagnosis"]["kind"] == "exception"
    assert second["because"] == "s.a" and "diagnosis" not in second


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        (('a(task="ask", needs="s.b"): False',), "needs s.b, and there is no such check"),
        (('a(task="ask", needs="s.a"): False',), "in a circle: s.a needs s.a"),
        (
            (
                'a(task="ask", needs="s.b"): False',
                'b(task="ask", needs="s.c"): False',
                'c(task="ask", needs="s.a"): False',
            ),
            "in a circle: s.a needs s.b needs s.c needs s.a",
        ),
        (('a(task="ask", needs="s.b"): False', 'b(task="close"): False'), "belongs to an extension"),
        (('a(held=True, needs="s.b"): False', 'b(task="close"): False'), "belongs to an extension"),
        (("a(held=True, points=1): False",), "no task and no points"),
        (('a(held=True, task="ask"): False',), "no task and no points"),
        (("a(): False",), "belongs to a task"),
    ],
)
def test_needs_that_cannot_be_are_a_fault_of_the_grader(tmp_path, checks, why) -> None:
    found = verdict(tmp_path, scenario("s", *checks))
    assert (found["status"], found["passed"], found["checks"]) == ("grader_fault", False, [])
    assert why in found["runtime"]["faults"][0]


def test_an_extension_may_need_the_core_and_another_extension(tmp_path) -> None:
    found = verdict(
        tmp_path,
        scenario(
            "s",
            'a(task="ask", points=1): False',
            'b(task="close", points=1, needs="s.a"): False',
            'c(task="close", points=1, needs="s.b"): False',
        ),
    )
    assert set(said(found).values()) == {"passed"}


# -- extensions


@pytest.mark.parametrize(
    ("core", "held", "beyond", "status", "extension"),
    [
        ("False", "False", "False", "passed", "passed"),
        ("False", "False", "True", "passed", "failed"),
        ("True", "False", "False", "failed", "passed"),
        ("False", "True", "False", "failed", "passed"),
    ],
)
def test_an_extension_stands_beside(tmp_path, core, held, beyond, status, extension) -> None:
    checks = (f'a(task="ask", points=3): {core}', f"kept(held=True): {held}", f'b(task="close", points=2): {beyond}')
    found = verdict(tmp_path, scenario("s", *checks))
    assert (found["status"], found["passed"], found["extension"]) == (status, status == "passed", extension)
    assert (found["points"], found["max"]) == (3 * (core == "False"), 3)
    assert (found["bonus"], found["bonus_max"]) == (2 * (beyond == "False"), 2)


TWO = """
async def core(make, run):
    async with make(base_url=run.url) as api:
        await api.get("/a")

async def beyond(make, run):
    async with make(base_url=run.url) as api:
        await api.more()

async def built_with_more(make, run):
    async with make(base_url=run.url, more=1) as api:
        await api.get("/a")
"""


def beside(folder, body: str, *, drive: str = "beyond", link: str = "direct"):
    """Two scenarios of an extension, then one of the core."""
    source = client() + f"\n    async def more(self):\n        {body}\n"
    scenarios = [
        scenario("e", 'a(task="close", points=1): False', drive=drive),
        scenario("f", 'a(task="close", points=1): False', drive=drive),
        scenario("s", 'a(task="ask", points=1): False', drive="core"),
    ]
    return verdict(folder, *scenarios, source=source, drive=TWO, link=link)


def test_an_extension_that_was_not_begun_costs_nothing(tmp_path) -> None:
    found = beside(tmp_path, 'raise NotImplementedError("task close")')
    assert score(found) == ("passed", True, 1, 1)
    assert (found["extension"], found["bonus"], found["bonus_max"]) == ("not_attempted", 0, 2)


@pytest.mark.parametrize(
    ("body", "link"),
    [
        ("while True: pass", "direct"),
        ("while True: pass", "child"),
        ("import os; os._exit(1)", "child"),
        ("raise ValueError('x')", "direct"),
        ("raise SystemExit", "direct"),
    ],
)
def test_code_of_an_extension_that_is_stopped_costs_the_core_nothing(tmp_path, body, link) -> None:
    found = beside(tmp_path, body, link=link)
    assert score(found) == ("passed", True, 1, 1)
    assert said(found) == {"e.a": "failed", "f.a": "failed", "s.a": "passed"}
    assert found["extension"] == "failed"


def test_an_argument_that_only_an_extension_asks_for_costs_the_core_nothing(tmp_path) -> None:
    found = beside(tmp_path, "pass", drive="built_with_more")
    assert score(found) == ("passed", True, 1, 1)
    assert found["checks"][0]["diagnosis"]["kind"] == "wrong_signature"


def test_an_exercise_without_extensions_says_nothing_of_them(tmp_path) -> None:
    found = verdict(tmp_path, scenario("s", 'a(task="ask", points=1): False'), extensions=())
    assert "extension" not in found and (found["bonus"], found["bonus_max"]) == (0, 0)


# -- what this frontend cannot look at


PLAIN = scenario("s", 'a(task="ask", points=2): False')
SECURED = scenario("t", 'b(task="ask", points=3): False', secured=True)


@pytest.fixture
def without_tls(monkeypatch) -> None:
    monkeypatch.setattr(tls, "available", lambda: False)


@pytest.mark.usefixtures("without_tls")
def test_what_the_frontend_cannot_look_at_is_set_aside(tmp_path) -> None:
    needing = scenario("u", 'c(task="ask", points=4, needs="t.b"): False', "kept(held=True, needs='t.b'): False")
    found = verdict(tmp_path, PLAIN, SECURED, needing)
    assert said(found) == {"s.a": "passed", "t.b": "frontend", "u.c": "frontend", "u.kept": "frontend"}
    assert score(found) == ("passed", True, 2, 2)
    assert [each["observed"] for each in found["checks"][1:]] == [tls.NOT_HERE] * 3
    assert [each["max"] for each in found["checks"]] == [2, 0, 0, 0]


@pytest.mark.usefixtures("without_tls")
def test_what_failed_is_not_set_aside_though_it_needs_something_else_as_well(tmp_path) -> None:
    needing = scenario("u", 'c(task="ask", points=4, needs=("t.b", "s.wrong")): False')
    wrong = scenario("s", 'wrong(task="ask", points=2): True')
    found = verdict(tmp_path, wrong, SECURED, needing)
    assert said(found) == {"s.wrong": "failed", "t.b": "frontend", "u.c": "s.wrong"}
    assert score(found) == ("failed", False, 0, 6)


@pytest.mark.usefixtures("without_tls")
def test_where_nothing_can_be_looked_at_nothing_is_passed(tmp_path) -> None:
    assert score(verdict(tmp_path, SECURED)) == ("not_attempted", False, 0, 0)


def test_with_tls_the_same_is_looked_at(tmp_path) -> None:
    found = verdict(tmp_path, PLAIN, SECURED)  # the client does not trust the certificate
    assert said(found) == {"s.a": "passed", "t.b": "failed"}
    assert score(found) == ("failed", False, 2, 5)


# -- what is passed without doing anything


def test_a_check_of_absence_is_one_that_passes_when_nothing_happened(tmp_path) -> None:
    source = HEAD + scenario(
        "s",
        'open(task="ask"): run.open_at_end',
        'arrives(task="ask"): len(run.requests) != 1',
        'claims(task="ask"): run.observed["status"] != 200',
        'first(task="ask"): run.requests[0].path != "/a"',
    )
    (tmp_path / "grader.py").write_text(source)
    (only,) = load_grader(tmp_path / "grader.py")
    assert [each.id for each in only.prepare(1).checks if passes_without_anything(each)] == ["s.open"]


def test_both_links_say_the_same_of_needs(tmp_path) -> None:
    made = (scenario("s", 'a(task="ask", points=1): True', 'b(task="close", points=1, needs="s.a"): False'),)
    assert comparable(verdict(tmp_path, *made)) == comparable(verdict(tmp_path, *made, link="child"))
    assert judged(tmp_path, client())["passed"] is True
