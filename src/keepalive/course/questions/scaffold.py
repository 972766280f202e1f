"""`keepalive new question`: a question at the end of its cell's file, with what only an author can say left to say."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from .. import text
from ..load import find_root
from ..model import Course
from ..scaffold import NotMade
from .load import FOLDER
from .model import CELLS, FORMATS, Bank

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEMPLATES = files("keepalive.course").joinpath("templates", "question")


def question(cell: int, id: str, *, format: str, chapter: str | None = None, root: Path | None = None) -> list[Path]:
    """Writes a question at the end of `exercises/questions/<cell>.toml`; the file. Nothing that is there is changed.

    `chapter`: the number of the chapter that teaches it, that of the cell's last question unless given. Raises NotMade,
    and CourseError for a course that cannot be read.
    """
    course = Course.load(root or find_root())
    if cell not in CELLS:
        listed = "; ".join(f"{number} {title}" for number, title in CELLS.items())
        raise NotMade(f"There is no cell {cell}. There are: {listed}.")
    if format not in FORMATS:
        raise NotMade(f"There is no format {format!r}. There are: {', '.join(FORMATS)}.")
    if not _ID.fullmatch(id) or len(id) > 60:
        better = "-".join(re.findall(r"[a-z0-9]+", id.lower())).lstrip("0123456789-")
        hint = f" Did you mean {better}?" if better and better != id else ""
        raise NotMade(f"An id is small letters, digits and hyphens, like second-wave; this is {id!r}.{hint}")
    bank, _ = Bank.read(course)
    taken = next((each.file for each in bank.questions if each.id == id), "the list of retired ids")
    if id in bank.retired or any(each.id == id for each in bank.questions):
        raise NotMade(f"The id {id} is taken by {taken}. Take another; nothing was written.")
    if exercise := next((each for each in course.exercises if each.id == id), None):
        raise NotMade(f"The id {id} is that of exercise {exercise.number}. Take another; nothing was written.")
    if chapter is None:
        neighbours = bank.cell(cell)
        if not neighbours:
            raise NotMade("Say which chapter teaches it, by its number: --chapter 09")
        chapter = neighbours[-1].chapter
    if not re.fullmatch(r"[0-9]{1,2}", chapter) or int(chapter) > 30:
        raise NotMade(f"A chapter is two digits from 00 to 30; this is {chapter!r}.")
    path = course.root / FOLDER / f"{cell:02}.toml"
    values = {"id": id, "cell": str(cell), "chapter": chapter.zfill(2)}
    table = Template(_TEMPLATES.joinpath(f"{format}.toml").read_text("utf-8")).substitute(values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        title = CELLS[cell][:1].lower() + CELLS[cell][1:]
        before = text.read(path).rstrip("\n") if path.is_file() else f"# Cell {cell}: {title}.\nschema = 1"
        new = path.with_name(f".{path.name}.new")
        new.write_text(f"{before}\n\n{table}", "utf-8", newline="\n")
        os.replace(new, path)
    except (OSError, text.NotUtf8) as e:
        raise NotMade(f"{path.relative_to(course.root).as_posix()} cannot be written: {e}.") from e
    return [path]
