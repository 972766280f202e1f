"""The ground the claims stand on: the versions they are tried with, and the list that pages refer to."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

from claims.collect import claims

LOCK = Path(__file__).parents[2] / "requirements.txt"


@pytest.mark.parametrize("name", ["httpx", "httpcore", "httpx2", "httpcore2", "h11", "anyio"])
def test_the_version_is_that_of_the_lock(name):
    (locked,) = re.findall(rf"^{name}==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert importlib.metadata.version(name) == locked


def test_every_claim_has_an_id_and_a_sentence():
    for claim, statement in claims().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim), claim
        assert statement[0].isupper() or statement[0] in "`", claim
        assert statement.endswith((".", ".`")), claim


def test_a_claim_without_a_sentence_is_refused(tmp_path):
    (tmp_path / "test_about_x.py").write_text("def test_it_holds():\n    pass\n")
    with pytest.raises(ValueError, match=r"test_about_x\.py: test_it_holds has no docstring"):
        claims(tmp_path)


def test_a_claim_made_twice_is_refused(tmp_path):
    for name in "xy":
        (tmp_path / f"test_about_{name}.py").write_text('async def test_it_holds():\n    """It holds."""\n')
    with pytest.raises(ValueError, match=r"test_about_y\.py: test_it_holds claims what another"):
        claims(tmp_path)


def test_helpers_and_other_files_are_no_claims(tmp_path):
    (tmp_path / "test_about_x.py").write_text('def helper():\n    pass\n\n\ndef test_a_b():\n    """A\n    b."""\n')
    (tmp_path / "test_other.py").write_text('def test_c():\n    """C."""\n')
    assert claims(tmp_path) == {"a-b": "A b."}
