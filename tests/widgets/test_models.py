"""Both halves of every widget, held to each other: the model in Python and the one that runs in the page."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from keepalive.website.runtime import node
from keepalive.widgets import WIDGETS, Control, Widget

WEB = Path(__file__).parents[2] / "web"

INPUTS = 6000
"""Random ones, for each widget."""

SMALL = {("pool", "callers"): 24, ("pool", "calls"): 5, ("backoff", "clients"): 400}
"""The most of a control in nearly all of them, where thousands of large ones would take minutes."""

LARGE = 20
"""Random ones on top, with all that a reader can set."""

each_widget = pytest.mark.parametrize("widget", WIDGETS.values(), ids=lambda widget: widget.id)


def drawn(control: Control, chance: random.Random, most: float | None = None) -> Any:
    """A value that a reader can set; the ends more often than the rest, and so are small numbers."""
    if control.kind == "flag":
        return chance.random() < 0.5
    if control.kind == "choice":
        return chance.choice(control.options)[0]
    most = control.most if most is None else most
    steps = round((most - control.least) / control.step)
    at = chance.choice([0, steps, chance.randint(0, steps), chance.randint(0, min(steps, 8))])
    value = round(min(most, control.least + at * control.step), 6)
    return int(value) if value == int(value) else value


def inputs(widget: Widget) -> list[dict[str, Any]]:
    chance = random.Random(f"keepalive {widget.id}")
    found = [widget.defaults]
    for nth in range(INPUTS + LARGE):
        small = SMALL if nth < INPUTS else {}
        found.append({each.id: drawn(each, chance, small.get((widget.id, each.id))) for each in widget.controls})
    return found


def differences(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Where two outcomes differ: numbers by more than 1e-9 of themselves, everything else at all."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return [f"{at}: {sorted(ours)} and {sorted(theirs)}"]
        return [found for key in ours for found in differences(ours[key], theirs[key], f"{at}.{key}")]
    if isinstance(ours, list | tuple) and isinstance(theirs, list):
        if json.dumps(ours) == json.dumps(theirs):
            return []
        if len(ours) != len(theirs):
            return [f"{at}: {len(ours)} and {len(theirs)}"]
        pairs = zip(ours, theirs, strict=True)
        return [found for place, pair in enumerate(pairs) for found in differences(*pair, f"{at}[{place}]")]
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (ours, theirs))
    same = math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9) if numbers else ours == theirs
    return [] if same else [f"{at}: {ours!r} and {theirs!r}"]


@each_widget
def test_the_page_computes_and_says_the_same(widget: Widget) -> None:
    given = inputs(widget)
    assert len(given) > 5000
    lines = "\n".join(json.dumps({"widget": widget.id, "values": values}) for values in given)
    done = node.run([WEB / "tests" / "widget-models.ts"], input=lines.encode(), timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(given)
    for values, theirs in zip(given, answers, strict=True):
        outcome = widget.model(values)
        assert differences(outcome, theirs["outcome"]) == [], values
        assert differences(widget.twin(values, outcome).as_dict(), theirs["twin"]) == [], values
        assert theirs["odd"] == [], values
        assert theirs["steps"] is None or len(theirs["steps"]) == len(theirs["twin"]["rows"]), "a row for each step"
    assert len({json.dumps(each["outcome"]) for each in answers}) > len(given) / 10, "they are hardly ever different"
    assert len({each["twin"]["finding"] for each in answers}) > 20


def test_the_page_knows_every_widget_and_no_other() -> None:
    script = f"import {{ WIDGETS }} from {json.dumps((WEB / 'src/widgets/registry.ts').as_uri())};"
    done = node.run(["--input-type=module", "--eval", f"{script} console.log(JSON.stringify(Object.keys(WIDGETS)))"])
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == list(WIDGETS)


@each_widget
def test_outcome_is_plain_data(widget: Widget) -> None:
    outcome = widget.model(widget.defaults)
    assert json.loads(json.dumps(outcome)) == outcome


def test_differences_are_seen() -> None:
    assert differences({"a": [1, 2.0]}, {"a": [1, 2.0 + 1e-12]}) == []
    assert differences({"a": [1, 2.0]}, {"a": [1, 2.1]}) == [".a[1]: 2.0 and 2.1"]
    assert differences([1], [1, 2]) and differences({"a": 1}, {"b": 1}) and differences(None, 0)
