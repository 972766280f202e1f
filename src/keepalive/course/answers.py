"""Every answer to an exercise but its reference, as `answers.toml` has them.

An answer is a change of the reference (see `changes`), or a whole file in `answers/` where it is another program.
`written` puts all of an exercise's answers into a folder, for what needs files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .changes import Misfit, apply, express
from .errors import nearest
from .model import Answer, Equal, Exercise, Misconception
from .toml_file import TomlFile

__all__ = ["Answers", "Misfit", "apply", "as_files", "express", "read", "written"]

FOLDER = "answers"
_KINDS = ("right", "wrong")
_OWN = ("reference", "starter")
"""Names that no other answer may have: what `written` calls these two files."""


@dataclass
class Answers:
    """What an `answers.toml` says. `starter_change` is "" where the derived starter is right as it is."""

    misconceptions: dict[str, Misconception] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    equal: tuple[Equal, ...] = ()
    starter_change: str = ""


def read(file: TomlFile) -> Answers:
    """The answers of a file; what is wrong is added to its problems."""
    if not file.has_shape("answers"):
        return Answers()
    data = file.data
    for i in _repeated([row["id"] for row in data.get("misconception", ())]):
        mend = "give each [[misconception]] its own id"
        file.problem(("misconception", i, "id"), "an id of its own", data["misconception"][i]["id"], mend)
    misconceptions = {row["id"]: Misconception(**row) for row in data.get("misconception", ())}
    answers = tuple(
        _answer(file, kind, i, row, misconceptions) for kind in _KINDS for i, row in enumerate(data.get(kind, ()))
    )
    _check_ids(file)
    return Answers(misconceptions, answers, _equal(file), data.get("starter", {}).get("change", ""))


@contextmanager
def written(exercise: Exercise) -> Iterator[dict[str, Path]]:
    """A folder, for a while, with the starter, the reference and every other answer: their files by id.

    The starter's is "starter" and the reference's "reference". Raises CourseError for an answer that does not fit.
    """
    sources = {"starter": exercise.starter, "reference": exercise.reference_text}
    sources |= {answer.id: answer.source for answer in exercise.answers}
    with as_files(sources) as paths:
        yield paths


@contextmanager
def as_files(sources: Mapping[str, str]) -> Iterator[dict[str, Path]]:
    """A folder, for a while, with these texts as Python files: their paths by the names that the texts have."""
    with tempfile.TemporaryDirectory(prefix="keepalive-answers-") as place:
        paths = {name: Path(place) / f"{name}.py" for name in sources}
        for name, path in paths.items():
            path.write_text(sources[name], "utf-8", newline="\n")
        yield paths


def _answer(file: TomlFile, kind: str, i: int, row: dict[str, Any], known: dict[str, Misconception]) -> Answer:
    at = (kind, i)
    if ("change" in row) == ("file" in row):
        both = "both" if "file" in row else "neither"
        mend = "keep the change, or the file where the answer is another program than the reference"
        file.problem(at, "either change or file", f"{both} of the two", mend)
    path = file.path.parent / FOLDER / row["file"] if "file" in row else None
    if path and not path.is_file():
        there = [other.name for other in path.parent.glob("*.py")]
        close = nearest(row["file"], there)
        mend = f'write file = "{close}"' if close else f"write {FOLDER}/{row['file']}, or a change of the reference"
        file.problem((*at, "file"), f"a file of that name in {FOLDER}/", f"no {FOLDER}/{row['file']}", mend)
    if kind == "wrong":
        _check_wrong(file, at, row, list(known))
    return Answer(
        id=row["id"],
        about=row.get("about", ""),
        right=kind == "right",
        misconception=row.get("misconception"),
        fails=tuple(row.get("fails", ())),
        status=row.get("status"),
        path=path,
        change=row.get("change", ""),
        folder=file.path.parent,
        place=at,
    )


def _check_wrong(file: TomlFile, at: tuple[str, int], row: dict[str, Any], known: list[str]) -> None:
    if "fails" in row and "status" in row:
        mend = 'keep fails = ["<scenario>.<function>"], or status = "time_limit" where the run as a whole ends so'
        file.problem(at, "either fails or status", "both of the two", mend)
    named = row.get("misconception")
    if named and named not in known:
        close = nearest(named, known)
        mend = f'write "{close}"' if close else "add the [[misconception]], or write one of these"
        file.problem((*at, "misconception"), f"the id of a [[misconception]]: {', '.join(known)}", named, mend)
    if not (named or row.get("about") or row.get("status")):
        mend = f'add misconception = "{known[0]}", or whichever it shows' if known else "add a sentence about it"
        file.problem((*at, "misconception"), "the id of a [[misconception]], or a sentence about it", "nothing", mend)


def _check_ids(file: TomlFile) -> None:
    seen: set[str] = set(_OWN)
    for kind in _KINDS:
        for i, row in enumerate(file.data.get(kind, ())):
            if row["id"] in seen:
                mend = "take another; reference and starter are names already, and so is each answer's"
                file.problem((kind, i, "id"), "an id that no other answer has", row["id"], mend)
            seen.add(row["id"])


def _equal(file: TomlFile) -> tuple[Equal, ...]:
    return tuple(
        Equal(
            operator=row["operator"],
            text=row["line"],
            why=row["why"],
            becomes=row.get("becomes"),
            between=tuple(row["between"]) if "between" in row else None,
            argument=row.get("argument"),
            folder=file.path.parent,
            place=("equal", i),
        )
        for i, row in enumerate(file.data.get("equal", ()))
    )


def _repeated(values: Sequence[str]) -> list[int]:
    """The places of values that occurred before."""
    return [place for place, value in enumerate(values) if value in values[:place]]
