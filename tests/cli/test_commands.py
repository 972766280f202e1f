"""`keepalive` as a learner types it: what it prints, what it leaves behind, and its exit code."""

import json
import os
import subprocess

import pytest

import small_course as small
from keepalive import __version__, cli
from keepalive.course import Course
from keepalive.course.gaps import plain
from keepalive.course.progress import Progress

PASS = "# all is well\n"
NOT_YET = "# fails: calls.one_connection=client-per-call\n"


def written(path):
    return path.read_text("utf-8")


# ---- wrong use of the program ----------------------------------------------------------------------------------------


def test_without_a_command_the_help(run):
    result = run()
    assert result.code == 2 and "commands:" in result.err and result.out == ""


def test_help_and_version(run):
    assert run("--help").code == 0
    assert f"keepalive {__version__}" in run("--version").out


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("lst", "list"), ("hints", "hint")])
def test_a_command_that_does_not_exist_gets_the_nearest(run, typed, meant):
    result = run(typed)
    assert result.code == 2 and f"Did you mean {meant}?" in result.err and result.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("start",),
        ("hint",),
        ("solution",),
        ("check", "04", "--seed", "x"),
        ("check", "--nope"),
        ("api", "--port", "70000"),
        ("api", "--port", "http"),
    ],
)
def test_missing_and_odd_arguments(run, arguments):
    result = run(*arguments)
    assert result.code == 2 and result.err and result.out == ""


@pytest.mark.parametrize("command", ["start", "check", "hint", "solution", "lint"])
def test_an_exercise_that_does_not_exist_gets_the_nearest(run, command):
    result = run(command, "tiny-clinet")
    assert result.code == 2 and result.out == ""
    assert "There is no exercise 'tiny-clinet'. Did you mean 04-tiny-client? There are: 04-tiny-client." in result.err


def test_a_chapter_without_an_exercise(run):
    assert "Chapter 03 (What comes before) has no exercise." in run("start", "03").err


def test_a_broken_course_is_not_the_learners_doing(run, root):
    small.edit(root / small.FOLDER / "exercise.toml", "minutes = 15", 'minutes = "x"')
    result = run("list")
    assert result.code == 3 and result.out == ""
    for part in ("not your doing", f"{small.FOLDER}/exercise.toml:6: minutes", "expected:", "found:", "mend:"):
        assert part in result.err


def test_ctrl_c(run, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "list", interrupted)
    assert run("list").code == 130


# ---- list, start, work -----------------------------------------------------------------------------------------------


def test_list_shows_what_was_done(run, answer):
    def standing():
        result = run("list")
        assert result.code == 0 and result.lines[0] == "Part 1. Ground"
        return result.lines[1].rpartition("15 min")[2].strip()

    assert standing() == "not started"
    answer(small.STARTER)
    run("check", "04")
    assert standing() == "not attempted"
    answer(NOT_YET)
    run("check", "04")
    assert standing() == "not yet, 3 of 5 points"
    answer(PASS)
    run("check", "04")
    assert standing() == "passed"
    answer(NOT_YET)
    run("check", "04")
    assert standing() == "passed"


def test_list_without_exercises(run, root):
    small.edit(root / small.FOLDER / "exercise.toml", 'status = "ready"', 'status = "draft"')
    assert run("list").out == "There is no exercise yet.\n"


def test_start_writes_the_starter_and_shows_the_brief(run, root):
    result = run("start", "4")
    path = root / "work/04-tiny-client.py"
    assert result.code == 0 and written(path) == small.STARTER
    assert "04  A tiny client" in result.out and "You write a class." in result.out
    assert "1. Open it once  (opens, 3 points)" in result.out and "Close it with `aclose`." in result.out
    assert f"Your file: {os.path.join('work', '04-tiny-client.py')}" in result.out
    assert result.lines[-1].startswith("Next: open it") and "keepalive check 04" in result.lines[-1]


def test_start_leaves_a_file_alone_and_says_so(run, root, answer):
    path = answer("mine")
    result = run("start", "04")
    assert result.code == 0 and written(path) == "mine"
    assert "is there already and was left as it is" in result.out and "start 04 --again" in result.out


def test_start_again(run, root, answer):
    answer("mine")
    result = run("start", "04", "--again")
    assert result.code == 0 and written(root / "work/04-tiny-client-2.py") == small.STARTER
    assert f"check {os.path.join('work', '04-tiny-client-2.py')}" in result.out


def test_a_folder_that_cannot_be_written_to(run, root):
    (root / "work").write_text("a file")
    for command in (("start", "04"), ("work",)):
        result = run(*command)
        assert result.code == 2 and "KEEPALIVE_WORK" in result.err


def test_work_puts_everything_there_and_says_what_changed(run, root):
    result = run("work")
    assert result.code == 0 and sorted(p.name for p in (root / "work").iterdir()) == [
        ".keepalive.json", "03-before.ipynb", "04-tiny-client.ipynb", "04-tiny-client.py",
    ]  # fmt: skip
    assert result.out.count(": new\n") == 3
    assert run("work").out == "Your folder work is up to date: 3 files.\n"
    (root / "work/04-tiny-client.py").write_text("mine")
    small.edit(root / small.FOLDER / "reference.py", "Your client.", "Your own client.")
    result = run("work")
    assert "04-tiny-client.py is yours and was left as it is" in result.out and "04-tiny-client.new.py" in result.out


# ---- check: which file -----------------------------------------------------------------------------------------------


def test_check_by_name_checks_the_learners_file(run, answer):
    answer(PASS)
    assert run("check", "tiny-client").code == 0


def test_check_by_name_without_a_file(run):
    result = run("check", "04")
    assert result.code == 2 and "There is no" in result.err and "keepalive start 04" in result.err


def test_check_by_file_knows_the_exercise_by_its_name(run, root, tmp_path):
    path = tmp_path / "04-tiny-client-2.py"
    path.write_text(PASS)
    assert run("check", str(path)).code == 0
    path = root / "tiny_client.py"
    path.write_text(NOT_YET)
    assert run("check", "tiny_client.py").code == 1


def test_a_file_whose_name_says_nothing_needs_the_exercise(run, root):
    (root / "mine.py").write_text(PASS)
    result = run("check", "mine.py")
    assert result.code == 2 and "does not say which exercise" in result.err
    assert "keepalive check mine.py --exercise 04-tiny-client" in result.err
    assert run("check", "mine.py", "--exercise", "04").code == 0
    assert "Did you mean 04-tiny-client" in run("check", "mine.py", "--exercise", "04-tiny").err


def test_a_file_without_a_suffix_can_be_checked(run, root):
    (root / "mine").write_text(PASS)
    assert run("check", "mine", "--exercise", "04").code == 0


def test_check_of_an_exercise_without_a_file_argument(run, answer):
    answer(PASS)
    assert run("check", "--exercise", "04").code == 0


def test_check_without_anything_takes_the_answer_changed_last(run, root, answer):
    run("work")
    second = answer(NOT_YET, "04-tiny-client-2.py")
    os.utime(second, (1000, 1000))
    result = run("check")
    assert result.code == 1
    assert result.lines[0] == f"Checking {os.path.join('work', '04-tiny-client-2.py')}, your newest answer."


def test_check_without_anything_and_without_answers(run):
    result = run("check")
    assert result.code == 2 and "no answer in work yet" in result.err and "keepalive start NAME" in result.err


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("work/04-tiny-clint.py", "Did you mean work/04-tiny-client.py?"),
        ("04-tiny-client.py", "Did you mean work/04-tiny-client.py?"),
        ("nowhere/x.py", "keepalive start NAME"),
    ],
)
def test_a_file_that_does_not_exist(run, answer, name, sentence):
    answer(PASS)
    result = run("check", name)
    assert result.code == 2 and "There is no file" in result.err and sentence in result.err.replace("\\", "/")


def test_a_folder_instead_of_a_file(run, answer):
    answer(PASS)
    result = run("check", "./work")
    assert result.code == 2 and "is a folder" in result.err


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (b"x = 1\ny = '\xe9'\n", ["line 2", "0xe9", "Save the file as UTF-8"]),
        ("x = 1\n".encode("utf-16"), ["UTF-16", "Save the file as UTF-8"]),
        (b"", ["is empty", "--again"]),
        (b"\xef\xbb\xbf \n\n", ["is empty"]),
    ],
)
def test_a_file_that_cannot_be_graded(run, answer, content, sentences):
    answer("").write_bytes(content)
    for arguments in (("check", "04"), ("check", "04", "--json")):
        result = run(*arguments)
        assert result.code == 2 and result.out == ""
        assert all(sentence in result.err for sentence in sentences)
    assert Progress().events == (), "nothing was checked"


def test_a_byte_order_mark_does_no_harm(run, answer):
    answer("").write_bytes(b"\xef\xbb\xbf" + PASS.encode())
    assert run("check", "04").code == 0


def test_a_file_with_a_coding_line_is_read_as_python_reads_it(run, answer):
    answer("").write_bytes(b"# -*- coding: latin-1 -*-\n# F\xfcr das Depot\n" + PASS.encode())
    assert run("check", "04").code == 0
    result = run("diff", "04")
    assert result.code == 0 and "F\xfcr das Depot" in result.out


def test_an_encoding_that_nobody_knows_is_for_the_grader(run, answer):
    answer("").write_bytes(b"# coding: klingon\n" + PASS.encode())
    assert run("check", "04").code == 0


def test_a_command_with_a_path_can_be_pasted(run, answer, root, monkeypatch):
    monkeypatch.setattr("os.name", "posix")
    path = answer("# fails: calls.one_connection\n", "my client.py")
    out = " ".join(run("check", str(path), "--exercise", "04").out.split())
    assert "`keepalive check 'work/my client.py' --exercise 04`" in out
    assert "Say it with: keepalive check 'work/my client.py' --exercise " in run("check", "work/my client.py").err


# ---- check: what is asked of the grader ------------------------------------------------------------------------------


def test_the_child_by_default_and_this_process_when_asked(run, answer, monkeypatch):
    asked = []

    def grade(code, path, **options):
        asked.append((code.id, path.name, options))
        return small.grade(code, path, **options)

    monkeypatch.setattr("keepalive.grading.grade", grade)
    monkeypatch.setattr("keepalive.grading.apart.verdict_of", lambda make: make())  # a copy would ask out of sight
    answer(PASS)
    run("check", "04")
    run("check", "04", "--fast", "--seed", "7")
    assert asked == [
        ("tiny-client", "04-tiny-client.py", {"link": "child", "frontend": "terminal", "seed": None}),
        ("tiny-client", "04-tiny-client.py", {"link": "direct", "frontend": "terminal", "seed": 7}),
    ]


def test_json_is_the_verdict_and_nothing_else(run, answer):
    path = answer(NOT_YET + "# prints: h\u00e9llo\n")
    result = run("check", "04", "--json", "--seed", "7")
    verdict = json.loads(result.out)
    assert result.code == 1 and result.err == "" and result.out.isascii()
    assert (verdict["exercise"], verdict["status"], verdict["seed"]) == ("tiny-client", "failed", 7)
    assert verdict["output"] == "h\u00e9llo" and path.is_file()


@pytest.mark.parametrize(
    ("status", "code"),
    [("passed", 0), ("failed", 1), ("not_attempted", 1), ("error", 1), ("time_limit", 1), ("memory_limit", 1),
     ("output_limit", 1), ("ended_early", 1), ("grader_fault", 3)],
)  # fmt: skip
def test_exit_codes(run, answer, status, code):
    answer(f"# status: {status}\n")
    for arguments in (("check", "04"), ("check", "04", "--json")):
        assert run(*arguments).code == code


def test_a_check_is_recorded_but_not_a_fault_of_ours(run, answer):
    answer(NOT_YET)
    run("check", "04")
    answer("# status: grader_fault\n")
    result = run("check", "04")
    assert "not your code" in result.out and "report" in result.out
    (event,) = Progress().of("check", "tiny-client")
    assert event.data["tasks"] == {"opens": "failed", "closes": "passed"}


def test_progress_that_cannot_be_written_does_not_stop_the_check(run, answer, tmp_path, monkeypatch):
    (tmp_path / "home").write_text("a file")
    answer(PASS)
    result = run("check", "04", "--json")
    assert result.code == 0 and json.loads(result.out)["status"] == "passed"
    assert result.err.startswith("Note: Your progress")


# ---- check: what a person reads --------------------------------------------------------------------------------------


def test_not_yet_says_what_was_seen_what_is_required_and_what_next(run, answer):
    answer(NOT_YET + "# prints: trying\n")
    result = run("check", "04")
    text = result.out
    assert "Not yet. 3 of 5 points." in text
    assert "[not yet] Open it once  1 of 3 points" in text and "[passed] Close it again  2 of 2 points" in text
    assert "Two calls use one connection: not yet" in text
    assert "Seen by calls.one_connection." in text, "Markdown, read out"
    assert "Required: What `is` right." in text, "code keeps its backticks without colour"
    assert "A client owns a pool; closing it closes every connection." in text, "the misconception's fact"
    assert "  Hint 1 of 2: `keepalive hint 04 opens`\n" in text
    assert "What worked before" in text and "It still answers: passed" in text
    assert "What the server saw: Two calls" in text and "What the server saw: Left" not in text
    assert "Your code printed:\n  | trying\n" in text
    assert "\nNext: Change your code, then run `keepalive check 04`. Or ask:\n`keepalive hint 04 opens`\n" in text


def test_a_pass_offers_the_solution(run, answer):
    answer(PASS)
    result = run("check", "04")
    assert "All tasks passed. 5 of 5 points.\n" in result.out and "Required" not in result.out
    assert "\nNext: `keepalive solution 04` shows the reference and other right answers.\n" in result.out


def test_a_starter_is_told_that_its_gaps_are_empty(run):
    run("start", "04")
    result = run("check", "04")
    assert result.code == 1 and "No task is finished yet." in result.out
    assert result.out.count("[not attempted]") == 2


def test_a_fact_is_said_once_however_many_checks_it_failed(run, answer):
    answer("# fails: calls.one_connection=client-per-call calls.in_order=client-per-call\n")
    assert run("check", "04").out.count("A client owns a pool") == 1


def with_diagnosis(monkeypatch, change):
    def grade(code, path, **options):
        verdict = small.grade(code, path, **options)
        change(verdict)
        return verdict

    monkeypatch.setattr("keepalive.grading.grade", grade)


def test_code_that_cannot_run_gets_its_line_and_trace(run, answer, monkeypatch):
    def broken(verdict):
        said = "It does not compile: `(` was never closed."
        diagnosis = {"kind": "syntax", "file": "04-tiny-client.py", "line": 3, "text": said, "trace": "    x = (\n"}
        for check in verdict["checks"]:
            check |= {"status": "not_run", "points": 0}
        verdict |= {"status": "error", "passed": False, "points": 0, "diagnoses": [diagnosis]}

    with_diagnosis(monkeypatch, broken)
    answer(PASS)
    result = run("check", "04")
    assert result.code == 1
    assert "Your code could not be run." in result.out and "04-tiny-client.py, line 3\n" in result.out
    assert "`(` was never closed" in result.out and "    x = (" in result.out
    assert "[not run]" not in result.out, "no task has anything to say"


def test_what_stopped_a_scenario_is_said_once(run, answer, monkeypatch):
    def stopped(verdict):
        diagnosis = {"kind": "deadlock", "file": "04-tiny-client.py", "line": 9, "text": "Nobody ends this wait."}
        for check in verdict["checks"][:2]:
            check |= {"status": "failed", "points": 0, "observed": "Nobody ends this wait.", "required": "An end.",
                      "diagnosis": diagnosis}  # fmt: skip
        verdict |= {"status": "failed", "passed": False}

    with_diagnosis(monkeypatch, stopped)
    answer(PASS)
    out = run("check", "04").out
    assert "    Nobody ends this wait.\n    Required: An end.\n    04-tiny-client.py, line 9\n" in out
    assert "In order: not yet, as with “Two calls use one connection”\n" in out
    assert out.count("line 9") == out.count("Nobody ends") == out.count("An end.") == 1


def test_a_task_that_waits_for_another_says_for_which(run, answer, monkeypatch):
    why = "This can be seen once task `opens` is written."

    def waits(verdict):
        for check in verdict["checks"]:
            if check["task"] == "closes":
                check |= {
                    "status": "not_run",
                    "points": 0,
                    "observed": "This can be seen once task `opens` is written.",
                }

    with_diagnosis(monkeypatch, waits)
    answer(NOT_YET)
    out = run("check", "04").out
    assert f"[not run] Close it again  0 of 2 points\n  {why}\n" in out


def test_long_output_is_cut_in_the_middle(run, answer, monkeypatch):
    with_diagnosis(monkeypatch, lambda verdict: verdict.update(output="".join(f"line {n}\n" for n in range(500))))
    answer(PASS)
    out = run("check", "04").out
    assert "| line 9\n  | … 450 lines left out\n  | line 460\n" in out


def test_where_everything_fails_the_first_timeline_is_not_buried(run, answer, monkeypatch):
    def many(verdict):
        (first, second), events = verdict["scenarios"], []
        for n in range(30):
            at, asked = n / 10, {"method": "GET", "path": f"/{n}", "bytes": 9}
            events.append({"t": at, "kind": "request", "conn": 0, "request": n, "data": asked})
            answered = {"status": 200, "bytes": 9, "from": at}
            events.append({"t": at, "kind": "answer", "conn": 0, "request": n, "data": answered})
        for scenario in (first, second):
            scenario["timeline"][2:2] = events

    with_diagnosis(monkeypatch, many)
    answer("# fails: calls.one_connection=client-per-call leaves.all_closed=never-closed\n")
    out = run("check", "04").out
    timelines = out.partition("What the server saw: ")[2].partition("\nNot yet.")[0].split("What the server saw: ")
    assert [len(timeline.strip().splitlines()) > 30 for timeline in timelines] == [True, False]
    assert all(len(timeline.strip().splitlines()) >= 2 for timeline in timelines), "title and sum"


ESCAPES = "\x1b[31mred\x07\x9b2J [bold]not markup[/bold]"
SHOWN = r"\x1b[31mred\x07\x9b2J [bold]not markup[/bold]"


def written_by_a_learner(verdict):
    """Escape codes wherever a learner's code has a say."""
    diagnosis = {"kind": "exception", "file": ESCAPES, "line": 9, "text": f"It raised {ESCAPES}", "trace": ESCAPES}
    verdict["checks"][0] |= {"status": "failed", "observed": ESCAPES, "required": "None.", "diagnosis": diagnosis}
    sent = {"method": "GET", "path": f"/{ESCAPES}", "bytes": 9}
    verdict["scenarios"][0]["timeline"][2:2] = [{"t": 0.0, "kind": "request", "conn": 0, "request": 0, "data": sent}]
    verdict |= {"status": "failed", "passed": False, "output": f"{ESCAPES}\n", "diagnoses": [{**diagnosis, "line": 1}]}


def test_escape_codes_of_a_learner_do_not_reach_the_terminal(run, answer, monkeypatch):
    with_diagnosis(monkeypatch, written_by_a_learner)
    answer(PASS)
    out = run("check", "04").out
    assert not any(char in out for char in "\x1b\x07\x9b")
    for place in ("  | {}\n", "GET /{}", "    {}\n", "{}, line 9\n", "{}, line 1\n", "It raised {}\n"):
        assert place.format(SHOWN) in out, place


def test_json_has_what_was_written_as_it_was(run, answer, monkeypatch):
    with_diagnosis(monkeypatch, written_by_a_learner)
    answer(PASS)
    out = run("check", "04", "--json").out
    assert "\x1b" not in out and json.loads(out)["output"] == f"{ESCAPES}\n"


@pytest.mark.skipif(os.name == "nt", reason="no such name there")
def test_escape_codes_in_a_files_name_do_not_reach_the_terminal(run, answer):
    path = answer(PASS, "a\x1b[2Jb.py")
    for arguments in (("check", str(path), "--exercise", "04"), ("check", str(path))):
        result = run(*arguments)
        assert r"a\x1b[2Jb.py" in result.out + result.err and "\x1b" not in result.out + result.err


# ---- hint, solution --------------------------------------------------------------------------------------------------


def test_hints_are_counted_and_then_the_solution_is_offered(run):
    first, second, third = run("hint", "04"), run("hint", "04"), run("hint", "04")
    assert "Hint 1 of 2" in first.out and "how often?" in first.out and first.code == 0
    assert "Hint 2 of 2" in second.out and "self._client = httpx.AsyncClient()" in second.out
    assert "keepalive solution 04 --reveal" in second.out
    assert "Hint 2 of 2 (again: there is no further one)" in third.out
    assert [event.data for event in Progress().of("hint", "tiny-client")] == [
        {"task": "opens", "number": 1},
        {"task": "opens", "number": 2},
    ]


def test_hints_go_on_with_the_first_task_not_passed(run, answer):
    answer("# fails: leaves.all_closed=never-closed\n")
    run("check", "04")
    assert "Task: Close it again (closes)\nHint 1 of 1" in run("hint", "04").out
    assert "Task: Open it once (opens)\nHint 1 of 2" in run("hint", "04", "1").out
    result = run("hint", "04", "open")
    assert result.code == 2 and "There is no task 'open'. Did you mean opens?" in result.err


def test_no_hint_is_needed_after_a_pass(run, answer):
    answer(PASS)
    run("check", "04")
    result = run("hint", "04")
    assert result.code == 0 and "Every task of this exercise is passed." in result.out
    assert "--reveal" not in run("hint", "04", "closes").out


def test_the_solution_waits_for_a_pass(run, answer):
    result = run("solution", "04")
    assert result.code == 1 and result.out == "" and "--reveal" in result.err
    assert not Progress().solution_seen("tiny-client")
    revealed = run("solution", "04", "--reveal")
    assert revealed.code == 0 and revealed.out.startswith(plain(small.REFERENCE))
    assert Progress().solution_seen("tiny-client")
    assert "solution seen" in run("list").out
    answer(PASS)
    run("check", "04")
    assert run("solution", "04").code == 0


def test_the_solution_names_the_others(run):
    out = run("solution", "04", "--reveal").out.replace("\\", "/")
    assert "Other right answers:\n  lazy\n    Right as well: made with the first request.\n" in out
    assert "\nTo have one as a file: keepalive answer 04 lazy\n" in out


# ---- lint, api -------------------------------------------------------------------------------------------------------


def test_lint(run, root):
    result = run("lint", "04")
    assert result.code == 0 and result.out.startswith("04-tiny-client: keeps its contract\n")
    (root / small.FOLDER / "notes.txt").write_text("x")
    result = run("lint")
    assert result.code == 1 and result.out.startswith(f"{small.FOLDER}/notes.txt\n")
    assert result.lines[-1].startswith("next: mend ")


def test_lint_accept(run, root):
    path = root / small.FOLDER / "answers.toml"
    declared = path.read_text("utf-8")
    small.edit(path, 'status = "time_limit"', 'status = "memory_limit"')
    result = run("lint", "--accept", "04")
    assert result.code == 0 and result.lines == [
        "spins: time limit (before: memory limit)",
        f"{small.FOLDER}/answers.toml: 1 answer written anew",
        "Next: git diff. Each must be the check that you meant, failing for its own reason.",
    ]
    assert path.read_text("utf-8") == declared
    small.edit(path, "+# status: time_limit\n", "+# nothing wrong\n")
    refused = run("lint", "--accept", "04")
    assert refused.code == 1 and "spins: it is a wrong answer, and no check fails" in refused.out
    assert refused.lines[-1] == "Next: mend what was refused, then keepalive lint --accept 04 again."
    assert run("lint", "--accept").code == 2


def test_an_answer_goes_out_as_a_file_and_comes_back(run, root):
    result = run("answer", "04", "per-call")
    assert result.code == 0 and result.lines == [
        "04-tiny-client-per-call.py",
        "Next: keepalive check 04-tiny-client-per-call.py",
    ]
    path = root / "04-tiny-client-per-call.py"
    assert written(path) == Course.load(root).exercise("04").answer("per-call").source
    result = run("answer", "04", "per-call")
    assert result.code == 2 and "is there already" in result.err and "--out" in result.err
    assert run("answer", "04", "starter", "--out", "mine.py").code == 0 and written(root / "mine.py") == small.STARTER

    path.write_text(written(path) + "# more\n", "utf-8")
    result = run("answer", "04", path.name, "--save", "per-call")
    assert result.code == 0 and result.lines[0] == f"{small.FOLDER}/answers.toml: per-call, 5 lines"
    assert Course.load(root).exercise("04").answer("per-call").source == written(path)
    result = run("answer", "04", path.name, "--save", "more", "--misconception", "never-closed")
    assert result.code == 0 and result.lines[0].endswith(": more, 5 lines, new")
    assert "small letters" in run("answer", "04", path.name, "--save", "More").err
    assert "Did you mean lazy" in run("answer", "04", "lzy").err


def test_a_change_of_a_reference_is_carried_on(run, root):
    small.write_next(root)
    nobody = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*nobody, "commit", "-qm", "As it was"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    small.edit(
        root / small.FOLDER / "reference.py", "    async def aclose(self):", "    async def aclose(self):  # new"
    )
    result = run("merge", "04")
    assert result.code == 0
    assert result.lines == [
        f"{small.FOLDER}/reference.py: changed",
        "exercises/05-next-client/reference.py: changed",
        "Next: keepalive lint",
    ]
    assert "# new" in written(root / "exercises/05-next-client/reference.py")
    small.edit(root / small.FOLDER / "reference.py", "import httpx", "import httpx  # new")
    result = run("merge", "04")
    assert "  written anew in answers.toml: lazy, per-call, two-clients, left-open, closed-late, spins" in result.lines
    assert "\n import httpx  # new\n+# lazy\n" in written(root / small.FOLDER / "answers.toml")
    small.edit(root / small.FOLDER / "answers.toml", " import httpx  # new\n+# lazy", " import other\n+# lazy")
    result = run("merge", "04")
    assert f"{small.FOLDER}/answers.toml:8" in result.out and "import other" in result.out
    small.edit(root / small.FOLDER / "reference.py", "# new\n        # task: closes", "# newer\n        # task: closes")
    result = run("merge", "04")
    assert result.code == 1 and "Both sides stand in exercises/05-next-client/reference.py, in line" in result.out
    assert result.lines[-1] == "Next: choose there, then keepalive merge 05"
    assert "git has no reference.py" in run("merge", "04", "--from", "nowhere").err


def test_new_exercise_and_chapter(run, root):
    result = run("new", "exercise", "05", "late")
    assert result.code == 2 and "new chapter 05 late" in result.err and not (root / "exercises/05-late").exists()
    result = run("new", "chapter", "05", "late", "--title", "Too late", "--part", "1")
    assert result.code == 0 and result.lines[:2] == ["notebooks/05-late.ipynb", "notebooks/course.toml"]
    result = run("new", "exercise", "05", "late", "--builds-on", "04")
    assert result.code == 0 and result.lines[0] == "exercises/05-late/exercise.toml"
    assert result.lines[-1].startswith("Next: keepalive lint 05 says")
    result = run("new", "exercise", "05", "late")
    assert result.code == 2 and "already" in result.err
    for wrong in (["new"], ["new", "exercise", "05"], ["new", "question", "05", "x"]):
        assert run(*wrong).code == 2


def test_an_author_checks_an_answer_of_a_draft_and_it_is_not_counted(run, root, tmp_path):
    small.edit(root / small.FOLDER / "exercise.toml", 'status = "ready"', 'status = "draft"')
    path = root / "per_call.py"
    path.write_text("# fails: calls.one_connection\n", "utf-8")
    result = run("check", str(path), "--exercise", "04")
    assert result.code == 1 and "Seen by calls.one_connection." in result.out
    assert not list((tmp_path / "home").rglob("*.json"))
    assert run("start", "04").code == 2, "hidden from learners"


def test_api_hands_on_what_it_is_given(run, monkeypatch):
    calls = []
    monkeypatch.setattr("keepalive.practice_api.main", lambda **kwargs: calls.append(kwargs) or 0)
    assert run("api").code == 0 and run("api", "--port", "0").code == 0 and run("api", "--port", "8123").code == 0
    assert calls == [{}, {"port": 0}, {"port": 8123}]
    calls.clear()
    assert run("api", "--rtt", "80", "--tls", "1.3", "--fault", "cut after_bytes=3", "--fault", "hang").code == 0
    assert calls == [{"rtt": 0.08, "tls": "1.3", "faults": ["cut after_bytes=3", "hang"]}]
    assert run("api", "--tls", "1.1").code == 2 and run("api", "--rtt", "-1").code == 2


# ---- check of a notebook ---------------------------------------------------------------------------------------------


def written_notebook(root, *sources, name="04-tiny-client.ipynb"):
    given = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in sources
    ]
    path = root / "work" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": given, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


IN_A_CELL = "class ApiClient:\n    pass\n"


def test_a_notebook_is_checked_and_left_as_it_is(run, root):
    path = written_notebook(root, "import httpx\nx = (", IN_A_CELL, name="mine.ipynb")
    before = path.read_bytes()
    result = run("check", os.path.join("work", "mine.ipynb"))
    assert result.code == 2 and "check work/mine.ipynb --exercise 04-tiny-client" in result.err.replace("\\", "/")
    result = run("check", os.path.join("work", "mine.ipynb"), "--exercise", "04")
    assert result.code == 0 and result.lines[0] == "Code cell 1 does not parse, so nothing was taken from it."
    assert Progress().passed("tiny-client")
    result = run("check", os.path.join("work", "mine.ipynb"), "--exercise", "04", "--json")
    assert json.loads(result.out)["status"] == "passed" and result.err.startswith("Note: Code cell 1 does not parse")
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["mine.ipynb"]


def test_what_to_type_next_names_the_notebook(run, root, monkeypatch):
    written_notebook(root, 'class ApiClient:\n    raise NotImplementedError("task opens")')
    out = run("check", os.path.join("work", "04-tiny-client.ipynb")).out.replace("\\", "/")
    said = " ".join(out.split())
    assert "Change your code, then run `keepalive check work/04-tiny-client.ipynb`." in said
    assert "Or ask: `keepalive hint 04 opens`" in said
    assert "Did you mean" in run("check", os.path.join("work", "04-tiny-clint.ipynb")).err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"x = 1\n", "not JSON"), (b"{}", 'no list of "cells"'), (b"", "so it is no notebook"), (b"\xff", "UTF-8")],
)
def test_what_is_no_notebook(run, root, content, sentence):
    written_notebook(root).write_bytes(content)
    result = run("check", os.path.join("work", "04-tiny-client.ipynb"))
    assert result.code == 2 and result.out == "" and sentence in result.err and Progress().events == ()


# ---- diff ------------------------------------------------------------------------------------------------------------


def test_the_reference_is_compared_after_a_pass_or_when_asked_for(run, answer):
    answer(small.REFERENCE.replace("httpx.AsyncClient()", "httpx.AsyncClient(timeout=1)"))
    result = run("diff", "04")
    assert result.code == 1 and result.out == "" and "diff 04 --starter" in result.err and "--reveal" in result.err
    assert not Progress().solution_seen("tiny-client")
    revealed = run("diff", "04", "--reveal")
    assert revealed.code == 0 and Progress().solution_seen("tiny-client")
    assert revealed.lines[:2] == [f"--- {os.path.join('work', '04-tiny-client.py')}", "+++ the reference"]
    assert "-        self._client = httpx.AsyncClient(timeout=1)" in revealed.lines
    assert "+        self._client = httpx.AsyncClient()" in revealed.lines
    run("check", "04")
    assert run("diff", "04").out == revealed.out


def test_what_was_written_since_the_starter_is_always_shown(run, answer):
    answer(small.REFERENCE.replace("\n", "\r\n"))
    result = run("diff", "tiny-client", "--starter")
    assert result.code == 0 and result.lines[0] == "--- the starter"
    assert "+        await self._client.aclose()" in result.lines
    assert '-        raise NotImplementedError("task closes")' in result.lines
    assert "     async def get(self, path) -> httpx.Response:" in result.lines, "line ends do not count"
    assert not Progress().solution_seen("tiny-client")


def test_a_diff_without_a_difference(run, answer):
    run("start", "04")
    assert "the starter is the same as " in run("diff", "04", "--starter").out
    answer(small.REFERENCE)
    assert run("diff", "04", "--reveal").out.endswith(" is the same as the reference.\n")


def test_diff_of_files_and_of_none(run, root, answer):
    assert "keepalive start 04" in run("diff", "04").err
    answer("x = '\x1b[31m'\n", "mine.py")
    mine = os.path.join("work", "mine.py")
    assert run("diff", mine, "--starter").code == 2
    out = run("diff", mine, "--starter", "--exercise", "04").out
    assert "\x1b" not in out and "+x = '\\x1b[31m'" in out
    path = written_notebook(root, "import httpx\nprint(1)", IN_A_CELL)
    out = run("diff", str(path), "--starter").out
    assert "-    def __init__(self):" in out and " class ApiClient:" in out and "print" not in out


def test_a_diff_in_colour(run, answer, monkeypatch, capsys):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    answer(small.REFERENCE)
    assert "\x1b[32m+        await self._client.aclose()\x1b[0m" in run("diff", "04", "--starter").out


# ---- progress --------------------------------------------------------------------------------------------------------


def test_progress_shows_what_was_done(run, answer, tmp_path):
    before = run("progress")
    assert before.code == 0 and before.out.startswith("0 of 1 exercise passed. Kept in ")
    answer(NOT_YET)
    run("check", "04")
    run("hint", "04")
    run("check", "04")
    result = run("progress", "show")
    assert result.lines[0].split() == ["Exercise", "Standing", "Checks", "Hints", "Solution"]
    assert result.lines[1].split("  ") == ["04", "A tiny client", "not yet, 3 of 5 points", "", "", " 2", "1 of 3"]
    answer(PASS)
    run("check", "04")
    run("solution", "04")
    out = run("progress").out
    assert "passed" in out and out.splitlines()[1].endswith("seen") and "1 of 1 exercise passed." in out


def test_reset_and_undo_reach_every_command(run, answer):
    answer(PASS)
    run("check", "04")
    run("hint", "04", "opens")
    result = run("progress", "reset", "04")
    assert result.code == 0 and "1 check, 1 hint." in result.out and "progress undo" in result.lines[-1]
    assert "not started" in run("list").out and run("solution", "04").code == run("diff", "04").code == 1
    assert "Hint 1 of 2" in run("hint", "04").out
    assert "taken back" in run("progress", "undo").out
    assert "passed" in run("list").out and run("solution", "04").code == 0
    assert "every exercise" in run("progress", "reset").out and "not started" in run("list").out
    assert "nothing to reset" in run("progress", "reset").out
    assert run("progress", "undo").code == 0
    result = run("progress", "undo")
    assert result.code == 2 and "no reset" in result.err
    assert "Did you mean 04-tiny-client" in run("progress", "reset", "tiny-clinet").err


def test_progress_goes_from_one_machine_to_another(run, answer, tmp_path, monkeypatch):
    answer(PASS)
    run("check", "04")
    result = run("progress", "export", "mine.json")
    assert result.code == 0 and result.lines[0] == "1 entry in mine.json."
    monkeypatch.setenv("KEEPALIVE_HOME", str(tmp_path / "other"))
    assert "not started" in run("list").out
    assert "1 entry from mine.json were new" in run("progress", "import", "mine.json").out
    assert "0 entries from mine.json" in run("progress", "import", "mine.json").out
    assert "passed" in run("list").out


def test_files_of_progress_that_are_none(run, root):
    for arguments in (("import", "nowhere.json"), ("export", os.path.join("nowhere", "x.json"))):
        result = run("progress", *arguments)
        assert result.code == 2 and "cannot be" in result.err
    (root / "letter.txt").write_text("Dear")
    for do in ("import", "export"):
        result = run("progress", do, "letter.txt")
        assert result.code == 2 and "is not a file of progress. It was left as it is." in result.err
    assert (root / "letter.txt").read_text() == "Dear"
    assert run("progress", "export").code == run("progress", "forget").code == 2
    assert run("progress", "import", str(root)).code == 2


def test_progress_that_could_not_be_read_is_not_exported(run, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/progress.json").write_text('{"schema": 99, "events": []}')
    result = run("progress", "export", "mine.json")
    assert result.code == 2 and "newer version" in result.err


# ---- drafts from the page --------------------------------------------------------------------------------------------


def from_the_page(root, *codes, exercise="tiny-client", name="page.json"):
    """The file that the page exports, with versions of the exercise's code, oldest first."""
    versions = {
        f"00000000-0000-0000-0000-{number:012}": {"at": f"2026-03-01T12:{number:02}:00.000Z", "code": code}
        for number, code in enumerate(codes)
    }
    (root / name).write_text(json.dumps({"schema": 1, "events": [], "drafts": {exercise: versions}}))
    return name


def test_a_draft_from_the_page_goes_into_the_folder(run, root):
    result = run("progress", "import", from_the_page(root, "older = 1\n", "newest = 1\nmore = 2\n"))
    assert result.code == 0 and result.lines[0] == "0 entries and 2 drafts from page.json were new to you."
    assert result.lines[-1].endswith("keepalive start tiny-client --draft")
    assert run("progress", "import", "page.json").lines == ["0 entries from page.json were new to you."]
    shown = run("progress").lines
    assert shown[0].split() == ["Drafts", "from", "the", "page", "N", "Written", "(UTC)", "Lines"]
    assert shown[1].split() == ["04", "A", "tiny", "client", "1", "2026-03-01", "12:01", "2"]
    assert shown[2].split() == ["2", "2026-03-01", "12:00", "1"] and "keepalive start NAME --draft" in shown[3]
    exported = run("progress", "export", "mine.json")
    assert "2 drafts" in exported.out

    path = root / "work/04-tiny-client.py"
    result = run("start", "tiny-client", "--draft")
    assert result.code == 0 and written(path) == "newest = 1\nmore = 2\n"
    assert result.lines[-1] == "Next: open it, go on, then keepalive check 04"
    result = run("start", "04", "--draft", "--which", "2")
    assert result.code == 2 and "left as it is. To" in result.err and "--again" in result.err
    assert written(path) == "newest = 1\nmore = 2\n", "the learner's by now"
    result = run("start", "04", "--draft", "--which", "2", "--again")
    assert result.code == 0 and written(root / "work/04-tiny-client-2.py") == "older = 1\n"
    assert "04-tiny-client-2.py" in result.lines[-1]


def test_a_draft_takes_the_place_of_a_starter_that_nobody_has_touched(run, root):
    run("work")
    path = root / "work/04-tiny-client.py"
    assert written(path) == small.STARTER
    run("progress", "import", from_the_page(root, "mine = 1\n"))
    assert run("start", "04", "--draft").code == 0 and written(path) == "mine = 1\n"
    small.edit(root / "exercises/04-tiny-client/reference.py", "Your client.", "Your own client.")
    run("work")
    assert written(path) == "mine = 1\n", "an update does not take it for a starter"


def test_a_draft_never_goes_over_what_was_changed(run, root, answer):
    path = answer("# mine\n")
    run("progress", "import", from_the_page(root, "page = 1\n"))
    result = run("start", "04", "--draft")
    assert result.code == 2 and result.out == "" and written(path) == "# mine\n"


def test_half_a_character_in_a_draft_is_replaced_in_the_file(run, root):
    run("progress", "import", from_the_page(root, "# \ud83d\n"))
    assert run("start", "04", "--draft").code == 0
    assert written(root / "work/04-tiny-client.py") == "# ?\n"


def test_drafts_that_are_not_there(run, root):
    result = run("start", "04", "--draft")
    assert result.code == 2 and "There is no draft of 04-tiny-client" in result.err and "progress import" in result.err
    run("progress", "import", from_the_page(root, "x = 1\n"))
    result = run("start", "04", "--draft", "--which", "2")
    assert result.code == 2 and "There is no draft 2" in result.err and "there is one, number 1" in result.err
    run("progress", "import", from_the_page(root, "x = 1\n", "y = 1\n"))
    assert "there are 2, from 1" in run("start", "04", "--draft", "--which", "0").err
    assert run("start", "04", "--draft", "--which", "x").code == 2
    assert "start 04 --draft --which 1" in run("start", "04", "--which", "1").err
    assert "Name one of them" in run("start", "04", "--draft", "--from", "04").err
    assert not (root / "work").exists()


def test_drafts_of_exercises_that_this_course_does_not_have_are_kept_and_not_listed(run, root):
    name = from_the_page(root, "x = 1\n", exercise="gone\x1b[31m")
    result = run("progress", "import", name)
    assert "1 draft from" in result.out and "\x1b" not in result.out
    assert "Drafts" not in run("progress").out
    assert Progress().drafted == ("gone\x1b[31m",)


def test_drafts_of_a_newer_version_of_the_course_get_the_reason(run, root, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/progress.json").write_text('{"schema": 99, "events": []}')
    assert "newer version" in run("start", "04", "--draft").err


# ---- watch -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def watch(run, monkeypatch):
    """`keepalive watch` with somebody who does these steps, one at each sleep, and then types Ctrl-C."""

    def watch(*arguments, steps=()):
        todo = list(steps)

        def sleep(seconds):
            if not todo:
                raise KeyboardInterrupt
            if step := todo.pop(0):
                step()

        monkeypatch.setitem(cli.COMMANDS, "watch", lambda given: cli._watch(given, sleep=sleep))
        return run("watch", *arguments)

    return watch


def test_watch_checks_at_every_save(watch, answer):
    path = answer(NOT_YET)
    result = watch("04", steps=[None, lambda: answer(PASS + "# saved\n"), None])
    assert result.code == 0 and result.err == ""
    first, second, end = result.out.split("Watching ")
    assert "Not yet. 3 of 5 points." in first and "All tasks passed." in second
    assert end.endswith(f"Ctrl-C ends this.\n\n{os.path.join('work', path.name)} is no longer watched.\n")
    assert "\x1b" not in result.out, "nothing is cleared where there is no terminal"
    assert [event.data["status"] for event in Progress().of("check", "tiny-client")] == ["failed", "passed"]


def test_watch_takes_the_newest_answer_or_a_notebook(watch, answer, root):
    answer(PASS)
    assert "All tasks passed." in watch().out
    path = written_notebook(root, IN_A_CELL)
    assert "All tasks passed." in watch(str(path)).out


def test_watch_goes_on_when_the_file_cannot_be_checked(watch, answer, root):
    path = answer(PASS)
    gone, back = [path.unlink, *[None] * 10], [lambda: answer("# back\n" + PASS), None]
    result = watch("04", steps=[lambda: answer(""), *[None] * 4, *gone, *back])
    assert result.code == 0 and result.out.count("All tasks passed.") == 2
    assert "is empty" in result.out and "is gone. It is checked again when it is back." in result.out


def test_watch_of_nothing(watch):
    assert watch("04").code == 2 and watch().code == 2 and watch("nowhere.py").code == 2


def test_watch_clears_a_terminal(watch, answer, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    answer(PASS)
    assert watch("04").out.startswith("\x1b[2J")


def test_ctrl_c_during_a_check_ends_the_watch(watch, answer, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("keepalive.grading.grade", interrupted)
    answer(PASS)
    result = watch("04")
    assert result.code == 0 and result.out.endswith("is no longer watched.\n")


# ---- start --from ----------------------------------------------------------------------------------------------------


def test_start_goes_on_with_ones_own_class(run, root, answer):
    small.write_next(root)
    mine = answer(small.REFERENCE.replace("Your client.", "Mine."))
    before = mine.read_bytes()
    result = run("start", "05", "--from", "04")
    path = root / "work/05-next-client.py"
    assert result.code == 0 and mine.read_bytes() == before and written(path).startswith('"""Mine."""\n')
    assert (
        "Tasks with a gap in it: waits" in result.out
        and "Tasks with a comment above your function: tries" in result.out
    )
    assert result.lines[-1] == "Next: open it, do task 1, then keepalive check 05"
    result = run("start", "05", "--from", str(mine))
    assert result.code == 2 and "--again" in result.err
    assert run("start", "05", "--from", str(mine), "--again").code == 0
    assert written(root / "work/05-next-client-2.py") == written(path)
    small.edit(root / "exercises/05-next-client/reference.py", "what it does next", "what it does then")
    run("work")
    assert written(path).startswith('"""Mine."""\n'), "an update does not take it for a starter"


def test_start_from_a_notebook(run, root):
    small.write_next(root)
    path = written_notebook(root, "import httpx\nprint(1)", IN_A_CELL)
    assert run("start", "05", "--from", str(path)).code == 0
    source = written(root / "work/05-next-client.py")
    assert (
        source.startswith("import asyncio\nimport httpx\n\n\nclass ApiClient:\n")
        and source.count("# end task") == 2
        and "print" not in source
    )


def test_what_one_cannot_start_from(run, root, answer):
    small.write_next(root)
    assert "builds on no other exercise" in run("start", "04", "--from", "04").err
    assert "keepalive start 04" in run("start", "05", "--from", "04").err
    assert "builds on 04-tiny-client, not on 05" in run("start", "05", "--from", "05").err
    assert "There is no file nowhere.py" in run("start", "05", "--from", "nowhere.py").err
    answer("class Other: ...\n")
    result = run("start", "05", "--from", "04")
    assert result.code == 2 and "it has no class ApiClient" in result.err and "keepalive start 05" in result.err
    assert not (root / "work/05-next-client.py").exists()


def test_a_starter_that_nobody_has_touched_is_begun_like_a_new_one(run):
    first, again = run("start", "04"), run("start", "04")
    assert again.out == first.out
    assert "Next: open it" in again.out
