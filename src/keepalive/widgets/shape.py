"""What a widget is: its controls as data, a model that turns their values into an outcome, and the outcome in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Value = float | str | bool
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Control:
    """One thing that a reader can set.

    kind: "number" has `least`, `most` and `step`; "choice" has `options` as (value, label); "flag" is on or off.
    unit: what a number counts, such as "ms"; shown behind it.
    help: a sentence below the label, where the label does not say enough.
    only_if: (id of another control, its value): this one counts only then, and is disabled otherwise.
    """

    id: str
    label: str
    kind: Literal["number", "choice", "flag"]
    default: Value
    unit: str = ""
    help: str = ""
    least: float = 0
    most: float = 0
    step: float = 1
    options: tuple[tuple[str, str], ...] = ()
    only_if: tuple[str, Value] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As the page's script reads it; what does not belong to the kind is left out."""
        found: dict[str, Any] = {"id": self.id, "label": self.label, "kind": self.kind, "default": self.default}
        if self.kind == "number":
            found |= {"least": self.least, "most": self.most, "step": self.step}
        if self.kind == "choice":
            found["options"] = [list(option) for option in self.options]
        for name in ("unit", "help"):
            if text := getattr(self, name):
                found[name] = text
        if self.only_if:
            found["only_if"] = list(self.only_if)
        return found

    def told(self, value: Value) -> str:
        """The label with a value, for a list of settings."""
        if self.kind == "flag":
            return f"{self.label}: {'yes' if value else 'no'}"
        if self.kind == "choice":
            return f"{self.label}: {dict(self.options)[str(value)]}"
        return f"{self.label}: {value}{' ' + self.unit if self.unit else ''}"


@dataclass(frozen=True)
class Twin:
    """An outcome in words: the finding as a sentence or two, and a table whose first column names the row."""

    finding: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "finding": self.finding,
            "caption": self.caption,
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
        }


@dataclass(frozen=True)
class Widget:
    """A widget of the course. `web/src/widgets` has a module of the same id, which computes the same and draws it.

    lead: what a reader can find out with it.
    model: plain data (what JSON can hold) from the values of all controls.
    left_out: what the model does not know, in sentences.
    """

    id: str
    title: str
    lead: str
    controls: tuple[Control, ...]
    model: Callable[[Values], dict[str, Any]]
    twin: Callable[[Values, dict[str, Any]], Twin]
    left_out: str

    @property
    def defaults(self) -> dict[str, Any]:
        return {control.id: control.default for control in self.controls}
