"""An answer written out as a file, and a file taken back as an answer: what `keepalive answer` does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from . import gaps, text
from .answer_tables import Body, saved, saved_starter
from .answers import FOLDER
from .changes import express
from .derived import ANSWERS
from .errors import UnknownName
from .lint.sentences import MARK
from .model import Exercise

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class NotDone(Exception):
    """Nothing was written. The text says why."""


@dataclass(frozen=True)
class Saved:
    """Where an answer is now. `lines`: of its change, 0 for a whole file. `new`: it was not there before."""

    path: Path
    lines: int
    new: bool


def source_of(exercise: Exercise, id: str) -> str:
    """The text of an answer by its id, of the "starter" or the "reference". Raises UnknownName, CourseError."""
    if id == "starter":
        return exercise.starter
    if id == "reference":
        return exercise.reference_text
    known = [answer.id for answer in exercise.answers]
    if id not in known:
        raise UnknownName("answer", id, [*known, "starter", "reference"])
    return exercise.answer(id).source


def write_out(exercise: Exercise, id: str, path: Path) -> None:
    """Write the answer into a new file. Raises NotDone, UnknownName, CourseError."""
    source = source_of(exercise, id)
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(source)
    except FileExistsError:
        raise NotDone(f"{path} is there already and was left as it is. Name another file with --out.") from None
    except OSError as e:
        raise NotDone(f"{path} cannot be written: {e.strerror or e}.") from None


def save(
    exercise: Exercise, id: str, source: str, *, right: bool = False, misconception: str = "", about: str = ""
) -> Saved:
    """Take the text as the answer `id`, as the change that it is of the reference.

    A new one is a wrong answer unless `right`; it shows the misconception of its own id, if there is one, unless
    another is named. Markers of gaps in the text do not count, except in the "starter", which is kept as a change of
    the derived one. Raises NotDone.
    """
    if not _ID.fullmatch(id) or id == "reference":
        raise NotDone(f"An answer's id is small letters, digits and hyphens, like client-per-call; this is {id!r}.")
    if id == "starter":
        return _save_starter(exercise, source)
    source = gaps.plain(source)
    path = exercise.folder / ANSWERS
    table = text.read(path)
    before = next((answer for answer in exercise.answers if answer.id == id), None)
    if before and right and not before.right:
        raise NotDone(f"{id} is a wrong answer already. Give the right one an id of its own.")
    change = express(exercise.reference_text, source)
    if not change:
        raise NotDone("The file is the reference, line for line: there is nothing to save.")
    is_right = before.right if before else right
    keys = _keys(exercise, id if before is None else "", right=is_right, misconception=misconception, about=about)
    lines = change.count("\n")
    body = Body(change)
    if lines * 2 > source.count("\n"):
        body, lines = _whole(exercise, id, source), 0
    kind = "right" if is_right else "wrong"
    path.write_text(saved(table, kind, id, body, keys), "utf-8", newline="\n")
    return Saved(exercise.folder / FOLDER / body.file if body.file else path, lines, before is None)


def _save_starter(exercise: Exercise, source: str) -> Saved:
    """What the starter says otherwise than the derived one; with its markers, which are a part of it."""
    try:
        derived = gaps.starter(text.read(exercise.reference))
    except gaps.Refused as e:
        raise NotDone(f"No starter can be made of the reference: {e}.") from None
    change = express(derived, source)
    path = exercise.folder / ANSWERS
    path.write_text(saved_starter(text.read(path), change), "utf-8", newline="\n")
    return Saved(path, change.count("\n"), not exercise.starter_change)


def _keys(exercise: Exercise, new: str, *, right: bool, misconception: str, about: str) -> dict[str, str]:
    """What is said of an answer. `new` is its id where it was not there before."""
    shown = misconception or (new if new in exercise.misconceptions else "")
    if right and misconception:
        raise NotDone("A right answer shows no misconception.")
    if misconception and misconception not in exercise.misconceptions:
        known = ", ".join(exercise.misconceptions) or "none yet"
        raise NotDone(f"There is no misconception {misconception!r} in {ANSWERS}; there are: {known}.")
    keys = {"misconception": shown} if shown and not right else {}
    if about or (new and not keys):
        keys["about"] = about or f"{MARK} what does this answer do otherwise than the reference?"
    return keys


def _whole(exercise: Exercise, id: str, source: str) -> Body:
    name = f"{id.replace('-', '_')}.py"
    folder = exercise.folder / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(source, "utf-8", newline="\n")
    return Body(file=name)
