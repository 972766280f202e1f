"""`keepalive new`: folders and notebooks that an author begins with, made from `templates/`.

What is made runs and is graded. What only an author can say stands in it as sentences that begin with "For the
author:"; the linter names every one that is left. Nothing that exists is written over.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template

from . import text
from .errors import CourseError
from .load import COURSE_FILE, exercise_folders, find_root, read
from .model import Chapter, Course, Exercise, find

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")
_TEMPLATES = files(__package__).joinpath("templates")
_EXERCISE_FILES = ("exercise.toml", "brief.md", "reference.py", "drive.py", "grader.py", "hints.md", "answers.toml")
_SHARED = ("title", "minutes_exercise")
"""Keys of a chapter in course.toml that stand in exercise.toml, once it has an exercise."""
_MINUTES_TEACHING, _MINUTES_EXERCISE = 25, 15


class NotMade(Exception):
    """Nothing was made. The text says why, and what to type instead."""


def exercise(
    number: str,
    name: str,
    *,
    title: str | None = None,
    builds_on: str | None = None,
    root: Path | None = None,
) -> list[Path]:
    """Makes `exercises/<number>-<name>/`; the files, in the order in which an author writes them.

    Its chapter, which must be there, is the one of the same number or name; the chapter's title and the minutes of its
    exercise move from course.toml to exercise.toml. With `builds_on`, the number, id or name of another exercise, the
    reference goes on from that one's. Raises NotMade, and CourseError for a course that cannot be read.
    """
    root = root or find_root()
    number, name = _number(number), _name(name)
    course, _ = read(root)
    folder = root / "exercises" / f"{number}-{name}"
    for other in exercise_folders(root):
        if other == folder:
            raise NotMade(f"There is a folder {_rel(folder, root)} already. Nothing was written.")
        if number == other.name.partition("-")[0] or name == other.name.partition("-")[2]:
            what = f"number {number}" if number == other.name.partition("-")[0] else f"name {name}"
            raise NotMade(f"The {what} is taken by {_rel(other, root)}. Take another; nothing was written.")
    home = _chapter_of(course, number, name)
    base = _base(course, builds_on)
    values = {
        "number": number,
        "title": _quoted(_title(title or home.title, name)),
        "builds_on": base.id if base else "",
        "entry": base.entry if base else "ApiClient",
        "minutes": str(home.minutes_exercise or _MINUTES_EXERCISE),
    }
    contents = {file: Template(_template(f"exercise/{file}")).substitute(values) for file in _EXERCISE_FILES}
    if base:
        contents["reference.py"] = _continued(base)
    listed = root / COURSE_FILE
    after = _without_keys(text.read(listed), course.chapters.index(home), _SHARED)
    _put_folder(folder, contents, root)
    _replace(listed, after)
    return [folder / file for file in contents]


def chapter(
    number: str, name: str, *, title: str | None = None, part: int | None = None, root: Path | None = None
) -> list[Path]:
    """Makes `notebooks/<number>-<name>.ipynb` and its `[[chapter]]` in course.toml, in the chapters' order.

    `part` is that of the chapter before unless given. Everything else in course.toml stays as it is written. Raises
    NotMade, and CourseError where the chapters cannot be read.
    """
    root = root or find_root()
    number, name = _number(number), _name(name)
    course, problems = read(root)
    if broken := [problem for problem in problems if problem.file == COURSE_FILE]:
        raise CourseError(broken)
    path = root / "notebooks" / f"{number}-{name}.ipynb"
    for other in course.chapters:
        if number == other.number or name == other.id:
            what = f"number {number}" if number == other.number else f"name {name}"
            raise NotMade(f"The {what} is taken by the chapter {other.name}. Take another; nothing was written.")
    if path.exists():
        raise NotMade(f"There is a file {_rel(path, root)} already. Nothing was written.")
    values = {
        "id": name,
        "number": number,
        "part": str(_part(course, number, part)),
        "minutes_teaching": str(_MINUTES_TEACHING),
        "minutes_exercise": str(_MINUTES_EXERCISE),
    }
    table = Template(_template("chapter.toml")).substitute(values | {"title": _quoted(_title(title, name))})
    if exercise := _exercise_of(root, number, name):
        if title is not None:
            raise NotMade(f"The title stands in {_rel(exercise, root)}/exercise.toml: leave --title out.")
        table = _without_keys(table, 0, _SHARED)
    listed = root / COURSE_FILE
    before = text.read(listed)
    after = _inserted(before, table, [each.number for each in course.chapters], number, values["part"])
    notebook = json.loads(_template("chapter.ipynb"))
    for cell in notebook["cells"]:
        cell["source"] = [Template(line).substitute(values) for line in cell["source"]]
    _create(path, json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n", root)
    try:
        _replace(listed, after)
        if left := [problem for problem in read(root)[1] if problem not in problems]:
            raise CourseError(left)
    except BaseException:
        # Half of it would be a course that does not load.
        path.unlink()
        if text.read(listed) != before:
            _replace(listed, before)
        raise
    return [path, listed]


# ---- what is asked for -----------------------------------------------------------------------------------------------


def _number(number: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}", number):
        raise NotMade(f"The number is two digits, like 05; this is {number!r}.")
    return number.zfill(2)


def _name(name: str) -> str:
    if not _ID.fullmatch(name):
        words = re.findall(r"[a-z0-9]+", name.lower())
        better = "-".join(words).lstrip("0123456789-")
        hint = f" Did you mean {better}?" if better else ""
        raise NotMade(f"A name is small letters, digits and hyphens, like retry-after; this is {name!r}.{hint}")
    return name


def _title(title: str | None, name: str) -> str:
    if title is None:
        return name.replace("-", " ").capitalize().ljust(3, ".")
    title = " ".join(title.split())
    if not 3 <= len(title) <= 80:
        raise NotMade(f"A title has 3 to 80 characters; this one has {len(title)}.")
    return title


def _chapter_of(course: Course, number: str, name: str) -> Chapter:
    found = find(course.chapters, number) or find(course.chapters, name)
    if found:
        return found
    listed = ", ".join(each.name for each in course.chapters) or "none yet"
    raise NotMade(
        f"An exercise belongs to the chapter of its number or name, and there is no chapter {number} or {name} in "
        f"{COURSE_FILE} (there are: {listed}). Make it first with `keepalive new chapter {number} {name}`."
    )


def _exercise_of(root: Path, number: str, name: str) -> Path | None:
    """The folder of a chapter's exercise, where one was written before the chapter."""
    there = [(folder, folder.name.partition("-")) for folder in exercise_folders(root)]
    return next((folder for folder, (own, _, id) in there if own == number or id == name), None)


def _base(course: Course, named: str | None) -> Exercise | None:
    if not named:
        return None
    drafts = [draft.exercise for draft in course.drafts if draft.exercise]
    found = find([*course.exercises, *drafts], named)
    if found is None:
        listed = ", ".join(each.name for each in (*course.exercises, *drafts)) or "none yet"
        raise NotMade(f"There is no exercise {named!r} to build on; there are: {listed}. Nothing was written.")
    return found


def _part(course: Course, number: str, part: int | None) -> int:
    known = [each.number for each in course.parts]
    if part is None:
        earlier = [each for each in course.chapters if each.number < number]
        return earlier[-1].part.number if earlier else known[0]
    if part not in known:
        listed = ", ".join(map(str, known))
        raise NotMade(
            f"There is no part {part} in {COURSE_FILE} (there are: {listed}). Add it there first, after the last "
            f'[[chapter]] of the part before:\n\n[[part]]\nnumber = {part}\ntitle = "..."'
        )
    return part


# ---- what is made ----------------------------------------------------------------------------------------------------


_NEW_METHOD = '''
    # task: first-task
    async def parcel(self, number):
        """For the author: what the new method promises, in one line."""
        answer = await self.get(f"/parcels/{number}")
        return answer.json()

    # end task
'''


def _continued(base: Exercise) -> str:
    """The reference that goes on from that of `base`: the same, and a gap at the end of its class."""
    lines = base.reference_text.split("\n")
    classes = [node for node in ast.parse("\n".join(lines)).body if isinstance(node, ast.ClassDef)]
    end = next((node.end_lineno for node in classes if node.name == base.entry), None)
    if end is None:
        raise NotMade(f"The reference of {base.name} has no class {base.entry}, so nothing can build on it yet.")
    return "\n".join([*lines[:end], *_NEW_METHOD.rstrip("\n").split("\n"), *lines[end:]])


def _without_keys(source: str, chapter: int, keys: Iterable[str]) -> str:
    """course.toml without these keys of its nth chapter, from 0; each stands on a line of its own."""
    places = [text.toml_line(source, ("chapter", chapter, key)) for key in keys]
    head = text.toml_line(source, ("chapter", chapter))
    gone = {place for place in places if place != head}  # a key that is not there has its table's line
    return "\n".join(line for number, line in enumerate(source.split("\n"), 1) if number not in gone)


def _inserted(source: str, table: str, numbers: Iterable[str], number: str, part: str) -> str:
    """course.toml with one more table, after the last lower number and its part's own table; the rest as it was."""
    lines = source.split("\n")
    heads = [place for place, line in enumerate(lines) if _HEADER.match(line)]
    chapters = [place for place in heads if _HEADER.match(lines[place])[1] == "chapter"]  # type: ignore[index]
    earlier = [place for place, other in zip(chapters, numbers, strict=True) if other < number]
    after = earlier[-1] if earlier else heads[heads.index(chapters[0]) - 1] if chapters[0] != heads[0] else -1
    later = next((place for place in chapters if place > after), len(lines))
    for place in heads:
        below = "\n".join(lines[place + 1 : next((next_ for next_ in heads if next_ > place), len(lines))])
        if after < place < later and re.search(rf"^\s*number\s*=\s*{part}\s*(#|$)", below, re.MULTILINE):
            after = place
    end = next((place for place in heads if place > after), len(lines))
    # Comments and blank lines before the next table belong to that.
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "\n".join([*lines[:end], "", *table.rstrip("\n").split("\n"), *(lines[end:] or [""])])


def _quoted(value: str) -> str:
    """As a TOML string."""
    return json.dumps(value, ensure_ascii=False)


def _template(name: str) -> str:
    return _TEMPLATES.joinpath(name).read_text("utf-8")


def _rel(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _put_folder(folder: Path, contents: dict[str, str], root: Path) -> None:
    """The whole folder or none: written beside its place and then moved there."""
    try:
        folder.parent.mkdir(exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError as e:
        raise NotMade(f"{_rel(folder, root)} cannot be written: {e.strerror or e}.") from e
    try:
        os.chmod(place, 0o755)
        for name, content in contents.items():
            path = place / name
            path.write_text(content, "utf-8", newline="\n")
        os.rename(place, folder)
    except OSError as e:
        shutil.rmtree(place, ignore_errors=True)
        raise NotMade(f"{_rel(folder, root)} cannot be written: {e.strerror or e}.") from e


def _create(path: Path, content: str, root: Path) -> None:
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except OSError as e:
        raise NotMade(f"{_rel(path, root)} cannot be written: {e.strerror or e}.") from e


def _replace(path: Path, content: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(content, "utf-8", newline="\n")
    os.replace(new, path)
