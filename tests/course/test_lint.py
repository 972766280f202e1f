# ruff: noqa: E501 - the table of breakages reads better in long lines
"""The linter finds every way to break an exercise's contract, says it once, and says how to mend it."""

import io

import pytest
from rich.console import Console

import small_course as small
from keepalive.course import Course, UnknownName
from keepalive.course.answers import as_files
from keepalive.course.lint import lint, main, verdicts

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
        "next: nothing is left to mend in it; run keepalive lint chapter 04, its notebook and questions too."
    )


FENCE = "```"
LAZY = small.ANSWERS_TOML[small.ANSWERS_TOML.index("[[right]]") : small.ANSWERS_TOML.index("[[misconception]]")]
PER_CALL = "+# fails: calls.one_connection=client-per-call\n"
BREAKAGES = [
    # (file, what is replaced, by what, where it is found, line, part of what, part of how to mend)
    # -- the folder
    ("notes.txt", None, "x", "notes.txt", None, "no part of an exercise", "take it out"),
    ("answers/data.json", None, "{}", "answers/data.json", None, "no part of an exercise", "take it out"),
    ("answers/other.py", None, "x = 1", "answers/other.py", None, "does not name", "add a [[right]] or [[wrong]]"),
    ("answers.toml", LAZY, "", "answers.toml", None, "no right answer beside", "goes a different way"),
    ("answers.toml", "+# lazy", "-# lazy", "answers.toml", 8, "not in the reference: '# lazy'", "as the reference has it"),
    # -- briefs and hints
    ("brief.md", f"{FENCE}python", FENCE, "brief.md", 5, "does not say its language", "```python"),
    ("brief.md", "answer = await", "answer = = await", "brief.md", 7, "does not parse", "mend the code"),
    ("hints.md", "httpx.AsyncClient()\n", "httpx.AsyncClient(\n", "hints.md", 10, "does not parse", "mend the code"),
    ("hints.md", "and how often?", f"like this:\n\n{FENCE}python\nx = 1\n{FENCE}", "hints.md", 1, "holds a code block", "ask a question"),
    ("hints.md", "Who makes", "Is it `await self._client.aclose( )`? Who makes", "hints.md", 1, "stands in the reference", "ask a question"),
    ("brief.md", "Open it **once**.", "Open it once, 3 times at most.", "brief.md", 12, "that names no check", "<!-- check: "),
    ("brief.md", "Open it **once**.", "Open it. <!-- check: calls.inorder -->", "brief.md", 12, "does not exist", "calls.in_order"),
    # -- drive.py
    ("drive.py", "import asyncio", "import asyncio\nimport httpx", "drive.py", 4, "imports httpx", "use run.httpx"),
    ("drive.py", "import asyncio", "import asyncio\nimport respx", "drive.py", 4, "imports respx", "nothing but the standard library"),
    ("drive.py", "import asyncio", "import asyncio\nfrom . import other", "drive.py", 4, "relative module", "nothing but the standard library"),
    ("drive.py", "import asyncio", "import asyncio\nfrom keepalive.grading import fail", "drive.py", 4, "imports keepalive.grading", "judge's side"),
    ("drive.py", "import asyncio", "import asyncio\nimport grader", "drive.py", 4, "imports grader", "judge's side"),
    ("drive.py", "    api = make()", "    api = make()\n    assert api", "drive.py", 8, "asserts", "let a check"),
    ("drive.py", "    api = make()", "    api = make()\n    the_grader = 1", "drive.py", 8, "names the grader", "judge's side"),
    ("drive.py", '"""What the exercise asks of your class."""', '"""See grader.py."""', "drive.py", 1, "in a text", "without the judge"),
    ("drive.py", "async def leaves", "async def leaves(", "drive.py", 12, "not Python", "mend the syntax"),
    ("drive.py", "async def leaves(make, run):\n    await make().aclose()", "def leaves(make, run):\n    pass", "grader.py", 25, "no async function of drive.py", "async def leaves"),
    ("drive.py", "async def leaves(", "async def leafes(", "grader.py", 25, "drives leaves", 'write drive="leafes"'),
    # -- the gaps of reference.py
    ("reference.py", "# end task\n\n    async def get", "# done\n\n    async def get", "reference.py", 16, "inside the gap of `opens`", "before it"),
    ("reference.py", "# task: closes\n", "# closes\n", "reference.py", 18, "without a `# task: <id>`", "begin the gap"),
    ("reference.py", "# task: closes", "# task: close", "reference.py", 16, "does not exist", "write `# task: closes`"),
    ("reference.py", '        # task: closes\n        await self._client.aclose()\n        # end task', "        await self._client.aclose()", "reference.py", None, "no gap for the task closes", "put `# task: closes`"),
    ("reference.py", "        # task: closes", "        pass\n        # task: closes, gone", "reference.py", None, "no gap for the task closes", "put `# task: closes`"),
    ("reference.py", "return await self._client.get(path)", "raise NotImplementedError", "reference.py", 13, "outside a gap", "put it between"),
    ("reference.py", "    def __init__(self):\n        # task: opens", "    # task: opens\n    x = 1\n\n    def __init__(self):", "reference.py", 8, "`x = 1` would be in the starter", "gone"),
    ("reference.py", "class ApiClient:", "class ApiClient", "reference.py", 6, "not Python", "mend the syntax"),
    # -- grader.py
    ("grader.py", 'fail(observed="Open."', "fail(observed=", "grader.py", 33, "not Python", "mend the syntax"),
    ("grader.py", '"""Left"""', '"""Left"""\n    net.no_such_thing()', "grader.py", 28, "AttributeError", "mend this line"),
    ("grader.py", 'task="closes", points=2', 'task="closes"', "exercise.toml", 15, "closes has no points", 'task="closes" and points'),
    ("grader.py", 'task="closes"', 'task="close"', "grader.py", 29, "the task close, which does not exist", 'write task="closes"'),
    ("grader.py", "@check(held=True, ", "@check(points=1, ", "grader.py", 20, "ValueError: a check belongs to a task", "mend this line"),
    ("grader.py", "@check(held=True, ", "@check(held=True, points=1, ", "grader.py", 20, "has no task and no points", "mend this line"),
    ("grader.py", '@check(held=True, needs="calls.one_connection")', '@check(held=True, needs="calls.one")', "grader.py", 20, "needs calls.one, and there is no such check", "or nothing"),
    ("grader.py", '@check(held=True, needs="calls.one_connection")', "@check(held=True)", "grader.py", 20, "calls.still_answers passes for code that does nothing", "what has to happen first"),
    ("grader.py", " or not run.connections", "", "grader.py", 25, "every check of leaves passes for code that does nothing", "add a check"),
    ("grader.py", '"never-closed": lambda', '"never-close": lambda', "grader.py", 29, "does not declare", 'write "never-closed"'),
    ("answers.toml", '"calls.in_order"', '"calls.inorder"', "answers.toml", 29, "no such check", 'write "calls.in_order"'),
    # -- answers
    ("answers.toml", "+# lazy", "+# fails: calls.in_order", "answers.toml", 4, "lazy: a right answer, and calls.in_order is failed: Seen", "mend the answer"),
    ("answers.toml", "+# lazy", "+# status: time_limit", "answers.toml", 4, "the run is time limit", "mend the answer"),
    ("reference.py", "class ApiClient:", "# differs by link\nclass ApiClient:", "reference.py", None, "differs from the one in the child at scenarios[calls].timeline[1].t (0.05 instead of 0.0)", "set order"),
    ("answers.toml", "+# lazy", "+# seed: 3", "answers.toml", 4, "not with seed 3: calls.one_connection", "chance decides nothing"),
    ("answers.toml", "+# lazy", "+# status: grader_fault", "grader.py", 12, "failed on the answer lazy: KeyError: 'late'", "mend this line"),
    ("answers.toml", PER_CALL, PER_CALL[:-1] + " calls.in_order\n", "answers.toml", 20, "per-call: calls.in_order fails too (Seen **by** calls.in_order.)", 'fails = ["calls.one_connection", "calls.in_order"]'),
    ("answers.toml", PER_CALL, "+# nothing wrong\n", "answers.toml", 20, "calls.one_connection is passed", "show the mistake"),
    ("answers.toml", PER_CALL, "+# fails: calls.in_order=client-per-call\n", "answers.toml", 20, "fails too", 'fails = ["calls.in_order"]'),
    ("answers.toml", PER_CALL, "+# fails: calls.one_connection\n", "answers.toml", 19, "names the misconception client-per-call (named: none)", "mend its predicate"),
    ("answers.toml", PER_CALL, "+# fails: calls.one_connection=never-closed\n", "answers.toml", 19, "(named: never-closed)", "mend its predicate"),
    ("answers.toml", PER_CALL, PER_CALL + "+# observed: \n", "grader.py", None, "without saying what was observed", "a text for observed"),
    ("answers.toml", PER_CALL, PER_CALL + "+# required: \n", "grader.py", None, "without saying what is required", "a text for required"),
    ("answers.toml", "calls.in_order\n", "calls.in_order\n+# observed: No.\n", "grader.py", None, "tell two-clients the same: No.", "one check of the two"),
    ("answers.toml", PER_CALL, PER_CALL + "+# status: time_limit\n", "answers.toml", 20, "the run as a whole is time limit", 'status = "time_limit"'),
    ("answers.toml", "+# status: time_limit\n", "+# fails: calls.in_order\n", "answers.toml", 62, "the run is failed, not time_limit", 'status = "failed"'),
    ("answers.toml", "+# late\n", "+# status: grader_fault\n", "grader.py", 12, "failed on the answer closed-late", "mend this line"),
]  # fmt: skip


def broken(folder, file, old, new):
    path = folder / file
    if old is not None:
        small.edit(path, old, new)
    elif new is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
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


@pytest.mark.parametrize("row", [row for row in BREAKAGES if row[0] == "hints.md"][:1] + BREAKAGES[:1])
def test_a_breakage_is_told_with_its_place_and_what_to_do_next(root, folder, row):
    broken(folder, *row[:3])
    (finding,) = run(root, "04").findings
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
    assert finding.where == f"{F}/exercise.toml:6"
    assert "expected a whole number of minutes" in finding.what and 'found "15"' in finding.what


def test_too_few_wrong_answers(root, folder):
    path = folder / "answers.toml"
    path.write_text(path.read_text("utf-8").partition("# Ends in")[0], "utf-8")
    (finding,) = run(root, "04").findings
    assert finding.what == "4 wrong answers, at least 5 are required"


def test_a_misconception_that_no_wrong_answer_shows(root, folder):
    extra = '\n[[misconception]]\nid = "other"\nbelief = "Something else."\nfact = "Something right."\n'
    (folder / "answers.toml").write_text(small.ANSWERS_TOML + extra, "utf-8")
    (finding,) = run(root, "04").findings
    assert finding.what == "no wrong answer shows the misconception other" and finding.line == 69


BELIEF = '[[misconception]]\nid = "never-closed"\nbelief = "Python closes it."\nfact = "It does not."\n'


def test_a_misconception_that_the_question_bank_has_too(root, folder):
    """Else the bank could not be read, and with it no test of the content."""
    bank = root / "exercises/questions"
    bank.mkdir()
    (bank / "misconceptions.toml").write_text(f'schema = 1\n\n{BELIEF}chapter = "03"\n', "utf-8")
    for status in ("ready", "draft"):
        small.edit(folder / "exercise.toml", 'status = "', f'status = "{status}" # "')
        found = run(root, "04")
        (finding,) = found.findings + found.drafts.get("04-tiny-client", [])
        assert finding.where == f"{F}/answers.toml:36"
        assert finding.what == "the misconception never-closed is in exercises/questions/misconceptions.toml too"
        assert "take it out there" in finding.mend


def test_a_draft_with_the_misconception_of_another_exercise(root):
    folder = small.write_next(root)
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    for name in ("answers.toml", "grader.py"):
        small.edit(folder / name, "never-ended", "never-closed")
    small.lock(root)
    (finding,) = run(root, "05").drafts["05-next-client"]
    assert finding.what == f"the misconception never-closed is in {F}/answers.toml too"


@pytest.mark.parametrize("status", ["ready", "draft"])
def test_a_grader_that_fails_is_said_first_whatever_else_is_found(root, folder, status):
    small.edit(folder / "exercise.toml", 'status = "ready"', f'status = "{status}"')
    small.edit(folder / "brief.md", "Open it **once**.", "Open it 3 times.")
    small.edit(folder / "answers.toml", "+# lazy", "-# lazy")
    small.edit(folder / "reference.py", "class ApiClient:", "# status: grader_fault\nclass ApiClient:")
    found = run(root, "04")
    first, *others = found.findings or found.drafts["04-tiny-client"]
    assert first.where == f"{F}/grader.py:12" and first.what == "the grader failed on the reference: KeyError: 'late'"
    assert {finding.file for finding in others} == {f"{F}/brief.md", f"{F}/answers.toml"}


def test_a_starter_that_passes_something(root, folder, monkeypatch):
    def eager(code, path, **options):
        verdict = small.grade(code, path, **options)
        if path.name == "starter.py":
            verdict["checks"][1] |= {"status": "passed", "points": 1}
            verdict["status"] = "failed"
        return verdict

    (finding,) = lint(root, ["04"], grade=eager).findings
    assert finding.file.endswith("reference.py") and "calls.in_order is passed by the starter" in finding.what


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
        if path.name == "open-closes.py":
            for each in verdict["checks"]:
                if each["task"] == "closes":
                    each |= {"status": "passed", "points": each["max"]}
        return verdict

    (finding,) = lint(root, ["04"], grade=unreached).findings
    assert finding.where == f"{F}/reference.py:16"
    assert "with the gaps of closes empty and all others filled, leaves.all_closed is passed" in finding.what


def test_a_starter_that_continues_another_exercise(root):
    folder = small.write_next(root)
    # What it asks for anew does not count: it lies in gaps.
    small.edit(folder / "answers.toml", small.NEXT_STARTER_CHANGE, "")
    small.lock(root)
    assert run(root, "05").findings == []
    other = root / small.FOLDER / "reference.py"
    small.edit(other, "self._client = httpx.AsyncClient()", "self._client = httpx.AsyncClient(timeout=1)")
    (finding,) = run(root, "05").findings
    assert finding.where == "exercises/05-next-client/reference.py"
    assert f"{F}/reference.py at `self._client = httpx.AsyncClient()`" in finding.what


def test_a_grader_that_fails_on_everything_is_said_once(root):
    def broken(code, path, **options):
        return small.grade(code, path, **options) | {"status": "grader_fault", "runtime": {"faults": [trace]}}

    trace = 'Traceback:\n  File "/x/keepalive/grading/judge.py", line 3, in look\nKeyError: 7\n'
    (finding,) = lint(root, ["04"], grade=broken).findings
    assert finding.where == f"{F}/grader.py" and "look at keepalive.grading" in finding.mend
    trace = 'Traceback:\n  File "/x/keepalive/grading/judge.py", line 3, in look\n  File "/x/drive.py", line 9, in calls\nKeyError: 7\n'
    (finding,) = lint(root, ["04"], grade=broken).findings
    assert finding.where == f"{F}/drive.py:9" and finding.what.endswith("the starter: KeyError: 7")


# ---- the course's own data -------------------------------------------------------------------------------------------


def test_a_chapter_without_its_notebook_and_a_notebook_without_its_chapter(root):
    notebooks = root / "notebooks"
    (notebooks / "04-tiny-client.ipynb").rename(notebooks / "04-tiny-clint.ipynb")
    found = run(root).findings
    assert [finding.where for finding in found] == ["notebooks/course.toml:18", "notebooks/04-tiny-clint.ipynb"]
    assert "04-tiny-client.ipynb" in found[1].mend
    assert run(root, "04").findings == [], "not asked for"


@pytest.mark.parametrize("cells", [[("# Its own title", [])], [("No title", [])], [], None])
def test_a_notebook_that_does_not_leave_its_title_open(root, cells):
    path = root / "notebooks/04-tiny-client.ipynb"
    path.write_text("no notebook" if cells is None else small.notebook(*cells), "utf-8")
    (finding,) = run(root).findings
    assert finding.where == "notebooks/04-tiny-client.ipynb" and "`# {title}`" in finding.mend


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
    assert text.endswith(
        'next: when blind answers by others are in, write status = "ready" in '
        f"{F}/exercise.toml, then run keepalive lint 04-tiny-client again; alone, hand it in as a draft and say so.\n"
    )


def test_the_answers_of_a_draft_are_run_too(root, folder):
    small.edit(folder / "exercise.toml", 'status = "ready"', 'status = "draft"')
    small.edit(folder / "answers.toml", PER_CALL, "+# nothing wrong\n")
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


def test_verdicts_are_kept_for_the_answers_that_stay_as_they_are(root, monkeypatch):
    """An answer is graded again when it, its grader or its drive is another."""
    exercise = Course.load(root).exercise("04")
    asked: list[str] = []

    def graded(code, path, seed):
        asked.append(path.stem)
        return {"status": "passed", "checks": [], "scenarios": []}

    monkeypatch.setattr(verdicts, "_graded", graded)
    monkeypatch.setattr(verdicts, "PROCESSES", 1)

    def grade(sources):
        asked.clear()
        with as_files(sources) as files:
            runs = verdicts.Verdicts(exercise, root, None)
            runs.prepare((path, 1) for path in files.values())
            assert all(runs(path, "direct", 1)["status"] == "passed" for path in files.values())
        return list(asked)

    assert grade({"one": "x = 1\n", "two": "x = 2\n"}) == ["one", "two"]
    assert grade({"one": "x = 1\n", "two": "x = 3\n"}) == ["two"]
    monkeypatch.setattr(verdicts.hashes, "engine", lambda: "another engine")
    assert grade({"one": "x = 1\n", "two": "x = 3\n"}) == ["one", "two"]


def test_what_a_child_process_showed_is_kept_too(root, monkeypatch):
    exercise = Course.load(root).exercise("04")
    played: list[str] = []

    def grade(code, path, *, link, **_):
        played.append(link)
        return {"status": "output_limit", "checks": [], "scenarios": []}

    monkeypatch.setattr(verdicts, "_real", lambda: grade)
    with as_files({"one": "x = 1\n"}) as files:
        for _ in range(2):
            runs = verdicts.Verdicts(exercise, root, None)
            runs.prepare([])
            assert runs(files["one"], "child", 1)["status"] == "output_limit"
            assert runs.difference(files["one"], 1, lambda child, direct: None) is None
        assert played == ["child", "child", "direct"]
        assert runs.difference(files["one"], 2, lambda child, direct: "here") == "here"


@pytest.mark.parametrize("end", [{"status": "time_limit"}, {"status": "failed", "diagnoses": [{"kind": "time_limit"}]}])
def test_a_verdict_that_ran_into_a_time_limit_is_not_kept(root, monkeypatch, end):
    """On a machine that is busy the right answer ends so, and that is no reason to say it again an hour later."""
    exercise = Course.load(root).exercise("04")
    ends = [end, {"status": "passed"}]

    def grade(code, path, **_):
        return {"checks": [], "scenarios": [], "diagnoses": [], **ends.pop(0)}

    monkeypatch.setattr(verdicts, "_real", lambda: grade)
    monkeypatch.setattr(verdicts, "PROCESSES", 1)
    with as_files({"one": "x = 1\n"}) as files:
        for status in (end["status"], "passed", "passed"):
            runs = verdicts.Verdicts(exercise, root, None)
            runs.prepare([(files["one"], 1)])
            assert runs(files["one"], "direct", 1)["status"] == status
    assert ends == []
