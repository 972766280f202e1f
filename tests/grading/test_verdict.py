"""From what happened to what is said of it: statuses, roll-up, faults on our side, shapes."""

import jsonschema
import pytest

from grading.bench import GRADER, client, exercise_at, judged, ok, on_wire, schema
from keepalive.grading import grade, messages

RIGHT = client()


def checks(verdict):
    return {each["id"]: each["status"] for each in verdict["checks"]}


@pytest.mark.parametrize("link", ["direct", "child"])
@pytest.mark.parametrize(
    "source",
    [RIGHT, client("raise ValueError"), client("time.sleep(1)"), "class A: pass", client("while True: pass")],
    ids=["right", "raises", "blocks", "no class", "endless"],
)
def test_every_verdict_fits_its_schema(tmp_path, source, link) -> None:
    jsonschema.validate(judged(tmp_path, source, link=link, work=0.3), schema("verdict.schema.json"))


def test_every_message_fits_its_schema() -> None:
    import asyncio
    import json

    import httpx

    async def main(run):
        print("words")
        run.mark("begun")
        async with httpx.AsyncClient(base_url=run.url, timeout=1) as http:
            await http.post("/a", json={"x": 1})
            await asyncio.sleep(2)
            await http.get("/a")

    def build(net):
        from keepalive.grading import Network

        ok(net)
        net.https()
        net.network = Network(idle_timeout=1)

    played = on_wire(main, build)
    shape = schema("messages.schema.json")
    for message in [*played.messages, played.replies]:
        jsonschema.validate(json.loads(messages.encode(message)), shape)
    said = {message["type"] for message in played.messages}
    assert {"hello", "output", "mark", "connect", "tls", "data", "tick", "close", "done"} <= said
    assert {"accept", "tls_ok", "data", "tick", "eof"} <= {reply["type"] for reply in played.replies}


def test_bytes_survive_the_pipe() -> None:
    message = {"type": "data", "bytes": bytes(range(256)), "text": "ü\n\u2028"}
    line = messages.encode(message)
    assert line.count(b"\n") == 1
    assert messages.decode(line) == message


def test_a_right_answer_gets_every_point(tmp_path) -> None:
    verdict = judged(tmp_path, RIGHT)
    assert (verdict["status"], verdict["points"], verdict["max"]) == ("passed", 4, 4)


def test_a_class_is_judged_as_its_file_is(tmp_path) -> None:
    import types

    module = types.ModuleType("a_notebook")
    exec(RIGHT, vars(module))
    import sys

    sys.modules["a_notebook"] = module
    vars(module)["ApiClient"].__module__ = "a_notebook"
    verdict = grade(exercise_at(tmp_path), module.ApiClient, link="direct", frontend="notebook", seed=7)
    assert (verdict["status"], verdict["runtime"]["frontend"]) == ("passed", "notebook")
    del sys.modules["a_notebook"]


def test_a_seed_is_drawn_and_named(tmp_path) -> None:
    code = exercise_at(tmp_path)
    (tmp_path / "client.py").write_text(RIGHT)
    seeds = {grade(code, tmp_path / "client.py", link="direct")["seed"] for _ in range(8)}
    assert len(seeds) > 1


# -- faults on our side are never a learner's zero


@pytest.mark.parametrize("link", ["direct", "child"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        if len(run.requests) != 1:", "        if run.nonsense:"),
        ('net.route("GET", "/a").reply(json={})', 'net.route("GET", "/a").calls(lambda request: 1 / 0)'),
        ('net.route("GET", "/a").reply(json={})', 'net.route("GET", "/a").calls(lambda request: "text")'),
        ('net.route("GET", "/a").reply(json={})', 'net.route("GET", "/a").sequence()'),
        ('net.route("GET", "/a").reply(json={})', "import nosuchmodule"),
        ("import Limits", "import Limitz"),
    ],
    ids=["check raises", "effect raises", "effect is no answer", "sequence used up", "scenario raises", "no import"],
)
def test_a_broken_grader_is_a_grader_fault(tmp_path, old, new, link) -> None:
    assert old in GRADER
    verdict = judged(tmp_path, RIGHT, grader=GRADER.replace(old, new, 1), link=link)

    assert verdict["status"] == "grader_fault"
    assert verdict["runtime"]["faults"]
    assert "failed" not in checks(verdict).values()
    jsonschema.validate(verdict, schema("verdict.schema.json"))


def test_an_async_effect_is_a_grader_fault(tmp_path) -> None:
    broken = GRADER.replace(
        'net.route("GET", "/a").reply(json={})',
        "async def effect(request): return reply()\n    net.route('GET', '/a').calls(effect)",
        1,
    )
    with pytest.warns(RuntimeWarning, match="never awaited"):
        verdict = judged(tmp_path, RIGHT, grader=broken)
    assert verdict["status"] == "grader_fault"


def test_a_fault_of_the_judge_leaves_the_other_scenarios_alone(tmp_path) -> None:
    broken = GRADER.replace("        if len(run.requests) != 1:", "        if run.nonsense:")
    verdict = judged(tmp_path, RIGHT, grader=broken)
    assert checks(verdict) == {
        "first.arrives": "grader_fault",
        "first.closed": "passed",
        "second.arrives": "passed",
    }


@pytest.mark.parametrize("link", ["direct", "child"])
def test_a_broken_drive_is_a_grader_fault(tmp_path, link) -> None:
    for drive in ("syntax error here", "async def other(make, run): pass"):
        verdict = judged(tmp_path, RIGHT, drive=drive, link=link)
        assert verdict["status"] == "grader_fault"
        assert verdict["runtime"]["faults"]


def test_no_trace_of_ours_reaches_the_learner(tmp_path) -> None:
    broken = GRADER.replace("        if len(run.requests) != 1:", "        if run.nonsense:")
    verdict = judged(tmp_path, RIGHT, grader=broken)
    assert "nonsense" in verdict["runtime"]["faults"][0]
    assert "nonsense" not in str(verdict["checks"])


# -- roll-up


HELD = GRADER.replace('@check(task="close", points=1)', "@check(held=True)")


def test_still_holds_carries_no_points_but_counts(tmp_path) -> None:
    unclosed = RIGHT.replace("await self.http.aclose()", "pass")
    verdict = judged(tmp_path, unclosed, grader=HELD)
    assert (verdict["status"], verdict["points"], verdict["max"]) == ("failed", 3, 3)
    gap = judged(tmp_path, client('raise NotImplementedError("task ask")'), grader=HELD)
    assert gap["status"] == "not_attempted"


def test_a_check_may_look_though_the_code_was_stopped(tmp_path) -> None:
    looks = GRADER.replace('@check(task="close", points=1)', '@check(task="close", points=1, even_if_stopped=True)')
    verdict = judged(tmp_path, client("raise ValueError('x')"), grader=looks)
    assert checks(verdict) == {
        "first.arrives": "failed",
        "first.closed": "passed",
        "second.arrives": "failed",
    }


NAMED = GRADER.replace(
    '@check(task="ask", points=2)',
    '@check(task="ask", points=2, misconception={"a": lambda run: False, "b": lambda run: True})',
)


def test_a_misconception_is_named_by_the_first_predicate_that_holds(tmp_path) -> None:
    verdict = judged(tmp_path, client("await self.http.get(path)\nreturn await self.http.get(path)"), grader=NAMED)
    assert verdict["checks"][0]["misconception"] == "b"
    assert "misconception" not in verdict["checks"][1]
    right = judged(tmp_path, RIGHT, grader=NAMED)
    assert "misconception" not in right["checks"][0]


def test_of_a_run_that_was_stopped_only_what_was_noticed_is_named(tmp_path) -> None:
    asleep = client("time.sleep(1)\nreturn await self.http.get(path)")
    assert "misconception" not in judged(tmp_path, asleep, grader=NAMED)["checks"][0]
    noticing = NAMED.replace('"b": lambda run: True', '"b": diagnosed("blocking_sleep")')
    noticing = noticing.replace("fail, reply", "diagnosed, fail, reply")
    assert judged(tmp_path, asleep, grader=noticing)["checks"][0]["misconception"] == "b"


def test_a_gap_says_where_it_is_and_what_waits_for_it(tmp_path) -> None:
    source = client('raise NotImplementedError("task ask")')
    verdict = judged(tmp_path, source)
    line = source.splitlines().index('        raise NotImplementedError("task ask")') + 1
    assert verdict["checks"][0]["observed"] == f"`get` still raises `NotImplementedError` (line {line})."
    assert verdict["checks"][1]["observed"] == "This can be seen once `get` is written, of task `ask`."


def test_what_the_exercise_cannot_use_is_not_called_the_learners_exception(tmp_path) -> None:
    check = judged(tmp_path, client("await self.http.get(path)"))["checks"][0]
    assert check["observed"] == (
        'Your code gave the exercise something that it cannot use at `return {"status": answer.status_code}`: '
        "`AttributeError: 'NoneType' object has no attribute 'status_code'`."
    )


def test_an_author_is_told_what_is_missing() -> None:
    from keepalive.grading import check, scenario

    with pytest.raises(ValueError, match="no docstring"):
        scenario(drive="x")(lambda net: None)
    with pytest.raises(ValueError, match="outside a scenario"):
        check(task="x")(lambda run: None)
