"""The judge believes what it was told message by message, and nothing that the child says of itself."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from grading.bench import GRADER, LINKS, client, judged, schema
from keepalive.grading import messages, shapes, transports
from keepalive.grading.shapes import Malformed
from keepalive.grading.stops import Ended


def of_first(verdict):
    return {each["id"]: each for each in verdict["checks"] if each["scenario"] == "first"}


@pytest.mark.parametrize("link", LINKS)
def test_a_connection_that_was_not_closed_counts_whatever_the_child_says(tmp_path, link) -> None:
    body = """
        import sys
        answer = await httpx.AsyncClient().get("http://depot.test/a")
        session = sys.modules["keepalive.grading.wire"].running_session()
        for stream in session.streams.values():
            stream.closed = True
        return answer
    """
    checks = of_first(judged(tmp_path, client(body), link=link))
    assert checks["first.arrives"]["status"] == "passed"
    assert checks["first.closed"]["status"] == "failed"


@pytest.mark.parametrize("link", LINKS)
def test_what_only_the_server_closed_the_client_has_left_open(tmp_path, link) -> None:
    grader = GRADER.replace('"/a").reply(json={})', '"/a").reply(json={}, headers={"Connection": "close"})')
    body = "client = self.client = httpx.AsyncClient()\nreturn await client.send({request}, stream=True)"
    request = 'client.build_request("GET", "http://depot.test/a")'
    checks = of_first(judged(tmp_path, client(body.format(request=request)), link=link, grader=grader))
    assert checks["first.closed"]["status"] == "failed"


# -- messages that the runner does not send


SAY = """
    import sys
    session = sys.modules["keepalive.grading.wire"].running_session()
    def say(kind, **fields):
        try:
            return session._exchange({"type": kind, "t": session.loop.elapsed(), "nonce": session._nonce, **fields})
        except Exception:
            pass
    DONE = {"ended": "finished", "observed": None, "error": None, "diagnoses": [], "gaps": [], "files": {}}
    answer = await self.http.get(path)
    SAID
    return answer
"""


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    "said",
    [
        "say('nonsense')",
        "say([])",
        "say('hello')",
        "say('mark')",
        "say('mark', name=5)",
        "say('mark', name='x', t=-1)",
        "say('mark', name='x', t=float('nan'))",
        "say('mark', name='x', t=0.0)",
        "say('mark', name='x', more=1)",
        "say('connect', conn='a', host='depot.test', port=80)",
        "say('connect', conn=0, host='depot.test', port=80)",
        "say('data', conn=0, bytes='text')",
        "say('data', conn=7, bytes=b'GET / HTTP/1.1')",
        "say('close', conn=7)",
        "say('tls', conn=7, sni=None, verify=True)",
        "say('tick', id=7)",
        "say('done')",
        "say('done', **DONE | {'diagnoses': [{}]})",
        "say('done', **DONE | {'gaps': [{'task': 'ask'}]})",
        "say('done', **DONE | {'ended': 'raised'})",
        "say('done', **DONE | {'ended': 'stopped'})",
        "say('done', **DONE | {'ended': 'raised', 'error': {'type': 'ValueError'}})",
    ],
)
def test_a_message_that_the_runner_never_sends_ends_the_scenario(tmp_path, said, link) -> None:
    verdict = judged(tmp_path, client(SAY.replace("SAID", said)), link=link)
    assert verdict["status"] == "ended_early"
    assert "faults" not in verdict["runtime"]
    for check in verdict["checks"]:
        assert (check["status"], check["diagnosis"]["kind"]) == ("failed", "meddles")
        assert "reached into the grader" in check["observed"]


WRITE = """
    import gc, io, sys
    pipe = next(each for each in gc.get_objects() if isinstance(each, io.BufferedWriter) and each.name not in (0, 1, 2))
    session = sys.modules["keepalive.grading.wire"].running_session()
    mark = b'{"type":"mark","t":0,"nonce":"%s","name":"x"}\\n' % session._nonce.encode()
    WRITTEN
    return await self.http.get(path)
"""


@pytest.mark.parametrize(
    "line", ['b"[" * 100_000', "b'{\"base64\": 5}'", "b'5'", "b'{\"type\": 5}'", "b'\\xff'", "b''", "b'{'"]
)
def test_a_line_that_is_no_message_ends_the_scenario(tmp_path, line) -> None:
    source = client(WRITE.replace("WRITTEN", f"pipe.write({line} + b'\\n')\n    pipe.flush()"))
    verdict = judged(tmp_path, source, link="child")
    assert verdict["status"] == "ended_early"
    assert "faults" not in verdict["runtime"]
    assert {check["status"] for check in verdict["checks"]} == {"failed"}


@pytest.mark.parametrize("hello", ['{"type":"hello"}', '{"type":"hello","python":5}', "[]"])
def test_a_hello_that_is_none_is_no_fault_of_the_graders(tmp_path, hello) -> None:
    before = f"""
import gc, io
for each in gc.get_objects():
    if isinstance(each, io.BufferedWriter) and each.name not in (0, 1, 2):
        each.write({(hello + chr(10)).encode()!r})
        each.flush()
"""
    verdict = judged(tmp_path, client(before=before), link="child")
    assert verdict["status"] == "ended_early"
    assert verdict["diagnoses"][0]["kind"] == "meddles"


@pytest.mark.skipif(sys.platform == "win32", reason="nothing there says how much memory was used at most")
@pytest.mark.parametrize(
    "written",
    [
        "while True: pipe.write(b'x' * 65536)",
        "while True: pipe.write(b'x' * 1000 + b'\\n')",
        "while True: pipe.write(mark)",
        "for _ in range(3_000_000): pipe.write(mark)",
    ],
    ids=["no newline", "lines", "marks", "millions of marks"],
)
def test_a_child_that_floods_its_pipe_does_not_make_the_grading_process_grow(tmp_path, written) -> None:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    verdict = judged(tmp_path, client(WRITE.replace("WRITTEN", written)), link="child")

    # Which of the two: whether the judge sees that it is flooded, or the child first that it waits for its pipe.
    assert verdict["status"] in ("ended_early", "time_limit")
    assert {check["diagnosis"]["kind"] for check in verdict["checks"]} <= {"meddles", "time_limit"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before < 8 * transports.LINE_BYTES


@pytest.mark.parametrize("link", LINKS)
def test_output_that_is_forged_is_kept_up_to_a_limit(tmp_path, link) -> None:
    said = "[say('output', text='x' * 100_000) for _ in range(50)]"
    verdict = judged(tmp_path, client(SAY.replace("SAID", said)), link=link)
    assert len(verdict["output"]) <= 200_000


@pytest.mark.parametrize("link", LINKS)
def test_more_than_is_read_in_one_scenario_is_said(tmp_path, link, monkeypatch) -> None:
    monkeypatch.setattr(transports, "SCENARIO_BYTES", 500_000)
    body = "await self.http.post(path, content=b'x' * 1_000_000)\nreturn await self.http.get(path)"
    verdict = judged(tmp_path, client(body), link=link)
    assert verdict["status"] == ("ended_early" if link == "child" else "failed")
    if link == "child":
        assert "more than the grader reads" in verdict["checks"][0]["observed"]


@pytest.mark.parametrize("link", LINKS)
def test_a_large_body_arrives_whole(tmp_path, link) -> None:
    grader = GRADER.replace("if len(run.requests) != 1:", "if len(run.requests[0].body) != 12_000_000:")
    body = "await self.http.post(path, content=b'x' * 12_000_000)\nreturn await self.http.get(path)"
    assert of_first(judged(tmp_path, client(body), link=link, grader=grader))["first.arrives"]["status"] == "passed"


@pytest.mark.skipif(sys.platform == "win32", reason="a write to a pipe cannot be waited for there")
def test_a_child_that_reads_nothing_does_not_hold_the_judge(monkeypatch) -> None:
    monkeypatch.setattr(transports, "ASLEEP_SECONDS", 0.2)
    transport = transports.SubprocessTransport(Path("client.py"), "ApiClient")
    transport._child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=-1)
    with pytest.raises(Ended) as ended:
        transport._send([{"text": "x" * 1_000_000}], work=30.0)
    assert ended.value.status == "time_limit"


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(("name", "status"), [("b'depot.test'", "passed"), ("5", "failed")])
def test_a_server_name_of_an_odd_type_is_no_fault_of_the_graders(tmp_path, name, status, link) -> None:
    grader = GRADER.replace('"One call"', '"One call"\n    net.https()')
    body = f"return await self.http.get(path, extensions={{'sni_hostname': {name}}})"
    verdict = judged(tmp_path, client(body), link=link, grader=grader)
    assert verdict["scenarios"][0]["status"] == status


def test_a_shape_is_never_more_lenient_than_the_schema() -> None:
    shape = schema("messages.schema.json")
    validator = jsonschema.Draft202012Validator({"$defs": shape["$defs"], "$ref": "#/$defs/from_runner"})
    for message in _messages():
        _refuse(message)
        for other in _odd_ones(message):
            sent = json.loads(messages.encode(other))
            if not validator.is_valid(sent):
                with pytest.raises(Malformed):
                    _refuse(messages.decode(messages.encode(other)))


def _refuse(message) -> None:
    if isinstance(message, dict) and message.get("type") == "hello":
        shapes.refuse_no_hello(message)
    else:
        shapes.refuse_malformed(message)


def _messages():
    """One of each type."""
    t = {"t": 1.5, "nonce": "n"}
    found = {"kind": "exception", "file": None, "line": 3, "text": "It raised."}
    hello = {"type": "hello", "version": "1", "python": "3", "library": "httpx", "httpx": "0", "problem": None}
    hello |= {"noticed": []}
    yield hello | {"printed": ""}
    yield hello | {"printed": "", "problem": found | {"trace": "line 3"}}
    yield {"type": "connect", **t, "conn": 0, "host": "depot.test", "port": 80}
    yield {"type": "tls", **t, "conn": 0, "sni": "depot.test", "verify": True}
    yield {"type": "data", **t, "conn": 0, "bytes": b"x"}
    for kind in ("connect_abandoned", "close"):
        yield {"type": kind, **t, "conn": 0}
    yield {"type": "tick", **t, "id": 0}
    yield {"type": "mark", **t, "name": "x"}
    yield {"type": "output", **t, "text": "x"}
    done = {"type": "done", **t, "ended": "finished", "observed": {"a": 1}, "error": None, "diagnoses": []}
    done |= {"gaps": [{"task": "ask", "function": "get", "line": 3}], "files": {"a": "0"}}
    yield done
    error = {"type": "ValueError", "mro": ["ValueError"], "diagnosis": found}
    yield done | {"ended": "raised", "error": error}
    yield done | {"ended": "stopped", "diagnoses": [found]}
    yield done | {"ended": "drive_fault", "fault": "no drive"}


def _odd_ones(value):
    """The same with one part of it missing, too many, or of another kind, at any depth."""
    if isinstance(value, dict):
        yield value | {"more": 1}
        for name, each in value.items():
            yield {key: kept for key, kept in value.items() if key != name}
            yield from ({**value, name: odd} for odd in _odd_ones(each))
    elif isinstance(value, list):
        yield from ([odd] for each in value for odd in _odd_ones(each))
    yield from (odd for odd in (None, -1, 0, 2.5, True, "x", "raised", "stopped", [], [5], {}, {"a": 5}, b"x"))
