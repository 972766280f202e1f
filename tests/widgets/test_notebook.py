"""`widget()` in a cell: complete without the script, alive with it, and a sentence for every wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalive import widgets
from keepalive.notebook import widget
from keepalive.notebook import widgets as frontend


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A course's folder whose site has not been built."""
    style = tmp_path / "docs" / "assets" / "widgets.css"
    style.parent.mkdir(parents=True)
    style.write_text("keepalive-widget { display: block; }", encoding="utf-8")
    monkeypatch.setattr(frontend, "find_root", lambda: tmp_path)
    return tmp_path


def test_without_the_script_it_is_complete_and_says_what_builds_it(root):
    shown = widget("connection-cost")
    html = shown._repr_html_()
    assert html.startswith("<style>keepalive-widget {")
    assert widgets.html(widgets.WIDGETS["connection-cost"], frontend="notebook") in html
    assert "<code>python3 course.py</code>" in html and "<script" not in html


def test_with_the_script_it_stands_alone(root):
    script = root / frontend.SCRIPT
    script.parent.mkdir(parents=True)
    script.write_text('say("</script>"); go()', encoding="utf-8")
    html = widget("lifecycle")._repr_html_()
    assert html.endswith('<script>say("<\\/script>"); go()</script>')
    assert html.count("</script") == 1 and "course.py" not in html
    assert "src=" not in html and "href=" not in html


def test_at_a_prompt_it_is_text(root):
    assert repr(widget("connection-cost")) == widgets.text(widgets.WIDGETS["connection-cost"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, "was given no name"),
        ("conection-cost", 'Did you mean `widget("connection-cost")`?'),
        ("nothing of the kind", "There is no widget"),
        (4, "There is no widget"),
        ("<b>`", "There is no widget"),
    ],
)
def test_wrong_use_is_a_sentence(root, name, said):
    shown = widget(name)
    assert said.replace("`", "") in repr(shown).replace("`", "")
    assert "connection-cost" in repr(shown) and "<b>" not in shown._repr_html_()
