"""A question's key, and what an answer is worth. `web/src/questions/key.ts` says the same in TypeScript.

An answer is plain data: an option's id (single, trace); the chosen ids (multiple); the ids in order (order); an
option's id, or `line-7` for a line that no option speaks of (spot); a number (number).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

Answer = str | float | list[str]

_NUMBER = re.compile(r"([+-]?)([0-9]{1,15}(?:[.,][0-9]{1,15})?|[.,][0-9]{1,15})")
_LINE = re.compile(r"line-[1-9][0-9]{0,2}")
NO_NUMBER = "That is no number that can be read. Write it like 12 or 12.5, without separators of thousands."
SLACK = 1e-9
"""How far binary fractions may be off: 0.3 is not 0.1 + 0.2."""


class NoAnswer(ValueError):
    """What was given is no answer to the question; the text is a sentence that says what would be one."""


@dataclass(frozen=True)
class Key:
    """What decides. `right`: the ids of the right options, for order in their order. `options`: all ids as written."""

    format: str
    options: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    answer: float = 0.0
    tolerance: float = 0.0
    unit: str = ""
    values: tuple[float | None, ...] = ()
    """For number: what each option's mistake gives."""

    def as_json(self) -> dict[str, Any]:
        """As the page has it."""
        if self.format == "number":
            said = {"answer": self.answer, "tolerance": self.tolerance, "unit": self.unit, "values": list(self.values)}
            return {"format": self.format, "options": list(self.options), **said}
        return {"format": self.format, "options": list(self.options), "right": list(self.right)}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Key:
        """The key that `as_json` wrote."""
        return cls(
            data["format"],
            tuple(data["options"]),
            tuple(data.get("right", ())),
            float(data.get("answer", 0.0)),
            float(data.get("tolerance", 0.0)),
            data.get("unit", ""),
            tuple(data.get("values", ())),
        )

    def judge(self, answer: object) -> bool:
        """Whether the answer is right. Raises NoAnswer."""
        given = self.taken(answer)
        match self.format:
            case "number":
                return abs(float(given) - self.answer) <= self.tolerance + SLACK  # type: ignore[arg-type]
            case "multiple":
                return set(given) == set(self.right)  # type: ignore[arg-type]
            case "order":
                return tuple(given) == self.right  # type: ignore[arg-type]
        return given in self.right

    def taken(self, answer: object) -> Answer:
        """The answer as it is kept. Raises NoAnswer where it is none."""
        match self.format:
            case "number":
                if isinstance(answer, str):
                    return number(answer, self.unit)
                if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
                    raise NoAnswer(f"The answer is a number of {self.unit}.")
                return float(answer)
            case "multiple" | "order":
                if isinstance(answer, str) or not isinstance(answer, list | tuple):
                    raise NoAnswer("The answer is a list of options.")
                chosen = [self._option(each) for each in answer]
                if len(set(chosen)) != len(chosen):
                    raise NoAnswer("An option is named twice.")
                if self.format == "order":
                    if len(chosen) != len(self.options):
                        raise NoAnswer(f"All {len(self.options)} have a place; this names {len(chosen)}.")
                    return chosen
                if not chosen:
                    raise NoAnswer("Choose at least one.")
                return [id for id in self.options if id in chosen]
            case "spot" if isinstance(answer, str) and _LINE.fullmatch(answer):
                return answer
        return self._option(answer)

    def met(self, answer: object) -> tuple[str, ...]:
        """The ids of the options that the answer chose; of a number, the mistakes that give it."""
        given = self.taken(answer)
        if self.format == "number":
            return tuple(
                id
                for id, value in zip(self.options, self.values, strict=True)
                if value is not None and abs(float(given) - value) <= SLACK  # type: ignore[arg-type]
            )
        chosen = [given] if isinstance(given, str) else list(given)  # type: ignore[arg-type]
        return tuple(id for id in self.options if id in chosen)

    def _option(self, answer: object) -> str:
        if not isinstance(answer, str) or answer not in self.options:
            raise NoAnswer(f"There is no option {answer!r}.")
        return answer


def number(text: str, unit: str = "") -> float:
    """A number as people write it: a decimal point or comma, the unit behind it or not. Raises NoAnswer."""
    bare = text.strip().replace("\u2212", "-")
    if unit and bare.lower().endswith(unit.lower()):
        bare = bare[: -len(unit)].strip()
    found = _NUMBER.fullmatch(bare)
    if not found:
        raise NoAnswer(
            "That is not a number that can be read. Write it like 12 or 12.5, without separators of thousands."
        )
    return float(found[1] + found[2].replace(",", "."))
