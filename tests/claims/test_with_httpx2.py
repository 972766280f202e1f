"""Every claim is tried with httpx2 as well, in a process of its own, and what is recorded of it has to be true."""

from __future__ import annotations

import re
import subprocess

import pytest

from claims.libraries import HERE, differs, run_with_httpx2

CLAIMS = sorted(HERE.glob("test_about_*.py"))


def whole(done: subprocess.CompletedProcess[str]) -> None:
    """That run passed, and was one of some tests."""
    if done.returncode:
        # pytest's own message is the report: it names each claim that comes out differently, with both values.
        pytest.fail(f"With httpx2 these claims come out in a way that is not recorded:\n{done.stdout}{done.stderr}")
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout


def test_every_claim_comes_out_as_recorded():
    whole(run_with_httpx2(*CLAIMS, "-m", "not real_time"))


@pytest.mark.thorough
def test_those_that_take_real_time_come_out_as_recorded():
    whole(run_with_httpx2(*CLAIMS, "-m", "real_time"))


TRIED = """
from claims.libraries import differs


def passes():
    pass


def fails():
    assert 1 == 2


def test_same_unrecorded():
    pass


def test_different_unrecorded():
    fails()


@differs(httpx="1", httpx2="2", shown_by=passes)
def test_different_recorded():
    fails()


@differs(httpx="1", httpx2="2", shown_by=passes)
def test_same_recorded():
    pass


@differs(httpx="1", httpx2="2", shown_by=fails)
def test_different_in_another_way():
    fails()
"""


def test_a_difference_fails_unless_recorded_and_a_record_fails_unless_true(tmp_path):
    (tmp_path / "test_about_x.py").write_text(TRIED)
    done = run_with_httpx2("-c", HERE.parents[1] / "pyproject.toml", tmp_path / "test_about_x.py", "-rA")
    found = re.findall(r"^(PASSED|FAILED) \S*::test_(\w+)", done.stdout, re.MULTILINE)
    assert {name: outcome for outcome, name in found} == {
        "same_unrecorded": "PASSED",
        "different_unrecorded": "FAILED",
        "different_recorded": "PASSED",
        "same_recorded": "FAILED",
        "different_in_another_way": "FAILED",
    }
    assert "This claim holds with httpx2, too, and is recorded as different: '2'. Remove that." in done.stdout


def test_with_httpx_the_claim_alone_is_tried():
    ran = []

    @differs(httpx="1", httpx2="2", shown_by=lambda: ran.append("httpx2"))
    def test():
        ran.append("httpx")

    test()
    assert ran == ["httpx"]


def test_what_a_claim_has_patched_is_put_back_before_the_difference_is_shown(monkeypatch):
    class Patched:
        value = "own"

    def shown(monkeypatch):
        assert Patched.value == "own"

    @differs(httpx="1", httpx2="2", shown_by=shown, library="httpx2")
    def test(monkeypatch):
        monkeypatch.setattr(Patched, "value", "patched")
        raise AssertionError

    test(monkeypatch=monkeypatch)


def test_a_process_with_the_wrong_library_tries_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("claims.libraries.AS_HTTPX2", tmp_path)
    done = run_with_httpx2(CLAIMS[0])
    assert done.returncode != 0
    assert "These tests are for httpx2, and `import httpx` gives httpx." in done.stdout
