# ruff: noqa: E501 - the table of breakages reads better in long lines
"""The linter finds every way to break an exercise's contract, says it once, and says how to mend it."""

import io

import pytest
from rich.console import Console

import small_course as small
from keepalive.course import UnknownName
from keepalive.course.lint import lint, main

F = small.FOLDER


def run(root, *names):
    return lint(root, names, grade=small.grade)


def report(root, *names):
    """(exit code, what was printed)."""
    out = io.StringIO()
    code = main(names, Console(file=out, width=80, highlight=False, markup=False), "keepalive", grade=small.grade)
    return code, out.getvalue()


@pytest.fixture(autouse=True)
def here(root, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_ROOT", str(root))


def test_an_exercise_that_keeps_its_contract(root):
    found = run(root)
    assert (found.findings, found.proved, found.drafts) == ([], ["04-tiny-client"], {})
    code, text = report(root)
    assert code == 0
    assert text == (
        "04-tiny-client: keeps its contract\nnext: nothing is left to mend here; run python3 course.py test, then commit.\n"
    )


def test_one_exercise_by_name_is_not_the_whole_course(root):
    code, text = report(root, "04")
    assert code == 0
    assert text.splitlines()[-1] == (
        "next: nothing is left to mend in it; run keepalive lint for the whole course, its chapter among it."
    )


FENCE = "```"
BREAKAGES = [
    # (file, what is replaced, by what, where it is found, line, part of what, part of how to mend)
    # -- the folder
    ("notes.txt", None, "x", "notes.txt", None, "no part of an exercise", "take it out"),
    ("solutions/data.json", None, "{}", "solutions/data.json", None, "no part of an exercise", "take it out"),
    ("wrong/other.py", None, "# fails: leaves.all_closed=never-closed", "wrong/other.py", None, "does not declare", "add [[wrong]]"),
    ("solutions/lazy.py", None, None, "solutions", None, "1 right answer, at least 2", "goes a different way"),
    # -- briefs and hints
    ("brief.md", f"{FENCE}python", FENCE, "brief.md", 5, "does not say its language", "```python"),
    ("brief.md", "answer = await", "answer = = await", "brief.md", 7, "does not parse", "mend the code"),
    ("hints.md", "httpx.AsyncClient()\n", "httpx.AsyncClient(\n", "hints.md", 10, "does not parse", "mend the code"),
    ("hints.md", "and how often?", f"like this:\n\n{FENCE}python\nx = 1\n{FENCE}", "hints.md", 1, "holds a code block", "ask a question"),
    ("hints.md", "Who makes", "Is it `await self._client.aclose( )`? Who makes", "hints.md", 1, "stands in the reference", "ask a question"),
    # -- drive.py
    ("drive.py", "import httpx", "import httpx\nimport respx", "drive.py", 6, "imports respx", "standard library only"),
    ("drive.py", "import httpx", "import httpx\nfrom . import other", "drive.py", 6, "relative module", "standard library only"),
    ("drive.py", "import httpx", "import httpx\nfrom keepalive.grading import fail", "drive.py", 6, "imports keepalive.grading", "judge's side"),
    ("drive.py", "import httpx", "import httpx\nimport grader", "drive.py", 6, "imports grader", "judge's side"),
    ("drive.py", "    api = make()", "    api = make()\n    assert api", "drive.py", 10, "asserts", "let a check"),
    ("drive.py", "    api = make()", "    api = make()\n    the_grader = 1", "drive.py", 10, "names the grader", "judge's side"),
    ("drive.py", '"""What the exercise asks of your class."""', '"""See grader.py."""', "drive.py", 1, "in a text", "without the judge"),
    ("drive.py", "async def leaves", "async def leaves(", "drive.py", 14, "not Python", "mend the syntax"),
    ("drive.py", "async def leaves(make, run):\n    await make().aclose()", "def leaves(make, run):\n    pass", "grader.py", 25, "no async function of drive.py", "async def leaves"),
    ("drive.py", "async def leaves(", "async def leafes(", "grader.py", 25, "drives leaves", 'write drive="leafes"'),
    # -- starter.py
    ("starter.py", "# end task\n\n    async def get", "# done\n\n    async def get", "starter.py", 16, "inside the gap of `opens`", "before it"),
    ("starter.py", "# task: closes\n", "# closes\n", "starter.py", 18, "without a `# task: <id>`", "begin the gap"),
    ("starter.py", "# task: closes", "# task: close", "starter.py", 16, "does not exist", "write `# task: closes`"),
    ("starter.py", '        raise NotImplementedError("task closes")', "        pass", "starter.py", 16, "does not raise", 'NotImplementedError("task closes")'),
    ("starter.py", 'NotImplementedError("task closes")', 'NotImplementedError("task opens")', "starter.py", 16, "does not raise", 'NotImplementedError("task closes")'),
    ("starter.py", '        # task: closes\n        raise NotImplementedError("task closes")\n        # end task', "        await self._client.aclose()", "starter.py", None, "no gap for the task closes", "put `# task: closes`"),
    ("starter.py", "return await self._client.get(path)", "raise NotImplementedError", "starter.py", 13, "outside a gap", "put it between"),
    ("starter.py", "return await self._client.get(path)", "return await self._client.post(path)", "starter.py", 13, "differs from", "solutions/reference.py, or move"),
    ("starter.py", "import httpx", "import httpx\nimport os", "starter.py", 4, "`import os`", "move it into a gap"),
    ("solutions/reference.py", "import httpx", "import asyncio\n\nimport httpx", "starter.py", 3, "differs from", "move it into a gap"),
    ("starter.py", "class ApiClient:", "class ApiClient", "starter.py", 6, "not Python", "mend the syntax"),
    ("solutions/reference.py", "class ApiClient:", "class ApiClient", "solutions/reference.py", 6, "not Python", "mend the syntax"),
    # -- grader.py
    ("grader.py", 'fail(observed="Open."', "fail(observed=", "grader.py", 33, "not Python", "mend the syntax"),
    ("grader.py", '"""Left"""', '"""Left"""\n    net.no_such_thing()', "grader.py", 28, "AttributeError", "mend this line"),
    ("grader.py", "points=1)", "points=2)", "exercise.toml", 16, "opens has 3 points, and its checks add up to 4", "write points = 4"),
    ("exercise.toml", "points = 2\n", "points = 5\n", "exercise.toml", 21, "add up to 2", "write points = 2"),
    ("grader.py", 'task="closes"', 'task="close"', "grader.py", 29, "the task close, which does not exist", 'write task="closes"'),
    ("grader.py", "@check(held=True, ", "@check(points=1, ", "grader.py", 20, "ValueError: a check belongs to a task", "mend this line"),
    ("grader.py", "@check(held=True, ", "@check(held=True, points=1, ", "grader.py", 20, "has no task and no points", "mend this line"),
    ("grader.py", '@check(held=True, needs="calls.one_connection")', '@check(held=True, needs="calls.one")', "grader.py", 20, "needs calls.one, and there is no such check", "or nothing"),
    ("grader.py", '@check(held=True, needs="calls.one_connection")', "@check(held=True)", "grader.py", 20, "calls.still_answers passes for code that does nothing", "what has to happen first"),
    ("grader.py", " or not run.connections", "", "grader.py", 25, "every check of leaves passes for code that does nothing", "add a check"),
    ("grader.py", '"never-closed": lambda', '"never-close": lambda', "grader.py", 29, "does not declare", 'write "never-closed"'),
    ("exercise.toml", '"calls.in_order"', '"calls.inorder"', "exercise.toml", 43, "no such check", 'write "calls.in_order"'),
    # -- answers
    ("solutions/lazy.py", None, "# fails: calls.in_order\n", "solutions/lazy.py", None, "a right answer, and calls.in_order is failed: Seen", "mend the answer"),
    ("solutions/lazy.py", None, "# status: time_limit\n", "solutions/lazy.py", None, "the run is time limit", "mend the answer"),
    ("solutions/lazy.py", None, "# differs by link\n", "solutions/lazy.py", None, "differs from the one in the child at scenarios[calls].timeline[1].t (0.05 instead of 0.0)", "set order"),
    ("solutions/lazy.py", None, "# seed: 3\n", "solutions/lazy.py", None, "not with seed 3: calls.one_connection", "chance decides nothing"),
    ("solutions/lazy.py", None, "# status: grader_fault\n", "grader.py", 12, "failed on exercises/04-tiny-client/solutions/lazy.py: KeyError: 'late'", "mend this line"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=client-per-call calls.in_order\n", "exercise.toml", 38, "per_call.py: calls.in_order fails too (Seen **by** calls.in_order.)", 'fails = ["calls.one_connection", "calls.in_order"]'),
    ("wrong/per_call.py", None, "# nothing wrong\n", "exercise.toml", 38, "calls.one_connection is passed", "show the mistake"),
    ("wrong/per_call.py", None, "# fails: calls.in_order=client-per-call\n", "exercise.toml", 38, "fails too", 'fails = ["calls.in_order"]'),
    ("wrong/per_call.py", None, "# fails: calls.one_connection\n", "exercise.toml", 37, "names the misconception client-per-call (named: none)", "mend its predicate"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=never-closed\n", "exercise.toml", 37, "(named: never-closed)", "mend its predicate"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=client-per-call\n# differs by link\n", "wrong/per_call.py", None, "differs from", "set order"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=client-per-call\n# observed: \n", "grader.py", None, "without saying what was observed", "a text for observed"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=client-per-call\n# required: \n", "grader.py", None, "without saying what is required", "a text for required"),
    ("wrong/two_clients.py", None, "# fails: calls.one_connection=client-per-call calls.in_order\n# observed: No.\n", "grader.py", None, "tell two_clients.py the same: No.", "one check of the two"),
    ("wrong/per_call.py", None, "# fails: calls.one_connection=client-per-call\n# status: time_limit\n", "exercise.toml", 38, "the run as a whole is time limit", 'status = "time_limit"'),
    ("wrong/spins.py", None, "# fails: calls.in_order\n", "exercise.toml", 57, "the run is failed, not time_limit", 'status = "failed"'),
    ("wrong/left_open.py", None, "# status: grader_fault\n", "grader.py", 12, "failed on exercises/04-tiny-client/wrong/left_open.py", "mend this line"),
]  # fmt: skip


def broken(folder, file, old, new):
    path = folder / file
    if old is not None:
        small.edit(path, old, new)
    elif new is None:
        path.unlink()
    else:
        path.write_text(new, "utf-8", newline="\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "line", "what", "mend"),
    BREAKAGES,
    ids=[f"{row[0]}: {row[5]}"[:60] for row in BREAKAGES],
)
def test_each_breakage_is_found_and_nothing_else(root, folder, file, old, new, where, line, what, mend):
    broken(folder, file, old, new)
    found = run(root, "04")
    assert len(found.findings) == 1, [f"{f.where} {f.what}" for f in found.findings]
    (finding,) = found.findings
    assert finding.file == f"{F}/{where}"
    assert line is None or finding.line == line
    assert what in finding.what
    assert mend in finding.mend
    assert found.proved == []
    code, text = report(root, "04")
    assert code == 1
    assert text.startswith(f"{finding.where}\n")
    assert (
        text.rstrip().splitlines()[-1]
        == f"next: mend {finding.where} ({finding.mend}), then run keepalive lint 04-tiny-client again."
    )


def test_what_the_loader_finds_is_a_finding_with_its_line(root, folder):
    small.edit(folder / "exercise.toml", "minutes = 15", 'minutes = "15"')
    (finding,) = run(root, "04").findings
    assert finding.where == f"{F}/exercise.toml:9"
    assert "expected a whole number of minutes" in finding.what and 'found "15"' in finding.what


def test_too_few_wrong_answers(root, folder):
    small.edit(folder / "exercise.toml", '[[wrong]]\nfile = "spins.py"\nstatus = "time_limit"\n', "")
    (folder / "wrong/spins.py").unlink()
    (finding,) = run(root, "04").findings
    assert finding.what == "4 wrong answers, at least 5 are required"


def test_a_misconception_that_no_wrong_answer_shows(root, folder):
    extra = (
        '\n[[misconception]]\nid = "other"\nbelief = "Something else."\nfact = "Something right."\ntaught_in = "04"\n'
    )
    (folder / "exercise.toml").write_text(small.EXERCISE_TOML + extra, "utf-8")
    (finding,) = run(root, "04").findings
    assert finding.what == "no wrong answer shows the misconception other" and finding.line == 60


def test_a_starter_that_passes_something(root, folder, monkeypatch):
    def eager(code, path, **options):
        verdict = small.grade(code, path, **options)
        if path.name == "starter.py":
            verdict["checks"][1] |= {"status": "passed", "points": 1}
            verdict["status"] = "failed"
        return verdict

    (finding,) = lint(root, ["04"], grade=eager).findings
    assert finding.file.endswith("starter.py") and "calls.in_order is passed by the starter" in finding.what


def test_a_starter_that_fails_as_a_whole(root):
    def refused(code, path, **options):
        verdict = small.grade(code, path, **options)
        if path.name == "starter.py":
            for each in verdict["checks"]:
                each["status"] = "not_run"
            verdict |= {
                "status": "error",
                "diagnoses": [{"kind": "x", "file": None, "line": None, "text": "No class."}],
            }
        return verdict

    (finding,) = lint(root, ["04"], grade=refused).findings
    assert "as a whole the starter is error, not not_attempted (No class.)" in finding.what


def test_a_gap_that_no_drive_reaches(root):
    def unreached(code, path, **options):
        verdict = small.grade(code, path, **options)
        if path.name == "closes.py":
            for each in verdict["checks"]:
                if each["task"] == "closes":
                    each |= {"status": "passed", "points": each["max"]}
        return verdict

    (finding,) = lint(root, ["04"], grade=unreached).findings
    assert finding.where == f"{F}/starter.py:16"
    assert "with the gaps of closes empty and all others filled, leaves.all_closed is passed" in finding.what


def test_a_starter_that_continues_another_exercise(root, folder):
    other = root / "exercises/03-before"
    for path in folder.rglob("*"):
        if path.is_file():
            target = other / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    for old, new in (
        ('id = "tiny-client"', 'id = "before"'),
        ('number = "04"', 'number = "03"'),
        ('chapter = "tiny-client"', 'chapter = "before"'),
    ):
        small.edit(other / "exercise.toml", old, new)
    small.edit(folder / "exercise.toml", 'builds_on = ""', 'builds_on = "before"')
    assert run(root, "04").findings == []
    small.edit(other / "solutions/reference.py", "self._client.get(path)", "self._client.get(path, timeout=1)")
    (finding,) = run(root, "04").findings
    assert finding.where == f"{F}/starter.py:13" and "exercises/03-before/solutions/reference.py" in finding.what


def test_a_grader_that_fails_on_everything_is_said_once(root):
    def broken(code, path, **options):
        return small.grade(code, path, **options) | {"status": "grader_fault", "runtime": {"faults": [trace]}}

    trace = 'Traceback:\n  File "/x/keepalive/grading/judge.py", line 3, in look\nKeyError: 7\n'
    (finding,) = lint(root, ["04"], grade=broken).findings
    assert finding.where == f"{F}/grader.py" and "look at keepalive.grading" in finding.mend
    trace = 'Traceback:\n  File "/x/keepalive/grading/judge.py", line 3, in look\n  File "/x/drive.py", line 9, in calls\nKeyError: 7\n'
    (finding,) = lint(root, ["04"], grade=broken).findings
    assert finding.where == f"{F}/drive.py:9" and finding.what.endswith("starter.py: KeyError: 7")


# ---- the course's own data -------------------------------------------------------------------------------------------


def test_a_chapter_without_its_notebook_and_a_notebook_without_its_chapter(root):
    notebooks = root / "notebooks"
    (notebooks / "04-tiny-client.ipynb").rename(notebooks / "04-tiny-clint.ipynb")
    found = run(root).findings
    assert [finding.where for finding in found] == ["notebooks/course.toml:18", "notebooks/04-tiny-clint.ipynb"]
    assert "04-tiny-client.ipynb" in found[1].mend
    assert run(root, "04").findings == [], "not asked for"


@pytest.mark.parametrize("cells", [[("# Another title", [])], [("No title", [])], [], None])
def test_a_notebook_with_another_title(root, cells):
    path = root / "notebooks/04-tiny-client.ipynb"
    path.write_text("no notebook" if cells is None else small.notebook(*cells), "utf-8")
    (finding,) = run(root).findings
    assert finding.where == "notebooks/course.toml:23" and "the title is 'A tiny client'" in finding.what


def test_two_places_that_disagree_about_minutes(root):
    small.edit(root / "notebooks/course.toml", "minutes_exercise = 15", "minutes_exercise = 20")
    (finding,) = run(root).findings
    assert finding.where == "notebooks/course.toml:27" and "minutes = 15" in finding.what


def test_a_course_toml_that_cannot_be_read(root):
    (root / "notebooks/course.toml").write_text("part = [", "utf-8")
    found = run(root).findings
    assert found[0].file == "notebooks/course.toml" and all(finding.file.startswith("notebooks/") for finding in found)


# ---- drafts and names ------------------------------------------------------------------------------------------------


def test_a_draft_is_listed_with_what_is_missing(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    (folder / "grader.py").unlink()
    code, text = report(root)
    assert code == 0
    assert text.startswith(f"draft 04-tiny-client: still missing\n  {F}/grader.py\n")
    assert f"next: the draft 04-tiny-client goes on with {F}/grader.py: write grader.py." in text


def test_a_draft_that_is_asked_for_by_name_fails_while_something_is_missing(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    (folder / "hints.md").unlink()
    assert report(root)[0] == 0 and report(root, "04")[0] == 1


def test_a_draft_without_all_its_wrong_answers_has_the_others_run(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    (folder / "wrong/spins.py").unlink()
    (folder / "wrong/per_call.py").write_text("# nothing wrong\n", "utf-8")
    code, text = report(root)
    assert code == 0
    assert "copy solutions/reference.py to wrong/spins.py and make the mistake in it" in " ".join(text.split())
    assert "calls.one_connection is passed" in text


def test_a_sentence_of_a_template_that_stands_in_a_ready_exercise(root, folder):
    small.edit(folder / "brief.md", "You write a class.", "For the author: what is it about?")
    (finding,) = run(root).findings
    assert finding.where == f"{F}/brief.md:3" and finding.what == "still to be written: what is it about?"


def test_a_draft_that_is_nearly_nothing(root, folder):
    for path in folder.rglob("*.*"):
        path.unlink()
    (folder / "exercise.toml").write_text('status = "draft"\n', "utf-8")
    code, text = report(root)
    assert code == 0 and text.startswith("draft 04-tiny-client: still missing\n") and "add a table [[task]]" in text


def test_a_complete_draft_is_told_to_become_ready(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    code, text = report(root, "4")
    assert code == 0 and "nothing is missing" in text
    assert f'next: write status = "ready" in {F}/exercise.toml, then run keepalive lint 04-tiny-client again.' in text


def test_the_answers_of_a_draft_are_run_too(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    (folder / "wrong/per_call.py").write_text("# nothing wrong\n", "utf-8")
    code, text = report(root)
    assert code == 0 and "calls.one_connection is passed" in text


@pytest.mark.parametrize(
    "name", ["04", "4", "tiny-client", "04-tiny-client", "exercises/04-tiny-client", "exercises/04-tiny-client/"]
)
def test_names_and_paths_are_accepted(root, name):
    assert run(root, name).proved == ["04-tiny-client"]


def test_an_unknown_name_gets_the_nearest(root):
    with pytest.raises(UnknownName, match="Did you mean 04-tiny-client"):
        run(root, "tiny-clent")


def test_several_findings_are_all_printed_and_counted(root, folder):
    (folder / "notes.txt").write_text("x")
    small.edit(folder / "brief.md", f"{FENCE}python", FENCE)
    code, text = report(root)
    assert code == 1 and "\n2 findings\n" in text
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("next:"))
