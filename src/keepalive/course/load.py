"""From the files to the course: reading, shape, and what one file must say the same as another.

Every problem is collected before any is reported, so that an author mends a folder in one go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import answers, shape, text
from .derived import ANSWERS, REFERENCE
from .errors import CourseError, Problem, nearest
from .model import Chapter, Course, Draft, Exercise, Part, Superseded, Task, find
from .points import PointsOf
from .toml_file import TomlFile
from .version import files_of

COURSE_FILE = "notebooks/course.toml"
EXERCISE_FILES = ("brief.md", "hints.md", REFERENCE, "drive.py", "grader.py", ANSWERS)


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
    readers = [_ExerciseReader(folder, root) for folder in exercise_folders(root)]
    parts, chapters, problems = _read_chapters(root, readers)
    exercises: list[Exercise] = []
    drafts: list[Draft] = []
    for reader in readers:
        exercise = reader.read(chapters)
        if reader.is_draft:
            drafts.append(Draft(reader.folder.name, reader.title, reader.folder, tuple(reader.problems), exercise))
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


# ---- course.toml -------------------------------------------------------------------------------------------------


def _read_chapters(root: Path, readers: Sequence[_ExerciseReader]) -> tuple[list[Part], list[Chapter], list[Problem]]:
    file = TomlFile(root / COURSE_FILE, root)
    if not file.has_shape("course"):
        return [], [], file.problems
    rows = file.data["chapter"]
    parts = {row["number"]: Part(row["number"], row["title"]) for row in file.data["part"]}
    for i in _repeated(row["number"] for row in file.data["part"]):
        mend = "number the parts 1, 2, 3 ..."
        file.problem(("part", i, "number"), "a number of its own", file.data["part"][i]["number"], mend)
    for key in ("number", "id"):
        for i in _repeated(row[key] for row in rows):
            mend = f"give it a {key} of its own"
            file.problem(("chapter", i, key), f"a {key} that no other chapter has", rows[i][key], mend)
    chapters: list[Chapter] = []
    for i, row in enumerate(rows):
        if row["part"] not in parts:
            expected = f"the number of a [[part]]: {', '.join(map(str, parts))}"
            file.problem(("chapter", i, "part"), expected, row["part"], "write one of these, or add the [[part]]")
            continue
        if i and row["number"] < rows[i - 1]["number"]:
            expected = f"chapters in reading order, so one after {rows[i - 1]['number']}"
            file.problem(("chapter", i, "number"), expected, row["number"], "move the table")
        chapters.append(_chapter(file, i, parts[row["part"]], _exercise_of(row, readers), root))
    return list(parts.values()), chapters, file.problems


def _exercise_of(row: Mapping[str, Any], readers: Sequence[_ExerciseReader]) -> _ExerciseReader | None:
    """The exercise of a chapter, a draft too: its folder has the chapter's number, else its id."""
    same = [reader for reader in readers if reader.number == row["number"]]
    same += [reader for reader in readers if reader.id == row["id"]]
    return same[0] if same else None


def _chapter(file: TomlFile, i: int, part: Part, exercise: _ExerciseReader | None, root: Path) -> Chapter:
    """The chapter; what it and its exercise share stands in exercise.toml alone."""
    row = file.data["chapter"][i]
    shared = {"title": "title", "minutes_exercise": "minutes"}
    for key, there in shared.items():
        if exercise and key in row:
            mend = f"take it out: {there} of {exercise.file.name} says it"
            file.problem(("chapter", i, key), f"no {key} for a chapter with an exercise", row[key], mend)
        elif not exercise and key not in row:
            wanted = shape.schema("course")["properties"]["chapter"]["items"]["properties"][key]
            mend = f"add {key} = {shape.toml(wanted['examples'][0])}, or what is right here, to this table"
            file.problem(("chapter", i, key), wanted["description"], None, mend)
    own = tuple(row.get("objectives", ()))
    if not exercise and not own:
        mend = 'add objectives = ["..."] to this table'
        file.problem(("chapter", i, "objectives"), "a list of at least one sentence", None, mend)
    return Chapter(
        number=row["number"],
        id=row["id"],
        title=exercise.title if exercise else str(row.get("title", "")),
        part=part,
        core=row["core"],
        summary=row["summary"],
        objectives=own + (exercise.objectives if exercise else ()),
        minutes_teaching=row["minutes_teaching"],
        minutes_exercise=exercise.minutes if exercise else int(row.get("minutes_exercise", 0)),
        notebook=root / "notebooks" / f"{row['number']}-{row['id']}.ipynb",
    )


# ---- exercises ---------------------------------------------------------------------------------------------------


class _ExerciseReader:
    """Reads one folder; `problems` grows as it goes."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.number, _, self.id = folder.name.partition("-")
        self.file = TomlFile(folder / "exercise.toml", root)
        self.problems: list[Problem] = list(self.file.problems)

    @property
    def is_draft(self) -> bool:
        return self.file.data.get("status") == "draft"

    @property
    def title(self) -> str:
        return str(self.file.data.get("title", self.folder.name))

    @property
    def minutes(self) -> int:
        """Of a draft none: nobody can do it yet."""
        minutes = self.file.data.get("minutes", 0)
        return minutes if isinstance(minutes, int) and not self.is_draft else 0

    @property
    def objectives(self) -> tuple[str, ...]:
        said = self.file.data.get("objectives", ())
        return tuple(map(str, said)) if isinstance(said, list) else ()

    def read(self, chapters: Sequence[Chapter]) -> Exercise | None:
        """The exercise, or None where too little of it is right. Problems say what."""
        if self.problems:
            return None
        sound = self.file.has_shape("exercise")
        for name in EXERCISE_FILES:
            if not (self.folder / name).is_file():
                self.file.problems.append(Problem(self._rel(name), "this file", "no such file", f"write {name}"))
        data = self.file.data
        exercise = None
        if sound:
            chapter = self._chapter(chapters)
            known = self._answers()
            intro, tasks = self._tasks()
            exercise = Exercise(
                id=self.id,
                number=self.number,
                title=data["title"],
                chapter=chapter,
                builds_on=data.get("builds_on", ""),
                entries=tuple(data["entry"]) if isinstance(data["entry"], list) else (data["entry"],),
                minutes=data["minutes"],
                objectives=tuple(data["objectives"]),
                out_of_scope=tuple(data["out_of_scope"]),
                status=data["status"],
                folder=self.folder,
                brief_intro=text.without_comments(intro),
                tasks=tasks,
                misconceptions=known.misconceptions,
                answers=known.answers,
                equal=known.equal,
                supersedes=self._supersedes(),
                starter_change=known.starter_change,
            )
        self.problems = self.file.problems
        return exercise

    def _rel(self, name: str) -> str:
        return (self.folder / name).relative_to(self.root).as_posix()

    def _chapter(self, chapters: Sequence[Chapter]) -> str:
        """The id of the chapter with the number of the folder, else with its id."""
        found = find(chapters, self.number) or find(chapters, self.id)
        # Without chapters course.toml itself is broken, and says so.
        if not found and chapters:
            known = ", ".join(chapter.name for chapter in chapters)
            mend = f"rename the folder after one of {known}, or add the chapter there first"
            expected = f"a chapter of {COURSE_FILE} with the folder's number or id"
            self.file.problems.append(Problem(self._rel(""), expected, f"no chapter {self.folder.name}", mend))
        return found.id if found else self.id

    def _answers(self) -> answers.Answers:
        path = self.folder / ANSWERS
        if not path.is_file():
            return answers.Answers()  # said already
        file = TomlFile(path, self.root)
        found = answers.read(file)
        self.file.problems += file.problems
        return found

    def _supersedes(self) -> tuple[Superseded, ...]:
        rows = self.file.data.get("supersedes", ())
        return tuple(
            Superseded(*check.split("/"), why=row["why"], place=(i, "checks", j))
            for i, row in enumerate(rows)
            for j, check in enumerate(row["checks"])
        )

    def _tasks(self) -> tuple[str, tuple[Task, ...]]:
        rows = self.file.data["task"]
        for i in _repeated(row["id"] for row in rows):
            self.file.problem(("task", i, "id"), "an id of its own", rows[i]["id"], "give each [[task]] its own id")
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
                self.file.problems.append(problem)
        points_of = PointsOf(self.folder / "grader.py")
        return intro, tuple(
            Task(
                id=row["id"],
                text=row["text"],
                brief=text.without_comments(briefs[row["id"]].text) if row["id"] in briefs else "",
                hints=tuple(hint for hint in hints.get(row["id"], ()) if hint),
                points_of=points_of,
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
            self.file.problems.append(Problem(file, "UTF-8 text", str(e), "save the file as UTF-8", line=e.line))
            return "", {}
        by_id: dict[str, text.Section] = {}
        for section in found:
            if section.name not in ids:
                close = nearest(section.name, ids)
                mend = f"write `## {close}`" if close else "use ### for a heading inside a task, or add the [[task]]"
                expected = "headings `## <task id>` of this exercise: " + ", ".join(ids)
                self.file.problems.append(Problem(file, expected, f"## {section.name}", mend, line=section.line))
            elif section.name in by_id:
                self.file.problems.append(
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
                self.file.problems.append(Problem(file, f"a section `## {task}`", "no such heading", mend, key=task))
            elif not by_id[task].text.strip():
                line = by_id[task].line
                self.file.problems.append(
                    Problem(file, f"{what} under `## {task}`", "nothing", f"write {what}", key=task, line=line)
                )
        return intro, by_id


def _between(exercises: list[Exercise], drafts: list[Draft], root: Path) -> list[Problem]:
    """What exercises must not share, and what they say of one another."""
    problems = []

    def problem(exercise: Exercise, at: tuple[str | int, ...], expected: str, found: str, mend: str) -> None:
        file = TomlFile(exercise.folder / "exercise.toml", root)
        file.problem(at, expected, found, mend)
        problems.extend(file.problems)

    known = [exercise.id for exercise in exercises] + [draft.name.partition("-")[2] for draft in drafts]
    for what in ("id", "number", "chapter"):
        for i in _repeated(getattr(exercise, what) for exercise in exercises):
            exercise, value = exercises[i], getattr(exercises[i], what)
            other = next(e for e in exercises if getattr(e, what) == value)
            expected, mend = f"a {what} that no other exercise has", f"{other.name} has it already; rename one folder"
            problems.append(Problem(exercise.folder.relative_to(root).as_posix(), expected, value, mend))
    problems += _same_misconceptions(exercises, root)
    for exercise in exercises:
        for each in exercise.supersedes:
            if each.exercise not in known or each.exercise == exercise.id:
                expected = f"a check of another exercise: {', '.join(known)}"
                found = f"{each.exercise}/{each.check}"
                problem(
                    exercise, ("supersedes", *each.place), expected, found, "write <exercise>/<scenario>.<function>"
                )
        base = exercise.builds_on
        if base and (base == exercise.id or base not in known):
            close = nearest(base, [name for name in known if name != exercise.id])
            mend = f'write builds_on = "{close}"' if close else 'write builds_on = "" if it starts afresh'
            problem(exercise, ("builds_on",), 'the id of another exercise, or ""', base, mend)
    return problems


def _same_misconceptions(exercises: Iterable[Exercise], root: Path) -> list[Problem]:
    """A misconception has one name in the whole course: questions name it without its exercise."""
    first: dict[str, Exercise] = {}
    problems = []
    for exercise in exercises:
        for i, id in enumerate(exercise.misconceptions):
            if (other := first.setdefault(id, exercise)) is not exercise:
                file = TomlFile(exercise.folder / ANSWERS, root)
                mend = f"{other.name} has it already: give this one a name of its own"
                file.problem(("misconception", i, "id"), "an id of its own", id, mend)
                problems += file.problems
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
