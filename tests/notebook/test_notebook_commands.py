"""exercise, check, hint, solution and timeline, called as a learner calls them."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import time

import httpx
import pytest

import keepalive.notebook
from keepalive.course import Course, CourseError, Problem
from keepalive.course.progress import Progress
from keepalive.notebook import check, commands, exercise, hint, solution, timeline
from keepalive.notebook.shown import Checked, Code, Shown

REFERENCE = Course.load().exercise("04").reference


class Unfinished:
    """A starter, in short."""

    def __init__(self, base_url: str) -> None:
        raise NotImplementedError("task one-pool")


class ApiClient:
    """A client for each call."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.closed = False

    async def request(self, method, path, **options):
        if self.closed:
            raise RuntimeError("this client is closed")
        async with httpx.AsyncClient(base_url=self.base_url) as client:
            return await client.request(method, path, **options)

    async def aclose(self):
        self.closed = True

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.aclose()


def reference():
    names: dict = {"__name__": "__main__"}
    exec(compile(REFERENCE.read_text("utf-8"), str(REFERENCE), "exec"), names)
    return names["ApiClient"]


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """`imported(source)` writes a file, at first imports it, and gives the module."""
    path = tmp_path / "client_of_mine.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # two saves within a second look the same to its cache

    def write(source: str):
        path.write_text(source, "utf-8")
        return importlib.import_module(path.stem)

    yield write
    sys.modules.pop(path.stem, None)


OLD = "class ApiClient:\n    def __init__(self, base_url):\n        raise ValueError('old')\n"


def sentence(shown) -> str:
    """The text of a message, in one line."""
    assert isinstance(shown, Shown) and not isinstance(shown, Checked)
    assert "Traceback" not in repr(shown) and "<svg" not in shown._repr_html_()
    return " ".join(repr(shown).split())


class TestCheck:
    def test_a_wrong_class_is_told_what_it_did(self):
        found = check("04", ApiClient, seed=1)
        assert not found.passed and found.verdict["status"] == "failed"
        assert "5 connections" in repr(found) and "<svg" in found._repr_html_()
        assert "Hint 1 of 3" in repr(found)

    def test_a_right_class_passes(self):
        found = check("04", reference(), seed=1)
        assert found.passed, repr(found)
        assert 'solution("04")' in repr(found)

    @pytest.mark.parametrize(
        "new", [OLD.replace("old", "new"), OLD + "\n    @property\n    def x(self): return 1\n", "# moved\n" + OLD]
    )
    def test_a_class_whose_file_has_changed_since_is_not_judged(self, imported, own_progress, new):
        module = imported(OLD)
        assert check("04", module.ApiClient, seed=1).verdict["status"] == "failed"
        own_progress.unlink()
        imported(new)
        said = sentence(check("04", module.ApiClient))
        assert "The file of `ApiClient` has changed since `client_of_mine` was imported" in said
        assert "`import importlib, client_of_mine; importlib.reload(client_of_mine)`" in said
        assert 'then `check("04", ApiClient)`' in said
        assert not own_progress.exists()
        assert check("04", importlib.reload(module).ApiClient, seed=1).verdict["status"] == "failed"

    def test_a_file_that_is_as_it_was_or_gone_or_broken_is_no_hindrance(self, imported, tmp_path):
        module = imported(OLD)
        for source in (OLD, "class ApiClient(:\n"):
            imported(source)
            assert check("04", module.ApiClient, seed=1).verdict["status"] == "failed"
        (tmp_path / "client_of_mine.py").unlink()
        assert check("04", module.ApiClient, seed=1).verdict["status"] == "failed"

    @pytest.mark.parametrize("name", ["04", 4, "4", "minimal-client", "04-minimal-client", "Minimal_Client"])
    def test_every_name_of_an_exercise_will_do(self, name):
        assert check(name, Unfinished).verdict["exercise"] == "minimal-client"

    def test_without_a_class_the_callers_is_taken(self):
        assert check("04").verdict["status"] == "failed"

    def test_the_same_seed_gives_the_same_verdict(self):
        first, second = (check("04", ApiClient, seed=3).verdict for _ in range(2))
        assert [each | {"runtime": None} for each in (first, second)] == [first | {"runtime": None}] * 2

    def test_it_is_recorded(self):
        check("04", ApiClient)
        check("04", Unfinished)
        events = Progress().of("check", "minimal-client")
        assert [event.data["status"] for event in events] == ["failed", "not_attempted"]
        assert events[0].data["tasks"]["one-pool"] == "failed"

    def test_a_fault_of_ours_is_not(self, monkeypatch):
        from verdict_samples import our_fault

        monkeypatch.setattr(commands, "grade", lambda *args, **kwargs: our_fault())
        assert "not your code" in repr(check("04", ApiClient))
        assert Progress().events == ()

    def test_a_line_of_a_cell_is_called_so(self):
        class Raises(ApiClient):
            async def request(self, method, path, **options):
                raise LookupError("nothing here")

        Raises.__module__ = ApiClient.__module__
        code = commands._code(Course.load().exercise("04"), Raises)
        assert code.file_name == "test_notebook_commands.py"
        assert (
            commands._code(Course.load().exercise("04"), type("X", (), {"__module__": "__main__"})).file_name
            == "your cell"
        )

    def test_ctrl_c_is_the_persons_own(self, monkeypatch):
        def interrupted(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr(commands, "grade", interrupted)
        with pytest.raises(KeyboardInterrupt):
            check("04", ApiClient)

    def test_progress_that_cannot_be_written_costs_no_check(self, own_progress):
        own_progress.parent.mkdir()
        own_progress.mkdir()
        found = check("04", Unfinished)
        assert "Note: Your progress" in repr(found) and "Your progress" in found._repr_html_()


class TestWrongUse:
    def test_a_name_in_quotes(self):
        said = sentence(check("04", "ApiClient"))
        assert said == '`check()` takes the class itself, not its name: without quotes, `check("04", ApiClient)`.'

    def test_a_file(self):
        assert "`keepalive check work/04-minimal-client.py`" in sentence(check("04", "work/04-minimal-client.py"))
        assert "`keepalive check" in sentence(check("04", REFERENCE))

    def test_an_object_of_the_class(self):
        said = sentence(check("04", ApiClient("http://depot.test")))
        assert said == (
            'This `ApiClient` was made already. Hand over the class, without parentheses: `check("04", ApiClient)`.'
        )

    @pytest.mark.parametrize(("thing", "called"), [(5, "an `int`"), (sentence, "a `function`"), ([], "a `list`")])
    def test_something_else(self, thing, called):
        assert f"takes a class, and this is {called}" in sentence(check("04", thing))

    def test_a_coroutine_is_closed(self):
        async def main():
            pass

        made = main()
        assert "a `coroutine`" in sentence(check("04", made))
        assert inspect.getcoroutinestate(made) == inspect.CORO_CLOSED

    def test_no_class_anywhere(self):
        names = {"check": check, "__name__": "elsewhere"}
        assert "There is no class `ApiClient` here yet" in sentence(eval('check("04")', names))

    def test_the_wrong_way_round(self):
        assert 'The exercise comes first, then the class: `check("04", ApiClient)`.' in sentence(check(ApiClient, "04"))

    @pytest.mark.parametrize("call", [check, exercise, hint, solution])
    def test_no_exercise(self, call):
        assert f'`{call.__name__}()` was given no exercise. For instance: `{call.__name__}("0' in sentence(call())
        assert "wants the name of an exercise" in sentence(call(None if call is None else 4.5))

    @pytest.mark.parametrize("call", [check, exercise, hint, solution])
    def test_an_exercise_that_does_not_exist(self, call):
        said = sentence(call("04-minimal-clent"))
        assert "There is no exercise '04-minimal-clent'. Did you mean 04-minimal-client?" in said

    def test_a_hostile_name(self):
        html = hint("<script>*x*`")._repr_html_()
        assert "<script>" not in html and "*x*`" in html

    def test_a_task_that_does_not_exist(self):
        assert "Did you mean closing?" in sentence(hint("04", "closng"))

    def test_broken_files_are_said_to_be_ours(self, monkeypatch):
        def load(root=None):
            raise CourseError([Problem("exercises/04/exercise.toml", "a <number>", "text", "write 4")])

        monkeypatch.setattr(Course, "load", load)
        shown = check("04", ApiClient)
        assert "not your doing" in repr(shown) and "expected: a <number>" in repr(shown)
        assert "a &lt;number&gt;" in shown._repr_html_()

    def test_nobody_is_ever_asked(self, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda *args: pytest.fail("a kernel has nobody to ask"))
        solution("04")
        hint("04")


class TestExercise:
    def test_brief_tasks_and_what_to_type(self):
        said = repr(exercise("04"))
        about = Course.load().exercise("04")
        points = f"{about.points} points and {about.bonus} bonus points"
        assert said.startswith(f"04  {about.title}\n{points}, about 20 minutes\n")
        for task in about.tasks:
            assert f"({task.id}, " in said and task.text in said
        assert 'check("04", ApiClient)' in said

    def test_the_starter(self, tmp_path):
        assert "`keepalive start 04`" in repr(exercise("04"))
        own = tmp_path / "work" / "04-minimal-client.py"
        own.parent.mkdir()
        own.write_text("x = 1\n", encoding="utf-8")
        assert f"Your file: `{own.as_posix()}`" in " ".join(repr(exercise("04")).split())


class TestHint:
    def test_one_after_another(self):
        hints = Course.load().exercise("04").task("closing").hints
        for number, text in enumerate(hints, 1):
            said = repr(hint("04", "closing"))
            assert said.startswith(f"Hint {number} of {len(hints)}  Close it")
            assert text.split()[0] in said
        assert 'solution("04", reveal=True)' in said
        assert repr(hint("04", "closing")).startswith(f"Hint {len(hints)} of {len(hints)}, once more")
        assert Progress().hints_shown("minimal-client", "closing") == len(hints)

    def test_of_the_first_task_that_has_not_passed(self):
        assert "One connection pool" in repr(hint("04"))
        check("04", ApiClient)
        check("04", reference())
        assert "Every task is passed" in sentence(hint("04"))


class TestSolution:
    def test_not_before_a_pass(self):
        said = sentence(solution("04"))
        assert "shown after you have passed exercise 04" in said and "reveal=True" in said
        assert not Progress().solution_seen("minimal-client")

    def test_on_request(self):
        found = solution("04", reveal=True)
        assert isinstance(found, Code)
        assert "class ApiClient" in repr(found)
        markdown = found._repr_markdown_()
        assert markdown.count("```") == 2 and "```python\n" in markdown and "Other right answers" in markdown
        assert Progress().solution_seen("minimal-client")

    def test_after_a_pass(self):
        check("04", reference())
        assert isinstance(solution("04"), Code)


class TestTimeline:
    def test_a_seed_gives_the_same_picture_of_an_answer_that_draws(self):
        one, same, other = (repr(timeline("09", "reference", "recovers", seed=seed)) for seed in (1, 1, 2))
        assert one == same != other

    def test_of_a_class_a_mistake_and_the_reference(self):
        for answer, summary in (
            (ApiClient, "5 requests on 5 connections"),
            ("client-per-call", "5 requests on 5 connections"),
            ("reference", "5 requests on 1 connection"),
        ):
            shown = timeline("04", answer, "in_a_row", title="The finding")
            assert summary in repr(shown) and repr(shown).startswith("The finding\n")
            assert "<title>The finding</title>" in shown._repr_html_()
        assert Progress().events == ()

    def test_wrong_use(self):
        assert "`client-per-call`" in sentence(timeline("04", "client-per-cal", "in_a_row"))
        assert "has no scenario 'in_a_ro'. There are: `in_a_row`" in sentence(timeline("04", ApiClient, "in_a_ro"))


def test_the_switching_clock_is_in_place():
    assert time.monotonic.follows_keepalive and time.sleep.follows_keepalive


def test_what_is_offered():
    assert {"check", "exercise", "hint", "solution", "timeline"} <= set(keepalive.notebook.__all__)
    for name in keepalive.notebook.__all__:
        assert getattr(keepalive.notebook, name).__doc__ and f"{name}(" in keepalive.notebook.__doc__


def test_a_verdict_can_be_kept_as_json():
    assert json.loads(json.dumps(check("04", Unfinished).verdict))["schema"] == 1


def test_html_has_no_script_and_no_id():
    for shown in (check("04", ApiClient), exercise("04"), hint("04"), timeline("04", "reference", "in_a_row")):
        assert not re.search(r"<script|\sid=|\son\w+=|url\(", shown._repr_html_())
