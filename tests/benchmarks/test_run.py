"""The benchmarks still measure something. How much is nobody's business here."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run():
    spec = importlib.util.spec_from_file_location("benchmarks_run", ROOT / "benchmarks" / "run.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_checks_give_sane_figures(run):
    rows = list(run.checks(runs=1))
    assert [row.unit for row in rows] == ["ms"] * 7
    assert [row.goal for row in rows if row.goal] == [100, 500, 300, 900]
    assert all(0 < row.median < 600_000 for row in rows)


@pytest.mark.thorough
def test_the_page_gives_sane_figures(run):
    rows = {row.name: row for row in run.page(runs=1)}
    assert [row.goal for row in rows.values() if row.goal] == [4, 2, 150, 500, 2, 150]
    assert all(0 < row.median < 600_000 for row in rows.values())
    first, begun = rows["first view of chapter 04, gzip"], rows["what beginning the exercise fetches, gzip"]
    assert ", 0 of them Python's; " in first.note and ", 0 of them Python's; " not in begun.note
    assert begun.median > 5, "megabytes: Python is among it"


def test_without_a_chromium_the_page_is_left_out(run, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KEEPALIVE_CHROMIUM", str(tmp_path / "chromium"))
    assert list(run.page()) == []
    assert "There is no Chromium" in capsys.readouterr().err


def test_a_page_is_weighed_without_its_figures(run, tmp_path):
    (tmp_path / "chapters").mkdir()
    drawn = "<p>" + "x" * 1000 + "</p><svg>" + "y" * 5000 + '</svg><img src="data:image/png;base64,' + "z" * 5000 + '">'
    (tmp_path / "chapters/01-a.html").write_text(drawn, encoding="utf-8")
    [row] = run.weights(tmp_path)
    assert 1.0 <= row.median < 1.1 and row.ok is True and "with figures 11 kB" in row.note


def test_a_table_and_the_same_as_data(run, monkeypatch, capsys):
    rows = [run.Row("slow", "s", [3.0, 1.0, 20.0], 2, "a note"), run.Row("no goal", "MB", [250.0])]
    monkeypatch.setattr(run, "GROUPS", {"one": lambda: iter(rows)})
    assert run.main([]) == 0
    printed = capsys.readouterr().out
    assert "3.00 s" in printed and "1.00..20.0" in printed and " no  a note" in printed and "250 MB" in printed
    assert run.main(["one", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"][0]["median"] == 3.0 and told["rows"][0]["ok"] is False and told["rows"][1]["ok"] is None
    with pytest.raises(SystemExit):
        run.main(["two"])
