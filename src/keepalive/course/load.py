"""From the files to the course: reading, shape, and what one file must say the same as another.

Every problem is collected before any is reported, so that an author mends a folder in one go.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import shape, text
from .errors import CourseError, Problem, nearest
from .model import Chapter, Course, Draft, Exercise, Misconception, Part, Task, Wrong, find
from .version import files_of

COURSE_FILE = "notebooks/course.toml"
EXERCISE_FILES = ("brief.md", "hints.md", "starter.py", "drive.py", "grader.py", "solutions/reference.py")


def find_root() -> Path:
    """The course's folder: KEEPALIVE_ROOT, else the checkout that this package is installed from; else CourseError."""
    named = os.environ.get("KEEPALIVE_ROOT")
    root = Path(named) if named else Path(__file__).resolve().parents[3]
    if (root / COURSE_FILE).is_file():
        return root.resolve()
    where = "the folder in KEEPALIVE_ROOT" if named else "the checkout that the package keepalive is installed from"
    raise CourseError(
        [
            Problem(
                COURSE_FILE,
                f"this file in {where}, {root}",
                "no such file",
                "set KEEPALIVE_ROOT to the folder that holds course.py, or run `python3 course.py setup` there",
            )
        ]
    )


def load(root: Path | None = None) -> Course:
    """The course; raises CourseError with every problem."""
    course, problems = read(root or find_root())
    if problems:
        raise CourseError(problems)
    return course


def read(root: Path) -> tuple[Course, list[Problem]]:
    """What can be read of the course, and all that is wrong. A draft's problems are its own (`Draft.missing`)."""
    parts, chapters, problems = _read_chapters(root)
    exercises: list[Exercise] = []
    drafts: list[Draft] = []
    for folder in exercise_folders(root):
        reader = _ExerciseReader(folder, root)
        exercise = reader.read(chapters)
        if reader.is_draft:
            drafts.append(Draft(folder.name, reader.title, folder, tuple(reader.problems), exercise))
            continue
        problems += reader.problems
        if exercise:
            exercises.append(exercise)
    problems += _between(exercises, drafts, root)
    by_chapter = {exercise.chapter: exercise.id for exercise in reversed(exercises)}
    chapters = [replace(chapter, exercise=by_chapter.get(chapter.id)) for chapter in chapters]
    order = {chapter.id: place for place, chapter in enumerate(chapters)}
    exercises.sort(key=lambda exercise: (order.get(exercise.chapter, len(order)), exercise.number))
    return Course(root, tuple(parts), tuple(chapters), tuple(exercises), tuple(drafts)), problems


def exercise_folders(root: Path) -> list[Path]:
    """The folders in exercises/, in order. One that holds no file of its own (left behind by git) is none."""
    parent = root / "exercises"
    if not parent.is_dir():
        return []
    folders = [path for path in parent.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
    # exercises/questions/ is the question bank, not an exercise.
    return sorted(path for path in folders if path.name != "questions" and files_of(path))


def read_toml(path: Path, root: Path) -> tuple[dict[str, Any], str, list[Problem]]:
    """(the data, the text, what is wrong). The data is empty where the file cannot be read."""
    file = path.relative_to(root).as_posix()
    try:
        source = text.read(path)
        return tomllib.loads(source), source, []
    except FileNotFoundError:
        return {}, "", [Problem(file, "this file", "no such file", f"write {path.name}")]
    except text.NotUtf8 as e:
        return {}, "", [Problem(file, "UTF-8 text", str(e), "save the file as UTF-8", line=e.line)]
    except OSError as e:
        return {}, "", [Problem(file, "a file that can be read", e.strerror or str(e), "look at its permissions")]
    except tomllib.TOMLDecodeError as e:
        what, line = _toml_error(e, source)
        mend = "text goes in double quotes, true and false in small letters, a list in [ ]"
        return {}, source, [Problem(file, "TOML", what, mend, line=line)]


def _toml_error(error: tomllib.TOMLDecodeError, source: str) -> tuple[str, int]:
    # Python 3.14 gives msg and lineno as attributes; before, both are only in the text "... (at line 3, column 5)".
    what, _, place = str(error).partition(" (at ")
    number = place.removeprefix("line ").partition(",")[0]
    line = int(number) if number.isdecimal() else len(source.rstrip("\n").split("\n"))
    written = source.split("\n")[line - 1].strip() if line <= source.count("\n") + 1 else ""
    return f"{what} at `{written}`" if written else f"{what} at the end of the file", line


# ---- course.toml -------------------------------------------------------------------------------------------------


def _read_chapters(root: Path) -> tuple[list[Part], list[Chapter], list[Problem]]:
    path = root / COURSE_FILE
    data, source, problems = read_toml(path, root)
    if problems:
        return [], [], problems
    problems = shape.problems("course", data, file=COURSE_FILE, text=source)
    if problems:
        return [], [], problems

    def problem(at: tuple[str | int, ...], expected: str, found: object, mend: str) -> None:
        key, line = shape.key_name(data, at), text.toml_line(source, at)
        problems.append(Problem(COURSE_FILE, expected, shape.toml(found), mend, key=key, line=line))

    parts = {row["number"]: Part(row["number"], row["title"]) for row in data["part"]}
    for i in _repeated(row["number"] for row in data["part"]):
        problem(("part", i, "number"), "a number of its own", data["part"][i]["number"], "number the parts 1, 2, 3 ...")
    chapters: list[Chapter] = []
    for key in ("number", "id"):
        for i in _repeated(row[key] for row in data["chapter"]):
            problem(
                ("chapter", i, key),
                f"a {key} that no other chapter has",
                data["chapter"][i][key],
                f"give it a {key} of its own",
            )
    for i, row in enumerate(data["chapter"]):
        if row["part"] not in parts:
            known = ", ".join(map(str, parts))
            problem(
                ("chapter", i, "part"),
                f"the number of a [[part]]: {known}",
                row["part"],
                "write one of these, or add the [[part]]",
            )
            continue
        if i and row["number"] < data["chapter"][i - 1]["number"]:
            before = data["chapter"][i - 1]["number"]
            problem(
                ("chapter", i, "number"),
                f"chapters in reading order, so one after {before}",
                row["number"],
                "move the table",
            )
        chapters.append(
            Chapter(
                number=row["number"],
                id=row["id"],
                title=row["title"],
                part=parts[row["part"]],
                core=row["core"],
                summary=row["summary"],
                objectives=tuple(row["objectives"]),
                minutes_teaching=row["minutes_teaching"],
                minutes_exercise=row["minutes_exercise"],
                notebook=root / "notebooks" / f"{row['number']}-{row['id']}.ipynb",
            )
        )
    return list(parts.values()), chapters, problems


# ---- exercises ---------------------------------------------------------------------------------------------------


class _ExerciseReader:
    """Reads one folder; `problems` grows as it goes."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self.source = ""

    @property
    def is_draft(self) -> bool:
        return self.data.get("status") == "draft"

    @property
    def title(self) -> str:
        return str(self.data.get("title", self.folder.name))

    def read(self, chapters: Sequence[Chapter]) -> Exercise | None:
        """The exercise, or None where too little of it is right. Problems say what."""
        self.data, self.source, self.problems = read_toml(self.folder / "exercise.toml", self.root)
        if self.problems:
            return None
        shape_problems = shape.problems("exercise", self.data, file=self._rel("exercise.toml"), text=self.source)
        self.problems += shape_problems
        for name in EXERCISE_FILES:
            if not (self.folder / name).is_file():
                self.problems.append(Problem(self._rel(name), "this file", "no such file", f"write {name}"))
        if shape_problems:
            return None
        self._check_name()
        chapter = self._check_chapter(chapters)
        misconceptions = self._misconceptions()
        wrong = self._wrong(misconceptions)
        intro, tasks = self._tasks()
        data = self.data
        return Exercise(
            id=data["id"],
            number=data["number"],
            title=data["title"],
            chapter=chapter,
            builds_on=data.get("builds_on", ""),
            entry=data["entry"],
            minutes=data["minutes"],
            objectives=tuple(data["objectives"]),
            out_of_scope=tuple(data["out_of_scope"]),
            status=data["status"],
            folder=self.folder,
            brief_intro=intro,
            tasks=tasks,
            misconceptions=misconceptions,
            wrong=wrong,
        )

    def _rel(self, name: str) -> str:
        return (self.folder / name).relative_to(self.root).as_posix()

    def _problem(self, at: tuple[str | int, ...], expected: str, found: object, mend: str) -> None:
        key, line = shape.key_name(self.data, at), text.toml_line(self.source, at)
        self.problems.append(Problem(self._rel("exercise.toml"), expected, shape.toml(found), mend, key=key, line=line))

    def _check_name(self) -> None:
        number, _, name = self.folder.name.partition("-")
        if self.data["number"] != number:
            mend = f'write number = "{number}", or rename the folder'
            self._problem(
                ("number",), f"{number}, as in the folder's name {self.folder.name}", self.data["number"], mend
            )
        if self.data["id"] != name:
            mend = f'write id = "{name}", or rename the folder'
            self._problem(("id",), f"{name}, as in the folder's name {self.folder.name}", self.data["id"], mend)

    def _check_chapter(self, chapters: Sequence[Chapter]) -> str:
        named = self.data["chapter"]
        found = find(chapters, named)
        # Without chapters course.toml itself is broken, and says so.
        if not found and chapters:
            self._problem(("chapter",), f"a chapter of {COURSE_FILE}", named, _suggest(named, chapters, "chapter"))
        for i, row in enumerate(self.data["misconception"]):
            if chapters and not find(chapters, row["taught_in"]):
                mend = _suggest(row["taught_in"], chapters, "taught_in")
                self._problem(("misconception", i, "taught_in"), f"a chapter of {COURSE_FILE}", row["taught_in"], mend)
        return found.id if found else str(named)

    def _misconceptions(self) -> dict[str, Misconception]:
        rows = self.data["misconception"]
        for i in _repeated(row["id"] for row in rows):
            self._problem(
                ("misconception", i, "id"), "an id of its own", rows[i]["id"], "give each [[misconception]] its own id"
            )
        return {row["id"]: Misconception(**row) for row in rows}

    def _wrong(self, misconceptions: Iterable[str]) -> tuple[Wrong, ...]:
        rows = self.data["wrong"]
        known = list(misconceptions)
        for i in _repeated(row["file"] for row in rows):
            self._problem(
                ("wrong", i, "file"), "one [[wrong]] for each file", rows[i]["file"], "take one of the two out"
            )
        found = []
        for i, row in enumerate(rows):
            at = ("wrong", i)
            if ("fails" in row) == ("status" in row):
                both = "both" if "fails" in row else "neither"
                mend = (
                    'keep fails = ["<scenario>.<function>"], or status = "time_limit" where the run as a whole ends so'
                )
                self._problem(at, "either fails or status", f"{both} of the two", mend)
            if "misconception" in row:
                if row["misconception"] not in known:
                    close = nearest(row["misconception"], known)
                    mend = f'write "{close}"' if close else "add the [[misconception]], or write one of these"
                    expected = f"the id of a [[misconception]]: {', '.join(known)}"
                    self._problem((*at, "misconception"), expected, row["misconception"], mend)
            elif "status" not in row:
                mend = f'add misconception = "{known[0]}", or whichever the file shows'
                self._problem(
                    (*at, "misconception"), "the id of the [[misconception]] that the file shows", "nothing", mend
                )
            path = self.folder / "wrong" / row["file"]
            if not path.is_file():
                declared = {other["file"] for other in rows}
                there = [other.name for other in (self.folder / "wrong").glob("*.py") if other.name not in declared]
                close = nearest(row["file"], there)
                shown = f" of {row['misconception']}" if "misconception" in row else ""
                write = f"copy solutions/reference.py to wrong/{row['file']} and make the mistake{shown} in it"
                mend = f'write file = "{close}"' if close else f"{write}; or take this [[wrong]] out"
                key, line = shape.key_name(self.data, (*at, "file")), text.toml_line(self.source, (*at, "file"))
                file, missing = self._rel("exercise.toml"), f"no wrong/{row['file']}"
                self.problems.append(Problem(file, "a file of that name in wrong/", missing, mend, key=key, line=line))
            found.append(Wrong(path, row.get("misconception"), tuple(row.get("fails", ())), row.get("status")))
        return tuple(found)

    def _tasks(self) -> tuple[str, tuple[Task, ...]]:
        rows = self.data["task"]
        for i in _repeated(row["id"] for row in rows):
            self._problem(("task", i, "id"), "an id of its own", rows[i]["id"], "give each [[task]] its own id")
        ids = [row["id"] for row in rows]
        intro, briefs = self._sections("brief.md", ids)
        _, hint_sections = self._sections("hints.md", ids)
        hints: dict[str, tuple[str, ...]] = {}
        for section in hint_sections.values():
            hints[section.name] = text.hints(section)
            if not all(hints[section.name]):
                mend = "write a hint on each side of every `---`, or take the `---` out"
                problem = Problem(
                    self._rel("hints.md"),
                    "hints with a text",
                    "an empty one",
                    mend,
                    key=section.name,
                    line=section.line,
                )
                self.problems.append(problem)
        return intro, tuple(
            Task(
                id=row["id"],
                text=row["text"],
                points=row["points"],
                brief=briefs[row["id"]].text if row["id"] in briefs else "",
                hints=tuple(hint for hint in hints.get(row["id"], ()) if hint),
                extension=row.get("extension", False),
            )
            for row in rows
        )

    def _sections(self, name: str, ids: list[str]) -> tuple[str, dict[str, text.Section]]:
        """The introduction, and the sections by task id. Every task must have one, and every section a task."""
        path, file = self.folder / name, self._rel(name)
        if not path.is_file():
            return "", {}  # said already
        try:
            intro, found = text.sections(text.read(path))
        except text.NotUtf8 as e:
            self.problems.append(Problem(file, "UTF-8 text", str(e), "save the file as UTF-8", line=e.line))
            return "", {}
        by_id: dict[str, text.Section] = {}
        for section in found:
            if section.name not in ids:
                close = nearest(section.name, ids)
                mend = f"write `## {close}`" if close else "use ### for a heading inside a task, or add the [[task]]"
                expected = "headings `## <task id>` of this exercise: " + ", ".join(ids)
                self.problems.append(Problem(file, expected, f"## {section.name}", mend, line=section.line))
            elif section.name in by_id:
                self.problems.append(
                    Problem(
                        file,
                        "one section for each task",
                        f"## {section.name} again",
                        "put the two together",
                        line=section.line,
                    )
                )
            else:
                by_id[section.name] = section
        what = "a text" if name == "brief.md" else "at least one hint"
        for task in ids:
            if task not in by_id:
                mend = f"add the heading `## {task}` and {what} under it"
                self.problems.append(Problem(file, f"a section `## {task}`", "no such heading", mend, key=task))
            elif not by_id[task].text.strip():
                line = by_id[task].line
                self.problems.append(
                    Problem(file, f"{what} under `## {task}`", "nothing", f"write {what}", key=task, line=line)
                )
        return intro, by_id


def _between(exercises: list[Exercise], drafts: list[Draft], root: Path) -> list[Problem]:
    """What exercises must not share, and what they say of one another."""
    problems = []

    def problem(exercise: Exercise, key: str, expected: str, found: str, mend: str) -> None:
        path = exercise.folder / "exercise.toml"
        line = text.toml_line(text.read(path), (key,))
        file = path.relative_to(root).as_posix()
        problems.append(Problem(file, expected, shape.toml(found), mend, key=key, line=line))

    known = [exercise.id for exercise in exercises] + [draft.name.partition("-")[2] for draft in drafts]
    for key in ("id", "number", "chapter"):
        for i in _repeated(getattr(exercise, key) for exercise in exercises):
            exercise = exercises[i]
            value = getattr(exercise, key)
            other = next(e for e in exercises if getattr(e, key) == value)
            problem(
                exercise,
                key,
                f"a {key} that no other exercise has",
                value,
                f"{other.name} has it already; change one of the two",
            )
    for exercise in exercises:
        base = exercise.builds_on
        if base and (base == exercise.id or base not in known):
            close = nearest(base, [name for name in known if name != exercise.id])
            mend = f'write builds_on = "{close}"' if close else 'write builds_on = "" if it starts afresh'
            problem(exercise, "builds_on", 'the id of another exercise, or ""', base, mend)
    return problems


def _repeated(values: Iterable[object]) -> list[int]:
    """The places of values that occurred before."""
    seen: set[object] = set()
    places = []
    for place, value in enumerate(values):
        if value in seen:
            places.append(place)
        seen.add(value)
    return places


def _suggest(named: object, chapters: Sequence[Chapter], key: str) -> str:
    aliases = {alias: chapter.id for chapter in chapters for alias in (chapter.id, chapter.name)}
    close = nearest(str(named), aliases)
    known = ", ".join(chapter.name for chapter in chapters)
    return f'write {key} = "{aliases[close]}"' if close else f"write one of {known}, or add the chapter there first"
