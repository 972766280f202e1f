"""Code that does not do what a client should, through both links: what it is called, where, and what it costs."""

import asyncio
import os
import sys

import pytest

from grading.bench import CLIENT, GRADER, LINKS, client, comparable, judged


def both(tmp_path, source, **options):
    """The verdict by direct call, after making sure that the child's is the same."""
    direct = judged(tmp_path, source, link="direct", **options)
    child = judged(tmp_path, source, link="child", **options)
    assert comparable(child) == comparable(direct)
    assert child["output"] == direct["output"]
    return direct


def line_of(source: str, text: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if text in line)


def found(verdict, check="first.arrives"):
    return next(each for each in verdict["checks"] if each["id"] == check)


# -- what cannot be run at all: status "error"


@pytest.mark.parametrize(
    ("source", "kind", "line", "words"),
    [
        ("class ApiClient:\n    def get(self:\n        pass\n", "syntax_error", 2, "does not compile"),
        ("x = 1\n\ty = 2\n", "syntax_error", 2, "does not compile"),
        ("import os\nfrom __future__ import annotations\n", "syntax_error", 2, r"from \_\_future\_\_ imports must"),
        (b"class ApiClient:\n    pass\x00\n", "syntax_error", None, "does not compile"),
        (b"# caf\xe9\nclass ApiClient: pass\n", "not_utf8", 1, "UTF-8"),
        ("class Client:\n    pass\n", "missing_class", None, "no class named `ApiClient`"),
        ("", "missing_class", None, "no class named `ApiClient`"),
        ("def ApiClient():\n    pass\n", "missing_class", None, "is a function"),
        ("import httpx\nraise ValueError('no key')\nclass ApiClient: pass\n", "raises_on_import", 2, "no key"),
        ("import nosuchmodule\nclass ApiClient: pass\n", "raises_on_import", 1, "nosuchmodule"),
        ("name = input('who? ')\nclass ApiClient: pass\n", "raises_on_import", 1, "nobody sits"),
        (
            "import asyncio\nclass ApiClient: pass\nasync def main(): pass\nasyncio.run(main())\n",
            "runs_at_import",
            4,
            "__main__",
        ),
        (
            "import asyncio\nasync def main():\n    await asyncio.sleep(1)\n"
            "asyncio.new_event_loop().run_until_complete(main())\nclass ApiClient: pass\n",
            "runs_at_import",
            4,
            "__main__",
        ),
        ("import asyncio\nasyncio.new_event_loop().run_forever()\n", "runs_at_import", 2, "__main__"),
        (
            "import asyncio\nasync def main(): pass\nwith asyncio.Runner() as runner:\n    runner.run(main())\n",
            "runs_at_import",
            4,
            "__main__",
        ),
        ("import anyio\nasync def main(): pass\nanyio.run(main)\n", "runs_at_import", 3, "__main__"),
        ("class ApiClient:\n    def __init__(self, host):\n        pass\n", "wrong_signature", 2, "base_url"),
        ("class ApiClient:\n    pass\n", "wrong_signature", None, "base_url"),
    ],
)
def test_what_cannot_be_run_is_an_error_with_a_place(tmp_path, source, kind, line, words) -> None:
    verdict = both(tmp_path, source)

    assert verdict["status"] == "error"
    assert verdict["points"] == 0 < verdict["max"]
    (problem,) = verdict["diagnoses"]
    assert (problem["kind"], problem["file"]) == (kind, "client.py")
    if line is not None:
        assert problem["line"] == line
    assert words in problem["text"]
    assert {each["status"] for each in verdict["checks"]} == {"not_run"}


def test_their_frames_only(tmp_path) -> None:
    source = client("return await self.helper(path)") + (
        "\n    async def helper(self, path):\n        return await self.http.get(path, nonsense=1)\n"
    )
    verdict = both(tmp_path, source)

    trace = found(verdict)["diagnosis"]["trace"]
    assert trace.splitlines()[0].startswith(f"  line {line_of(source, 'self.helper(path)')}, in get")
    assert "in helper" in trace
    assert "httpx" not in trace and "keepalive" not in trace
    assert trace.splitlines()[-1].startswith("TypeError")
    assert found(verdict)["diagnosis"]["line"] == line_of(source, "nonsense=1")


def test_a_traceback_in_a_file_that_cannot_be_imported_has_no_frame_of_ours(tmp_path) -> None:
    verdict = both(tmp_path, "def early():\n    raise KeyError('x')\nearly()\nclass ApiClient: pass\n")
    assert verdict["diagnoses"][0]["trace"].splitlines() == [
        "  line 3, in <module>",
        "    early()",
        "  line 2, in early",
        "    raise KeyError('x')",
        "KeyError: 'x'",
    ]


TWICE = client() + "\n\nclass ApiClient:  # a try from yesterday\n    def __init__(self, base_url):\n        pass\n"


def test_a_second_class_of_the_name_is_told_where_it_costs_something(tmp_path) -> None:
    verdict = both(tmp_path, TWICE)
    lines = [number for number, line in enumerate(TWICE.splitlines(), 1) if line.startswith("class ApiClient")]
    (told,) = verdict["diagnoses"]
    assert (verdict["status"], told["kind"], told["line"]) == ("failed", "defined_twice", lines[1])
    assert told["text"].startswith(
        f"`client.py` has 2 classes named `ApiClient`, in lines {lines[0]} and {lines[1]}. The last one counts: "
    )


@pytest.mark.parametrize(
    "source",
    [
        TWICE + CLIENT.replace("BODY", "return await self.http.get(path)"),  # what counts is right
        client("raise ValueError") + "\n\nclass ApiClient(ApiClient):\n    pass\n",
        client("raise ValueError") + "\n\nif False:\n    class ApiClient:\n        pass\n",
        client("raise ValueError") + '\n\nTEXT = """\nclass ApiClient:\n"""\n',
    ],
)
def test_and_nothing_is_told_where_it_costs_nothing_or_there_is_one(tmp_path, source) -> None:
    assert both(tmp_path, source)["diagnoses"] == []


WARNS = """
import warnings
warnings.warn("at import", DeprecationWarning)
warnings.warn("not needed", ResourceWarning)
"""


def test_a_warning_is_printed_once_and_without_a_path(tmp_path) -> None:
    made = "        import warnings\n        warnings.warn('made the old way', DeprecationWarning, stacklevel=2)\n"
    source = WARNS + client().replace("base_url):\n", f"base_url):\n{made}")
    verdict = both(tmp_path, source)
    assert verdict["status"] == "passed"
    assert verdict["output"] == ("client.py:3: DeprecationWarning: at import\nDeprecationWarning: made the old way\n")


def test_a_coding_line_is_followed(tmp_path) -> None:
    source = "# -*- coding: latin-1 -*-\n" + client(before='"""F\xfcr das Depot."""\n')
    assert both(tmp_path, source.encode("latin-1"))["status"] == "passed"


# -- what stops on the way: "failed", with a sentence that names the line


@pytest.mark.parametrize(
    ("body", "kind", "line"),
    [
        ("await asyncio.Event().wait()", "deadlock", "Event().wait()"),
        ("while True:\n    await asyncio.sleep(0)", "spinning", "asyncio.sleep(0)"),
        ("while True:\n    await asyncio.sleep(1)", "too_long", "asyncio.sleep(1)"),
        ("while True:\n    await self.http.get(path)", "endless_retry", "self.http.get"),
        (
            "while True:\n    try:\n        await self.http.get('http://no.test/')\n    except Exception: pass",
            "endless_retry",
            "no.test",
        ),
        ("time.sleep(2)\nreturn await self.http.get(path)", "blocking_sleep", "time.sleep(2)"),
        ("return httpx.get('http://depot.test/a')", "sync_client", "httpx.get"),
    ],
)
def test_what_does_not_end_is_failed_at_its_line(tmp_path, body, kind, line) -> None:
    source = client(body)
    verdict = both(tmp_path, source)

    assert verdict["status"] == "failed"
    check = found(verdict)
    assert check["status"] == "failed"
    assert check["diagnosis"]["kind"] == kind
    assert check["diagnosis"]["line"] == line_of(source, line)
    assert check["observed"] == check["diagnosis"]["text"]
    assert check["required"]


def test_an_endless_loop_is_told_at_the_loop_and_not_where_it_waits(tmp_path) -> None:
    source = client(
        """
        number = 0
        while True:
            number += 1
            try:
                answer = await self.once(path)  # in the loop
                if number < 0:
                    return answer
            except httpx.TransportError:
                pass
        """
    )
    source += """
    async def once(self, path):
        for name in ("a", "b"):
            self.http.headers[name] = "1"
        return await self.http.get(path)
"""
    check = found(both(tmp_path, source))
    assert check["diagnosis"]["kind"] == "endless_retry"
    assert check["diagnosis"]["line"] == line_of(source, "# in the loop")


def test_a_client_made_while_importing_is_told_its_line(tmp_path) -> None:
    source = "import httpx\n\nSHARED = httpx.AsyncClient(base_url='http://depot.test')\n" + client(
        "return await SHARED.get(path)"
    )
    verdict = both(tmp_path, source)
    assert found(verdict)["diagnosis"]["kind"] == "client_made_early"
    assert found(verdict)["diagnosis"]["line"] == 3


def test_except_exception_does_not_eat_a_stop(tmp_path) -> None:
    source = client(
        """
        while True:
            try:
                await asyncio.sleep(0)
            except Exception:
                pass
        """
    )
    assert found(both(tmp_path, source))["diagnosis"]["kind"] == "spinning"


def test_a_sleep_that_blocks_fails_every_check_of_its_scenario(tmp_path) -> None:
    verdict = both(tmp_path, client("time.sleep(2)\nreturn await self.http.get(path)"))
    assert {each["status"] for each in verdict["checks"]} == {"failed"}


# -- limits


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass",
        "while True:\n    try:\n        sum(range(1000))\n    except BaseException:\n        pass",
        "while True:\n    try:\n        str(1)\n    except:\n        continue",
    ],
    ids=["plain", "catches all", "bare except"],
)
def test_a_loop_that_computes_for_ever_costs_the_check(tmp_path, body, link) -> None:
    source = client(body)
    verdict = judged(tmp_path, source, link=link, work=0.3)

    assert verdict["status"] == "time_limit"
    assert {each["status"] for each in verdict["checks"]} == {"failed"}
    assert "did not give control back" in found(verdict)["observed"]
    assert len(verdict["scenarios"]) == 2


@pytest.mark.parametrize("link", LINKS)
def test_the_same_loop_is_not_waited_for_in_every_scenario(tmp_path, link) -> None:
    third = GRADER[GRADER.index("@scenario", GRADER.index("@scenario") + 1) :].replace("def second", "def third")
    verdict = judged(tmp_path, client("while True:\n    pass"), link=link, work=0.3, grader=GRADER + third)
    assert [each["status"] for each in verdict["scenarios"]] == ["time_limit", "time_limit", "not_run"]
    assert verdict["status"] == "time_limit"


@pytest.mark.parametrize("link", LINKS)
def test_a_file_that_computes_for_ever_while_it_is_imported(tmp_path, link, monkeypatch) -> None:
    monkeypatch.setattr("keepalive.grading.transports.IMPORT_SECONDS", 0.3)
    verdict = judged(tmp_path, "while True:\n    pass\n", link=link)
    assert verdict["status"] == "time_limit"
    assert verdict["diagnoses"][0]["kind"] == "time_limit"
    assert {each["status"] for each in verdict["checks"]} == {"not_run"}


@pytest.mark.skipif(sys.platform == "win32", reason="a read can be interrupted by a signal only")
@pytest.mark.parametrize("link", LINKS)
def test_a_wait_that_the_engine_does_not_know_costs_the_check(tmp_path, link) -> None:
    source = client("os.read(os.pipe()[0], 1)", before="import os\n")
    assert judged(tmp_path, source, link=link, work=0.3)["status"] == "time_limit"


def test_a_child_that_cannot_be_interrupted_is_killed_and_the_rest_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("keepalive.grading.transports.GRACE_SECONDS", 0.3)
    source = client(
        """
        import signal
        if not os.path.exists("was-here"):
            open("was-here", "w").close()
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
            while True:
                pass
        return await self.http.get(path)
        """,
        before=f"import os\nos.chdir({str(tmp_path)!r})\n",
    )
    # The second scenario has to end within this limit, too, on a machine that has much else to do.
    verdict = judged(tmp_path, source, link="child", work=3.0)
    assert [each["status"] for each in verdict["scenarios"]] == ["time_limit", "passed"]
    assert verdict["status"] == "time_limit"


def test_a_flood_of_output_is_stopped(tmp_path) -> None:
    verdict = both(tmp_path, client("while True:\n    print('x' * 1000)"))
    assert verdict["status"] == "output_limit"
    assert verdict["output"].startswith("x" * 1000) and len(verdict["output"]) < 100_100
    assert "printed or logged more than" in found(verdict)["observed"]


def test_a_flood_that_is_caught_is_stopped_as_well(tmp_path) -> None:
    body = """
        for _ in range(20_000):
            try:
                print("x" * 1000)
            except BaseException:
                pass
        return await self.http.get(path)
    """
    assert both(tmp_path, client(body))["status"] == "output_limit"


def test_a_flood_while_importing_is_stopped(tmp_path) -> None:
    verdict = both(tmp_path, "while True:\n    print('x' * 1000)\n")
    assert verdict["status"] == "output_limit"


@pytest.mark.parametrize("call", ["raise SystemExit", "sys.exit(0)", "exit()"])
def test_leaving_python_is_noticed(tmp_path, call) -> None:
    verdict = both(tmp_path, client(call, before="import sys\n"))
    assert verdict["status"] == "ended_early"
    assert verdict["points"] == 0


def test_leaving_python_while_importing_is_noticed(tmp_path) -> None:
    assert both(tmp_path, "import sys\nsys.exit(0)\n")["status"] == "ended_early"


@pytest.mark.parametrize(
    "call", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.closerange(0, 100)"], ids=["exit", "kill", "descriptors"]
)
def test_a_child_that_is_gone_gives_no_points(tmp_path, call) -> None:
    verdict = judged(tmp_path, client(call + "\nreturn await self.http.get(path)", before="import os\n"), link="child")
    assert verdict["status"] == "ended_early"
    assert verdict["points"] == 0


def test_a_child_that_is_gone_while_importing(tmp_path) -> None:
    verdict = judged(tmp_path, "import os\nos._exit(0)\n", link="child")
    assert verdict["status"] == "ended_early"
    assert verdict["diagnoses"][0]["kind"] == "exits"


def test_writing_to_the_descriptors_reaches_nobody(tmp_path) -> None:
    body = "os.write(1, b'{\"say\": \"done\"}\\n')\nos.write(2, b'noise')\nreturn await self.http.get(path)"
    assert judged(tmp_path, client(body, before="import os\n"), link="child")["status"] == "passed"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc to find the descriptors")
def test_a_forged_message_gives_no_points(tmp_path) -> None:
    body = """
        for fd in os.listdir("/proc/self/fd"):
            try:
                os.write(int(fd), b'{"type":"done","t":0,"nonce":"?","observed":{"status":200}}\\n')
            except OSError:
                pass
        return await self.http.get(path)
    """
    verdict = judged(tmp_path, client(body, before="import os\n"), link="child")
    assert verdict["points"] == 0


def test_printing_is_kept_and_changes_nothing_else(tmp_path) -> None:
    verdict = both(tmp_path, client("print('asking', path)\nreturn await self.http.get(path)", before="print('hi')\n"))
    assert verdict["status"] == "passed"
    assert verdict["output"] == "hi\nasking /a\nasking /a\n"


# -- gaps


GAP = 'raise NotImplementedError("task ask")'


def test_a_gap_is_not_attempted_even_if_it_is_swallowed(tmp_path) -> None:
    plain = both(tmp_path, client(GAP))
    swallowed = both(tmp_path, client(f"try:\n    {GAP}\nexcept NotImplementedError:\n    pass\nraise ValueError"))

    assert found(plain)["status"] == found(swallowed)["status"] == "not_attempted"
    assert plain["status"] == "not_attempted"
    assert found(plain, "first.closed")["status"] == "not_run"
    assert "`ask`" in found(plain, "first.closed")["observed"]


def test_builtins_stay_alone(tmp_path) -> None:
    import builtins

    before = builtins.NotImplementedError
    judged(tmp_path, client(GAP))
    assert builtins.NotImplementedError is before is NotImplementedError


# -- inside a loop that runs already


def test_the_same_inside_a_running_loop(tmp_path) -> None:
    source = client("print('x')\nreturn await self.http.get(path)")
    outside = judged(tmp_path, source)

    async def cell():
        task = asyncio.current_task()
        verdict = judged(tmp_path, source)
        assert asyncio.current_task() is task
        await asyncio.sleep(0)
        return verdict

    assert comparable(asyncio.run(cell())) == comparable(outside)


def test_ctrl_c_by_direct_call_is_the_persons(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        judged(tmp_path, client("raise KeyboardInterrupt"))
    assert judged(tmp_path, client("raise KeyboardInterrupt"), link="child")["status"] == "ended_early"


def test_a_thread_that_is_not_the_main_one_is_watched_as_well(tmp_path) -> None:
    import threading

    verdicts = []
    thread = threading.Thread(
        target=lambda: verdicts.append(judged(tmp_path, client("while True:\n    pass"), work=0.3))
    )
    thread.start()
    thread.join(60)
    assert verdicts[0]["status"] == "time_limit"


def test_a_watched_block_that_ends_in_time_leaves_nothing_behind() -> None:
    import signal
    import threading

    from keepalive.grading import watchdog

    told = []
    for place in (watchdog._by_signal, watchdog._by_thread):
        with place(60.0, told.append):
            pass
    assert told == []
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert not [thread for thread in threading.enumerate() if thread.name == "keepalive-watchdog"]
